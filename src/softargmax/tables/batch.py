"""Some rows of a table, and where they come from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa


@dataclass(frozen=True)
class Batch:
    """Some rows of a table, the file they come from, and the number (from 1) of the first of them.

    `more` lists where other files begin, if several were joined: position in `data`, and file. `decimal` is the mark
    before the fraction of numbers that are text, if that is decided, `missing` what a user says stands for a missing
    value; `date_order` and `calendar` are what a user said of its dates, and `delimiter` parts the cells of a line.
    """

    file: str
    first_row: int
    data: pa.RecordBatch
    more: tuple[tuple[int, str], ...] = ()
    decimal: str | None = None
    missing: tuple[str, ...] = ()
    date_order: str | None = None
    calendar: str | None = None
    delimiter: str | None = None

    @cached_property
    def names(self) -> list[str]:
        """The names of the columns, in the order of the table."""
        return list(self.data.schema.names)

    @cached_property
    def _positions(self) -> dict[str, int]:
        # Looked up once: a search through the names for every column would take time with the square of their number.
        return {name: position for position, name in enumerate(self.names)}

    def __contains__(self, name: object) -> bool:
        return name in self._positions

    def column(self, name: str) -> Any:
        """Give the cells of the column of that name."""
        return self.data.column(self._positions[name])

    def texts(self, name: str) -> list[str]:
        """Give the cells of the column of that name as text; what is missing is empty."""
        return ["" if cell is None else str(cell) for cell in self.column(name).to_pylist()]

    def place(self, position: int) -> tuple[str, int]:
        """Give the file and the row number of a position in `data`. Blank lines of a file of text are no rows."""
        file, row = self.file, self.first_row + position
        for start, other in self.more:
            if position >= start:
                file, row = other, position - start + 1
        return file, row
