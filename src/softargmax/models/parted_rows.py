"""Rows in parts, as a fit needs them: looked at once, and made into blocks wherever a part is."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from softargmax._arrays import Array
from softargmax._engine import LastingParts, current, run
from softargmax.exceptions import ArgumentError
from softargmax.models.batches import BatchCoding, RowFacts, RowPart, checked_batches, survey
from softargmax.models.checked_rows import RowCheck
from softargmax.models.row_memory import remembered, size_of
from softargmax.models.solvers.design import Design
from softargmax.models.solvers.heads import Head
from softargmax.models.solvers.lane_sums import LaneSums
from softargmax.models.solvers.part_sums import PartSums
from softargmax.models.solvers.row_blocks import Block, MemoryRows, StreamedRows, join_blocks


@dataclass(frozen=True)
class PartedRows:
    """The parts of one fit, and how blocks are made of them."""

    parts: LastingParts[Any]
    check: RowCheck
    coding: BatchCoding
    fit: str

    @classmethod
    def of(cls, parts: Sequence[Any], check: RowCheck, coding: BatchCoding) -> "PartedRows":
        """Begin a fit."""
        return cls(LastingParts(parts), check, coding, uuid4().hex)

    def sums(self, design: Design, head: Head, block_rows: int) -> PartSums:
        """Give the sums over all parts that an objective needs."""
        coded = CodedParts(self.check, self.coding, self.fit)
        return PartSums(self.parts, partial(_lane_sums, coded, design, head, block_rows))

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Let rows be remembered from pass to pass, and go at the end, wherever they are.

        After an error only those of this process go: a cluster may be what was lost, and there the next fit makes room.
        """
        try:
            yield
            run(partial(_forget, self.fit), self.parts, _nothing, stage="forget rows")
        finally:
            _forget(self.fit, None)


@dataclass(frozen=True)
class CodedParts:
    """Makes rows in blocks of a part: from the memory of the process if they are there, else read anew."""

    check: RowCheck
    coding: BatchCoding
    fit: str

    def rows(self, part: RowPart, block_rows: int) -> MemoryRows | StreamedRows:
        """Give the rows of a part; all at once if there is memory for them, else batch by batch."""
        key = (self.fit, part.number)
        block = remembered.get(key) or self._taken_up(part, key)
        if block is None:
            return StreamedRows(partial(self.blocks, part), block_rows)
        return MemoryRows(block.features, block.codes, block.weight, block_rows)

    def blocks(self, part: RowPart) -> Iterator[Block]:
        """Read the rows of a part."""
        for X, y, weight in checked_batches(part.batches, partial(_checked, self.check)):
            yield self.coding.block(X, self.coding.labels.codes(y), weight)

    def _taken_up(self, part: RowPart, key: tuple[str, int]) -> Block | None:
        blocks, size = [], 0
        if not remembered.has_room(key, 0):
            return None
        for block in self.blocks(part):
            size += size_of(block)
            if not remembered.has_room(key, size):
                return None
            blocks.append(block)
        whole = join_blocks(blocks)
        remembered.keep(key, whole)
        return whole


def survey_parts(parts: Sequence[Any], check: RowCheck) -> RowFacts:
    """Look at all parts once.

    Raises
    ------
    ArgumentError
        Where there is no row, or parts have other features than the first.
    """
    facts = run(partial(_facts_of, check), LastingParts(parts), _both, stage="look at parts") if parts else None
    if facts is None:
        raise ArgumentError("X: expected parts with rows, got none", parameter="X")
    return facts


def _facts_of(check: RowCheck, part: RowPart) -> RowFacts | None:
    own = check.anew()
    facts = survey(part.batches, partial(_checked, own))
    if facts is not None:
        facts.columns, facts.where = own.columns, part.name
    return facts


def _both(first: RowFacts | None, second: RowFacts | None) -> RowFacts | None:
    if first is None or second is None:
        return first or second
    return first.merge(second)


def _checked(check: RowCheck, X: Any, y: Any, weight: Any) -> tuple[Any, Array, Array]:
    return check.rows(X, y, weight, all_rows=False)


class _OfThisThread(threading.local):
    """The lanes of the fit that this thread is at: their memory serves the next part too.

    Made for every part anew, it would be as much as the part is. In a worker of Dask, whose nanny lets the C library
    give back whatever is free, touching it for the first time took twice as long as the work itself.
    """

    fit = ""
    sums: LaneSums | None = None


_lanes = _OfThisThread()


def _lane_sums(coded: CodedParts, design: Design, head: Head, block_rows: int, part: RowPart) -> LaneSums:
    rows = coded.rows(part, block_rows)
    if _lanes.sums is None or _lanes.fit != coded.fit:
        _lanes.fit, _lanes.sums = coded.fit, LaneSums(rows, design, head, current())
    _lanes.sums.rows, _lanes.sums.engine = rows, current()
    return _lanes.sums


def _forget(fit: str, _: RowPart | None) -> None:
    remembered.forget(fit)
    _lanes.sums = None


def _nothing(first: None, second: None) -> None:
    """Merge what forgetting gives back."""
