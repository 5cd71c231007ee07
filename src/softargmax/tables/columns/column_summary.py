"""What a column seems to hold, told from what is remembered of it."""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from typing import Self

import numpy as np
import pyarrow as pa

from softargmax.tables.amounts import HEXADECIMAL, amounts_in
from softargmax.tables.columns.column_facts import ColumnFacts
from softargmax.tables.columns.quantity import Quantity, Spot
from softargmax.tables.columns.spread import Middle, middle_of
from softargmax.tables.dates.calendars import Seen
from softargmax.tables.dates.date_form import DateForm
from softargmax.tables.marks import is_nothing, is_yes_and_no

# A pair of words in different cases has few forms.
_MOST_FORMS = 8
# Free text has this many words per cell on average; fewer are names of categories, or identifiers. Chosen by hand.
_WORDS_OF_TEXT = 3.0
# Up to this share of cells: a mistake in a column of numbers or dates, to be corrected. More: some words are meant.
# Chosen by hand.
_FEW = 0.1
# Text of which this share differs, in at least so many cells, says which row it is, as links do of which one occurs
# twice. Chosen by hand.
_NEARLY_ALL, _MANY = 0.95, 20


@dataclass(frozen=True, eq=False)
class ColumnSummary(ColumnFacts):
    """What is remembered of a column, and what that makes of it: numbers, dates, booleans, a code, sentences."""

    def as_kind(self, kind: str) -> Self:
        """Take marks for missing where the column holds numbers, dates or booleans, beside which they are."""
        if not self.marks or kind in ("category", "text") or self.is_yes_and_no:
            return self
        return replace(
            self,
            n_missing=self.n_missing + self.marks.total(),
            first=tuple(None if cell in self.marks else cell for cell in self.first),
            example=self.unmarked,
            marks=Counter(),
            distinct=self.distinct.without(pa.array(list(self.marks))),
        )

    def with_decimal(self, mark: str) -> Self:
        """Give what the column is when that is decided."""
        numbers = self.commas if mark == "," else self.numbers
        return replace(self, numbers=numbers, commas=numbers, dress=self.dress.with_decimal(mark), decimal=mark)

    def middle(self, most: int | None = None) -> Middle:
        """Give the median of the numbers, and how far from it their middle half lies; of `most` values."""
        values, counts = self.counted()
        if most is not None and len(values) > most:
            rows = np.arange(0, len(values), len(values) // most)
            values, counts = values.take(pa.array(rows)), counts[rows]
        texts = pa.types.is_string(values.type)
        numbers = (
            amounts_in(values, self.decimal).points if texts else np.asarray(values.cast(pa.float64(), safe=False))
        )
        return middle_of(numbers, counts)

    @property
    def is_identifier(self) -> bool:
        """Whether it is text that is different in nearly every row, and neither sentences nor mostly numbers."""
        all_differ = self.n_distinct == self.n_present > 2
        nearly_all = self.n_present >= _MANY and self.n_distinct >= _NEARLY_ALL * self.n_present
        if not (all_differ or nearly_all) or self.family != "text" or self.odd_one is not None:
            return False
        if not all_differ and self._has_figures:
            return False
        return self.holds()[0] == "text" and not self._has_sentences

    @property
    def is_hexadecimal(self) -> bool:
        """Whether there are hexadecimal numbers, which are not read: they are names more often than quantities."""
        return HEXADECIMAL in self.dress.point_traits

    @property
    def is_yes_and_no(self) -> bool:
        """Whether the cells are the yes and the no of one language, and nothing else, as 有 and 無."""
        values = self.distinct.values
        return self.family == "text" and len(values) <= _MOST_FORMS and is_yes_and_no(values.to_pylist())

    @property
    def is_code(self) -> bool:
        """Whether all cells are whole numbers in digits, and one of them begins with a zero: nobody writes 7 as 007."""
        return self.n_codes > 0 and not self.numbers.n_against and self.numbers.fraction is None

    @property
    def is_free_text(self) -> bool:
        """Whether cells of text hold several words and hardly repeat: more than one in twenty differs."""
        return self._has_sentences and self.n_distinct > max(20, 0.05 * self.n_present)

    @property
    def _has_figures(self) -> bool:
        """Whether half of what is written are digits: quantities in an unknown form, rather than names."""
        text = "".join(islice(map(str, self.counts()), _MANY))
        return 2 * sum(map(str.isdecimal, text)) >= len(text)

    @property
    def _has_sentences(self) -> bool:
        return self.n_words >= _WORDS_OF_TEXT * self.n_present

    @property
    def times(self) -> Quantity:
        """The cells as seconds since 1970, in the order that was decided, or else the one that fits most cells."""
        return self.dates[self.order or self.dates.best]

    @property
    def is_of_dates(self) -> bool:
        """Whether all cells are dates or times of day, in some order, whatever else they are."""
        return self.n_present > 0 and self.unmarked is not None and bool(self.dates.orders)

    @property
    def is_of_clocks(self) -> bool:
        """Whether they are times of day without a date."""
        return self.is_of_dates and Seen.CLOCK in Seen(self.dates.seen)

    @property
    def odd_one(self) -> tuple[Spot, str] | None:
        """The first cell that is no number or date where most are, and which of the two they are."""
        kind, against = self.holds()
        if against is not None:
            return against, "number"
        dates = self.dates[self.dates.best]
        if kind == "text" and dates.against and dates.n_against <= _FEW * self.n_unmarked:
            return dates.against, "date"
        return None

    @property
    def date_form(self) -> DateForm:
        """How the dates are written."""
        order = self.order or self.dates.best
        return DateForm(order, self.dates.calendar, Seen.DIGITS in Seen(self.dates.seen))

    def holds(self) -> tuple[str, Spot | None]:
        """Tell what a column seems to hold, and the first cell that speaks against numbers if most are numbers.

        "number", "boolean", "date" or "text" (any strings).
        """
        if self.is_of_dates and Seen.DIGITS in Seen(self.dates.seen):
            return "date", None
        if self.family != "text":
            return self.family, None
        if self.is_yes_and_no:
            return "boolean", None
        if self.unmarked is None:
            return "number" if is_nothing(self.marks) else "text", None
        if not self.flags.n_against:
            return "boolean", None
        n_odd, odd_one = self.no_numbers()
        if not n_odd and not (self.is_of_dates and any(self.dress.names())):  # 2024年 is a date
            return "text" if self.is_code else "number", None
        if self.is_of_dates:
            return "date", None
        return "text", odd_one if n_odd <= _FEW * self.n_unmarked else None

    def no_numbers(self) -> tuple[int, Spot | None]:
        """Count the cells that are no numbers with the unit that most have, and give the first of them."""
        n_odd, odd_one = self.dress.others()
        spots = [spot for spot in (odd_one, self.numbers.against) if spot is not None]
        return self.numbers.n_against + n_odd, min(spots, key=lambda spot: spot.position, default=None)
