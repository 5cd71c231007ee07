"""Writing a file so that it is there whole or not at all, and never over what is read."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from softargmax.exceptions import ArgumentError, ArtifactError

try:
    import fcntl
except ImportError:  # Windows has no such locks, and what a killed run leaves stays there
    fcntl = None  # type: ignore[assignment]

_UNFINISHED = ".partial"
_RANDOM = 8  # letters and digits that mkstemp writes


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` on success, remove it on any failure.

    The rename replaces an existing file in one step, so a reader sees the old file or the new one. What a run that was
    killed left beside `path` is removed.
    """
    # A link or a device such as /dev/stdout is written through, never replaced.
    target = path.resolve()
    if target.exists() and not target.is_file():
        yield target
        return
    temporary, descriptor = _begun_beside(target)
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        mode = target.stat().st_mode if target.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _begun_beside(target: Path) -> tuple[Path, int]:
    """Make an empty file whose name says what it will become, and lock it as long as its descriptor is open.

    Only the beginning of that name, and only what is text in it: names have at most 255 bytes on most systems, and
    not every library that writes takes bytes that are no UTF-8.
    """
    prefix = f".{os.fsencode(target.name)[:200].decode(errors='ignore')}."
    with contextlib.suppress(OSError):  # a folder may be written to and not listed
        _remove_leftovers(target.parent, prefix)
    while True:
        descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=_UNFINISHED, dir=target.parent)
        try:
            _lock(descriptor)
        except BlockingIOError:
            pass  # another run is just taking it for a leftover
        except OSError:
            return Path(name), descriptor  # this file system knows no locks
        else:
            if os.path.exists(name):
                return Path(name), descriptor
        os.close(descriptor)


def _remove_leftovers(folder: Path, prefix: str) -> None:
    """Remove what nobody writes any more: the system takes a lock away from a process that was killed."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(prefix) and entry.name.endswith(_UNFINISHED)]
    for name in names:
        if len(name) != len(prefix) + _RANDOM + len(_UNFINISHED):
            continue  # what somebody else calls so, or the unfinished file of a longer name
        with contextlib.suppress(OSError):
            descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                _lock(descriptor)
                if stat.S_ISREG(os.fstat(descriptor).st_mode):
                    os.unlink(folder / name)
            finally:
                os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Lock a file until its descriptor is closed.

    Raises
    ------
    BlockingIOError
        If somebody else has locked it.
    OSError
        If there are no locks here.
    """
    if fcntl is None:
        raise OSError
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def refuse_overwriting(output: str | os.PathLike[str], inputs: Sequence[str | os.PathLike[str]]) -> None:
    """Refuse to write over something that is read.

    Raises
    ------
    ArgumentError
        If `output` is one of the `inputs`, under whatever name or link.
    """
    for path in inputs:
        if os.path.exists(output) and os.path.exists(path) and os.path.samefile(output, path):
            raise ArgumentError(
                f"{output}: this file is also read ({path}); choose another name for the output", parameter="output"
            )


def refuse_unwritable(output: str | os.PathLike[str]) -> None:
    """Refuse what cannot be written before minutes are spent on it.

    Raises
    ------
    ArtifactError
        If the folder is not there or may not be written to, or `output` is itself a folder.
    """
    folder = Path(output).resolve().parent
    if not folder.is_dir():
        raise ArtifactError(f"{output}: there is no folder {folder}")
    if Path(output).is_dir():
        raise ArtifactError(f"{output}: expected the name of a file to write, got a folder")
    if not os.access(folder, os.W_OK):
        raise ArtifactError(f"{output}: the folder {folder} cannot be written to")
