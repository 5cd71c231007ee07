"""Names of columns: given where there are none, kept apart, and found again however they are written."""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from softargmax._words import did_you_mean, listed
from softargmax.exceptions import TableError
from softargmax.tables.notes import Note

# Characters that leave no trace on a screen. The joiners U+200C and U+200D are not among them: they are spelling in
# Persian and in the scripts of India, and hold emoji together. The isolates are: we print them around words that are
# written from right to left, and whoever copies such a word from our own messages has them too.
INVISIBLE = "\u200b\u2060\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# What pandas calls a column that had no name in the file: the first is most often its own row numbers.
_UNNAMED = re.compile(r"Unnamed: 0(\.\d+)?")
_INTEGER = re.compile(r"-?\d+")
# What parts cells most often, where it was taken for a part of a name.
_MARKS = ";,\t|"
# Letters of the Latin, Greek and Cyrillic scripts that are drawn alike.
_ALIKE = "AΑА BΒВ CϹС EΕЕ HΗН IΙІ JЈ KΚК MΜМ NΝ OΟО PΡР SЅ TΤТ XΧХ YΥҮ ZΖ aа cϲс eе iі jј kκк oοо pρр sѕ vν xχх yу"

_FIRST_ALIKE = {ord(letter): group[0] for group in _ALIKE.split() for letter in group}


@dataclass(frozen=True)
class ColumnNames:
    """The columns that are used, under names that tell them apart.

    Attributes
    ----------
    names : tuple of str
    positions : tuple of int
        Where each of them lies in the file, from 0.
    has_index : bool
        Whether a first column that counts the rows was left out.
    notes : tuple of Note
    """

    names: tuple[str, ...]
    positions: tuple[int, ...]
    has_index: bool
    notes: tuple[Note, ...]


def plain(text: str) -> str:
    """Write a text in one of several forms that look the same: composed (NFC), without invisible characters."""
    return text if text.isascii() else unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).strip()


def settle(raw: Sequence[str], cells: Callable[[int], Sequence[str]], index: bool | None) -> ColumnNames:
    """Give every column a name of its own, and leave the index of another program out.

    Parameters
    ----------
    raw : sequence of str
        What the file calls its columns; "" where it does not.
    cells : callable
        Gives some cells of the column at a position, from the first on.
    index : bool or None
        Whether a first column without a name is left out. None decides it by its cells: whole numbers, every one
        different or one more than the one before.
    """
    names = [plain(name) for name in raw]
    notes = []
    cleaned = [name for name, before in zip(names, raw, strict=True) if _INVISIBLE.search(before)]
    if cleaned:
        notes.append(Note("name", f"invisible characters in the names of columns were removed: {listed(cleaned)}"))
    could_be = len(names) > 1 and (not names[0] or _UNNAMED.fullmatch(names[0]) is not None)
    has_index = could_be and (counts_rows(cells(0)) if index is None else index)
    if has_index and index is None:
        which = f"column {names[0]!r}" if names[0] else "the first column, which has no name,"
        notes.append(Note("index", f"{which} only counts the rows and was left out", names[0] or None, "index", False))
    positions = range(int(has_index), len(names))
    nameless = [position for position in positions if not names[position]]
    given = set(names)
    for position in nameless:
        names[position] = _free(f"column_{position + 1}", given)
    if nameless:
        called = [names[position] for position in nameless]
        notes.append(Note("name", f"{_columns(len(nameless))} without a name: called {listed(called)}"))
    seen: set[str] = set()
    repeated = []
    for position in positions:
        if names[position] in seen:
            names[position] = _free(names[position], given | seen, first=2)
            repeated.append(names[position])
        seen.add(names[position])
    if repeated:
        notes.append(Note("name", f"{_columns(len(repeated))} with the name of another: called {listed(repeated)}"))
    return ColumnNames(tuple(names[position] for position in positions), tuple(positions), has_index, tuple(notes))


def _columns(count: int) -> str:
    return "one column" if count == 1 else f"{count} columns"


def _free(name: str, taken: set[str], first: int = 1) -> str:
    """Give the name, or the first of name_2, name_3 ... that no other column has, and take it."""
    number = first
    while (candidate := name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    taken.add(candidate)
    return candidate


def counts_rows(cells: Sequence[str]) -> bool:
    """Whether cells are whole numbers of which every one differs, or is one more than the one before."""
    if not cells or not all(map(_INTEGER.fullmatch, cells)):
        return False
    numbers = [int(cell) for cell in cells]
    restarts = sum(after != before + 1 for before, after in itertools.pairwise(numbers))
    return len(set(numbers)) == len(numbers) or restarts < len(numbers) / 10


def find(name: str, known: Sequence[str]) -> str | None:
    r"""Find a name among others: as it is written, else in another form of Unicode, else in another width.

    >>> find("cafe\u0301", ["thé", "café"])
    'café'
    """
    if name in known:
        return name
    for form in (plain, of_one_width):
        alike = [candidate for candidate in known if form(candidate) == form(name)]
        if len(alike) == 1:
            return alike[0]
    return None


def of_one_width(text: str) -> str:
    """Write a text in the one form of texts that differ in a form of Unicode, in width or in their blanks only."""
    return " ".join(unicodedata.normalize("NFKC", plain(text)).split())


def position_of(name: str, known: Sequence[str]) -> int | None:
    """Find a column by its name, or by its position: from 1, or from the end, -1 the last."""
    found = find(name, known)
    if found is not None:
        return known.index(found)
    if re.fullmatch(r"-?[1-9][0-9]*", name) and abs(int(name)) <= len(known):
        return int(name) - 1 if int(name) > 0 else len(known) + int(name)
    return None


def find_column(name: str, known: Sequence[str], file: str, parameter: str) -> str:
    """Find a column by its name or its position, or say which there are.

    Raises
    ------
    TableError
        Naming the `parameter` that asks for it.
    """
    position = position_of(name, known)
    if position is None:
        column = "target column" if parameter == "target" else "column"
        hint = nearest(name, known)
        if (mark := mark_between(name, known)) is not None:
            hint, parameter = looks_parted(mark), "delimiter"
        raise TableError(f"{file}: no {column} {name!r}; the table has {listed(known, 12)}{hint}", parameter=parameter)
    return known[position]


def mark_between(name: str, known: Sequence[str]) -> str | None:
    """Give the character that parts names, among them the one that is looked for, in what was read as one name.

    Where the names do not tell, a single one that holds such characters does.

    >>> mark_between("size", ["kind;size", "weight;age"])
    ';'
    """
    for mark in _MARKS:
        if any(mark in one and find(name, [part.strip(' "') for part in one.split(mark)]) for one in known):
            return mark
    counts = {mark: known[0].count(mark) for mark in _MARKS} if len(known) == 1 else {}
    most = max(counts, key=lambda mark: counts[mark], default=None)
    return most if most is not None and counts[most] else None


def looks_parted(mark: str) -> str:
    """Say that a table was read with another delimiter than it has."""
    return f"; it looks separated by {mark!r}: pass delimiter={mark!r}"


def difference(name: str, other: str) -> str:
    """Say in what two names differ that look the same, or nothing if one can see it.

    >>> difference("Cклад", "Склад")
    'the former has LATIN CAPITAL LETTER C where the latter has CYRILLIC CAPITAL LETTER ES'
    """
    a, b = of_one_width(name), of_one_width(other)
    pairs = [(x, y) for x, y in zip(a, b, strict=False) if x != y]
    if (
        len(a) != len(b)
        or not pairs
        or not all(any({x, y} <= set(group) for group in _ALIKE.split()) for x, y in pairs)
    ):
        return ""
    former, latter = (unicodedata.name(letter) for letter in pairs[0])
    return f"the former has {former} where the latter has {latter}"


def note_on_look_alikes(things: str, column: str, counts: Mapping[str, int]) -> tuple[Note, ...]:
    """Say which labels or levels of a column look the same in different scripts; they stay apart.

    Parameters
    ----------
    things : str
        What they are called.
    column : str
    counts : mapping of str to int
        How many rows each of them has, the most frequent first.
    """
    if all(map(str.isascii, counts)):
        return ()
    groups: dict[str, list[str]] = {}
    for text in counts:
        groups.setdefault(of_one_width(text).translate(_FIRST_ALIKE), []).append(text)
    pairs = [(first, other) for first, *others in groups.values() for other in others if difference(first, other)]
    if not pairs:
        return ()
    said = [f"{one!r} ({counts[one]}) and {other!r} ({counts[other]})" for one, other in pairs[:5]]
    text = f"{things} of {column!r} that look alike are different ones: {'; '.join(said)}"
    return (Note("look-alike", f"{text}; in the first pair, {difference(*pairs[0])}", column),)


def nearest(name: str, known: Iterable[str]) -> str:
    """Suggest the known name that is nearest, and say in what they differ where that cannot be seen."""
    names = list(known)
    alike = next((other for other in names if difference(name, other)), None)
    if alike is None:
        return did_you_mean(name, names)
    return f"; {name!r} and {alike!r} look alike, but {difference(name, alike)}"
