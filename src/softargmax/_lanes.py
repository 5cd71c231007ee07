"""Blocks of rows shared among threads so that no result depends on how many there are."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from softargmax import _kernels
from softargmax._engine import single_threaded_blas

T = TypeVar("T")


class Lanes:
    """Maps a function over a few items, on threads, in order.

    Work is dealt to lanes by the number of the block alone, each lane adds up in its own order, and lanes are
    added in theirs. More threads than lanes have nothing to do.
    """

    def __init__(self, threads: int = 1, executor: ThreadPoolExecutor | None = None) -> None:
        self._threads = threads
        self._executor = executor

    def map(self, function: Callable[..., T], *items: Sequence[Any]) -> list[T]:
        """Give the results in order; the calling thread works too."""
        count = len(items[0])
        if self._executor is None or count == 1:
            return [function(*each) for each in zip(*items, strict=True)]
        results: list[Any] = [None] * count
        remaining = itertools.count()  # taking the next number is atomic

        def work() -> None:
            while (number := next(remaining)) < count:
                results[number] = function(*(each[number] for each in items))

        helpers = [self._executor.submit(work) for _ in range(min(self._threads, count) - 1)]
        try:
            work()
        finally:
            for helper in helpers:
                helper.result()
        return results


@contextmanager
def open_lanes(threads: int) -> Iterator[Lanes]:
    """Start threads, and keep the BLAS and the kernels from starting their own beside them."""
    with single_threaded_blas():
        before = _kernels.stay_on_this_thread(True)
        try:
            if threads == 1:
                yield Lanes()
                return
            with ThreadPoolExecutor(threads - 1, initializer=_kernels.stay_on_this_thread, initargs=(True,)) as helpers:
                yield Lanes(threads, helpers)
        finally:
            _kernels.stay_on_this_thread(before)
