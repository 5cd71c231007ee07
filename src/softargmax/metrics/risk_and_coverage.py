"""How good are the answers if the least sure are withheld: risk against coverage."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval, wilson_interval
from softargmax._options import as_real
from softargmax._renamed import gone_attributes, renamed
from softargmax.metrics._judged import Judged
from softargmax.metrics._mean_moments import MeanMoments
from softargmax.metrics._numerics import digamma, sum_of_products
from softargmax.metrics._plain import Plain
from softargmax.metrics._ranked import RankedRows


@dataclass(frozen=True, eq=False)
class RiskCoverage(Plain):
    """The risk of every coverage that a threshold on the top probability can give, the surest rows first.

    Attributes
    ----------
    coverage : ndarray, shape (n_points,)
        The share of rows that are answered; ascending, up to 1.
    risk, low, high : ndarray, shape (n_points,)
        The share of errors among those, and its interval.
    top_probability : ndarray, shape (n_points,)
        The threshold: rows of at least this largest probability are answered.
    n : int
        How many rows were seen.
    """

    coverage: Array
    risk: Array
    low: Array
    high: Array
    top_probability: Array
    n: int

    if not TYPE_CHECKING:
        __getattr__ = gone_attributes(confidence="top_probability")


@renamed(bootstrap="interval")
def risk_coverage(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> RiskCoverage:
    r"""Give the share of errors among the most confident rows, for every share of rows that is answered.

    .. math:: R(c) = \frac{\sum_{i : c_i \ge t} [\hat y_i \ne y_i]}{\#\{i : c_i \ge t\}}
              \quad \text{at coverage}\quad c = \#\{i : c_i \ge t\} / n

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    RiskCoverage
        One entry per distinct top probability.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    aurc, augrc : the curve as one number.
    coverage_at_risk : one point of it, read the other way.

    Notes
    -----
    Rows of equal top probability are answered together, since no threshold can part them. Intervals are Wilson's, for
    one coverage at a time. Source: El-Yaniv, Wiener, *JMLR* 11 (2010).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]]
    >>> metrics.risk_coverage([0, 0, 1, 0], probabilities=p).risk
    array([0.        , 0.        , 0.33333333, 0.25      ])
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return curve(RankedRows.of_sureness(judged), interval or Interval())


@renamed(bootstrap="interval")
def aurc(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the area under the risk-coverage curve.

    .. math:: \mathrm{AURC} = \frac{1}{n} \sum_{k=1}^{n}
              \frac{\#\{\text{errors among the } k \text{ most confident}\}}{k}

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1; small if errors are few, and the least confident.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    augrc : does not count the errors of confident rows again and again.
    risk_coverage : the curve.

    Notes
    -----
    The mean over all orders of rows that are equally confident, in closed form: other implementations give what the
    order of the rows happens to be. The interval comes from influence values. Source: Geifman, Uziel, El-Yaniv,
    *ICLR* (2019).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]]
    >>> round(metrics.aurc([0, 0, 1, 0], probabilities=p).value, 12)
    0.145833333333
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return risk_area(RankedRows.of_sureness(judged), interval or Interval())


@renamed(bootstrap="interval")
def augrc(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the area under the generalised risk-coverage curve: the mean risk of undetected errors.

    .. math:: \mathrm{AUGRC} = \int_0^1 P(\text{error and answered at coverage } c)\, dc
              = (1 - \mathrm{AUROC})\, a (1 - a) + \tfrac12 (1 - a)^2

    for accuracy a and the AUROC with which the top probability tells right from wrong.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1/2.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    aurc : the risk among what is answered instead.

    Notes
    -----
    Exact for ties, which count half. The interval comes from influence values. Source: Traub et al., *NeurIPS*
    (2024), arXiv 2407.01032.

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]]
    >>> metrics.augrc([0, 0, 1, 0], probabilities=p).value
    0.09375
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return generalised_risk_area(RankedRows.of_sureness(judged), interval or Interval())


@renamed(bootstrap="interval")
def coverage_at_risk(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    risk: float = 0.05,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the largest share of rows that can be answered with at most so many errors among them.

    .. math:: \max \{ c : R(c) \le r \}

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    risk : float, default 0.05
        The share of errors r that is accepted.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1; 0 if no threshold will do.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    risk_coverage : the whole curve.

    Notes
    -----
    The interval holds the coverages next to it at which the risk cannot be told from r (Wilson's intervals). It is
    no guarantee for a threshold chosen on the same rows. Source: Geifman, El-Yaniv, *NeurIPS* (2017).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]]
    >>> metrics.coverage_at_risk([0, 0, 1, 0], probabilities=p, risk=0.1).value
    0.5
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    risk = as_real(risk, "risk", low=0.0, high=1.0)
    interval = interval or Interval()
    return answered_share(curve(RankedRows.of_sureness(judged), interval), risk, interval)


def curve(ranked: RankedRows, interval: Interval) -> RiskCoverage:
    """Sum from the most confident down."""
    weight, errors = np.cumsum(ranked.weight[::-1]), np.cumsum(ranked.errors[::-1])
    share = errors / weight
    low, high = wilson_interval(share, weight, interval.confidence)
    return RiskCoverage(weight / weight[-1], share, low, high, ranked.probability[::-1].copy(), ranked.n)


def risk_area(ranked: RankedRows, interval: Interval) -> Estimate:
    """Estimate the area under the curve of the risk."""
    weight, errors = ranked.weight[::-1], ranked.errors[::-1]
    if np.any(weight != np.rint(weight)):  # weights that are no counts have no scale; one row has weight 1
        weight, errors = weight * (ranked.n / ranked.total), errors * (ranked.n / ranked.total)
    total = float(weight.sum())
    after = np.cumsum(weight)
    before = after - weight
    # 1/(before + 1) + ... + 1/after: the coverages at which these rows are answered one by one.
    psi = digamma(np.concatenate([[0.0], after]) + 1.0)
    harmonic = np.where(weight == 1.0, 1.0 / (before + 1.0), np.diff(psi))
    # What an error here adds: to the risk while its own ties are answered, and to that of all later coverages.
    price = 1.0 - before * harmonic / weight + _later(harmonic)
    value = sum_of_products(errors, price) / total
    # One more row here pushes every error below it one place back.
    pushed = np.cumsum((errors / after)[::-1])[::-1]
    influence = np.array([price, np.zeros_like(price)]) - pushed
    return _by_influence(value, influence, ranked, interval)


def generalised_risk_area(ranked: RankedRows, interval: Interval) -> Estimate:
    """Estimate the area under the curve of errors that are answered."""
    weight, errors = ranked.weight[::-1], ranked.errors[::-1]
    total = ranked.total
    below = 1.0 - (np.cumsum(weight) - 0.5 * weight) / total
    above = (np.cumsum(errors) - 0.5 * errors) / total
    value = sum_of_products(errors, below) / total
    influence = np.array([below, np.zeros_like(below)]) + above
    return _by_influence(value, influence, ranked, interval)


def answered_share(points: RiskCoverage, risk: float, interval: Interval) -> Estimate:
    """Estimate the coverage of a risk."""
    (within,) = np.nonzero(points.risk <= risk)
    place = int(within[-1]) if len(within) else -1
    value = float(points.coverage[place]) if len(within) else 0.0
    (safe,) = np.nonzero(points.high[: place + 1] < risk)
    (unsafe,) = np.nonzero(points.low[place + 1 :] > risk)
    low = float(points.coverage[safe[-1]]) if len(safe) else 0.0
    high = float(points.coverage[place + 1 + unsafe[0]]) if len(unsafe) else 1.0
    return Estimate(value, low, high, interval.confidence, points.n, "inversion")


def _later(values: Array) -> Array:
    """Sum what comes after every place."""
    return np.asarray(np.cumsum(values[::-1])[::-1] - values)


def _by_influence(value: float, influence: Array, ranked: RankedRows, interval: Interval) -> Estimate:
    """Treat the influence of every row, wrong ones first, as if the value were their mean."""
    weight = np.concatenate([ranked.errors[::-1], ranked.correct[::-1]])
    moments = MeanMoments.of(influence.ravel(), weight, ranked.n)
    return replace(moments, mean=value).estimate(interval.confidence, 0.0, 1.0, "influence")
