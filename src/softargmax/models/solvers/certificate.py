r"""How far a fit is from the optimum, whatever solver it came from.

**The duality gap.** Any probabilities q whose class totals are those of the labels bound the optimum from below:

.. math:: F(V) - F^* \le \sum_i s_i\, \mathrm{KL}(q_i \Vert p_i)
          + \sum_{jk} \Bigl[ R_j(V_{jk}) + R_j^*(-g_{jk}) + g_{jk} V_{jk} \Bigr],
          \qquad g = \sum_i s_i z_i (q_i - y_i)^T

R is the penalty and R* its conjugate (Rockafellar, *Convex Analysis*, 1970, section 31). At p itself the first sum is
zero and, for L2, the second is half the squared gradient over lambda: the familiar bound of strong convexity. q becomes
feasible by moving probability from classes that have too much of it to those that lack it, in every row the same share.
Without a penalty there is no such bound.

**Separable classes.** Without a penalty the loss may sink for ever along a direction in which no row's true class falls
behind. The optimum is then at infinity (Albert, Anderson, *Biometrika* 71, 1984).
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from softargmax._arrays import Array
from softargmax.models.solvers.heads import Head
from softargmax.models.solvers.objective import Objective
from softargmax.models.solvers.row_blocks import Block
from softargmax.probabilities import log_softmax

# Logits less far apart than this, in nats, are not on their way to infinity: a solver that ran away is far beyond.
_SUSPICIOUS = 5.0
# So many nats further along a direction, and still the loss is no larger: a row whose true class falls behind would add
# about as many nats times its weight. Both are chosen by hand.
_FAR = 100.0


def duality_gap(objective: Objective, V: Array, gradient: Array) -> float:
    """Bound F(V) - F*; infinity where no penalty allows a bound.

    `gradient` is that of the smooth part at V; its last row says which classes have too much probability.
    """
    n_features = objective.scaling.n_features
    l1 = np.broadcast_to(objective.l1[:, np.newaxis], (n_features, V.shape[1]))
    l2 = np.broadcast_to(objective.l2[:, np.newaxis], l1.shape)
    features = V[:n_features]
    takes_part = objective.scaling.inverse != 0.0
    if np.any((objective.l2 == 0.0) & (objective.l1 == 0.0) & takes_part):
        return float("inf")

    excess = None
    if objective.scaling.intercept:
        # q is feasible only as far as these totals are right: single precision is not enough.
        excess = gradient[-1] if objective.dtype == np.float64 else _excess(objective, V)
    transport = _Transport.of(objective, excess)
    divergence, dual = objective.sum_over_rows(V, partial(transport.divergence, shortening=1.0))
    g = dual[:n_features]
    shortening = 1.0
    pure = (l2 == 0.0) & takes_part[:, np.newaxis]
    if np.any(np.abs(g[pure]) > l1[pure]):
        # A pure L1 penalty has a bounded dual: stay on the way from the labels to q.
        shortening = float(np.min(l1[pure] / np.maximum(np.abs(g[pure]), 1e-300)))
        divergence, dual = objective.sum_over_rows(V, partial(transport.divergence, shortening=shortening))
        g = dual[:n_features]
    beyond = np.sign(g) * np.maximum(np.abs(g) - l1, 0.0)
    # Terms that cancel at the optimum are put together first: with L2 only this is (g + lambda V)^2 / (2 lambda).
    with np.errstate(divide="ignore", invalid="ignore"):
        smooth = np.where(l2 > 0.0, np.square(beyond + l2 * features) / (2.0 * l2), 0.0)
    corner = l1 * np.abs(features) + (g - beyond) * features
    return max(float(divergence + smooth.sum() + corner.sum()), 0.0)


def _excess(objective: Objective, V: Array) -> Array:
    """Give, in double precision, how much too much probability every class has over all rows."""
    return np.asarray(objective.sum_over_rows(V, partial(_residuals, objective.head))[1][-1])


def _residuals(head: Head, raw: Array, block: Block) -> tuple[float, Array]:
    head.residuals(raw, block.codes, np.empty(len(raw)))
    return 0.0, raw if block.weight is None else raw * block.weight[:, np.newaxis]


@dataclass(frozen=True)
class _Transport:
    """Moves probability between classes until their totals are right."""

    removed: Array  # share of a class's probability that goes
    received: Array  # share of what goes that a class receives
    softmax: bool

    @classmethod
    def of(cls, objective: Objective, excess: Array | None) -> "_Transport":
        """Compare totals; `excess` is how much too much probability a class has over all rows."""
        softmax = objective.head.shift_invariant
        width = len(objective.class_totals)
        if excess is None:
            return cls(np.zeros(width), np.zeros(width), softmax)
        if not softmax:
            excess = np.array([-excess[0], excess[0]])
        totals = objective.class_totals + excess
        removed = np.clip(np.maximum(excess, 0.0) / np.maximum(totals, 1e-300), 0.0, 1.0)
        lacking = np.maximum(-excess, 0.0)
        return cls(removed, lacking / max(lacking.sum(), 1e-300), softmax)

    def divergence(self, raw: Array, block: Block, shortening: float) -> tuple[float, Array]:
        """Give sum of KL(q || p), and q - y, for q shortened towards the labels."""
        log_p = log_softmax(raw if self.softmax else np.concatenate([np.zeros_like(raw), raw], axis=1))
        q = np.exp(log_p)
        moved = (q * self.removed).sum(axis=1, keepdims=True)
        q -= q * self.removed
        q += moved * self.received
        rows = np.arange(len(q))
        if shortening < 1.0:
            q *= shortening
            q[rows, block.codes] += 1.0 - shortening
        log_q = np.log(np.where(q > 0.0, q, 1.0))
        divergence = np.where(q > 0.0, q * (log_q - log_p), 0.0).sum(axis=1)
        q[rows, block.codes] -= 1.0
        residuals = q if self.softmax else q[:, 1:]
        if block.weight is None:
            return float(divergence.sum()), residuals
        return float(divergence @ block.weight), residuals * block.weight[:, np.newaxis]


def is_separable(objective: Objective, V: Array, direction: Array) -> bool:
    """Tell whether the loss sinks for ever along the coefficients, or along a solver's last direction."""

    def lies_at_infinity(along: Array) -> bool:
        spread = objective.sums.widest(along)
        if spread == 0.0:
            return False
        further, _ = objective.value_and_gradient(V + along * (_FAR / spread))
        return further <= value

    if objective.sums.widest(V) < _SUSPICIOUS:
        return False
    value, _ = objective.value_and_gradient(V)
    origin, _ = objective.value_and_gradient(np.zeros_like(V))
    if not value < origin:
        return False
    return lies_at_infinity(V) or lies_at_infinity(direction)
