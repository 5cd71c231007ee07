"""The columns of a table: learned once at fit (`learning`), kept with the model, demanded at prediction.

Nothing is guessed twice: what a column is was decided at fit, and a table that differs is one clear error.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import text_array
from softargmax._words import did_you_mean, listed
from softargmax.exceptions import TableError
from softargmax.labels import ClassLabels
from softargmax.tables.encoder import Encoded, Encoder
from softargmax.tables.encoder_fields import encoder_from_json, encoder_to_json
from softargmax.tables.names import find, looks_parted, mark_between, nearest
from softargmax.tables.quantity_encoders import DateEncoder, NumberEncoder
from softargmax.tables.remembered import Remembered

if TYPE_CHECKING:  # whoever has a batch has imported them; one row as a dictionary goes without Arrow
    from softargmax.tables.batch import Batch
    from softargmax.tables.cells import Cells


@dataclass(frozen=True)
class UsedColumn:
    """A column that is used, and how; what is remembered of its values is None in files of before version 0.2."""

    name: str
    encoder: Encoder
    n_missing: int
    remembered: Remembered | None = None

    def describe(self) -> str:
        """Say in words what was done to it."""
        missing = ""
        if self.n_missing:
            missing = f"; {self.n_missing} missing, flagged"
        return f"{self.encoder.kind}: {self.encoder.describe()}{missing}"

    @cached_property
    def limits(self) -> tuple[float, float] | None:
        """From where to where the first feature of a number or a date reached at fit, a missing one included."""
        encoder, known = self.encoder, self.remembered
        if known is None or known.reach is None or not isinstance(encoder, NumberEncoder | DateEncoder):
            return None
        low, high = ((value - encoder.mean) / encoder.scale for value in (known.reach.low, known.reach.high))
        return min(float(np.float32(low)), 0.0), max(float(np.float32(high)), 0.0)

    @cached_property
    def far_limits(self) -> tuple[float, float] | None:
        """From where to where the first feature of a number or a date may go without being far from those at fit."""
        if self.limits is None:
            return None
        low, high = self.limits
        return low - (high - low), high + (high - low)


# How the reason begins of a column that was left out because it only says which row it is.
IDENTIFIER = "an identifier"


@dataclass(frozen=True)
class DroppedColumn:
    """A column that is left out, and why."""

    name: str
    reason: str


class ReadColumn(NamedTuple):
    """A column of some rows, and what it became."""

    column: UsedColumn
    cells: "Cells"
    encoded: Encoded


# Is told of all columns of some rows.
Watch = Callable[[Sequence[ReadColumn]], None]


@dataclass(frozen=True)
class Schema:
    """All columns but the target, and the target.

    `names` is the order of the columns in the table that was fitted, target included.
    """

    names: tuple[str, ...]
    target: str
    labels: ClassLabels
    columns: tuple[UsedColumn, ...]
    dropped: tuple[DroppedColumn, ...]

    @property
    def n_features(self) -> int:
        """How many features the columns become."""
        return sum(column.encoder.n_features for column in self.columns)

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The columns that were left out because they only say which row it is.

        Raises
        ------
        TableError
            If there is none.
        """
        found = tuple(column.name for column in self.dropped if column.reason.startswith(IDENTIFIER))
        if not found:
            raise TableError(
                "keep_id: expected a column that the fit left out as an identifier, but there is none; "
                "other columns are copied if they are named, as in keep='name'",
                parameter="keep_id",
            )
        return found

    def places(self) -> Iterator[tuple[UsedColumn, slice]]:
        """Give every column, and where its features stand among those of all columns."""
        start = 0
        for column in self.columns:
            stop = start + column.encoder.n_features
            yield column, slice(start, stop)
            start = stop

    def features(self, batch: "Batch", watch: Watch | None = None) -> Array:
        """Turn a batch into float32 features, shape (n_rows, n_features); `watch` is told of the columns.

        Raises
        ------
        TableError
            For a column that is missing or holds something else than at fit.
        """
        read = []
        for column in self.columns:
            cells = column.encoder.understood(self.cells(batch, column.name))
            read.append(ReadColumn(column, cells, column.encoder.encode(cells)))
        if watch is not None:
            watch(read)
        return np.concatenate([encoded.features for _, _, encoded in read], axis=1)

    def codes(self, batch: "Batch") -> Array:
        """Turn the target column of a batch into class codes; -1 where a label is missing."""
        from softargmax.tables.label_cells import labels_in

        cells = self.cells(batch, self.target, "the target, which evaluating needs")
        missing = cells.missing
        if missing.all():
            return np.full(len(cells), -1)
        column = labels_in(cells, self.labels.kind)
        unseen = ~np.isin(column, self.labels.classes)
        if unseen.any() and self.labels.kind == "text":
            column = self._in_known_forms(column)
            unseen = ~np.isin(column, self.labels.classes)
        if unseen.any():
            label = column[int(np.argmax(unseen))].item()
            known = map(str, self.labels.classes.tolist())
            raise TableError(
                f"{cells.error(int(np.argmax(unseen)), f'one of {listed(self.labels.classes.tolist())}')}"
                f", a label that was not seen at fit{did_you_mean(str(label), known)}"
            )
        return np.where(missing, -1, self.labels.codes(column))

    def _in_known_forms(self, column: Array) -> Array:
        """Write labels as the classes are written, where they differ in a form of Unicode or in width only."""
        classes = self.labels.classes.tolist()
        labels, places = np.unique(column, return_inverse=True)
        return np.array([find(label, classes) or label for label in labels.tolist()])[places]

    def cells(self, batch: "Batch", name: str, role: str = "which the model needs") -> "Cells":
        """Find a column in a batch by its name."""
        from softargmax.tables.cells import Cells

        found = name if name in batch else find(name, batch.names)
        if found is None:
            mark = None if batch.delimiter is None else mark_between(name, batch.names)
            raise TableError(
                f"{batch.file}: column {name!r} is missing, {role}; the table has {listed(batch.names, 12)}"
                f"{nearest(name, batch.names) if mark is None else looks_parted(mark)}",
                parameter=None if mark is None else "delimiter",
            )
        return Cells.of(batch, found)

    def to_json(self) -> dict[str, Any]:
        """Give everything as dictionaries, lists, numbers and text, for the model file."""
        return {
            "names": list(self.names),
            "target": self.target,
            "classes": {"kind": self.labels.kind, "values": self.labels.classes.tolist()},
            "columns": [
                {
                    "name": column.name,
                    "n_missing": column.n_missing,
                    "encoder": encoder_to_json(column.encoder),
                    "remembered": None if column.remembered is None else column.remembered.to_json(),
                }
                for column in self.columns
            ],
            "dropped": [{"name": column.name, "reason": column.reason} for column in self.dropped],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Schema":
        """Rebuild from what `to_json` gave; what is amiss is a ValueError, LookupError or TypeError."""
        labels = ClassLabels(text_array(data["classes"]["values"]))
        if labels.kind != data["classes"]["kind"]:
            raise ValueError(f"classes are {labels.kind}, not {data['classes']['kind']}")
        return cls(
            tuple(str(name) for name in data["names"]),
            str(data["target"]),
            labels,
            tuple(
                UsedColumn(
                    str(item["name"]),
                    encoder_from_json(item["encoder"]),
                    int(item["n_missing"]),
                    Remembered.from_json(item.get("remembered")),
                )
                for item in data["columns"]
            ),
            tuple(DroppedColumn(str(item["name"]), str(item["reason"])) for item in data["dropped"]),
        )
