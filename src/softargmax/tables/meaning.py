"""What a column means, decided from its summary: the kind it is, or why it is left out, and what is said about that."""

import re
from dataclasses import dataclass

from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.names import plain
from softargmax.tables.notes import Note
from softargmax.tables.vocabulary import IDENTIFIER_ENDINGS, IDENTIFIER_WORDS, POSTAL_CODES

# Words in a name: parted by what is no letter, and where a small letter is followed by a capital.
_WORDS = re.compile(r"[^\W\d_]+|№")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Meaning:
    """What a column is.

    Attributes
    ----------
    kind : str
        "number", "boolean", "date", "category" or "text"; or "identifier" or "empty", which are left out.
    reason : str or None
        Why it is left out, if it is.
    notes : tuple of Note
    """

    kind: str
    reason: str | None = None
    notes: tuple[Note, ...] = ()


def meaning_of(summary: ColumnSummary, kind: str | None = None) -> Meaning:
    """Decide what a column is.

    Parameters
    ----------
    summary : ColumnSummary
    kind : str, optional
        What a user says that it is: it is then left out only if it has nothing to tell.
    """
    if summary.example is None:
        return Meaning("empty", "all values are missing")
    if summary.is_constant:
        return Meaning(kind or summary.holds()[0], f"constant ({summary.example.value!r})")
    if kind is not None:
        return Meaning(kind)
    name, holds = summary.name, summary.holds()[0]
    if summary.is_identifier:
        return Meaning("identifier", "an identifier: every value is different")
    if holds == "number":
        return _of_numbers(summary)
    if holds == "text":
        kind = "text" if summary.is_free_text else "category"
        code = Note("code", f"{name!r}: digits with leading zeros are a code, a category and no number", name, "kinds")
        return Meaning(kind, None, (code,) if summary.is_code else ())
    return Meaning(holds)


def _of_numbers(summary: ColumnSummary) -> Meaning:
    """Tell numbers from what is only written in digits."""
    name, numbers = summary.name, summary.numbers
    is_whole = not numbers.n_against and numbers.fraction is None
    if summary.succession is not None and summary.succession.counts_rows:
        note = Note("identifier", f"{name!r} only counts the rows and was left out", name, "kinds")
        return Meaning("identifier", "an identifier: it only counts the rows", (note,))
    if is_whole and summary.n_distinct == summary.n_present > 2 and is_identifiers_name(name):
        said = "is named like an identifier, and every value is different: it was left out"
        note = Note("identifier", f"{name!r} {said}", name, "kinds")
        return Meaning("identifier", "an identifier: every value is different", (note,))
    if is_whole and summary.type != "double" and "_".join(_words(name)) in POSTAL_CODES:
        note = Note("code", f"{name!r} holds postal codes, which are a category and no number", name, "kinds")
        return Meaning("category", None, (note,))
    return Meaning("number")


def is_identifiers_name(name: str) -> bool:
    """Tell whether a column is named like an identifier, in any of several languages.

    >>> [is_identifiers_name(name) for name in ("PassengerId", "_id", "学籍番号", "population", "paid")]
    [True, True, True, False, False]
    """
    words = _words(name)
    if IDENTIFIER_WORDS & set(words):
        return True
    joined = " ".join(words)
    alone = (ending for ending in IDENTIFIER_ENDINGS if joined == ending or joined.endswith(f" {ending}"))
    return any(alone) or any(joined.endswith(ending) for ending in IDENTIFIER_ENDINGS if not _is_parted(ending))


def _is_parted(ending: str) -> bool:
    """Whether the script of a word parts words by blanks; Chinese, Japanese, Korean and Thai join them."""
    return ord(ending[0]) < 0x0E00


def _words(name: str) -> list[str]:
    return _WORDS.findall(_HUMP.sub(" ", plain(name)).replace("İ", "i").casefold())
