r"""The weights of a logarithmic pool: several calibrations of the same rows, made one.

.. math::
    z' = \sum_m w_m z_m + \Bigl( 1 - \sum_m w_m \Bigr) \log \pi, \qquad
    \min_{w \ge 0} \sum_i s_i\, \mathrm{CE}(z'_i, y_i) + \sum_m c_m w_m
    + \tfrac{a}{2} \lVert w - e \rVert^2 + \tfrac{b}{2} \Bigl( \sum_m (w_m - e_m) \Bigr)^2

z_m are the logits that a calibration says of rows it was not fitted to. A pool of probabilities (a linear one) is
never calibrated where its members are (Ranjan, Gneiting, *J. R. Stat. Soc. B* 72, 2010): it is too timid. Of logits
only the sum of the weights says how sure the pool is, and it is free; so a temperature is fitted with the weights, on
rows left out. What is missing to 1 goes to the classes' shares pi: less sure means nearer to them, and not to equal
probabilities, which would pull rare events towards one half. Shares are those of the rows that a calibration was fitted
to, because of many classes and few rows they say which classes the rows are of. The loss is convex in w, and Newton's
method finds its minimum, with a bound on what is left.

Member 0 is what maps of calibrations begin from. It alone is e, where the weights are drawn to, by a = 1 and b = 0: the
half square is worth half a nat in all; and each of the others has a price c_m. The weights that come out are drawn back
to the simplest calibration once more, all together, as far as what they gain may be chance (`drawn_back`): so few rows,
on which gains are mostly chance, leave the simplest. Models of tables are drawn otherwise (`pipeline/ensembles.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from softargmax._arrays import Array
from softargmax._logits import block_slices
from softargmax.calibration._newton import best_nonnegative, descend_by_newton
from softargmax.probabilities import softmax
from softargmax.probabilities.cross_entropy import cross_entropy_of_checked

# The bound on what is left to gain at which weights are final, in nats.
_TOL = 1e-9
_MOST_STEPS = 50
# Numbers of a block.
_CELLS = 2**16
# Of so many rows the squared standard error of a gain counts twice. Chosen by hand on random subsets of eight sets:
# 50 rows lose nothing to the simplest, without it .01 to .06 nats on four of them; and 150 keep most of their gains.
_DISTRUST = 150.0


@dataclass(frozen=True)
class PoolWeights:
    """Weights, and by how much the mean loss can still fall at most."""

    weights: Array
    gap: float


@dataclass(frozen=True)
class Drawn:
    """What weights are drawn to (`to`, which adds up to 1), and how strongly: each, and what they add up to."""

    to: Array
    each: float = 1.0
    together: float = 0.0

    def gradient(self, w: Array) -> Array:
        """Give the gradient of what it adds to a loss."""
        away = w - self.to
        return np.asarray(self.each * away + self.together * away.sum())

    def hessian(self) -> Array:
        """Give its second derivatives, which are the same everywhere."""
        return np.asarray(self.each * np.eye(len(self.to)) + self.together)

    def __call__(self, w: Array) -> float:
        """Give what it adds to a loss."""
        return 0.5 * float((w - self.to) @ self.gradient(w))


def log_shares(codes: Array, weight: Array, n_classes: int) -> Array:
    """Give the logarithms of the classes' shares in rows; none is 0."""
    counts = np.bincount(codes, weight, minlength=n_classes) + 0.5
    return np.asarray(np.log(counts / counts.sum()))


class PoolLoss:
    """The penalised loss of weights, and its quadratic model.

    `shares` are the logarithms of the classes' shares for every row, (n_rows, n_classes), or the same for all rows.
    Weights are drawn to member 0 alone if nothing else is said.
    """

    def __init__(
        self,
        members: Sequence[Array],
        codes: Array,
        weight: Array,
        price: Array,
        shares: Array,
        drawn: Drawn | None = None,
    ) -> None:
        self.members, self.codes, self.weight, self.price = (members, codes, weight, price)
        self.shares = np.broadcast_to(shares, members[0].shape)
        self.total = float(weight.sum())
        self.drawn = drawn or Drawn(np.eye(len(members))[0])

    def of_members(self, kept: Array) -> "PoolLoss":
        """Give the loss of some of the members."""
        members, drawn = [self.members[int(j)] for j in kept], replace(self.drawn, to=self.drawn.to[kept])
        return PoolLoss(members, self.codes, self.weight, self.price[kept], self.shares, drawn)

    def _blocks(self) -> Sequence[slice]:
        return list(block_slices(len(self.codes), self.members[0].shape[1], _CELLS))

    def _penalty(self, w: Array) -> float:
        return float(self.price @ w) + self.drawn(w)

    def __call__(self, w: Array) -> float:
        """Give the sum of losses and penalties."""
        return float(self.weight @ self.losses(w)) + self._penalty(w)

    def losses(self, w: Array) -> Array:
        """Give every row's loss."""
        result = np.empty(len(self.codes))
        for part in self._blocks():
            z = self._pooled(w, part)
            cross_entropy_of_checked(z, self.codes[part], losses=result[part], gradient=z)
        return result

    def _pooled(self, w: Array, part: slice) -> Array:
        z = np.zeros(self.members[0][part].shape)
        z += (1.0 - w.sum()) * self.shares[part]
        for weight, member in zip(w, self.members, strict=True):
            if weight != 0.0:
                z += weight * member[part]
        return z

    def model(self, w: Array) -> tuple[float, Array | None]:
        """Give how much the mean loss can still fall at most, and the way to the minimum of the quadratic model."""
        n, pull = len(self.members), self.drawn.each
        gradient, hessian = self.price + self.drawn.gradient(w), self.drawn.hessian()
        for part in self._blocks():
            p = softmax(self._pooled(w, part))
            weight, codes = self.weight[part], self.codes[part]
            x = np.stack([member[part] for member in self.members]).astype(np.float64)
            x -= self.shares[part]
            mean = np.einsum("mik,ik->mi", x, p)
            true = x[:, np.arange(len(p)), codes]
            gradient += (mean - true) @ weight
            pulled = (x * (p * weight[:, np.newaxis])).reshape(n, -1)
            hessian += pulled @ x.reshape(n, -1).T - (mean * weight) @ mean.T
        # A half square alone lies below the loss, and its minimum over weights that are not negative is known.
        step = np.maximum(-gradient / pull, -w)
        left = -float(gradient @ step + 0.5 * pull * (step @ step)) / self.total
        if left <= _TOL:
            return left, None
        return left, best_nonnegative(hessian, hessian @ w - gradient) - w


def pool(loss: PoolLoss, *, least: float = 0.0) -> PoolWeights:
    """Find the weights; members with less than a part `least` of their sum are dropped, and the rest found anew."""
    kept = np.arange(len(loss.members))
    while True:
        part = loss.of_members(kept)
        w, gap = descend_by_newton(part, part.model, part.drawn.to.copy(), most_steps=_MOST_STEPS)
        stay = (w > least * w.sum()) | (kept == 0)
        if stay.all() or least == 0.0:
            weights = np.zeros(len(loss.members))
            weights[kept] = w
            return PoolWeights(weights, gap)
        kept = kept[stay]


def drawn_back(weights: Array, simplest: Array, gain: float, standard_error: float, n_rows: float) -> Array:
    r"""Draw weights back to the simplest ones, as far as what they gain over these may be chance.

    .. math:: w = e + \lambda (\hat w - e), \qquad \lambda = \max \bigl( 0, 1 - (1 + c^2 / n^2) s^2 / g^2 \bigr)

    Of a number that was measured as g with the standard error s, and is gamma, the best multiple is gamma^2 /
    (gamma^2 + s^2), and with g^2 - s^2 for gamma^2 that is 1 - s^2 / g^2, the positive-part James-Stein factor (Efron,
    Morris, *J. Am. Stat. Assoc.* 68, 1973). Here g is what the pool gains on rows left out, but by weights that these
    rows chose, and of few rows s is a guess too: so with few rows s counts for more, by c^2 / n^2.
    """
    excess = (1.0 + (_DISTRUST / n_rows) ** 2) * standard_error**2
    share = 1.0 - excess / gain**2 if gain > 0.0 else 0.0
    return np.asarray(simplest + max(share, 0.0) * (weights - simplest))
