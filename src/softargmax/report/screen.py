"""How words get onto a screen or into a pipe: which colours, how wide, and with which letters."""

import io
import os
import sys
from typing import Any, TextIO

from rich import markup
from rich.console import Console, RenderableType

from softargmax._words import printable, shortened

# Where an encoding has no blocks, their heights are written as digits.
BLOCKS = "▁▂▃▄▅▆▇█"
_DIGITS = str.maketrans(BLOCKS, "12345678")


def show(words: RenderableType, file: TextIO | None = None) -> None:
    """Print on standard output, or on `file`; where that is no terminal, 120 columns wide, without trailing blanks."""
    out = file or sys.stdout
    # Kept until it is known whether the stream has all the letters.
    written = io.StringIO()
    Console(highlight=False, width=None if out.isatty() else 120, file=written, **colours(out)).print(words)
    text = written.getvalue()
    if not has_letters(BLOCKS, out):
        text = text.translate(_DIGITS)
    print("\n".join(line.rstrip() for line in text.splitlines()), file=out)


def colours(stream: TextIO) -> dict[str, Any]:
    """Say whether a console on this stream has colours, as its keyword arguments.

    On a terminal, unless NO_COLOR is set or TERM is that of a terminal without; elsewhere if FORCE_COLOR is, to
    anything but 0.
    """
    forced = os.environ.get("FORCE_COLOR", "")
    plain = bool(os.environ.get("NO_COLOR")) or forced == "0"
    dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    if plain or (not forced and (dumb or not stream.isatty())):
        return {"color_system": None, "force_terminal": False}
    # Where a pipe is forced to have colours, its TERM says nothing of who reads it: those that all know are taken.
    return {"color_system": "auto" if stream.isatty() and not dumb else "standard", "force_terminal": True}


def has_letters(letters: str, stream: TextIO) -> bool:
    """Tell whether the encoding of a stream has some letters."""
    try:
        letters.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def escape(text: str) -> str:
    """Keep text from elsewhere (columns, classes, notes) from being markup or moving the cursor."""
    return markup.escape(printable(text))


def named(name: object, most: int = 24) -> str:
    """Set a name from elsewhere: cut to what fits, and harmless."""
    return escape(shortened(str(name), most))
