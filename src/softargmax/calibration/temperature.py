"""Temperature scaling: one number that divides all logits."""

import warnings
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, as_sample_weight
from softargmax.exceptions import ArgumentError, CalibrationWarning, NotFittedError, ShapeError
from softargmax.probabilities import softmax
from softargmax.probabilities.one_hot import as_codes, check_codes

# Inverse temperatures are sought between these, relative to the spread of the logits.
_FLATTEST = 1e-6
_STEEPEST = 1e12


class TemperatureScaling:
    r"""Divide logits by the temperature T that makes the probabilities of held-out rows likeliest.

    .. math:: \\hat T = \\arg\\min_{T > 0} \\sum_i s_i \\left[ \\log \\sum_k e^{z_{ik}/T} - z_{i y_i}/T \\right]

    Convex in 1/T; solved to a relative 1e-10. Ranks and labels never change.

    Attributes
    ----------
    temperature_ : float
        T. Above 1 the model was over-confident, below 1 under-confident.
    optimality_ : float
        The absolute derivative of the mean loss with respect to log(1/T), in nats: 0 at the optimum.

    See Also
    --------
    softargmax.softmax : applies a temperature that is already known.

    Notes
    -----
    Exactly equivariant: multiplying all logits by c > 0 multiplies T by c. The data may not determine T; then
    a `CalibrationWarning` says so and

    - if every row is classified right, T is chosen so that the mean probability of the true class is that of
      Laplace's rule of succession, (n + 1) / (n + 2), instead of running to 0;
    - if larger logits go with wrong classes, T stops where probabilities are uniform for all purposes,
      instead of running to infinity or turning negative.

    Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", *ICML* (2017).

    Examples
    --------
    >>> import softargmax as sm
    >>> logits, y = [[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [2.0, 0.0]], [0, 0, 0, 1]
    >>> round(sm.TemperatureScaling().fit(logits, y).temperature_, 10)
    1.8204784533
    """

    temperature_: float
    optimality_: float

    def fit(self, logits: npt.ArrayLike, y: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Find the temperature on rows the model was not trained on.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid
            Unnormalised log-probabilities; log-probabilities are logits too. -inf rules a class out.
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes.
        sample_weight : array-like, shape (n_rows,), optional
            Non-negative; a row of weight 2 counts as two rows.

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
            If the data does not determine T; see Notes.
        """
        z = _as_columns(logits)
        codes = as_codes(y, "y")
        if z.ndim != 2 or codes.shape != z.shape[:1]:
            raise ShapeError(
                f"expected logits of shape (n_rows, n_classes) and y of shape (n_rows,), "
                f"got {np.shape(logits)} and {codes.shape}"
            )
        check_codes(codes, z.shape[1], "y")
        if np.isnan(z).any() or np.isposinf(z).any():
            raise ArgumentError("logits: expected finite numbers or -inf, got NaN or +inf")
        if len(z) == 0:
            raise ShapeError("logits: expected at least one row, got none")
        weight = as_sample_weight(sample_weight, len(z))
        self.temperature_, self.optimality_ = _solve(z, codes, weight)
        return self

    def transform(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated logits: `logits` divided by the temperature, in their floating dtype."""
        array = as_floating(logits, "logits")
        return np.asarray((array.astype(np.float64) / self._fitted()).astype(array.dtype))

    def predict_proba(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes)."""
        array = as_floating(logits, "logits")
        z = array if array.ndim > 1 else _as_columns(array).astype(array.dtype)
        return np.asarray(softmax(z, temperature=self._fitted()))

    def _fitted(self) -> float:
        if not hasattr(self, "temperature_"):
            raise NotFittedError("this TemperatureScaling is not fitted yet; call fit(logits, y) first")
        return self.temperature_

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the constructor's parameters: there are none (scikit-learn's protocol)."""
        return {}

    def set_params(self, **params: Any) -> Self:
        """Refuse every parameter: there are none (scikit-learn's protocol)."""
        if params:
            raise ArgumentError(f"TemperatureScaling has no parameters, got {', '.join(sorted(params))}")
        return self

    def __repr__(self) -> str:
        return "TemperatureScaling()"


def _as_columns(logits: npt.ArrayLike) -> Array:
    """Give float64 logits with a class axis; one sigmoid's logit z is softmax's [0, z]."""
    z = as_floating(logits, "logits").astype(np.float64)
    return np.stack([np.zeros_like(z), z], axis=1) if z.ndim == 1 else z


@dataclass(frozen=True)
class _Rows:
    """Rows in the form the solver needs: logits below their row's maximum, in units of the widest gap."""

    gaps: Array  # z - max z, <= 0, divided by `unit`
    true_gap: Array
    weight: Array

    def slope_and_curvature(self, beta: float) -> tuple[float, float]:
        """Give the first two derivatives of the mean loss at inverse temperature `beta`."""
        terms = np.exp(beta * self.gaps)
        terms /= terms.sum(axis=1, keepdims=True)
        mean = np.sum(terms * self.gaps, axis=1)
        variance = np.sum(terms * np.square(self.gaps - mean[:, np.newaxis]), axis=1)
        return float(self.weight @ (mean - self.true_gap)), float(self.weight @ variance)

    def mean_true_probability(self, beta: float) -> float:
        """Give the weighted mean probability of the true class."""
        terms = np.exp(beta * self.gaps)
        return float(self.weight @ (np.exp(beta * self.true_gap) / terms.sum(axis=1)))


def _solve(z: Array, codes: Array, weight: Array) -> tuple[float, float]:
    gaps = z - z.max(axis=1, keepdims=True)
    true_gap = gaps[np.arange(len(z)), codes]
    possible = np.isfinite(true_gap) & (weight > 0.0)
    if not np.all(possible[weight > 0.0]):
        _warn(
            f"{int(np.sum(~possible & (weight > 0.0)))} of {len(z)} rows give their true class a logit of -inf; "
            "their loss is infinite at any temperature, and they were left out"
        )
    finite = np.where(np.isfinite(gaps), gaps, 0.0)
    # A power of two, so that dividing by it is exact and T scales with the logits bit for bit.
    widest = float(np.abs(finite[possible]).max(initial=0.0))
    if widest == 0.0:
        _warn("all logits of a row are equal in every row: they say nothing, and the temperature was left at 1")
        return 1.0, 0.0
    unit = 2.0 ** np.floor(np.log2(widest))
    n = float(weight[possible].sum())
    with np.errstate(invalid="ignore"):
        # exp(-inf) is 0 and 0 * finite is 0: a class ruled out stays out of every sum.
        scaled = np.where(np.isfinite(gaps), gaps / unit, -np.inf)[possible]
    rows = _Rows(_without_infinities(scaled), true_gap[possible] / unit, weight[possible] / n)

    beta = _inverse_temperature(rows, n)
    slope, _ = rows.slope_and_curvature(beta)
    return float(unit / beta), float(abs(slope) * beta)


def _without_infinities(scaled: Array) -> Array:
    # Far enough below the others that exp underflows to 0 at every inverse temperature tried, and finite, so
    # that 0 * gap is 0.
    return np.maximum(scaled, -1e4 / _FLATTEST)


def _inverse_temperature(rows: _Rows, n: float) -> float:
    if rows.slope_and_curvature(_FLATTEST)[0] >= 0.0:
        _warn(
            "larger logits go with wrong classes: no temperature makes these probabilities better than uniform "
            "ones, which is what they now are; check that labels and logits belong together"
        )
        return _FLATTEST
    if np.all(rows.true_gap == 0.0):
        _warn(
            f"every row is classified right, so any lower temperature looks better; it was chosen so that the mean "
            f"confidence on these {n:g} rows is (n + 1) / (n + 2)"
        )
        limit = rows.mean_true_probability(_STEEPEST)
        target = limit * (n + 1.0) / (n + 2.0)
        return _bisect(lambda beta: rows.mean_true_probability(beta) - target)
    return _newton(rows)


def _bisect(increasing: Any) -> float:
    low, high = np.log(_FLATTEST), np.log(_STEEPEST)
    while high - low > 1e-12:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if increasing(np.exp(middle)) < 0.0 else (low, middle)
    return float(np.exp(0.5 * (low + high)))


def _newton(rows: _Rows) -> float:
    """Find the root of the increasing slope: Newton's steps, bisection where they leave the bracket."""
    low, high = _FLATTEST, _STEEPEST
    beta = 1.0
    for _ in range(200):
        slope, curvature = rows.slope_and_curvature(beta)
        low, high = (beta, high) if slope < 0.0 else (low, beta)
        step = beta - slope / curvature if curvature > 0.0 else np.inf
        if not low < step < high:
            step = np.sqrt(low * high)
        if abs(step - beta) <= 1e-14 * beta:
            return step
        beta = step
    return beta


def _warn(message: str) -> None:
    warnings.warn(message, CalibrationWarning, stacklevel=5)
