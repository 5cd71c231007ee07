"""How far the values of a column reach, and how likely a new one is to lie so far beyond them."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._options import as_integer, as_real
from softargmax.tables.columns.extremes import MOST, Extremes

# No end is taken to thin out faster than as the power -6 of the distance, which is how the normal distribution does
# where the outermost thirty of a thousand values lie. Else columns of few different values, as grades from 1 to 5,
# would seem to end for ever where they end.
_THINNEST = 1.0 / 6.0
# Values that the others of an end would hold in fewer than one of a hundred tables do not belong to them.
_SURPRISE = 0.01


@dataclass(frozen=True)
class End:
    """One end of a column's values, by their distances from the middle.

    Attributes
    ----------
    start : float
        The distance at which the end begins.
    n_values : int
        How many values are farther away.
    spread : float
        The sum of the logarithms of their distances divided by `start`.
    """

    start: float
    n_values: int
    spread: float

    @classmethod
    def of(cls, distances: Array) -> "End | None":
        """Describe the largest distances, of which all but the least are the end; None where too few are above 0.

        Where a few lie so far away that the others would not let them be expected, there are errors among the values,
        or two kinds of them: then those few are the end.
        """
        distances = np.sort(distances[distances > 0.0])[::-1]
        if len(distances) < 2:
            return None
        whole = cls._behind(distances)
        # What `share_beyond` says of the others, with 1, 2, 3 ... values apart, all at once.
        logs = np.log(distances / whole.start)
        apart = np.arange(1, whole.n_values // 2 + 1)
        n_others = whole.n_values - apart
        spreads = np.maximum(np.cumsum(logs[::-1])[::-1][apart], _THINNEST * n_others)
        shares = (1.0 + logs[apart - 1] / spreads) ** -n_others
        surprising = apart[n_others * shares < _SURPRISE]
        if len(surprising):
            return cls._behind(distances[: surprising[-1] + 1])
        return whole

    @classmethod
    def _behind(cls, distances: Array) -> "End":
        """Describe an end that begins at the last of these distances."""
        start, n_values = float(distances[-1]), len(distances) - 1
        spread = float(np.log(distances[:-1] / start).sum())
        return cls(start, n_values, max(spread, _THINNEST * n_values))

    def share_beyond(self, distance: float) -> float:
        """Give the chance that a value of the end is so far away, or farther, as n_values values of it tell.

        The logarithms are taken for exponentially distributed: the end thins out as a power of the distance, and as
        which one is not known but from the values. Then the chance is (1 + log(distance / start) / spread)^-n_values
        exactly. Ends of most columns thin out faster, and the chance is less.
        """
        if distance <= self.start:
            return 1.0
        return float((1.0 + math.log(distance / self.start) / self.spread) ** -self.n_values)


@dataclass(frozen=True)
class Reach:
    """From where to where the values of a column reached at fit.

    Attributes
    ----------
    low, high : float
    middle : float
        In the middle between the two ends, from where distances are measured.
    below, above : End or None
        Both ends; None where nothing can be told.
    """

    low: float
    high: float
    middle: float
    below: End | None
    above: End | None

    @classmethod
    def of(cls, extremes: Extremes, n_values: int) -> "Reach | None":
        """Describe n_values values by the outermost of them; None where there are none.

        An end is as many values as the square root of all: more of them say less about the outermost, and fewer say
        nothing for sure.
        """
        if not len(extremes.lowest):
            return None
        n_end = min(MOST, math.isqrt(n_values) + 1, len(extremes.lowest))
        lowest, highest = np.sort(extremes.lowest)[:n_end], np.sort(extremes.highest)[::-1][:n_end]
        middle = 0.5 * float(lowest[-1] + highest[-1])
        return cls(float(lowest[0]), float(highest[0]), middle, End.of(middle - lowest), End.of(highest - middle))

    def is_far(self, value: float) -> bool:
        """Whether a value lies farther from the values at fit than they lie apart."""
        return max(self.low - value, value - self.high) > self.high - self.low

    def chance(self, value: float, n_rows: int, n_at_fit: int) -> float:
        """Bound the chance that one of n_rows new values like those n_at_fit lies as far out as this one."""
        end = self.above if value > self.middle else self.below
        if end is None:
            return 1.0
        return n_rows * end.n_values / n_at_fit * end.share_beyond(abs(value - self.middle))

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Reach":
        """Rebuild it; what is amiss is a ValueError, LookupError or TypeError."""
        low, high, middle = (as_real(data[name], name) for name in ("low", "high", "middle"))
        if low > high:
            raise ValueError(f"a column that reaches from {low} to {high}")
        return cls(low, high, middle, _end_from(data["below"]), _end_from(data["above"]))


def _end_from(data: Mapping[str, Any] | None) -> End | None:
    if data is None:
        return None
    start = as_real(data["start"], "start", low=0.0, open_low=True)
    spread = as_real(data["spread"], "spread", low=0.0, open_low=True)
    return End(start, as_integer(data["n_values"], "n_values", low=1, high=MOST), spread)
