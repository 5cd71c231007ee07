"""Small pieces of messages."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

# What is longer is cut: a name between quotation marks that stand at no letter, or a word.
_LONGEST = 120
_LONG = re.compile(rf"(?<=(?<!\w)')[^'\n]{{{_LONGEST},}}(?='(?!\w))|[^\s']{{{_LONGEST},}}")


def listed(values: Sequence[Any], most: int = 6) -> str:
    """Name a few values, and how many there are."""
    if len(values) == 0:
        return "none"
    shown = ", ".join(repr(cut(value) if isinstance(value, str) else value) for value in values[:most])
    return shown + (f", ... ({len(values)} in all)" if len(values) > most else "")


def counted(n: int, things: str, form: str = "") -> str:
    """Count things, given in the plural, of which there may be one; `form` is that of the number.

    >>> counted(1, "classes"), counted(12345, "rows", ",")
    ('1 class', '12,345 rows')
    """
    one = things.removesuffix("es") if things.endswith("sses") else things.removesuffix("s")
    return f"{n:{form}} {one if n == 1 else things}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the known name that is nearest to `name`, upper and lower case apart; nothing if none is near."""
    import difflib  # takes longer to import than most programs ever need it

    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.5)
    return f"; did you mean {by_folded[near[0]]!r}?" if near else ""


def shortened(text: str, most: int = 60) -> str:
    """Cut a long text."""
    return text if len(text) <= most else text[: most - 3] + "..."


def cut(name: str) -> str:
    """Cut the name of a column where nobody reads on; it may be as long as a book."""
    return shortened(name, _LONGEST)


def cut_within(text: str) -> str:
    """Cut what is as long within a sentence: a name that was written into it, or a word without an end.

    >>> len(cut_within(f"{'n' * 10_000!r} holds dates")), cut_within("'a' holds dates")
    (134, "'a' holds dates")
    """
    return _LONG.sub(lambda found: shortened(found[0], _LONGEST), text)


def printable(text: str) -> str:
    r"""Show text from elsewhere (a cell, a file's name) so that it can neither hide nor move anything on a screen.

    Control characters, escape sequences, line ends, lone surrogates and the marks that turn the direction of writing
    are written as their escapes, ``\x1b`` or ``\u202e``; letters of every language, and blanks between them, stay.
    Words written from right to left are isolated (U+2068 ... U+2069), so that a count behind them stays behind them.

    >>> print(printable("a\tb\x1b[31m"))
    a\tb\x1b[31m
    """
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(map(_shown, " " + text, text, text[1:] + " "))
    return shown if shown.isascii() else _FROM_RIGHT_TO_LEFT.sub("\u2068\\g<0>\u2069", shown)


# Letters of Hebrew, Arabic, Syriac, Thaana, NKo ..., with what stands between two of them in one cell.
_LETTER = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
_FROM_RIGHT_TO_LEFT = re.compile(f"{_LETTER}(?:[ \u00a0\u200c\u200d.'_/-]*{_LETTER})*")


def _shown(before: str, letter: str, after: str) -> str:
    # In words of Persian or Hindi, and in pictures made of several, the joiners are spelling.
    joins = letter in "\u200c\u200d" and not before.isascii() and not after.isascii()
    if letter.isprintable() or (joins and before.isprintable() and after.isprintable()):
        return letter
    return letter.encode("unicode_escape").decode()
