"""Functions of values that a graph needs more than once, with their digits where the plain formula loses them.

ONNX has neither log1p nor expm1, and its LogSoftmax has no digits where a probability is near 1. So the largest logit
of a row is kept apart: with S the sum of exp of the other logits' distances to it, its probability is 1 / (1 + S), and
the logarithms of that and of its complement, -log1p(S) and log(S) - log1p(S), have all of theirs.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from softargmax.onnx.graph import Operand, Value


def exp(x: Value) -> Value:
    """Give exp(x)."""
    return x.graph.node("Exp", x)


def log(x: Value) -> Value:
    """Give the natural logarithm."""
    return x.graph.node("Log", x)


def log1p(x: Value) -> Value:
    """Give log(1 + x) for finite x >= 0, with all digits: log(u) x / (u - 1) with u = 1 + x (Kahan)."""
    u = x + 1.0
    return where(u.equals(1.0), x, log(u) * x / (u - 1.0))


def softplus(x: Value) -> Value:
    """Give log(1 + exp(x))."""
    return maximum(x, 0.0) + log1p(exp(-absolute(x)))


def log_sigmoid(x: Value) -> Value:
    """Give log(1 / (1 + exp(-x)))."""
    return minimum(x, 0.0) - log1p(exp(-absolute(x)))


def sine(x: Value) -> Value:
    """Give sin(x)."""
    return x.graph.node("Sin", x)


def cosine(x: Value) -> Value:
    """Give cos(x) as 1 - 2 sin(x / 2)^2, because ONNX Runtime 1.20 has no Cos of doubles."""
    half = sine(x * 0.5)
    return 1.0 - 2.0 * half * half


def absolute(x: Value) -> Value:
    """Give the size of numbers."""
    return x.graph.node("Abs", x)


def maximum(x: Value, other: Operand) -> Value:
    """Give the larger of two."""
    return x.graph.node("Max", x, other)


def minimum(x: Value, other: Operand) -> Value:
    """Give the smaller of two."""
    return x.graph.node("Min", x, other)


def clipped(x: Value, most: float) -> Value:
    """Give what lies between -most and most."""
    return minimum(maximum(x, -most), most)


def where(condition: Value, x: Operand, other: Operand) -> Value:
    """Give x where the condition holds, else the other; one of them is a value."""
    typed = next(each for each in (x, other) if isinstance(each, Value))
    chosen, rest = (condition.graph.lifted(each, typed) for each in (x, other))
    return condition.graph.node("Where", condition, chosen, rest, gives=typed.dtype)


def is_nan(x: Value) -> Value:
    """Tell what is not a number."""
    return x.graph.node("IsNaN", x)


def is_infinite(x: Value) -> Value:
    """Tell what is inf or -inf."""
    return x.graph.node("IsInf", x)


def any_of(x: Value) -> Value:
    """Tell in a column which rows have a true entry."""
    return largest(x.cast("float32")) > 0.5


def largest(x: Value) -> Value:
    """Give every row's largest number, as a column."""
    return x.graph.node("ReduceMax", x, np.array([-1]), keepdims=1)


def total(x: Value, axis: int = -1, *, keep: bool = True) -> Value:
    """Give sums along an axis."""
    return x.graph.node("ReduceSum", x, np.array([axis]), keepdims=int(keep))


def first_of_largest(x: Value, *, keep: bool = False) -> Value:
    """Give the place of every row's largest number; of several the first."""
    return x.graph.node("ArgMax", x, axis=-1, keepdims=int(keep))


def joined(parts: list[Value], axis: int = -1) -> Value:
    """Put columns beside each other."""
    return parts[0] if len(parts) == 1 else parts[0].graph.node("Concat", *parts, axis=axis)


def taken(values: Operand, places: Value) -> Value:
    """Give the entries of a constant at places."""
    constant = values if isinstance(values, Value) else places.graph.constant(np.asarray(values))
    return places.graph.node("Gather", constant, places, axis=0)


def two_columns(z: Value) -> Value:
    """Give the logits 0 and z of two classes, for a column z of one sigmoid per row."""
    zero = minimum(absolute(z), 0.0)  # z times 0 would be NaN where z is -inf
    return joined([zero, z])


def unranked(z: Value) -> Value:
    """Tell in a column which rows have no ranking of their classes: they hold NaN or +inf, or nothing but -inf."""
    top = largest(z)
    return any_of(is_nan(z)) | top.equals(np.inf) | top.equals(-np.inf)


def softmax(z: Value) -> Value:
    """Give probabilities; those of a row without a ranking are NaN."""
    return where(unranked(z), np.nan, z.graph.node("Softmax", z - largest(z), axis=-1))


@dataclass(frozen=True)
class Distribution:
    """What rows of logits x, shape (rows, n_classes), say of the classes, every number with all its digits."""

    x: Value
    n_classes: int

    @cached_property
    def is_first(self) -> Value:
        """Which class of a row is the likeliest, the first of several."""
        return first_of_largest(self.x, keep=True).equals(np.arange(self.n_classes))

    @cached_property
    def _gaps(self) -> Value:
        return self.x - largest(self.x)

    @cached_property
    def _others(self) -> Value:
        """The sum S of exp of the other logits' distances to the largest."""
        return total(where(self.is_first, 0.0, exp(self._gaps)))

    @cached_property
    def log_p(self) -> Value:
        """The logarithms of the probabilities."""
        return self._gaps - log1p(self._others)

    @cached_property
    def log_rest(self) -> Value:
        """The logarithms of 1 - p."""
        of_first = log(self._others) - log1p(self._others)
        # The others have at most one half; the bound only keeps NaN from where the likeliest stands.
        return where(self.is_first, of_first, log(-minimum(exp(self.log_p), 0.75) + 1.0))

    @cached_property
    def odds(self) -> Value:
        """The log-odds of every class against the rest."""
        return where(self.is_first, -log(self._others), self.log_p - self.log_rest)
