"""Affine maps along paths of penalties: what each says of rows left out, and a weighted mean of all of them.

All maps change the same log-probabilities, those of one start, by parameters that are multiplied with the same
features. So a weighted sum of their logits, which is what a logarithmic pool is made of, is one map again: the one
with the summed parameters, and log-probabilities times the sum of the weights.

No single penalty is chosen. A path goes from next to nothing to next to free in a few large steps, and the weights of
the pool choose between and beyond them: averaging a path is half of what a pool gains where there are many classes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from softargmax import _kernels
from softargmax._arrays import Array
from softargmax._engine import Engine, gather, opened
from softargmax.calibration._affine import AffineMap, map_of_start, offsets
from softargmax.calibration._curve import SharedMap
from softargmax.calibration._folds import Fold
from softargmax.calibration._labelled import LabelledRows
from softargmax.calibration._log_pool import log_shares
from softargmax.calibration._penalised import AffineProblem, Shape
from softargmax.calibration._start import Start, find_start
from softargmax.calibration._temperature import find_temperature

# Penalties on scales and biases relative to that on the matrix, as in `structured`, and on what classes share; and the
# rank of a matrix between very many classes. Chosen by hand.
_LIGHTER, _ON_SHARED, _RANK = 0.1, 3.0, 64
# The bound on what is left to gain of a map that goes into the pool, in nats: a hundred times what `TOL` allows one
# that stands alone: others stand beside it, and where the penalty is next to none it saves half of the steps.
_POOLED_TOL = 1e-7
# Penalties of curves that keep the order of the classes. Chosen by hand.
_INCREASING_CS = (0.03, 0.3, 3.0)
# A logit that no sum of products can make anything but certain, for classes that are ruled out.
_RULED_OUT = -1e4
# Up to so many classes a matrix may be next to free; more need many times the rows, and such fits are the slowest.
_FEW = 20


@dataclass(frozen=True)
class Rung:
    """One map of a path: its name, its shape, and how far it may go."""

    name: str
    shape: Shape
    C: float


def _path(name: str, Cs: Sequence[float], *, matrix: bool, curve: bool) -> list[Rung]:
    on_shared = _ON_SHARED if curve else None
    return [Rung(name, Shape(matrix, _LIGHTER, _LIGHTER, _RANK, on_shared), C) for C in Cs]


def rungs_for(n_classes: int) -> list[Rung]:
    """Give all maps, from the strongest penalty of every path to its weakest.

    The matrix of two classes says nothing that their scales do not.
    """
    lines = _path("vector", (1e-3, 1e-2, 1e-1, 1.0), matrix=False, curve=False)
    lines += _path("curve", (1e-3, 1e-2, 1e-1), matrix=False, curve=True)
    if n_classes == 2:
        return lines
    Cs = (3e-4, 3e-3, 3e-2, 3e-1)[: 4 if n_classes <= _FEW else 3]
    return lines + _path("matrix", Cs, matrix=True, curve=False) + _path("curve, matrix", Cs, matrix=True, curve=True)


@dataclass(frozen=True)
class Paths:
    """All maps that are pooled, and what they begin from.

    If they keep the order of the classes, all begin from a temperature alone, and less weight than 1 means nearer to
    equal probabilities: a level or a share of single classes would change the order.
    """

    rungs: Sequence[Rung]
    keep_order: bool = False

    @classmethod
    def of(cls, n_classes: int, *, monotone: bool) -> "Paths":
        """Give those for so many classes; monotone ones are curves alone."""
        if not monotone:
            return cls(rungs_for(n_classes))
        shapes = [Shape(matrix=False, on_shared=1.0 / C, keeps_order=True) for C in _INCREASING_CS]
        return cls([Rung("increasing curve", each, 1.0 / (each.on_shared or 1.0)) for each in shapes], True)

    def start(self, rows: LabelledRows) -> Start:
        """Find what the logits become before a map is fitted."""
        return Start(find_temperature(rows)) if self.keep_order else find_start(rows)

    def log_shares(self, codes: Array, weight: Array, n_classes: int) -> Array:
        """Give the logarithms of what is left to the classes where the weights sum to less than 1."""
        return np.full(n_classes, -np.log(n_classes)) if self.keep_order else log_shares(codes, weight, n_classes)


@dataclass(frozen=True)
class RungFit:
    """A fitted map of a path, and by how much its mean penalised loss can still fall at most."""

    problem: AffineProblem
    C: float
    theta: Array
    gap: float


def fits_along(
    problem: AffineProblem, rungs: Sequence[Rung], *, rough: bool, engine: Engine | None = None
) -> Iterator[RungFit]:
    """Fit one map after the other, each starting at those before that are nearest to it."""
    fits: list[RungFit] = []
    for rung in rungs:
        shaped = problem.shaped(rung.shape)
        theta, gap = shaped.fit(rung.C, _beginning(shaped, rung.C, fits), rough=rough, tol=_POOLED_TOL, engine=engine)
        fits.append(RungFit(shaped, rung.C, theta, gap))
        yield fits[-1]


def _beginning(problem: AffineProblem, C: float, fits: Sequence[RungFit]) -> Array | None:
    """Give where a fit begins: at the last one of its path, but for lines and matrix at the one without a curve.

    A curve changes these less than another penalty does.
    """
    shape, loss = problem.shape, problem.loss(C)
    last = [fit.theta for fit in fits if fit.problem.shape == shape]
    theta = last[-1].copy() if last else np.zeros(loss.size)
    if shape.on_shared is not None:
        without = replace(shape, on_shared=None)
        curves = [fit for fit in fits if fit.problem.shape.on_shared is not None]
        if curves and not last:
            loss.shared(theta)[:] = curves[-1].problem.loss(C).shared(curves[-1].theta)
        for twin in (fit for fit in fits if fit.problem.shape == without and fit.C == C):
            for part, same in zip(loss.split(theta), twin.problem.loss(C).split(twin.theta), strict=True):
                part[...] = same
    return theta


def problem_of(rows: LabelledRows, start: Start) -> AffineProblem:
    """Give the rows in the form that fits need, with knots for a curve."""
    return AffineProblem.of(rows, start, Shape(matrix=False)).with_knots()


def plain_starts(start: Start, rows: LabelledRows, n_plain: int) -> list[Start]:
    """Give what the logits may become without a map: the start, and where that takes off a shift, a temperature alone.

    Where the shares of the classes are right as they are, a temperature is one number to find instead of many.
    """
    if n_plain == 1:
        return [start]
    tempering = find_temperature(rows)
    return [start, Start(tempering) if tempering.determined else start]


def n_plain_for(start: Start) -> int:
    """Count what the logits may become without a map."""
    return 1 if start.shift is None else 2


def place_of_simplest(n_classes: int, start: Start) -> int:
    """Give the place of the simplest of these: a temperature alone, for two classes a slope and an intercept."""
    return 0 if n_classes == 2 else n_plain_for(start) - 1


def left_out(rows: LabelledRows, folds: Sequence[Fold], paths: Paths, n_plain: int) -> list[Array]:
    """Give what the logits without a map, and then every map, are for rows that had no part in fitting it.

    In single precision: what it loses is far less than what tells maps apart.
    """
    found = np.empty((n_plain + len(paths.rungs), *rows.logits.shape), np.float32)

    def respond(fold: Fold) -> None:
        fitted, judged = rows.take(fold.inside), rows.take(fold.outside)
        start = paths.start(fitted)
        inside, outside = (AffineProblem.of(part, start, Shape(matrix=False)).single() for part in (fitted, judged))
        found[:, fold.outside] = np.maximum(outside.offset, _RULED_OUT)
        if not start.allows_map:
            return
        for number, plain in enumerate(plain_starts(start, fitted, n_plain)):
            found[number, fold.outside] = np.maximum(offsets(judged, plain), _RULED_OUT)
        for number, fit in enumerate(fits_along(inside.with_knots(), paths.rungs, rough=True), n_plain):
            loss = fit.problem.loss(fit.C).over(outside.offset, outside.codes, outside.weight)
            found[number, fold.outside] = np.maximum(loss.logits(fit.theta), _RULED_OUT)

    with opened(min(_kernels.get_num_threads(), len(folds))) as engine:
        gather(respond, folds, engine)
    return list(found)


def shares_left_out(rows: LabelledRows, folds: Sequence[Fold], paths: Paths) -> Array:
    """Give for every row the logarithms of the classes' shares in the rows that it had no part in."""
    found = np.empty(rows.logits.shape, np.float32)
    for fold in folds:
        found[fold.outside] = paths.log_shares(rows.codes[fold.inside], rows.weight[fold.inside], rows.n_classes)
    return found


def pooled_map(
    rows: LabelledRows, start: Start, rungs: Sequence[Rung], weights: Array, engine: Engine
) -> tuple[AffineMap, float]:
    """Fit the maps whose weights are not 0 to all rows, and give their weighted sum; the first are those without a map.

    The second is the largest bound on what any of the fits could still gain.
    """
    k, problem = rows.n_classes, problem_of(rows, start)
    power, bias = float(weights.sum()), np.zeros(k)
    if start.shift is not None:
        plain = plain_starts(start, rows, 2)[1]
        if plain.shift is None:  # a multiple of what has a shift taken off, and that put back
            power += weights[1] * (start.temperature / plain.temperature - 1.0)
            bias = weights[1] * start.shift / plain.temperature
    total = replace(map_of_start(start, k), bias=bias, power=power)
    maps = weights[len(weights) - len(rungs) :]
    used = [(rung, weight) for rung, weight in zip(rungs, maps, strict=True) if weight > 0.0]
    fits = fits_along(problem, [rung for rung, _ in used], rough=False, engine=engine)
    worst = 0.0
    for fit, (_, weight) in zip(fits, used, strict=True):
        total, worst = (_plus(total, weight, fit.problem.map(fit.theta, start)), max(worst, fit.gap))
    return total, worst


def _plus(total: AffineMap, weight: float, other: AffineMap) -> AffineMap:
    """Add a map's parameters to others'."""
    weights, basis, common = total.weights, total.basis, total.common
    if len(other.weights):
        weights = weight * other.weights + (weights if len(weights) else 0.0)
        basis = other.basis
    if other.common is not None:
        shared = weight * other.common.shared + (0.0 if common is None else common.shared)
        common = SharedMap(other.common.knots, shared)
    return replace(
        total,
        scale=total.scale + weight * other.scale,
        bias=total.bias + weight * other.bias,
        basis=basis,
        weights=weights,
        common=common,
    )
