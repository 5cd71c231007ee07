"""What acting from some risk on gains: net benefit, and its curve over thresholds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating
from softargmax._estimate import Estimate, Interval
from softargmax._options import as_real
from softargmax._renamed import provisional
from softargmax.exceptions import ArgumentError
from softargmax.metrics._benefit import benefits
from softargmax.metrics._judged import Judged
from softargmax.metrics._plain import Plain
from softargmax.metrics._ranked import RankedRows
from softargmax.metrics.ranking import check_two_classes


@provisional
@dataclass(frozen=True, eq=False)
class DecisionCurve(Plain):
    """What acting from each of some risks on gains, beside acting on everyone and on no one.

    Attributes
    ----------
    n : int
        How many rows were seen.
    confidence : float
        That of the intervals, each for itself.
    threshold : ndarray, shape (n_thresholds,)
        The risk from which one acts.
    net_benefit, low, high : ndarray, shape (n_thresholds,)
        The net benefit of acting as the model says, with its interval. Acting on no one has 0.
    benefit_of_all : ndarray, shape (n_thresholds,)
        That of acting on everyone.
    gain_over_all, gain_low, gain_high : ndarray, shape (n_thresholds,)
        What the model gains over acting on everyone, with its interval, of the same rows: above 0 it is worth having.
    """

    n: int
    confidence: float
    threshold: Array
    net_benefit: Array
    low: Array
    high: Array
    benefit_of_all: Array
    gain_over_all: Array
    gain_low: Array
    gain_high: Array


@provisional
def decision_curve(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    thresholds: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> DecisionCurve:
    r"""Measure what acting from a risk on gains, for many risks: decision curve analysis.

    .. math:: \text{net benefit}(t) = P(p \ge t, y = 1) - \frac{t}{1 - t} P(p \ge t, y = 0)

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes, 0 and 1.
    logits, probabilities : array-like, shape (n_rows, 2) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    thresholds : array-like, shape (n_thresholds,), optional
        Risks above 0 and below 1; .01 to .99 by default. Look only at those from which somebody would act.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the intervals are made.

    Returns
    -------
    DecisionCurve

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit, and for more than two classes.

    See Also
    --------
    net_benefit : at one threshold.
    softargmax.bayes_decision : the action itself, for any costs.

    Notes
    -----
    Who acts from a risk of 20 % on says that to miss one event is as bad as four false alarms: so false alarms count a
    quarter, t / (1 - t). A net benefit of .05 is that of 5 events found in 100 rows without any false alarm. Every
    interval is for its own threshold. Source: Vickers, Elkin, *Medical Decision Making* 26 (2006); Vickers, van
    Calster, Steyerberg, *BMJ* 352 (2016), i6; the interval: Zou, Donner, *Statistics in Medicine* 27 (2008).

    Examples
    --------
    >>> from softargmax import metrics
    >>> curve = metrics.decision_curve([0, 0, 1, 1], probabilities=[0.1, 0.4, 0.4, 0.8], thresholds=[0.2, 0.5])
    >>> curve.net_benefit, curve.benefit_of_all
    (array([0.4375, 0.25  ]), array([0.375, 0.   ]))
    """
    at = np.arange(1, 100) / 100.0 if thresholds is None else as_floating(thresholds, "thresholds").astype(np.float64)
    if at.ndim != 1 or not at.size or not ((at > 0.0) & (at < 1.0)).all():
        raise ArgumentError(
            "thresholds: expected a list of risks above 0 and below 1, from which one would act", parameter="thresholds"
        )
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    check_two_classes(judged)
    interval = interval or Interval()
    found = benefits(RankedRows.of(judged, "positive"), at, interval)
    return DecisionCurve(n=judged.n, confidence=interval.confidence, threshold=at, **found)


@provisional
def net_benefit(
    targets: npt.ArrayLike,
    /,
    *,
    threshold: float,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure what acting from one risk on gains.

    .. math:: P(p \ge t, y = 1) - \frac{t}{1 - t} P(p \ge t, y = 0)

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes, 0 and 1.
    threshold : float
        The risk t from which one acts, above 0 and below 1. The interval is for a threshold that was not chosen by
        these rows.
    logits, probabilities : array-like, shape (n_rows, 2) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        At most the share of class 1; 0 is that of acting on no one.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit, and for more than two classes.

    See Also
    --------
    decision_curve : at many thresholds, beside acting on everyone; it has the sources.

    Examples
    --------
    >>> from softargmax import metrics
    >>> metrics.net_benefit([0, 0, 1, 1], probabilities=[0.1, 0.4, 0.4, 0.8], threshold=0.2).value
    0.4375
    """
    at = as_real(threshold, "threshold", low=0.0, high=1.0, open_low=True, open_high=True)
    curve = decision_curve(
        targets,
        logits=logits,
        probabilities=probabilities,
        thresholds=[at],
        sample_weight=sample_weight,
        interval=interval,
    )
    value, low, high = (float(column[0]) for column in (curve.net_benefit, curve.low, curve.high))
    return Estimate(value, low, high, curve.confidence, curve.n, "mover")
