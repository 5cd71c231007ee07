"""Accuracy, log loss and Brier score, one by one; `usual_scores` has them together."""

import numpy.typing as npt

from softargmax._estimate import Estimate, Interval, wilson_interval
from softargmax._options import as_flag, as_integer
from softargmax._renamed import renamed
from softargmax.metrics._judged import WORDS_OF_ASPECT, Judged, largest_brier_score
from softargmax.metrics._mean_moments import MeanMoments


@renamed(bootstrap="interval")
def accuracy(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the share of rows whose most probable class is the true one.

    .. math:: \frac{1}{n} \sum_i [\arg\max_j p_{ij} = y_i]

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1. The first of
        equal maxima is the prediction.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative.
    interval : Interval, optional
        Its confidence is all that matters here.

    Returns
    -------
    Estimate
        Between 0 and 1.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    log_loss : also rewards knowing how sure to be.

    Notes
    -----
    The interval is Wilson's: resampling rows that are all right shows no spread and would claim certainty. Source:
    Wilson, *J. Amer. Statist. Assoc.* (1927).

    Examples
    --------
    >>> from softargmax import metrics
    >>> print(metrics.accuracy([0, 1, 1, 0], probabilities=[[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]]))
    1.0000 [0.5101, 1.0000]
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return share_within(judged, 1, interval or Interval())


@renamed(bootstrap="interval")
def top_k_accuracy(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    k: int | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the share of rows whose true class is among the k most probable.

    .. math:: \frac{1}{n} \sum_i [\mathrm{rank}_i(y_i) \le k]

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    k : int, optional
        How many guesses count; of equal scores, the first comes first. By default 5, but one less than there are
        classes where those are five or fewer: with as many guesses as classes everybody is right.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    accuracy : k = 1.

    Notes
    -----
    Unlike scikit-learn's ``top_k_accuracy_score``, ties go by the order of the classes, as they do for the
    prediction itself, so that k = 1 is `accuracy`. Source: Russakovsky et al., *IJCV* 115 (2015).

    Examples
    --------
    >>> from softargmax import metrics
    >>> metrics.top_k_accuracy([2, 1], logits=[[3.0, 1.0, 2.0], [3.0, 1.0, 2.0]], k=2).value
    0.5
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    k = usual_k(judged.n_classes) if k is None else as_integer(k, "k", low=1, high=judged.n_classes)
    return share_within(judged, k, interval or Interval())


@renamed(bootstrap="interval")
def log_loss(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the mean cost, in nats, of the probabilities given to what was true.

    .. math:: -\frac{1}{n} \sum_i \log p_{i y_i}

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1. Logits keep
        the digits that saturated probabilities have lost.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        0 or more; +inf if something true was given probability 0.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    softargmax.cross_entropy : the same number as a loss, with a gradient.

    Notes
    -----
    Nothing is clipped: scikit-learn's ``log_loss`` hides a probability of 0. Losses have a long tail, so the
    interval is corrected for skewness (Hall, *J. Roy. Statist. Soc. B* 54, 1992), which covers as well as resampling
    the studentised mean; no interval knows of rare errors of which the rows hold none. Source: Good, *J. Roy. Statist.
    Soc. B* 14 (1952).

    Examples
    --------
    >>> from softargmax import metrics
    >>> round(metrics.log_loss([0, 1], probabilities=[[0.5, 0.5], [0.5, 0.5]]).value, 12)
    0.69314718056
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return mean_log_loss(judged).estimate((interval or Interval()).confidence)


@renamed(bootstrap="interval")
def brier_score(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    scale_by_half: bool | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the mean squared distance between probabilities and what was true.

    .. math:: \frac{1}{n} \sum_i (p_i - y_i)^2 \text{ for two classes}, \qquad
              \frac{1}{n} \sum_i \sum_j (p_{ij} - [j = y_i])^2 \text{ for more}

    with p_i the probability of class 1 of two classes.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    scale_by_half : bool, optional
        Whether half of the sum over all classes is given, or the sum. By default half for two classes, as above, and
        the sum for more.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1 if halved, else between 0 and 2.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    log_loss : unbounded, and harder on confident errors.

    Notes
    -----
    Of two classes it is what papers print, and what scikit-learn's ``brier_score_loss`` gives by default: half of the
    sum over both, whose terms are equal. Of more it is Brier's original sum over all classes; scikit-learn has the
    same word for both. Probabilities of one half
    score 1/4. Source: Brier, *Monthly Weather Review* 78 (1950).

    Examples
    --------
    >>> from softargmax import metrics
    >>> metrics.brier_score([0, 1], probabilities=[0.5, 0.5]).value
    0.25
    >>> round(metrics.brier_score([0, 1], probabilities=[[0.5, 0.25, 0.25], [0.0, 0.5, 0.5]]).value, 12)
    0.4375
    >>> metrics.brier_score([0, 1], probabilities=[0.5, 0.5], scale_by_half=False).value
    0.5
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    half = judged.n_classes == 2 if scale_by_half is None else as_flag(scale_by_half, "scale_by_half")
    factor = 0.5 if half else 1.0
    mean = MeanMoments.of(factor * judged.squared_error, judged.weight, judged.n)
    return mean.estimate((interval or Interval()).confidence, high=2.0 * factor)


def usual_k(n_classes: int) -> int:
    """Give how many guesses count unless somebody says it: never all classes, among which the true one always is."""
    return min(5, n_classes - 1)


def share_within(judged: Judged, k: int, interval: Interval) -> Estimate:
    """Estimate the share of rows whose true class is among the first k."""
    inside = float(judged.weight[judged.rank < k].sum())
    total = float(judged.weight.sum())
    return proportion(inside / total, total, judged.n, interval)


def proportion(share: float, effective: float, n: int, interval: Interval) -> Estimate:
    """Estimate a share of so many effective rows."""
    share = min(share, 1.0)
    low, high = wilson_interval(share, effective, interval.confidence)
    return Estimate(share, float(low), float(high), interval.confidence, n, "wilson")


def mean_log_loss(judged: Judged) -> MeanMoments:
    """Sum log losses up."""
    return MeanMoments.of(judged.log_loss, judged.weight, judged.n)


def mean_brier_score(judged: Judged) -> MeanMoments:
    """Sum Brier scores up."""
    return MeanMoments.of(judged.brier_score, judged.weight, judged.n)


def measured_by(n_classes: int, of: str) -> str:
    """Say which Brier score and which calibration error it is, below a table that shows both."""
    brier = "that of class 1 (half of the sum over both)" if n_classes == 2 else "the sum over all classes"
    return f"The Brier score is {brier}; the calibration error is that {WORDS_OF_ASPECT[of]}."


def brier_estimate(mean: MeanMoments, n_classes: int, interval: Interval) -> Estimate:
    """Estimate a mean Brier score."""
    return mean.estimate(interval.confidence, high=largest_brier_score(n_classes))
