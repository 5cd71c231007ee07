"""The threads of this process: how many may work where, and those that help."""

import threading
from concurrent.futures import ThreadPoolExecutor

from softargmax import _kernels


class Helpers(ThreadPoolExecutor):
    """Threads that help, as many as the system lets start; those that are there do the work of the others.

    Where not even one can be started, `submit` raises a RuntimeError.
    """

    def _adjust_thread_count(self) -> None:
        try:
            super()._adjust_thread_count()
        except RuntimeError:
            if not self._threads:
                raise


class Here(threading.local):
    """Whether this thread is at work on a part, among others; and how many bytes of rows its process may remember."""

    busy = False
    memory: int | None = None


here = Here()


def threads_here() -> int:
    """Give how many threads may share work that is begun here: one inside a part of a run."""
    return 1 if here.busy else int(_kernels.get_num_threads())


def stay_on_this_thread() -> None:
    """Let a helping thread start no others, as long as it lives."""
    here.busy = True
    _kernels.stay_on_this_thread(True)
