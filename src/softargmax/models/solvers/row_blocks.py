"""Where rows come from: memory, or batches that are read again for every pass."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from softargmax._arrays import Array

# A block's features and logits should stay in a cache (a megabyte in double), but Python should not be asked for too
# many of them: some 7 µs per block are paid whatever its size.
_FEATURE_NUMBERS, _FEWEST_ROWS, _MOST_ROWS = 2**17, 512, 4096
# With very many classes the logits alone decide: eight megabytes, which a lane overwrites again and again.
_LOGIT_NUMBERS, _FEWEST_ROWS_OF_ALL = 2**20, 128


class Block(NamedTuple):
    """Some rows: features (dense or CSR), class codes, and weights unless all weigh the same."""

    features: Any
    codes: Array
    weight: Array | None


class RowBlocks(Protocol):
    """Rows in blocks of a fixed size, in a fixed order."""

    @property
    def block_rows(self) -> int:
        """Rows of a block at most."""

    @property
    def most_lanes(self) -> int | None:
        """How many lanes have anything to do; None where nobody knows."""

    def rounds(self, lanes: int) -> Iterable[Sequence[Iterable[Block]]]:
        """Deal blocks to lanes: block i to lane i modulo `lanes`, in one or many rounds."""

    def finer(self, lanes: int) -> "RowBlocks":
        """Give the same rows in blocks so small that every lane has some, for work worth more than its overhead."""


def block_rows_for(n_features: int, width: int, *, dense: bool) -> int:
    """Choose how many rows go together. Depends on shapes only, so that results do not depend on the machine."""
    numbers = max(width, n_features if dense else 1)
    rows = int(np.clip(_FEATURE_NUMBERS // numbers, _FEWEST_ROWS, _MOST_ROWS))
    return max(min(rows, _LOGIT_NUMBERS // width), _FEWEST_ROWS_OF_ALL)


@dataclass(frozen=True)
class MemoryRows:
    """Rows held in memory, dense or CSR."""

    features: Any
    codes: Array
    weight: Array | None
    block_rows: int

    @property
    def most_lanes(self) -> int:
        """One for each block."""
        return -(-len(self.codes) // self.block_rows)

    def rounds(self, lanes: int) -> Iterable[Sequence[Iterable[Block]]]:
        """Deal all blocks in one round."""
        return [[self._lane(first, lanes) for first in range(lanes)]]

    def finer(self, lanes: int) -> "MemoryRows":
        """Cut smaller."""
        rows = min(self.block_rows, max(-(-len(self.codes) // lanes), _FEWEST_ROWS_OF_ALL))
        return MemoryRows(self.features, self.codes, self.weight, rows)

    def _lane(self, first: int, lanes: int) -> Iterator[Block]:
        for start in range(first * self.block_rows, len(self.codes), lanes * self.block_rows):
            rows = slice(start, start + self.block_rows)
            weight = None if self.weight is None else self.weight[rows]
            yield Block(_rows_of(self.features, rows), self.codes[rows], weight)


@dataclass(frozen=True)
class StreamedRows:
    """Batches read anew for every pass, cut into blocks of the same size as rows in memory are."""

    batches: Callable[[], Iterable[Block]]
    block_rows: int

    most_lanes = None

    def rounds(self, lanes: int) -> Iterable[Sequence[Iterable[Block]]]:
        """Deal one block to every lane per round; no more than that is held."""
        waiting: list[Block] = []
        for block in self._blocks():
            waiting.append(block)
            if len(waiting) == lanes:
                yield [[each] for each in waiting]
                waiting = []
        if waiting:
            yield [[each] for each in waiting] + [[] for _ in range(lanes - len(waiting))]

    def finer(self, lanes: int) -> "StreamedRows":
        """Leave them: there are many."""
        return self

    def _blocks(self) -> Iterator[Block]:
        kept: list[Block] = []
        size = 0
        for batch in self.batches():
            start, count = 0, len(batch.codes)
            while start < count:
                stop = min(count, start + self.block_rows - size)
                kept.append(_take(batch, slice(start, stop)))
                size += stop - start
                start = stop
                if size == self.block_rows:
                    yield join_blocks(kept)
                    kept, size = [], 0
        if kept:
            yield join_blocks(kept)


def _take(block: Block, rows: slice) -> Block:
    """Copy some rows: whoever gives batches may use their memory for the next one."""
    weight = None if block.weight is None else block.weight[rows].copy()
    features = _rows_of(block.features, rows)
    if isinstance(features, CsrBlock):
        features = features._replace(columns=features.columns.copy(), values=features.values.copy())
    else:
        features = features.copy()
    return Block(features, block.codes[rows].copy(), weight)


def join_blocks(blocks: list[Block]) -> Block:
    """Put blocks below each other."""
    if len(blocks) == 1:
        return blocks[0]
    features = [block.features for block in blocks]
    joined = join_csr(features) if isinstance(features[0], CsrBlock) else np.concatenate(features)
    weights = [block.weight for block in blocks if block.weight is not None]
    return Block(
        joined, np.concatenate([block.codes for block in blocks]), np.concatenate(weights) if weights else None
    )


class CsrBlock(NamedTuple):
    """Rows of a canonical CSR matrix as views of its arrays, without the checks SciPy does for each slice."""

    starts: Array
    columns: Array
    values: Array
    n_features: int

    def toarray(self) -> Array:
        """Give the rows dense."""
        dense = np.zeros((len(self.starts) - 1, self.n_features), self.values.dtype)
        dense[np.repeat(np.arange(len(dense)), np.diff(self.starts)), self.columns] = self.values
        return dense


def join_csr(blocks: list[CsrBlock]) -> CsrBlock:
    """Put rows below each other."""
    offsets = np.cumsum([0, *(len(block.values) for block in blocks)])
    starts = [block.starts[1:] + offset for block, offset in zip(blocks, offsets[:-1], strict=True)]
    return CsrBlock(
        np.concatenate([[0], *starts]).astype(np.int32),
        np.concatenate([block.columns for block in blocks]),
        np.concatenate([block.values for block in blocks]),
        blocks[0].n_features,
    )


def _rows_of(features: Any, rows: slice) -> Any:
    if isinstance(features, np.ndarray):
        return features[rows]
    if isinstance(features, CsrBlock):
        starts = features.starts[rows.start : min(rows.stop, len(features.starts) - 1) + 1]
        first, last = int(starts[0]), int(starts[-1])
        return CsrBlock(
            (starts - first).astype(np.int32, copy=False),
            features.columns[first:last],
            features.values[first:last],
            features.n_features,
        )
    return features[rows]


def as_csr_block(matrix: Any) -> CsrBlock:
    """View a CSR matrix."""
    return CsrBlock(matrix.indptr, matrix.indices.astype(np.int32, copy=False), matrix.data, matrix.shape[1])
