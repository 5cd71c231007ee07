"""How badly a class fits a row: the scores of conformal prediction, each with the digits that saturation hides.

Conventions: `z` are the distances of a row's logits to its largest, rounded (`steady_gaps`), shape (n_rows,
n_classes); a score is large where the class fits badly; a class with logit -inf is ruled out and scores +inf. `u` is
one number in [0, 1) per row, or None for the deterministic score.

A score is a complex number, which stands for a pair (s, t): s is the score as published, and t is a logarithm that
increases with s and goes on where s is rounded. With p = (1 - 1e-20, 1e-20 - 1e-30, 1e-30), the APS scores of all three
classes are 1 in any floating dtype; t is 46, 69 and +inf. Without t, a sure model's scores would be tied by the
hundred, and a tie at the threshold lets all of them in. The pair is held as s + i t because NumPy sorts, searches and
compares complex numbers as such pairs: by the real part, and by the imaginary part where that is equal.

Both numbers are rounded (`steady`), because another processor or another BLAS gives logits and scores with other last
bits. A new row whose score equals that of a calibration row then stays on the same side of it everywhere, and with it
all rows of a table that are alike.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._logits import Logits, steady, steady_gaps
from softargmax.decisions._row_share import row_uniforms
from softargmax.probabilities import log_softmax, logsumexp

# The score of a class that is ruled out, and the threshold that lets every class in.
INFINITE = complex(np.inf, np.inf)
# The score of a class that is in every set.
LOWEST = complex(-np.inf, -np.inf)
# Orders equal scores at random, and only those: half of the step to which they are rounded. It leaves a double 20 bits
# to tell rows apart where a score is as large as 700.
JITTER = 2.0**-21


@dataclass(frozen=True)
class ClassRanks:
    """Rows with their most probable class first, the first of equal ones.

    `log_p` has a class's log-probability at its rank (0, 1, ...), `log_tail` the logarithm of the mass of that rank
    and all later ones; it has one rank more, which is -inf.
    """

    order: Array
    log_p: Array
    log_tail: Array

    @classmethod
    def of(cls, z: Array) -> "ClassRanks":
        """Sort and sum: from the smallest probability to the largest, so that no digit of a tail is lost."""
        order = np.argsort(-z, axis=1, kind="stable")
        with np.errstate(over="ignore"):
            gaps = np.take_along_axis(z, order, axis=1) - np.take_along_axis(z, order[:, :1], axis=1)
        log_tail = np.full((len(z), z.shape[1] + 1), -np.inf)
        log_tail[:, :-1] = np.logaddexp.accumulate(gaps[:, ::-1], axis=1)[:, ::-1]
        total = log_tail[:, :1].copy()
        return cls(order, gaps - total, log_tail - total)

    def log_left(self, u: Array | None) -> Array:
        """Give the logarithm of the mass that is left after a rank and its share u of its own mass."""
        if u is None:
            return self.log_tail[:, 1:]
        return np.asarray(np.logaddexp(self.log_tail[:, 1:], self.log_p + np.log1p(-u)[:, np.newaxis]))

    def from_one(self) -> Array:
        """Give the rank of every class, 1 for the likeliest."""
        return self.by_class(np.broadcast_to(np.arange(1, self.order.shape[1] + 1), self.order.shape))

    def by_class(self, by_rank: Array) -> Array:
        """Bring what is sorted by rank into the order of the classes."""
        result = np.empty_like(by_rank)
        np.put_along_axis(result, self.order, by_rank, axis=1)
        return result


@dataclass(frozen=True)
class Penalty:
    """What RAPS and SAPS charge for a low rank: `weight` for each rank, in RAPS for those beyond `free_ranks`."""

    weight: float = 0.0
    free_ranks: int = 0


def _pair(score: Array, finer: Array) -> Array:
    pair = np.empty(score.shape, np.complex128)
    pair.real, pair.imag = steady(score), steady(finer)
    return pair


def _jittered(pair: Array, u: Array | None) -> Array:
    if u is not None:
        pair.imag += JITTER * u[:, np.newaxis]
    return pair


def _lac(z: Array, u: Array | None, _: Penalty) -> Array:
    """1 - p (Sadinle, Lei, Wasserman, *J. Amer. Statist. Assoc.* 114, 2019)."""
    log_p = np.asarray(log_softmax(z))
    first = z.argmax(axis=1)[:, np.newaxis]
    others = log_p.copy()
    np.put_along_axis(others, first, -np.inf, axis=1)
    log_rest = np.log1p(-np.minimum(np.exp(log_p), 0.75))  # only the first class may have more than half
    np.put_along_axis(log_rest, first, np.asarray(logsumexp(others, keepdims=True)), axis=1)
    # Minus the log-odds have digits at both ends, where p is nearly 1 and where it is nearly 0.
    return _jittered(_pair(0.0 - np.expm1(log_p), log_rest - log_p), u)


def _aps(z: Array, u: Array | None, _: Penalty) -> Array:
    """Mass of the classes before this one and its own, or u times its own (Romano, Sesia, Candès, *NeurIPS* 2020)."""
    ranked = ClassRanks.of(z)
    log_left = ranked.log_left(u)
    return ranked.by_class(_pair(0.0 - np.expm1(log_left), -log_left))


def _raps(z: Array, u: Array | None, penalty: Penalty) -> Array:
    """APS and a price for every rank beyond the free ones (Angelopoulos, Bates, Malik, Jordan, *ICLR* 2021)."""
    ranked = ClassRanks.of(z)
    log_left = ranked.log_left(u)
    charged = np.maximum(0.0, np.arange(1.0, z.shape[1] + 1.0) - penalty.free_ranks)
    return ranked.by_class(_pair(penalty.weight * charged - np.expm1(log_left), -log_left))


def _saps(z: Array, u: Array | None, penalty: Penalty) -> Array:
    """The largest probability and a price for every rank (Huang, Xi, Zhang, Yao, Qiu, Wei, *ICML* 2024)."""
    ranked = ClassRanks.of(z)
    log_left = np.repeat(ranked.log_tail[:, 1:2], z.shape[1], axis=1)
    log_left[:, 0] = ranked.log_left(u)[:, 0]
    share = 1.0 if u is None else u[:, np.newaxis]
    charged = np.arange(z.shape[1]) - 1.0 + share * np.ones((len(z), 1))
    charged[:, 0] = 0.0
    return ranked.by_class(_pair(penalty.weight * charged - np.expm1(log_left), -log_left))


def _margin(z: Array, u: Array | None, _: Penalty) -> Array:
    """Largest probability of another class minus its own (Johansson, Linusson, Löfström, Boström, *COPA* 2017)."""
    ranked = ClassRanks.of(z)
    p = np.exp(ranked.log_p)
    score, log_rest = p[:, :1] - p, np.logaddexp(ranked.log_tail[:, 1:2], ranked.log_p)
    score[:, 0] = p[:, 1] - p[:, 0]
    # 1 + s = 1 - p_1 + p_2 at the first rank, where s < 0; 1 - s = 1 - p_1 + p_j at the others.
    finer = -log_rest
    finer[:, 0] = log_rest[:, 1]
    return ranked.by_class(_jittered(_pair(score, finer), u))


def _rank(z: Array, u: Array | None, _: Penalty) -> Array:
    """The rank: 1, 2, ...; or the rank - 1 + u."""
    ranked = ClassRanks.of(z)
    rank = np.arange(z.shape[1]) + (np.ones((len(z), 1)) if u is None else u[:, np.newaxis])
    return ranked.by_class(rank.astype(np.complex128))  # made of whole numbers and shares, so there is nothing to round


SCORES: dict[str, Callable[[Array, Array | None, Penalty], Array]] = {
    "lac": _lac,
    "aps": _aps,
    "raps": _raps,
    "saps": _saps,
    "margin": _margin,
    "top_k": _rank,
}
# Mild prices, chosen by hand. The authors of both scores choose theirs on extra rows, which no default can have; a
# change moves the size of sets, not the promise.
PENALTIES = {"raps": Penalty(0.01, 5), "saps": Penalty(0.2)}


def steadied(score: str, pairs: Array, *, randomized: bool) -> Array:
    """Give scores that a file of version 1 holds, which were not rounded, as they are now.

    Then t of "lac" was -log p, and what ordered equal scores was lost beside it: it counts as if it were the largest.
    """
    if score == "top_k":
        return pairs
    finer = pairs.imag
    if score == "lac":
        with np.errstate(divide="ignore", invalid="ignore"):
            finer = np.where(np.isinf(finer), finer, finer + np.log(-np.expm1(-finer)))
    rounded = _pair(pairs.real, finer)
    if randomized and score in ("lac", "margin"):
        rounded.imag += JITTER
    return rounded


@dataclass(frozen=True)
class Scorer:
    """A score with its options; `key` draws the rows' shares, and is None for the deterministic score.

    With `first_in` the most probable class, the first of equal ones, scores lower than all others can: sets are never
    empty then, and calibration rows whose class that is say so, which makes the sets of the others smaller than an
    empty set that is filled afterwards does.

    In files of version 1 the shares were drawn from the logits as they came, last bits and all; `from_logits` keeps
    those shares, so that what was fitted then gives the sets that it gave.
    """

    score: str
    penalty: Penalty
    key: int | None
    from_logits: bool = False
    first_in: bool = False

    def __call__(self, logits: Logits) -> Iterator[tuple[slice, Array, Array]]:
        """Give, block by block, which rows these are, their logits as steady gaps, and the scores of all classes."""
        for rows, given in logits.blocks():
            z = steady_gaps(given)
            u = None if self.key is None else row_uniforms(given if self.from_logits else z, self.key)
            scores = SCORES[self.score](z, u, self.penalty)
            if self.first_in:
                scores[np.arange(len(z)), z.argmax(axis=1)] = LOWEST
            scores[np.isneginf(given)] = INFINITE
            yield rows, z, scores

    def of_true(self, logits: Logits, codes: Array) -> Array:
        """Give the score of each row's true class."""
        return np.concatenate([s[np.arange(len(s)), codes[rows]] for rows, _, s in self(logits)])
