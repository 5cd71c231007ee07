"""Exact binomial tails and their bounds, without SciPy."""

import math

import numpy as np


def binomial_cdf(k: int, n: int, p: float) -> float:
    """Give P(X <= k) for X ~ Binomial(n, p).

    The terms on the side of k away from the mean fall off at least geometrically; each is the one before times a
    ratio. The largest of them comes from log-gamma, whose error is about 1e-16 times n log n.
    """
    if k < 0 or k >= n or p <= 0.0 or p >= 1.0:
        return float(k >= n or (k >= 0 and p <= 0.0))
    if k + 1 > (n + 1) * p:  # above the mean
        return 1.0 - binomial_cdf(n - k - 1, n, 1.0 - p)
    log_largest = (
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(p) + (n - k) * math.log1p(-p)
    )
    # 40 standard deviations are more than a double can tell from all.
    i = np.arange(k, max(0, k - 20 * math.isqrt(n) - 100), -1.0)
    terms = np.cumprod(i / (n - i + 1.0) * ((1.0 - p) / p))
    return min(1.0, math.exp(log_largest) * (1.0 + float(terms.sum())))


def upper_bound(count: int, n: int, confidence: float) -> float:
    """Give the one-sided bound of Clopper and Pearson: the largest p with P(X <= count) >= 1 - confidence."""
    if count >= n:
        return 1.0
    low, high = count / n, 1.0
    while low < (middle := 0.5 * (low + high)) < high:
        if binomial_cdf(count, n, middle) >= 1.0 - confidence:
            low = middle
        else:
            high = middle
    return high
