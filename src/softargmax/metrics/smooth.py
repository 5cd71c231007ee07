"""The calibration error without bins."""

import numpy as np
import numpy.typing as npt

from softargmax._estimate import Estimate, Interval
from softargmax._renamed import renamed
from softargmax.metrics._binned import Binned
from softargmax.metrics._inversion import Gaps, absolute
from softargmax.metrics._judged import Aspect, Judged
from softargmax.metrics._ranked import RankedRows, width_bins
from softargmax.metrics._smoothing import kernel_matrix, smooth_error

# Cells of probability that are resampled: four per bandwidth, within bounds. On two trained networks and rows of a
# calibrated model, half or twice as many moved no end of an interval by more than 0.2 %.
_FEWEST, _MOST = 64, 1024


@renamed(bootstrap="interval")
def smooth_calibration_error(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the calibration error with smoothing instead of bins.

    .. math:: \mathrm{smECE} = \sigma^* \text{ with } \int_0^1 \Bigl\lvert \frac{1}{n}
              \sum_i (\mathrm{correct}_i - c_i)\, K_{\sigma^*}(t, c_i) \Bigr\rvert\, dt = \sigma^*

    for top probabilities c and a Gaussian kernel K that is reflected at 0 and 1. The bandwidth is no choice:
    there is one at which the integral equals it.

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
    expected_calibration_error : with bins.

    Notes
    -----
    Within a factor of two of the distance to the nearest calibrated model, and continuous in the probabilities, which
    binned errors are not. The integral is computed to 1e-9 relative, from a cosine series. The package relplot and
    its ports count rows of top probability 1 at half weight, which makes them wrong for models that are sure of
    themselves. An error below 1e-4 is known to be below it, not where. The interval smooths with the bandwidth
    found. Source: Błasiok, Nakkiran, *ICLR* (2024), arXiv 2309.12236.

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 10
    >>> round(metrics.smooth_calibration_error([0] * 7 + [1] * 3, probabilities=p).value, 12)
    0.1
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return smoothed_error(RankedRows.of(judged, of), interval or Interval())


def smoothed_error(ranked: RankedRows, interval: Interval) -> Estimate:
    """Estimate what is ranked."""
    value = smooth_error(ranked.probability, ranked.residual / ranked.total)
    n_cells = int(np.clip(np.ceil(4.0 / max(value, 1e-9)), _FEWEST, _MOST))
    sums = Binned.of(ranked, width_bins(ranked.probability, n_cells), n_cells)
    kernel = kernel_matrix(max(value, 1.0 / n_cells), n_cells)[sums.weight > 0.0]
    gaps = sums.gaps(interval)
    # With the bandwidth of the value, a true error above it gives a norm that is larger still, one below it a
    # smaller one: an interval for the norm is one for the error, a little too wide.
    smoothed = Gaps(gaps.gap @ kernel, gaps.noise @ kernel, gaps.plausible @ kernel)
    return smoothed.estimate(absolute, interval, ranked.n, value=value)
