"""Work on many rows: cut into parts, done on threads or elsewhere, and merged so that nothing depends on where.

``run(function, parts, merge)`` is all there is to it. Whatever is summed over rows is a small value with a merge (sums,
counts, moments, an Assessment's evidence), and ``function`` makes one of the rows of a part::

    moments = run(moments_of, parts, FeatureMoments.merge)

Results are merged in a binary tree over the parts' numbers: 0 with 1, 2 with 3, then those pairs, and so on. The tree
depends on nothing but how many parts there are, so neither the order in which they are finished nor the number of
threads changes a bit of the result. As soon as two neighbours are there they become one, so for n parts about log2(n)
results are held.

To use it, cut the rows by their number alone, never by the number of threads; let ``function`` take all it needs from
its part, so that both can be pickled and sent to another machine; and let ``merge`` be associative but for rounding.
``merge`` may change and give back its first argument. `gather` is for results that are not merged but kept in order.

The engine at work is `current`: threads of this process, unless another one is set. Where one step follows another on
the same rows, as in a fit, `opened` keeps the threads from run to run.
"""

import operator
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from functools import cache, partial
from typing import Any, NoReturn, Protocol, TypeVar

from softargmax import _kernels
from softargmax._merge_tree import Merge, MergeTree
from softargmax._progress import Progress, ProgressCallback
from softargmax._threads import Helpers, here, threads_here
from softargmax.exceptions import ArgumentError, EngineError, SoftargmaxError

P = TypeVar("P")
R = TypeVar("R")


class Engine(Protocol):
    """Where work on parts is done."""

    def run(
        self,
        function: Callable[[P], R],
        parts: Iterable[P],
        merge: Merge[R],
        *,
        progress: ProgressCallback | None = None,
        stage: str = "working",
    ) -> R:
        """Apply a function to every part, and merge what comes out; see the function `run`."""


def run(
    function: Callable[[P], R],
    parts: Iterable[P],
    merge: Merge[R],
    *,
    progress: ProgressCallback | None = None,
    stage: str = "working",
) -> R:
    """Apply a function to every part, and merge what comes out, on the engine of now.

    Parameters
    ----------
    function : callable
        Makes a result of a part; depends on nothing else.
    parts : iterable
        At least one. An iterator is read as parts are needed, so that they need not all be in memory.
    merge : callable
        Makes one result of those of two neighbours, the earlier one first.
    progress : callable, optional
        Called with a `Progress` after every part, one call at a time.
    stage : str
        What is being done, for the progress.

    Raises
    ------
    EngineError
        If the function fails on a part; ``part`` is its number, the error itself its cause. Errors and warnings of ours
        pass through as they are. Of several parts that fail the first one counts.
    ArgumentError
        If there is no part.

    Examples
    --------
    >>> import operator
    >>> run(sum, [[1, 2], [3], [4, 5]], operator.add)
    15
    """
    return current().run(function, parts, merge, progress=progress, stage=stage)


def gather(function: Callable[[P], R], parts: Iterable[P], engine: Engine | None = None) -> list[R]:
    """Apply a function to every part, and give the results in the order of the parts; no part, no result."""
    parts = parts if isinstance(parts, Sized) else list(parts)
    if len(parts) == 0:
        return []
    return (engine or current()).run(partial(_alone, function), parts, operator.iadd)


def _alone(function: Callable[[P], R], part: P) -> list[R]:
    return [function(part)]


class LastingParts(list[P]):
    """Parts that one run after the other goes over, as a fit does: an engine elsewhere lets each stay where it was."""


class LocalEngine:
    """Threads of this process, each with a part of its own; the BLAS and our kernels start no others beside them.

    Threads share the work by parts, because that costs less than sharing every matrix product. A run inside a part of
    another run stays on its thread.

    Parameters
    ----------
    threads : int, optional
        How many at most; as many as `softargmax.get_num_threads` tells unless given.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads
        self._executor: Helpers | None = None
        self._is_open = False

    def run(
        self,
        function: Callable[[P], R],
        parts: Iterable[P],
        merge: Merge[R],
        *,
        progress: ProgressCallback | None = None,
        stage: str = "working",
    ) -> R:
        """Apply a function to every part, and merge what comes out; see the function `run`."""
        job = _Job(function, parts, merge, progress, stage)
        threads = self._count(job.total)
        if threads == 1 and (self._is_open or here.busy):
            job.work()
        elif threads == 1:  # the kernels may share what a single part asks of them
            with single_threaded_blas():
                job.work()
        elif self._executor is None:
            with self.opened(threads) as engine:
                engine._share(job, threads)
        else:
            self._share(job, threads)
        return job.result()  # type: ignore[no-any-return]

    def _share(self, job: "_Job", threads: int) -> None:
        assert self._executor is not None
        helpers = []
        with suppress(RuntimeError):  # no thread can be started: this one does the work
            for _ in range(threads - 1):
                helper = self._executor.submit(job.work_beside_others)
                helpers.append(helper)
        try:
            job.work_beside_others()
        finally:
            job.stop()
            for helper in helpers:
                helper.result()

    @contextmanager
    def opened(self, threads: int | None = None) -> "Iterator[LocalEngine]":
        """Give an engine that keeps its threads, and the BLAS to one, until the context ends: for many short runs."""
        count = threads or self._count(None)
        engine = LocalEngine(count)
        with single_threaded_blas():
            before = _kernels.stay_on_this_thread(True)
            engine._is_open = True
            try:
                if count == 1:
                    yield engine
                    return
                start = partial(_kernels.stay_on_this_thread, True)
                with Helpers(count - 1, initializer=start) as engine._executor:
                    yield engine
            finally:
                engine._executor, engine._is_open = None, False
                _kernels.stay_on_this_thread(before)

    def _count(self, parts: int | None) -> int:
        threads = threads_here() if here.busy or not self._threads else self._threads
        return threads if parts is None else max(min(threads, parts), 1)


def raise_of_part(number: int, error: Exception) -> NoReturn:
    """Raise what a part failed with: errors and warnings of ours as they are, others under the part's number."""
    if isinstance(error, SoftargmaxError | Warning):
        raise error
    raise EngineError(f"part {number} (from 0) failed with {type(error).__name__}: {error}", part=number) from error


class _Job:
    """One run: hands out parts in their order, and remembers what went wrong."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        parts: Iterable[Any],
        merge: Merge[Any],
        progress: ProgressCallback | None,
        stage: str,
    ) -> None:
        self.total = len(parts) if isinstance(parts, Sized) else None
        self._function, self._tree = function, MergeTree(merge)
        self._parts = iter(enumerate(parts))
        self._progress, self._stage = progress, stage
        self._lock = threading.Lock()
        self._taken = self._done = 0
        self._stopped = False
        self._failures: dict[int, Exception] = {}
        self._other: Exception | None = None  # of whoever gives the parts, or is told of progress

    def work(self) -> None:
        """Take one part after the other until there are none."""
        while (taken := self._next()) is not None:
            number, part = taken
            try:
                self._tree.add(number, self._function(part))
            except Exception as error:
                self._failures[number] = error
                self.stop()
            except BaseException:  # Ctrl-C: the other threads stop too
                self.stop()
                raise
            else:
                self._tell()

    def work_beside_others(self) -> None:
        """Work as one of several threads, none of which shall start more."""
        here.busy = True
        try:
            self.work()
        finally:
            here.busy = False

    def stop(self) -> None:
        """Hand out no further parts; those before have been handed out, so the first that fails is always known."""
        self._stopped = True

    def result(self) -> Any:
        """Give what all parts come to, or raise what went wrong."""
        if self._failures:
            number, error = min(self._failures.items())
            raise_of_part(number, error)
        if self._other is not None:
            raise self._other
        if self._taken == 0:
            raise ArgumentError("parts: expected at least one part to work on, got none", parameter="parts")
        return self._tree.result()

    def _next(self) -> tuple[int, Any] | None:
        with self._lock:
            if self._stopped:
                return None
            try:
                taken = next(self._parts, None)
            except Exception as error:
                self._other, self._stopped = error, True
                return None
            self._taken += taken is not None
            return taken

    def _tell(self) -> None:
        if self._progress is None:
            return
        with self._lock:
            self._done += 1
            try:
                self._progress(Progress(self._stage, self._done, self.total, "parts"))
            except Exception as error:
                self._other, self._stopped = error, True


@contextmanager
def among_others(memory: int | None = None) -> Iterator[None]:
    """Let this thread, the kernels and the BLAS start no threads: it is one of many that others have started.

    `memory` says how many bytes of rows its process may remember from run to run, where somebody knows.
    """
    before = here.busy, here.memory
    here.busy, here.memory = True, memory
    alone = _kernels.stay_on_this_thread(True)
    token = _current.set(LocalEngine(1))
    try:
        with single_threaded_blas():
            yield
    finally:
        _current.reset(token)
        here.busy, here.memory = before
        _kernels.stay_on_this_thread(alone)


_current: ContextVar[Engine] = ContextVar("engine", default=LocalEngine())  # noqa: B039 # nothing in it changes


def current() -> Engine:
    """Give the engine that is at work: this process's threads unless another one is set."""
    return _current.get()


@contextmanager
def _on(engine: Engine) -> Iterator[Engine]:
    """Let another engine work until the context ends."""
    token = _current.set(engine)
    try:
        yield engine
    finally:
        _current.reset(token)


def opened(threads: int | None = None) -> AbstractContextManager[LocalEngine]:
    """Keep threads of this process from run to run, for a fit whose rows are here and whose steps are short."""
    return LocalEngine(threads).opened()


def at_work(engine: LocalEngine) -> AbstractContextManager[Any]:
    """Let an opened engine do what comes, unless the work is to be done elsewhere."""
    return _on(engine) if isinstance(current(), LocalEngine) else nullcontext()


@cache
def _controller(scipy_is_loaded: bool) -> Any:  # noqa: ARG001  (the key of the cache)
    """Give what holds the BLAS; None without threadpoolctl, which the core does not need.

    scikit-learn brings it, so whoever fits has it. Without it a BLAS with threads of its own works beside ours: slower,
    and its rounding may depend on how many it has. A controller knows the libraries that were loaded when it was made,
    and SciPy brings a BLAS of its own, so there is one for before and one for after.
    """
    try:
        from threadpoolctl import ThreadpoolController
    except ModuleNotFoundError:
        return None
    return ThreadpoolController()


_blas_lock = threading.Lock()
_blas_users = 0
_blas_limit: Any = None


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Hold the BLAS libraries of the process to one thread; may be entered by several threads at once."""
    global _blas_users, _blas_limit  # as the number of threads of a BLAS is the process's own
    controller = _controller("scipy.linalg" in sys.modules)
    if controller is None:
        yield
        return
    with _blas_lock:
        if _blas_users == 0:
            _blas_limit = controller.limit(limits=1, user_api="blas")
        _blas_users += 1
    try:
        yield
    finally:
        with _blas_lock:
            _blas_users -= 1
            if _blas_users == 0:
                _blas_limit.restore_original_limits()


def _forget_users() -> None:
    """Start anew in a forked process: the threads that held the BLAS, or the lock, are not in it."""
    global _blas_lock, _blas_users, _blas_limit
    _blas_lock, _blas_users, _blas_limit = threading.Lock(), 0, None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_users)
