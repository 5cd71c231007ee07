"""Expected calibration error: how far confidence is from accuracy."""

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._options import as_integer
from softargmax.metrics._judged import Judged
from softargmax.metrics.estimate import Bootstrap, Estimate


def expected_calibration_error(
    targets: npt.ArrayLike,
    /,
    *,
    probabilities: npt.ArrayLike | None = None,
    logits: npt.ArrayLike | None = None,
    n_bins: int = 15,
    sample_weight: npt.ArrayLike | None = None,
    bootstrap: Bootstrap | None = None,
) -> Estimate:
    r"""Measure how far the confidence in the predicted label is from its accuracy.

    .. math:: \\mathrm{ECE} = \\sum_b \\frac{n_b}{n}\\, \\lvert \\mathrm{acc}_b - \\mathrm{conf}_b \\rvert

    over bins of equal width; confidence is the largest probability of a row.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    probabilities, logits : array-like, shape (n_rows, n_classes)
        What is judged: exactly one of them.
    n_bins : int, default 15
        Bins (k / n, (k + 1) / n]; the first also holds 0.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative.
    bootstrap : Bootstrap, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1; 0 is perfectly calibrated.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    softargmax.TemperatureScaling : makes it smaller.

    Notes
    -----
    The binned value is too large on average, because noise in a bin counts as error, and resampling adds the
    same noise once more. The interval is therefore the basic bootstrap one, 2 value - quantile, which takes
    the noise out again; it is widened to hold the value itself.
    Source: Guo, Pleiss, Sun, Weinberger, *ICML* (2017); Davison, Hinkley, *Bootstrap Methods* (1997), 5.2.

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 10
    >>> round(metrics.expected_calibration_error([0] * 7 + [1] * 3, probabilities=p).value, 12)
    0.1
    """
    judged = Judged.of(targets, probabilities, logits, sample_weight)
    return binned_error(judged, n_bins, bootstrap or Bootstrap())


def binned_error(judged: Judged, n_bins: int, bootstrap: Bootstrap) -> Estimate:
    """Estimate the error of what was checked already."""
    n_bins = as_integer(n_bins, "n_bins", low=1)
    bins = np.clip(np.ceil(judged.confidence * n_bins).astype(np.int64) - 1, 0, n_bins - 1)
    n = len(bins)
    columns = np.zeros((n, n_bins + 1))
    columns[np.arange(n), bins] = judged.weight * (judged.correct - judged.confidence)
    columns[:, -1] = judged.weight
    value = float(_error(columns.sum(axis=0)))
    sums = np.concatenate([counts @ columns for counts in bootstrap.counts(n)])
    low, high = bootstrap.quantiles(_error(sums[sums[:, -1] > 0.0]))
    return Estimate(
        value,
        max(0.0, min(value, 2.0 * value - high)),
        min(1.0, max(value, 2.0 * value - low)),
        bootstrap.confidence,
        n,
    )


def _error(sums: Array) -> Array:
    return np.asarray(np.abs(sums[..., :-1]).sum(axis=-1) / sums[..., -1])
