"""The columns of a table: learned once at fit (`learning`), kept with the model, demanded at prediction.

Nothing is guessed twice: what a column is was decided at fit, and a table that differs is one clear error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import text_array
from softargmax._words import did_you_mean, listed
from softargmax.exceptions import TableError
from softargmax.labels import ClassLabels
from softargmax.tables.encoders import Encoder, encoder_from_json, encoder_to_json
from softargmax.tables.names import find, nearest

if TYPE_CHECKING:  # whoever has a batch has imported them; one row as a dictionary goes without Arrow
    from softargmax.tables.batch import Batch
    from softargmax.tables.cells import Cells


@dataclass(frozen=True)
class UsedColumn:
    """A column that is used, and how."""

    name: str
    encoder: Encoder
    n_missing: int

    def describe(self) -> str:
        """Say in words what was done to it."""
        missing = ""
        if self.n_missing:
            missing = f"; {self.n_missing} missing, flagged"
        return f"{self.encoder.kind}: {self.encoder.describe()}{missing}"


@dataclass(frozen=True)
class DroppedColumn:
    """A column that is left out, and why."""

    name: str
    reason: str


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

    def features(self, batch: "Batch", on_unseen: Callable[[str, int], None] | None = None) -> Array:
        """Turn a batch into float32 features, shape (n_rows, n_features).

        `on_unseen` is told how many values of a category were not known at fit.

        Raises
        ------
        TableError
            For a column that is missing or holds something else than at fit.
        """
        parts = []
        for column in self.columns:
            cells = self.cells(batch, column.name)
            parts.append(column.encoder.encode(cells))
            if on_unseen is not None and (count := column.encoder.unseen(cells)):
                on_unseen(column.name, count)
        return np.concatenate(parts, axis=1)

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
            raise TableError(
                f"{batch.file}: column {name!r} is missing, {role}; "
                f"the table has {listed(batch.names, 12)}{nearest(name, batch.names)}"
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
                UsedColumn(str(item["name"]), encoder_from_json(item["encoder"]), int(item["n_missing"]))
                for item in data["columns"]
            ),
            tuple(DroppedColumn(str(item["name"]), str(item["reason"])) for item in data["dropped"]),
        )
