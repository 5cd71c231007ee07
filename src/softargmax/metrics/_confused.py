"""Which classes are taken for which: counts of wrong answers, and an order that brings what is mixed up together."""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax.metrics._judged import Judged
from softargmax.metrics.findings import Confusion, Mistake

# So many classes are drawn at most; of more, this many with the largest confusions, and the rest as one.
_ALL, _SOME = 20, 14
_NAMED = 20


@dataclass(frozen=True)
class Confused:
    """The weight of the wrong answers, by ``pair``: truth * n_classes + answer, ascending. Only what occurs is kept."""

    pair: Array
    weight: Array

    @classmethod
    def of(cls, judged: Judged) -> "Confused":
        """Count wrong answers."""
        wrong = np.flatnonzero((judged.rank > 0) & (judged.weight > 0.0))
        pair = judged.codes[wrong].astype(np.int64) * judged.n_classes + judged.predicted[wrong]
        return cls._summed(pair, judged.weight[wrong])

    @classmethod
    def _summed(cls, pair: Array, weight: Array) -> "Confused":
        known, place = np.unique(pair, return_inverse=True)
        return cls(known, np.bincount(place.ravel(), weight, len(known)))

    def merge(self, other: "Confused") -> "Confused":
        """Add what another summary has seen."""
        return self._summed(np.concatenate([self.pair, other.pair]), np.concatenate([self.weight, other.weight]))


def confusion(confused: Confused, correct: Array, rows: Array) -> Confusion:
    """Order and fold classes; ``correct`` and ``rows`` are weights of every class that are right, and of all of it."""
    n_classes = len(rows)
    truth, answer = np.divmod(confused.pair, n_classes)
    by_size = np.lexsort((confused.pair, -confused.weight))
    pairs = [(int(truth[i]), int(answer[i])) for i in by_size]
    drawn = list(range(n_classes)) if n_classes <= _ALL else _most_confused(pairs, rows)
    places = np.full(n_classes, len(drawn))
    places[drawn] = np.arange(len(drawn))
    counts = np.zeros((len(drawn) + 1, len(drawn) + 1))
    np.add.at(counts, (places[truth], places[answer]), confused.weight)
    np.add.at(counts, (places, places), correct)
    folded = n_classes - len(drawn)
    if not folded:
        counts = counts[:-1, :-1]
    order = _side_by_side(counts[: len(drawn), : len(drawn)], rows[drawn])
    whole = [*order, *range(len(drawn), len(counts))]
    return Confusion(
        tuple(drawn[i] for i in order),
        tuple(map(tuple, counts[np.ix_(whole, whole)].tolist())),
        folded,
        tuple(
            Mistake(int(truth[i]), int(answer[i]), float(confused.weight[i]), float(rows[truth[i]]))
            for i in by_size[:_NAMED]
        ),
    )


def _most_confused(pairs: list[tuple[int, int]], rows: Array) -> list[int]:
    """Take the classes of the largest confusions, as far as they go, and fill up with the largest classes."""
    drawn: list[int] = []
    for pair in pairs:
        new = [code for code in pair if code not in drawn]
        if len(drawn) + len(new) > _SOME:
            break
        drawn += new
    largest = np.lexsort((np.arange(len(rows)), -rows)).tolist()
    drawn += [code for code in largest if code not in drawn][: max(0, _SOME - len(drawn))]
    return sorted(drawn)


def _side_by_side(counts: Array, rows: Array) -> list[int]:
    """Order classes so that those that are mixed up have a short way to each other.

    Each pair costs its confusion, as a share of either class, times the distance of the two. Beginning with the order
    that the classes have, which often means something, pieces are turned round or moved elsewhere while that saves
    at least a hundredth of the cost. Where nothing is mixed up, or all alike, nothing is moved.
    """
    n = len(counts)
    share = counts / np.maximum(rows, 1e-300)[:, np.newaxis]
    near = share + share.T
    np.fill_diagonal(near, 0.0)
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))

    def cost(order: list[int]) -> float:
        return float((near[np.ix_(order, order)] * distance).sum())

    best = list(range(n))
    first = least = cost(best)
    while n > 2:
        turned = [best[:i] + best[i:j][::-1] + best[j:] for i in range(n) for j in range(i + 2, n + 1)]
        moved = [_moved(best, i, j) for i in range(n) for j in range(n) if i != j]
        costs = [cost(order) for order in turned + moved]
        cheapest = int(np.argmin(costs))
        if costs[cheapest] >= least - 0.01 * first:
            break
        best, least = (turned + moved)[cheapest], costs[cheapest]
    return best if best[0] <= best[-1] else best[::-1]


def _moved(order: list[int], start: int, end: int) -> list[int]:
    """Take one class out and put it elsewhere."""
    rest = order[:start] + order[start + 1 :]
    return [*rest[:end], order[start], *rest[end:]]
