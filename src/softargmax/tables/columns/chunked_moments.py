"""Mean and spread of a column, the same bits however its rows are split."""

import itertools
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from softargmax._arrays import Array
from softargmax._moments import FeatureMoments

# Sums of rounded numbers depend on which were added first, so rows are summed in chunks that begin at multiples of
# this. A chunk that is not complete keeps its values: half a megabyte at most.
CHUNK = 1 << 16


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Some rows of one chunk with their values, or all of them with the moments."""

    number: int
    n_rows: int
    values: tuple[Array, ...]
    complete: FeatureMoments | None = None

    def merge(self, other: "_Chunk") -> "_Chunk":
        n_rows, values = self.n_rows + other.n_rows, self.values + other.values
        if n_rows < CHUNK:
            return _Chunk(self.number, n_rows, values)
        return _Chunk(self.number, n_rows, (), _moments(values))

    @property
    def moments(self) -> FeatureMoments:
        return _moments(self.values) if self.complete is None else self.complete


@dataclass(frozen=True, eq=False)
class ChunkedMoments:
    """Count, mean and squared deviations of the values in consecutive rows; `merge` takes the rows that follow."""

    chunks: tuple[_Chunk, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, values: Array, start: int) -> "ChunkedMoments":
        """Summarise the values of rows that begin at position `start` of the table; NaN is a missing one."""
        end = start + len(values)
        borders = [start, *range((start // CHUNK + 1) * CHUNK, end, CHUNK), end]
        chunks = []
        for first, last in itertools.pairwise(borders if len(values) else []):
            part = values[first - start : last - start]
            empty = _Chunk(first // CHUNK, 0, ())
            chunks.append(empty.merge(_Chunk(empty.number, len(part), (part[~np.isnan(part)],))))
        return cls(tuple(chunks))

    def merge(self, other: "ChunkedMoments") -> "ChunkedMoments":
        """Summarise the rows of both; those of `other` are the next ones."""
        if self.chunks and other.chunks and self.chunks[-1].number == other.chunks[0].number:
            border = self.chunks[-1].merge(other.chunks[0])
            return ChunkedMoments((*self.chunks[:-1], border, *other.chunks[1:]))
        return ChunkedMoments(self.chunks + other.chunks)

    def mean_and_scale(self) -> tuple[float, float]:
        """Give mean and standard deviation; 0 and 1 where there is no value, and a scale of 1 for a constant."""
        with np.errstate(over="ignore", invalid="ignore"):  # whoever asks looks whether they are finite
            whole = reduce(FeatureMoments.merge, (chunk.moments for chunk in self.chunks), _moments(()))
            return (float(whole.mean[0]), float(whole.scale[0])) if whole.weight else (0.0, 1.0)


def _moments(values: tuple[Array, ...]) -> FeatureMoments:
    joined = np.concatenate([np.empty(0), *values])
    with np.errstate(over="ignore", invalid="ignore"):
        return FeatureMoments.of(joined[:, np.newaxis], np.ones(len(joined)))
