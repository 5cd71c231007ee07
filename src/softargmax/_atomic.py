"""Writing a file so that it is there whole or not at all, and never over what is read."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from softargmax.exceptions import ArgumentError, ArtifactError


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` on success, remove it on any failure.

    The rename replaces an existing file in one step, so a reader sees the old file or the new one.
    """
    # A link or a device such as /dev/stdout is written through, never replaced.
    target = path.resolve()
    if target.exists() and not target.is_file():
        yield target
        return
    temporary = _begun_beside(target)
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


def _begun_beside(target: Path) -> Path:
    """Make an empty file whose name says what it will become.

    Only the beginning of that name, and only what is text in it: names have at most 255 bytes on most systems, and
    not every library that writes takes bytes that are no UTF-8.
    """
    begun = os.fsencode(target.name)[:200].decode(errors="ignore")
    descriptor, name = tempfile.mkstemp(prefix=f".{begun}.", suffix=".partial", dir=target.parent)
    os.close(descriptor)
    return Path(name)


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
