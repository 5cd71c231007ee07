"""Temperature scaling: one number that divides all logits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import Array, narrow
from softargmax._options import as_integer, as_real
from softargmax.calibration._rows import Rows, as_columns, dtype_of
from softargmax.calibration.calibration import Calibration
from softargmax.probabilities import softmax

# Where gap times inverse temperature is this small for every gap, the probabilities are uniform for all purposes.
_FLAT = 1e-6
# Rows that a first guess is made from.
_SAMPLE = 2048
# A step this small, relative, has left an error of its cube.
_SMALL_STEP = 1e-5


class TemperatureScaling(Calibration):
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
      where probabilities are uniform for all purposes, instead of running to infinity or turning negative.

    Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", *ICML* (2017).

    Examples
    --------
    >>> import softargmax as sm
    >>> logits, y = [[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [2.0, 0.0]], [0, 0, 0, 1]
    >>> round(sm.TemperatureScaling().fit(logits, y).temperature_, 10)
    1.8204784533
    """

    method = "temperature"
    learned: ClassVar[dict[str, str]] = {"temperature_": "", "optimality_": ""}

    temperature_: float

    @classmethod
    def known(cls, temperature: float, *, n_logits: int) -> "TemperatureScaling":
        """Give the calibration of a temperature that is known already, as if fitted."""
        scaling = cls()
        scaling.temperature_ = as_real(temperature, "temperature", low=0.0, open_low=True, high=np.inf, open_high=True)
        scaling.n_logits_, scaling.optimality_ = as_integer(n_logits, "n_logits", low=1), 0.0
        return scaling

    def learn(self, rows: Rows) -> Sequence[str]:
        """Find the temperature."""
        solution = solve(rows)
        self.temperature_, self.optimality_ = solution.temperature, solution.optimality
        return solution.messages

    def transform(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated logits: `logits` divided by the temperature, in their shape and floating dtype."""
        array = self.checked(logits)
        with np.errstate(over="ignore"):
            return narrow(array.astype(np.float64) / self.temperature_, dtype_of(logits))

    def predict_proba(self, logits: npt.ArrayLike) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes), in the floating dtype of `logits`."""
        p = softmax(as_columns(self.checked(logits)), temperature=self.temperature_)
        return narrow(np.asarray(p), dtype_of(logits))

    def calibrated(self, z: Array) -> Array:
        """Divide."""
        with np.errstate(over="ignore"):
            z /= self.temperature_
        return z


@dataclass(frozen=True)
class Solution:
    """A temperature, what is left of the derivative, and what there is to warn of."""

    temperature: float
    optimality: float
    messages: tuple[str, ...] = ()
    # Where no temperature helps, but a map that also moves logits might: one that makes them of the size 1.
    scale: float | None = None

    @property
    def determined(self) -> bool:
        """Whether the rows determine the temperature."""
        return not self.messages

    @property
    def to_start_from(self) -> float | None:
        """What a richer map divides logits by first; None if the rows do not suffice for one."""
        return self.temperature if self.determined else self.scale


class _Slope:
    """The mean loss as a function of the inverse temperature beta: its derivatives, by passes over the rows.

    Gaps are a quarter of a logit's distance to the largest of its row, so that two finite numbers can be subtracted
    without overflow; powers of two are exact.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows, self.total = rows, rows.total

    def derivatives(self, beta: float) -> Array:
        """Give the mean of E[g] - g_true and of the second and third central moments of g, times beta, beta^2, beta^3.

        These are the derivatives by beta; the expectation is over the row's probabilities at beta.
        """
        return self._means(beta)[:3]

    def mean_true_probability(self, beta: float) -> float:
        """Give the weighted mean probability of the true class."""
        return float(self._means(beta)[3])

    def _means(self, beta: float) -> Array:
        def sums(rows: Rows) -> Array:
            out = np.empty((len(rows), 4))
            _kernels.tempered_moments(rows.logits, rows.top, rows.codes, beta, out)
            return rows.weight @ out

        return np.asarray(np.sum(self.rows.map(sums), axis=0) / self.total)


def _quarter_gaps(z: Array, top: Array) -> Array:
    return 0.25 * z.astype(np.float64) - 0.25 * top.astype(np.float64)


def solve(rows: Rows) -> Solution:
    """Find the temperature, or the rule that stands in for it."""
    parts = rows.map(_survey)
    next_best = np.concatenate([part[0] for part in parts])
    right = np.concatenate([part[1] for part in parts])
    lowest = min(part[2] for part in parts)
    told_apart = np.isfinite(next_best)
    if not told_apart.any():
        message = "the logits do not tell any two classes apart that could be true: the temperature was left at 1"
        return Solution(1.0, 0.0, (message,))
    # A power of two to start from, so that multiplying all logits by one changes nothing but the exponent of T.
    start = float(2.0 ** -np.floor(np.log2(-np.median(next_best[told_apart]))))
    slope, scale = _Slope(rows), 4.0 / start
    if right.all():
        beta, message = _by_succession(slope, start), _all_right(rows)
    else:
        flattest = _FLAT / -lowest
        if len(rows) > 2 * _SAMPLE:
            start = _root(_Slope(rows.sample(_SAMPLE)), start, flattest) or start
        found = _root(slope, start, flattest)
        beta, message = (flattest, _USELESS) if found is None else (found, "")
    if not message and float(np.max(-next_best[told_apart]) * beta) < 1e-3:
        message = _USELESS
    left = abs(float(slope.derivatives(beta)[0]))
    with np.errstate(over="ignore"):
        temperature = min(float(4.0 / np.float64(beta)), float(np.finfo(np.float64).max))
    return Solution(temperature, left, (message,) if message else (), scale if message == _USELESS else None)


def _survey(rows: Rows) -> tuple[Array, Array, float]:
    """Give every row's nearest gap that is not 0 (-inf if there is none), whether it is right, and the lowest gap."""
    z, top = rows.logits, rows.top
    others = np.where(z == top, z.dtype.type(-np.inf), z)
    lowest = z.min(axis=1, keepdims=True)
    if np.isneginf(lowest).any():
        lowest = np.min(z, axis=1, keepdims=True, where=np.isfinite(z), initial=np.finfo(z.dtype).max)
    right = z[np.arange(len(z)), rows.codes] == top[:, 0]
    return _quarter_gaps(others.max(axis=1, keepdims=True), top)[:, 0], right, float(_quarter_gaps(lowest, top).min())


def _all_right(rows: Rows) -> str:
    return (
        f"every row is classified right, so any lower temperature looks better; it was chosen so that the mean "
        f"confidence on these {rows.total:g} rows is (n + 1) / (n + 2)"
    )


_USELESS = (
    "no temperature makes these probabilities better than uniform ones, which is what they now are: larger logits go "
    "with wrong classes, or some classes are far more frequent than their logits say; check that labels and logits "
    "belong together"
)


def _by_succession(slope: _Slope, start: float) -> float:
    """Choose beta by Laplace's rule: among n rows that are right, the next is with probability (n + 1) / (n + 2)."""
    certain = slope.mean_true_probability(1e300)  # less than 1 where the true class has equals
    target = certain * (slope.total + 1.0) / (slope.total + 2.0)
    return _bisect(lambda beta: slope.mean_true_probability(beta) - target, start)


def _bisect(increasing: Callable[[float], float], start: float) -> float:
    low = high = start
    while increasing(low) > 0.0 and low > 1e-300:
        low, high = low / 16.0, low
    while increasing(high) < 0.0 and high < 1e307:
        low, high = high, high * 16.0
    while high > low * (1.0 + 1e-13):
        middle = float(np.sqrt(low) * np.sqrt(high))
        if not low < middle < high:
            break
        low, high = (middle, high) if increasing(middle) < 0.0 else (low, middle)
    return high


def _root(slope: _Slope, start: float, flattest: float) -> float | None:
    """Find where the increasing derivative is zero; None if that is not above `flattest`.

    Halley's steps, whose errors are cubed, in a bracket that every step makes smaller; outside it, its middle.
    """
    low, high, known = flattest, np.inf, False
    beta = max(start, flattest)
    for _ in range(400):
        first, second, third = slope.derivatives(beta)
        if first < 0.0:
            low, known = beta, True
        elif beta == flattest:
            return None
        else:
            high = beta
        bend = 2.0 * second * second - first * third
        step = beta * (1.0 - 2.0 * first * second / bend) if bend > 0.0 else np.inf
        if not low < step < high:
            if not known and step <= low:
                step = flattest
            else:
                step = 16.0 * beta if high == np.inf else float(np.sqrt(low) * np.sqrt(high))
        elif abs(step - beta) <= _SMALL_STEP * beta:
            return step
        if step == beta or step > 1e307:
            return beta
        beta = step
    return beta
