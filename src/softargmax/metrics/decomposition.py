"""What a loss is made of: calibration, which can be cured, and refinement, which cannot."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval
from softargmax._isotonic import isotonic, isotonic_rows
from softargmax._options import as_choice
from softargmax._renamed import renamed
from softargmax.exceptions import ShapeError
from softargmax.metrics._judged import Aspect, Judged
from softargmax.metrics._mean_moments import MeanMoments
from softargmax.metrics._plain import Plain
from softargmax.metrics._ranked import RankedRows, calibrated_draws

LOSSES = ("log_loss", "brier_score")
# Cells that are drawn from, instead of single rows, and draws. In fewer cells an isotonic fit finds less in noise: with
# 4096 the low ends of calibration were .0004 nats lower, in four times the time, with 128 as much higher. 1000 draws
# moved no end by more than .00005.
_CELLS, _DRAWS = 512, 200


@dataclass(frozen=True, eq=False)
class Decomposition(Plain):
    """A loss and its two parts: loss = calibration + refinement.

    Attributes
    ----------
    loss : Estimate
        The mean loss as it is.
    calibration : Estimate
        What a recalibration would save, or saved.
    refinement : Estimate
        What is left then.
    """

    loss: Estimate
    calibration: Estimate
    refinement: Estimate


@renamed(bootstrap="interval")
def decompose(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    recalibrated: npt.ArrayLike | None = None,
    loss: str = "log_loss",
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Decomposition:
    r"""Split a proper loss into what recalibration would save and what would be left.

    .. math:: \underbrace{\textstyle\frac1n \sum_i \ell(p_i, y_i)}_{\text{loss}} =
              \underbrace{\textstyle\frac1n \sum_i [\ell(p_i, y_i) - \ell(g(p_i), y_i)]}_{\text{calibration}} +
              \underbrace{\textstyle\frac1n \sum_i \ell(g(p_i), y_i)}_{\text{refinement}}

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        The event is that the predicted label is right, or class 1 of two classes, which is the default for two. All
        classes are judged with `recalibrated`.
    recalibrated : array-like, shape (n_rows, n_classes) or (n_rows,), optional
        What a recalibration g makes of the same rows, as logits if `logits` are judged, else as probabilities; it
        should have been fitted to other rows. By default one yes/no event per row is judged and g is the isotonic
        fit to the rows themselves; `of` says which event.
    loss : {"log_loss", "brier_score"}, default "log_loss"
        What is split. Of one event, the Brier score is (p - y)^2, as for two classes.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Decomposition
        Three estimates. With `recalibrated`, calibration may be negative: then g makes things worse.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    log_loss, brier_score : the loss of all classes.
    reliability_curve : the isotonic fit, to look at.

    Notes
    -----
    An isotonic fit to the same rows finds some calibration error where there is none. How much, draws of a calibrated
    model say; the low end of the interval of calibration and the high end of that of refinement allow for it.
    Source: Bröcker, *Q. J. R. Meteorol. Soc.* 135 (2009); Dimitriadis, Gneiting, Jordan, *PNAS* 118 (2021), whose MCB
    is calibration and whose UNC - DSC is refinement.

    Examples
    --------
    >>> from softargmax import metrics
    >>> parts = metrics.decompose([0] * 7 + [1] * 3, probabilities=[[0.8, 0.2]] * 10, loss="brier_score")
    >>> [round(part.value, 12) for part in (parts.loss, parts.calibration, parts.refinement)]
    [0.22, 0.01, 0.21]
    """
    as_choice(loss, "loss", LOSSES)
    interval = interval or Interval()
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    if recalibrated is None:
        return isotonic_parts(RankedRows.of(judged, of), interval)[LOSSES.index(loss)]
    if logits is not None:
        after = Judged.of(targets, logits=recalibrated, sample_weight=sample_weight, doubted=False)
    else:
        after = Judged.of(targets, probabilities=recalibrated, sample_weight=sample_weight)
    if after.n_classes != judged.n_classes:
        raise ShapeError(f"recalibrated: expected {judged.n_classes} classes, got {after.n_classes}")
    name = "log_loss" if loss == "log_loss" else "brier_score"
    before, rest = getattr(judged, name), getattr(after, name)
    return _parts(before, rest, judged.weight, judged.n, interval)


def isotonic_parts(events: RankedRows, interval: Interval) -> list[Decomposition]:
    """Split both losses of ranked events, in the order of `LOSSES`, by their isotonic fit."""
    fitted = isotonic(events.correct, events.weight)
    fitted = np.concatenate([fitted, 1.0 - fitted]).clip(0.0, 1.0)
    weight = np.concatenate([events.correct, events.errors])
    loss = np.concatenate([events.correct_loss, events.error_loss])
    seen = weight > 0.0
    weight, fitted = weight[seen], fitted[seen]
    distance = np.concatenate([1.0 - events.probability, events.probability])[seen]
    pairs = (loss[seen] / weight, -np.log(fitted)), (np.square(distance), np.square(1.0 - fitted))
    return [
        _parts(before, after, weight, events.n, interval, found)
        for (before, after), found in zip(pairs, _found_in_noise(events, interval), strict=True)
    ]


def _found_in_noise(events: RankedRows, interval: Interval) -> list[Array]:
    """Give the calibration parts of both losses that isotonic fits find in draws of a calibrated model."""
    cells = events.coarse(_CELLS)
    # Sure events that are drawn are never wrong, so the logarithm of 0 has no weight; it only must not be infinite.
    c = cells.probability.clip(1e-12, 1.0 - 1e-12)
    share = cells.weight / cells.total
    correct = calibrated_draws(cells, interval, _DRAWS)
    rate, fitted = correct / cells.weight, isotonic_rows(correct, cells.weight)
    return [
        (_divergence(rate, c) - _divergence(rate, fitted)) @ share,
        (np.square(rate - c) - np.square(rate - fitted)) @ share,
    ]


def _divergence(p: Array, q: Array) -> Array:
    """Give the divergence of a yes/no event of probability q from one of probability p.

    Where q is 0 or 1, it is the mean of such p: they are 0 or 1 too, but for what rounding weights has left, and that
    must not cost infinitely much.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = p * np.log(p / q), (1.0 - p) * np.log((1.0 - p) / (1.0 - q))
    return np.asarray(np.where((p > 0.0) & (q > 0.0), terms[0], 0.0) + np.where((p < 1.0) & (q < 1.0), terms[1], 0.0))


def _parts(
    before: Array,
    after: Array,
    weight: Array,
    n: int,
    interval: Interval,
    found_in_noise: Array | None = None,
) -> Decomposition:
    least = -np.inf if found_in_noise is None else 0.0
    with np.errstate(invalid="ignore"):
        saved = before - after
    # A row whose loss is infinite either way says nothing about the difference.
    saved[np.isnan(saved)] = 0.0
    loss, refinement, calibration = (
        MeanMoments.of(values, weight, n).estimate(interval.confidence, low)
        for values, low in ((before, 0.0), (after, 0.0), (saved, least))
    )
    if found_in_noise is not None:
        mean, most = float(found_in_noise.mean()), float(np.quantile(found_in_noise, 1.0 - interval.tail))
        low = min(calibration.low - mean, calibration.value - most)
        calibration = replace(calibration, low=max(0.0, low))
        refinement = replace(refinement, high=refinement.high + mean)
    return Decomposition(loss, calibration, refinement)
