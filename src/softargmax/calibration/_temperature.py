"""Where the temperature is found: the root of the derivative of a convex loss.

Everything that divides logits by a temperature first asks here: `TemperatureScaling` itself, mixtures, affine maps and
binary curves.

The mean loss is convex in beta = 1 / T, so its derivative by beta increases, and T stands where it is 0. Three kinds of
passes over the rows find it. The first look at a sample of the rows only, and give a guess that is good to some
digits. The next look at all rows, and sum the first three derivatives at once, which costs little more than one of
them, because the exponentials are the expensive part; with three derivatives a step by Halley's method leaves an error
that is the cube of the last one, so two or three of them reach the last digit. One more pass measures how far from 0
the derivative still is, which is what a fitted calibration tells as its `optimality_`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from softargmax import _kernels
from softargmax._arrays import Array
from softargmax.calibration._labelled import LabelledRows

# Where gap times inverse temperature is this small for every gap, the probabilities are uniform for all purposes.
_FLAT = 1e-6
# The same said of the row whose classes differ most: below this the temperature found is as good as infinite.
_UNIFORM = 1e-3
# Rows that a first guess is made from: they leave it wrong by a few hundredths, and cost next to nothing.
_SAMPLE = 2048
# A step this small, relative, has left an error of its cube, 1e-15.
_SMALL_STEP = 1e-5
# Logits whose typical distance is below 2^-900 are brought to the size 1 first. Large ones need not be.
_SMALLEST = -900
# A brake for what is broken: leaps by 16 leave the range of float64 sooner from wherever the gaps of rows are, and
# halving a bracket on a logarithmic scale takes 60 steps. Ordinary rows take two to five.
_MOST_STEPS = 400


@dataclass(frozen=True)
class Tempering:
    """The temperature that was found, what is left of the derivative, and what there is to warn of."""

    temperature: float
    optimality: float
    messages: tuple[str, ...] = ()
    # Where no temperature helps, but a map that also moves logits might: one that makes them of the size 1.
    scale: float | None = None
    # Whether every row is classified right.
    separated: bool = False

    @property
    def determined(self) -> bool:
        """Whether the rows determine the temperature."""
        return not self.messages


class LossSlope:
    """The mean loss as a function of the inverse temperature beta: its derivatives, by passes over the rows.

    Gaps are a quarter of a logit's distance to the largest of its row, so that two finite numbers can be subtracted
    without overflow; powers of two are exact.
    """

    def __init__(self, rows: LabelledRows) -> None:
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
        def sums(rows: LabelledRows) -> Array:
            out = np.empty((len(rows), 4))
            _kernels.tempered_moments(rows.logits, rows.top, rows.codes, beta, out)
            return rows.weight @ out

        return np.asarray(np.sum(self.rows.map(sums), axis=0) / self.total)


def quarter_gaps(z: Array, top: Array) -> Array:
    """Give a fourth of every logit's distance to the largest: of finite logits it is never beyond all numbers."""
    return 0.25 * z.astype(np.float64) - 0.25 * top.astype(np.float64)


def find_temperature(rows: LabelledRows) -> Tempering:
    """Find the temperature, or the rule that stands in for it."""
    parts = rows.map(_survey)
    next_best = np.concatenate([part[0] for part in parts])
    told_apart = np.isfinite(next_best)
    if not told_apart.any():
        message = "the logits do not tell any two classes apart that could be true: the temperature was left at 1"
        return Tempering(1.0, 0.0, (message,))
    exponent = int(np.frexp(np.median(next_best[told_apart]))[1])
    if exponent > _SMALLEST:
        return _found(rows, parts)
    # The inverse temperature of logits of 1e-308 is beyond all numbers: they are brought to the size 1.
    lowest = -float(np.finfo(np.float64).max)
    with np.errstate(over="ignore"):
        z = np.ldexp(quarter_gaps(rows.logits, rows.top), 2 - exponent)
    z = np.where(np.isneginf(rows.logits), -np.inf, np.maximum(z, lowest))
    ordinary = LabelledRows(z, np.zeros_like(z[:, :1]), rows.codes, rows.weight)
    found = _found(ordinary, ordinary.map(_survey))
    scale = None if found.scale is None else _scaled(found.scale, exponent)
    return replace(found, temperature=_scaled(found.temperature, exponent), scale=scale)


def _scaled(temperature: float, exponent: int) -> float:
    """Give a temperature for logits of another size, a positive number."""
    with np.errstate(over="ignore", under="ignore"):
        scaled = float(np.ldexp(temperature, exponent))
    return min(max(scaled, float(np.finfo(np.float64).smallest_subnormal)), float(np.finfo(np.float64).max))


def _found(rows: LabelledRows, parts: list[tuple[Array, Array, float]]) -> Tempering:
    next_best = np.concatenate([part[0] for part in parts])
    right = np.concatenate([part[1] for part in parts])
    lowest = min(part[2] for part in parts)
    told_apart = np.isfinite(next_best)
    # A power of two to start from, so that multiplying all logits by one changes nothing but the exponent of T.
    start = float(2.0 ** -np.floor(np.log2(-np.median(next_best[told_apart]))))
    slope, scale = LossSlope(rows), 4.0 / start
    if right.all():
        beta, message = _by_succession(slope, start), _all_right(rows)
    else:
        flattest = _FLAT / -lowest
        if len(rows) > 2 * _SAMPLE:
            start = _root(LossSlope(rows.sample(_SAMPLE)), start, flattest) or start
        found = _root(slope, start, flattest)
        beta, message = (flattest, _USELESS) if found is None else (found, "")
    if not message and float(np.max(-next_best[told_apart]) * beta) < _UNIFORM:
        message = _USELESS
    left = abs(float(slope.derivatives(beta)[0]))
    with np.errstate(over="ignore"):
        temperature = min(float(4.0 / np.float64(beta)), float(np.finfo(np.float64).max))
    useless = message == _USELESS
    return Tempering(
        temperature, left, (message,) if message else (), scale if useless else None, bool(message) and not useless
    )


def _survey(rows: LabelledRows) -> tuple[Array, Array, float]:
    """Give every row's nearest gap that is not 0 (-inf if there is none), whether it is right, and the lowest gap."""
    z, top = rows.logits, rows.top
    others = np.where(z == top, z.dtype.type(-np.inf), z)
    lowest = z.min(axis=1, keepdims=True)
    if np.isneginf(lowest).any():
        lowest = np.min(z, axis=1, keepdims=True, where=np.isfinite(z), initial=np.finfo(z.dtype).max)
    right = z[np.arange(len(z)), rows.codes] == top[:, 0]
    return quarter_gaps(others.max(axis=1, keepdims=True), top)[:, 0], right, float(quarter_gaps(lowest, top).min())


def _all_right(rows: LabelledRows) -> str:
    return (
        f"every row is classified right, so any lower temperature looks better; it was chosen so that the mean "
        f"confidence on these {rows.total:g} rows is (n + 1) / (n + 2)"
    )


_USELESS = (
    "no temperature makes these probabilities better than uniform ones, which is what they now are: larger logits go "
    "with wrong classes, or some classes are far more frequent than their logits say; check that labels and logits "
    "belong together"
)


def _by_succession(slope: LossSlope, start: float) -> float:
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


def _root(slope: LossSlope, start: float, flattest: float) -> float | None:
    """Find where the increasing derivative is zero; None if that is not above `flattest`.

    Halley's steps, whose errors are cubed, in a bracket that every step makes smaller; outside it, its middle.
    """
    low, high, known = flattest, np.inf, False
    beta = max(start, flattest)
    for _ in range(_MOST_STEPS):
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
