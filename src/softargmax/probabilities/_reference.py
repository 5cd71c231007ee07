"""The plain formulas: what every kernel must compute, to be read and to be tested against.

Each takes floating arrays with the class axis last and says nothing about speed. They use the same two reformulations
as the kernels (shift by the maximum, leave the maximal term out of the sum) and no compensation of rounding, so in
float64 they agree with the kernels to a few ulp times the spread of the row.

Only functions of the array API standard are used, so the formulas hold for every library that keeps it: `xp` is the
namespace of the arrays that come in, NumPy's by default.
"""

from typing import Any

import numpy as np


def _gaps_and_tail(x: Any, where: Any, xp: Any) -> tuple[Any, Any]:
    """X - max, and the sum of its exponentials without one maximal term; entries that do not count are -inf."""
    if where is not None:
        x = xp.where(where, x, -xp.inf)
    with np.errstate(invalid="ignore", over="ignore"):  # -inf - -inf; what NumPy alone would warn of
        gaps = x - xp.max(x, axis=-1, keepdims=True)
        terms = xp.exp(gaps)
    classes = xp.arange(x.shape[-1])
    is_top = classes == xp.argmax(x, axis=-1, keepdims=True)
    return gaps, xp.sum(xp.where(is_top, 0.0, terms), axis=-1, keepdims=True)


def softmax(x: Any, where: Any = None, *, xp: Any = np) -> Any:
    """exp(x - max) / (1 + tail); 0 for what does not count."""
    gaps, tail = _gaps_and_tail(x, where, xp)
    p = xp.exp(gaps) / (1.0 + tail)
    return p if where is None else xp.where(where, p, 0.0)


def log_softmax(x: Any, where: Any = None, *, xp: Any = np) -> Any:
    """(x - max) - log1p(tail); -inf for what does not count."""
    gaps, tail = _gaps_and_tail(x, where, xp)
    log_p = gaps - xp.log1p(tail)
    return log_p if where is None else xp.where(where, log_p, -xp.inf)


def logsumexp(x: Any, where: Any = None, *, xp: Any = np) -> Any:
    """Max + log1p(tail); max alone where it is not finite."""
    _, tail = _gaps_and_tail(x, where, xp)
    top = xp.max(x if where is None else xp.where(where, x, -xp.inf), axis=-1)
    return xp.where(xp.isfinite(top), top + xp.log1p(tail[..., 0]), top)


def cross_entropy(logits: Any, probabilities: Any, *, xp: Any = np) -> Any:
    """- sum_j q_j log p_j per row, with 0 log 0 = 0."""
    log_p = log_softmax(logits, xp=xp)
    impossible = probabilities == 0.0
    return -xp.sum(xp.where(impossible, 0.0, probabilities * log_p), axis=-1)


def cross_entropy_gradient(logits: Any, probabilities: Any, *, xp: Any = np) -> Any:
    """(sum_j q_j) p - q."""
    return xp.sum(probabilities, axis=-1, keepdims=True) * softmax(logits, xp=xp) - probabilities


def _against_zero(x: Any, xp: Any) -> Any:
    """One sigmoid as two classes, the first with logit x, the second with logit 0."""
    return xp.stack([x, xp.zeros_like(x)], axis=-1)


def sigmoid(x: Any, *, xp: Any = np) -> Any:
    """softmax([x, 0]) at x."""
    return softmax(_against_zero(x, xp), xp=xp)[..., 0]


def log_sigmoid(x: Any, *, xp: Any = np) -> Any:
    """log_softmax([x, 0]) at x."""
    return log_softmax(_against_zero(x, xp), xp=xp)[..., 0]


def softplus(x: Any, *, xp: Any = np) -> Any:
    """logsumexp([x, 0])."""
    return logsumexp(_against_zero(x, xp), xp=xp)
