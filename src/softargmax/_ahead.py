"""Parts of a long row of work, done on threads while those before them are used and those behind them are read.

``in_order(function, parts)`` is ``map(function, parts)``, only sooner: whoever takes the results may write them to a
file meanwhile. A few parts are in memory at a time. Where results are to be merged, `softargmax._engine` is the place.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from itertools import chain, islice
from typing import NoReturn, TypeVar

from softargmax._engine import single_threaded_blas
from softargmax._threads import Helpers, stay_on_this_thread, threads_here

P = TypeVar("P")
R = TypeVar("R")

# Parts that are read or done ahead, for each thread: one at work, and one for it to go on with.
_AHEAD = 2


def in_order(function: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
    """Apply a function to every part, and give the results in the order of the parts.

    It is applied on threads of this process, as many as `softargmax.get_num_threads` tells, while parts are read on the
    thread that takes the results; the BLAS starts no others meanwhile. What goes wrong is raised where ``map`` would
    raise it: behind the results of the parts before.

    Parameters
    ----------
    function : callable
        Makes a result of a part; depends on nothing else.
    parts : iterable
        Read as results are taken, a few ahead.

    Examples
    --------
    >>> list(in_order(sum, [[1, 2], [3], [4, 5]]))
    [3, 3, 9]
    """
    calls = _calls(function, parts)
    first = list(islice(calls, 2))
    if len(first) < 2:  # a short table: threads would only cost
        yield from (call() for call in first)
        return
    threads, every = threads_here(), chain(first, calls)
    with single_threaded_blas():
        if threads == 1:
            yield from (call() for call in every)
            return
        with Helpers(threads, initializer=stay_on_this_thread) as executor:
            waiting: deque[Future[R]] = deque()
            try:
                for call in every:
                    try:
                        waiting.append(executor.submit(call))
                    except RuntimeError:  # no thread can be started
                        yield call()
                        continue
                    if len(waiting) == _AHEAD * threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:  # whoever takes no more results does not wait for those that were not begun
                for future in waiting:
                    future.cancel()


def _calls(function: Callable[[P], R], parts: Iterable[P]) -> Iterator[Callable[[], R]]:
    """Give what is to do for every part; an error of whoever gives the parts is raised in the place of the next."""
    parts = iter(parts)
    while True:
        try:
            part = next(parts)
        except StopIteration:
            return
        except Exception as error:
            yield partial(_raise, error)
            return
        yield partial(function, part)


def _raise(error: Exception) -> NoReturn:
    raise error
