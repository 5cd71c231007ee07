"""Rows that make errors add up, and how wrong every function is on them: for benchmarks/adversary.py and for tests.

Random tables hardly see what the errors of a softmax can add up to: those of the terms average out in the sum. They do
not where many terms are equal. So the rows here have few different values, of which one fills most of the row: a
maximum, one other, and many that are equal, near the maximum or far below it, with offsets, ties, -inf, and results
that are subnormal or near 1. Such a row costs the oracle (oracle.py) three exponentials, however long it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import oracle
import softargmax as sm

Array = Any
TEMPERATURES = (0.1, 0.7, 3.0, 7.3)
# The distance at which a probability leaves the normal numbers.
FAR = {"float32": 87.3, "float64": 708.4}
NONE = (np.inf, np.inf)


@dataclass(frozen=True)
class Family:
    """Rows with the same shape: how often each value occurs in n classes, and how far below the maximum it lies."""

    name: str
    counts: Callable[[int], tuple[int, ...]]
    depths: tuple[tuple[float, float], ...]  # of every value: the smallest and the largest distance, in units of FAR
    spread: float = 0.0  # how far from 0 the maximum is
    cancels: bool = False  # the maximum and log(n) cancel in logsumexp

    def of(self, n_classes: int) -> tuple[int, ...] | None:
        """Give the counts, or nothing where such a row needs more classes."""
        counts = self.counts(n_classes)
        return counts if min(counts) > 0 and sum(counts) == n_classes else None

    def distances(self, rng: Any, rows: int, n_classes: int, dtype: Any) -> Array:
        """Draw how far below the maximum the values lie: uniform, or uniform in their logarithm."""
        low, high = np.array(self.depths[: len(self.counts(n_classes))]).T
        flat = low + rng.random((rows, len(low))) * np.where(np.isinf(low), 1, high - low)
        steep = np.maximum(low, high * 2.0 ** -rng.uniform(0, 8, size=flat.shape))
        return np.where(rng.random(flat.shape) < 0.5, flat, steep) * FAR[np.dtype(dtype).name]

    def drawn(self, rng: Any, rows: int, n_classes: int, dtype: Any) -> Array:
        """Draw values of rows."""
        # The logsumexp of many equal values is near 0 for a maximum near -log n.
        middle = -np.log(n_classes) if self.cancels else 0.0
        top = middle + rng.normal(size=(rows, 1)) * self.spread
        return (top - self.distances(rng, rows, n_classes, dtype)).astype(dtype)


def _one_other(n: int) -> tuple[int, ...]:
    return (1, 1, n - 2) if n > 2 else (1, 1)


FAMILIES = (
    Family("many equal", _one_other, ((0, 0), (0, 0.12), (0, 0.12))),
    Family("many equal, far from 0", _one_other, ((0, 0), (0, 0.12), (0, 0.12)), 300.0),
    Family("many equal, very far from 0", _one_other, ((0, 0), (0, 0.12), (0, 0.12)), 1e6),
    Family("result near 0", _one_other, ((0, 0), (0, 0.12), (0, 0.12)), 0.5, cancels=True),
    Family("ties", lambda n: (n // 2, 1, n - n // 2 - 1), ((0, 0), (0, 0.12), (0, 0.12))),
    Family("small tail", _one_other, ((0, 0), (0.1, 1.1), (0.1, 1.1))),
    Family("small tail, far from 0", _one_other, ((0, 0), (0.1, 1.1), (0.1, 1.1)), 300.0),
    Family("two of the small", lambda n: (1, n // 2, n - n // 2 - 1), ((0, 0), (0.02, 0.3), (0.02, 0.3))),
    Family("far below", lambda n: (1, 1, n - 2), ((0, 0), (0.8, 1.5), (0, 0.12))),
    Family("half -inf", lambda n: (1, 1, (n - 2) // 2, n - 2 - (n - 2) // 2), ((0, 0), (0, 0.5), (0, 0.12), NONE)),
)


# From rows of few values, their counts and whether they are laid in reverse, to the worst error of every row.
Measure = Callable[[Array, tuple[int, ...], bool], Array]


def laid(values: Array, counts: tuple[int, ...], reverse: bool) -> tuple[Array, Array]:
    """Give whole rows, and where in them the first of every value stands."""
    if reverse:
        x = np.repeat(values[:, ::-1], counts[::-1], axis=1)
        return x, sum(counts) - np.cumsum(counts)
    return np.repeat(values, counts, axis=1), np.cumsum(counts) - np.asarray(counts)


def _softmax(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, first = laid(values, counts, reverse)
    return oracle.ulps(sm.softmax(x)[:, first], oracle.Rows.of(values, counts).softmax()).max(axis=1)


def _log_softmax(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, first = laid(values, counts, reverse)
    return oracle.ulps(sm.log_softmax(x)[:, first], oracle.Rows.of(values, counts).log_softmax()).max(axis=1)


def temperatures(values: Array) -> Array:
    """Choose one for every row by the last bits of a value, so that it is the same whenever the row is tried."""
    return values.dtype.type(TEMPERATURES)[_bits(values)[:, 1:2] % len(TEMPERATURES)]


def gradients(values: Array) -> Array:
    """Choose one for every value by its last bits."""
    return ((_bits(values) % 1009).astype(values.dtype) - 504) / 64


def _bits(values: Array) -> Array:
    return np.ascontiguousarray(values).view(f"u{values.itemsize}")


def _temperature(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, first = laid(values, counts, reverse)
    t = temperatures(values)
    true = oracle.Rows.of(values, counts, t)
    worst = oracle.ulps(sm.softmax(x, temperature=t)[:, first], true.softmax())
    return np.maximum(worst, oracle.ulps(sm.log_softmax(x, temperature=t)[:, first], true.log_softmax())).max(axis=1)


def _logsumexp(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    return oracle.ulps(sm.logsumexp(laid(values, counts, reverse)[0]), *oracle.Rows.of(values, counts).logsumexp())


def _cross_entropy(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, first = laid(values, counts, reverse)
    true = -oracle.Rows.of(values, counts).log_softmax()
    got = [sm.cross_entropy(x, np.full(len(x), place), reduction="none") for place in first]
    return oracle.ulps(np.stack(got, axis=1), true).max(axis=1)


def _gradient(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, first = laid(values, counts, reverse)
    true = oracle.Rows.of(values, counts)
    worst = np.zeros(len(x))
    for j, place in enumerate(first):
        _, got = sm.cross_entropy_and_gradient(x, np.full(len(x), place), reduction="sum")
        at_truth = np.arange(len(counts)) == j
        expected = np.where(at_truth, -true.others(), true.softmax())
        # Of a value that occurs more than once, what was looked at first is the one that is true.
        worst = np.maximum(worst, oracle.ulps(got[:, first], expected).max(axis=1))
    return worst


def _entropy(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, _ = laid(values, counts, reverse)
    return oracle.ulps(sm.entropy(logits=x), oracle.Rows.of(values, counts).entropy())


def _backward(forward: Any, ours: Any, true: Any) -> Measure:
    def measure(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
        x, first = laid(values, counts, reverse)
        few = gradients(values)
        g, given = laid(few, counts, reverse)[0], forward(x)
        expected, scale = true(few, given[:, first], np.asarray(counts))
        # A probability below the normal numbers has too few digits for what follows from it to have more.
        p = given if forward is sm.softmax else np.exp(given)
        normal = np.finfo(values.dtype).smallest_normal
        whole = (p[:, first] > normal * 2**20) & (scale > normal * 2**20)
        return np.where(whole, oracle.ulps(ours(g, given)[:, first], expected, scale), 0.0).max(axis=1)

    return measure


FUNCTIONS: dict[str, Measure] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "cross_entropy": _cross_entropy,
    "its gradient": _gradient,
    "temperature": _temperature,
    "entropy": _entropy,
    "softmax_backward": _backward(sm.softmax, sm.softmax_backward, oracle.softmax_backward),
    "log_softmax_backward": _backward(sm.log_softmax, sm.log_softmax_backward, oracle.log_softmax_backward),
}
