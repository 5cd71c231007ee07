"""Small pieces of messages."""

from collections.abc import Iterable, Sequence
from typing import Any


def listed(values: Sequence[Any], most: int = 6) -> str:
    """Name a few values, and how many there are."""
    if len(values) == 0:
        return "none"
    shown = ", ".join(map(repr, values[:most]))
    return shown + (f", ... ({len(values)} in all)" if len(values) > most else "")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the known name that is nearest to `name`, upper and lower case apart; nothing if none is near."""
    import difflib  # takes longer to import than most programs ever need it

    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.5)
    return f"; did you mean {by_folded[near[0]]!r}?" if near else ""


def shortened(text: str, most: int = 60) -> str:
    """Cut a long text."""
    return text if len(text) <= most else text[: most - 3] + "..."


def printable(text: str) -> str:
    r"""Show text from elsewhere (a cell, a file's name) so that it can neither hide nor move anything on a screen.

    Control characters, escape sequences, line ends and the marks that turn the direction of writing are written as
    their escapes, ``\x1b`` or ``\u202e``; letters of every language, and blanks between them, stay.

    >>> print(printable("a\tb\x1b[31m"))
    a\tb\x1b[31m
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
