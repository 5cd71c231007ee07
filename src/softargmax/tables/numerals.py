"""One number as people write it: digits of any script, groups, a currency, a unit, a word for a power of ten.

What stands around the digits is taken off first (`undressed`). What the digits are depends on which mark is decimal,
and that is decided for a whole table (`decimal_mark`); `value_of` gives them for either.
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from softargmax.tables.names import INVISIBLE
from softargmax.tables.number_words import CURRENCIES, POWERS, POWERS_JOINED

# Longer texts are no numbers, and neither is a text whose first digit comes later than behind the longest currency.
LONGEST, LATEST_DIGIT = 64, 10
# What may stand between groups of digits, and before the fraction.
_GROUPS, _DECIMALS = ".,'٬ ", ".,٫"
# A point that may stand before a fraction or between thousands.
OPEN = r"-?[1-9][0-9]{0,2}\.[0-9]{3}"
# Digits in one piece, and what stands before and behind them.
_PARTS = re.compile(r"([^\d]*)([0-9](?:[0-9.,' ]*[0-9])?)([^\d]*)")
_DASHES = ("-", "–", "—")
# Dates and times of day, which are no numbers, and which there are many of.
_PARTED = re.compile(r"\d[-/:]\d")
# Digits and currency signs all come before this character.
_BEYOND = 0x20000
_UNIT = re.compile(r"(?:/?[^\W\d_]|[%‰°])[^\d:;()\[\]]{0,23}[23]?")
HEX = re.compile(r"[-+]?0[xX][0-9a-fA-F]+")


class Undressed(NamedTuple):
    """A number without what stands around it.

    Attributes
    ----------
    digits : str
        Digits from 0 to 9, and the marks and blanks among them.
    is_negative : bool
    power : int
        By which power of ten it is to be multiplied.
    unit : str
        The currency in front of it and the unit behind it.
    traits : frozenset of str
        What is worth saying about how it was written.
    """

    digits: str
    is_negative: bool
    power: int
    unit: str
    traits: frozenset[str]


def undressed(text: str) -> Undressed | None:
    """Take off what stands around the digits of a number; None for what is none.

    A dash behind a currency sign is a zero of that currency: spreadsheets write it so in accounts.
    """
    if text[-1:] in _DASHES and unicodedata.category(text[:1] or "-") == "Sc" and not text[1:-1].strip():
        return Undressed("0", False, 0, text[0], frozenset())
    if _PARTED.search(text):
        return None
    parts = _PARTS.fullmatch(text)
    if parts is not None and "  " not in parts[2]:
        # What stands around the digits is the same in most cells of a column.
        around = _around(parts[1], parts[3])
        if around is not None and around.digits == "0":
            return around._replace(digits=parts[2])
    return _undressed(text)


@lru_cache(1024)
def _around(before: str, behind: str) -> Undressed | None:
    return _undressed(f"{before}0{behind}")


def _undressed(text: str) -> Undressed | None:
    plain = " ".join((text if text.isascii() else text.translate(_one_form())).replace("`", "'").split())
    traits = set()
    if not text.isascii() and any(char.isdecimal() and not char.isascii() for char in text):
        traits.add("digits of other scripts")
    in_brackets = plain.startswith("(") and plain.endswith(")")
    found = _shape().fullmatch(plain[1:-1].strip() if in_brackets else plain)
    if found is None or HEX.fullmatch(plain):
        return None
    first, before, second, digits, exponent, behind = (part or "" for part in found.groups())
    signs, behind = first + second, behind.strip()
    if behind == "-":
        signs, behind = signs + behind, ""
    if len(signs) + in_brackets > 1:
        return None
    word = _power().match(behind)
    power = int(exponent[1:] or 0)
    if word:
        power += (POWERS_JOINED | POWERS)[word[0]]
        behind = behind[word.end() :].strip()
        traits.add(f"factors like {word[0]}")
    if in_brackets:
        traits.add("brackets for minus")
    if behind and not _is_unit(behind):
        return None
    return Undressed(
        digits.strip(), in_brackets or signs == "-", power, f"{before} {behind}".strip(), frozenset(traits)
    )


def value_of(number: Undressed, decimal: str) -> tuple[float, str] | None:
    """Give the value of a number with a decimal mark, and what stands between its groups; None where it has none."""
    found = _digits("٫" if "٫" in number.digits else decimal).fullmatch(number.digits)
    if found is None:
        return None
    whole, fraction = found["whole"], found["fraction"] or ""
    between = found["three"] or found["indian"] or found["four"] or found["four_once"] or ""
    # Written once more and read once: 12.3万 is 12.3e4 to the last digit.
    digits = whole.replace(between, "") or "0"
    value = float(f"{digits}.{fraction or '0'}e{number.power}")
    return (-value if number.is_negative else value), between


def with_units(units: tuple[str, ...]) -> str:
    """Say what stands beside the numbers of a column."""
    return " or ".join(f"with {unit!r}" if unit else "without a unit" for unit in units) + " like the others"


def _is_unit(text: str) -> bool:
    if unicodedata.category(text[0]) in ("Sc", "So"):
        return len(text) <= 24 and not any(char.isdigit() for char in text)
    return _UNIT.fullmatch(text) is not None and len(text.split()) <= 3


@cache
def _one_form() -> dict[int, str | None]:
    """Say how characters are written that mean the same: digits of any script, full width, minus signs, blanks."""
    forms: dict[int, str | None] = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    for code in range(0x80, _BEYOND):
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            forms[code] = str(digit)
    forms |= dict.fromkeys(map(ord, "−–‒﹣▲△"), "-") | dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\u3000"), " ")
    forms |= dict.fromkeys(map(ord, "’‘ʼ′´"), "'") | dict.fromkeys(map(ord, "٪﹪"), "%")
    return forms | dict.fromkeys(map(ord, INVISIBLE + "\u061c"))


@cache
def _shape() -> re.Pattern[str]:
    """Match sign, currency or percent sign, sign, digits and marks, exponent, and what stands behind."""
    signs = "".join(chr(code) for code in range(_BEYOND) if unicodedata.category(chr(code)) == "Sc")
    before = "|".join([*(re.escape(word) for word in sorted(CURRENCIES, key=len, reverse=True)), f"[%{signs}]"])
    digits = f"[0-9][0-9{_GROUPS}{_DECIMALS}]*|[{_DECIMALS}][0-9]+"
    return re.compile(rf"([-+])? ?({before})? ?([-+])? ?({digits})([eE][-+]?[0-9]{{1,3}}(?![0-9]))?(.*)")


@cache
def _power() -> re.Pattern[str]:
    """Match a word for a power of ten."""
    words = "|".join(re.escape(word) for word in sorted(POWERS, key=len, reverse=True))
    return re.compile(rf"[{''.join(POWERS_JOINED)}]|(?:{words})(?!\w)")


@cache
def _digits(decimal: str) -> re.Pattern[str]:
    """Match digits in groups of three, of India's three and twos, or of four, and a fraction.

    One mark with four digits behind it is decimal, so groups of four need another sign, two of them, or a fraction.
    """
    marks = _GROUPS.replace(decimal, "")
    in_india = marks.replace(".", "")
    fraction = rf"(?:{re.escape(decimal)}(?P<fraction>[0-9]+))?"
    return re.compile(
        rf"(?P<whole>[0-9]+|[1-9][0-9]{{0,2}}(?P<three>[{marks}])[0-9]{{3}}(?:(?P=three)[0-9]{{3}})*"
        rf"|[1-9][0-9]?(?P<indian>[{in_india}])(?:[0-9]{{2}}(?P=indian))+[0-9]{{3}}"
        rf"|[1-9][0-9]{{0,3}}(?P<four>[{marks}])[0-9]{{4}}(?:(?P=four)[0-9]{{4}})+"
        rf"|[1-9][0-9]{{0,3}}(?P<four_once>['٬ ])[0-9]{{4}}|(?={re.escape(decimal)}))" + fraction
    )
