r"""Logits that are changed linearly: the map, and the loss it is fitted by.

Conventions: x = (z - shift) / T are tempered logits (`_start` says when there is a shift), ``offset`` their
log-probabilities, and f = max(offset, -30) the features. Starting from log-probabilities after the temperature that
suits them makes all that follows independent of shifts of a row's logits and of their scale. The floor at -30 keeps the
features of a class that is ruled out finite, and a logit a thousand below the top from drowning all others: how far
below 1e-13 a probability is does not matter. The map adds to the offset

    scale * f + bias + (f @ basis) @ weights

with ``scale`` and ``bias`` of shape (K,), ``basis`` (K, r) and ``weights`` (r, K); the basis None is the identity,
r = K. Where there are knots, what all classes share is added, a curve and a slope per row (`_curve`). Parameters in one
vector are [scale, bias, shared, weights].

Features are not centred, so a bias is what is added where a class's log-probability is 0, that is, where the model is
sure, and not at the mean. A penalty on that bias does better on rows left out, though the loss is harder to descend.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import ROW_BLOCK, Array, of_whole_vectors
from softargmax._engine import Engine, LocalEngine
from softargmax._logits import block_slices
from softargmax.calibration._curve import N_ROW_FEATURES, SharedFeatures, SharedMap
from softargmax.calibration._labelled import LabelledRows, in_order
from softargmax.calibration._start import Start, tempered
from softargmax.probabilities import log_softmax, softmax
from softargmax.probabilities.cross_entropy import cross_entropy_of_checked

# The calibrations that are such a map, by their kinds.
AFFINE = ("vector", "matrix", "structured", "dirichlet")
# Log-probabilities below this count as this.
FLOOR = -30.0
# Numbers of a block in a pass; from 2^15 to 2^19 a fit takes the same time.
_CELLS = 2**17
# Sums that blocks are added to in turn, by their number; more threads than these have nothing to do.
_SUMS = 8


@dataclass(frozen=True)
class AffineMap:
    """A fitted map of logits to logits; `power` is what log-probabilities are multiplied by to begin with."""

    temperature: float
    shift: Array | None
    scale: Array
    bias: Array
    basis: Array | None
    weights: Array
    common: SharedMap | None = None
    power: float = 1.0

    def __call__(self, z: Array) -> Array:
        """Give calibrated logits of rows, float64."""
        x = tempered(z, self.temperature, self.shift)
        offset = np.asarray(log_softmax(x, out=x))
        f = np.maximum(offset, FLOOR)
        result = self.power * offset
        result += f * self.scale + self.bias
        if len(self.weights):
            result += self._mixed(f)
        if self.common is not None:
            self.common.add(offset, f, result)
        return result

    def _mixed(self, f: Array) -> Array:
        # A matrix product rounds differently for other shapes: rows go through it a fixed number at a time.
        result = np.empty_like(f)
        block = np.zeros((ROW_BLOCK, f.shape[1]))
        basis = None if self.basis is None else of_whole_vectors(self.basis)
        weights = of_whole_vectors(self.weights)
        for start in range(0, len(f), ROW_BLOCK):
            rows = f[start : start + ROW_BLOCK]
            block[: len(rows)] = rows
            features = block if basis is None else (block @ basis)[:, : len(weights)]
            result[start : start + len(rows)] = (features @ weights)[: len(rows), : f.shape[1]]
        return result


def map_of_start(start: Start, n_classes: int) -> AffineMap:
    """Give what logits become before a map is fitted, as a map that adds nothing but the classes' shares."""
    zeros = np.zeros(n_classes)
    bias = zeros if start.shares is None else np.log(start.shares)
    return AffineMap(start.temperature, start.shift, zeros, bias, None, np.zeros((0, n_classes)))


def offsets(rows: LabelledRows, start: Start) -> Array:
    """Give the log-probabilities of tempered logits, float64."""
    result = np.empty(rows.logits.shape)
    for part in block_slices(len(rows), rows.n_classes, _CELLS):
        log_softmax(tempered(rows.logits[part], start.temperature, start.shift), out=result[part])
    return result


class AffineLoss:
    """The penalised loss of a map, its gradient and its second derivatives, by passes over the rows.

    `ridge` holds one number per parameter: half of it times the parameter's square is added to the sum of losses.
    Blocks are computed in the dtype of `offset`, sums and parameters are float64.
    """

    def __init__(
        self,
        offset: Array,
        codes: Array,
        weight: Array,
        basis: Array | None,
        n_weights: int,
        knots: Array | None = None,
    ) -> None:
        self.offset, self.codes, self.weight, self.basis = offset, codes, weight, basis
        self.n_classes = offset.shape[1]
        self.rank = n_weights // self.n_classes
        self.knots = knots
        self.n_shared = 0 if knots is None else len(knots) + 1 + N_ROW_FEATURES
        self.size = 2 * self.n_classes + self.n_shared + n_weights
        self._features: dict[tuple[int, int], SharedFeatures] = {}
        self.total = float(weight.sum())
        self.ridge = np.zeros(self.size)
        self.engine: Engine = LocalEngine(1)
        self._uniform = bool(np.all(weight == 1.0))

    def split(self, theta: Array) -> tuple[Array, Array, Array]:
        """Give scale, bias and weights, as views."""
        k = self.n_classes
        return (theta[:k], theta[k : 2 * k], theta[2 * k + self.n_shared :].reshape(self.rank, k))

    def shared(self, theta: Array) -> Array:
        """Give the parameters that all classes share, as a view."""
        return theta[2 * self.n_classes : 2 * self.n_classes + self.n_shared]

    def map(self, theta: Array, start: Start) -> AffineMap:
        """Give the map of these parameters."""
        scale, bias, weights = self.split(theta)
        common = None if self.knots is None else SharedMap(self.knots, self.shared(theta))
        return AffineMap(start.temperature, start.shift, scale, bias, self.basis, weights, common)

    def over(self, offset: Array, codes: Array, weight: Array) -> "AffineLoss":
        """Give the loss of other rows, with the same basis, knots and penalties."""
        other = AffineLoss(offset, codes, weight, self.basis, self.rank * self.n_classes, self.knots)
        other.ridge = self.ridge
        return other

    def keep_features_in(self, kept: dict[tuple[int, int], SharedFeatures]) -> None:
        """Share what was computed of the rows with losses of other penalties."""
        self._features = kept

    def shared_features(self, part: slice) -> SharedFeatures:
        """Give what the shared parameters multiply in a block, which is computed once."""
        assert self.knots is not None
        key = (part.start, part.step or 1)
        if key not in self._features:
            self._features[key] = SharedFeatures.of(self.offset[part], self.knots)
        return self._features[key]

    def _logits(self, theta: Array, part: slice) -> tuple[Array, Array | None, Array]:
        """Give f, the features the weights belong to, and the logits of a block."""
        f, mixed, z = self._changes(theta, part)
        z += self.offset[part]
        return f, mixed, z

    def _changes(self, theta: Array, part: slice) -> tuple[Array, Array | None, Array]:
        """Give f, the features the weights belong to, and what these parameters add to the logits of a block."""
        dtype = self.offset.dtype
        scale, bias, weights = self.split(theta.astype(dtype, copy=False))
        f = np.maximum(self.offset[part], dtype.type(FLOOR))
        z = f * scale
        z += bias
        if self.n_shared:
            self.shared_features(part).add(self.shared(theta).astype(dtype, copy=False), f, z)
        if not self.rank:
            return f, None, z
        mixed = f if self.basis is None else f @ self.basis.astype(dtype, copy=False)
        z += mixed @ weights
        return f, mixed, z

    def _residuals(self, theta: Array, part: slice) -> tuple[Array, Array | None, Array, Array]:
        """Give f, the weights' features, the weighted derivative by the logits, and the losses of a block."""
        f, mixed, z = self._logits(theta, part)
        losses = np.empty(len(z))
        cross_entropy_of_checked(z, self.codes[part], losses=losses, gradient=z)
        if not self._uniform:
            z *= self.weight[part, np.newaxis].astype(z.dtype)
        return f, mixed, z, losses

    def _parts(self) -> list[slice]:
        return list(block_slices(len(self.codes), self.n_classes, _CELLS))

    def _sum(self, shape: tuple[int, ...], add: Callable[[Array, slice], None]) -> Array:
        """Add up over blocks, each to one of a few sums by its number, so that threads change nothing."""
        parts = self._parts()

        def share(number: int) -> Array:
            sums = np.zeros(shape)
            for part in parts[number::_SUMS]:
                add(sums, part)
            return sums

        return np.asarray(sum(in_order(share, range(min(_SUMS, len(parts))), self.engine)))

    def logits(self, theta: Array) -> Array:
        """Give every row's logits."""
        return np.concatenate([self._logits(theta, part)[2] for part in self._parts()])

    def losses(self, theta: Array) -> Array:
        """Give every row's loss, without penalty."""
        return np.concatenate(in_order(lambda part: self._residuals(theta, part)[3], self._parts(), self.engine))

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Give the sum of losses and penalties, and its gradient."""

        def add(sums: Array, part: slice) -> None:
            f, mixed, z, losses = self._residuals(theta, part)
            self._add_gradient(sums[:-1], part, f, mixed, z)
            sums[-1] += self.weight[part] @ losses

        sums = self._sum((self.size + 1,), add)
        gradient = self.ridge * theta
        value = float(sums[-1]) + 0.5 * float(gradient @ theta)
        gradient += sums[:-1]
        return value, gradient

    def _add_gradient(self, sums: Array, part: slice, f: Array, mixed: Array | None, by_logits: Array) -> None:
        """Add the derivative by the parameters that a derivative by the logits of a block means."""
        to_scale, to_bias, to_weights = self.split(sums)
        to_scale += np.einsum("ij,ij->j", f, by_logits)
        to_bias += by_logits.sum(axis=0)
        if self.n_shared:
            self.shared(sums)[...] += self.shared_features(part).gradient(f, by_logits)
        if mixed is not None:
            to_weights += mixed.T @ by_logits

    def probabilities(self, theta: Array) -> Array:
        """Give every row's probabilities."""
        result = np.empty_like(self.offset)
        for part in self._parts():
            softmax(self._logits(theta, part)[2], out=result[part])
        return result

    def bent(self, probabilities: Array, direction: Array) -> Array:
        """Give the second derivative times a direction, where the rows have these probabilities."""

        def add(sums: Array, part: slice) -> None:
            p = probabilities[part]
            f, mixed, u = self._changes(direction, part)
            u *= p
            u -= p * u.sum(axis=1, keepdims=True)
            if not self._uniform:
                u *= self.weight[part, np.newaxis].astype(u.dtype)
            self._add_gradient(sums, part, f, mixed, u)

        return np.asarray(self._sum((self.size,), add) + self.ridge * direction)

    def input_gradient(self, theta: Array) -> Array:
        """Give the derivative by a full matrix of weights, shape (K, K), at these parameters, without penalty."""

        def add(sums: Array, part: slice) -> None:
            f, _, z, _ = self._residuals(theta, part)
            sums += f.T @ z

        return self._sum((self.n_classes, self.n_classes), add)

    def curvature_of_curve(self, theta: Array) -> Array:
        """Give the second derivatives by the parameters of the curve, without penalty."""
        assert self.knots is not None

        def add(sums: Array, part: slice) -> None:
            p = softmax(self._logits(theta, part)[2])
            sums += self.shared_features(part).curvature_of_bends(p, self.weight[part])

        return self._sum((len(self.knots) + 1, len(self.knots) + 1), add)

    def second_derivatives(self, theta: Array, most_rows: int) -> tuple[Array, Array, Array]:
        """Give what the curvature is made of, from evenly spaced rows: see `AffineCurvature`.

        The Hessian by [scale, bias, shared], square; the sum over rows of the second derivative by the logits, (K, K);
        the mean of the products of the weights' features and of 1, the bias's, (r + 1, r + 1), in which a row
        counts as much as its second derivative is large.
        """
        k, n = self.n_classes, len(self.codes)
        stride = max(1, -(-n // most_rows))
        share = self.total / float(self.weight[::stride].sum())
        n_lines = 2 * k + self.n_shared
        joint, moments = (np.zeros((n_lines, n_lines)), np.zeros((self.rank + 1, self.rank + 1)))
        for part in block_slices(-(-n // stride), k, _CELLS):
            rows = slice(part.start * stride, min(part.stop * stride, n), stride)
            f, mixed, z = self._logits(theta, rows)
            p = softmax(z)
            weight = (share * self.weight[rows, np.newaxis]).astype(z.dtype)
            both = np.concatenate([p * f, p], axis=1)
            joint[: 2 * k, : 2 * k] -= both.T @ (weight * both)
            weighted = weight * p
            squares, diagonal = weighted * f, np.einsum("ij,ij->j", weighted, f)
            for row, column, values in [
                (0, 0, np.einsum("ij,ij->j", squares, f)),
                (0, k, diagonal),
                (k, 0, diagonal),
                (k, k, weighted.sum(axis=0)),
            ]:
                joint[np.arange(row, row + k), np.arange(column, column + k)] += values
            if self.n_shared:
                self._add_shared_curvature(joint, self.shared_features(rows).dense(f), f, weighted)
            _add_moments(moments, mixed, weight, p)
        A = joint[k : 2 * k, k : 2 * k].copy()
        return joint, A, moments / max(np.trace(A), float(np.finfo(np.float64).tiny))

    def class_derivatives(self, theta: Array, most_rows: int) -> tuple[Array, Array]:
        """Give second derivatives of every class by itself, from evenly spaced rows.

        By its logits, times the squares of f, f and 1, summed over rows, (3, K); and the last of `second_derivatives`.
        """
        k, n = self.n_classes, len(self.codes)
        stride = max(1, -(-n // most_rows))
        share = self.total / float(self.weight[::stride].sum())
        sums, moments = np.zeros((3, k)), np.zeros((self.rank + 1, self.rank + 1))
        for part in block_slices(-(-n // stride), k, _CELLS):
            rows = slice(part.start * stride, min(part.stop * stride, n), stride)
            f, mixed, z = self._logits(theta, rows)
            p = softmax(z)
            weight = (share * self.weight[rows, np.newaxis]).astype(z.dtype)
            bend = weight * p * (1.0 - p)
            sums[2] += bend.sum(axis=0)
            bend *= f
            sums[1] += bend.sum(axis=0)
            sums[0] += np.einsum("ij,ij->j", bend, f)
            _add_moments(moments, mixed, weight, p)
        return sums, moments / max(float(sums[2].sum()), float(np.finfo(np.float64).tiny))

    def _add_shared_curvature(self, joint: Array, features: Array, f: Array, weighted: Array) -> None:
        """Add the second derivatives by what classes share; `weighted` is weight times p."""
        k, n = self.n_classes, len(features)
        pulled = features * weighted
        total = weighted.sum(axis=1)
        mean = pulled.sum(axis=2) / np.maximum(total, np.finfo(f.dtype).tiny)
        joint[2 * k :, 2 * k :] += pulled.reshape(n, -1) @ features.reshape(n, -1).T - (mean * total) @ mean.T
        by_scale = np.einsum("jik,ik->jk", pulled, f) - mean @ (weighted * f)
        to_lines = np.concatenate([by_scale, pulled.sum(axis=1) - mean @ weighted], axis=1)
        joint[2 * k :, : 2 * k] += to_lines
        joint[: 2 * k, 2 * k :] += to_lines.T


def _add_moments(moments: Array, mixed: Array | None, weight: Array, p: Array) -> None:
    """Add the products of the weights' features and of 1, a row counting as much as it is unsure."""
    if mixed is not None:
        both = np.concatenate([mixed, np.ones((len(mixed), 1), mixed.dtype)], axis=1)
        moments += both.T @ (weight * (1.0 - np.sum(np.square(p), axis=1, keepdims=True)) * both)
