"""Which rows belong together: the cells of a column of groups, and their numbers."""

import numpy as np
import pyarrow as pa

from softargmax._arrays import Array
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.names import find


def group_cells(column: str, batch: Batch) -> Array:
    """Give the cells of a column as text, None where one is missing."""
    return np.array(Cells.of(batch, column).texts().to_pylist(), object)


def numbered_groups(texts: Array) -> tuple[Array, int]:
    """Number groups from 0, and count the rows without one, each of which is taken for a group of its own."""
    found = pa.array(texts.tolist(), pa.string()).dictionary_encode()
    numbers = np.asarray(found.indices.fill_null(-1), np.int64)
    missing = np.flatnonzero(numbers < 0)
    numbers[missing] = len(found.dictionary) + np.arange(len(missing))
    return numbers, len(missing)


class RowGroups:
    """Collects the groups of rows that a model is measured on, if its fit kept groups together.

    Parameters
    ----------
    column : str or None
        The column of groups of the fit.
    """

    def __init__(self, column: str | None) -> None:
        self._column = column
        self._is_there = column is not None
        self._read: list[Array] = []

    def add(self, batch: Batch, rows: Array) -> None:
        """Read the groups of some rows of a batch, where it has the column."""
        found = None if self._column is None else find(self._column, batch.names)
        if found is None:
            self._is_there = False
        elif self._is_there:
            self._read.append(group_cells(found, batch)[rows])

    def numbers(self) -> tuple[Array | None, tuple[str, ...]]:
        """Give a number for every row, unless there are no groups, and what is to be said about that."""
        if self._column is None:
            return None, ()
        if not self._is_there:
            said = f"the table has no {self._column!r}, by which the model was fitted"
            return None, (f"{said}: intervals take its rows for independent",)
        numbers, _ = numbered_groups(np.concatenate(self._read))
        counted = len(np.unique(numbers))
        return numbers, (f"intervals count {counted} of {self._column!r} instead of {len(numbers)} rows",)
