"""Temperature scaling: one number that divides all logits."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, as_sample_weight, narrow
from softargmax.exceptions import ArgumentError, CalibrationWarning, NotFittedError, ShapeError
from softargmax.probabilities import softmax
from softargmax.probabilities.one_hot import as_codes, check_codes

# Where gap times inverse temperature is this small for every gap, the probabilities are uniform for all purposes.
_FLAT = 1e-6
# The exponential of anything below is 0; cutting there keeps 0 times a gap finite.
_LOWEST = -1e4


class TemperatureScaling:
    r"""Divide logits by the temperature T that makes the probabilities of held-out rows likeliest.

    .. math:: \\hat T = \\arg\\min_{T > 0} \\sum_i s_i \\left[ \\log \\sum_k e^{z_{ik}/T} - z_{i y_i}/T \\right]

    Convex in 1/T; solved to a relative 1e-10. Ranks and labels never change.

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
    n_logits_: int
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
        solution = _solve(z, codes, weight)
        for message in solution.warnings:
            warnings.warn(message, CalibrationWarning, stacklevel=2)
        self.temperature_, self.optimality_ = solution.temperature, solution.optimality
        self.n_logits_ = 1 if np.ndim(logits) == 1 else z.shape[1]
        return self

    def transform(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated logits: `logits` divided by the temperature, in their shape and floating dtype."""
        array = self._checked(logits)
        with np.errstate(over="ignore"):
            return narrow(array.astype(np.float64) / self.temperature_, array.dtype)

    def predict_proba(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes)."""
        array = self._checked(logits)
        if self.n_logits_ == 1:
            array = np.stack([np.zeros_like(array), array], axis=-1)
        return np.asarray(softmax(array, temperature=self.temperature_))

    def _checked(self, logits: npt.ArrayLike) -> Array:
        if not hasattr(self, "temperature_"):
            raise NotFittedError("this TemperatureScaling is not fitted yet; call fit(logits, y) first")
        array = as_floating(logits, "logits")
        expected = "(n_rows,)" if self.n_logits_ == 1 else f"(n_rows, {self.n_logits_})"
        if array.ndim != (1 if self.n_logits_ == 1 else 2) or (array.ndim == 2 and array.shape[1] != self.n_logits_):
            raise ShapeError(f"logits: expected shape {expected} as at fit, got {array.shape}")
        return array

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
    """Rows in the form the solver needs: logits below their row's maximum."""

    gaps: Array
    true_gap: Array
    weight: Array

    def _scaled(self, beta: float) -> tuple[Array, Array]:
        with np.errstate(over="ignore"):
            return np.maximum(beta * self.gaps, _LOWEST), beta * self.true_gap

    def slope_and_curvature(self, beta: float) -> tuple[float, float]:
        """Give the mean loss's derivative by log(beta), and the mean variance of the scaled gaps."""
        gaps, true_gap = self._scaled(beta)
        terms = np.exp(gaps)
        terms /= terms.sum(axis=1, keepdims=True)
        mean = np.sum(terms * gaps, axis=1)
        variance = np.sum(terms * np.square(gaps - mean[:, np.newaxis]), axis=1)
        return float(self.weight @ (mean - true_gap)), float(self.weight @ variance)

    def mean_true_probability(self, beta: float) -> float:
        """Give the weighted mean probability of the true class."""
        gaps, true_gap = self._scaled(beta)
        return float(self.weight @ (np.exp(true_gap) / np.exp(gaps).sum(axis=1)))


@dataclass(frozen=True)
class _Solution:
    temperature: float
    optimality: float
    warnings: tuple[str, ...]


def _solve(z: Array, codes: Array, weight: Array) -> _Solution:
    top = z.max(axis=1, keepdims=True)
    if np.isneginf(top).any():
        row = int(np.argmax(np.isneginf(top)))
        raise ArgumentError(f"logits: expected at least one class that is not ruled out, got only -inf in row {row}")
    # A quarter of two finite numbers can be subtracted without overflow; powers of two are exact.
    gaps = 0.25 * z - 0.25 * top
    true_gap = gaps[np.arange(len(z)), codes]
    counted = weight > 0.0
    possible = np.isfinite(true_gap) & counted
    messages = []
    if not np.array_equal(possible, counted):
        messages.append(
            f"{int(np.sum(counted & ~possible))} of {len(z)} rows give their true class a logit of -inf; "
            "their loss is infinite at any temperature, and they were left out"
        )
    rows = _Rows(gaps[possible], true_gap[possible], weight[possible])
    total = float(rows.weight.sum())
    next_best = np.where(np.isfinite(rows.gaps) & (rows.gaps < 0.0), rows.gaps, -np.inf).max(axis=1, initial=-np.inf)
    next_best = next_best[np.isfinite(next_best)]
    if not next_best.size:
        messages.append(
            "the logits do not tell any two classes apart that could be true: the temperature was left at 1"
        )
        return _Solution(1.0, 0.0, tuple(messages))
    rows = _Rows(rows.gaps, rows.true_gap, rows.weight / total)
    # A power of two to start from, so that multiplying all logits by one changes nothing but the exponent of T.
    start = float(2.0 ** -np.floor(np.log2(-np.median(next_best))))
    beta, message = _inverse_temperature(rows, total, start)
    if message is None and float(np.max(-next_best) * beta) < 1e-3:
        message = _USELESS
    slope, _ = rows.slope_and_curvature(beta)
    with np.errstate(over="ignore"):
        temperature = min(float(4.0 / np.float64(beta)), float(np.finfo(np.float64).max))
    return _Solution(temperature, abs(slope), (*messages, message) if message else tuple(messages))


_USELESS = (
    "larger logits go with wrong classes: no temperature makes these probabilities better than uniform ones, "
    "which is what they now are; check that labels and logits belong together"
)


def _inverse_temperature(rows: _Rows, total: float, start: float) -> tuple[float, str | None]:
    if np.all(rows.true_gap == 0.0):
        ties = np.sum(rows.gaps == 0.0, axis=1)
        target = float(rows.weight @ (1.0 / ties)) * (total + 1.0) / (total + 2.0)
        return _bisect(lambda beta: rows.mean_true_probability(beta) - target, start), (
            f"every row is classified right, so any lower temperature looks better; it was chosen so that the mean "
            f"confidence on these {total:g} rows is (n + 1) / (n + 2)"
        )
    flattest = _FLAT / float(-np.min(rows.gaps, where=np.isfinite(rows.gaps), initial=0.0))
    if rows.slope_and_curvature(flattest)[0] >= 0.0:
        return flattest, _USELESS
    return _newton(rows, *_bracket(lambda beta: rows.slope_and_curvature(beta)[0], start, flattest)), None


def _bracket(increasing: Callable[[float], float], start: float, lowest: float) -> tuple[float, float]:
    """Find two inverse temperatures, none below `lowest`, between which an increasing function changes sign."""
    low = high = max(start, lowest)
    while increasing(low) > 0.0 and low > lowest:
        low, high = max(low / 16.0, lowest), low
    while increasing(high) < 0.0 and high < 1e300:
        low, high = high, high * 16.0
    return low, high


def _bisect(increasing: Callable[[float], float], start: float) -> float:
    low, high = _bracket(increasing, start, 1e-300)
    while high > low * (1.0 + 1e-13):
        middle = float(np.sqrt(low) * np.sqrt(high))
        if not low < middle < high:
            break
        low, high = (middle, high) if increasing(middle) < 0.0 else (low, middle)
    return high


def _newton(rows: _Rows, low: float, high: float) -> float:
    """Find the root of the increasing slope: Newton's steps, bisection where they leave the bracket."""
    beta = float(np.sqrt(low) * np.sqrt(high))
    for _ in range(400):
        slope, variance = rows.slope_and_curvature(beta)
        low, high = (beta, high) if slope < 0.0 else (low, beta)
        step = beta * (1.0 - slope / variance) if variance > 0.0 and np.isfinite(slope) else np.inf
        if not low < step < high:
            step = float(np.sqrt(low) * np.sqrt(high))
        if abs(step - beta) <= 1e-14 * beta:
            return step
        beta = step
    return beta
