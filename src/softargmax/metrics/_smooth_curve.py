"""What was said against what happened, without bins: one kernel smooths both."""

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Interval, wilson_interval
from softargmax.metrics._binned import Binned
from softargmax.metrics._ranked import RankedRows, calibrated_draws, width_bins
from softargmax.metrics.findings import Reliability

# Rows are pooled in so many cells: a fifth of the narrowest kernel.
_CELLS = 400
# A point may rest on rows from farther away where there are few: its kernel is the narrowest that has so many of them,
# and where the widest has fewer than the least, there is no point.
_BANDWIDTHS = 0.0125 * 2.0 ** np.arange(0.0, 3.01, 0.5)
_ENOUGH, _LEAST = 400.0, 25.0
# More points where models that are sure of themselves have most of their rows.
_GRID = np.unique(np.concatenate([np.linspace(0.0, 1.0, 101), np.linspace(0.0, 0.1, 41), np.linspace(0.9, 1.0, 41)]))
_DRAWS = 1000
_BINS = 20


def smooth_curve(ranked: RankedRows, interval: Interval) -> Reliability:
    """Smooth both what was said and what happened, and what would have happened to a calibrated model.

    A kernel that averages what happened near a point also averages what was said there, and near the ends of a scale
    both means are pulled inwards alike. One against the other, a calibrated model is on the diagonal everywhere.
    """
    sums = Binned.of(ranked, width_bins(ranked.probability, _CELLS), _CELLS)
    used = sums.weight > 0.0
    weight, correct = sums.weight[used], sums.correct[used]
    place = np.clip((correct - sums.residual[used]) / weight, 0.0, 1.0)
    kernel, kept = _kernel(place, weight)
    total = _sums(kernel, weight)
    said, happened = _sums(kernel, weight * place) / total, _sums(kernel, correct) / total
    cells = RankedRows(ranked.n, ranked.aspect, place, weight, correct, correct, correct)
    draws = _sums(calibrated_draws(cells, interval, min(interval.n_resamples, _DRAWS)), kernel) / total
    low, high = np.quantile(draws, [interval.tail, 1.0 - interval.tail], axis=0) if kept else (said, said)
    rising = np.maximum.accumulate(np.concatenate([[-1.0], said]))[:-1] < said  # kernels of two widths may cross
    may_be = wilson_interval(happened, np.square(total) / _sums(np.square(kernel), weight), interval.confidence)
    said, happened, low, high, least, most = (
        np.clip(column[rising], 0.0, 1.0) for column in (said, happened, low, high, *may_be)
    )
    return Reliability(
        of=ranked.aspect,
        said=tuple(said.tolist()),
        happened=tuple(happened.tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        share=_shares(ranked),
        inside=_inside(place, weight, said, (happened >= low) & (happened <= high)),
        said_mean=float((weight * place).sum() / weight.sum()),
        happened_mean=float(correct.sum() / weight.sum()),
        confidence=interval.confidence,
        happened_low=tuple(least.tolist()),
        happened_high=tuple(most.tolist()),
    )


def _kernel(place: Array, weight: Array) -> tuple[Array, int]:
    """Give the weights of the cells at every point of the grid that has rows enough, and how many points have."""
    distances = [_GRID[:, np.newaxis] - mirrored for mirrored in (place, -place, 2.0 - place)]

    def gauss(bandwidth: Array) -> Array:
        return np.asarray(sum(np.exp(-0.5 * np.square(d / bandwidth)) for d in distances))

    # Rows that are all far from a point weigh alike there, and would count in full: so no row counts for more than its
    # weight in the kernel, which is 1 in the middle. Where rows are spread evenly both counts are the same.
    at_most = np.sqrt(2.0)
    rows = []
    for bandwidth in _BANDWIDTHS:
        kernel = gauss(np.full((1, 1), bandwidth))
        total, noise = _sums(kernel, weight), _sums(np.square(kernel), weight)
        count = np.divide(np.square(total), noise, out=np.zeros_like(total), where=noise > 0.0)
        rows.append(np.minimum(count, at_most * total))
    found = np.maximum.accumulate(np.array(rows), axis=0)
    logarithms = np.log2(_BANDWIDTHS)
    widths = np.array([np.interp(_ENOUGH, column, logarithms) for column in found.T])
    kept = found[-1] >= _LEAST
    return gauss(2.0 ** widths[:, np.newaxis])[kept], int(kept.sum())


def _sums(rows: Array, columns: Array) -> Array:
    """Sum products over cells. The BLAS would share them among its threads, and their number would show in the bits."""
    return np.asarray(
        np.einsum("ij,kj->ik", rows, columns) if columns.ndim > 1 else np.einsum("ij,j->i", rows, columns)
    )


def _shares(ranked: RankedRows) -> tuple[float, ...]:
    """Give the share of the rows in bins of equal width."""
    counts = np.bincount(width_bins(ranked.probability, _BINS), ranked.weight, _BINS)
    return tuple((counts / ranked.total).tolist())


def _inside(place: Array, weight: Array, said: Array, is_inside: Array) -> float:
    """Give the share of the rows at whose probability the curve is inside its band."""
    if not len(said):
        return 1.0
    near = np.interp(place, said, is_inside.astype(np.float64)) >= 0.5
    return float(weight[near].sum() / weight.sum())
