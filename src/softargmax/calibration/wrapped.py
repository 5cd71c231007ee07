"""Calibrations of something else than exclusive classes' logits: probabilities, and several labels per row."""

import warnings
from collections.abc import Callable, Sequence
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, narrow
from softargmax._codes import as_codes, check_codes
from softargmax._options import as_real
from softargmax._simplex import check_simplex
from softargmax.calibration._rows import Rows, as_logits
from softargmax.calibration.calibration import Calibration, check_inner
from softargmax.exceptions import CalibrationWarning, ShapeError, TargetError


class FromProbabilities(Calibration):
    """A calibration whose `fit`, `transform` and `predict_proba` take probabilities instead of logits.

    Made by ``calibration.from_probabilities()``.

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
    >>> calibration = sm.TemperatureScaling().from_probabilities().fit([[0.9, 0.1]] * 4, [0, 0, 0, 1])
    >>> calibration.predict_proba([[0.9, 0.1]]).round(6)
    array([[0.75, 0.25]])
    """

    method = "from-probabilities"
    wraps = True
    learned: ClassVar[dict[str, str]] = {"floor_": "", "calibration_": "calibration", "optimality_": ""}

    calibration_: Calibration
    floor_: float

    def __init__(self, calibration: Calibration, *, floor: float | None = None) -> None:
        self.calibration = calibration
        self.floor = floor

    def incoming(self, given: npt.ArrayLike, *, fitting: bool) -> Array:
        """Turn probabilities into log-probabilities, or the log-odds of class 1."""
        p = as_floating(given, "probabilities")
        if p.ndim == 2:
            p = check_simplex(p, (1,), "probabilities").astype(as_logits(p).dtype)
        elif np.any((p < 0.0) | (p > 1.0)):
            raise TargetError("probabilities: expected numbers between 0 and 1, got others")
        floor = self._floor(p) if fitting else self.floor_
        if fitting:
            self._next_floor = floor  # kept once the fit has succeeded
        p = as_logits(p)
        if p.ndim == 1:
            return np.asarray(np.log(np.maximum(p, floor)) - np.log(np.maximum(1.0 - p, floor)))
        return np.asarray(np.log(np.maximum(p, p.dtype.type(floor))))

    def _floor(self, p: Array) -> float:
        if self.floor is not None:
            return as_real(self.floor, "floor", low=0.0, high=1.0, open_low=True, open_high=True)
        smallest = min(
            float(np.min(side, where=side > 0.0, initial=1.0)) for side in ((p, 1.0 - p) if p.ndim == 1 else (p,))
        )
        return max(0.5 * smallest, float(np.finfo(p.dtype).tiny))

    def learn(self, rows: Rows) -> Sequence[str]:
        """Let the calibration for logits learn."""
        inner = self.calibration.clone()
        messages = inner.learn(rows)
        self.calibration_, self.floor_ = inner, self._next_floor
        self.calibration_.n_logits_, self.optimality_ = rows.n_classes, self.calibration_.optimality_
        return messages

    def calibrated(self, z: Array) -> Array:
        """Apply it."""
        return self.calibration_.calibrated(z)

    def check_learned(self) -> None:
        """Refuse what no fit can have left behind."""
        check_inner(self, self.calibration_)
        if not 0.0 < self.floor_ < 1.0:
            raise ValueError(f"floor: expected a number between 0 and 1, got {self.floor_}")


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

    method = "multilabel"
    wraps = True
    learned: ClassVar[dict[str, str]] = {"calibrations_": "calibrations", "optimality_": ""}

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
        z, codes = as_logits(logits), as_codes(y, "y")
        if z.ndim != 2 or z.shape != codes.shape or 0 in z.shape:
            raise ShapeError(f"expected logits and y of one shape (n_rows, n_labels), got {z.shape} and {codes.shape}")
        check_codes(codes, 2, "y")
        calibrations = [self.calibration.clone() for _ in range(z.shape[1])]
        for j, calibration in enumerate(calibrations):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                calibration.fit(z[:, j], codes[:, j], sample_weight=sample_weight)
            for warning in caught:
                warnings.warn(f"label {j}: {warning.message}", CalibrationWarning, stacklevel=2)
        self.calibrations_, self.n_logits_ = calibrations, z.shape[1]
        self.optimality_ = max(calibration.optimality_ for calibration in calibrations)
        return self

    def transform(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated log-odds, in the shape and floating dtype of `logits`."""
        return self._each(logits, lambda calibration, z: calibration.transform(z))

    def predict_proba(self, logits: npt.ArrayLike) -> Array:
        """Give the calibrated probability of every label, shape (n_rows, n_labels)."""
        return self._each(logits, lambda calibration, z: calibration.predict_proba(z)[:, 1])

    def _each(self, logits: npt.ArrayLike, function: Callable[[Calibration, Array], Array]) -> Array:
        array = self.checked(logits)
        columns = [function(calibration, array[:, j]) for j, calibration in enumerate(self.calibrations_)]
        return narrow(np.stack(columns, axis=1), array.dtype)

    def checked(self, logits: npt.ArrayLike) -> Array:
        """Bring logits of labels in."""
        self.require_fitted()
        array = as_logits(logits)
        if array.ndim != 2 or array.shape[1] != self.n_logits_:
            raise ShapeError(f"logits: expected shape (n_rows, {self.n_logits_}) as at fit, got {array.shape}")
        return array

    def learn(self, rows: Rows) -> Sequence[str]:
        """Not this way: labels have no row of exclusive classes."""
        raise NotImplementedError

    def calibrated(self, z: Array) -> Array:
        """Not this way either."""
        raise NotImplementedError

    def check_learned(self) -> None:
        """Refuse what no fit can have left behind."""
        if len(self.calibrations_) != self.n_logits_ or any(each.n_logits_ != 1 for each in self.calibrations_):
            raise ValueError(f"calibrations: expected one per label, {self.n_logits_}, got {len(self.calibrations_)}")
