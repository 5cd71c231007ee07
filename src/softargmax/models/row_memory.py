"""Rows that a process remembers from pass to pass of a fit, within its memory; the others it reads anew.

All passes go over the parts in the same order. So what fits first is kept, and nothing makes room for what comes
later: a memory that forgets the oldest rows would have forgotten each of them just before it comes again.
"""

import os
import threading
from functools import cache

from softargmax._threads import here
from softargmax.models.solvers.row_blocks import Block, CsrBlock

# The share of the machine's memory that rows may take where no engine says how much.
_SHARE = 4

Key = tuple[str, int]


class RowMemory:
    """Blocks by the fit and the number of the part that they belong to."""

    def __init__(self) -> None:
        self._blocks: dict[Key, Block] = {}
        self._refused: set[Key] = set()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: Key) -> Block | None:
        """Give the rows of a part, if they are remembered."""
        return self._blocks.get(key)

    def has_room(self, key: Key, size: int) -> bool:
        """Tell whether so many bytes would fit; if not, the part stays out. Rows of other fits give way."""
        with self._lock:
            if key in self._refused:
                return False
            if self._size + size > _limit():
                for other in [other for other in self._blocks if other[0] != key[0]]:
                    self._drop(other)
            if self._size + size > _limit():
                self._refused.add(key)
                return False
            return True

    def keep(self, key: Key, block: Block) -> None:
        """Remember the rows of a part, unless others that were read meanwhile took the room."""
        size = size_of(block)
        with self._lock:
            if self._size + size > _limit():
                self._refused.add(key)
            elif key not in self._blocks:
                self._blocks[key] = block
                self._size += size

    def forget(self, fit: str) -> None:
        """Let go of all rows of a fit."""
        with self._lock:
            for key in [key for key in self._blocks if key[0] == fit]:
                self._drop(key)
            self._refused = {key for key in self._refused if key[0] != fit}

    def _drop(self, key: Key) -> None:
        self._size -= size_of(self._blocks.pop(key))


remembered = RowMemory()


def size_of(block: Block) -> int:
    """Give how many bytes a block takes."""
    features = block.features
    arrays = [features.starts, features.columns, features.values] if isinstance(features, CsrBlock) else [features]
    weight = 0 if block.weight is None else block.weight.nbytes
    return sum(array.nbytes for array in arrays) + block.codes.nbytes + weight


def _limit() -> int:
    return here.memory if here.memory is not None else _of_the_machine()


@cache
def _of_the_machine() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _SHARE
