"""Some rows of a table, and where they come from."""

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Batch:
    """Some rows of a table, the file they come from, and the number (from 1) of the first of them.

    `more` lists where other files begin, if several were joined: position in `data`, and file.
    """

    file: str
    first_row: int
    data: pa.RecordBatch
    more: tuple[tuple[int, str], ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of the columns, in the order of the table."""
        return list(self.data.schema.names)

    def place(self, position: int) -> tuple[str, int]:
        """Give the file and the row number of a position in `data`. Blank lines of a file of text are no rows."""
        file, row = self.file, self.first_row + position
        for start, other in self.more:
            if position >= start:
                file, row = other, position - start + 1
        return file, row
