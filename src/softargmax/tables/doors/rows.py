"""Which columns of a file become columns of a table, and which of its lines are rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax.exceptions import TableError


@dataclass(frozen=True)
class Columns:
    """The columns of a file of text.

    Attributes
    ----------
    names : tuple of str
    positions : tuple of int
        Where each lies in the file.
    behind : tuple of int
        Positions behind the last delimiter of a line, where nothing may stand.
    header : tuple of str
        The cells of the header: a line that repeats them all is no row. Empty where that cannot be told.
    """

    names: tuple[str, ...]
    positions: tuple[int, ...]
    behind: tuple[int, ...]
    header: tuple[str, ...]

    @cached_property
    def width(self) -> int:
        """How many cells a line has."""
        return max((*self.positions, *self.behind)) + 1

    @cached_property
    def read(self) -> tuple[int, ...]:
        """The positions that are read; the first one too, because a line with something in it is a row."""
        return tuple(sorted({0, *self.positions, *self.behind}))

    def none(self) -> Any:
        """Give a batch without rows."""
        return pa.RecordBatch.from_arrays([pa.array([], pa.string())] * len(self.names), names=list(self.names))

    def rows(self, file: str, batch: Any) -> Any:
        """Turn a batch of all that was read into one of rows, under the names of the table.

        Raises
        ------
        TableError
            If something stands behind the last delimiter of a line.
        """
        if self.width > 1:
            batch = _without_repeated(batch, [""] * len(self.read))  # as spreadsheets write rows that were cleared
            if len(self.header) > self.read[-1]:
                batch = _without_repeated(batch, [self.header[position] for position in self.read])
        for position in self.behind:
            held = pc.utf8_trim_whitespace(batch.column(self.read.index(position)))
            filled = np.flatnonzero(_lengths(held))
            if len(filled):
                text = held[int(filled[0])].as_py()
                raise TableError(
                    f"{file}: expected nothing behind the last delimiter of a line, as in those before, got {text!r}; "
                    "give that column a name"
                )
        places = {position: place for place, position in enumerate(self.read)}
        columns = [batch.column(places[position]) for position in self.positions]
        return pa.RecordBatch.from_arrays(columns, names=list(self.names))


def _without_repeated(batch: Any, cells: Sequence[str]) -> Any:
    """Leave out lines that hold exactly these cells. Lengths are compared first: they are at hand, and differ."""
    rows = np.arange(batch.num_rows)
    for place, cell in enumerate(cells):  # most often the first column alone tells, of which there may be thousands
        rows = rows[_lengths(batch.column(place))[rows] == len(cell.encode())]
        if not len(rows):
            return batch
    for column, cell in zip(batch.columns, cells, strict=True):
        rows = rows[np.asarray(pc.equal(column.take(pa.array(rows)), cell))]
    keep = np.ones(batch.num_rows, bool)
    keep[rows] = False
    return batch.filter(pa.array(keep))


def _lengths(column: Any) -> Any:
    """Give the lengths of texts in bytes, without a copy."""
    offsets = np.frombuffer(column.buffers()[1], np.int32) if len(column) else np.zeros(1, np.int32)
    return np.diff(offsets[column.offset : column.offset + len(column) + 1])
