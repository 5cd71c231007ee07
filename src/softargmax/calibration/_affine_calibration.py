"""What affine calibrations share: tempering, fitting, and a temperature where the rows do not suffice for more.

An affine map scales every logit, moves it, and mixes it with the others. How many numbers that takes is a `Shape`; how
far from doing nothing they may go is a penalty 1 / C, which is given (`FixedPenalty`) or chosen by rows that are left
out of the fit (`ChosenPenalty`).
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from softargmax._arrays import Array
from softargmax._engine import opened
from softargmax._fields import ArrayField, Field, RealField
from softargmax._options import as_integer, as_real
from softargmax.calibration._affine import AffineMap, map_of_start, offsets
from softargmax.calibration._binary import LARGEST
from softargmax.calibration._folds import Fold, Units
from softargmax.calibration._labelled import LabelledRows, missing_classes
from softargmax.calibration._penalised import AffineProblem, Shape, choose_penalty
from softargmax.calibration._start import Start, find_start
from softargmax.calibration.calibration import ClassCalibration
from softargmax.exceptions import ArgumentError

# Penalties, and whole calibrations, are compared on at most so many numbers, which with 100 classes are 80 000 rows.
# More rows decide nothing else, and cost as much as five fits each; the fit that is kept sees all of them.
COMPARED = 2**23
# Folds are left out until so many numbers were, but two of them at least: of 100 classes 1300 rows, from which on which
# penalty is best hangs on next to no chance, and every fold costs as much as fits to all rows do.
_DECIDING = 2**17
# Fewer rows than this cannot choose a penalty: the strongest is taken.
_FEWEST = 20
# A bound on what is left to gain that is worth no word, in nats.
_FINISHED = 1e-6
# Two to a decade, from where next to nothing is changed to where next to nothing is held back; chosen by hand.
CS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 10.0)


# What a fit of an affine map leaves behind.
FIELDS_OF_MAP: dict[str, Field] = {
    "temperature_": RealField(low=0.0, open_low=True),
    "shift_": ArrayField("K", optional=True),
    "scale_": ArrayField("K", low=-LARGEST, high=LARGEST),
    "bias_": ArrayField("K", low=-LARGEST, high=LARGEST),
    "basis_": ArrayField("", "", low=-LARGEST, high=LARGEST),
    "weights_": ArrayField("", "K", low=-LARGEST, high=LARGEST),
}


class MappedCalibration(ClassCalibration):
    """What calibrations share that are one affine map of log-probabilities: how its parts are kept."""

    temperature_: float
    shift_: Array | None
    scale_: Array
    bias_: Array
    basis_: Array
    weights_: Array

    def _keep(self, fitted: AffineMap, gap: float) -> None:
        self.temperature_, self.shift_ = fitted.temperature, fitted.shift
        self.scale_, self.bias_, self.weights_ = fitted.scale, fitted.bias, fitted.weights
        self.basis_ = np.zeros((0, 0)) if fitted.basis is None else fitted.basis
        self.optimality_ = gap

    def _keep_start(self, start: Start, n_classes: int) -> None:
        """Keep what logits become before a map is fitted, and no map."""
        self._keep(map_of_start(start, n_classes), start.tempering.optimality if start.has_signal else 0.0)

    def _map(self) -> AffineMap:
        basis = self.basis_ if self.basis_.size else None
        return AffineMap(self.temperature_, self.shift_, self.scale_, self.bias_, basis, self.weights_)

    def _calibrated(self, z: Array) -> Array:
        return self._map()(z)

    def _check_learned(self) -> None:
        k, (rank, _) = len(self.scale_), self.weights_.shape
        expected = (k, rank) if rank not in (0, k) else (0, 0)
        super()._check_learned()
        if self.basis_.shape not in (expected, (k, rank)):
            raise ValueError("the parts of the matrix do not fit together")


class AffineCalibration(MappedCalibration):
    """An affine map of log-probabilities, fitted under a penalty."""

    _learned: ClassVar[dict[str, Field]] = {**FIELDS_OF_MAP, "C_": RealField(), "optimality_": RealField()}
    C_: float

    @abstractmethod
    def _shape(self) -> Shape:
        """Give which parameters there are."""

    @abstractmethod
    def _penalty(self, rows: LabelledRows, start: Start) -> tuple[float | None, Array | None]:
        """Give the C to fit with, the inverse of the penalty's weight, and where to begin if that is known.

        None instead of C where rows left out say that no map is best.
        """

    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        """Fit the map; one temperature, or the classes' shares, where the rows do not determine more."""
        start, self.C_ = find_start(rows), 0.0
        if not start.allows_map:
            self._keep_start(start, rows.n_classes)
            return start.messages
        C, begin = self._penalty(rows, start)
        if C is None:
            self._keep_start(start, rows.n_classes)
            return start.messages
        problem = AffineProblem.of(rows, start, self._shape())
        with opened() as engine:
            theta, gap = problem.fit(C, problem.beginning(begin), engine=engine)
        likeliest = float(np.average(np.exp(-problem.loss(C).losses(theta)), weights=rows.weight))
        if likeliest > (rows.total + 1.0) / (rows.total + 2.0):  # Laplace's rule for rows that are all right
            self._keep_start(start, rows.n_classes)
            return [
                f"these {rows.total:g} rows can be told apart by so many parameters that the probabilities would be "
                "nearly 0 and 1; one temperature was fitted instead"
            ]
        self.C_ = C
        self._keep(problem.map(theta, start), gap)
        return [*missing_classes(rows), *([] if gap <= _FINISHED else [_unfinished(gap)])]


class FixedPenalty(AffineCalibration):
    """Those whose penalty is given."""

    def __init__(self, *, C: float = 100.0) -> None:
        self.C = C

    def _penalty(self, rows: LabelledRows, start: Start) -> tuple[float | None, Array | None]:
        return as_real(self.C, "C", low=0.0, open_low=True), None


class ChosenPenalty(AffineCalibration):
    """Those whose penalty is the one that does best on rows left out."""

    def __init__(self, *, Cs: Sequence[float] = CS, cv: int = 5) -> None:
        self.Cs = Cs
        self.cv = cv

    def _penalty(self, rows: LabelledRows, start: Start) -> tuple[float | None, Array | None]:
        Cs, cv = _checked_penalties(self.Cs), as_integer(self.cv, "cv", low=2)
        if len(Cs) == 1 or rows.total < _FEWEST:
            return min(Cs), None
        some = Units.of(rows.sample(max(COMPARED // rows.n_classes, 1)))
        folds = some.folds(offsets(some.rows, start), cv)
        if len(folds) < 2:
            return min(Cs), None
        n_deciding = max(2, -(-_DECIDING * len(folds) // some.rows.logits.size))
        choice = choose_penalty(some.rows, folds[:n_deciding], self._shape(), Cs)
        return choice.C, choice.theta

    def _left_out(self, rows: LabelledRows, folds: Sequence[Fold]) -> tuple[Array, ClassCalibration]:
        """Choose the penalty by the folds; the losses are those of the rows left out."""
        Cs = _checked_penalties(self.Cs)
        if len(Cs) == 1 or not find_start(rows).allows_map:
            return super()._left_out(rows, folds)
        choice = choose_penalty(rows, folds, self._shape(), Cs)
        return choice.losses, self.clone() if choice.C is None else self.clone().set_params(Cs=(choice.C,))


def _unfinished(gap: float) -> str:
    return f"the fit stopped before its minimum: the mean penalised loss is at most {gap:.2g} nats above it"


def _checked_penalties(Cs: Sequence[float]) -> tuple[float, ...]:
    if np.ndim(Cs) != 1 or len(Cs) == 0:
        raise ArgumentError(f"Cs: expected a sequence of at least one positive number, got {Cs!r}", parameter="Cs")
    return tuple(as_real(C, "Cs", low=0.0, open_low=True) for C in Cs)
