"""Net benefit, what acting from a risk on gains, with its interval.

It is the difference of two shares, of rows that are found and of false alarms, the second times the odds of the
threshold. Both shares have Wilson's interval, and the two are put together by how the shares vary together: a row that
is one is not the other (MOVER; Zou, Donner, *Statistics in Medicine* 27, 2008, 1693-1702). That holds the true value as
often as promised where few rows are found, as Wald's interval does not.
"""

from collections.abc import Callable

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Interval, wilson_interval
from softargmax.metrics._ranked import RankedRows


def weighed_difference(first: Array, second: Array, n: float, interval: Interval) -> Callable[..., tuple[Array, Array]]:
    """Give, for two shares of n rows no row of which is in both, the interval of their difference, each times a weight.

    Parameters
    ----------
    first, second : ndarray
    n : float
    interval : Interval

    Returns
    -------
    callable
        From the two weights to the low and the high end.
    """
    (low, high), (other_low, other_high) = (
        wilson_interval(share, np.full_like(share, n), interval.confidence) for share in (first, second)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        together = -np.sqrt(first * second / ((1.0 - first) * (1.0 - second)))
    together = np.where(np.isfinite(together), together, 0.0)

    def ends(weight: Array | float, other: Array | float) -> tuple[Array, Array]:
        value = weight * first - other * second

        def reach(x: Array, y: Array) -> Array:
            x, y = weight * x, other * y
            return np.asarray(np.sqrt(np.maximum(0.0, x * x + y * y - 2.0 * together * x * y)))

        return value - reach(first - low, other_high - second), value + reach(high - first, second - other_low)

    return ends


def benefits(events: RankedRows, threshold: Array, interval: Interval) -> dict[str, Array]:
    """Give net benefit and its interval for thresholds, that of acting on all rows, and the interval of the rest to it.

    The keys are those of `softargmax.metrics.DecisionCurve`.
    """
    n = events.total
    at = np.searchsorted(events.probability, threshold)
    yes, no = events.correct / events.total, events.errors / events.total
    found, alarms = (np.append(np.cumsum(share[::-1])[::-1], 0.0)[at] for share in (yes, no))
    missed, spared = (np.append(0.0, np.cumsum(share))[at] for share in (yes, no))
    odds = threshold / (1.0 - threshold)
    rate = float(yes.sum())
    low, high = weighed_difference(found, alarms, n, interval)(1.0, odds)
    gain_low, gain_high = weighed_difference(spared, missed, n, interval)(odds, 1.0)
    return {
        "net_benefit": found - odds * alarms,
        "low": low,
        "high": high,
        "benefit_of_all": rate - (1.0 - rate) * odds,
        "gain_over_all": odds * spared - missed,
        "gain_low": gain_low,
        "gain_high": gain_high,
    }
