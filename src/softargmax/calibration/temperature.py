"""Temperature scaling: one number that divides all logits."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, narrow
from softargmax._fields import Field, RealField
from softargmax._options import as_integer, as_real
from softargmax._parameters import require_fitted
from softargmax.calibration._labelled import LabelledRows
from softargmax.calibration._start import tempered
from softargmax.calibration._temperature import find_temperature
from softargmax.calibration.calibration import ClassCalibration
from softargmax.probabilities import softmax


class TemperatureScaling(ClassCalibration):
    r"""Divide logits by the temperature T that makes the probabilities of held-out rows likeliest.

    .. math:: \hat T = \arg\min_{T > 0} \sum_i s_i \left[ \log \sum_k e^{z_{ik}/T} - z_{i y_i}/T \right]

    Convex in 1/T; solved to rounding. Ranks and labels never change.

    Attributes
    ----------
    temperature_ : float
        T. Above 1 the model was over-confident, below 1 under-confident.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The absolute derivative of the mean loss with respect to log(1/T), in nats: 0 at the optimum, not 0 where
        T was chosen by one of the rules in Notes.

    See Also
    --------
    softargmax.softmax : applies a temperature that is already known.
    softargmax.AutoCalibration : more than one number where the rows support it.

    Notes
    -----
    Exactly equivariant: multiplying all logits by c > 0 multiplies T by c. The data may not determine T; then
    a `CalibrationWarning` says so and

    - if every row is classified right, T is chosen so that the mean probability of the true class is that of
      Laplace's rule of succession, (n + 1) / (n + 2), instead of running to 0;
    - if larger logits go with wrong classes, or some classes are far more frequent than their logits say, T stops
      where probabilities are uniform for all purposes, instead of running to infinity or turning negative. All other
      calibrations but `EnsembleTemperatureScaling` can move logits too: there a shift is taken off, and where the
      logits carry no signal every row gets the classes' shares.

    Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", *ICML* (2017).

    Examples
    --------
    >>> import softargmax as sm
    >>> logits, y = [[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [2.0, 0.0]], [0, 0, 0, 1]
    >>> round(sm.TemperatureScaling().fit(logits, y).temperature_, 10)
    1.8204784533
    """

    kind = "temperature"
    _learned: ClassVar[dict[str, Field]] = {
        "temperature_": RealField(low=0.0, open_low=True),
        "optimality_": RealField(),
    }

    temperature_: float

    @classmethod
    def known(cls, temperature: float, *, n_logits: int) -> "TemperatureScaling":
        """Give the calibration of a temperature that is known already, as if fitted."""
        scaling = cls()
        scaling.temperature_ = as_real(temperature, "temperature", low=0.0, open_low=True, high=np.inf, open_high=True)
        scaling.n_logits_, scaling.optimality_ = as_integer(n_logits, "n_logits", low=1), 0.0
        return scaling

    def transform(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated logits: `logits` divided by the temperature, in their shape and floating dtype."""
        require_fitted(self, "n_logits_")
        array, k = as_floating(logits, "logits"), self._n_classes
        if array.shape[1:] != (k,) and not (array.ndim == 1 and k == 2):
            self._checked(array)  # a column of sigmoids passes; all else is refused in the words of every calibration
        # A million sigmoids are not made two columns only to be divided.
        with np.errstate(over="ignore"):
            divided = array.astype(np.float64) / self.temperature_
        if np.isinf(divided).any():  # beyond all numbers: a sigmoid stays finite, and a row is taken up to a constant
            most = float(np.finfo(np.float64).max)
            limited = np.clip(divided if array.ndim == 1 or k == 1 else tempered(array, self.temperature_), -most, most)
            divided = np.where(np.isinf(array), array, limited)
        return narrow(divided, array.dtype)

    def predict_proba(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes), in the floating dtype of `logits`."""
        given = self._checked(logits)
        return narrow(np.asarray(softmax(given.values, temperature=self.temperature_)), given.dtype)

    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        found = find_temperature(rows)
        self.temperature_, self.optimality_ = found.temperature, found.optimality
        return found.messages

    def _calibrated(self, z: Array) -> Array:
        return tempered(z, self.temperature_)
