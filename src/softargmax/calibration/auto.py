"""The calibration that does best on rows left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from softargmax._arrays import Array
from softargmax._options import as_integer
from softargmax.calibration._folds import better_by, deal, losses_of
from softargmax.calibration._rows import Rows
from softargmax.calibration._temperature import find_temperature
from softargmax.calibration.calibration import Calibration, check_inner
from softargmax.calibration.ensemble import EnsembleTemperatureScaling
from softargmax.calibration.nonparametric import IsotonicCalibration
from softargmax.calibration.parametric import BetaCalibration, QuadraticCalibration
from softargmax.calibration.structured import COMPARED, StructuredMatrixScaling
from softargmax.calibration.temperature import TemperatureScaling
from softargmax.exceptions import ArgumentError

# Fewer rows than this choose by chance.
_FEWEST = 200
# By how many standard errors another calibration has to be better.
_SURE = 2.0
# And by how many nats: less is not worth another method.
_WORTH = 5e-4


@dataclass(frozen=True)
class Contender:
    """How one calibration did: its mean loss on rows left out, by how much that is below temperature scaling's, and
    the standard error of that difference, in nats.
    """

    calibration: Calibration
    loss: float
    gain: float
    standard_error: float


class AutoCalibration(Calibration):
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
    methods : sequence of Calibration, optional
        What to compare temperature scaling with. By default, for two classes, `BetaCalibration`,
        `QuadraticCalibration`, `IsotonicCalibration` and `StructuredMatrixScaling`; for more,
        `EnsembleTemperatureScaling` and `StructuredMatrixScaling` with and without its matrix.
    cv : int, default 5
        Parts the rows are dealt to.

    See Also
    --------
    TemperatureScaling : what it falls back to.

    Notes
    -----
    Another calibration is chosen over temperature scaling only if its mean loss on rows left out is lower by more
    than two standard errors of the difference (and .0005 nats), so it is never worse than that on them, and
    rarely elsewhere. Fewer than 200 rows, and rows that do not determine a temperature, get temperature
    scaling. With very many rows, some of them choose, and all are fitted to.

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

    method = "auto"
    wraps = True
    learned: ClassVar[dict[str, str]] = {"calibration_": "calibration", "optimality_": ""}

    calibration_: Calibration
    contenders_: Sequence[Contender] = ()

    def __init__(self, *, methods: Sequence[Calibration] | None = None, cv: int = 5) -> None:
        self.methods = methods
        self.cv = cv

    def learn(self, rows: Rows) -> Sequence[str]:
        """Compare on rows left out, then fit the best to all."""
        methods, cv = self._methods(rows.n_classes), as_integer(self.cv, "cv", low=2)
        self.contenders_ = ()
        if len(rows) >= _FEWEST and find_temperature(rows).to_start_from is not None:
            self.contenders_ = self._compare(rows.sample(max(COMPARED // rows.n_classes, _FEWEST)), methods, cv)
        worthy = [each for each in self.contenders_ if each.gain > max(_SURE * each.standard_error, _WORTH)]
        best = min(worthy, key=lambda each: each.loss).calibration if worthy else TemperatureScaling()
        self.calibration_ = best.clone()
        messages = self.calibration_.learn(rows)
        self.calibration_.n_logits_ = rows.n_classes
        self.optimality_ = self.calibration_.optimality_
        return messages

    def _methods(self, n_classes: int) -> Sequence[Calibration]:
        if self.methods is not None:
            if not isinstance(self.methods, Sequence):
                raise ArgumentError(f"methods: expected a list of calibrations, got {self.methods!r}")
            for method in self.methods:
                if not isinstance(method, Calibration) or method.wraps:
                    raise ArgumentError(
                        f"methods: expected calibrations of logits, got {method!r}; wrap the AutoCalibration instead"
                    )
            return self.methods
        if n_classes <= 2:
            return [BetaCalibration(), QuadraticCalibration(), IsotonicCalibration(), StructuredMatrixScaling()]
        return [
            EnsembleTemperatureScaling(),
            StructuredMatrixScaling(structure="vector"),
            StructuredMatrixScaling(),
        ]

    @staticmethod
    def _compare(rows: Rows, methods: Sequence[Calibration], cv: int) -> list[Contender]:
        temperature = TemperatureScaling()
        temperature.learn(rows)
        folds = deal(losses_of(temperature.calibrated(rows.logits.astype(np.float64)), rows.codes), cv)
        plain, _ = temperature.cross_validated(rows, folds)
        contenders = [Contender(TemperatureScaling(), float(np.average(plain, weights=rows.weight)), 0.0, 0.0)]
        for method in methods:
            losses, refined = method.cross_validated(rows, folds)
            gain, error = better_by(losses, plain, rows.weight)
            contenders.append(Contender(refined, float(np.average(losses, weights=rows.weight)), gain, error))
        return contenders

    def check_learned(self) -> None:
        """Refuse what no fit can have left behind."""
        check_inner(self, self.calibration_)

    def calibrated(self, z: Array) -> Array:
        """Apply the chosen one."""
        return self.calibration_.calibrated(z)
