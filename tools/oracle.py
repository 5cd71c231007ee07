"""True values of the functions of rows, and errors in ulp: what the kernels are measured against.

Everything is computed in 80-bit long double, which has 11 bits more than float64 and 40 more than float32. A gap
x - m that does not fit into it is kept as a pair of two numbers, and what could cancel is summed without the term
that it would cancel against. So true values are wrong by less than .01 ulp of float64 (tests/test_oracle.py holds them
against 200 bits).

A row is given by its values and how often each of them occurs. One of 10^5 logits, all but two of which are equal,
then costs three exponentials; a row without repetitions has the counts 1.
"""

from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

Array = Any
Wide = np.longdouble
FITS = np.finfo(Wide).nmant >= 63  # where long double is no wider than double, none of this holds


def spacing(value: Array, dtype: Any) -> Array:
    """Give the distance of neighbouring numbers of `dtype` at positive values, subnormal ones included."""
    information: Any = ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
    exponent = np.frexp(np.maximum(value, Wide(information.smallest_normal)))[1] - 1
    return np.ldexp(np.ones_like(value), exponent - information.nmant)


def ulps(got: Array, true: Array, scale: Array | None = None) -> Array:
    """Give the errors of `got` in ulp at `scale`, which is `true` where nothing cancels.

    A NaN is an infinite error; where the true value is not finite in the dtype of `got`, nothing is measured.
    """
    at = np.abs(true) if scale is None else scale
    largest = Wide(ml_dtypes.finfo(got.dtype).max)  # type: ignore[no-untyped-call]
    inside = np.isfinite(true) & (at < largest / 2)
    with np.errstate(invalid="ignore"):
        error = np.abs(got.astype(Wide) - true) / spacing(np.where(inside, at, 1), got.dtype)
    return np.where(inside, np.where(np.isnan(error), np.inf, error), 0.0)


@dataclass(frozen=True)
class Rows:
    """What softmax and its family give for rows of values that occur `counts` times; axes (..., values)."""

    gaps: Array  # x - m
    terms: Array  # exp(x - m)
    counts: Array
    tail: Array  # the sum of the terms but for one of the largest; axes (..., 1)
    top: Array  # m; axes (..., 1)
    is_top: Array  # one of the largest per row

    @classmethod
    def of(cls, values: Array, counts: Array | int = 1, temperature: Array | float = 1.0) -> "Rows":
        """Take rows of any real dtype; a temperature per row has axes (..., 1)."""
        x = np.asarray(values).astype(Wide)
        counts = np.broadcast_to(np.asarray(counts, Wide), x.shape)
        place = np.asarray(values).argmax(axis=-1)[..., np.newaxis]
        is_top = np.arange(x.shape[-1]) == place
        top = np.take_along_axis(x, place, axis=-1)
        with np.errstate(invalid="ignore"):
            gaps, rest = _difference(x, top)
            scaled = gaps / Wide(temperature)
            # What the quotient lost, to first order; rest and lost are tiny, so exp(gap) is corrected by a factor.
            lost = _residual(gaps, scaled, Wide(temperature)) + rest
            lost = np.where(np.isfinite(scaled), lost / Wide(temperature), 0)
        terms = np.exp(scaled) * (1 + lost)
        tail = ((counts - is_top) * terms).sum(axis=-1, keepdims=True)
        return cls(scaled, terms, counts, tail, top, is_top)

    def softmax(self) -> Array:
        """Give p."""
        return self.terms / (1 + self.tail)

    def log_softmax(self) -> Array:
        """Give log p: both terms are of one sign."""
        return self.gaps - np.log1p(self.tail)

    def logsumexp(self) -> tuple[Array, Array]:
        """Give log sum exp x, of one axis less, and the larger of it and |m|, where the two may cancel."""
        value = (self.top + np.log1p(self.tail))[..., 0]
        return value, np.maximum(np.abs(value), np.abs(self.top[..., 0]))

    def others(self) -> Array:
        """Give 1 - p as the sum of the others' probabilities."""
        return np.where(self.is_top, self.tail, 1 + self.tail - self.terms) / (1 + self.tail)

    def entropy(self) -> Array:
        """Give -sum p log p: all terms are of one sign."""
        p = self.counts * self.softmax()
        with np.errstate(invalid="ignore"):
            surprise = np.where(p > 0, p * -self.log_softmax(), 0)
        return surprise.sum(axis=-1)


def softmax_backward(gradient: Array, p: Array, counts: Array | int = 1) -> tuple[Array, Array]:
    """Give p (h - sum p h), with h the gradient less that of the most probable class, and p max(|h|, |sum p h|)."""
    g, wide = gradient.astype(Wide), p.astype(Wide)
    h = g - np.take_along_axis(g, p.argmax(axis=-1)[..., np.newaxis], axis=-1)
    mean = (counts * wide * h).sum(axis=-1, keepdims=True)
    return wide * (h - mean), wide * np.maximum(np.abs(h), np.abs(mean))


def log_softmax_backward(gradient: Array, log_p: Array, counts: Array | int = 1) -> tuple[Array, Array]:
    """Give g - p sum g, and at one of the most probable classes g* sum_others p - p* sum_others g.

    The scale is the larger of the two products that are subtracted.
    """
    g, p = gradient.astype(Wide), np.exp(log_p.astype(Wide))
    is_top = np.arange(p.shape[-1]) == log_p.argmax(axis=-1)[..., np.newaxis]
    others = counts - is_top
    total = (counts * g).sum(axis=-1, keepdims=True)
    first = np.where(is_top, g * (others * p).sum(axis=-1, keepdims=True), g)
    second = p * np.where(is_top, (others * g).sum(axis=-1, keepdims=True), total)
    return first - second, np.maximum(np.abs(first), np.abs(second))


def _difference(x: Array, y: Array) -> tuple[Array, Array]:
    """Give x - y and the error of that difference (Knuth's TwoSum)."""
    z = x - y
    back = z - x
    return z, (x - (z - back)) - (y + back)


def _residual(x: Array, quotient: Array, divisor: Array) -> Array:
    """Give x - quotient * divisor: zero for the divisor 1, else by halves of 32 bits, whose products are exact."""
    if np.all(divisor == 1):
        return np.zeros_like(x)
    high = quotient * (2**32 + 1)
    high = high - (high - quotient)
    wide = divisor * (2**32 + 1)
    wide = wide - (wide - divisor)
    low, narrow = quotient - high, divisor - wide
    product = quotient * divisor
    error = ((high * wide - product) + high * narrow + low * wide) + low * narrow
    return (x - product) - error
