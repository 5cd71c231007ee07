"""What the kernels use of the machine: instruction set and threads. The environment is read at import."""

import os
import sys
from typing import NamedTuple

from softargmax import _kernels
from softargmax._interrupts import is_the_command
from softargmax._options import as_integer
from softargmax.exceptions import ArgumentError

# More than machines have cores: a slip of the pen is an error here, not where the system has no thread left.
_MOST_THREADS = 1024


class CpuFeatures(NamedTuple):
    """The instruction sets kernels exist for here, lowest first, and the one in use."""

    used: str
    available: tuple[str, ...]


def cpu_features() -> CpuFeatures:
    """Tell which kernels are used: an x86-64 level, or the architecture where there is one kernel only.

    Set the environment variable ``SOFTARGMAX_ISA`` before the import to use lower ones, for instance to
    reproduce a result of an older processor.

    Parameters
    ----------
    None

    Returns
    -------
    CpuFeatures
        ``used`` and ``available``.

    Raises
    ------
    Nothing.

    See Also
    --------
    get_num_threads : what else of the machine is used.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.cpu_features().used in sm.cpu_features().available
    True
    """
    return CpuFeatures(_kernels.instruction_set(), tuple(_kernels.instruction_sets()))


def get_num_threads() -> int:
    """Tell how many threads a call may use: unless set, as many as there are cores that the calling thread may use.

    Those are the cores of its affinity, but no more than the CPU quotas of the process's control groups come to,
    rounded up. Both may change at any time; a change of a quota is noticed within a second.

    Parameters
    ----------
    None

    Returns
    -------
    int

    Raises
    ------
    Nothing.

    See Also
    --------
    set_num_threads : to change it.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.get_num_threads() >= 1
    True
    """
    return int(_kernels.get_num_threads())


def set_num_threads(n: int, /) -> None:
    """Set how many threads a call may use, for the whole process. Results do not depend on it.

    The environment variable ``SOFTARGMAX_NUM_THREADS`` does the same before the import.

    Parameters
    ----------
    n : int
        1 or more; 1 for none but the calling one. It stays what it is, whatever becomes of affinity and quotas. Calls
        of less than about 25 microseconds never use more than one.

    Returns
    -------
    None

    Raises
    ------
    ArgumentError
        For anything else.

    See Also
    --------
    get_num_threads : what is set.

    Examples
    --------
    >>> import softargmax as sm
    >>> before = sm.get_num_threads()
    >>> sm.set_num_threads(1)
    >>> sm.get_num_threads()
    1
    >>> sm.set_num_threads(before)
    """
    _kernels.set_num_threads(as_integer(n, "n", low=1, high=_MOST_THREADS))


def _read_environment() -> None:
    try:
        _use_what_the_environment_asks_for()
    except ArgumentError as error:
        if not is_the_command():
            raise
        # The command line says errors as sentences, but nothing of it is there before this module.
        print(f"softargmax: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _use_what_the_environment_asks_for() -> None:
    isa = os.environ.get("SOFTARGMAX_ISA")
    if isa and not _kernels.use_instruction_set(isa):
        raise ArgumentError(
            f"SOFTARGMAX_ISA: expected one of {', '.join(_kernels.instruction_sets())} on this machine, got {isa!r}"
        )
    threads = os.environ.get("SOFTARGMAX_NUM_THREADS")
    if threads:
        if not threads.isascii() or not threads.isdigit() or not 1 <= int(threads[:9]) <= _MOST_THREADS:
            raise ArgumentError(
                f"SOFTARGMAX_NUM_THREADS: expected a number of threads between 1 and {_MOST_THREADS}, got {threads!r}"
            )
        set_num_threads(int(threads))


_read_environment()
