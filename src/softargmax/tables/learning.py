"""From a whole table to a schema: what every column is, decided once at fit."""

import itertools
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array
from softargmax._options import as_choice
from softargmax._words import did_you_mean, listed
from softargmax.exceptions import TableError
from softargmax.labels import ClassLabels
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells, guess_kind
from softargmax.tables.encoders import ENCODERS, Encoder, TextEncoder
from softargmax.tables.label_cells import label_kind, labels_in
from softargmax.tables.schema import DroppedColumn, Schema, UsedColumn

# Free text has this many words per cell on average; fewer are names of categories, or identifiers. Chosen by hand.
_WORDS_OF_TEXT = 3.0


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
    ArgumentError
        For a kind that there is not.
    """
    whole = _joined(batches)
    target = _find_target(whole, target)
    if whole.data.num_rows == 0:
        raise TableError(f"{whole.file}: expected rows, got a table with column names only")
    kinds = dict(kinds or {})
    for kind in kinds.values():
        as_choice(kind, "kinds", tuple(ENCODERS))
    for name, parameter in [*((name, "drop") for name in drop), *((name, "kinds") for name in kinds)]:
        if name == target:
            raise TableError(
                f"{whole.file}: column {name!r} is the target; it cannot be dropped or given a kind",
                parameter=parameter,
            )
        if name not in whole.names:
            raise TableError(f"{whole.file}: no column {name!r}{did_you_mean(name, whole.names)}", parameter=parameter)
    labels, codes = _learn_target(whole, target)

    columns, dropped, parts = [], [], []
    for name in whole.names:
        if name == target:
            continue
        cells = Cells.of(whole, name)
        reason = "left out as asked" if name in drop else _reason_to_drop(cells, kinds.get(name))
        if reason is None:
            encoder = _learn_encoder(cells, kinds.get(name))
            if encoder.n_features == 0:
                reason = "no value occurs twice"
            else:
                columns.append(UsedColumn(name, encoder, int(cells.missing.sum())))
                parts.append(encoder.encode(cells))
        if reason is not None:
            dropped.append(DroppedColumn(name, reason))
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
    starts, more = 0, []
    for previous, batch in itertools.pairwise(batches):
        starts += previous.data.num_rows
        if batch.file != previous.file:
            more.append((starts, batch.file))
    arrays = [_joined_column(batches, name) for name in first.names]
    return Batch(first.file, 1, pa.RecordBatch.from_arrays(arrays, names=first.names), tuple(more))


def _joined_column(batches: Sequence[Batch], name: str) -> Any:
    parts = [batch.data.column(batch.names.index(name)) for batch in batches]
    parts = [part for part in parts if len(part)] or parts[:1]
    parts = [part.dictionary_decode() if pa.types.is_dictionary(part.type) else part for part in parts]
    if any(pa.types.is_string(part.type) for part in parts) and len({part.type for part in parts}) > 1:
        # A CSV file beside a Parquet file: what is text in one is read as text in all, and understood again later.
        parts = [_as_text(part) for part in parts]
    try:
        joined = pa.chunked_array(parts) if len({part.type for part in parts}) == 1 else _promoted(parts, name)
    except (pa.ArrowException, TypeError) as error:
        raise TableError(f"{batches[0].file}: column {name!r} differs from file to file: {error}") from None
    return joined.combine_chunks() if joined.num_chunks != 1 else joined.chunk(0)


def _as_text(part: Any) -> Any:
    try:
        if pa.types.is_timestamp(part.type):
            part = part.cast(pa.timestamp("us", part.type.tz and "UTC"), safe=False)
        return part.cast(pa.string())
    except pa.ArrowException:
        return part


def _promoted(parts: Sequence[Any], name: str) -> Any:
    tables = [pa.table({name: part}) for part in parts]
    return pa.concat_tables(tables, promote_options="permissive").column(name)


def _find_target(whole: Batch, target: str) -> str:
    if target in whole.names:
        return target
    if re.fullmatch(r"-?[1-9][0-9]*", target):
        position = int(target)
        if abs(position) > len(whole.names):
            raise TableError(f"{whole.file}: no column {position}: the table has {len(whole.names)} columns")
        return whole.names[position - 1 if position > 0 else position]
    hint, parameter = did_you_mean(target, whole.names), "target"
    if len(whole.names) == 1 and any(mark in whole.names[0] for mark in ";\t|"):
        hint = "; there is a single column: pass delimiter= if another character than a comma parts them"
        parameter = "delimiter"
    raise TableError(
        f"{whole.file}: no target column {target!r}; the table has {listed(whole.names, 12)}{hint}", parameter=parameter
    )


def _learn_target(whole: Batch, target: str) -> tuple[ClassLabels, Array]:
    cells = Cells.of(whole, target)
    if not cells.is_usable:
        raise TableError(f"{whole.file}: target column {target!r}: expected labels, got {cells.data.type}")
    column = labels_in(cells, label_kind(cells))
    labels = ClassLabels.of(column)
    n_rows = len(cells)
    if n_rows == 1:
        raise TableError(f"{whole.file}: expected many rows to learn from, got one")
    if len(labels) == 1:
        raise TableError(
            f"{whole.file}: target column {target!r}: expected at least two classes, "
            f"got only {labels.classes[0].item()!r}"
        )
    # Twenty classes of one row each may be a small example; beyond that, classes of less than two rows on average are
    # no classes but something every row has its own of.
    if len(labels) > max(20, n_rows // 2):
        raise TableError(
            f"{whole.file}: target column {target!r}: {len(labels)} different values in {n_rows} rows; classes must "
            "repeat to be learned: is it an identifier or a quantity?"
        )
    return labels, labels.codes(column)


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
    is_all_different = kind is None and cells.is_text and n_distinct == len(present) > 2
    if is_all_different and guess_kind(cells)[0] == "text" and _average_words(present) < _WORDS_OF_TEXT:
        return "an identifier: every value is different"
    return None


def _average_words(present: Any) -> float:
    return float(np.mean([len(text.split()) for text in present.to_pylist()]))


def _learn_encoder(cells: Cells, kind: str | None) -> Encoder:
    if kind is None:
        kind, odd_one = guess_kind(cells)
        if odd_one is not None:
            error = cells.error(odd_one, "a number like most of the column")
            raise TableError(
                f"{error}; correct it or leave it empty, or pass kinds={{{cells.column!r}: 'category'}} (or 'text')",
                parameter="kinds",
            )
        if kind == "text":
            return _category_or_text(cells)
    encoder: Encoder = ENCODERS[kind].learn(cells)
    return encoder


def _category_or_text(cells: Cells) -> Encoder:
    """Choose: several words and hardly any repetition, more than one cell in twenty differs, is free text."""
    present = cells.data.drop_null()
    n_distinct = pc.count_distinct(present).as_py()
    if _average_words(present) >= _WORDS_OF_TEXT and n_distinct > max(20, 0.05 * len(present)):
        return TextEncoder.learn(cells)
    encoder: Encoder = ENCODERS["category"].learn(cells)
    return encoder
