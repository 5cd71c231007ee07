"""What a column means, decided from its summary: the kind it is, or why it is left out, and what is said about that."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.dates.calendars import CALENDAR_WORDS
from softargmax.tables.names import note_on_look_alikes, plain
from softargmax.tables.notes import Note
from softargmax.tables.schema import IDENTIFIER
from softargmax.tables.vocabulary import (
    AXES,
    IDENTIFIER_ENDINGS,
    IDENTIFIER_WORDS,
    POSTAL_CODES,
    POSTAL_CODES_ALONE,
    TOTALS,
)

# Words in a name: parted by what is no letter, and where a small letter is followed by a capital.
_WORDS = re.compile(r"[^\W\d_]+|№")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


# Whole numbers in this range that rise from row to row are years.
_YEARS = 1700, 2100
# A number is looked at as a mark for missing beside this many others, and in this share of the rows.
_FEWEST_OTHERS = 10
# So many numbers that rise from row to row do so for a reason. Chosen by hand.
_MANY = 100
_MARKS_SHARE = 0.002
# Totals are fewer than this share of the rows; where more are called so, the word means something else.
_TOTALS_SHARE = 0.1
_TOTALS = pa.array(sorted(TOTALS))


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
    marks : Counter
        What was taken for missing in it, and in how many rows.
    """

    kind: str
    reason: str | None = None
    notes: tuple[Note, ...] = ()
    marks: Counter[str] = field(default_factory=Counter)


def meaning_of(summary: ColumnSummary, kind: str | None = None) -> Meaning:
    """Decide what a column is.

    Parameters
    ----------
    summary : ColumnSummary
    kind : str, optional
        What a user says that it is: it is then left out only if it has nothing to tell.
    """
    marks, summary = summary.marks, summary.as_kind(kind or summary.holds()[0])
    meaning = _of_known(summary, kind)
    if meaning.kind == "category" and meaning.reason is None and summary.family == "text":
        alike = note_on_look_alikes("levels", summary.name, dict(summary.counts().most_common()))
        meaning = replace(meaning, notes=meaning.notes + alike)
    return replace(meaning, marks=marks - summary.marks) if summary.example is not None else meaning


def _of_known(summary: ColumnSummary, kind: str | None) -> Meaning:
    """Decide what a column is, of which it is known what is missing."""
    if summary.example is None:
        return Meaning("empty", "all values are missing")
    name, holds = summary.name, summary.holds()[0]
    if summary.is_constant:
        constant = "category" if holds == "text" else holds
        return Meaning(kind or constant, f"constant ({summary.example.value!r})")
    if kind is not None:
        return Meaning(kind)
    if summary.is_identifier:
        hexadecimal = "; hexadecimal, which is not read as numbers" if summary.is_hexadecimal else ""
        nearly = "" if summary.n_distinct == summary.n_present else "nearly "
        return Meaning("identifier", f"{IDENTIFIER}: {nearly}every value is different{hexadecimal}")
    if holds == "number":
        return _of_numbers(summary)
    if holds == "text":
        kind = "text" if summary.is_free_text else "category"
        code = Note("code", f"{name!r}: digits with leading zeros are a code, a category and no number", name, "kinds")
        return Meaning(kind, None, (code,) if summary.is_code else ())
    if holds == "date":
        return Meaning("date", None, _notes_on_dates(summary))
    return Meaning(holds)


def _notes_on_dates(summary: ColumnSummary) -> tuple[Note, ...]:
    """Say what a person might have meant otherwise."""
    name, form, notes = summary.name, summary.date_form, []
    if form.digits:
        notes.append(Note("date", f"{name!r}: numbers are read as dates, because of its name", name, "kinds"))
    if form.calendar in CALENDAR_WORDS:
        said = f"{name!r}: years are read as those of {CALENDAR_WORDS[form.calendar]}"
        notes.append(Note("date", said, name, "calendar"))
    return tuple(notes)


def _of_numbers(summary: ColumnSummary) -> Meaning:
    """Tell numbers from what is only written in digits."""
    name, numbers = summary.name, summary.numbers
    is_whole = not numbers.n_against and numbers.fraction is None
    if (series := series_of(summary)) is not None:
        said = f"{name!r} rises from row to row, and was kept as {series}"
        return Meaning(
            "number", None, (Note("series", f"{said}; if it only numbers the rows, leave it out", name, "drop"),)
        )
    if summary.succession is not None and summary.succession.counts_rows:
        note = Note("identifier", f"{name!r} only counts the rows and was left out", name, "kinds")
        return Meaning("identifier", f"{IDENTIFIER}: it only counts the rows", (note,))
    if is_whole and summary.n_distinct == summary.n_present > 2 and is_identifiers_name(name):
        said = "is named like an identifier, and every value is different: it was left out"
        note = Note("identifier", f"{name!r} {said}", name, "kinds")
        return Meaning("identifier", f"{IDENTIFIER}: every value is different", (note,))
    if is_whole and summary.type != "double" and _is_postal_codes_name(name):
        note = Note("code", f"{name!r} holds postal codes, which are a category and no number", name, "kinds")
        return Meaning("category", None, (note,))
    return Meaning("number", None, (*(_rising(summary) if is_whole else ()), *_far_constants(summary)))


def _rising(summary: ColumnSummary) -> tuple[Note, ...]:
    """Point out whole numbers that never fall and hardly repeat: they may number the rows, some of which are gone."""
    steps = summary.succession
    if steps is None or steps.count < _MANY or steps.least < 0.0 or 2 * summary.n_distinct < steps.count:
        return ()
    said = f"{summary.name!r} rises from row to row; if it only numbers the rows, leave it out"
    return (Note("series", said, summary.name, "drop"),)


def _far_constants(summary: ColumnSummary) -> tuple[Note, ...]:
    """Point out a number that stands in several rows, far outside of what all others span."""
    counted = summary.counted()
    try:
        numbers = np.asarray(counted.values.cast(pa.float64()))
    except pa.ArrowInvalid:  # numbers in clothes, which are no marks
        return ()
    if len(numbers) < _FEWEST_OTHERS:
        return ()
    low, *_, high = at = np.argsort(numbers)[[0, 1, -2, -1]]
    name, least = summary.name, max(3, _MARKS_SHARE * counted.counts.sum())
    for far, others in ((low, at[1:]), (high, at[:-1])):
        lowest, highest, there = numbers[others[0]], numbers[others[-1]], numbers[far]
        if counted.counts[far] >= least and max(lowest - there, there - highest) > highest - lowest:
            said = f"{there:g} stands in {counted.counts[far]} rows, far from all others ({lowest:g} to {highest:g})"
            text = f"{name!r}: {said}: does it mean missing?"
            return (Note("far-constant", text, name, "missing"),)
    return ()


def series_of(summary: ColumnSummary) -> str | None:
    """Say what a number means that counts the rows and yet says more: it is a year, or is named like an axis."""
    succession = summary.succession
    if succession is None or not succession.counts_rows or is_identifiers_name(summary.name):
        return None
    if succession.low >= _YEARS[0] and succession.high <= _YEARS[1]:
        return "a year"
    return "a number because of its name" if AXES & set(_words(summary.name)) else None


def totals_of(summary: ColumnSummary) -> tuple[Note, ...]:
    """Point out the few rows that are called totals: they are no rows like the others."""
    values = summary.distinct.values
    if summary.family != "text" or not summary.numbers.n_against or not len(values):
        return ()
    folded = pc.utf8_lower(pc.replace_substring_regex(values, r"[\s\x{a0}\x{3000}]+", ""))
    found = {word: summary.counts()[word] for word in values.filter(pc.is_in(folded, value_set=_TOTALS)).to_pylist()}
    if not found or sum(found.values()) > _TOTALS_SHARE * summary.n_present:
        return ()
    said = ", ".join(f"{word!r} ({count})" for word, count in found.items())
    return (Note("totals", f"rows of {summary.name!r} look like totals of others: {said}", summary.name),)


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


def _is_postal_codes_name(name: str) -> bool:
    words = _words(name)
    ends = {"_".join(words[start:]) for start in range(len(words))}
    return bool(ends & POSTAL_CODES) or "_".join(words) in POSTAL_CODES_ALONE


def _is_parted(ending: str) -> bool:
    """Whether the script of a word parts words by blanks; Chinese, Japanese, Korean and Thai join them."""
    return ord(ending[0]) < 0x0E00


def _words(name: str) -> list[str]:
    return _WORDS.findall(_HUMP.sub(" ", plain(name)).replace("İ", "i").casefold())
