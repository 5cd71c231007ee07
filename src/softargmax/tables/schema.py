"""The columns of a table: learned once at fit, kept with the model, demanded at prediction.

Nothing is guessed twice: what a column is was decided at fit, and a table that differs is one clear error.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array
from softargmax._words import did_you_mean, listed
from softargmax.exceptions import LabelError, TableError
from softargmax.labels import ClassLabels
from softargmax.tables.cells import Cells, guess_kind
from softargmax.tables.encoders import ENCODERS, Encoder, TextEncoder, encoder_from_json, encoder_to_json
from softargmax.tables.reading import Batch

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")


@dataclass(frozen=True)
class Column:
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
class Dropped:
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
    columns: tuple[Column, ...]
    dropped: tuple[Dropped, ...]

    @property
    def n_features(self) -> int:
        """How many features the columns become."""
        return sum(column.encoder.n_features for column in self.columns)

    def features(self, batch: Batch, on_unseen: Callable[[str, int], None] | None = None) -> Array:
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

    def codes(self, batch: Batch) -> Array:
        """Turn the target column of a batch into class codes."""
        cells = self.cells(batch, self.target)
        try:
            return self.labels.codes(_labels_of(cells, self.labels.kind, batch))
        except LabelError as error:
            raise TableError(
                f"{batch.file}: target column {self.target!r}, from row {batch.first_row}: {error}"
            ) from None

    def cells(self, batch: Batch, name: str) -> Cells:
        """Find a column in a batch by its name."""
        if name not in batch.names:
            raise TableError(
                f"{batch.file}: column {name!r} is missing, which the model needs; "
                f"the table has {listed(batch.names, 12)}{did_you_mean(name, batch.names)}"
            )
        return Cells.of(batch.file, name, batch.first_row, batch.data.column(batch.names.index(name)))

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain data."""
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
        """Rebuild from plain data."""
        labels = ClassLabels(np.array(data["classes"]["values"]))
        if labels.kind != data["classes"]["kind"]:
            raise ValueError(f"classes are {labels.kind}, not {data['classes']['kind']}")
        return cls(
            tuple(str(name) for name in data["names"]),
            str(data["target"]),
            labels,
            tuple(
                Column(str(item["name"]), encoder_from_json(item["encoder"]), int(item["n_missing"]))
                for item in data["columns"]
            ),
            tuple(Dropped(str(item["name"]), str(item["reason"])) for item in data["dropped"]),
        )


def learn_schema(
    batches: Sequence[Batch], target: str, drop: Sequence[str] = (), kinds: dict[str, str] | None = None
) -> tuple[Schema, Array, Array]:
    """Decide what every column is, from the whole table.

    Parameters
    ----------
    batches : sequence of Batch
        The whole table.
    target : str
        The column of class labels: a name, or a position from 1 (or from the end, -1 the last).
    drop : sequence of str
        Columns to leave out.
    kinds : dict, optional
        Kinds decided by the user: "number", "boolean", "category", "date" or "text" by column name.

    Returns
    -------
    schema : Schema
    features : ndarray of float32, shape (n_rows, n_features)
    codes : ndarray of integer, shape (n_rows,)

    Raises
    ------
    TableError
        For tables that nothing can be learned from, and cells that contradict their column.
    """
    whole = _joined(batches)
    target = _find_target(whole, target)
    if whole.data.num_rows == 0:
        raise TableError(f"{whole.file}: expected rows, got a table with column names only")
    kinds = dict(kinds or {})
    for name in [*drop, *kinds]:
        if name not in whole.names:
            raise TableError(f"{whole.file}: no column {name!r}{did_you_mean(name, whole.names)}")
    labels, codes = _learn_target(whole, target)

    columns, dropped, parts = [], [], []
    for position, name in enumerate(whole.names):
        if name == target:
            continue
        cells = Cells.of(whole.file, name, 1, whole.data.column(position))
        reason = "left out as asked" if name in drop else _reason_to_drop(cells, kinds.get(name))
        if reason is None:
            encoder = _learn_encoder(cells, kinds.get(name))
            if encoder.n_features == 0:
                reason = "no value occurs twice"
            else:
                columns.append(Column(name, encoder, int(cells.missing.sum())))
                parts.append(encoder.encode(cells))
        if reason is not None:
            dropped.append(Dropped(name, reason))
    if not columns:
        reasons = ", ".join(f"{column.name!r} ({column.reason})" for column in dropped)
        raise TableError(f"{whole.file}: no column is left to learn from: {reasons or 'only the target is there'}")
    schema = Schema(tuple(whole.names), target, labels, tuple(columns), tuple(dropped))
    return schema, np.concatenate(parts, axis=1), codes


def _joined(batches: Sequence[Batch]) -> Batch:
    """Join all batches into one, checking that their files have the same columns."""
    first = batches[0]
    for batch in batches:
        if sorted(batch.names) != sorted(first.names):
            missing = [name for name in first.names if name not in batch.names]
            extra = [name for name in batch.names if name not in first.names]
            raise TableError(
                f"{batch.file}: expected the columns of {first.file}; "
                f"missing: {listed(missing)}; additional: {listed(extra)}"
            )
    try:
        table = pa.concat_tables(
            [pa.Table.from_batches([batch.data]).select(first.names) for batch in batches],
            promote_options="permissive",
        ).combine_chunks()
    except pa.ArrowException as error:
        raise TableError(f"{first.file}: the files do not go together: {error}") from None
    arrays = [_one_chunk(column) for column in table.columns]
    return Batch(first.file, 1, pa.RecordBatch.from_arrays(arrays, names=first.names))


def _one_chunk(column: Any) -> Any:
    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.chunks)
        if column.num_chunks
        else (pa.array([], column.type))
    )


def _find_target(whole: Batch, target: str) -> str:
    if target in whole.names:
        return target
    if re.fullmatch(r"-?[1-9][0-9]*", target):
        position = int(target)
        if abs(position) > len(whole.names):
            raise TableError(f"{whole.file}: no column {position}: the table has {len(whole.names)} columns")
        return whole.names[position - 1 if position > 0 else position]
    hint = did_you_mean(target, whole.names)
    if len(whole.names) == 1 and any(mark in whole.names[0] for mark in ";\t|"):
        hint = "; there is a single column: pass --delimiter if another character than a comma parts them"
    raise TableError(f"{whole.file}: no target column {target!r}; the table has {listed(whole.names, 12)}{hint}")


def _learn_target(whole: Batch, target: str) -> tuple[ClassLabels, Array]:
    cells = Cells.of(whole.file, target, 1, whole.data.column(whole.names.index(target)))
    if not cells.is_usable:
        raise TableError(f"{whole.file}: target column {target!r}: expected labels, got {cells.data.type}")
    try:
        column = _labels_of(cells, _label_kind(cells), whole)
        labels = ClassLabels.of(column)
    except LabelError as error:
        raise TableError(f"{whole.file}: target column {target!r}: {error}") from None
    n_rows = len(cells)
    if n_rows == 1:
        raise TableError(f"{whole.file}: expected many rows to learn from, got one")
    if len(labels) == 1:
        raise TableError(
            f"{whole.file}: target column {target!r}: expected at least two classes, "
            f"got only {labels.classes[0].item()!r}"
        )
    if len(labels) > max(20, n_rows // 2):
        raise TableError(
            f"{whole.file}: target column {target!r}: {len(labels)} different values in {n_rows} rows; classes must "
            "repeat to be learned: is it an identifier or a quantity?"
        )
    return labels, labels.codes(column)


def _label_kind(cells: Cells) -> str:
    if cells.is_text:
        present = [text for text in cells.data.to_pylist() if text is not None]
        return "integers" if present and all(_INTEGER.fullmatch(text) for text in present) else "text"
    return "booleans" if pa.types.is_boolean(cells.data.type) else "integers"


def _labels_of(cells: Cells, kind: str, batch: Batch) -> Array:
    """Read labels as the kind that was decided at fit."""
    missing = cells.missing
    if missing.any():
        raise LabelError(
            f"{missing.sum()} of {len(cells)} labels are missing, first in row "
            f"{batch.first_row + int(np.argmax(missing))}; remove those rows or label them"
        )
    if kind == "text":
        return np.array(cells.texts().to_pylist(), np.str_)
    if kind == "booleans":
        return cells.booleans().astype(np.bool_)
    if cells.is_text:
        # Labels that are not numbers stay text, so that the error can name them.
        texts = cells.data.to_pylist()
        wrong = [text for text in texts if not _INTEGER.fullmatch(text)]
        if wrong:
            raise LabelError(f"expected whole numbers as at fit, got {wrong[0]!r}")
        return np.array([int(text) for text in texts], np.int64)
    values = cells.numbers()
    if np.any(values != np.floor(values)):
        raise LabelError("expected classes, got fractional numbers; a quantity needs regression, or binning first")
    return values.astype(np.int64)


def _reason_to_drop(cells: Cells, kind: str | None) -> str | None:
    """Say why a column is of no use, or None."""
    if not cells.is_usable:
        return f"values of type {cells.data.type} are not supported"
    present = cells.data.drop_null()
    if len(present) == 0:
        return "all values are missing"
    n_distinct = pc.count_distinct(present).as_py()
    if n_distinct == 1 and len(present) == len(cells):
        return f"constant ({present[0].as_py()!r})"
    if kind is None and cells.is_text and n_distinct == len(present) > 2 and guess_kind(cells)[0] == "text":
        average_words = float(np.mean([len(text.split()) for text in present.to_pylist()]))
        if average_words < 3.0:
            return "an identifier: every value is different"
    return None


def _learn_encoder(cells: Cells, kind: str | None) -> Encoder:
    if kind is None:
        kind, odd_one = guess_kind(cells)
        if odd_one is not None:
            error = cells.error(odd_one, "a number like most of the column")
            raise TableError(
                f"{error}; correct it or leave it empty, or pass --kind {cells.column}=category (or =text)"
            )
        if kind == "text":
            return _category_or_text(cells)
    encoder: Encoder = ENCODERS[kind].learn(cells)
    return encoder


def _category_or_text(cells: Cells) -> Encoder:
    """Several words and hardly any repetition is free text; the rest is a category."""
    present = cells.data.drop_null()
    n_distinct = pc.count_distinct(present).as_py()
    average_words = float(np.mean([len(text.split()) for text in present.to_pylist()]))
    if average_words >= 3.0 and n_distinct > max(20, 0.05 * len(present)):
        return TextEncoder.learn(cells)
    encoder: Encoder = ENCODERS["category"].learn(cells)
    return encoder
