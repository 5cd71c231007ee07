"""How sure a model is of its most probable class: larger is surer, without the ties of saturated probabilities.

Every measure is a logarithm, so that it has digits where the probability is nearly 1, and is rounded (`steady`), as are
the logits that it is made of: which row is as sure as the threshold does not hang on a last bit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._logits import Logits, steady, steady_gaps
from softargmax.probabilities import entropy, log_softmax, logsumexp


@dataclass(frozen=True)
class Sureness:
    """A measure, from the distances of logits to the largest, and the number that is published for it."""

    measure: Callable[[Array], Array]
    published: Callable[[float], float]


def _log_rest(z: Array) -> tuple[Array, Array]:
    """Give log(1 - p) of the most probable class, and log p of the second."""
    log_p = np.asarray(log_softmax(z))
    rest = log_p.copy()
    np.put_along_axis(rest, z.argmax(axis=1)[:, np.newaxis], -np.inf, axis=1)
    return np.asarray(logsumexp(rest)), rest.max(axis=1)


def _top_probability(z: Array) -> Array:
    """-log(1 - p_1)."""
    return -_log_rest(z)[0]


def _margin(z: Array) -> Array:
    """-log(1 - (p_1 - p_2))."""
    return -np.logaddexp(*_log_rest(z))


def _entropy(z: Array) -> Array:
    """Minus the logarithm of the entropy."""
    with np.errstate(divide="ignore"):  # only one class is possible
        return np.asarray(-np.log(np.asarray(entropy(logits=z))))


def _share(sure: float) -> float:
    return 0.0 if sure == -np.inf else float(-np.expm1(-sure))


SURENESS = {
    "top_probability": Sureness(_top_probability, _share),
    "margin": Sureness(_margin, _share),
    "entropy": Sureness(_entropy, lambda sure: float(np.exp(-sure))),
}


def sureness_of(score: str, logits: Logits) -> tuple[Array, Array]:
    """Give how sure every row is by the score of this name, and its most probable class, the first of equal ones."""
    sure, top = np.empty(len(logits)), np.empty(len(logits), np.int64)
    for rows, z in logits.blocks():
        gaps = steady_gaps(z)
        sure[rows], top[rows] = steady(SURENESS[score].measure(gaps)), gaps.argmax(axis=1)
    return sure, top
