"""The calibration that does best on rows left out.

One temperature is what has to be beaten, for two classes a slope and an intercept; by more than one standard error of
the difference, and from 200 rows on: the calibration that is chosen may be no better than these on rows left out, but
never worse. With two standard errors real gains are refused: on two of six sets of trained networks' logits the
structured matrix gains 1.7. With fewer rows chance would choose too often. And what gains less than .0005 nats is not
worth explaining another method to anybody, however sure the gain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import Field, RealField, StateField
from softargmax._options import as_integer
from softargmax._renamed import renamed
from softargmax.calibration._affine_calibration import COMPARED
from softargmax.calibration._folds import Units, better_by
from softargmax.calibration._labelled import LabelledRows
from softargmax.calibration._temperature import find_temperature
from softargmax.calibration.calibration import Calibration, ClassCalibration, check_inner
from softargmax.calibration.ensemble import EnsembleTemperatureScaling
from softargmax.calibration.nonparametric import IsotonicCalibration
from softargmax.calibration.parametric import BetaCalibration, PlattScaling, QuadraticCalibration
from softargmax.calibration.structured import StructuredMatrixScaling
from softargmax.calibration.temperature import TemperatureScaling
from softargmax.exceptions import ArgumentError

# Fewer rows than this choose by chance; see the module.
_FEWEST = 200
# By how many standard errors another calibration has to be better.
_SURE = 1.0
# And by how many nats: less is not worth another method.
_WORTH = 5e-4


@dataclass(frozen=True)
class Contender:
    """How one calibration did: its mean loss on rows left out, by how much that is below the simplest one's, and
    the standard error of that difference, in nats.
    """

    calibration: ClassCalibration
    loss: float
    gain: float
    standard_error: float


@renamed(methods="calibrations")
class AutoCalibration(ClassCalibration):
    """Choose the calibration that does best on rows left out, and fit it to all.

    Attributes
    ----------
    calibration_ : Calibration
        The one that was chosen, fitted.
    contenders_ : sequence of Contender
        All that were compared, in order; empty if rows were too few, or after loading.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        That of the chosen one.

    Parameters
    ----------
    calibrations : sequence of Calibration, optional
        What to compare the simplest one with: temperature scaling, for two classes `PlattScaling`. By default, for
        two classes, `BetaCalibration`, `QuadraticCalibration`, `IsotonicCalibration` and
        `StructuredMatrixScaling`; for more, `EnsembleTemperatureScaling` and
        `StructuredMatrixScaling` with and without its matrix.
    cv : int, default 5
        Parts the rows are divided into, each of which is left out once.

    See Also
    --------
    TemperatureScaling, PlattScaling : what it falls back to.

    Notes
    -----
    Another calibration is chosen over the simplest one only if its mean loss on rows left out is lower by more than one
    standard error of the difference (and .0005 nats), so it is never worse than that on them, and rarely elsewhere.
    The simplest one is a temperature, and for two classes a slope and an intercept: a temperature alone would pull rare
    events towards one half. Fewer than 200 rows, and rows that do not determine a temperature, get the simplest one.
    With very many rows, some of them choose, and all are fitted to.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(3000, 3))
    >>> y = sm.argmax(logits @ [[1, 0, 0], [0.5, 1, 0], [0, 0, 1]] + rng.gumbel(size=(3000, 3)))
    >>> sm.AutoCalibration().fit(logits, y).calibration_
    StructuredMatrixScaling(Cs=(0.03,))
    >>> sm.AutoCalibration().fit(logits, sm.argmax(2 * logits + rng.gumbel(size=(3000, 3)))).calibration_
    TemperatureScaling()
    """

    kind = "auto"
    _wraps = True
    _learned: ClassVar[dict[str, Field]] = {"calibration_": StateField(), "optimality_": RealField()}

    calibration_: ClassCalibration
    contenders_: Sequence[Contender] = ()

    def __init__(self, *, calibrations: Sequence[Calibration] | None = None, cv: int = 5) -> None:
        self.calibrations = calibrations
        self.cv = cv

    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        """Compare on rows left out, then fit the best to all."""
        others, cv = self._others(rows.n_classes), as_integer(self.cv, "cv", low=2)
        self.contenders_ = ()
        if rows.total >= _FEWEST and not find_temperature(rows).separated:
            self.contenders_ = _compared(rows.sample(max(COMPARED // rows.n_classes, _FEWEST)), others, cv)
        worthy = [each for each in self.contenders_ if each.gain > max(_SURE * each.standard_error, _WORTH)]
        best = min(worthy, key=lambda each: each.loss).calibration if worthy else _simplest(rows.n_classes)
        self.calibration_ = best.clone()
        messages = self.calibration_._learn(rows)
        self.calibration_.n_logits_ = rows.n_classes
        self.optimality_ = self.calibration_.optimality_
        return messages

    def _others(self, n_classes: int) -> Sequence[ClassCalibration]:
        """Give what the simplest calibration is compared with."""
        if self.calibrations is None and n_classes <= 2:
            return [BetaCalibration(), QuadraticCalibration(), IsotonicCalibration(), StructuredMatrixScaling()]
        if self.calibrations is None:
            return [
                EnsembleTemperatureScaling(),
                StructuredMatrixScaling(structure="vector"),
                StructuredMatrixScaling(),
            ]
        if not isinstance(self.calibrations, Sequence):
            raise ArgumentError(
                f"calibrations: expected a list of calibrations, got {self.calibrations!r}", parameter="calibrations"
            )
        return [_checked_contender(each) for each in self.calibrations]

    def _calibrated(self, z: Array) -> Array:
        return self.calibration_._calibrated(z)

    def _check_learned(self) -> None:
        check_inner(self, self.calibration_)


def _simplest(n_classes: int) -> ClassCalibration:
    """Give what has to be beaten."""
    return PlattScaling() if n_classes == 2 else TemperatureScaling()


def _checked_contender(calibration: object) -> ClassCalibration:
    if not isinstance(calibration, ClassCalibration) or calibration._wraps:
        hint = "; wrap the AutoCalibration instead" if isinstance(calibration, Calibration) else ""
        raise ArgumentError(
            f"calibrations: expected calibrations of logits, such as VectorScaling(), got {calibration!r}{hint}",
            parameter="calibrations",
        )
    return calibration


def _compared(rows: LabelledRows, others: Sequence[ClassCalibration], cv: int) -> list[Contender]:
    """Give how the simplest calibration and the others do on rows left out; nothing where all rows are one."""
    units = Units.of(rows)
    rows = units.rows
    simplest = _simplest(rows.n_classes)
    simplest._learn(rows)
    folds = units.folds(simplest._calibrated(rows.logits.astype(np.float64)), cv)
    if len(folds) < 2:
        return []
    plain, _ = simplest._left_out(rows, folds)
    contenders = [Contender(simplest.clone(), float(np.average(plain, weights=rows.weight)), 0.0, 0.0)]
    for other in others:
        losses, refined = other._left_out(rows, folds)
        gain, error = better_by(losses, plain, rows.weight, units.grain)
        contenders.append(Contender(refined, float(np.average(losses, weights=rows.weight)), gain, error))
    return contenders
