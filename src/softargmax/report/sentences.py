"""Sentences: how a share is said in words, and the rules by which numbers choose what is said."""

from collections.abc import Iterable
from typing import Literal

from softargmax._drawing.digits import in_range, plain
from softargmax._drawing.markup import Markup, foreign, joined
from softargmax.metrics import Estimate
from softargmax.metrics.comparison import equal_within

Belief = Literal["yes", "nearly", "unknown", "no"]
# A calibration error of at most this is small enough to believe the probabilities, and of at most twice this nearly so.
SMALL = 0.02
# With fewer rows nothing is said of probabilities.
FEWEST = 20
# A share whose range is wider than this is too uncertain to judge a class by.
WIDE = 0.15


def belief(error: Estimate) -> Belief:
    """Tell whether probabilities can be believed that are wrong by so much: the one rule behind all that is said."""
    if error.n < FEWEST:
        return "unknown"
    if error.high <= SMALL:
        return "yes"
    if error.low > SMALL:
        return "no"
    return "nearly" if error.high <= 2.0 * SMALL else "unknown"


def times(share: float, noun: str = "", base: int | None = None) -> str:
    """Say a share as people do, in the smallest base that rounds neither it nor its rest by a tenth.

    >>> times(0.923), times(0.0042, " rows"), times(1.0)
    ('92 in 100', '4 rows in 1,000', '100 in 100')
    """

    def fits(base: int) -> bool:
        whole = round(base * share)
        return 1 <= whole < base and abs(whole / base - share) <= 0.1 * min(share, 1.0 - share)

    base = base or next((base for base in (100, 1000, 10000) if fits(base)), 100)
    whole = round(base * share)
    return f"{whole:,}{noun if whole != 1 or not noun.endswith('s') else noun[:-1]} in {base:,}"


def of_answers(accuracy: float, rows: int) -> str:
    """Say how often it is right, in a headline; of few rows, in how many."""
    if rows < 100:
        return f"Right in {round(accuracy * rows)} of {rows} row{'s' * (rows != 1)}"
    if accuracy in (0.0, 1.0):
        return "Right every time" if accuracy else "Never right"
    return f"Right {times(accuracy, ' times')}"


def said(estimate: Estimate) -> str:
    """Give a value with its range."""
    return in_range(estimate.value, estimate.low, estimate.high)


def quoted(name: object, most: int = 60) -> Markup:
    """Put a name from elsewhere into quotation marks."""
    return joined("“", foreign(name, most), "”")


def listed(items: Iterable[str]) -> str:
    """Say a, b and c."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def _is_told(difference: Estimate) -> bool:
    return difference.low > 0.0 or difference.high < 0.0


def change(before: Estimate, now: Estimate, difference: Estimate) -> str:
    """Say what the difference of an error is worth: better, worse, equal to within so much, or too few rows to tell."""
    if plain(difference.low) == plain(difference.high) == "0":
        return "equal to the last digit shown"
    if _is_told(difference):
        if plain(before.value) == plain(now.value) or plain(difference.value) == "0":
            return "equal to the last digit shown"
        return f"{'worse' if difference.low > 0.0 else 'better'} by {plain(abs(difference.value))}"
    most = equal_within(before.value, difference)
    return "too few rows to tell" if most is None else f"equal to within {plain(most)}"
