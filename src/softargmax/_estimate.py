"""What was measured: a value with its interval, a test with its p-value, and how intervals are made."""

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TypeVar

import numpy as np

from softargmax._arrays import Array
from softargmax._binomial import upper_bound
from softargmax._options import as_integer, as_real
from softargmax._renamed import renamed
from softargmax.exceptions import ArgumentError

Shares = TypeVar("Shares", float, Array)


@dataclass(frozen=True)
class Estimate:
    """A measured value with the interval [low, high] at the given confidence, from n rows.

    ``method`` says how the interval was made: "wilson" and "clopper-pearson" (proportions), "skewness" (means, Hall's
    skewness-corrected t), "influence" (the same, of influence values), "inversion" (calibration errors and
    coverages: those true ones that would make the measured one no surprise); for differences also "bonett-price" and
    "mover", which net benefit has too; for areas under the ROC curve "delong-score", and "delong" for their
    differences; for regressions "sandwich", for ratios "log-ratio", normal intervals. It is empty for estimates from
    older files. Only "inversion" resamples, sums of bins or cells and never rows, which is exact but for taking those
    sums to be normal.
    """

    value: float
    low: float
    high: float
    confidence: float
    n: int
    method: str = ""

    def __str__(self) -> str:
        return f"{self.value:z.4f} [{self.low:z.4f}, {self.high:z.4f}]"


@dataclass(frozen=True)
class CalibrationTest:
    """A test of the hypothesis that probabilities mean what they say: small p-values speak against it."""

    statistic: float
    p_value: float
    n: int

    def __str__(self) -> str:
        return f"{self.statistic:z.4f} (p = {self.p_value:.3g})"


@renamed(seed="random_state")
@dataclass(frozen=True)
class Interval:
    """How intervals are made.

    Parameters
    ----------
    confidence : float, default 0.95
        The probability with which an interval holds the true value.
    n_resamples : int, default 10_000
        Resamples, where an interval needs them: of a few sums per bin or cell, never of rows, so that their cost
        does not grow with the table. Sums of very many bins get fewer, never below 200.
    random_state : int, default 0
        Decides the resamples: the same rows give the same interval.

    Raises
    ------
    ArgumentError
        For numbers outside these ranges.

    Examples
    --------
    >>> from softargmax import metrics
    >>> metrics.accuracy([0, 1], logits=[[1.0, 0.0], [0.0, 1.0]]).n
    2
    """

    confidence: float = 0.95
    n_resamples: int = 10_000
    random_state: int = 0

    def __post_init__(self) -> None:
        as_real(self.confidence, "confidence", low=0.0, high=1.0, open_low=True, open_high=True)
        as_integer(self.n_resamples, "n_resamples", low=2)
        as_integer(self.random_state, "random_state", low=0)

    @property
    def tail(self) -> float:
        """The share of surprises on either side."""
        return 0.5 * (1.0 - self.confidence)

    def together(self, n: int) -> "Interval":
        """Give how each of n independent intervals is made if all of them shall hold at once with the confidence.

        Šidák, *J. Amer. Statist. Assoc.* 62 (1967): that is as much for disjoint rows, and enough where normal errors
        depend on each other.
        """
        return replace(self, confidence=self.confidence ** (1.0 / max(n, 1)))

    def generator(self) -> np.random.Generator:
        """Give the source of resamples, from its start."""
        return np.random.default_rng(self.random_state)

    def resamples(self, n_sums: int, most: int = 1_000_000) -> int:
        """Give how many resamples of so many sums fit into a bounded memory."""
        return min(self.n_resamples, max(200, most // max(n_sums, 1)))


def as_interval(interval: Interval | None) -> Interval:
    """Bring in how an interval is to be made; the usual way by default.

    Raises
    ------
    ArgumentError
        For anything else, such as a bare confidence.
    """
    if interval is None:
        return Interval()
    if not isinstance(interval, Interval):
        raise ArgumentError(
            f"interval: expected metrics.Interval(confidence=...) or None, got {interval!r}", parameter="interval"
        )
    return interval


def wilson_interval(share: Shares, n: Shares, confidence: float) -> tuple[Shares, Shares]:
    """Give an interval for a proportion that is honest at 0 and 1, where resampling shows no spread.

    Nearly the promised coverage on average; n may be a fraction, so it serves weighted rows. Of one share or of many.
    Wilson, *J. Amer. Statist. Assoc.* 22, 1927.
    """
    z = NormalDist().inv_cdf(0.5 + 0.5 * confidence)
    centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n)
    half = z / (1.0 + z * z / n) * np.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n))
    return np.clip(centre - half, 0.0, share), np.clip(centre + half, share, 1.0)


def clopper_pearson(count: int, n: int, confidence: float) -> Estimate:
    """Give the share ``count / n`` with its exact interval; the share of no rows is NaN, between 0 and 1.

    Never less than the promised coverage, so it is wider than Wilson's: for what backs a promise.
    Clopper, Pearson, *Biometrika* 26, 1934.
    """
    if n == 0:
        return Estimate(math.nan, 0.0, 1.0, confidence, 0, "clopper-pearson")
    tail = 0.5 * (1.0 - confidence)
    low = 0.0 if count == 0 else 1.0 - upper_bound(n - count, n, 1.0 - tail)
    return Estimate(count / n, low, upper_bound(count, n, 1.0 - tail), confidence, n, "clopper-pearson")
