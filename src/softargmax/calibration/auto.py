"""The calibration that does best on rows left out: a pool of maps, or a single one of several.

By default nothing is chosen. Maps from the simplest to a curve with a matrix say what they make of rows left out, and
those rows decide what weight each gets (`additive`). Choosing one by a gate, as is done where a single one is asked
for, leaves gains lying: on five sets of trained networks' logits a pool gained more than the best single method known
afterwards.

But a single one is easier to explain. Then one temperature is what has to be beaten, for two classes a slope and an
intercept; by more than one standard error of the difference, and from 200 rows on: what is chosen may be no better than
these on rows left out, but never worse. With two standard errors real gains are refused, with fewer rows chance would
choose too often. And what gains less than .0005 nats is not worth explaining another method to anybody, however sure
the gain.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import Field, RealField, StateField
from softargmax._options import as_choice, as_integer
from softargmax._renamed import renamed
from softargmax.calibration._affine_calibration import COMPARED
from softargmax.calibration._contenders import Contender, compared, with_one_chosen
from softargmax.calibration._folds import Units
from softargmax.calibration._labelled import LabelledRows
from softargmax.calibration._temperature import find_temperature
from softargmax.calibration.additive import AdditiveCalibration
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


@renamed(methods="calibrations")
class AutoCalibration(ClassCalibration):
    """Let rows left out decide how to calibrate, and fit that to all.

    Attributes
    ----------
    calibration_ : Calibration
        What they decided for, fitted: an `AdditiveCalibration`, the simplest one, or another one that was compared.
    contenders_ : sequence of Contender
        All that were compared, in order; empty where that was impossible, and after loading. Gains are those over the
        first: the simplest one, or of pooled maps what all of them begin from, which for more than two classes may be
        a temperature and a level of every class, with the temperature alone behind it.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        That of ``calibration_``.

    Parameters
    ----------
    calibrations : sequence of Calibration, optional
        What to compare the simplest one with, to choose one. By default, if one is asked for, for two classes
        `BetaCalibration`, `QuadraticCalibration` and `IsotonicCalibration`; for more `EnsembleTemperatureScaling`,
        `StructuredMatrixScaling` with and without its matrix, `BetaCalibration` and `IsotonicCalibration`.
    cv : int, default 5
        Parts the rows are divided into, each of which is left out once.
    method : {"pool", "single"}, optional
        Whether the maps of `AdditiveCalibration` are pooled, or one calibration is chosen. By default they are pooled
        unless calibrations are given, which only "single" goes with.

    See Also
    --------
    TemperatureScaling, PlattScaling : the simplest one, for more than two classes and for two.
    AdditiveCalibration : what it pools, and how.

    Notes
    -----
    The simplest one is a temperature, and for two classes a slope and an intercept: a temperature alone would pull rare
    events towards one half. By default all weight that few rows cannot give to anything else is left to it. For two
    classes the mean probability of the rows fitted to is the share of events among them.

    A single one is chosen over the simplest only if its mean loss on rows left out is lower by
    more than one standard error of the difference (and .0005 nats), so it is never worse than that on them, and rarely
    elsewhere; fewer than 200 rows get the simplest. With very many rows, some of them choose, and all are fitted to.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(3000, 3))
    >>> y = sm.argmax(logits @ [[1, 0, 0], [0.5, 1, 0], [0, 0, 1]] + rng.gumbel(size=(3000, 3)))
    >>> sm.AutoCalibration().fit(logits, y).chosen_
    AdditiveCalibration()
    >>> sm.AutoCalibration(method="single").fit(logits, y).chosen_.kind
    'structured'
    >>> sm.AutoCalibration(calibrations=[sm.VectorScaling()]).fit(logits, y).chosen_
    VectorScaling()
    """

    kind = "auto"
    _wraps = True
    _learned: ClassVar[dict[str, Field]] = {"calibration_": StateField(), "optimality_": RealField()}

    calibration_: ClassCalibration
    contenders_: Sequence[Contender] = ()

    def __init__(
        self,
        *,
        calibrations: Sequence[Calibration] | None = None,
        cv: int = 5,
        method: Literal["pool", "single"] | None = None,
    ) -> None:
        self.calibrations = calibrations
        self.cv = cv
        self.method = method

    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        """Pool, or compare on rows left out; then fit to all."""
        cv = as_integer(self.cv, "cv", low=2)
        others = self._others(rows.n_classes)
        self.contenders_ = ()
        if others is None:
            messages = self._pooled(rows, cv)
        else:
            self.calibration_ = self._chosen(rows, others, cv)
            messages = self.calibration_._learn(rows)
        self.calibration_.n_logits_ = rows.n_classes
        self.optimality_ = self.calibration_.optimality_
        return messages

    def _others(self, n_classes: int) -> Sequence[ClassCalibration] | None:
        """Give what the simplest one is compared with, to choose one; None where maps are pooled."""
        if self.method is not None:
            as_choice(self.method, "method", ("pool", "single"))
        if self.calibrations is None:
            return _menu(n_classes) if self.method == "single" else None
        if self.method == "pool":
            raise ArgumentError(
                'method: expected "single" beside calibrations, of which one is chosen, got "pool"; leave either out',
                parameter="method",
            )
        return _checked_contenders(self.calibrations)

    def _pooled(self, rows: LabelledRows, cv: int) -> Sequence[str]:
        """Pool maps; where all weight is the simplest one's, take that itself."""
        additive = AdditiveCalibration(cv=cv)
        messages = additive._learn(rows)
        self.calibration_, self.contenders_ = additive, additive.contenders_
        if additive._adds:
            return messages
        self.calibration_ = _simplest(rows.n_classes)
        return self.calibration_._learn(rows)

    def _chosen(self, rows: LabelledRows, others: Sequence[ClassCalibration], cv: int) -> ClassCalibration:
        """Give the one that is best on rows left out, not fitted."""
        candidates = [_simplest(rows.n_classes), *others]
        chosen = candidates[0]
        if rows.total >= _FEWEST and not find_temperature(rows).separated:
            chosen, self.contenders_ = _compared(rows, candidates, cv)
        return chosen.clone()

    def _calibrated(self, z: Array) -> Array:
        return self.calibration_._calibrated(z)

    def _check_learned(self) -> None:
        check_inner(self, self.calibration_)


def _simplest(n_classes: int) -> ClassCalibration:
    """Give what has to be beaten."""
    return PlattScaling() if n_classes == 2 else TemperatureScaling()


def _menu(n_classes: int) -> list[ClassCalibration]:
    """Give what is compared with the simplest if nothing is given; the matrix of two classes says nothing new."""
    if n_classes == 2:
        return [BetaCalibration(), QuadraticCalibration(), IsotonicCalibration()]
    structured = [StructuredMatrixScaling(structure="vector"), StructuredMatrixScaling()]
    return [EnsembleTemperatureScaling(), *structured, BetaCalibration(), IsotonicCalibration()]


def _checked_contenders(calibrations: object) -> list[ClassCalibration]:
    if not isinstance(calibrations, Sequence):
        raise ArgumentError(
            f"calibrations: expected a list of calibrations, got {calibrations!r}", parameter="calibrations"
        )
    return [_checked_contender(each) for each in calibrations]


def _checked_contender(calibration: object) -> ClassCalibration:
    if not isinstance(calibration, ClassCalibration) or calibration._wraps:
        hint = "; wrap the AutoCalibration instead" if isinstance(calibration, Calibration) else ""
        raise ArgumentError(
            f"calibrations: expected calibrations of logits, such as VectorScaling(), got {calibration!r}{hint}",
            parameter="calibrations",
        )
    return calibration


def _compared(
    rows: LabelledRows, candidates: Sequence[ClassCalibration], cv: int
) -> tuple[ClassCalibration, Sequence[Contender]]:
    """Give the best candidate as it is to be fitted, and how all did."""
    units = Units.of(rows.sample(max(COMPARED // rows.n_classes, _FEWEST)))
    rows, simplest = units.rows, candidates[0].clone()
    simplest._learn(rows)
    folds = units.folds(simplest._calibrated(rows.logits.astype(np.float64)), cv)
    if len(folds) < 2:
        return candidates[0], ()
    losses, refined = zip(*(each._left_out(rows, folds) for each in candidates), strict=True)
    contenders = compared([_name(each) for each in refined], losses, units)
    worthy = [j for j, each in enumerate(contenders) if each.gain > max(_SURE * each.standard_error, _WORTH)]
    best = min(worthy, key=lambda j: contenders[j].loss, default=0)
    return refined[best], with_one_chosen(contenders, best)


def _name(calibration: ClassCalibration) -> str:
    without = calibration.get_params().get("structure") == "vector"
    return calibration.kind + (" (no matrix)" if without else "")
