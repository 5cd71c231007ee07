r"""What all classes share in an additive map: a curve of the log-odds, and a slope that depends on the row.

Both are functions of log-probabilities L, which are given; p = exp(L), and o = log p - log(1 - p) is one class against
the rest. The curve is

    h(o) = sum_s w_s max(o - q_s, 0) + w (log(1 - p) - log(1 - p_0)),    0 for o <= q_0 = log p_0 - log(1 - p_0)

with knots q_0 < q_1 < ... where the probability mass lies. It is 0 below the first of them, where of many classes
nearly all are, so only the few entries above cost anything. The last term bends where p comes near to 1: with a line of
log p per class it is beta calibration.

The slope says that rows may need temperatures of their own: sum_j v_j r_j(row) times log p, with r the entropy, the
largest log p, how far the next one is below it, and log(1 - p) of the largest.
"""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax.probabilities import entropy

# Shares of the probability mass that lie below the knots.
_QUANTILES = (0.03, 0.16, 0.30, 0.43, 0.57, 0.70, 0.84, 0.97)
# Log-probabilities below this have no part in where knots lie: all of them together are next to no mass.
_LOWEST = -12.0
# Log-odds beyond this are certainty, and logarithms below minus this count as that.
CERTAIN = 30.0
# Numbers of a row that its slope depends on.
N_ROW_FEATURES = 4


def place_knots(offset: Array, weight: Array) -> Array:
    """Give the knots for rows of log-probabilities: quantiles of all log-odds, each of which counts p times."""
    rows, classes = np.nonzero(offset > _LOWEST)
    chosen = offset[rows, classes].astype(np.float64)
    mass = np.exp(chosen) * weight[rows]
    odds = log_odds_of_logs(chosen)
    order = np.argsort(odds, kind="stable")
    below = np.cumsum(mass[order])
    places = np.searchsorted(below, np.array(_QUANTILES) * below[-1])
    return np.unique(odds[order][np.minimum(places, len(order) - 1)])


def log_odds_of_logs(log_p: Array) -> Array:
    """Give log p - log(1 - p), at most 30, for log p, with all digits where p is near 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.minimum(log_p - np.log(-np.expm1(log_p)), CERTAIN))


@dataclass(frozen=True)
class SharedFeatures:
    """What the shared parameters multiply, for a block of rows.

    `rows` and `classes` are the entries above the first knot, `bends` the curve's features there, shape
    (n_entries, n_knots + 1); `of_row` is (n_rows, 4). Parameters in one vector are those of the bends, then the rows'.
    """

    rows: Array
    classes: Array
    bends: Array
    of_row: Array

    @classmethod
    def of(cls, offset: Array, knots: Array) -> "SharedFeatures":
        """Look at a block of log-probabilities."""
        rows, classes, bends = bends_of(offset, knots)
        dtype = offset.dtype
        return cls(
            rows, classes, np.stack(bends, axis=1).astype(dtype), np.stack(row_features(offset), axis=1).astype(dtype)
        )

    def add(self, shared: Array, f: Array, z: Array) -> None:
        """Add to logits what these parameters make of the features."""
        n_bends = self.bends.shape[1]
        z[self.rows, self.classes] += self.bends @ shared[:n_bends]
        z += (self.of_row @ shared[n_bends:])[:, np.newaxis] * f

    def gradient(self, f: Array, residuals: Array) -> Array:
        """Give the derivative by the parameters, for that by the logits."""
        of_bends = self.bends.T @ residuals[self.rows, self.classes]
        return np.concatenate([of_bends, self.of_row.T @ np.einsum("ij,ij->i", f, residuals)])

    def curvature_of_bends(self, p: Array, weight: Array) -> Array:
        """Give the second derivatives by the parameters of the curve, for rows of probabilities and their weights."""
        pulled = self.bends * p[self.rows, self.classes, np.newaxis]
        means = [np.bincount(self.rows, column, minlength=len(p)) for column in pulled.T]
        mean = np.stack(means, axis=1)
        weighted = pulled * weight[self.rows, np.newaxis]
        return np.asarray(weighted.T @ self.bends - (mean * weight[:, np.newaxis]).T @ mean)

    def dense(self, f: Array) -> Array:
        """Give all features as they are added to logits, shape (n_parameters, n_rows, n_classes)."""
        n_bends = self.bends.shape[1]
        result = np.zeros((n_bends + self.of_row.shape[1], *f.shape), f.dtype)
        for j in range(n_bends):
            result[j, self.rows, self.classes] = self.bends[:, j]
        for j in range(self.of_row.shape[1]):
            result[n_bends + j] = self.of_row[:, j, np.newaxis] * f
        return result


def bends_of(offset: Array, knots: Array) -> tuple[Array, Array, list[Array]]:
    """Give the entries above the first knot, and the features of the curve there."""
    least = -np.logaddexp(0.0, -knots[0])
    rows, classes = np.nonzero(offset > least)
    odds = log_odds_of_logs(offset[rows, classes].astype(np.float64))
    bends = [np.maximum(odds - knot, 0.0) for knot in knots]
    bends.append(np.minimum(np.logaddexp(0.0, knots[0]) - np.logaddexp(0.0, odds), 0.0))
    return rows, classes, bends


def row_features(offset: Array) -> list[Array]:
    """Give what a row's slope depends on, each of about the size 1."""
    first, second = _two_largest(np.asarray(offset, np.float64))
    spread = np.asarray(entropy(logits=offset), np.float64) / np.log(offset.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.maximum(np.log(-np.expm1(first)), -CERTAIN) / 10.0
        gap = np.minimum(first - second, CERTAIN) / 10.0
    return [spread, first, gap, rest]


def _two_largest(x: Array) -> tuple[Array, Array]:
    places = x.argmax(axis=1)
    first = x[np.arange(len(x)), places]
    others = x.copy()
    others[np.arange(len(x)), places] = -np.inf
    return first, others.max(axis=1)


@dataclass(frozen=True)
class SharedMap:
    """A fitted curve and slope."""

    knots: Array
    shared: Array

    def add(self, offset: Array, f: Array, z: Array) -> None:
        """Add what they make of log-probabilities to logits, every entry by itself: no matrix product."""
        rows, classes, bends = bends_of(offset, self.knots)
        curve = np.zeros(len(rows))
        for weight, bend in zip(self.shared, bends, strict=False):
            curve += weight * bend
        z[rows, classes] += curve
        slope = np.zeros(len(offset))
        for weight, feature in zip(self.shared[len(bends) :], row_features(offset), strict=True):
            slope += weight * feature
        z += slope[:, np.newaxis] * f
