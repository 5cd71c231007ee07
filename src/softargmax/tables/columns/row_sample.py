"""Rows that stand for all: which ones they are depends on their positions in the table and on nothing else."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from softargmax._arrays import Array
from softargmax._row_hash import hash_rows
from softargmax.tables.columns.distinct import Counts

# What occurs in one row of a thousand occurs about sixteen times among so many.
MOST_ROWS = 1 << 14


@dataclass(frozen=True, eq=False)
class RowSample:
    """Cells of a few rows, in the order of the table, with the positions of these rows."""

    cells: Any = field(default_factory=lambda: pa.array([], pa.string()), repr=False)
    positions: Array = field(default_factory=lambda: np.empty(0, np.int64), repr=False)

    @classmethod
    def of(cls, cells: Any, start: int) -> "RowSample":
        """Choose among rows that begin at position `start`."""
        return cls(cells, np.arange(start, start + len(cells)))._chosen()

    def merge(self, other: "RowSample") -> "RowSample":
        """Choose among the rows of both; those of `other` are the next ones."""
        cells = pa.concat_arrays([self.cells, other.cells])
        return RowSample(cells, np.concatenate([self.positions, other.positions]))._chosen()

    def _chosen(self) -> "RowSample":
        if len(self.positions) <= MOST_ROWS:
            return self
        # As if drawn. Rows at even distances would never meet the same value twice in a sorted column.
        order = hash_rows(self.positions[:, np.newaxis].astype(np.float64))
        kept = np.sort(np.argpartition(order, MOST_ROWS)[:MOST_ROWS])
        return RowSample(self.cells.take(pa.array(kept)), self.positions[kept])

    def counts(self) -> Counts:
        """Count the values of these rows."""
        return Counts.of(self.cells)

    def estimated_distinct(self, n_present: int) -> int:
        """Estimate how many different values all rows hold, from how many occur here once and twice (Chao 1984).

        The estimate is low rather than high: values that are too rare to be met here twice are not told apart.
        """
        counts = self.counts().counts
        once, twice = (int(np.count_nonzero(counts == times)) for times in (1, 2))
        return min(n_present, len(counts) + round(once * (once - 1) / (2 * (twice + 1))))
