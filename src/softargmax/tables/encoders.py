"""How a column becomes features, one small class per kind of column.

Conventions: an encoder is made of what is known of the whole column at fit (`of`), is plain data afterwards, and turns
`Cells`, once they are `understood`, into float32 features, shape (n_rows, n_features), of about unit size; 0 is
"average" or "not there". A column that had missing values at fit gets one more feature that tells where.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

import numpy as np

from softargmax._arrays import Array
from softargmax.tables.dates.calendars import CALENDAR_WORDS, PIVOT, Seen
from softargmax.tables.dates.date_form import DAY, ORDER_WORDS, DateForm, date_like
from softargmax.tables.names import plain
from softargmax.tables.numerals import with_units
from softargmax.tables.words import words_in

if TYPE_CHECKING:  # whoever has a column to encode has imported them; one row as a dictionary goes without Arrow
    from softargmax.tables.cells import Cells
    from softargmax.tables.columns.column_summary import ColumnSummary
    from softargmax.tables.columns.quantity import Quantity

# Every level and every word is a feature of every row, so their number is bounded, by hand: with a thousand levels or
# words a table of a hundred thousand rows would take 400 MB per column. The frequent ones are kept.
MOST_LEVELS = 100
MOST_WORDS = 256
# Rare levels are remembered in order to tell them from unknown ones; more would make model files of their text.
MOST_RARE = 1000
# So many texts tell how many have none of the words that are kept, to within one in a hundred.
_TEXTS = 2000
_NOBODY = np.empty(0, np.int64)
# A level or word in one row cannot be learned from: nothing tells whether what goes with it does so by chance.
_FEWEST_ROWS = 2
# The words of models of before version 0.2, which cut them at vowel signs, and at the dot of a Turkish capital I.
_WORD_BEFORE = re.compile(r"\w+")
# Phases of a date that models cannot see in a count of days: period in seconds, and offset (1970 began on a Thursday).
CYCLES = {"year": (365.2425 * DAY, 0.0), "week": (7 * DAY, 3 * DAY), "day": (DAY, 0.0)}


class Encoded(NamedTuple):
    """Cells as features, and what was met among them that was not at fit.

    Attributes
    ----------
    features : ndarray of float32, shape (n_rows, n_features)
    strange : ndarray of int or None
        The rows whose category or words are none of the known ones; None where that cannot be told.
    seen : int
        Flags of `Seen`: how dates are written.
    """

    features: Array
    strange: Array | None = None
    seen: int = 0


class Encoder(Protocol):
    """What a schema needs of a column."""

    @property
    def kind(self) -> str:
        """What the column holds."""

    @property
    def n_features(self) -> int:
        """How many features the column becomes."""

    def understood(self, cells: "Cells") -> "Cells":
        """Take for missing what stands for that in a column of this kind."""
        return cells

    def encode(self, cells: "Cells") -> Encoded:
        """Turn cells into features."""

    def describe(self) -> str:
        """Say in words what happens to the column."""

    def strange_at_fit(self, summary: "ColumnSummary") -> tuple[int, int]:
        """Count rows at fit of a value that no other row has, and those in which they were counted.

        New rows of values that are not known are to be expected as often.
        """
        return 0, 0


@dataclass(frozen=True)
class NumberEncoder(Encoder):
    """Standardised: minus the mean, divided by the standard deviation; missing is average."""

    mean: float
    scale: float
    flags_missing: bool
    units: tuple[str, ...] = ("",)
    dress: str = ""
    kind: str = "number"

    @classmethod
    def of(cls, summary: "ColumnSummary") -> Self:
        """Take mean and standard deviation, whether values are missing, and how they are written."""
        mean, scale = _mean_and_scale(summary, summary.numbers, "numbers", "a number")
        return cls(mean, scale, summary.n_missing > 0, _units(summary), summary.dress.describe())

    @property
    def n_features(self) -> int:
        """One, and one more that tells where values are missing."""
        return 1 + self.flags_missing

    def understood(self, cells: "Cells") -> "Cells":
        """Take every mark for missing."""
        return cells.without_marks()

    def encode(self, cells: "Cells") -> Encoded:
        """Give (x - mean) / scale, and where values are missing."""
        return Encoded(_features([(cells.amounts(self.units) - self.mean) / self.scale], cells, self.flags_missing))

    def describe(self) -> str:
        """Say in words what happens to the column."""
        return f"{self.dress}, standardised" if self.dress else "standardised"


@dataclass(frozen=True)
class BooleanEncoder(Encoder):
    """-1 for false, 1 for true; missing is 0."""

    flags_missing: bool
    kind: str = "boolean"

    @classmethod
    def of(cls, summary: "ColumnSummary") -> Self:
        """Nothing to take but whether values are missing."""
        if not summary.is_yes_and_no:
            summary.refuse_others(summary.flags, "booleans", "true or false")
        return cls(summary.n_missing > 0)

    @property
    def n_features(self) -> int:
        """One, and one more that tells where values are missing."""
        return 1 + self.flags_missing

    def understood(self, cells: "Cells") -> "Cells":
        """Take every mark for missing that is no word for no."""
        return cells.without_marks(but_no=True)

    def encode(self, cells: "Cells") -> Encoded:
        """Give -1, 0 or 1, and where values are missing."""
        return Encoded(_features([2.0 * cells.booleans() - 1.0], cells, self.flags_missing))

    def describe(self) -> str:
        """Say in words what happens to the column."""
        return "-1 or 1"


@dataclass(frozen=True)
class DateEncoder(Encoder):
    """Standardised time, and its phase in the year, the week and, if times of day occur, the day."""

    mean: float
    scale: float
    cycles: tuple[str, ...]
    flags_missing: bool
    order: str = "ymd"
    calendar: str | None = "gregorian"
    digits: bool = False
    short_years: bool = False
    kind: str = "date"

    @classmethod
    def of(cls, summary: "ColumnSummary") -> Self:
        """Take mean, scale, which phases vary, and how the dates are written."""
        form, seen = summary.date_form, Seen(summary.dates.seen)
        mean, scale = _mean_and_scale(summary, summary.times, "dates", date_like(form))
        # A month has no day of the week, and a time of day no place in the year.
        cycles = ["year"] if Seen.DAY in seen or Seen.MONTH in seen else []
        cycles += ["week"] if Seen.DAY in seen else []
        cycles += ["day"] if summary.times.fraction is not None or not cycles else []
        written = form.order, form.calendar, form.digits
        return cls(mean, scale, tuple(cycles), summary.n_missing > 0, *written, short_years=Seen.SHORT_YEAR in seen)

    @property
    def n_features(self) -> int:
        """One, two per cycle, and one more that tells where values are missing."""
        return 1 + 2 * len(self.cycles) + self.flags_missing

    def understood(self, cells: "Cells") -> "Cells":
        """Take every mark for missing."""
        return cells.without_marks()

    def encode(self, cells: "Cells") -> Encoded:
        """Give what `place_in_time` does, and where values are missing."""
        seconds, seen = cells.times(self._form)
        return Encoded(_features(self.place_in_time(seconds), cells, self.flags_missing), seen=seen)

    def place_in_time(self, seconds: Array) -> list[Array]:
        """Give (t - mean) / scale, and sine and cosine of every phase."""
        features = [(seconds - self.mean) / self.scale]
        for cycle in self.cycles:
            period, offset = CYCLES[cycle]
            phase = 2.0 * np.pi * (seconds + offset) / period
            features += [np.sin(phase), np.cos(phase)]
        return features

    def describe(self) -> str:
        """Say in words what happens to the column."""
        said = [ORDER_WORDS[self.order]] if self.order != "ymd" else []
        if self.calendar not in (None, "gregorian"):
            said.append(f"years of {CALENDAR_WORDS[self.calendar]}")
        if self.short_years and self.calendar in (None, "gregorian"):
            said.append(f"years of two digits from 19{PIVOT} to 20{PIVOT - 1}")
        if self.digits:
            said.append("numbers read as days or seconds since 1970")
        said.append(f"standardised, with its place in the {', '.join(self.cycles)}")
        return ", ".join(said)

    @property
    def _form(self) -> DateForm:
        return DateForm(self.order, self.calendar, self.digits)


@dataclass(frozen=True)
class CategoryEncoder(Encoder):
    """One-hot over the frequent levels; a rare or unknown level is none of them."""

    levels: tuple[str, ...]
    rare: tuple[str, ...]
    n_rare: int
    flags_missing: bool
    is_hexadecimal: bool = False
    kind: str = "category"

    @classmethod
    def of(cls, summary: "ColumnSummary") -> Self:
        """Take the levels that occur, the frequent and the rare ones."""
        counts = Counter({str(level): count for level, count in summary.counts().items()})
        frequent = [level for level, count in counts.most_common(MOST_LEVELS) if count >= _FEWEST_ROWS]
        rare = sorted(counts.keys() - frequent)
        n_rare = summary.n_distinct - len(frequent)
        known = tuple(sorted(frequent)), tuple(rare[:MOST_RARE])
        return cls(*known, n_rare, summary.n_missing > 0, summary.is_hexadecimal)

    @property
    def n_features(self) -> int:
        """One per level, and one more that tells where values are missing."""
        return len(self.levels) + self.flags_missing

    def encode(self, cells: "Cells") -> Encoded:
        """Give 1 in the column of the level and 0 elsewhere, and where values are missing.

        Strange are present values that did not occur at fit, unless too many did to remember them all.
        """
        codes = cells.places_in(self._known_texts)
        features = _with_flag(codes[:, np.newaxis] == np.arange(len(self.levels)), cells, self.flags_missing)
        if not self.knows_all:
            return Encoded(features)
        unknown = codes < 0
        some = np.count_nonzero(unknown) > cells.n_missing
        return Encoded(features, np.flatnonzero(unknown & ~cells.missing) if some else _NOBODY)

    @property
    def knows_all(self) -> bool:
        """Whether all levels at fit are remembered, so that others can be told from them."""
        return self.n_rare <= len(self.rare)

    @cached_property
    def _known_texts(self) -> Any:
        """Write levels as cells are written; those of a model of version 0.1 may be in other forms of Unicode."""
        import pyarrow as pa

        return pa.array(map(plain, self.levels + self.rare), pa.string())

    def describe(self) -> str:
        """Say in words what happens to the column."""
        rare = f", {self.n_rare} rare ones together" if self.n_rare else ""
        hexadecimal = "; hexadecimal, which is not read as numbers" if self.is_hexadecimal else ""
        return f"one-hot, {len(self.levels)} levels{rare}{hexadecimal}"

    def strange_at_fit(self, summary: "ColumnSummary") -> tuple[int, int]:
        """Count levels that occur once."""
        counts = list(summary.counts().values())
        return counts.count(1), sum(counts)


@dataclass(frozen=True)
class TextEncoder(Encoder):
    """Which of the frequent words occur, divided by the root of how many do.

    `any_script` is whether words are those of `softargmax.tables.words`, as they are since version 0.2.
    """

    words: tuple[str, ...]
    flags_missing: bool
    kind: str = "text"
    any_script: bool = False

    @classmethod
    def of(cls, summary: "ColumnSummary") -> Self:
        """Take the words that occur in most rows."""
        counts: Counter[str] = Counter()
        for text, n_rows in summary.counts().items():
            for word in sorted(words_in(text)):
                counts[word] += n_rows
        frequent = [word for word, count in counts.most_common(MOST_WORDS) if count >= _FEWEST_ROWS]
        return cls(tuple(sorted(frequent)), summary.n_missing > 0, any_script=True)

    @property
    def n_features(self) -> int:
        """One per word, and one more that tells where values are missing."""
        return len(self.words) + self.flags_missing

    def encode(self, cells: "Cells") -> Encoded:
        """Give 1 / sqrt(number of known words) in the columns of the words that occur, and where values are missing.

        Strange are texts without a known word.
        """
        result = np.zeros((len(cells), len(self.words)), np.float32)
        strange = []
        for row, text in enumerate(cells.texts().to_pylist()):
            if known := self.known_in(text or ""):
                result[row, known] = 1.0 / np.sqrt(len(known))
            elif text is not None:
                strange.append(row)
        return Encoded(_with_flag(result, cells, self.flags_missing), np.array(strange, np.int64))

    def known_in(self, text: str) -> list[int]:
        """Give the places of the known words that occur in a text."""
        position, words_of = self._position, words_in if self.any_script else _words_before
        return [position[word] for word in words_of(text) if word in position]

    @cached_property
    def _position(self) -> dict[str, int]:
        return {word: j for j, word in enumerate(self.words)}

    def describe(self) -> str:
        """Say in words what happens to the column."""
        return f"the {len(self.words)} most frequent words"

    def strange_at_fit(self, summary: "ColumnSummary") -> tuple[int, int]:
        """Count texts without a known word that other texts have too, among some that stand for all."""
        texts = list(summary.counts().items())
        some = [(words_in(text) & self._position.keys(), n_rows) for text, n_rows in texts[:: len(texts) // _TEXTS + 1]]
        rows: Counter[str] = Counter()
        for words, n_rows in some:
            rows.update(dict.fromkeys(words, n_rows))
        alone = sum(n_rows for words, n_rows in some if all(rows[word] == n_rows for word in words))
        return alone, sum(n_rows for _, n_rows in some)


ENCODERS: dict[str, Any] = {
    "number": NumberEncoder,
    "boolean": BooleanEncoder,
    "date": DateEncoder,
    "category": CategoryEncoder,
    "text": TextEncoder,
}


def _words_before(text: str) -> set[str]:
    return set(_WORD_BEFORE.findall(text.lower()))


def _mean_and_scale(summary: "ColumnSummary", quantity: "Quantity", of_type: str, expected: str) -> tuple[float, float]:
    summary.refuse_others(quantity, of_type, expected)
    if quantity.infinite is not None:
        raise summary.error(quantity.infinite, "a finite number")
    mean, scale = quantity.moments.mean_and_scale()
    if not np.isfinite([mean, scale]).all() and quantity.largest is not None:
        raise summary.error(quantity.largest, "a number below 1e150")
    return mean, scale


def _units(summary: "ColumnSummary") -> tuple[str, ...]:
    """Give what may stand beside the numbers of a column: nothing, or one unit, or both if it was asked for."""
    units = summary.dress.names()
    if len([unit for unit in units if unit]) > 1:
        spot = next(spot for unit, _, spot in summary.dress.units[1:] if unit)
        raise summary.error(spot, f"a number {with_units((units[0],))}")
    return units


def _features(columns: list[Array], cells: "Cells", flags_missing: bool) -> Array:
    """Join columns of numbers; what is missing is 0, and what float32 cannot hold is its largest number."""
    limit = np.finfo(np.float32).max
    return _with_flag(np.clip(np.nan_to_num(np.stack(columns, axis=1), nan=0.0), -limit, limit), cells, flags_missing)


def _with_flag(features: Array, cells: "Cells", flags_missing: bool) -> Array:
    result = np.empty((len(cells), features.shape[1] + flags_missing), np.float32)
    result[:, : features.shape[1]] = features
    if flags_missing:
        result[:, -1] = cells.missing
    return result
