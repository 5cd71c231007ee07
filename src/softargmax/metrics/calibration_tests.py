"""Tests of calibration: would a calibrated model show what was seen?"""

import math

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import CalibrationTest
from softargmax._options import as_real
from softargmax.metrics._judged import Aspect, Judged
from softargmax.metrics._kernel_error import kernel_test
from softargmax.metrics._numerics import sum_of_products
from softargmax.metrics._ranked import RankedRows
from softargmax.metrics._sampled_rows import SampledRows


def kolmogorov_smirnov(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    sample_weight: npt.ArrayLike | None = None,
) -> CalibrationTest:
    r"""Test whether the top probability and accuracy drift apart, by the largest sum of differences.

    .. math:: D = \max_t \Bigl\lvert \sum_{c_i \le t} w_i (\mathrm{correct}_i - c_i) \Bigr\rvert \Big/
              \sqrt{\textstyle\sum_i w_i^2 c_i (1 - c_i)}

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.

    Returns
    -------
    CalibrationTest
        Its statistic, in standard deviations of a calibrated model, and its p-value.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    kuiper : also sees excesses that are made up for later.
    expected_calibration_error : how large, not how surprising.

    Notes
    -----
    Of a calibrated model the sums are a random walk, D the largest distance of Brownian motion from 0. No bins.
    Source: Arrieta-Ibarra, Gujral, Tannen, Tygert, Xu, *JMLR* 23 (2022); Gupta et al., *ICLR* (2021).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 100
    >>> print(metrics.kolmogorov_smirnov([0] * 80 + [1] * 20, probabilities=p))
    0.0000 (p = 1)
    >>> print(metrics.kolmogorov_smirnov([0] * 60 + [1] * 40, probabilities=p))
    5.0000 (p = 1.15e-06)
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return walk_tests(RankedRows.of(judged, of))[0]


def kuiper(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    sample_weight: npt.ArrayLike | None = None,
) -> CalibrationTest:
    r"""Test whether the top probability and accuracy drift apart, by the range of the sums of differences.

    .. math:: V = \max_{s, t} \Bigl\lvert \sum_{s < c_i \le t} w_i (\mathrm{correct}_i - c_i) \Bigr\rvert \Big/
              \sqrt{\textstyle\sum_i w_i^2 c_i (1 - c_i)}

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.

    Returns
    -------
    CalibrationTest
        Its statistic, in standard deviations of a calibrated model, and its p-value.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    kolmogorov_smirnov : sums from the lowest probability only.

    Notes
    -----
    The worst run of probabilities, wherever it begins and ends; of a calibrated model V is the range of Brownian
    motion. Source: Arrieta-Ibarra, Gujral, Tannen, Tygert, Xu, *JMLR* 23 (2022); Feller, *Ann. Math. Statist.* 22
    (1951).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 100
    >>> print(metrics.kuiper([0] * 80 + [1] * 20, probabilities=p))
    0.0000 (p = 1)
    >>> print(metrics.kuiper([0] * 60 + [1] * 40, probabilities=p))
    5.0000 (p = 2.29e-06)
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return walk_tests(RankedRows.of(judged, of))[1]


def spiegelhalter(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
) -> CalibrationTest:
    r"""Test whether the Brier score is what the probabilities themselves predict.

    .. math:: Z = \sum_i w_i (B_i - \mathrm{E} B_i) \Big/ \sqrt{\textstyle\sum_i w_i^2 \operatorname{Var} B_i},
              \qquad B_i = \sum_j (p_{ij} - [j = y_i])^2

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.

    Returns
    -------
    CalibrationTest
        Z, nearly standard normal for a calibrated model and positive for an over-confident one, and its p-value.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    kolmogorov_smirnov : sees departures that leave the Brier score as it is.

    Notes
    -----
    Two-sided. For two classes it is Spiegelhalter's; for more, mean and variance of the Brier score are those of all
    probabilities of a row, :math:`1 - \sum_j p_j^2` and :math:`4 (\sum_j p_j^3 - (\sum_j p_j^2)^2)`. Source:
    Spiegelhalter, *Statistics in Medicine* 5 (1986).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 100
    >>> print(metrics.spiegelhalter([0] * 80 + [1] * 20, probabilities=p))
    0.0000 (p = 1)
    >>> print(metrics.spiegelhalter([0] * 60 + [1] * 40, probabilities=p))
    5.0000 (p = 5.73e-07)
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return spiegelhalter_test(spiegelhalter_sums(judged), judged.n)


def kernel_calibration_test(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    bandwidth: float | None = None,
    sample_weight: npt.ArrayLike | None = None,
) -> CalibrationTest:
    r"""Test whether rows with similar probabilities err alike: all classes at once, and the predicted label.

    .. math:: \sum_{i \ne j} w_i w_j\, k(p_i, p_j)\, (e_{y_i} - p_i) \cdot (e_{y_j} - p_j),
              \qquad k(p, q) = \exp(-\lVert p - q \rVert / \nu)

    and the same sum with the top probability in the place of p, and whether it was right in that of e.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    bandwidth : float, optional
        The distance ν at which two rows stop being similar; no two are farther apart than 1.42. By default half of
        the median distance of two rows, for each of the sums its own.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.

    Returns
    -------
    CalibrationTest
        The two sums, each in units of its own spread, added, in standard deviations of what a calibrated model shows;
        its one-sided p-value, which is never below .002; and n, how many rows were looked at.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    spiegelhalter : one number per row, no pairs.

    Notes
    -----
    Sees what tests of the top probability cannot, such as two classes whose probabilities are swapped. What a
    calibrated model shows is drawn: 499 times labels are drawn from the probabilities themselves, and the p-value is
    the rank of the observed sum among the drawn ones. So a calibrated model has a p-value of .05 or less in 5 % of
    cases, however few rows there are, whatever their weights, and however many of them are equal.

    Pairs are those of all rows up to 4096 (of more than eight classes 32768 probabilities, but no fewer than 512
    rows), and of a sample of more. The sample and the draws are decided by the values of the rows, so that their order
    does not matter. The kernel of all classes is known from the distances to 32 of the rows (Nyström's approximation).
    Source: Widmann, Lindsten, Zachariah, *NeurIPS* (2019); for drawn labels Vaicenavicius et al., *AISTATS* (2019).

    Examples
    --------
    >>> import numpy as np
    >>> from softargmax import metrics
    >>> p = np.tile([0.8, 0.2], (100, 1))
    >>> metrics.kernel_calibration_test([0, 0, 0, 0, 1] * 20, probabilities=p).p_value
    1.0
    >>> metrics.kernel_calibration_test([0, 1] * 50, probabilities=p).p_value
    0.002
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    if bandwidth is not None:
        bandwidth = as_real(bandwidth, "bandwidth", low=0.0, open_low=True)
    return kernel_test(SampledRows.of(judged), bandwidth)


def walk_tests(ranked: RankedRows) -> tuple[CalibrationTest, CalibrationTest]:
    """Test the walk of the residuals: its distance from 0, and its range."""
    walk = np.concatenate([[0.0], np.cumsum(ranked.residual)])
    c = ranked.probability
    deviation = math.sqrt(sum_of_products(ranked.weight, c * (1.0 - c)))
    # Sums that are 0 but for rounding are no sign of anything.
    walk[np.abs(walk) <= 1e-13 * ranked.total] = 0.0
    distance, span = _ratio(float(np.abs(walk).max()), deviation), _ratio(float(np.ptp(walk)), deviation)
    return CalibrationTest(distance, _distance_p(distance), ranked.n), CalibrationTest(span, _range_p(span), ranked.n)


def spiegelhalter_sums(judged: Judged) -> Array:
    """Sum what the Brier scores are above expectation, and their variances."""
    squares, cubes = judged.sum_of_squares, judged.sum_of_cubes
    excess = judged.squared_error - (1.0 - squares)
    variance = 4.0 * np.maximum(cubes - np.square(squares), 0.0)
    weight = judged.weight
    return np.array([sum_of_products(weight, excess), sum_of_products(weight, variance), weight.sum()])


def spiegelhalter_test(sums: Array, n: int) -> CalibrationTest:
    """Test the sums against the normal distribution, on both sides."""
    excess = float(sums[0])
    z = math.copysign(_ratio(abs(excess) if abs(excess) > 1e-12 * sums[2] else 0.0, math.sqrt(float(sums[1]))), excess)
    return CalibrationTest(z, math.erfc(abs(z) / math.sqrt(2.0)), n)


def _ratio(x: float, deviation: float) -> float:
    if deviation > 0.0:
        return x / deviation
    return math.inf if x > 0.0 else 0.0


def _above(x: float) -> float:
    """Give the probability that a standard normal number is larger."""
    return 0.5 * math.erfc(x / math.sqrt(2.0))


def _distance_p(x: float) -> float:
    """Give the probability that Brownian motion on [0, 1] leaves [-x, x]; two series, each where it is short."""
    odd = range(1, 40, 2)
    signs = [(-1.0) ** k for k in range(len(odd))]
    if x > 1.0:
        return 4.0 * sum(sign * _above(k * x) for sign, k in zip(signs, odd, strict=True))
    if x < 0.1:
        return 1.0
    stays = sum(sign / k * math.exp(-((k * math.pi / x) ** 2) / 8.0) for sign, k in zip(signs, odd, strict=True))
    return 1.0 - 4.0 / math.pi * stays


def _range_p(x: float) -> float:
    """Give the probability that the range of Brownian motion on [0, 1] exceeds x (Feller, 1951)."""
    if x < 0.4:
        return 1.0  # but for 1e-50
    return min(1.0, 8.0 * sum((-1.0) ** (k - 1) * k * _above(k * x) for k in range(1, 101)))
