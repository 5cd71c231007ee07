"""The curve of risk and coverage, thinned to what a screen can show, and the thresholds that keep a wish."""

import numpy as np

from softargmax._estimate import Estimate, Interval
from softargmax.metrics._ranked import RankedRows
from softargmax.metrics.findings import AnsweredRows, AnswerThreshold
from softargmax.metrics.risk_and_coverage import RiskCoverage, curve

# Shares of wrong answers that people may wish for.
WISHES = (0.05, 0.02, 0.01, 0.005, 0.001)
_POINTS = 200


def answered_rows(ranked: RankedRows, interval: Interval) -> AnsweredRows:
    """Give points of the curve at nearly equal steps of coverage, and thresholds."""
    points = curve(ranked, interval)
    wanted = np.linspace(0.0, 1.0, _POINTS)
    kept = np.unique(np.searchsorted(points.coverage, wanted).clip(0, len(points.coverage) - 1))
    found = (_threshold(points, wish, interval) for wish in WISHES)
    return AnsweredRows(
        coverage=tuple(points.coverage[kept].tolist()),
        risk=tuple(points.risk[kept].tolist()),
        low=tuple(points.low[kept].tolist()),
        high=tuple(points.high[kept].tolist()),
        thresholds=tuple(one for one in found if one is not None),
    )


def _threshold(points: RiskCoverage, wish: float, interval: Interval) -> AnswerThreshold | None:
    """Find the most answers whose risk keeps the wish even at the upper end of its interval.

    None if no number of answers does, or all of them do.
    """
    (safe,) = np.nonzero(points.high <= wish)
    if not len(safe) or safe[-1] == len(points.high) - 1:
        return None
    i = int(safe[-1])
    value, low, high = (float(column[i]) for column in (points.risk, points.low, points.high))
    answered = round(points.n * float(points.coverage[i]))
    risk = Estimate(value, low, high, interval.confidence, answered, "wilson")
    return AnswerThreshold(wish, float(points.top_probability[i]), float(points.coverage[i]), risk)
