"""What all calibrations have in common: one way to fit, to apply, to save and to load them."""

import inspect
import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, narrow
from softargmax._lazy import load
from softargmax.calibration._folds import halves, losses_of
from softargmax.calibration._rows import Rows, as_columns, as_logits, blocks, dtype_of
from softargmax.calibration._state import to_state, write_state
from softargmax.exceptions import ArgumentError, CalibrationWarning, NotFittedError, ShapeError
from softargmax.probabilities import softmax

if TYPE_CHECKING:
    from softargmax.calibration.wrapped import FromProbabilities


class Calibration(ABC):
    """Logits in, logits that mean what they say out: the interface of every calibration.

    A calibration is fitted to rows the model was not trained on. It works on logits; probabilities come in only
    through `from_probabilities`, which says so.

    Attributes
    ----------
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        How far from its optimum the fit stopped, in nats; 0 where nothing is optimised. Each class says what it is.
    classes_ : tuple of str, or None
        Names of the classes, if somebody set them: they are saved and loaded with the rest.

    See Also
    --------
    softargmax.AutoCalibration : chooses among them.

    Notes
    -----
    A row's result depends on nothing but the row: it is the same alone or in a batch, bit for bit. -inf rules a class
    out, before and after. As scikit-learn's estimators, with logits for features; ``get_params`` and ``set_params``
    are its protocol.

    Examples
    --------
    >>> import softargmax as sm
    >>> calibration = sm.TemperatureScaling().fit([[2.0, 0.0]] * 4, [0, 0, 0, 1])
    >>> isinstance(calibration, sm.Calibration)
    True
    >>> sm.Calibration.from_state(calibration.to_state()).temperature_ == calibration.temperature_
    True
    """

    method: ClassVar[str]
    # What a fit leaves behind: the attribute's name and its shape in terms of K, the number of classes.
    learned: ClassVar[dict[str, str]]

    n_logits_: int
    optimality_: float
    # Whether it hands something else than logits of exclusive classes to another one.
    wraps: ClassVar[bool] = False
    # What the columns are called, for who saves and loads; nothing is computed with it.
    classes_: tuple[str, ...] | None = None

    def fit(self, logits: npt.ArrayLike, y: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from rows the model was not trained on.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid
            Unnormalised log-probabilities; log-probabilities are logits too. -inf rules a class out.
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes.
        sample_weight : array-like, shape (n_rows,), optional
            Non-negative; a row of weight 2 counts as two rows. Weights that are all below 1 are taken as shares, and
            scaled to the mean 1.

        Returns
        -------
        self

        Raises
        ------
        ShapeError, DTypeError, TargetError, ArgumentError
            For arrays that do not fit, and logits that are NaN or +inf.

        Warns
        -----
        CalibrationWarning
            If the rows do not determine the calibration: what was done instead.
        """
        array = self.incoming(logits, fitting=True)
        rows = Rows.of(array, y, sample_weight)
        messages = [*rows.messages, *self.learn(rows)]
        self.n_logits_ = 1 if array.ndim == 1 else rows.n_classes
        for message in messages:
            warnings.warn(message, CalibrationWarning, stacklevel=2)
        return self

    def transform(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated logits, in the shape and floating dtype of `logits`."""
        array = self.checked(logits)
        finish = (lambda z: z[:, 1] - z[:, 0]) if array.ndim == 1 else (lambda z: z)
        return self._in_blocks(array, finish, np.empty(array.shape, dtype_of(logits)))

    def predict_proba(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes), in the floating dtype of `logits`."""
        array = self.checked(logits)
        shape = (len(array), 2 if array.ndim == 1 else array.shape[1])
        return self._in_blocks(array, softmax, np.empty(shape, dtype_of(logits)))

    @abstractmethod
    def learn(self, rows: Rows) -> Sequence[str]:
        """Learn from checked rows; give what there is to warn of."""

    def cross_validated(self, rows: Rows, folds: Array) -> tuple[Array, "Calibration"]:
        """Give every row's loss by a fit that left its fold out, and the calibration to fit to all rows."""
        losses = np.empty(len(rows))
        for fold in range(int(folds.max()) + 1):
            inside, outside = halves(folds, fold)
            part = self.clone()
            part.learn(rows.take(inside))
            held_out = rows.take(outside)
            losses[outside] = losses_of(part.calibrated(held_out.logits.astype(np.float64)), held_out.codes)
        return losses, self.clone()

    def clone(self) -> Self:
        """Give an unfitted calibration with the same parameters."""
        return type(self)(**self.get_params())

    @abstractmethod
    def calibrated(self, z: Array) -> Array:
        """Give calibrated logits of a block of rows, float64, shape (n_rows, n_classes); may overwrite `z`."""

    def check_learned(self) -> None:
        """Refuse, with a ValueError, what no fit can have left behind."""
        temperature = getattr(self, "temperature_", 1.0)
        if not temperature > 0.0:
            raise ValueError(f"temperature: expected a positive number, got {temperature}")

    def _in_blocks(self, array: Array, finish: Any, result: Array) -> Array:
        for part in blocks(len(array), self.n_logits_):
            z = as_columns(array[part]).astype(np.float64)
            with np.errstate(invalid="ignore"):  # NaN comes out where NaN went in
                result[part] = narrow(finish(self.calibrated(z)), result.dtype)
        return result

    def incoming(self, given: npt.ArrayLike, *, fitting: bool) -> Array:
        """Bring in what this calibration takes, as logits."""
        return as_logits(given)

    def checked(self, given: npt.ArrayLike) -> Array:
        """Bring in what is to be calibrated, in the shape of the fit."""
        self.require_fitted()
        array = self.incoming(given, fitting=False)
        expected = "(n_rows,)" if self.n_logits_ == 1 else f"(n_rows, {self.n_logits_})"
        if array.ndim != (1 if self.n_logits_ == 1 else 2) or (array.ndim == 2 and array.shape[1] != self.n_logits_):
            raise ShapeError(f"logits: expected shape {expected} as at fit, got {array.shape}")
        return array

    def require_fitted(self) -> None:
        """Refuse to be used before `fit`."""
        if not hasattr(self, "n_logits_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet; call fit(logits, y) first")

    def from_probabilities(self, *, floor: float | None = None) -> "FromProbabilities":
        """Give a calibration that takes probabilities instead of logits, fitted and applied by this one.

        Parameters
        ----------
        floor : float, optional
            What a probability of 0 counts as; by default half of the smallest positive one that is seen at fit.

        Returns
        -------
        FromProbabilities
            With the same methods, for probabilities.
        """
        from softargmax.calibration.wrapped import FromProbabilities

        return FromProbabilities(self, floor=floor)

    def to_state(self) -> dict[str, Any]:
        """Give everything that was learned as plain data, fit for JSON."""
        self.require_fitted()
        return to_state(self)

    @staticmethod
    def from_state(state: dict[str, Any]) -> "Calibration":
        """Rebuild a calibration from what `to_state` gave; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library.
        """
        return _by_name().from_state(state)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file, whole or not at all.

        Raises
        ------
        ArtifactError
            If it cannot be written.
        """
        write_state(path, self.to_state())

    @staticmethod
    def load(path: str | os.PathLike[str]) -> "Calibration":
        """Read a file written by `save`; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If it is missing, damaged, of another kind, or newer than this library.
        """
        return _by_name().read(path)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the constructor's parameters (scikit-learn's protocol)."""
        names = [
            name for name in inspect.signature(type(self).__init__).parameters if name not in ("self", "args", "kwargs")
        ]
        return {name: getattr(self, name) for name in names}

    def set_params(self, **params: Any) -> Self:
        """Set the constructor's parameters (scikit-learn's protocol)."""
        unknown = sorted(set(params) - set(self.get_params()))
        if unknown:
            known = ", ".join(self.get_params()) or "none"
            raise ArgumentError(f"{type(self).__name__} has no parameter {', '.join(unknown)}; its parameters: {known}")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = {
            name: value for name, value in self.get_params().items() if repr(value) != repr(defaults[name].default)
        }
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in changed.items())})"


def _by_name() -> Any:
    """Give the module that knows every calibration by its name; it stands above this one, so it is reached late."""
    return load("softargmax.calibration.methods")


def check_inner(outer: Calibration, inner: Calibration) -> None:
    """Refuse a calibration that holds one for another number of classes."""
    expected = 2 if outer.n_logits_ == 1 else outer.n_logits_
    if inner.n_logits_ != expected:
        raise ValueError(f"a calibration for {inner.n_logits_} classes in one for {expected}")
