"""Affine maps with a penalty: fitted for one penalty, or for the one that does best on rows left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from softargmax import _kernels
from softargmax._arrays import Array
from softargmax._lanes import Lanes, open_lanes
from softargmax._lazy import load
from softargmax.calibration._affine import AffineLoss, AffineMap, offsets
from softargmax.calibration._folds import halves, losses_of
from softargmax.calibration._rows import Rows

# The bound on what is left to gain, in nats: of a final fit, and of those that only compare penalties.
_TOL, _ROUGH_TOL = 1e-9, 2e-3
# Up to so many classes a full matrix is fitted.
_FULL = 128
# The penalty that stands behind the directions of a matrix of low rank.
_DIRECTIONS_C = 0.01
# After so many weaker penalties without gain the search ends.
_PATIENCE = 2


@dataclass(frozen=True)
class Shape:
    """Which parameters there are beside scales and biases, and how strongly each kind is held back.

    The matrix of weights is full if `rank` is None. A penalty's weight is 1 / C for the matrix, and `on_scale` / C
    and `on_bias` / C for the others.
    """

    matrix: bool
    on_scale: float = 1.0
    on_bias: float = 1.0
    rank: int | None = None

    def resolved(self, n_classes: int) -> "Shape":
        """Give the shape for so many classes: few enough are worth a full matrix."""
        return replace(self, rank=None) if n_classes <= max(self.rank or 0, _FULL) else self

    def n_weights(self, n_classes: int) -> int:
        """Count the weights of the matrix."""
        return n_classes * (self.rank or n_classes) if self.matrix else 0


@dataclass(frozen=True)
class Problem:
    """Rows in the form that fits need: log-probabilities of tempered logits."""

    offset: Array
    codes: Array
    weight: Array
    shape: Shape

    @classmethod
    def of(cls, rows: Rows, temperature: float, shape: Shape) -> "Problem":
        """Temper the rows."""
        return cls(offsets(rows, temperature), rows.codes, rows.weight, shape.resolved(rows.n_classes))

    def take(self, which: Array) -> "Problem":
        """Give some of the rows."""
        return Problem(self.offset[which], self.codes[which], self.weight[which], self.shape)

    @cached_property
    def basis(self) -> Array | None:
        """The directions that the matrix reads, shape (K, rank); None for all.

        Those along which the loss falls most steeply once scales and biases are fitted: the first left singular
        vectors of its derivative by a full matrix.
        """
        rank = self.shape.rank
        if not self.shape.matrix or rank is None:
            return None
        plain = Problem(self.offset, self.codes, self.weight, replace(self.shape, matrix=False))
        loss = plain.loss(_DIRECTIONS_C)
        gradient = loss.input_gradient(_minimum(loss, np.zeros(loss.size), _ROUGH_TOL)[0])
        _, vectors = np.linalg.eigh(gradient @ gradient.T)
        return np.ascontiguousarray(vectors[:, : -rank - 1 : -1])

    def loss(self, C: float) -> AffineLoss:
        """Give the loss for one penalty."""
        k = self.offset.shape[1]
        loss = AffineLoss(self.offset, self.codes, self.weight, self.basis, self.shape.n_weights(k))
        loss.ridge[:k], loss.ridge[k : 2 * k], loss.ridge[2 * k :] = (
            self.shape.on_scale / C,
            self.shape.on_bias / C,
            1.0 / C,
        )
        return loss

    def fit(
        self, C: float, start: Array | None = None, *, rough: bool = False, lanes: Lanes | None = None
    ) -> tuple[Array, float]:
        """Give the best parameters and the bound on what is left to gain."""
        loss = self.loss(C)
        loss.lanes = lanes or Lanes()
        return _minimum(loss, np.zeros(loss.size) if start is None else start, _ROUGH_TOL if rough else _TOL)

    def map(self, theta: Array, temperature: float) -> AffineMap:
        """Give the map of these parameters."""
        return self.loss(1.0).map(theta, temperature)


def _minimum(loss: AffineLoss, start: Array, tol: float) -> tuple[Array, float]:
    fit = load("softargmax.calibration._fitting").minimize(loss, start, tol)  # needs SciPy; applying a map does not
    return fit.theta, fit.gap


def choose(problem: Problem, folds: Array, Cs: Sequence[float]) -> tuple[float | None, Array]:
    """Give the C with the lowest loss on rows left out, and that loss of every row.

    From the strongest penalty on, each fit starting at the last, until weaker ones do not help. None if none beats
    the logits as they are. In single precision: what it loses is far less than what tells penalties apart.
    """
    problem = replace(problem, offset=problem.offset.astype(np.float32))
    searches = [_Search(problem, *halves(folds, fold)) for fold in range(int(folds.max()) + 1)]
    best, best_losses = None, losses_of(problem.offset, problem.codes)
    lowest, waited = float(problem.weight @ best_losses), 0
    with open_lanes(min(_kernels.get_num_threads(), len(searches))) as lanes:
        for C in sorted(Cs):
            losses = np.empty(len(problem.codes))
            for search, held_out in zip(searches, lanes.map(partial(_Search.losses, C=C), searches), strict=True):
                losses[search.outside] = held_out
            value = float(problem.weight @ losses)
            if value < lowest:
                best, best_losses, lowest, waited = C, losses, value, 0
            else:
                waited += 1
                if waited == _PATIENCE:
                    break
    return best, best_losses


class _Search:
    """The fits that leave one fold out, each starting where the last one ended."""

    def __init__(self, problem: Problem, inside: Array, outside: Array) -> None:
        self.training, self.held_out, self.outside = problem.take(inside), problem.take(outside), outside
        self._theta: Array | None = None

    def losses(self, C: float) -> Array:
        """Fit, and give the losses of the rows left out."""
        self._theta, _ = self.training.fit(C, self._theta, rough=True)
        loss, rows = self.training.loss(C), self.held_out
        loss.offset, loss.codes, loss.weight = rows.offset, rows.codes, rows.weight
        return loss.losses(self._theta)
