"""Binary calibrations without a formula: increasing curves, and bins."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import ArrayField, Field, FlagField, RealField, TablesField
from softargmax._isotonic import level_starts
from softargmax._logits import steady
from softargmax._options import as_integer
from softargmax.calibration._binary import LARGEST, BinaryCalibration, Event
from softargmax.calibration._labelled import LabelledRows
from softargmax.calibration._start import Start

# The part of a step between two levels of an isotonic curve that rises within either of them; the rest rises between
# the last row of one and the first of the next. Straight lines from middle to middle (centred isotonic regression) were
# tried first: where a long level of sure rows borders on unsure ones they made many sure rows unsure, and on the two
# language sets of docs/trust.md the log loss was 1.24 and .51 instead of .21 and .12. With no rise within, all rows of
# a level would tie. A quarter lies between, chosen by hand.
_WITHIN = 0.25


class CurveCalibration(BinaryCalibration):
    """What these share: per event a table whose rows are knots; an empty one changes nothing.

    A curve that steps, or is steep, between two rows must not hang on the last bits of a new one. So log-odds are
    rounded (`steady`), at fit and afterwards; only those of a file of version 1 were not, whose knots are where they
    were.
    """

    _learned: ClassVar[dict[str, Field]] = {
        "temperature_": RealField(low=0.0, open_low=True),
        "shift_": ArrayField("K", optional=True),
        "curves_": TablesField(2),
        "rounded_": FlagField(optional=True),
        "optimality_": RealField(),
    }
    # Columns of a table.
    _width: ClassVar[int] = 2

    curves_: list[Array]
    rounded_: bool | None

    def _read(self, odds: Array) -> Array:
        """Round log-odds."""
        return steady(odds) if self.rounded_ else odds

    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        self.rounded_ = True
        return super()._learn(rows)

    def _keep(self, start: Start, curves: Sequence[Array | None]) -> None:
        self.temperature_, self.shift_, self.optimality_ = start.temperature, start.shift, 0.0
        self.curves_ = [np.empty((0, self._width)) if curve is None else curve for curve in curves]

    def _kept(self, number: int) -> Array:
        return self.curves_[number]

    def _check_learned(self) -> None:
        super()._check_learned()
        self._check_one_per_event(len(self.curves_))
        if any(np.abs(curve).max(initial=0.0) > LARGEST for curve in self.curves_):
            raise ValueError(f"curves: expected numbers up to {LARGEST:g}")
        if any(np.any(np.diff(curve[:, 0]) < 0.0) for curve in self.curves_):
            raise ValueError("curves: the knots are not in order")


def grouped(event: Event, most: int | None = None) -> tuple[Array, Array, Array]:
    """Give the distinct log-odds in order, the weight at each, and the weight of the rows where the event occurred.

    With `most`, neighbours are merged into about so many groups of equal weight, each at its mean.
    """
    odds, place = np.unique(event.odds, return_inverse=True)
    weight = np.bincount(place, event.weight)
    occurred = np.bincount(place, event.weight * event.occurred)
    if most is None or len(odds) <= most:
        return odds, weight, occurred
    cell = np.floor((np.cumsum(weight) - 0.5 * weight) * (most / weight.sum())).astype(np.int64)
    total = np.bincount(cell, weight)
    held = total > 0.0
    return (np.bincount(cell, weight * odds)[held] / total[held], total[held], np.bincount(cell, occurred)[held])


def log_odds_of(p: Array) -> Array:
    """Give log p - log(1 - p)."""
    return np.asarray(np.log(p) - np.log1p(-p))


class IsotonicCalibration(CurveCalibration):
    r"""Calibrate a probability by the increasing curve that fits best.

    .. math:: \min_{g \text{ increasing}} \sum_i s_i \bigl( g(l_i) - [y_i = 1] \bigr)^2

    Attributes
    ----------
    temperature_ : float
        What logits are divided by first, so that their scale does not matter.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that: for two classes always, for more where no temperature
        suits them as they are.
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

    kind = "isotonic"

    def _fit_event(self, event: Event) -> Array:
        """Pool adjacent violators, and put knots into the middle of every level and at its ends."""
        odds, weight, occurred = grouped(event)
        weight[0] += event.share
        occurred[0] += event.share
        weight[-1] += event.share
        starts = level_starts(occurred, weight)
        ends = np.append(starts[1:], len(odds))
        level = np.repeat(np.arange(len(starts)), ends - starts)
        total = np.bincount(level, weight)
        middle = np.bincount(level, weight * odds) / total
        height = log_odds_of(np.bincount(level, occurred) / total)
        steps = _WITHIN * np.diff(height)
        first, last = odds[starts], odds[ends - 1]
        knots = np.stack([first, middle, last], axis=1)
        heights = np.stack([height - np.append(0.0, steps), height, height + np.append(steps, 0.0)], axis=1)
        kept = np.ones(knots.shape, bool)
        kept[:, ::2] = (first < last)[:, np.newaxis]
        return np.stack([knots[kept], heights[kept]], axis=1)

    def _odds(self, curve: Array, odds: Array) -> Array:
        """Go straight from knot to knot; beyond the outermost ones the curve is constant."""
        return np.asarray(np.interp(odds, curve[:, 0], curve[:, 1])) if len(curve) else odds


class HistogramBinning(CurveCalibration):
    r"""Give every bin of log-odds the share of rows in it where the event occurred.

    .. math:: p'_b = \frac{\sum_{i \in b} s_i [y_i = 1] + \bar p_b}{\sum_{i \in b} s_i + 1}

    Attributes
    ----------
    temperature_ : float
        What logits are divided by first, so that their scale does not matter.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that: for two classes always, for more where no temperature
        suits them as they are.
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

    kind = "histogram"

    def __init__(self, *, n_bins: int = 15) -> None:
        self.n_bins = n_bins

    def _fit_event(self, event: Event) -> Array:
        """Cut the distinct log-odds into bins of equal weight."""
        n_bins = as_integer(self.n_bins, "n_bins", low=1)
        odds, weight, occurred = grouped(event)
        before = np.cumsum(weight) - 0.5 * weight
        numbers, cell = np.unique(np.floor(before * (n_bins / weight.sum())), return_inverse=True)
        begins = np.searchsorted(cell, np.arange(len(numbers)))
        total = np.bincount(cell, weight)
        mean = np.bincount(cell, weight / (1.0 + np.exp(-odds))) / total
        mean = np.clip(mean, 1e-12, 1.0 - 1e-12)  # a bin at log-odds of 40 has a mean that rounds to 1
        return np.stack([odds[begins], log_odds_of((np.bincount(cell, occurred) + mean) / (total + 1.0))], axis=1)

    def _odds(self, curve: Array, odds: Array) -> Array:
        """Give the calibrated log-odds of the bin that log-odds fall into."""
        if not len(curve):
            return odds
        place = np.searchsorted(curve[:, 0], np.where(np.isnan(odds), -np.inf, odds), side="right") - 1
        return np.asarray(curve[np.maximum(place, 0), 1])
