"""How words get onto a screen or into a pipe: which colours, how wide, and with which letters."""

import io
import os
import sys
from typing import Literal, TextIO

from rich import markup
from rich.console import Console, RenderableType

from softargmax._words import printable, shortened

# Where an encoding has no blocks, their heights are written as digits.
BLOCKS = "▁▂▃▄▅▆▇█"
_DIGITS = str.maketrans(BLOCKS, "12345678")


def show(words: RenderableType, file: TextIO | None = None) -> None:
    """Print on standard output, or on `file`; where that is no terminal, 120 columns wide, without trailing blanks."""
    out = file or sys.stdout
    width = None if out.isatty() else 120
    # Kept until it is known whether the stream has all the letters.
    written = io.StringIO()
    # The TERM of a pipe that is forced to have colours says nothing of who reads it: those that all know are taken.
    system: Literal["auto", "standard"] = "auto" if out.isatty() and not is_dumb() else "standard"
    if has_colours(out):
        console = Console(highlight=False, width=width, file=written, color_system=system, force_terminal=True)
    else:
        console = Console(highlight=False, width=width, file=written, color_system=None, force_terminal=False)
    console.print(words)
    text = written.getvalue()
    if not has_letters(BLOCKS, out):
        text = text.translate(_DIGITS)
    print("\n".join(line.rstrip() for line in text.splitlines()), file=out)


def has_colours(stream: TextIO) -> bool:
    """Tell whether what is written to a stream may have colours.

    On a terminal, unless NO_COLOR is set or TERM is that of a terminal without; elsewhere if FORCE_COLOR is, to
    anything but 0.
    """
    forced = os.environ.get("FORCE_COLOR", "")
    if os.environ.get("NO_COLOR") or forced == "0":
        return False
    return bool(forced) or (stream.isatty() and not is_dumb())


def is_dumb() -> bool:
    """Tell whether the terminal says of itself that it does nothing but write."""
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown")


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
