"""What the programs print, put into the pages of the docs: between two comments that bear the section's name."""

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import softargmax as sm


class _Both(io.StringIO):
    """Keeps what it passes on."""

    def __init__(self, onward: io.TextIOBase) -> None:
        super().__init__()
        self.onward = onward

    def write(self, text: str) -> int:
        """Keep, and pass on."""
        self.onward.write(text)
        self.onward.flush()
        return super().write(text)


@contextlib.contextmanager
def section(name: str, page: Path | None) -> Iterator[None]:
    """Print as ever, and put what was printed into the page, if there is one."""
    kept = _Both(sys.stdout)  # type: ignore[arg-type]
    with contextlib.redirect_stdout(kept):
        yield
    if page is not None:
        page.write_text(replaced(page.read_text(), name, kept.getvalue().strip()))


def replaced(page: str, name: str, text: str) -> str:
    """Give the page with another text between its two comments."""
    begin, end = f"<!-- {name}: printed, not written -->\n", f"\n<!-- end of {name} -->"
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise sm.exceptions.ArgumentError(f"page: expected the lines {begin.strip()!r} and {end.strip()!r}; add them")
    return before + begin + text + end + after
