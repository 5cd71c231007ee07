"""Which mark is decimal in a table to predict, where neither the model nor a user knows it: its own cells show it.

A model that was fitted on numbers, or on texts of whole numbers, has met no decimal mark. "9.108" alone is then open;
beside "9.5" it is not. What decides is what lies in memory together: the rows of a batch.
"""

from collections.abc import Iterator
from dataclasses import replace

from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.decimal_mark import DecimalMark, decimal_mark
from softargmax.tables.opening import Table
from softargmax.tables.schema import Schema


def with_one_mark(table: Table, schema: Schema) -> Iterator[Batch]:
    """Give the batches of a table, with the decimal mark that the first of them shows in which it makes a difference.

    Raises
    ------
    TableError
        If a number that the model needs can be read in two ways, and no other number shows which is meant.
    """
    mark: str | None = None
    for batch in table.batches():
        if batch.decimal is None and mark is None and _is_open(batch, schema):
            found = _shown(batch, schema)
            if found.question is not None:
                raise found.question
            mark = found.mark
            for note in found.notes:
                table.note(batch.file, note)
        yield batch if batch.decimal is not None else replace(batch, decimal=mark)


def _is_open(batch: Batch, schema: Schema) -> bool:
    """Whether a number that the model needs is another one with a decimal point than with a decimal comma."""
    numbers = (column for column in schema.columns if column.encoder.kind == "number")
    return any(column.encoder.understood(schema.cells(batch, column.name)).are_open for column in numbers)


def _shown(batch: Batch, schema: Schema) -> DecimalMark:
    """Ask all columns but the target and those that the model takes for something else than numbers."""
    others = {column.name for column in schema.columns if column.encoder.kind != "number"} | {schema.target}
    cells = (Cells.of(batch, name) for name in batch.names if name not in others)
    return decimal_mark((ColumnSummary.of(each, 0) for each in cells if each.is_usable), batch.delimiter)
