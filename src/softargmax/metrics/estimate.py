"""A value and the interval it comes with; a test and its p-value; how intervals are made."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from softargmax._options import as_integer, as_real


@dataclass(frozen=True)
class Estimate:
    """A measured value with the interval [low, high] at the given confidence, from n rows.

    ``method`` says how the interval was made: "wilson" (proportions), "skewness" (means, Hall's skewness-corrected
    t), "influence" (the same, of influence values), "inversion" (calibration errors and coverages: those true ones that
    would make the measured one no surprise); for differences also "bonett-price" and "mover". It is empty for
    estimates from older files. Only "inversion" resamples, sums of bins or cells and never rows, which is exact but for
    taking those sums to be normal.
    """

    value: float
    low: float
    high: float
    confidence: float
    n: int
    method: str = ""

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True)
class Test:
    """A test of calibration: small p-values speak against it."""

    __test__ = False  # not a test of ours, pytest

    statistic: float
    p_value: float
    n: int

    def __str__(self) -> str:
        return f"{self.statistic:.4f} (p = {self.p_value:.3g})"


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are made.

    Parameters
    ----------
    confidence : float, default 0.95
        Of the interval.
    n_resamples : int, default 10_000
        Resamples, where an interval needs them: of a few sums per bin or cell, never of rows, so that their cost
        does not grow with the table. Sums of very many bins get fewer, never below 200.
    seed : int, default 0
        Decides the resamples: the same rows give the same interval.
    """

    confidence: float = 0.95
    n_resamples: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        as_real(self.confidence, "confidence", low=0.0, high=1.0, open_low=True, open_high=True)
        as_integer(self.n_resamples, "n_resamples", low=2)
        as_integer(self.seed, "seed", low=0)

    @property
    def tail(self) -> float:
        """The share of surprises on either side."""
        return 0.5 * (1.0 - self.confidence)

    def generator(self) -> np.random.Generator:
        """Give the source of resamples, from its start."""
        return np.random.default_rng(self.seed)

    def resamples(self, n_sums: int, most: int = 1_000_000) -> int:
        """Give how many resamples of so many sums fit into a bounded memory."""
        return min(self.n_resamples, max(200, most // max(n_sums, 1)))


def wilson_interval(share: float, n: float, confidence: float) -> tuple[float, float]:
    """Give an interval for a proportion that is honest at 0 and 1, where resampling shows no spread.

    Wilson, *J. Amer. Statist. Assoc.* 22, 1927.
    """
    z = NormalDist().inv_cdf(0.5 + 0.5 * confidence)
    centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n)
    half = z / (1.0 + z * z / n) * np.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n))
    return max(0.0, min(share, float(centre - half))), min(1.0, max(share, float(centre + half)))
