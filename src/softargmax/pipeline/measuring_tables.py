"""What a page shows of a model of tables: on a table with labels, and on the rows that its fit left out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from softargmax._arrays import Array
from softargmax._drawing.markup import clipped
from softargmax.exceptions import TableError
from softargmax.pipeline.column_lines import column_lines
from softargmax.pipeline.evaluating import KnownRows, texts_of
from softargmax.pipeline.grouping import RowGroups
from softargmax.pipeline.measuring import Measured, measured_of
from softargmax.pipeline.row_watch import RowWatch
from softargmax.pipeline.suspicions import doubts
from softargmax.pipeline.table_model import TableModel
from softargmax.tables.batch import Batch
from softargmax.tables.opening import Table

if TYPE_CHECKING:  # only who fits has imported it
    from softargmax.pipeline.fitting import LeftOut


def measure_table(
    model: TableModel, table: Table, *, by: Sequence[str] = (), keys: Sequence[str] = (), keep_worst: int = 0
) -> Measured:
    """Assess a model on a table with labels, before and after its calibration.

    ``by`` are columns whose values are groups, ``keys`` are columns by which the worst rows are known beside their file
    and number. Rows without a label are left out.

    Raises
    ------
    TableError
        If the table does not fit the model, has no such column, or no row with a label.
    """
    logits, codes, watch = [], [], RowWatch()
    groups: dict[str, list[str]] = {name: [] for name in by}
    known: list[tuple[str, ...]] = []
    split = model.record.split
    together, seen = RowGroups(None if split is None else split.group), KnownRows(model)
    for part in model.labelled(table, watch):
        batch, rows = part.batch, part.rows
        codes.append(part.codes)
        logits.append(part.logits)
        together.add(batch, rows)
        seen.add(part.features, part.codes)
        for name in by:
            groups[name] += texts_of(batch, name, rows, "by")
        columns = [texts_of(batch, name, rows, "key") for name in keys]
        known += [(*_place(batch, row), *(column[i] for column in columns)) for i, row in enumerate(rows.tolist())]
    y = np.concatenate(codes) if codes else np.zeros(0, np.int64)
    if not len(y):
        raise TableError(f"{table.name}: expected rows with a label in {model.schema.target!r}, got none")
    z = np.concatenate(logits)
    clusters, _ = together.numbers()
    measured = measured_of(
        y,
        {"logits": z},
        {"logits": model.calibration.transform(z)},
        clusters=clusters,
        groups=groups or None,
        keys=known,
        keep_worst=keep_worst,
    )
    lines = column_lines(model.schema, model.record.importance, watch.drift)
    remarks = (*_as_sentences(seen.notes), *_on_groups(model, clusters), *doubts(model.notes))
    return replace(measured, columns=lines, remarks=remarks)


def measure_fit(
    model: TableModel, table: Table, left_out: "LeftOut", calibrated: Array, *, keep_worst: int = 0
) -> Measured | None:
    """Assess what a fit said of the rows that it left out, before and after its calibration; None if no row counts.

    ``left_out`` and ``calibrated`` are what ``tell`` of `fit_table` is called with. The table is read once more if rows
    are kept, for their files and numbers.
    """
    if left_out.scores(calibrated) is None:
        return None
    measured = measured_of(
        left_out.codes,
        {"logits": left_out.logits},
        {"logits": calibrated},
        clusters=left_out.groups,
        sample_weight=left_out.weight,
        keys=left_out.numbers.astype(str).tolist(),
        keep_worst=keep_worst,
    )
    now, split = measured.now, model.record.split
    if now.worst:
        places = _places(model, table, {int(row.key[0]) for row in now.worst})
        now = replace(now, worst=tuple(replace(row, key=places[int(row.key[0])]) for row in now.worst))
    remarks = (
        *(() if split is None else (split.meaning,)),
        *_on_groups(model, left_out.groups),
        *doubts(model.notes),
    )
    lines = column_lines(model.schema, model.record.importance)
    return replace(measured, now=now, columns=lines, remarks=remarks)


def _places(model: TableModel, table: Table, numbers: set[int]) -> dict[int, tuple[str, str]]:
    """Find the files and rows of rows that are numbered among those with a label."""
    found: dict[int, tuple[str, str]] = {}
    first = 0
    for batch in table.batches():
        rows = np.flatnonzero(model.schema.codes(batch) >= 0)
        here = (number for number in numbers if first <= number < first + len(rows))
        found |= {number: _place(batch, int(rows[number - first])) for number in here}
        first += len(rows)
        if len(found) == len(numbers):
            break
    return found


def _place(batch: Batch, row: int) -> tuple[str, str]:
    file, number = batch.place(row)
    return file.rsplit("/", 1)[-1], str(number)


def _on_groups(model: TableModel, clusters: Array | None) -> tuple[str, ...]:
    """Say what ranges count where rows depend on each other, as far as the fit was told."""
    group = None if model.record.split is None else model.record.split.group
    if group is None:
        return ()
    name = clipped(group, 40)
    if clusters is None:
        return (
            f"The model was fitted with rows of the same “{name}” kept together, and this table has no such column: "
            "all ranges take its rows for independent, and may be too narrow.",
        )
    return (
        f"Rows with the same “{name}” depend on each other. The ranges of the four errors, on which the verdict rests, "
        f"count {len(np.unique(clusters)):,} of these and not {len(clusters):,} rows; the other ranges count rows, and "
        "are too narrow.",
    )


def _as_sentences(notes: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{text[:1].upper()}{text[1:]}." for text in notes)
