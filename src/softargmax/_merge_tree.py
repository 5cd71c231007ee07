"""The tree in which results of parts are merged, whoever made them and in whatever order they come."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

R = TypeVar("R")
Merge = Callable[[R, R], R]


class MergeTree:
    """Merges numbered results, in whatever order they come, as the tree over their numbers says."""

    def __init__(self, merge: Merge[Any]) -> None:
        self._merge = merge
        self._waiting: dict[tuple[int, int], Any] = {}  # by level and number: merged from 2^level results each
        self._lock = threading.Lock()

    def add(self, number: int, result: Any, level: int = 0) -> None:
        """Take up the result of a part, or a piece of another tree; several threads may do so at once."""
        while True:
            with self._lock:
                if (level, number ^ 1) not in self._waiting:
                    self._waiting[level, number] = result
                    return
                neighbour = self._waiting.pop((level, number ^ 1))
            result = self._merge(neighbour, result) if number & 1 else self._merge(result, neighbour)
            level, number = level + 1, number >> 1

    def pieces(self) -> list[tuple[int, Any, int]]:
        """Give what has no neighbour yet, so that another tree can `add` it: what some parts came to elsewhere."""
        return [(number, result, level) for (level, number), result in sorted(self._waiting.items(), key=_place)]

    def result(self) -> Any:
        """Give all in one; what has no neighbour is merged with the larger trees before it, the smallest first."""
        first, *others = [self._waiting[key] for key in sorted(self._waiting)]
        for larger in others:
            first = self._merge(larger, first)
        return first


def _place(waiting: tuple[tuple[int, int], Any]) -> tuple[int, int]:
    return waiting[0]


def merged(results: Sequence[R], merge: Merge[R]) -> R:
    """Merge results that are all there, as `run` would."""
    tree = MergeTree(merge)
    for number, result in enumerate(results):
        tree.add(number, result)
    return tree.result()  # type: ignore[no-any-return]
