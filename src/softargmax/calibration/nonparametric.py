"""Binary calibrations without a formula: increasing curves, and bins."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from softargmax._arrays import Array
from softargmax._lazy import load
from softargmax._options import as_integer
from softargmax.calibration._binary import BinaryCalibration, Event

# The part of a step between two levels of an isotonic curve that rises within either of them.
_WITHIN = 0.25


class CurveCalibration(BinaryCalibration):
    """What these share: per event a table whose rows are knots; an empty one changes nothing."""

    learned: ClassVar[dict[str, str]] = {"temperature_": "", "curves_": "lists of 2", "optimality_": ""}

    curves_: list[Array]

    def keep(self, temperature: float, maps: Sequence[Array | None]) -> None:
        """Keep the tables."""
        width = int(self.learned["curves_"].rpartition(" ")[2])
        self.temperature_, self.optimality_ = temperature, 0.0
        self.curves_ = [np.empty((0, width)) if map is None else map for map in maps]

    def kept(self, number: int) -> Array:
        """Give the table of one event."""
        return self.curves_[number]

    def check_learned(self) -> None:
        """Refuse what no fit can have left behind."""
        super().check_learned()
        self.check_one_per_event(len(self.curves_))
        if any(np.any(np.diff(curve[:, 0]) < 0.0) for curve in self.curves_):
            raise ValueError("curves: the knots are not in order")


def grouped(event: Event, most: int | None = None) -> tuple[Array, Array, Array]:
    """Give the distinct log-odds in order, the weight at each, and the weight of the rows where the event came.

    With `most`, neighbours are merged into about so many groups of equal weight, each at its mean.
    """
    odds, place = np.unique(event.odds, return_inverse=True)
    weight = np.bincount(place, event.weight)
    came = np.bincount(place, event.weight * event.came)
    if most is None or len(odds) <= most:
        return odds, weight, came
    cell = np.floor((np.cumsum(weight) - 0.5 * weight) * (most / weight.sum())).astype(np.int64)
    total = np.bincount(cell, weight)
    held = total > 0.0
    return (np.bincount(cell, weight * odds)[held] / total[held], total[held], np.bincount(cell, came)[held])


def logit(p: Array) -> Array:
    """Give log p - log(1 - p)."""
    return np.asarray(np.log(p) - np.log1p(-p))


class IsotonicCalibration(CurveCalibration):
    r"""Calibrate a probability by the increasing curve that fits best.

    .. math:: \min_{g \text{ increasing}} \sum_i s_i \bigl( g(l_i) - [y_i = 1] \bigr)^2

    Attributes
    ----------
    temperature_ : float
        What logits are divided by first, so that their scale does not matter.
    curves_ : list of ndarray, shape (n_knots, 2)
        Log-odds and calibrated log-odds of the knots, for class 1; with more than two classes for every class.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        0: pooling adjacent violators gives the exact minimum.

    See Also
    --------
    BetaCalibration : an increasing curve with three numbers, for fewer than some hundred rows.
    VennAbers : the same idea with an interval that says how much the rows leave open.

    Notes
    -----
    Two things differ from scikit-learn's. One row of each kind is added (shared among the classes, if they are more
    than two), an event at the lowest log-odds and a non-event at the highest, so that no probability is 0 or 1
    and the log loss of new rows is finite. And the curve rises within a level too: from its middle it goes,
    straight in log-odds, a quarter of the way to the next level at its last row, and the rest between the two,
    so that rows of one level keep their order and sure rows stay sure; beyond the outermost rows it is
    constant. More than two classes: one against the rest, and the results divided by their sum.

    Source: Zadrozny, Elkan, *KDD* (2002); compare Oron, Flournoy, "Centered isotonic regression", *Stat. Biopharm.
    Res.* 9 (2017), whose curve goes from middle to middle: where classes are told apart almost without error, that
    makes many sure rows unsure.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=5000)
    >>> y = (rng.random(5000) < sm.sigmoid(3 * logits)).astype(int)
    >>> p = sm.IsotonicCalibration().fit(logits, y).predict_proba([-2.0, 0.0, 2.0])[:, 1]
    >>> bool(np.all(np.diff(p) > 0) and p[0] > 0 and p[2] < 1)
    True
    """

    method = "isotonic"

    def fit_event(self, event: Event) -> Array:
        """Pool adjacent violators, and put knots into the middle of every level and at its ends."""
        odds, weight, came = grouped(event)
        weight[0] += event.share
        came[0] += event.share
        weight[-1] += event.share
        fit = load("scipy.optimize").isotonic_regression(came / weight, weights=weight)
        level = np.repeat(np.arange(len(fit.blocks) - 1), np.diff(fit.blocks))
        total = np.bincount(level, weight)
        middle = np.bincount(level, weight * odds) / total
        height = logit(np.bincount(level, came) / total)
        steps = _WITHIN * np.diff(height)
        first, last = odds[fit.blocks[:-1]], odds[fit.blocks[1:] - 1]
        knots = np.stack([first, middle, last], axis=1)
        heights = np.stack([height - np.append(0.0, steps), height, height + np.append(steps, 0.0)], axis=1)
        kept = np.ones(knots.shape, bool)
        kept[:, ::2] = (first < last)[:, np.newaxis]
        return np.stack([knots[kept], heights[kept]], axis=1)

    def odds(self, map: Array, odds: Array) -> Array:
        """Go straight from knot to knot."""
        return np.asarray(np.interp(odds, map[:, 0], map[:, 1])) if len(map) else odds


class HistogramBinning(CurveCalibration):
    r"""Give every bin of log-odds the share of rows in it where the event came.

    .. math:: p'_b = \frac{\sum_{i \in b} s_i [y_i = 1] + \bar p_b}{\sum_{i \in b} s_i + 1}

    Attributes
    ----------
    temperature_ : float
        What logits are divided by first, so that their scale does not matter.
    curves_ : list of ndarray, shape (n_bins, 2)
        Where each bin begins and its calibrated log-odds, for class 1; with more than two classes for every class.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        0: nothing is optimised.

    Parameters
    ----------
    n_bins : int, default 15
        Bins of equal weight; equal log-odds share one.

    See Also
    --------
    IsotonicCalibration : chooses its bins itself, and keeps the order of rows.

    Notes
    -----
    Calibrated by construction, and coarse: all rows of a bin get the same probability. One row with the bin's mean
    tempered probability is added to every bin, so that none is 0 or 1. More than two classes: one against the rest, and
    the results divided by their sum.

    Source: Zadrozny, Elkan, *ICML* (2001).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=5000)
    >>> y = (rng.random(5000) < sm.sigmoid(3 * logits)).astype(int)
    >>> len(set(sm.HistogramBinning(n_bins=5).fit(logits, y).transform(logits)))
    5
    """

    method = "histogram"

    def __init__(self, *, n_bins: int = 15) -> None:
        self.n_bins = n_bins

    def fit_event(self, event: Event) -> Array:
        """Cut the distinct log-odds into bins of equal weight."""
        n_bins = as_integer(self.n_bins, "n_bins", low=1)
        odds, weight, came = grouped(event)
        before = np.cumsum(weight) - 0.5 * weight
        numbers, cell = np.unique(np.floor(before * (n_bins / weight.sum())), return_inverse=True)
        begins = np.searchsorted(cell, np.arange(len(numbers)))
        total = np.bincount(cell, weight)
        mean = np.bincount(cell, weight / (1.0 + np.exp(-odds))) / total
        mean = np.clip(mean, 1e-12, 1.0 - 1e-12)
        return np.stack([odds[begins], logit((np.bincount(cell, came) + mean) / (total + 1.0))], axis=1)

    def odds(self, map: Array, odds: Array) -> Array:
        """Look the bin up."""
        if not len(map):
            return odds
        place = np.searchsorted(map[:, 0], np.where(np.isnan(odds), -np.inf, odds), side="right") - 1
        return np.asarray(map[np.maximum(place, 0), 1])
