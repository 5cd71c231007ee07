"""Files that are huge, or become huge when they are unpacked."""

import bz2
import contextlib
import gzip
import lzma
import resource
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import jobs

_GIGABYTE = 1 << 30
_MEMORY = 500 << 20  # beside what the modules take
_SECONDS = 120.0


def _repeated(unit: bytes, before: bytes = b"") -> Iterator[bytes]:
    """Give a gigabyte in pieces."""
    piece = unit * ((1 << 20) // len(unit))
    yield before
    for _ in range(_GIGABYTE // len(piece)):
        yield piece


def _as_it_is(path: Path, pieces: Iterator[bytes]) -> None:
    with open(path, "wb") as file:
        file.writelines(pieces)


def _packed(opened: Callable[[Path, str], contextlib.AbstractContextManager[object]]) -> Callable[..., None]:
    def write(path: Path, pieces: Iterator[bytes]) -> None:
        with opened(path, "wb") as file:
            for piece in pieces:
                file.write(piece)  # type: ignore[attr-defined]

    return write


def _zipped(path: Path, pieces: Iterator[bytes]) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("t.csv", "w", force_zip64=True) as file,
    ):
        for piece in pieces:
            file.write(piece)


def _many_columns() -> Iterator[bytes]:
    names = ",".join(f"c{k}" for k in range(140_000))
    yield f"{names},kind\n".encode()
    for row in range(40):
        yield b"1," * 140_000 + b"ab"[row % 2 : row % 2 + 1] + b"\n"


# The name of a file, how it is written, and what is in it.
FILES: dict[str, tuple[Callable[..., None], Callable[[], Iterator[bytes]]]] = {
    "zeros.csv": (_as_it_is, lambda: _repeated(b"\0")),
    "newlines.csv": (_as_it_is, lambda: _repeated(b"\n")),
    "quotes.csv": (_as_it_is, lambda: _repeated(b'"')),
    "one_line.csv": (_as_it_is, lambda: _repeated(b"abcdefgh")),
    "one_line_of_cells.csv": (_as_it_is, lambda: _repeated(b"a,")),
    "open_quote.csv": (_as_it_is, lambda: _repeated(b"1,2\n", b'a,kind\n"x,1\n')),
    "zeros.csv.gz": (_packed(gzip.open), lambda: _repeated(b"\0")),  # type: ignore[arg-type]
    "newlines.csv.xz": (_packed(lzma.open), lambda: _repeated(b"\n")),  # type: ignore[arg-type]
    "one_line.csv.bz2": (_packed(bz2.open), lambda: _repeated(b"a")),  # type: ignore[arg-type]
    "zeros.csv.zip": (_zipped, lambda: _repeated(b"\0")),
    "one_line.jsonl": (_as_it_is, lambda: _repeated(b"[")),
    "one_string.json": (_as_it_is, lambda: _repeated(b"a", b'[{"a":"')),
    "zeros.parquet": (_as_it_is, lambda: _repeated(b"\0", b"PAR1")),
    "zeros.arrow": (_as_it_is, lambda: _repeated(b"\0", b"ARROW1\0\0")),
    "zeros.db": (_as_it_is, lambda: _repeated(b"\0", b"SQLite format 3\0")),
    "zeros.xlsx": (_as_it_is, lambda: _repeated(b"\0", b"PK\3\4")),
    "zeros.softargmax": (_as_it_is, lambda: _repeated(b"\0")),
    "zeros.npy": (_as_it_is, lambda: _repeated(b"\0", b"\x93NUMPY\x01\x00")),
    "many_columns.csv": (_as_it_is, _many_columns),
}


def files() -> Iterator[str]:
    """Name the files."""
    yield from FILES


def prove_huge_files(name: str, folder: Path) -> dict[str, float]:
    """Give a huge file to the commands that may read it: done or refused in bounded time and memory."""
    write, pieces = FILES[name]
    write(folder / name, pieces())
    commands = [["look", name], ["fit", name, "--target", "kind", "-o", "m.softargmax", "--model", "regression"]]
    if name.endswith((".softargmax", ".npy")):
        commands = [["inspect", name], ["assess", name, name]]
    worst_seconds, worst_megabytes = 0.0, 0.0
    for words in commands:
        begun = time.monotonic()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        def do(words: list[str] = words) -> int:
            signal.alarm(int(_SECONDS))
            status = jobs.run(words)
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            Path("memory").write_text(str(most))
            return status

        ended = jobs.apart(do, folder)
        seconds = time.monotonic() - begun
        said = f"{' '.join(words)}: {ended.status} after {seconds:.1f} s: {ended.said[-400:]}"
        assert ended.status in (0, 1, 2), said
        assert not jobs.has_traceback(ended.said), said
        used = (int((folder / "memory").read_text()) - before) << 10
        assert used <= _MEMORY, f"{said} with {used >> 20} MB"
        worst_seconds = max(worst_seconds, seconds)
        worst_megabytes = max(worst_megabytes, used / (1 << 20))
    return {"worst seconds": round(worst_seconds, 1), "worst MB": round(worst_megabytes, 1)}


PROOFS = ((files, prove_huge_files),)
