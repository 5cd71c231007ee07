r"""The kernel calibration error over all pairs of rows, and what it would be if probabilities meant what they say.

Two errors are looked at together. One is of all classes, :math:`\sum_{i \ne j} k(p_i, p_j) r_i \cdot r_j` with the
residuals :math:`r_i = e_{y_i} - p_i`, the other of the predicted label alone, the same with the top probability and the
one residual of whether it was right. The first sees classes that are mixed up, the second that all rows are too sure,
which with many classes is lost among their noise: of ten classes, 100 rows too sure by 1.8, the first alone is
significant at .05 in 60 % of the sets, both together in 98 %, and of two classes swapped it is 92 % and 90 %.
"""

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import CalibrationTest
from softargmax.metrics._sampled_rows import SampledRows

# Drawn sets of labels: with the observed one 500, of which .05 and .01 are whole numbers.
_DRAWS = 499
# Rows that a similarity of all others to is what the first kernel knows of them (Nyström's approximation). Any kernel
# that depends on the probabilities alone has an exact test; these lost up to .15 of the power at 100 classes, and
# little below.
_LANDMARKS = 32
# Rows whose distances give the median.
_FOR_MEDIAN = 256
# Directions whose share is below this are rounding errors; so are differences of sums below it.
_NOTHING = 1e-9


def kernel_test(sample: SampledRows, bandwidth: float | None) -> CalibrationTest:
    """Test a sample: the errors of both kernels, each in units of its own spread, against those of drawn labels."""
    rng = np.random.default_rng(0)
    p, weight, codes = sample.rows(rng)
    labels = np.concatenate([codes[np.newaxis], _drawn(p, rng)])
    together = np.zeros(len(labels))
    for error in (_of_classes(p, weight, labels, bandwidth), _of_top_label(p, weight, labels, bandwidth)):
        # Of the observed and the drawn alike, so that no one of them is special.
        spread = float(np.median(np.abs(error)))
        together += error / spread if spread > 0.0 else error
    observed, drawn = float(together[0]), together[1:]
    nothing = _NOTHING * float(np.abs(together).max(initial=0.0))
    as_large = int(np.sum(drawn >= observed - nothing))
    deviation = float(np.sqrt(np.mean(np.square(drawn))))
    statistic = 0.0 if abs(observed) <= nothing else observed / deviation if deviation > 0.0 else np.inf
    return CalibrationTest(statistic, (1 + as_large) / len(labels), len(codes))


def _drawn(p: Array, rng: np.random.Generator) -> Array:
    """Draw labels from the probabilities, shape (n_draws, n_rows)."""
    ends = np.cumsum(p, axis=1)
    labels = np.empty((_DRAWS, len(p)), np.int64)
    for row, end in enumerate(ends):
        # Scaled by the sum, which rounding leaves a little beside 1: no label beyond the last, none of probability 0.
        labels[:, row] = np.searchsorted(end, rng.random(_DRAWS) * end[-1], side="right")
    return labels


def _of_classes(p: Array, weight: Array, labels: Array, bandwidth: float | None) -> Array:
    """Sum over pairs of rows, for every set of labels, where the kernel is a product of features.

    With D the features summed by label, Q what D is expected to be: |D - Q|^2 less the pairs of a row with itself.
    """
    features = _features(p, bandwidth) * weight[:, np.newaxis]
    expected = np.einsum("if,ic->cf", features, p)
    own = np.einsum("if,if->i", features, features)[:, np.newaxis]
    squares = np.einsum("ic,ic->i", p, p)[:, np.newaxis]
    by_label = -2.0 * np.einsum("if,cf->ic", features, expected) - own * (1.0 - 2.0 * p + squares)
    sums = np.empty(len(labels))
    rows = np.arange(len(p))
    small = labels.astype(np.int16 if p.shape[1] < 1 << 15 else np.int64)  # which are sorted in linear time
    for number, label in enumerate(small):
        order = np.argsort(label, kind="stable")
        starts = np.flatnonzero(np.diff(label[order], prepend=-1))
        summed = np.add.reduceat(features[order], starts, axis=0)
        sums[number] = np.einsum("cf,cf->", summed, summed) + by_label[rows, label].sum()
    return np.asarray(sums + np.einsum("cf,cf->", expected, expected))


def _features(p: Array, bandwidth: float | None) -> Array:
    """Give numbers whose products are the kernel exp(-distance / bandwidth), as far as the landmarks know it."""
    nodes = p[np.sort(np.unique(p, axis=0, return_index=True)[1])[:_LANDMARKS]]
    if bandwidth is None:
        bandwidth = _half_median(_distances(p[:_FOR_MEDIAN], p[:_FOR_MEDIAN]))
    values, directions = np.linalg.eigh(np.exp(_distances(nodes, nodes) / -bandwidth))
    kept = values > _NOTHING * values[-1]
    similar = np.exp(_distances(p, nodes) / -bandwidth)
    return np.asarray(np.einsum("ij,jf->if", similar, directions[:, kept] / np.sqrt(values[kept])))


def _of_top_label(p: Array, weight: Array, labels: Array, bandwidth: float | None) -> Array:
    """Sum over pairs of rows in order of their top probability, where exp(-distance) is a product of steps."""
    top, label = p.max(axis=1), p.argmax(axis=1)
    if bandwidth is None:
        bandwidth = _half_median(np.abs(top[:_FOR_MEDIAN, np.newaxis] - top[:_FOR_MEDIAN]))
    order = np.argsort(top, kind="stable")
    decay = np.exp(np.diff(top[order]) / -bandwidth)
    residual = ((labels == label) - top) * weight
    residual = np.ascontiguousarray(residual[:, order].T)
    before, sums = np.zeros(len(labels)), np.zeros(len(labels))
    for step, earlier, now in zip(decay, residual, residual[1:], strict=False):
        before = (before + earlier) * step
        sums += now * before
    return 2.0 * sums


def _distances(here: Array, there: Array) -> Array:
    squares = np.einsum("ic,ic->i", here, here)[:, np.newaxis] + np.einsum("ic,ic->i", there, there)
    return np.asarray(np.sqrt(np.maximum(squares - 2.0 * np.einsum("ic,jc->ij", here, there), 0.0)))


def _half_median(distances: Array) -> float:
    """Give half of the median distance of two different rows: of all that are not 0, where most are."""
    apart = distances[np.triu_indices(len(distances), 1)]
    median = float(np.median(apart)) if len(apart) else 0.0
    if median <= 0.0:
        apart = apart[apart > 0.0]
        median = float(np.median(apart)) if len(apart) else 1.0
    return 0.5 * median
