"""The plain formulas: what every kernel must compute, to be read and to be tested against.

Each takes float64 arrays with the class axis last and says nothing about speed. They use the same two
reformulations as the kernels (shift by the maximum, leave the maximal term out of the sum) and no
compensation of rounding, so they agree with the kernels to a few ulp times the spread of the row.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def _gaps_and_tail(x: Array, where: Any) -> tuple[Array, Array]:
    """X - max, and the sum of its exponentials without one maximal term; entries that do not count are -inf."""
    x = np.where(where, x, -np.inf)
    with np.errstate(invalid="ignore", over="ignore"):
        gaps = x - x.max(axis=-1, keepdims=True)
        terms = np.exp(gaps)
    np.put_along_axis(terms, x.argmax(axis=-1, keepdims=True), 0.0, axis=-1)
    return gaps, terms.sum(axis=-1, keepdims=True)


def softmax(x: Array, where: Any = True) -> Array:
    """exp(x - max) / (1 + tail)."""
    gaps, tail = _gaps_and_tail(x, where)
    masked = ~np.broadcast_to(where, x.shape)
    return np.asarray(np.where(masked, 0.0, np.exp(gaps) / (1.0 + tail)))


def log_softmax(x: Array, where: Any = True) -> Array:
    """(x - max) - log1p(tail)."""
    gaps, tail = _gaps_and_tail(x, where)
    masked = ~np.broadcast_to(where, x.shape)
    return np.asarray(np.where(masked, -np.inf, gaps - np.log1p(tail)))


def logsumexp(x: Array, where: Any = True) -> Array:
    """Max + log1p(tail); max alone where it is not finite."""
    _, tail = _gaps_and_tail(x, where)
    top = np.where(where, x, -np.inf).max(axis=-1)
    return np.asarray(np.where(np.isfinite(top), top + np.log1p(tail[..., 0]), top))


def cross_entropy(logits: Array, probabilities: Array) -> Array:
    """- sum_j q_j log p_j per row, with 0 log 0 = 0."""
    log_p = log_softmax(logits)
    return np.asarray(-np.sum(np.where(probabilities == 0.0, 0.0, probabilities * log_p), axis=-1))


def cross_entropy_gradient(logits: Array, probabilities: Array) -> Array:
    """(sum_j q_j) p - q."""
    return np.asarray(probabilities.sum(axis=-1, keepdims=True) * softmax(logits) - probabilities)


def sigmoid(x: Array) -> Array:
    """softmax([x, 0]) at x."""
    return np.asarray(softmax(np.stack([x, np.zeros_like(x)], axis=-1))[..., 0])


def log_sigmoid(x: Array) -> Array:
    """log_softmax([x, 0]) at x."""
    return np.asarray(log_softmax(np.stack([x, np.zeros_like(x)], axis=-1))[..., 0])


def softplus(x: Array) -> Array:
    """logsumexp([x, 0])."""
    return logsumexp(np.stack([x, np.zeros_like(x)], axis=-1))
