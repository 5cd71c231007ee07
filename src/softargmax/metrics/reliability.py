"""Reliability curves: how often it happens against its probability, and where that of a calibrated model lies."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import Interval
from softargmax._isotonic import isotonic, isotonic_rows
from softargmax._options import as_choice, as_integer
from softargmax._renamed import gone_attributes, provisional, renamed
from softargmax.metrics._binned_error import binned
from softargmax.metrics._judged import Aspect, Judged
from softargmax.metrics._plain import Plain
from softargmax.metrics._ranked import RankedRows, calibrated_draws
from softargmax.metrics._smooth_curve import smooth_curve
from softargmax.metrics.findings import Reliability

CURVES = ("width", "mass", "isotonic")
# Cells that are drawn from, instead of single rows, and curves that are fitted at most for a band: twice the cells make
# the isotonic band up to 7 % wider where most rows are nearly sure, four times the curves change it by 1 %.
_CELLS, _CURVES = 512, 1000


@dataclass(frozen=True, eq=False)
class ReliabilityCurve(Plain):
    """How often it happens at some probabilities, with the band where that of a calibrated model would lie.

    "It" is that the predicted label is right, or that class 1 of two classes is the true one.

    Attributes
    ----------
    binning : str
        "width", "mass" or "isotonic", as asked for.
    of : str
        "label" or "positive": whose probability it is.
    probability : ndarray, shape (n_points,)
        The mean of the probabilities in a bin, or the distinct ones of the isotonic curve; ascending.
    frequency, share : ndarray, shape (n_points,)
        How often it happened there, and the share of all rows that are there.
    band_low, band_high : ndarray, shape (n_points,)
        Where the frequency of a calibrated model would lie, one point at a time, with the probability ``confidence``:
        the consistency band. What is outside is worth a word.
    confidence : float
        That of the band.
    n : int
        How many rows were seen.
    """

    binning: str
    of: str
    probability: Array
    frequency: Array
    share: Array
    band_low: Array
    band_high: Array
    confidence: float
    n: int

    if not TYPE_CHECKING:
        __getattr__ = gone_attributes(
            kind="binning", level="confidence", top_probability="probability", accuracy="frequency"
        )


@renamed(bootstrap="interval", kind="binning")
def reliability_curve(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    binning: str = "mass",
    n_bins: int = 15,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> ReliabilityCurve:
    r"""Give how often it happens against its probability, with a band for what chance alone would do.

    .. math:: \mathrm{freq}(c) = \hat P(\hat y = y \mid \max_j p_j = c) \quad\text{or}\quad \hat P(y = 1 \mid p_1 = c)

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    binning : {"width", "mass", "isotonic"}, default "mass"
        Bins of equal width or of equal weight, or the isotonic fit, which has no bins to choose.
    n_bins : int, default 15
        How many bins; not used by "isotonic", which is given at no more than 512 probabilities.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    ReliabilityCurve
        Bins that hold nothing are left out.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    expected_calibration_error : the mean distance from the diagonal.
    decompose : the loss that the isotonic fit saves.

    Notes
    -----
    The bands are resampled: in every cell of probabilities, so many rows are right as a calibrated model would
    have right. Source: Bröcker, Smith, *Weather and Forecasting* 22 (2007); Dimitriadis, Gneiting, Jordan, *PNAS*
    118 (2021) for the isotonic curve (CORP).

    Examples
    --------
    >>> from softargmax import metrics
    >>> curve = metrics.reliability_curve([0] * 7 + [1] * 3, probabilities=[[0.8, 0.2]] * 10)
    >>> print(curve.probability, curve.frequency, curve.band_low, curve.band_high)
    [0.2] [0.3] [0.] [0.5]
    """
    as_choice(binning, "binning", CURVES)
    n_bins = as_integer(n_bins, "n_bins", low=1)
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return curve_of(RankedRows.of(judged, of), binning, n_bins, interval or Interval())


@provisional
def smooth_reliability_curve(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Reliability:
    r"""Give the smooth curve of what happens against what was said, with a band: the flexible calibration curve.

    .. math:: \left(\frac{\sum_i k(c - p_i) p_i}{\sum_i k(c - p_i)},
              \frac{\sum_i k(c - p_i) y_i}{\sum_i k(c - p_i)}\right)

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
        How the bands are made.

    Returns
    -------
    Reliability
        ``said`` and ``happened`` are the curve, ``happened_low`` and ``happened_high`` the band around it, ``low`` and
        ``high`` that around the diagonal in which the curve of a calibrated model would lie. Where there are too few
        rows there is no point.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    reliability_curve : in bins, or by an isotonic fit.
    calibration_slope, calibration_intercept : the same in two numbers.

    Notes
    -----
    Both are smoothed by one kernel, as narrow as the rows near a point allow, so that no bend is made where there is
    none. The band is Wilson's interval of so many rows as the kernel takes in, for each point by itself. It knows of
    chance, not of bends that are sharper than the kernel. Source: Austin, Steyerberg, *Statistics in Medicine* 33
    (2014), 517-535; van Calster et al., *J. Clinical Epidemiology* 74 (2016), 167-176.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax import metrics
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=5000)
    >>> y = (rng.random(5000) < sm.sigmoid(z - 0.5)).astype(int)
    >>> curve = metrics.smooth_reliability_curve(y, logits=z)
    >>> i = int(np.searchsorted(curve.said, 0.5))  # those told one half are .38, by how the rows were drawn
    >>> curve.happened_low[i] < 0.38 < curve.happened_high[i]
    True
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return smooth_curve(RankedRows.of(judged, of), interval or Interval())


def curve_of(ranked: RankedRows, binning: str, n_bins: int, interval: Interval) -> ReliabilityCurve:
    """Draw the curve of what is ranked."""
    cells = ranked.coarse(_CELLS)
    # 4,000,000 draws are 32 MB: of 512 cells nearly 8000 curves, as the ends of a band want thousands of them.
    draws = calibrated_draws(cells, interval, interval.resamples(len(cells.weight), 4_000_000))
    if binning == "isotonic":
        probability, frequency = cells.probability, isotonic(cells.correct, cells.weight)
        curves = isotonic_rows(draws[:_CURVES], cells.weight)
        share = cells.weight / cells.total
    else:
        sums = binned(ranked, binning, n_bins)
        weight = sums.weight[sums.weight > 0.0]
        frequency, residual = (column[sums.weight > 0.0] / weight for column in (sums.correct, sums.residual))
        probability, share = frequency - residual, weight / sums.total
        # Cells may straddle the edge of two bins: they go where their middle is.
        place = np.searchsorted(np.cumsum(weight), np.cumsum(cells.weight) - 0.5 * cells.weight)
        inside = (place[:, np.newaxis] == np.arange(len(weight))).astype(np.float64)
        curves = draws @ inside / np.maximum(cells.weight @ inside, 1e-300)
    # Few rows have few shares: the band ends at one of them, outside rather than in between.
    low = np.quantile(curves, interval.tail, axis=0, method="lower")
    high = np.quantile(curves, 1.0 - interval.tail, axis=0, method="higher")
    return ReliabilityCurve(
        binning, ranked.aspect, probability, frequency, share, low, high, interval.confidence, ranked.n
    )
