"""Affine maps with a penalty: fitted for one penalty, or for the one that does best on rows left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from softargmax import _kernels
from softargmax._arrays import Array
from softargmax._engine import Engine, LocalEngine, gather, opened
from softargmax._lazy import load
from softargmax.calibration._affine import AffineLoss, AffineMap, offsets
from softargmax.calibration._curve import N_ROW_FEATURES, SharedFeatures, place_knots
from softargmax.calibration._folds import Fold, cross_fit, losses_of
from softargmax.calibration._increasing import fit_increasing
from softargmax.calibration._labelled import LabelledRows
from softargmax.calibration._start import Start, find_start
from softargmax.probabilities import log_softmax

# The bound on what is left to gain, in nats: of a final fit, and of those that only compare penalties, for these as a
# part of the loss without a map, or of 1 nat where that is more. The bound is a generous one, so a rough fit is far
# nearer to its minimum than this; but where a model is right nearly always, all there is to gain is less than a
# hundredth of a nat, and a fit that stops 2e-3 above its minimum has not begun.
TOL, _ROUGH_TOL = 1e-9, 2e-3
# Where a penalty is weak that bound says little, and such a fit also ends when a step promises less than this.
_ROUGH_STEP = 2e-4
# From so many numbers on, exact fits of a matrix go by Newton's method; fewer are not worth what it keeps.
_NEWTON_FROM = 2**16
# Up to so many classes a full matrix is fitted: 16 000 weights, whose factors take milliseconds.
_FULL = 128
# The penalty of the fit of scales and biases from which a matrix of low rank gets its directions: they need to be
# roughly right only. Chosen by hand.
_DIRECTIONS_C = 0.01
# The penalty on the slope of rows, relative to that on the curve: its features are multiplied by log-probabilities, of
# which some are as far from 0 as 30. Chosen by hand.
_ON_ROWS = 3.0
# The search ends where rows left out lose so much to a weaker penalty, as a part of the loss without a map, or of 1 nat
# where that is more. Their loss falls and then rises, but by less than this chance and rough fits may move it.
_RISEN = 5e-3


@dataclass(frozen=True)
class Shape:
    """Which parameters there are beside scales and biases, and how strongly each kind is held back.

    The matrix of weights is full if `rank` is None. A penalty's weight is 1 / C for the matrix, and `on_scale` / C
    and `on_bias` / C for scales and biases. What classes share are a dozen numbers, whatever the classes: where there
    are knots the weight there is `on_shared`, whatever C. With `keeps_order`
    nothing but the curve changes logits, and it rises.
    """

    matrix: bool
    on_scale: float = 1.0
    on_bias: float = 1.0
    rank: int | None = None
    on_shared: float | None = None
    keeps_order: bool = False

    def resolved(self, n_classes: int) -> "Shape":
        """Give the shape for so many classes: few enough are worth a full matrix."""
        return replace(self, rank=None) if n_classes <= max(self.rank or 0, _FULL) else self

    def n_weights(self, n_classes: int) -> int:
        """Count the weights of the matrix."""
        return n_classes * (self.rank or n_classes) if self.matrix else 0


@dataclass
class _Known:
    """What was computed of rows, and is the same for all shapes and penalties.

    Features are those that shared parameters multiply, block by block; bases are kept by their rank, and second
    derivatives of the last rough fit by its shape: they only shape the steps, and another penalty changes them little.
    """

    features: dict[tuple[int, int], SharedFeatures] = field(default_factory=dict)
    bases: dict[int, Array] = field(default_factory=dict)
    seconds: dict["Shape", tuple[Array, ...]] = field(default_factory=dict)
    plain_loss: float | None = None


@dataclass(frozen=True)
class AffineProblem:
    """Rows in the form that fits need: log-probabilities of tempered logits."""

    offset: Array
    codes: Array
    weight: Array
    shape: Shape
    knots: Array | None = None
    known: _Known = field(default_factory=_Known)

    @classmethod
    def of(cls, rows: LabelledRows, start: Start, shape: Shape) -> "AffineProblem":
        """Temper the rows' logits, and take log-probabilities; without signal those of the classes' shares."""
        offset = offsets(rows, start)
        if start.shares is not None:
            offset = np.asarray(log_softmax(offset + np.log(start.shares), out=offset))
        return cls(offset, rows.codes, rows.weight, shape.resolved(rows.n_classes))

    def single(self) -> "AffineProblem":
        """Give the same in single precision, with the same bases."""
        return replace(self, offset=self.offset.astype(np.float32), known=_Known(bases=self.known.bases))

    def with_knots(self) -> "AffineProblem":
        """Give the same with knots for a curve."""
        return replace(self, knots=place_knots(self.offset, self.weight), known=_Known())

    def shaped(self, shape: Shape) -> "AffineProblem":
        """Give the same rows for other parameters."""
        return replace(self, shape=shape.resolved(self.offset.shape[1]))

    @property
    def plain_loss(self) -> float:
        """The mean loss without a map, in nats."""
        if self.known.plain_loss is None:
            self.known.plain_loss = float(np.average(losses_of(self.offset, self.codes), weights=self.weight))
        return self.known.plain_loss

    @property
    def basis(self) -> Array | None:
        """The directions that the matrix reads, shape (K, rank); None for all.

        Those along which the loss falls most steeply once scales and biases are fitted: the first left singular
        vectors of its derivative by a full matrix.
        """
        rank = self.shape.rank
        if not self.shape.matrix or rank is None:
            return None
        if rank not in self.known.bases:
            plain = self.shaped(replace(self.shape, matrix=False, on_shared=None))
            loss = plain.loss(_DIRECTIONS_C)
            gradient = loss.input_gradient(plain.fit(_DIRECTIONS_C, rough=True)[0])
            _, vectors = np.linalg.eigh(gradient @ gradient.T)
            self.known.bases[rank] = np.ascontiguousarray(vectors[:, : -rank - 1 : -1])
        return self.known.bases[rank]

    def loss(self, C: float) -> AffineLoss:
        """Give the loss for one penalty."""
        k = self.offset.shape[1]
        knots = None if self.shape.on_shared is None else self.knots
        loss = AffineLoss(self.offset, self.codes, self.weight, self.basis, self.shape.n_weights(k), knots)
        to_scale, to_bias, to_weights = loss.split(loss.ridge)
        to_scale[:], to_bias[:], to_weights[:] = (self.shape.on_scale / C, self.shape.on_bias / C, 1.0 / C)
        if loss.n_shared:
            loss.shared(loss.ridge)[:] = self.shape.on_shared
            loss.shared(loss.ridge)[-N_ROW_FEATURES:] *= _ON_ROWS
        loss.keep_features_in(self.known.features)
        return loss

    def beginning(self, theta: Array | None) -> Array | None:
        """Give what parameters of other rows are for these: weights that read a basis mean nothing with another one.

        None where there are so few numbers that a fit from nothing takes no time.
        """
        if theta is None or self.offset.size < _NEWTON_FROM:
            return None
        if self.basis is None:
            return theta
        return np.where(np.arange(len(theta)) < 2 * self.offset.shape[1], theta, 0.0)

    def fit(
        self,
        C: float,
        start: Array | None = None,
        *,
        rough: bool = False,
        tol: float = TOL,
        engine: Engine | None = None,
        in_vain: Callable[[Array], bool] | None = None,
    ) -> tuple[Array, float]:
        """Give the best parameters and the bound on what is left to gain; of a rough fit no more than it takes.

        A rough fit also ends where `in_vain` says so of the parameters it has come to.
        """
        loss, least_step = self.loss(C), 0.0
        loss.engine = engine or LocalEngine(1)
        if rough:
            size = min(self.plain_loss, 1.0)
            tol, least_step = _ROUGH_TOL * size, _ROUGH_STEP * size
        if self.shape.keeps_order:
            return fit_increasing(loss, tol)
        fitting = load("softargmax.calibration._affine_fitting")  # imports SciPy if it is there; a map applied does not
        theta = np.zeros(loss.size) if start is None else start
        if rough:
            seconds = self.known.seconds.get(self.shape)
            fit = fitting.minimize_affine(loss, theta, tol, least_step, seconds=seconds, in_vain=in_vain)
            self.known.seconds[self.shape] = fit.seconds
            return fit.theta, fit.gap
        if self.offset.size >= _NEWTON_FROM and loss.rank:
            single = self.single().loss(C)
            single.engine = loss.engine
            newton = load("softargmax.calibration._truncated_newton")
            fit = newton.minimize_by_newton(loss, single, theta, tol)
            if fit.gap <= tol:
                return fit.theta, fit.gap
            theta = fit.theta
        fit = fitting.minimize_affine(loss, theta, tol)
        return fit.theta, fit.gap

    def map(self, theta: Array, start: Start) -> AffineMap:
        """Give the map of these parameters."""
        return self.loss(1.0).map(theta, start)


@dataclass(frozen=True)
class Choice:
    """The C that was chosen, None for no map, the losses of rows left out, and parameters to begin a last fit at."""

    C: float | None
    losses: Array
    theta: Array | None


def choose_penalty(rows: LabelledRows, folds: Sequence[Fold], shape: Shape, Cs: Sequence[float]) -> Choice:
    """Choose the C with the lowest loss on the rows that the folds leave out.

    From the strongest penalty on, each fit starting at the last, until weaker ones do not help. None if none beats
    the logits without a map. The rows left out have no part in anything, not even in the temperature; only a fit under
    a penalty at which they clearly lose ends before its minimum.
    """
    searches = {fold.number: _PenaltySearch(rows, fold, shape) for fold in folds}
    weight = rows.weight[np.sort(np.concatenate([fold.outside for fold in folds]))]
    losses = cross_fit(folds, lambda fold: searches[fold.number].losses(None))
    best, lowest = Choice(None, losses, None), float(weight @ losses)
    risen = _RISEN * min(lowest, float(weight.sum()))
    with opened(min(_kernels.get_num_threads(), len(searches))) as engine:
        side_by_side = partial(gather, engine=engine)
        for C in sorted(Cs):
            for finish in (False, True):
                losses = cross_fit(folds, lambda fold: searches[fold.number].losses(C, finish), side_by_side)  # noqa: B023
                value = float(weight @ losses)
                if value > lowest + risen or not any(search.ended_early for search in searches.values()):
                    break
            if value < lowest:
                best, lowest = Choice(C, losses, searches[folds[0].number].theta), value
                for search in searches.values():
                    search.take_as_best()
            elif value > lowest + risen:
                break
    return best


class _PenaltySearch:
    """The fits that leave one fold out, each starting where the last one ended.

    In single precision: what it loses is far less than what tells penalties apart. Where the rows left out lose more
    than `_RISEN` to the best fit so far, a fit ends early: what follows would make the model surer of the rows it is
    fitted to, and of none else.
    """

    def __init__(self, rows: LabelledRows, fold: Fold, shape: Shape) -> None:
        start = find_start(rows.take(fold.inside))
        self._allows_map = start.allows_map
        self.theta: Array | None = None
        self.ended_early = False
        inside, outside = (AffineProblem.of(rows.take(part), start, shape) for part in (fold.inside, fold.outside))
        self._training, self._held_out = inside.single(), outside.single()
        self._lowest = self._last = self._held_out.plain_loss

    def losses(self, C: float | None, finish: bool = True) -> Array:
        """Fit, and give the losses of the rows left out; with None, or where no map can be fitted, without a map.

        Unless it has to finish, a fit may end early.
        """
        rows = self._held_out
        if C is None or not self._allows_map:
            return losses_of(rows.offset, rows.codes)
        over = self._training.loss(C).over(rows.offset, rows.codes, rows.weight)
        most = self._lowest + _RISEN * min(self._lowest, 1.0)

        def in_vain(theta: Array) -> bool:
            self.ended_early = self._mean(over.losses(theta)) > most
            return self.ended_early

        self.ended_early = False
        self.theta, _ = self._training.fit(C, self.theta, rough=True, in_vain=None if finish else in_vain)
        losses = over.losses(self.theta)
        self._last = self._mean(losses)
        return losses

    def take_as_best(self) -> None:
        """Remember the last fit as the best."""
        self._lowest = self._last

    def _mean(self, losses: Array) -> float:
        return float(np.average(losses, weights=self._held_out.weight))
