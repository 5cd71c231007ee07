"""What a worker does: a share of the parts, one after the other on one thread, merged as far as they are neighbours."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from distributed import get_worker

from softargmax._engine import among_others
from softargmax._merge_tree import MergeTree

# The share of a worker's memory for rows that a fit goes over again and again. Python and its libraries take some
# 250 MB, the part that is being read comes on top, and at .7 Dask begins to move data out.
_SHARE_FOR_ROWS = 0.4


@dataclass(frozen=True)
class ShareDone:
    """What a share came to: pieces of the tree in which all parts are merged."""

    pieces: list[tuple[int, Any, int]]


@dataclass(frozen=True)
class ShareFailed:
    """Which part failed, and with what. A value, not a raised error: Dask would send the parts out once more."""

    number: int
    error: Exception


def work(task: bytes, numbers: Sequence[int], parts: bytes | list[Any]) -> ShareDone | ShareFailed:
    """Apply the task's function to parts, and merge neighbours.

    Parameters
    ----------
    task : bytes
        The function and the merge, pickled once for all shares.
    numbers : sequence of int
        The parts' numbers among all.
    parts : bytes or list
        The parts, pickled; or what Dask put in the place of futures.
    """
    function, merge = pickle.loads(task)
    tree = MergeTree(merge)
    with among_others(_memory_for_rows()):
        for number, part in zip(numbers, pickle.loads(parts) if isinstance(parts, bytes) else parts, strict=True):
            try:
                tree.add(number, function(part))
            except Exception as error:
                return ShareFailed(number, _sendable(error))
    return ShareDone(tree.pieces())


def given(task: bytes) -> bytes:
    """Give what it was given: a task whose result workers hand on to each other, and make again if it is lost."""
    return task


def _memory_for_rows() -> int | None:
    """Give how many bytes of rows this worker may remember: a share of what Dask lets it have in all."""
    limit = get_worker().memory_manager.memory_limit
    return int(limit * _SHARE_FOR_ROWS) if limit else None


def _sendable(error: Exception) -> Exception:
    """Give an error that arrives as it is, or one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
