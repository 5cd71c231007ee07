"""What all calibrations have in common: one way to fit, to apply, to save and to load them."""

import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, narrow
from softargmax._fields import Field
from softargmax._logits import Logits, block_slices, logits_in
from softargmax._parameters import Parameters, require_fitted
from softargmax._renamed import gone_attributes
from softargmax._saved import rebuilt_from, write_file
from softargmax._state import State
from softargmax.calibration._folds import Fold, cross_fit, losses_of
from softargmax.calibration._labelled import CELLS, LabelledRows
from softargmax.calibration._stored import from_state, to_state
from softargmax.exceptions import CalibrationWarning
from softargmax.probabilities import softmax


class Calibration(Parameters, ABC):
    """Logits in, logits that mean what they say out: the interface of every calibration.

    A calibration is fitted to rows the model was not trained on. It works on logits; probabilities come in only
    through `ProbabilityCalibration`, whose name says so.

    Attributes
    ----------
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        How far from its optimum the fit stopped, in nats; 0 where nothing is optimised. Each class says what it is.
    classes_ : tuple of str, or None
        Names of the classes, if somebody set them: they are saved and loaded with the rest.
    kind : str
        What files and the command line call this class.

    See Also
    --------
    softargmax.AutoCalibration : lets rows left out decide how to calibrate.

    Notes
    -----
    A shift in all logits of a class, which training on reweighted or undersampled rows leaves, is undone by every
    calibration that can move logits. Where logits carry no signal, because they are equal or larger ones go with wrong
    classes, those give the classes' shares in the rows, and a `CalibrationWarning` says so.

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

    kind: ClassVar[str]
    n_logits_: int
    optimality_: float
    # What the columns are called, for who saves and loads; nothing is computed with it.
    classes_: tuple[str, ...] | None = None

    # The version of its files. Since 2 a level may be taken off every class, and curves read rounded log-odds.
    _version: ClassVar[int] = 2
    # What a fit leaves behind: for every attribute what it may hold; K is the number of classes.
    _learned: ClassVar[dict[str, Field]]
    # Whether it hands something else than logits of exclusive classes to another one.
    _wraps: ClassVar[bool] = False
    # Whether it is fitted to logits of exclusive classes.
    _takes_logits: ClassVar[bool] = True

    if not TYPE_CHECKING:
        __getattr__ = gone_attributes(
            from_probabilities="a class: ProbabilityCalibration(calibration, floor=None)", method="kind"
        )

    def fit(self, logits: npt.ArrayLike, y: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from rows the model was not trained on.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) or (n_rows, 1) for one sigmoid per row
            Unnormalised log-probabilities; log-probabilities are logits too. -inf rules a class out.
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes.
        sample_weight : array-like, shape (n_rows,), optional
            Non-negative: how often a row counts. A row of weight 2 is two rows, one of weight 0.5 half a row. Nothing
            is rescaled: multiply shares by the number of rows.

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
        ProbabilityWarning
            If the logits look like probabilities.
        """
        self._tell(self._fit(logits, y, sample_weight), logits)
        return self

    def _tell(self, messages: Sequence[str], logits: npt.ArrayLike) -> None:
        """Warn whoever called `fit` of these, and of logits that look like probabilities."""
        for message in messages:
            warnings.warn(message, CalibrationWarning, stacklevel=3)
        if self._takes_logits:
            logits_in(logits, doubted=True)

    @abstractmethod
    def _fit(self, logits: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> Sequence[str]:
        """Fit, and give what there is to warn of instead of warning."""

    @abstractmethod
    def transform(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated logits, in the shape and floating dtype of `logits`."""

    @abstractmethod
    def predict_proba(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes), in the floating dtype of `logits`."""

    @property
    def chosen_(self) -> "Calibration":
        """The calibration that does the work: that which `AutoCalibration` or a wrapper hands its rows to."""
        require_fitted(self, "n_logits_")
        inner: Calibration = self
        while hasattr(inner, "calibration_"):
            inner = inner.calibration_
        return inner

    @abstractmethod
    def _check_learned(self) -> None:
        """Refuse, with a ValueError, what no fit can have left behind: a file may say anything."""

    def _repr_html_(self) -> str:
        """Show in a notebook what it does."""
        from softargmax.calibration.calibration_card import calibration_card

        return calibration_card(self)

    def to_state(self) -> State:
        """Give everything that was learned as plain data."""
        require_fitted(self, "n_logits_")
        return to_state(self)

    @staticmethod
    def from_state(state: "State | dict[str, Any]") -> "Calibration":
        """Rebuild a calibration from what `to_state` gave; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library.
        """
        return from_state(state)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file, whole or not at all: JSON, or a container of arrays if it ends in .softargmax or .safetensors.

        Raises
        ------
        ArtifactError
            If it cannot be written.
        """
        write_file(path, self.to_state())

    @staticmethod
    def load(path: str | os.PathLike[str]) -> "Calibration":
        """Read a file written by `save`; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If it is missing, damaged, of another kind, or newer than this library.
        """
        return rebuilt_from(path, from_state)


class ClassCalibration(Calibration):
    """A calibration of exclusive classes: every row has one true class, and is calibrated by itself.

    A subclass says how to learn from checked rows (`_learn`) and how to calibrate a block of them (`_calibrated`).
    One sigmoid per row is two classes to it.
    """

    @abstractmethod
    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        """Learn from checked rows; give what there is to warn of."""

    @abstractmethod
    def _calibrated(self, z: Array) -> Array:
        """Give calibrated logits of a block of rows, float64, shape (n_rows, n_classes); may overwrite `z`."""

    def _fit(self, logits: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> Sequence[str]:
        return self._fit_rows(self._to_fit(logits), y, sample_weight)

    def _to_fit(self, logits: npt.ArrayLike) -> Logits:
        """Bring in what this calibration is fitted to, as logits."""
        return logits_in(logits)

    def _fit_rows(self, given: Logits, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> Sequence[str]:
        rows = LabelledRows.of(given, y, sample_weight)
        messages = [*rows.messages, *self._learn(rows)]
        self.n_logits_ = 1 if given.was_sigmoid else given.n_classes
        return messages

    def _left_out(self, rows: LabelledRows, folds: Sequence[Fold]) -> tuple[Array, "ClassCalibration"]:
        """Give every row's loss by a fit that left its fold out, and the calibration to fit to all rows."""

        def losses(fold: Fold) -> Array:
            part, held_out = self.clone(), rows.take(fold.outside)
            part._learn(rows.take(fold.inside))
            return losses_of(part._calibrated(held_out.logits.astype(np.float64)), held_out.codes)

        return cross_fit(folds, losses), self.clone()

    def transform(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated logits, in the shape and floating dtype of `logits`."""
        given = self._checked(logits)
        return self._in_blocks(given, given.restore, np.empty(given.shape, given.dtype))

    def predict_proba(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes), in the floating dtype of `logits`."""
        given = self._checked(logits)
        return self._in_blocks(given, softmax, np.empty(given.values.shape, given.dtype))

    def _in_blocks(self, given: Logits, finish: Callable[[Array], Array], result: Array) -> Array:
        for part in block_slices(len(given), given.n_classes, CELLS):
            z = given.values[part].astype(np.float64)
            with np.errstate(invalid="ignore"):  # NaN comes out where NaN went in
                result[part] = narrow(finish(self._calibrated(z)), result.dtype)
        return result

    def _checked(self, logits: npt.ArrayLike) -> Logits:
        """Bring in what is to be calibrated, with as many classes as at fit."""
        require_fitted(self, "n_logits_")
        return logits_in(logits, n_classes=self._n_classes)

    @property
    def _n_classes(self) -> int:
        return max(self.n_logits_, 2)

    def _check_learned(self) -> None:
        """Refuse, with a ValueError, what no fit can have left behind and no field can see alone."""


def check_inner(outer: Calibration, inner: Calibration) -> None:
    """Refuse a calibration that holds one for another number of classes."""
    expected = 2 if outer.n_logits_ == 1 else outer.n_logits_
    if inner.n_logits_ != expected:
        raise ValueError(f"a calibration for {inner.n_logits_} classes in one for {expected}")
