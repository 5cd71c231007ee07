"""What a cell looks like, for those who tell names from values by it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

# Digits among signs, marks, currencies and units that are written without a blank.
_NUMBER = re.compile(r"[-+−–(]*[$€£¥₹₽%]?[-+−]?\s?[\d\s.,'’٬٫]*\d[\d\s.,'’٬٫]*([eE][-+]?\d+)?\s?[%$€£¥₹₽)]*")
_MARKS = "na n/a n.a. nan null none nat - -- . ? * <na> #n/a unknown inf -inf infinity -infinity"
_NOTHING = {"", *_MARKS.split()}
# Shares of a column's cells: nearly all, and hardly any. Chosen by hand.
_NEARLY_ALL, _HARDLY_ANY = 0.9, 0.05


def is_number(cell: str) -> bool:
    """Whether a cell looks like a number, in any country's way of writing it."""
    return bool(_NUMBER.fullmatch(cell if cell.isascii() else unicodedata.normalize("NFKC", cell)))


def is_nothing(cell: str) -> bool:
    """Whether a cell is empty or holds a usual mark for a missing value."""
    return cell.lower() in _NOTHING


def is_numeric(cells: Sequence[str]) -> bool:
    """Whether nearly all cells that hold anything look like numbers."""
    held = [cell for cell in cells if not is_nothing(cell)]
    return bool(held) and sum(map(is_number, held)) >= _NEARLY_ALL * len(held)


def evidence(first: str, below: Sequence[str]) -> float:
    """Say how much a column speaks for its first cell being a name (above 0), or a value like the others (below 0).

    The weights were chosen by hand: 2 where the others keep to a form which the first has not, or has; less where
    only words are compared.
    """
    held = [cell for cell in below if not is_nothing(cell)]
    if is_nothing(first) or not held:
        return 0.0
    if is_numeric(held):
        if _is_year(first) and sum(map(_is_year, held)) <= _HARDLY_ANY * len(held):
            return 1.0  # a column of what happened in a year is called by it
        return -2.0 if is_number(first) else 2.0
    form, count = Counter(map(_form, held)).most_common(1)[0]
    if "9" in form and count >= _NEARLY_ALL * len(held):  # dates, codes
        return -2.0 if _form(first) == form else (2.0 if "9" not in _form(first) else 0.0)
    if first in held:
        return -1.0
    distinct = len(set(held))
    if len(held) >= 10 and distinct <= len(held) / 2:
        return 1.0
    alike = sum(_form(cell) == _form(first) for cell in held) / len(held)
    return 0.5 if alike <= _HARDLY_ANY and len(held) >= 3 else 0.0


def _is_year(cell: str) -> bool:
    return cell.isdecimal() and 1800 <= int(cell) <= 2100


def _form(cell: str) -> str:
    """Write 9 for digits, A for capitals, a for other letters; a run of one kind once."""
    kinds = ("9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c for c in cell[:80])
    return re.sub(r"(.)\1+", r"\1", "".join(kinds))
