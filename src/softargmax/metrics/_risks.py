"""How good the probability of class 1 of two classes is: its order, its spread, and what acting on it gains."""

import math
from statistics import NormalDist

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval
from softargmax.metrics._areas import area
from softargmax.metrics._benefit import benefits
from softargmax.metrics._ranked import RankedRows
from softargmax.metrics.findings import RiskScores

_STEPS = 50
# Logits beyond this are those of probabilities that doubles cannot tell from 0 or 1.
_FARTHEST = 36.0
# A curvature whose condition is worse is that of risks that are all alike, or of classes that they part wholly.
_SINGULAR = 1e12


def risk_scores(events: RankedRows, interval: Interval) -> RiskScores:
    """Judge what is ranked by the probability of class 1."""
    threshold = np.arange(1, 100) / 100.0
    found = benefits(events, threshold, interval)
    curves = {name: tuple(found[name].tolist()) for name in ("net_benefit", "benefit_of_all")}
    ends = {f"net_benefit_{end}": tuple(found[end].tolist()) for end in ("low", "high")}
    return RiskScores(
        area(events, interval),
        intercept_of(events, interval),
        slope_of(events, interval),
        tuple(threshold.tolist()),
        **curves,
        **ends,
        observed_expected=ratio_of(events, interval),
    )


def slope_of(events: RankedRows, interval: Interval) -> Estimate | None:
    """Give the slope of a logistic regression of class 1 on the log-odds of the risk; None if there is none."""
    logit = _log_odds(events)
    return _coefficient(np.stack([logit, np.ones(len(logit))], axis=1), 0.0 * logit, events, interval)


def intercept_of(events: RankedRows, interval: Interval) -> Estimate | None:
    """Give the intercept of the same with the slope held at 1."""
    logit = _log_odds(events)
    return _coefficient(np.ones((len(logit), 1)), logit, events, interval)


def ratio_of(events: RankedRows, interval: Interval) -> Estimate | None:
    """Give how many events there are for each that was foretold; None if there are none of the one or the other."""
    observed, expected = float(events.correct.sum()), float((events.weight * events.probability).sum())
    n = events.total
    if observed <= 0.0 or expected <= 0.0 or n <= 1.0:
        return None
    ratio = observed / expected
    spread = math.sqrt(float(_squares(events, ratio * events.probability).sum()) * n / (n - 1.0)) / observed
    reach = math.exp(min(_normal(interval) * spread, 700.0))
    return Estimate(ratio, ratio / reach, ratio * reach, interval.confidence, events.n, "log-ratio")


def _log_odds(events: RankedRows) -> Array:
    with np.errstate(divide="ignore"):
        logit = np.log(events.probability) - np.log1p(-events.probability)
    return np.asarray(np.clip(logit, -_FARTHEST, _FARTHEST))


def _squares(events: RankedRows, said: Array) -> Array:
    """Sum w (y - said)^2 over the rows of every risk."""
    return np.asarray(events.correct * np.square(1.0 - said) + events.errors * np.square(said))


def _coefficient(X: Array, offset: Array, events: RankedRows, interval: Interval) -> Estimate | None:
    """Fit a logistic regression by Newton's method, and give its first coefficient; None if it has no optimum."""
    beta, yes, weight = np.zeros(X.shape[1]), events.correct, events.weight
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
            noise = (products * _squares(events, p)[:, np.newaxis, np.newaxis]).sum(axis=0)
            bread, n = np.linalg.inv(curvature), events.total
            variance = float((bread @ noise @ bread)[0, 0]) * n / max(n - len(beta), 1.0)
            value, half = float(beta[0]), _normal(interval) * math.sqrt(variance)
            return Estimate(value, value - half, value + half, interval.confidence, events.n, "sandwich")
    return None


def _normal(interval: Interval) -> float:
    return NormalDist().inv_cdf(1.0 - interval.tail)
