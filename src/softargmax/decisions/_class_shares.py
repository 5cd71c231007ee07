r"""How common the classes are among rows without labels: the shares under which the rows are likeliest.

.. math:: \max_{\pi \ge 0,\ \sum_k \pi_k = 1} \; \sum_i s_i \log \sum_k \pi_k r_{ik}

r_ik says how much likelier row i is in class k than in others, up to a factor of the row. The sum is concave, so that
every optimum is the optimum, and the largest ratio of two steps of expectation and maximisation bounds what is left to
gain. Such steps are slow where classes look alike: they are extrapolated (Varadhan, Roland, *Scand. J. Statist.* 35,
2008), and a step that is no better is taken back.
"""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._logits import Logits
from softargmax.exceptions import TargetError

# The bound on what is left to gain at which shares are final, in nats per row, and steps at most.
_TOL = 1e-9
_MOST_STEPS = 5000
# A share of less than half a row is taken for half a row: that a class was not among these rows rules it out for none.
_LEAST_ROWS = 0.5


@dataclass(frozen=True)
class Shares:
    """Shares of the classes, by how much the mean log-likelihood can still rise at most, and how far to trust them."""

    shares: Array
    gap: float
    standard_error: Array


def likeliest_shares(ratio: Array, weight: Array) -> Shares:
    """Find the shares for the ratios of rows, (n_rows, n_classes), each of which counts so often."""
    total = float(weight.sum())
    pi = np.full(ratio.shape[1], 1.0 / ratio.shape[1])
    value, new, gap = _step(ratio, weight, total, pi)
    for _ in range(_MOST_STEPS):
        if gap <= _TOL:
            break
        _, newer, _ = _step(ratio, weight, total, new)
        change, bend = new - pi, newer - 2.0 * new + pi
        length = max(1.0, float(np.linalg.norm(change)) / max(float(np.linalg.norm(bend)), 1e-300))
        leap = pi + 2.0 * length * change + length**2 * bend
        pi, before = newer, value
        if leap.min() > 0.0:
            leap /= leap.sum()
            value, new, gap = _step(ratio, weight, total, leap)
            pi = leap
        if pi is newer or value < before:
            pi = newer
            value, new, gap = _step(ratio, weight, total, pi)
    return Shares(pi, gap, _standard_error(ratio, weight, pi))


def _step(ratio: Array, weight: Array, total: float, pi: Array) -> tuple[float, Array, float]:
    """Give the mean log-likelihood of shares, better ones, and a bound on what the best can add."""
    mixed = ratio @ pi
    slope = (weight / mixed) @ ratio / total
    return float(weight @ np.log(mixed)) / total, pi * slope, float(slope.max()) - 1.0


def _standard_error(ratio: Array, weight: Array, pi: Array) -> Array:
    """Give the errors that the curvature says; shares add up to 1, so of those alone that leave the sum as it is."""
    scaled = ratio * (np.sqrt(weight) / (ratio @ pi))[:, np.newaxis]
    centre = np.eye(len(pi)) - 1.0 / len(pi)
    spread = centre @ np.linalg.pinv(centre @ (scaled.T @ scaled) @ centre, hermitian=True) @ centre
    return np.sqrt(np.maximum(np.diag(spread), 0.0))


def likelihoods(rows: Logits, old: Array) -> tuple[Array, Array]:
    """Give how much likelier rows are in each class than in the likeliest: the probabilities over the old shares."""
    scores = rows.values.astype(np.float64) - np.log(old)
    return np.exp(scores - scores.max(axis=1, keepdims=True)), np.ones(len(rows))


def confusions(rows: Logits, known: Logits, codes: Array) -> tuple[Array, Array]:
    """Give how often rows of every class are taken for each, and how many new rows are."""
    taken_for = known.values.argmax(axis=1)
    counts = np.zeros((rows.n_classes, rows.n_classes))
    np.add.at(counts, (taken_for, codes), 1.0)
    if not counts.sum(axis=0).all():
        missing = int(np.argmin(counts.sum(axis=0)))
        raise TargetError(
            "labelled: expected rows of every class, from which the black box learns what it is taken for, got none of "
            f"class {missing}",
            parameter="labelled",
        )
    seen = np.bincount(rows.values.argmax(axis=1), minlength=rows.n_classes).astype(np.float64)
    # What no labelled row was taken for says nothing.
    kept = (counts.sum(axis=1) > 0.0) & (seen > 0.0)
    return (counts / counts.sum(axis=0))[kept], seen[kept]


def drawn_back(found: Shares, ratio: Array, weight: Array, old: Array) -> Array:
    """Draw shares back to the old ones by what chance alone gains, as James and Stein do; none becomes 0."""
    gained = 2.0 * float(weight @ (np.log(ratio @ found.shares) - np.log(ratio @ old)))
    trust = max(0.0, 1.0 - (len(old) - 1) / gained) if gained > 0.0 else 0.0
    new = np.maximum(old + trust * (found.shares - old), _LEAST_ROWS / weight.sum())
    return np.asarray(new / new.sum())
