"""The area under the ROC curve with its interval, and the difference of two areas on the same rows.

DeLong's variance counts, for every row, which share of the rows of the other class it is ranked rightly against. Where
nearly all rows are, that share hardly varies, and Wald's interval around the area is far too short, or a point. So the
interval holds those areas from which the measured one is no more than z standard errors away, whose standard errors
go to 0 only at 0 and 1, as those of Wilson's interval of a proportion do. Their shape is Newcombe's (method 5 of
*Statistics in Medicine* 25, 2006, 559-573), for he needs nothing but the area and the numbers of rows; their size is
DeLong's, drawn towards Newcombe's as long as few rows are ranked wrongly. Which weights were tried, and how often the
intervals hold the true area, is told in docs/two-classes.md.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval
from softargmax._logits import Logits
from softargmax.metrics._judged import Judged
from softargmax.metrics._numerics import student_quantile
from softargmax.metrics._ranked import SURE, RankedRows

# So many rows ranked wrongly does the variance without them count for.
_PRIOR_ROWS = 0.5
# A variance below this is what rounding left of none.
_ROUNDING = 1e-24


@dataclass(frozen=True)
class Area:
    """An area, its variance by DeLong, and the numbers of rows of class 1 and class 0 that it is of."""

    value: float
    variance: float
    n_yes: float
    n_no: float

    @classmethod
    def of(cls, yes: Array, no: Array) -> "Area | None":
        """Compare all rows of class 1 with all of class 0; None if one of the classes is missing.

        Parameters
        ----------
        yes, no : ndarray
            The weight of the rows of either class, for every value of what ranks them, ascending.
        """
        n_yes, n_no = float(yes.sum()), float(no.sum())
        if n_yes <= 0.0 or n_no <= 0.0:
            return None
        below, above = placements(yes, no)
        value = float((yes * below).sum() / n_yes)
        return cls(value, sum(_parts(below, above, yes, no, value)), n_yes, n_no)

    def ends(self, z: float) -> tuple[float, float]:
        """Give the least and the largest area from which the measured one is at most z standard errors away."""
        shape = self._newcombe(self.value)
        wrong = min(self.value, 1.0 - self.value) * min(self.n_yes, self.n_no)
        size = (wrong * self.variance + _PRIOR_ROWS * shape) / ((wrong + _PRIOR_ROWS) * shape) if shape > 0.0 else 1.0

        def is_near(area: float) -> bool:
            return (self.value - area) ** 2 <= z * z * size * self._newcombe(area)

        return _last(is_near, self.value, 0.0), _last(is_near, self.value, 1.0)

    def estimate(self, interval: Interval, stretch: float = 1.0, n: int | None = None) -> Estimate:
        """Give the area with its interval, `stretch` times as long as that of many independent rows."""
        low, high = self.ends(stretch * NormalDist().inv_cdf(1.0 - interval.tail))
        rows = round(self.n_yes + self.n_no) if n is None else n
        return Estimate(self.value, low, high, interval.confidence, rows, "delong-score")

    def _newcombe(self, area: float) -> float:
        half = 0.5 * (self.n_yes + self.n_no) - 1.0
        spread = 1.0 + max(half, 0.0) * ((1.0 - area) / (2.0 - area) + area / (1.0 + area))
        return area * (1.0 - area) * spread / (self.n_yes * self.n_no)


def placements(yes: Array, no: Array) -> tuple[Array, Array]:
    """Give, for every value, the share of the rows of class 0 below it, and that of class 1 above; ties count half."""
    below = (np.cumsum(no) - 0.5 * no) / no.sum()
    above = 1.0 - (np.cumsum(yes) - 0.5 * yes) / yes.sum()
    return np.asarray(below), np.asarray(above)


def area(events: RankedRows, interval: Interval) -> Estimate | None:
    """Estimate the area of rows that are ranked by the probability of class 1; None if a class is missing."""
    found = Area.of(events.correct, events.errors)
    return None if found is None else found.estimate(interval)


@dataclass(frozen=True)
class _Placed:
    """Rows in the order of one model, and the share of the other class's rows that each is ranked rightly against."""

    area: Area | None
    share: Array

    @classmethod
    def of(cls, judged: Judged, kept: Array) -> "_Placed":
        place, weight, is_yes = _places(judged, kept), judged.weight[kept], judged.codes[kept] == 1
        yes, no = (np.bincount(place, np.where(of, weight, 0.0)) for of in (is_yes, ~is_yes))
        found = Area.of(yes, no)
        if found is None:
            return cls(None, np.zeros(0))
        below, above = placements(yes, no)
        return cls(found, np.where(is_yes, below[place], above[place]))


def area_of_rows(judged: Judged, interval: Interval) -> Estimate | None:
    """Estimate the area of rows with all the digits they have; None if a class is missing."""
    found = _Placed.of(judged, np.flatnonzero(judged.weight > 0.0)).area
    return None if found is None else found.estimate(interval)


def area_difference(first: Judged, second: Judged, interval: Interval) -> Estimate | None:
    """Estimate the area of the second model less that of the first, on the same rows; None if a class is missing.

    The paired variance of DeLong, with Student's quantile for as many degrees of freedom as the two classes give it
    (Satterthwaite). Where no row is ranked otherwise by the two models there is no such variance, and the interval is
    put together from the two intervals of the areas.
    """
    kept = np.flatnonzero(first.weight > 0.0)
    one, other = (_Placed.of(judged, kept) for judged in (first, second))
    if one.area is None or other.area is None:
        return None
    weight, is_yes = first.weight[kept], first.codes[kept] == 1
    value, change = other.area.value - one.area.value, other.share - one.share
    yes, no = (np.where(of, weight, 0.0) for of in (is_yes, ~is_yes))
    parts = _parts(change, change, yes, no, value)
    variance = sum(parts)
    if variance <= _ROUNDING:
        low, high = _put_together(one.area, other.area, interval)
    else:
        counts = (one.area.n_yes, one.area.n_no)
        freedom = variance**2 / sum(part**2 / max(n - 1.0, 1.0) for part, n in zip(parts, counts, strict=True))
        half = student_quantile(1.0 - interval.tail, freedom) * math.sqrt(variance)
        low, high = value - half, value + half
    return Estimate(value, max(-1.0, low), min(1.0, high), interval.confidence, first.n, "delong")


def _places(judged: Judged, kept: Array) -> Array:
    """Number the distinct log-odds of class 1, ascending; probabilities by p, and where p is 1 by what is left to 1."""
    values = judged.rows.values
    if isinstance(judged.rows, Logits):
        with np.errstate(over="ignore"):
            keys = [np.subtract(values[kept, 1], values[kept, 0], dtype=np.float64)]
    else:
        yes, no = (values[kept, column] for column in (1, 0))
        keys = [yes, np.where(yes > SURE, -no, 0.0)]
    order = np.argsort(keys[0]) if len(keys) == 1 else np.lexsort(keys[::-1])
    is_new = np.zeros(len(order), np.bool_)
    for key in keys:
        is_new[1:] |= key[order][1:] != key[order][:-1]
    place = np.empty(len(order), np.int64)
    place[order] = np.cumsum(is_new)
    return place


def _parts(below: Array, above: Array, yes: Array, no: Array, value: float) -> tuple[float, float]:
    """Give what the rows of either class add to the variance, from the shares of the other class they are right to."""
    found = []
    for part, share in ((yes, below), (no, above)):
        n = float(part.sum())
        found.append(float((part * np.square(share - value)).sum()) / n / max(n - 1.0, 1.0))
    return found[0], found[1]


def _put_together(first: Area, second: Area, interval: Interval) -> tuple[float, float]:
    """Give the interval of a difference from those of two areas that vary together, or not at all (MOVER)."""
    z = NormalDist().inv_cdf(1.0 - interval.tail)
    (low, high), (other_low, other_high) = first.ends(z), second.ends(z)
    together = 1.0 if min(first.variance, second.variance) > 0.0 else 0.0

    def reach(x: float, y: float) -> float:
        return math.sqrt(max(0.0, x * x + y * y - 2.0 * together * x * y))

    value = second.value - first.value
    return (
        value - reach(second.value - other_low, high - first.value),
        value + reach(other_high - second.value, first.value - low),
    )


def _last(is_near: Callable[[float], bool], start: float, end: float) -> float:
    """Give the last area from `start` towards `end` that is near, by halving."""
    for _ in range(60):
        middle = 0.5 * (start + end)
        if is_near(middle):
            start = middle
        else:
            end = middle
    return start
