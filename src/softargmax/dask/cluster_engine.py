"""Work on the parts of the rows, done by the workers of a Dask cluster.

Dask decides where a part is worked on, starts it again where a worker has died, and shows it on its dashboard under the
name of what is being done. Here it is settled what is sent, and that nothing of the result depends on any of this:
parts have numbers, and results are merged in the tree over them (`softargmax._engine`).

- **A part is a recipe or a value**, pickled with its task, so that any worker can begin it anew. Rows that were
  scattered over the workers would be lost with them.
- **What all parts need goes over the wire once**: the function, with coefficients in it, is pickled once, and where it
  is large it is a task's result, which workers hand on to each other.
- **Parts that many runs go over stay where they are** (`LastingParts`): one task for each thread of the cluster, with
  its share of the parts, so that a run costs as few messages as there are threads.
"""

from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import dask
from distributed import CancelledError, Client, Future, KilledWorker, as_completed, get_client
from distributed.comm import CommClosedError
from distributed.protocol import pickle

from softargmax import _engine
from softargmax._engine import LastingParts, raise_of_part
from softargmax._merge_tree import Merge, MergeTree
from softargmax._progress import Progress, ProgressCallback
from softargmax._renamed import provisional
from softargmax.dask.remote_work import ShareFailed, given, work
from softargmax.dask.worker_slots import WorkerSlots, shares_of
from softargmax.exceptions import ArgumentError, EngineError

P = TypeVar("P")
R = TypeVar("R")

# Shares that are sent out for every thread of the cluster: the next is there when one is done.
_SENT_PER_THREAD = 2
# Bytes of a task that go with every share; a larger one is made once and handed on by the workers.
_CARRIED = 2**16
# Seconds to wait for the first worker: a nanny needs about two for a new one, a queue of a cluster some minutes.
_PATIENCE = 60


@dataclass(frozen=True)
class _Share:
    """Parts that go out together."""

    numbers: range
    parts: list[Any]
    home: str | None


@provisional
class ClusterEngine:
    """Workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        Connected to the cluster; it stays the caller's, who closes it.

    Raises
    ------
    ArgumentError
        For anything else than a client; later, for one that was closed.

    See Also
    --------
    on : lets everything in a ``with`` block use it.

    Notes
    -----
    A part that kills the workers which begin it, as one does that is larger than their memory, is given up when
    ``distributed.scheduler.allowed-failures`` of them (Dask's default is 3) and one more have died, and is named in an
    `EngineError`.
    """

    def __init__(self, client: Client) -> None:
        if not isinstance(client, Client) or client.asynchronous:
            got = "an asynchronous one" if isinstance(client, Client) else type(client).__name__
            raise ArgumentError(f"client: expected a distributed.Client, got {got}", parameter="client")
        self._client = client
        self._slots = WorkerSlots()

    @property
    def client(self) -> Client:
        """The client."""
        return self._client

    def run(
        self,
        function: Callable[[P], R],
        parts: Iterable[P],
        merge: Merge[R],
        *,
        progress: ProgressCallback | None = None,
        stage: str = "working",
    ) -> R:
        """Apply a function to every part on the workers, and merge here what comes out.

        Raises
        ------
        EngineError
            If the function fails on a part or takes the worker with it, naming the part; if there is no worker or the
            scheduler is lost. Errors and warnings of ours pass through as they are.
        ArgumentError
            If there is no part.
        """
        with _reached(self._client):
            homes = self._slots.renew(self._threads())
            job = _ClusterJob(self._client, pickle.dumps((function, merge)), _name(stage))
        tree = MergeTree(merge)
        done, total = 0, len(parts) if isinstance(parts, Sized) else None
        for share, pieces in job.results(_shares(parts, homes), _SENT_PER_THREAD * len(homes)):
            for number, result, level in pieces:
                tree.add(number, result, level)
            done += len(share.numbers)
            if progress is not None:
                progress(Progress(stage, done, total, "parts"))
        if done == 0:
            raise ArgumentError("parts: expected at least one part to work on, got none", parameter="parts")
        return tree.result()  # type: ignore[no-any-return]

    def _threads(self) -> dict[str, int]:
        if self._client.scheduler is None:
            raise ArgumentError("client: expected one that is connected, got one that is closed", parameter="client")
        threads = self._client.nthreads()
        if not threads:
            self._client.wait_for_workers(1, timeout=_PATIENCE)
            threads = self._client.nthreads()
        return dict(threads)


@contextmanager
def _reached(client: Client) -> Iterator[None]:
    """Say of a scheduler that cannot be reached, and of a cluster without workers, what is the matter."""
    try:
        yield
    except (CancelledError, CommClosedError, TimeoutError, OSError) as error:
        where = getattr(client.scheduler, "address", "of the client")
        if isinstance(error, TimeoutError) and client.status == "running":
            problem = (
                f"the cluster {where} has had no worker for {_PATIENCE} seconds; start some, or look into the logs why "
                "they ended"
            )
        else:
            problem = (
                f"the scheduler {where} was lost ({_first_line(error)}); start it again, connect a new "
                "client, and do the same once more"
            )
        raise EngineError(problem) from error


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no more was said'}"


@provisional
@contextmanager
def on(client: Client) -> Iterator[ClusterEngine]:
    """Let the workers of a Dask cluster do what is summed over rows, until the ``with`` block ends.

    Parameters
    ----------
    client : distributed.Client
        Connected to the cluster.

    Yields
    ------
    ClusterEngine
        The engine at work.

    Raises
    ------
    ArgumentError
        For anything else than a client.

    See Also
    --------
    ClusterEngine : what it sends, and what it does when workers die.

    Notes
    -----
    Rows in the memory of this process are sent to the workers, which is seldom worth its time; rows in files are read
    there. Results are the same bits on any number of workers.

    Examples
    --------
    >>> from distributed import Client  # doctest: +SKIP
    >>> from softargmax.dask import on
    >>> with on(Client("tcp://10.0.0.7:8786")):  # doctest: +SKIP
    ...     loss = metrics.log_loss(codes, logits=logits)
    """
    engine = ClusterEngine(client)
    with _engine._on(engine):
        yield engine


def client_of(client: Client | None) -> Client:
    """Give the client of a call: the one given, that of the engine of now, or Dask's own."""
    if client is not None:
        return client
    engine = _engine.current()
    if isinstance(engine, ClusterEngine):
        return engine.client
    try:
        return get_client()
    except ValueError:
        raise ArgumentError(
            "client: expected a distributed.Client, and there is none; Client() starts workers on this machine, "
            'Client("tcp://...") connects to others',
            parameter="client",
        ) from None


class _ClusterJob:
    """One run: sends shares out, takes in what they come to, and remembers what went wrong."""

    def __init__(self, client: Client, task: bytes, name: str) -> None:
        self._client, self._name = client, name
        self._task = task if len(task) <= _CARRIED else client.submit(given, task, key=f"given-{name}")
        self._sent: dict[str, tuple[Future, _Share]] = {}
        self._failures: dict[int, Exception] = {}

    def results(self, shares: Iterator[_Share], most: int) -> Iterator[tuple[_Share, list[tuple[int, Any, int]]]]:
        """Give every share with its pieces, as they come; at most so many are out at a time."""
        coming = as_completed(loop=self._client.loop, with_results=True, raise_errors=False)
        try:
            for _ in range(most):
                self._send_next(shares, coming)
            while (came := self._next(coming)) is not None:
                future, result = came
                _, share = self._sent.pop(future.key)
                if future.status == "finished" and not isinstance(result, ShareFailed):
                    self._send_next(shares, coming)
                    yield share, result.pieces
                else:
                    self._note(share, future, result)
        finally:
            self._cancel()
        if self._failures:
            raise_of_part(*min(self._failures.items()))

    def _send_next(self, shares: Iterator[_Share], coming: Any) -> None:
        if self._failures or (share := next(shares, None)) is None:
            return
        futures = isinstance(share.parts[0], Future)
        # Rows from here may be many: that is for the caller to know, not for Dask to warn of.
        with _reached(self._client), dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 PiB"}):
            future = self._client.submit(
                work,
                self._task,
                list(share.numbers),
                share.parts if futures else pickle.dumps(share.parts),
                key=f"{self._name}-{share.numbers[0]}",
                workers=share.home,
                allow_other_workers=share.home is not None,
            )
        self._sent[future.key] = future, share
        coming.add(future)

    def _next(self, coming: Any) -> tuple[Future, Any] | None:
        with _reached(self._client):
            future, result = next(coming, (None, None))
            if isinstance(result, CancelledError):
                raise result
        return None if future is None else (future, result)

    def _cancel(self) -> None:
        """Let go of what is still out, if there is anybody to tell."""
        if self._sent and self._client.status == "running":
            self._client.cancel([future for future, _ in self._sent.values()], force=True)

    def _note(self, share: _Share, future: Future, result: Any) -> None:
        """Remember a failure; the parts behind it need not be waited for, those before it may have failed too."""
        number, error = share.numbers[0], result
        if isinstance(result, ShareFailed):
            number, error = result.number, result.error
        elif isinstance(result, tuple):  # what Dask says of a task that it gave up: type, error, traceback
            error = result[1]
        if isinstance(error, KilledWorker):
            which = f"parts {number} to {share.numbers[-1]}" if len(share.numbers) > 1 else f"part {number}"
            error = EngineError(
                f"{which} (from 0): every worker that began it died, {error.allowed_failures + 1} of them; a worker "
                "dies so when it is out of memory: give it more, or take smaller parts",
                part=number,
            )
        self._failures[number] = error


def _shares(parts: Iterable[Any], homes: list[str]) -> Iterator[_Share]:
    """Deal parts out: those that last to the slot that had them; others one by one, for Dask to choose who is free.

    It sends a future to where its value is.
    """
    if isinstance(parts, LastingParts) and not isinstance(parts[0] if parts else None, Future):
        for numbers, home in zip(shares_of(len(parts), len(homes)), homes, strict=False):
            yield _Share(numbers, parts[numbers.start : numbers.stop], home)
        return
    for number, part in enumerate(parts):
        yield _Share(range(number, number + 1), [part], None)


def _name(stage: str) -> str:
    """Give a name of the tasks, which the dashboard sorts by what stands before the number."""
    return f"{stage.replace(' ', '_').replace('-', '_')}-{uuid4().hex}"
