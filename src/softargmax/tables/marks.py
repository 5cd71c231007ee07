"""Marks that stand for a missing value: those that a user names, and those that are known beside numbers and dates."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from softargmax._words import counted
from softargmax.tables.notes import Note
from softargmax.tables.vocabulary import MISSING_MARKS, NOTHING, YES_NO

# What a model of before version 0.2 took for missing in every column.
BEFORE = ("NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")
# Arrow's lower case of letters beyond ASCII takes long; their other forms are listed instead.
_WHOLE = re.compile(r"([-+]?)0*([0-9]+)(\.0*)?")
# What offices of statistics write for exactly zero, and beside it for what is unknown.
_ZEROS, _UNKNOWNS = ("-", "–", "—", "－"), (".", "..", "...", "…")
# Columns that one message names.
_MOST_NAMED = 8


def _lower(text: str) -> str:
    return text.lower() if text.isascii() else "".join(one.lower() if one.isascii() else one for one in text)


def _in_all_cases(words: Iterable[str]) -> tuple[str, ...]:
    forms = {form for word in words for form in (word, word.upper(), word.capitalize(), word.title())}
    return tuple(sorted(map(_lower, forms)))


MARKS = _in_all_cases(MISSING_MARKS)
YES, NO = _in_all_cases(yes for yes, _ in YES_NO), _in_all_cases(no for _, no in YES_NO)
_ALL_MARKS, _EVERY_YES, _EVERY_NO = frozenset(MARKS), frozenset(YES), frozenset(NO)


def is_mark(text: str) -> bool:
    """Whether a text stands for a missing value beside numbers, without regard to case."""
    return _lower(text) in _ALL_MARKS


def is_yes(text: str) -> bool:
    """Whether a text says yes, in any of several languages and without regard to case."""
    return _lower(text) in _EVERY_YES


def is_no(text: str) -> bool:
    """Whether a text says no."""
    return _lower(text) in _EVERY_NO


def is_yes_and_no(texts: Iterable[str]) -> bool:
    """Whether texts are the yes and the no of one language, and nothing else."""
    words = {text.casefold() for text in texts}
    return any(words == set(pair) for pair in YES_NO)


def is_nothing(marks: Iterable[str]) -> bool:
    """Whether texts stand for a missing value even where nothing else is in a column."""
    return all(_lower(mark) in NOTHING for mark in marks)


def whole_number_form(mark: str) -> str | None:
    """Give the regular expression of a whole number in all ways of writing it; None for what is no whole number."""
    whole = _WHOLE.fullmatch(mark)
    return None if whole is None else rf"{'-' if whole[1] == '-' else '[+]?'}0*{whole[2]}(\.0*)?"


def given_numbers(given: Iterable[str]) -> list[float]:
    """Give the marks of a user that are whole numbers, for columns of numbers."""
    return [float(mark) for mark in given if _WHOLE.fullmatch(mark)]


def _where(marks: Counter[str]) -> str:
    return ", ".join(f"{mark!r} in {counted(count, 'rows')}" for mark, count in marks.most_common(3))


def note_of(taken: Sequence[tuple[str, Counter[str]]]) -> tuple[Note, ...]:
    """Say in one sentence what was taken for missing, and in which columns; and where a dash may be a zero."""
    if not taken:
        return ()
    said = [f"{_where(marks)} of {name!r}" for name, marks in taken]
    more = f", and in {len(said) - _MOST_NAMED} more columns" if len(said) > _MOST_NAMED else ""
    note = Note("missing", f"taken for missing: {'; '.join(said[:_MOST_NAMED])}{more}", None, "kinds")
    every = {mark for _, marks in taken for mark in marks}
    zeros, unknowns = (every.intersection(marks) for marks in (_ZEROS, _UNKNOWNS))
    if not (zeros and unknowns):
        return (note,)
    zero, unknown = min(zeros), min(unknowns)
    said_of_both = f"{zero!r} and {unknown!r} are both taken for missing; offices of statistics write {zero!r} for zero"
    advice = f"if it is so here, write 0 in the table instead of {zero!r}"
    return note, Note("dash", f"{said_of_both} where {unknown!r} is unknown: {advice}")
