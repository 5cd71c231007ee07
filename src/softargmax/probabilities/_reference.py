"""The plain formulas: what every kernel must compute, to be read and to be tested against.

Each takes floating arrays with the class axis last and says nothing about speed. They use the same two reformulations
as the kernels (shift by the maximum, leave the maximal term out of the sum) and no compensation of rounding, so in
float64 they agree with the kernels to a few ulp times the spread of the row.

Only functions of the array API standard are used, so the formulas hold for every library that keeps it: `xp` is the
namespace of the arrays that come in, NumPy's by default. Where a library differentiates them, the derivatives are
right too, at equal maxima and at 0 as well; each formula is written so that no branch which is not taken leaks NaN.
"""

from typing import Any

import numpy as np


def _top(x: Any, where: Any, xp: Any) -> tuple[Any, Any, Any]:
    """Logits of which those that do not count are -inf, where the first maximum of each row is, and the maximum."""
    if where is not None:
        x = xp.where(where, x, -xp.inf)
    is_top = xp.arange(x.shape[-1]) == xp.argmax(x, axis=-1, keepdims=True)
    # Picked, not asked of `max`, whose derivative is shared among equal maxima, while only the first is left out below.
    return x, is_top, xp.sum(xp.where(is_top, x, 0.0), axis=-1, keepdims=True)


def _gaps_and_tail(x: Any, where: Any, temperature: Any, xp: Any) -> tuple[Any, Any, Any]:
    """(x - max) / T, the sum of its exponentials without one maximal term, and max. A row with +inf is NaN."""
    x, is_top, top = _top(x, where, xp)
    with np.errstate(invalid="ignore", over="ignore"):  # -inf - -inf; what NumPy alone would warn of
        gaps = (x - top) / temperature
        terms = xp.exp(gaps)
    tail = xp.sum(xp.where(is_top, 0.0, terms), axis=-1, keepdims=True)
    return gaps, xp.where(top == xp.inf, xp.nan, tail), top


def softmax(x: Any, where: Any = None, temperature: Any = 1.0, *, xp: Any = np) -> Any:
    """exp(x - max) / (1 + tail); 0 for what does not count."""
    gaps, tail, _ = _gaps_and_tail(x, where, temperature, xp)
    p = xp.exp(gaps) / (1.0 + tail)
    return p if where is None else xp.where(where, p, 0.0)


def log_softmax(x: Any, where: Any = None, temperature: Any = 1.0, *, xp: Any = np) -> Any:
    """(x - max) - log1p(tail); -inf for what does not count."""
    gaps, tail, _ = _gaps_and_tail(x, where, temperature, xp)
    log_p = gaps - xp.log1p(tail)
    return log_p if where is None else xp.where(where, log_p, -xp.inf)


def hardmax(x: Any, where: Any = None, *, xp: Any = np) -> Any:
    """1 at the first maximum, 0 elsewhere; NaN where there is none."""
    _, is_top, top = _top(x, where, xp)
    one = xp.where(top > -xp.inf, 1.0, xp.where(top == -xp.inf, xp.nan, top))
    p = xp.where(is_top, one, one * 0.0)
    return p if where is None else xp.where(where, p, 0.0)


def logsumexp(x: Any, where: Any = None, *, xp: Any = np) -> Any:
    """Max + log1p(tail); max alone where it is not finite."""
    _, tail, top = _gaps_and_tail(x, where, 1.0, xp)
    return xp.where(xp.isfinite(top), top + xp.log1p(tail), top)[..., 0]


def weighted_logsumexp(x: Any, weights: Any, where: Any = None, *, xp: Any = np) -> tuple[Any, Any]:
    """Log |sum_j w_j exp(x_j)|, and the sum's sign; nothing counts where the weight is 0."""
    counts = weights != 0.0 if where is None else where & (weights != 0.0)
    _, _, top = _top(x, counts, xp)
    shift = xp.where(xp.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        terms = xp.where(counts, xp.where(counts, weights, 1.0) * xp.exp(xp.where(counts, x, 0.0) - shift), 0.0)
        total = xp.sum(terms, axis=-1)
        return xp.log(xp.abs(total)) + shift[..., 0], xp.sign(total)


def entropy(logits: Any, *, xp: Any = np) -> Any:
    """- sum_j p_j log p_j, with 0 log 0 = 0."""
    log_p = log_softmax(logits, xp=xp)
    log_p = xp.where(log_p == -xp.inf, 0.0, log_p)
    return -xp.sum(softmax(logits, xp=xp) * log_p, axis=-1)


def cross_entropy(logits: Any, probabilities: Any, where: Any = None, *, xp: Any = np) -> Any:
    """- sum_j q_j log p_j per row, with 0 log 0 = 0."""
    log_p = log_softmax(logits, where, xp=xp)
    return -xp.sum(probabilities * xp.where(probabilities == 0.0, 0.0, log_p), axis=-1)


def cross_entropy_gradient(logits: Any, probabilities: Any, *, xp: Any = np) -> Any:
    """(sum_j q_j) p - q."""
    return xp.sum(probabilities, axis=-1, keepdims=True) * softmax(logits, xp=xp) - probabilities


def sparsemax(x: Any, where: Any = None, *, xp: Any = np) -> Any:
    """max(x - tau, 0), tau the largest of (the sum of the k largest - 1) / k; 0 for what does not count."""
    x, _, top = _top(x, where, xp)
    with np.errstate(invalid="ignore"):
        gaps = xp.where(top == xp.inf, xp.nan, x - top)
        largest_first = -xp.sort(-gaps, axis=-1)
        tau = xp.max((xp.cumulative_sum(largest_first, axis=-1) - 1.0) / _ranks(x, xp), axis=-1, keepdims=True)
        p = xp.where(gaps <= tau, 0.0, gaps - tau)
    return p if where is None else xp.where(where, p, 0.0)


def _ranks(x: Any, xp: Any) -> Any:
    return xp.cumulative_sum(xp.ones_like(x), axis=-1)


def entmax15(x: Any, where: Any = None, *, xp: Any = np) -> Any:
    """max(x / 2 - tau, 0)^2, tau from as many of the largest as lie above their own; 0 for what does not count."""
    x, _, top = _top(x, where, xp)
    with np.errstate(invalid="ignore"):
        gaps = xp.where(top == xp.inf, xp.nan, x - top) / 2.0
    gaps = xp.where(gaps < -1.0, -1.0, gaps)  # nothing that far below the maximum has a probability
    largest_first, ranks = -xp.sort(-gaps, axis=-1), _ranks(x, xp)
    mean = xp.cumulative_sum(largest_first, axis=-1) / ranks
    spread = xp.cumulative_sum(largest_first * largest_first, axis=-1) - ranks * mean * mean
    inside = (1.0 - spread) / ranks
    taus = mean - xp.where(inside > 0.0, xp.sqrt(xp.where(inside > 0.0, inside, 1.0)), 0.0)
    support = xp.sum(xp.where(taus <= largest_first, xp.ones_like(x), 0.0), axis=-1, keepdims=True)
    tau = xp.sum(xp.where(ranks == support, taus, 0.0), axis=-1, keepdims=True)
    p = xp.where(gaps <= tau, 0.0, (gaps - tau) * (gaps - tau))
    return p if where is None else xp.where(where, p, 0.0)


def _shrunk(x: Any, xp: Any) -> tuple[Any, Any]:
    """Tell whether x >= 0, and give exp(-|x|), whose derivative at 0 is that of exp(-x)."""
    positive = x >= 0.0
    return positive, xp.exp(-xp.where(positive, x, -x))


def sigmoid(x: Any, *, xp: Any = np) -> Any:
    """1 / (1 + exp(-x)), without overflow."""
    positive, shrunk = _shrunk(x, xp)
    return xp.where(positive, 1.0, shrunk) / (1.0 + shrunk)


def log_sigmoid(x: Any, *, xp: Any = np) -> Any:
    """min(x, 0) - log1p(exp(-|x|))."""
    positive, shrunk = _shrunk(x, xp)
    return xp.where(positive, 0.0, x) - xp.log1p(shrunk)


def softplus(x: Any, *, xp: Any = np) -> Any:
    """max(x, 0) + log1p(exp(-|x|))."""
    positive, shrunk = _shrunk(x, xp)
    return xp.where(positive, x, 0.0) + xp.log1p(shrunk)
