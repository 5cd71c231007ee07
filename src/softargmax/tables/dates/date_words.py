"""Dates with words in them, in the languages of `words.txt`, written again in digits."""

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from softargmax.tables.dates.fields import SURE

# Longer texts are sentences.
LONGEST = 64
# The year before the first one of an emperor, or of Taiwan.
_ERAS = {
    "明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018,
    "m": 1867, "t": 1911, "s": 1925, "h": 1988, "r": 2018, "民國": 1911, "民国": 1911,
}  # fmt: skip
_CJK_DATE = re.compile(
    rf"(?P<era>{'|'.join(_ERAS)})?\.? ?(?P<year>\d{{1,4}}|元) ?(?:[年년]|[-./](?=\d)) ?(?P<month>\d{{1,2}}) ?"
    r"(?:[月월]|[-./](?=\d)) ?(?:(?P<day>\d{1,2}) ?[日일号號]?)?$"
)
_CLOCK = re.compile(
    r"(?P<before>[^\W\d][^\d\s]*)? ?(?<!\d)(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d(?:[.,]\d{1,9})?))?"
    r"|[時时点點시](?: ?(?P<minute_word>\d{1,2})[分분])?(?: ?(?P<second_word>\d{1,2})[秒초])?)"
    r"(?: ?(?P<zone>z|utc|gmt|[-+]\d\d:?(?:\d\d)?)(?![\w]))?(?: ?(?P<behind>[^\W\d][^\d\s]*))?"
)
# A word begins with a letter, and may hold full stops, accents and vowel signs.
_PARTS = re.compile(r"\d+|[^\d\s,/()（）_-]+")
# What stands between the parts of a date: prepositions, "year", "day", the ends of ordinal numbers.
_BETWEEN = frozenset((
    "of", "the", "de", "del", "di", "d", "le", "den", "der", "am", "a", "e", "o", "el", "na", "at", "um", "kl", "om",
    "y",
    "à", "às", "st", "nd", "rd", "th", "er", "º", "ª", "го", "г", "года", "году", "год", "р", "рік", "року", "ob", "в",
    "об", "у", "m", "metų", "gada", "gads", "ngày", "năm",
    "yil", "günü", "พ.ศ", "ค.ศ", "วันที่", "เดือน",
))  # fmt: skip
_MONTH_IS_A_NUMBER = "tháng"
# The months of the Persian calendar, which other years than its own do not have.
_PERSIAN_MONTHS = {
    name: number + 1
    for number, name in enumerate(
        ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"]
    )
} | {"فروردين": 1, "ارديبهشت": 2, "تير": 4, "امرداد": 5, "شهريور": 6, "دي": 10}
_WEEKDAY_IN_BRACKETS = re.compile(r"[(（][^()（）\d]{1,12}[)）]")
_T_BEFORE_CLOCK = re.compile(r"(?<=\d)t$")
_CJK_WEEKDAY = re.compile(r" ?(?:星期|周|週|禮拜|礼拜)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일")


class _Words(NamedTuple):
    months: dict[str, int]
    days: frozenset[str]
    halves: dict[str, str]
    names: tuple[str, ...]


@cache
def _words() -> _Words:
    """Read the list of words."""
    months: dict[str, int] = {}
    days: set[str] = set()
    halves: dict[str, str] = {}
    names: list[str] = []
    text = files("softargmax.tables.dates").joinpath("words.txt").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        _, meaning, *words = line.split("\t")
        if meaning == "name":
            names += map(_folded, words)
        elif meaning == "day":
            days.update(map(_folded, words))
        elif meaning.isdecimal():
            months.update(dict.fromkeys(map(_folded, words), int(meaning)))
        else:
            halves.update(dict.fromkeys(map(_folded, words), meaning))
    return _Words(months, frozenset(days), halves, tuple(names))


def names_a_date(name: str) -> bool:
    """Tell whether the name of a column says that it holds dates: "Birth date", "fecha_alta", "createdDate", "日期"."""
    parts = set(re.findall(r"[^\W\d_]+", _folded(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name))))
    # Without blanks between words, a part of the name is enough.
    folded = _folded(name)
    return any(word in parts or (not word.isascii() and word in folded) for word in _words().names)


@lru_cache(maxsize=1 << 12)
def in_digits(text: str) -> str | None:
    """Write a date or a time of day in digits: "5 марта 2024" as "#2024-3-5"; None if it is neither.

    The sign # says that its numbers are year, month and day; where it is missing, their order is open. A month
    without a day has the day 0.
    """
    if len(text) > LONGEST:
        return None
    plain = "".join(map(_digit, _folded(text)))
    plain = _CJK_WEEKDAY.sub("", _WEEKDAY_IN_BRACKETS.sub("", plain)).strip()
    plain, clock = _without_clock(plain)
    plain = _T_BEFORE_CLOCK.sub("", plain.strip(" ,"))
    if not plain:
        return clock or None
    date = _cjk(plain) or _named(plain)
    return None if date is None else f"{date} {clock}".strip()


def _folded(text: str) -> str:
    """Write letters in one form, small, and the two Turkish ones as one: KASIM and Kasım are a month."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i").replace("ı", "i")
    return unicodedata.normalize("NFKC", text).strip()


def _digit(character: str) -> str:
    """Write a digit of any script as ours."""
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _without_clock(text: str) -> tuple[str, str]:
    """Part a text from the time of day in it, which is given in digits."""
    found = _CLOCK.search(text)
    if found is None:
        return text, ""
    halves = _words().halves
    start, end = found.span()
    hour = int(found["hour"])
    minute, second = found["minute"] or found["minute_word"] or "0", found["second"] or found["second_word"] or "0"
    half = ""
    if (found["before"] or "").strip(".") in halves:
        half = halves[found["before"].strip(".")]
    elif found["before"]:
        start = found.end("before")
    if (found["behind"] or "").strip(".,") in halves:
        half = halves[found["behind"].strip(".,")]
    elif found["behind"]:
        end = found.start("behind")
    zone = (found["zone"] or "").upper()
    clock = f"{hour}:{int(minute):02}:{second.replace(',', '.'):0>2} {half} {zone}"
    return f"{text[:start]} {text[end:]}".strip(), " ".join(clock.split())


def _cjk(text: str) -> str | None:
    """Read a year, a month and a day in this order: 2024年3月5日, 令和6年3月5日, R6.3.5, 2024년 3월."""
    found = _CJK_DATE.match(text)
    if found is None or not (found["era"] or "年" in text or "년" in text):
        return None
    year = 1 if found["year"] == "元" else int(found["year"])
    if found["era"]:
        year += _ERAS[found["era"]]
    elif found["year"] == "元":
        return None
    written = str(year) if found["era"] else found["year"]
    return f"{SURE}{written}-{found['month']}-{found['day'] or 0}"


def _named(text: str) -> str | None:
    """Read a date with the name of its month, or digits beside the name of a day."""
    words = _words()
    numbers: list[str] = []
    names: list[str] = []
    between: list[str] = []
    month = 0
    for part in _PARTS.findall(text):
        word = part.strip(".'’,")
        if part.isdecimal():
            numbers.append(part)
        elif word:
            (between if word in _BETWEEN else names).append(word)
    if names == [_MONTH_IS_A_NUMBER] and 2 <= len(numbers) <= 3:
        return _in_order(numbers[:-2] + numbers[-1:], numbers[-2])
    persian = [name for name in names if name not in words.days]
    if len(persian) == 1 and persian[0] in _PERSIAN_MONTHS:
        is_whole = max(map(len, numbers), default=0) == 4  # two digits of a year would be taken for ours
        return _in_order(numbers, str(_PERSIAN_MONTHS[persian[0]])) if is_whole else None
    known = [name for name in names if name in words.months]
    if any(name not in words.months and name not in words.days for name in names):
        return None
    if len(known) == 2 and known[0] in words.days:
        known = known[1:]  # mar 5 mar 2024: martes, marzo
    if not known:
        rest = _digits_only(text, names + between)
        return rest if len(numbers) == 3 else None
    month = words.months[known[0]] if len(known) == 1 else 0
    return _in_order(numbers, str(month)) if month else None


def _digits_only(text: str, names: list[str]) -> str:
    for name in names:
        text = re.sub(rf"{re.escape(name)}\.?,?", "", text)
    return text.strip(" ,")


def _in_order(numbers: list[str], month: str) -> str | None:
    """Tell the year from the day beside the name of a month: it is the long one, or else the one behind."""
    if len(numbers) == 1:
        return f"{SURE}{numbers[0]}-{month}-0" if len(numbers[0]) == 4 else None
    if len(numbers) != 2:
        return None
    first, second = numbers
    year_first = len(first) > 2 or (len(second) <= 2 and int(first) > 31)
    year, day = (first, second) if year_first else (second, first)
    if not 2 <= len(year) <= 4 or len(day) > 2 or int(day) == 0:
        return None
    return f"{SURE}{year}-{month}-{day}"
