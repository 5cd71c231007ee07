"""How good the probability of class 1 of two classes is: its order, its spread, and what acting on it gains."""

from statistics import NormalDist

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval
from softargmax.metrics._areas import area
from softargmax.metrics._ranked import RankedRows
from softargmax.metrics.findings import RiskScores

_STEPS = 50
# Logits beyond this are those of probabilities that doubles cannot tell from 0 or 1.
_FARTHEST = 36.0
# A curvature whose condition is worse is that of risks that are all alike, or of classes that they part wholly.
_SINGULAR = 1e12


def risk_scores(events: RankedRows, interval: Interval) -> RiskScores:
    """Judge what is ranked by the probability of class 1."""
    weight, yes = events.weight, events.correct
    with np.errstate(divide="ignore"):
        logit = np.log(events.probability) - np.log1p(-events.probability)
    logit = np.clip(logit, -_FARTHEST, _FARTHEST)
    # A weight of 1 stands for so many rows.
    rows = events.total / float(events.weight_squares.sum())
    threshold = np.arange(1, 100) / 100.0
    at = np.searchsorted(events.probability, threshold)
    found, alarms = (np.concatenate([np.cumsum(c[::-1])[::-1], [0.0]])[at] for c in (yes, weight - yes))
    odds = threshold / (1.0 - threshold)
    rate = float(yes.sum()) / events.total
    return RiskScores(
        area(events, interval),
        _coefficient(np.ones((len(logit), 1)), logit, yes, weight, rows, interval),
        _coefficient(np.stack([logit, np.ones(len(logit))], axis=1), 0.0 * logit, yes, weight, rows, interval),
        tuple(threshold.tolist()),
        tuple(((found - alarms * odds) / events.total).tolist()),
        tuple((rate - (1.0 - rate) * odds).tolist()),
    )


def _coefficient(
    X: Array, offset: Array, yes: Array, weight: Array, rows: float, interval: Interval
) -> Estimate | None:
    """Fit a logistic regression by Newton's method, and give its first coefficient; None if it has no optimum."""
    beta = np.zeros(X.shape[1])
    products = X[:, :, np.newaxis] * X[:, np.newaxis, :]
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip((X * beta).sum(axis=1) + offset, -700.0, 700.0)))
        gradient = (X * (yes - weight * p)[:, np.newaxis]).sum(axis=0)
        curvature = (products * (weight * p * (1.0 - p))[:, np.newaxis, np.newaxis]).sum(axis=0)
        if not np.linalg.cond(curvature) < _SINGULAR:
            return None
        step = np.linalg.solve(curvature, gradient)
        beta = beta + step
        if np.abs(step).max() <= 1e-10 * (1.0 + np.abs(beta).max()):
            value, n = float(beta[0]), round(float(weight.sum()) * rows)
            half = _normal(interval) * float(np.linalg.inv(curvature)[0, 0] / rows) ** 0.5
            return Estimate(value, value - half, value + half, interval.confidence, n, "wald")
    return None


def _normal(interval: Interval) -> float:
    return NormalDist().inv_cdf(1.0 - interval.tail)
