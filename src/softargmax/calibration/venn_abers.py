"""Venn-Abers predictors: a probability with an interval that says how much the calibration rows leave open."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, narrow
from softargmax._fields import Field, TablesField
from softargmax._logits import block_slices
from softargmax.calibration._binary import Event
from softargmax.calibration._labelled import CELLS
from softargmax.calibration.nonparametric import CurveCalibration, grouped

# Distinct log-odds that are told apart; more are merged, which moves a probability by less than the rows leave open.
_GROUPS = 4096


class VennAbers(CurveCalibration):
    r"""Calibrate by two isotonic fits: as if the new row were an event, and as if it were not.

    .. math:: p' = \frac{p_1}{1 - p_0 + p_1}, \qquad p_0 \le p' \le p_1

    where :math:`p_1` is the value at the new row of the isotonic fit to the calibration rows and it, counted as an
    event, and :math:`p_0` the same with it counted as none.

    Attributes
    ----------
    temperature_ : float
        What logits are divided by first, so that their scale does not matter.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that: for two classes always, for more where no temperature
        suits them as they are.
    curves_ : list of ndarray, shape (n_knots, 5)
        Log-odds, then log p0 and log p1 odds at it and below it; for class 1, or for every class.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        0: isotonic fits are exact.

    See Also
    --------
    IsotonicCalibration : one fit, no interval.

    Notes
    -----
    One of p0 and p1 is perfectly calibrated, whatever the distribution, if rows are exchangeable; the pair is narrow
    where rows are many. Their mixture p' is never 0 or 1, and minimises the worst regret in log loss. More than two
    classes: one against the rest, and the results divided by their sum; `predict_interval` gives the pairs before that.

    Computed for all log-odds at once: the fit at an added point is the slope of the tangent common to the convex hulls
    of the cumulative sums to its left and to its right. More than 4096 distinct log-odds are merged into so many.

    Source: Vovk, Petej, "Venn-Abers predictors", *UAI* (2014).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=500)
    >>> y = (rng.random(500) < sm.sigmoid(3 * logits)).astype(int)
    >>> calibration = sm.VennAbers().fit(logits, y)
    >>> (low, high), p = calibration.predict_interval([0.1]), calibration.predict_proba([0.1])
    >>> bool(low[0, 1] < p[0, 1] < high[0, 1] < low[0, 1] + 0.1)
    True
    """

    kind = "venn-abers"
    _learned: ClassVar[dict[str, Field]] = {
        **CurveCalibration._learned,
        "curves_": TablesField(5),
    }
    _width = 5

    def _fit_event(self, event: Event) -> Array:
        """Tabulate both fits at and below every distinct log-odds, and above the last."""
        odds, weight, occurred = grouped(event, _GROUPS)
        m = len(odds)
        sums = np.concatenate([[[0.0, 0.0]], np.cumsum(np.stack([weight, occurred], axis=1), axis=0)])
        left, right = np.arange(m + 1), np.arange(m + 1)
        below = [_added(sums, left, right, outcome) for outcome in (0.0, 1.0)]
        at = [_added(sums, left[:-1], right[1:], outcome) for outcome in (0.0, 1.0)]
        columns = [np.append(odds, odds[-1])]
        columns += [_logit(np.append(value, value[-1])) for value in at] + [_logit(value) for value in below]
        return np.stack(columns, axis=1)

    def _constant(self, event: Event) -> Array:
        """Give the pair at the only log-odds there are to all others too."""
        curve = self._fit_event(event)
        curve[:, 3:] = curve[:, 1:3]
        return curve

    @staticmethod
    def _pair(curve: Array, odds: Array) -> tuple[Array, Array]:
        """Give the log-odds of p0 and of p1."""
        if not len(curve):
            return odds, odds
        knots = curve[:-1, 0]
        place = np.searchsorted(knots, np.where(np.isnan(odds), -np.inf, odds))
        hit = (place < len(knots)) & (knots[np.minimum(place, len(knots) - 1)] == odds)
        return np.where(hit, curve[place, 1], curve[place, 3]), np.where(hit, curve[place, 2], curve[place, 4])

    def _odds(self, curve: Array, odds: Array) -> Array:
        """Mix the pair: log p' - log(1 - p') = log p1 - log(1 - p0)."""
        low, high = self._pair(curve, odds)
        if not len(curve):
            return odds
        return np.asarray(np.logaddexp(0.0, low) - np.logaddexp(0.0, -high))

    def predict_interval(self, logits: npt.ArrayLike) -> tuple[Array, Array]:
        """Give p0 and p1 of every class, the lower and the upper end, each of shape (n_rows, n_classes).

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid

        Returns
        -------
        low, high : ndarray
            In the floating dtype of `logits`. Not divided by their sums over classes.
        """
        given = self._checked(logits)
        shape, k = given.values.shape, given.n_classes
        low, high = np.empty(shape, given.dtype), np.empty(shape, given.dtype)
        for part in block_slices(len(given), k, CELLS):
            odds = self._tempered_odds(given.values[part].astype(np.float64))
            for j, curve in self._events(k):
                below, above = (1.0 / (1.0 + np.exp(-end)) for end in self._pair(curve, odds[:, j]))
                low[part, j], high[part, j] = narrow(below, given.dtype), narrow(above, given.dtype)
        if k == 2:
            low[:, 0], high[:, 0] = 1.0 - high[:, 1], 1.0 - low[:, 1]
        unknown = np.isnan(given.values).any(axis=1)
        low[unknown], high[unknown] = np.nan, np.nan
        return low, high

    def _check_learned(self) -> None:
        super()._check_learned()
        if any(len(curve) == 1 for curve in self.curves_):
            raise ValueError("curves: a table has rows for below and above at least")

    def _events(self, n_classes: int) -> Sequence[tuple[int, Array]]:
        return [(1, self.curves_[0])] if n_classes == 2 else list(enumerate(self.curves_))


def _added(sums: Array, left: Array, right: Array, outcome: float) -> Array:
    """Give the isotonic fit at a row of weight 1 that is added between two places of the cumulative sums.

    max over a <= left of min over b >= right of the mean of everything between a and b and the row: the tangent common
    to the lower hull of what is left and that of what is right. All places at once: both ends of the tangent walk
    along their hulls until neither can move.
    """
    mirrored = np.stack([sums[-1, 0] - sums[::-1, 0], sums[::-1, 1]], axis=1)
    back, forth = _hull(sums), len(sums) - 1 - _hull(mirrored)[::-1]
    a, b = left.copy(), right.copy()

    def slope(a: Array, b: Array) -> Array:
        return np.asarray((sums[b, 1] + outcome - sums[a, 1]) / (sums[b, 0] + 1.0 - sums[a, 0]))

    current = slope(a, b)
    moving = True
    while moving:
        next_b = forth[b]
        lower = slope(a, next_b)
        forward = lower < current
        b, current = np.where(forward, next_b, b), np.where(forward, lower, current)
        next_a = back[a]
        higher = slope(next_a, b)
        backward = ~forward & (higher > current)
        a, current = np.where(backward, next_a, a), np.where(backward, higher, current)
        moving = bool(forward.any() or backward.any())
    return np.clip(current, 0.0, 1.0)  # sums of weights are rounded


def _hull(sums: Array) -> Array:
    """For every point give the one before it on the lower convex hull of all up to it; the first has itself."""
    x, y = sums[:, 0].tolist(), sums[:, 1].tolist()
    before = np.zeros(len(x), np.int64)
    stack: list[int] = []
    for i in range(len(x)):
        while len(stack) > 1:
            k, j = stack[-1], stack[-2]
            if (y[k] - y[j]) * (x[i] - x[k]) < (y[i] - y[k]) * (x[k] - x[j]):
                break
            stack.pop()
        before[i] = stack[-1] if stack else 0
        stack.append(i)
    return before


def _logit(p: Array) -> Array:
    # p0 may be 0 and p1 may be 1; beyond 700 nothing is left of 1 - p in any case.
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(np.log(p) - np.log1p(-p), -700.0, 700.0))
