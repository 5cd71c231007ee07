"""Calibrations of something else than exclusive classes' logits: probabilities, and several labels per row."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, is_half
from softargmax._codes import as_codes, check_codes
from softargmax._fields import Field, RealField, StateField, StatesField
from softargmax._logits import Logits, Probabilities, probabilities_in
from softargmax._options import as_real
from softargmax._parameters import require_fitted
from softargmax._simplex import check_simplex
from softargmax.calibration._labelled import LabelledRows
from softargmax.calibration.calibration import Calibration, ClassCalibration, check_inner
from softargmax.exceptions import ArgumentError, ShapeError


class ProbabilityCalibration(ClassCalibration):
    """A calibration whose `fit`, `transform` and `predict_proba` take probabilities instead of logits.

    Zeros and ones have no finite logit, so probabilities count as at least `floor` on their way to log-probabilities.

    Attributes
    ----------
    calibration_ : Calibration
        The one for logits, fitted.
    floor_ : float
        What smaller probabilities count as.
    n_logits_ : int
        Probabilities per row: the number of classes, or 1 for the probability of class 1.
    optimality_ : float
        That of `calibration_`.

    Parameters
    ----------
    calibration : Calibration
        Which one.
    floor : float, optional
        What a probability of 0 counts as; by default half of the smallest positive one that is seen at fit.

    See Also
    --------
    Calibration : the interface, for logits.

    Notes
    -----
    Logits are better: a probability near 1 has lost the digits that tell how near, and a probability of 0 says nothing
    of how small it was before it was rounded. Rows of probabilities must have the sum 1.

    Examples
    --------
    >>> import softargmax as sm
    >>> calibration = sm.ProbabilityCalibration(sm.TemperatureScaling()).fit([[0.9, 0.1]] * 4, [0, 0, 0, 1])
    >>> calibration.predict_proba([[0.9, 0.1]]).round(6)
    array([[0.75, 0.25]])
    """

    kind = "from-probabilities"
    _wraps = True
    _takes_logits = False
    _learned: ClassVar[dict[str, Field]] = {
        "floor_": RealField(low=0.0, high=1.0, open_low=True, open_high=True),
        "calibration_": StateField(),
        "optimality_": RealField(),
    }

    calibration_: ClassCalibration
    floor_: float

    def __init__(self, calibration: Calibration, *, floor: float | None = None) -> None:
        self.calibration = calibration
        self.floor = floor

    def fit(
        self, probabilities: npt.ArrayLike, y: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
    ) -> Self:
        """Learn from rows the model was not trained on, as `Calibration.fit` does.

        Parameters
        ----------
        probabilities : array-like, shape (n_rows, n_classes), or (n_rows,) or (n_rows, 1) for those of class 1
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes.
        sample_weight : array-like, shape (n_rows,), optional

        Returns
        -------
        self

        Raises
        ------
        ShapeError, DTypeError, TargetError, ArgumentError
            For arrays that do not fit, and rows that are no distributions.
        """
        return super().fit(probabilities, y, sample_weight=sample_weight)

    def transform(self, probabilities: npt.ArrayLike) -> Array:
        """Give calibrated logits, in the shape and floating dtype of `probabilities`; log-odds for one per row."""
        return super().transform(probabilities)

    def predict_proba(self, probabilities: npt.ArrayLike) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes), in the floating dtype of `probabilities`."""
        return super().predict_proba(probabilities)

    def _fit(self, logits: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> Sequence[str]:
        self._fresh()  # what cannot be wrapped is refused first
        given, floor = self._to_fit_and_floor(logits)
        messages = self._fit_rows(given, y, sample_weight)
        self.floor_ = floor
        return messages

    def _to_fit(self, logits: npt.ArrayLike) -> Logits:
        return self._to_fit_and_floor(logits)[0]

    def _to_fit_and_floor(self, probabilities: npt.ArrayLike) -> tuple[Logits, float]:
        rows = probabilities_in(probabilities)
        p = _checked_probabilities(rows)
        floor = self._floor(p)
        return _as_logits(rows, p, floor), floor

    def _checked(self, logits: npt.ArrayLike) -> Logits:
        require_fitted(self, "n_logits_")
        rows = probabilities_in(logits, n_classes=self._n_classes)
        return _as_logits(rows, _checked_probabilities(rows), self.floor_)

    def _floor(self, p: Array) -> float:
        if self.floor is not None:
            return as_real(self.floor, "floor", low=0.0, high=1.0, open_low=True, open_high=True)
        sides = (p, 1.0 - p) if p.ndim == 1 else (p,)
        smallest = min(float(np.min(side, where=side > 0.0, initial=1.0)) for side in sides)
        return max(0.5 * smallest, float(np.finfo(p.dtype).tiny))

    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        inner = self._fresh()
        messages = inner._learn(rows)
        inner.n_logits_ = rows.n_classes
        self.calibration_, self.optimality_ = inner, inner.optimality_
        return messages

    def _fresh(self) -> ClassCalibration:
        """Give an unfitted copy of what is wrapped, if it calibrates logits of classes."""
        inner = self.calibration.clone() if isinstance(self.calibration, ClassCalibration) else None
        if inner is None or isinstance(inner, ProbabilityCalibration):
            raise ArgumentError(
                f"calibration: expected one that calibrates logits of exclusive classes, got {self.calibration!r}",
                parameter="calibration",
            )
        return inner

    def _calibrated(self, z: Array) -> Array:
        return self.calibration_._calibrated(z)

    def _check_learned(self) -> None:
        check_inner(self, self.calibration_)


def _checked_probabilities(rows: Probabilities) -> Array:
    """Give checked rows, or those of class 1 alone, in the dtype they came in; half precision is widened."""
    p = rows.values[:, 1] if rows.was_sigmoid else check_simplex(rows.values, (1,), rows.name)
    return p.astype(np.float32 if is_half(rows.dtype) else rows.dtype)  # float64 and back loses nothing


def _as_logits(rows: Probabilities, p: Array, floor: float) -> Logits:
    """Give log-probabilities, or the log-odds of class 1 as two columns."""
    if rows.was_sigmoid:
        odds = np.log(np.maximum(p, floor)) - np.log(np.maximum(1.0 - p, floor))
        z = np.stack([np.zeros_like(odds), odds], axis=1)
    else:
        z = np.log(np.maximum(p, p.dtype.type(floor)))
    return Logits(z, rows.shape, rows.dtype, rows.name)


class MultilabelCalibration(Calibration):
    """Calibrate the logits of several yes/no labels per row, each label on its own.

    Attributes
    ----------
    calibrations_ : list of Calibration
        One per label, fitted.
    n_logits_ : int
        Labels per row.
    optimality_ : float
        The largest of the labels'.

    Parameters
    ----------
    calibration : Calibration
        Which one; every label gets its own.

    See Also
    --------
    Calibration : for exclusive classes.

    Notes
    -----
    `fit` takes logits and y of shape (n_rows, n_labels), y of 0 and 1; `predict_proba` gives the probability of every
    label's yes, in that shape.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(2000, 2))
    >>> y = (rng.random((2000, 2)) < sm.sigmoid(logits * [1.0, 3.0])).astype(int)
    >>> scaling = sm.MultilabelCalibration(sm.TemperatureScaling()).fit(logits, y)
    >>> [round(each.temperature_, 1) for each in scaling.calibrations_]
    [1.0, 0.3]
    """

    kind = "multilabel"
    _wraps = True
    _takes_logits = False
    _learned: ClassVar[dict[str, Field]] = {"calibrations_": StatesField(), "optimality_": RealField()}

    calibrations_: list[Calibration]

    def __init__(self, calibration: Calibration) -> None:
        self.calibration = calibration

    def fit(self, logits: npt.ArrayLike, y: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit one calibration per label.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_labels)
            Log-odds of every label.
        y : array-like of 0 and 1, shape (n_rows, n_labels)
        sample_weight : array-like, shape (n_rows,), optional

        Returns
        -------
        self

        Raises
        ------
        ShapeError, DTypeError, TargetError, ArgumentError
            For arrays that do not fit.
        """
        return super().fit(logits, y, sample_weight=sample_weight)

    def transform(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated log-odds, in the shape and floating dtype of `logits`."""
        return self._each(logits, lambda calibration, z: calibration.transform(z))

    def predict_proba(self, logits: npt.ArrayLike) -> Array:
        """Give the calibrated probability of every label, shape (n_rows, n_labels)."""
        return self._each(logits, lambda calibration, z: calibration.predict_proba(z)[:, 1])

    def _fit(self, logits: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> Sequence[str]:
        z, codes = as_floating(logits, "logits"), as_codes(y, "y")
        if z.ndim != 2 or z.shape != codes.shape or 0 in z.shape:
            raise ShapeError(
                f"expected logits and y of one shape (n_rows, n_labels), got {z.shape} and {codes.shape}", parameter="y"
            )
        check_codes(codes, 2, "y")
        calibrations, messages = [self.calibration.clone() for _ in range(z.shape[1])], []
        for j, calibration in enumerate(calibrations):
            said = calibration._fit(z[:, j], codes[:, j], sample_weight)
            messages += [f"label {j}: {message}" for message in said]
        self.calibrations_, self.n_logits_ = calibrations, z.shape[1]
        self.optimality_ = max(calibration.optimality_ for calibration in calibrations)
        return messages

    def _each(self, logits: npt.ArrayLike, function: Callable[[Calibration, Array], Array]) -> Array:
        require_fitted(self, "n_logits_")
        z = as_floating(logits, "logits")
        if z.ndim != 2 or z.shape[1] != self.n_logits_:
            raise ShapeError(
                f"logits: expected shape (n_rows, {self.n_logits_}) as at fit, got {z.shape}", parameter="logits"
            )
        return np.stack([function(each, z[:, j]) for j, each in enumerate(self.calibrations_)], axis=1)

    def _check_learned(self) -> None:
        if len(self.calibrations_) != self.n_logits_ or any(each.n_logits_ != 1 for each in self.calibrations_):
            raise ValueError(f"calibrations: expected one per label, {self.n_logits_}, got {len(self.calibrations_)}")
