"""A sample of rows, for what would take too long of all; neither their order nor the parts they come in decide it."""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._logits import block_slices
from softargmax._row_hash import hash_rows
from softargmax.metrics._judged import Judged, each

# Distinct rows that are kept: as many probabilities, so that a summary stays small, but at least and at most so many
# rows. 4096 rows make 8 million pairs.
_CELLS, _FEWEST, _MOST = 1 << 15, 512, 1 << 12
# Copies of a row that are counted one by one, at most; a sum of so many stays a whole number.
_MOST_TIMES = 2.0**31
# The last bits of a number, which another processor may round in another way, are no reason to keep another row.
_LAST_BITS = 20


@dataclass(frozen=True)
class SampledRows:
    """The distinct rows of the smallest keys, ascending, and how often each class was true of each of them.

    A key is made of the values of a row and its weight by hashing, so it looks drawn at random, is the same wherever
    the row is met, and does not know which class was true. Whether a row is kept is decided by its key alone, so the
    counts of kept rows are complete, whatever the parts.
    """

    key: Array
    probability: Array
    weight: Array
    seen_key: Array
    seen_code: Array
    seen: Array

    @classmethod
    def of(cls, judged: Judged) -> "SampledRows":
        """Sample rows of positive weight."""
        values, weight = judged.rows.values, judged.weight
        key = np.concatenate(each(_keys, [values[rows] for rows in block_slices(judged.n, judged.n_classes)]))
        # A row of a whole weight is so many rows, each with a label of its own to draw; one of another weight is one.
        times = np.where((weight == np.rint(weight)) & (weight <= _MOST_TIMES), weight, 1.0).astype(np.int64)
        weight = weight / np.maximum(times, 1)
        if not np.all(weight[times > 0] == 1.0):
            key ^= hash_rows(weight[:, np.newaxis].copy()) ^ hash_rows(np.ones((1, 1)))
        rows = np.flatnonzero(judged.weight > 0.0)
        rows = rows[_of_smallest(key[rows], most_rows(judged.n_classes))]
        distinct, first = np.unique(key[rows], return_index=True)
        places = rows[first]
        seen = _counted(key[rows], judged.codes[rows], times[rows])
        return cls(distinct, judged.probabilities(places), weight[places], *seen)

    def merge(self, other: "SampledRows") -> "SampledRows":
        """Add what another sample has seen."""
        key, first = np.unique(np.concatenate([self.key, other.key]), return_index=True)
        key, first = (column[: most_rows(self.probability.shape[1])] for column in (key, first))
        columns = ("seen_key", "seen_code", "seen")
        seen = _counted(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in columns))
        kept = seen[0] <= key[-1] if len(key) else slice(0)
        return SampledRows(
            key,
            np.concatenate([self.probability, other.probability])[first],
            np.concatenate([self.weight, other.weight])[first],
            *(column[kept] for column in seen),
        )

    def rows(self, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """Give probabilities, weights and codes row by row, in the order of the keys; of too many, some at random."""
        ends = np.cumsum(self.seen)
        total, most = int(self.seen.sum()), most_rows(self.probability.shape[1])
        numbers = np.arange(total) if total <= most else np.sort(rng.choice(total, most, replace=False, shuffle=False))
        entry = np.searchsorted(ends, numbers, side="right")
        place = np.searchsorted(self.key, self.seen_key[entry])
        return self.probability[place], self.weight[place], self.seen_code[entry]


def most_rows(n_classes: int) -> int:
    """Give how many rows are kept."""
    return min(max(_CELLS // n_classes, _FEWEST), _MOST)


def _keys(values: Array) -> Array:
    rounded = values.astype(np.float64) + 0.0
    bits = rounded.view(np.int64)
    bits += 1 << (_LAST_BITS - 1)
    bits &= -(1 << _LAST_BITS)
    return hash_rows(rounded)


def _of_smallest(key: Array, most: int) -> Array:
    """Give the places of all rows that have one of the smallest distinct keys, at most so many of these."""
    reach = 2 * most
    while True:
        whole = reach >= len(key)
        places = np.arange(len(key)) if whole else np.flatnonzero(key <= np.partition(key, reach)[reach])
        distinct = np.unique(key[places])[:most]
        if len(distinct) == most or whole:
            return np.asarray(places[key[places] <= distinct[-1]] if len(distinct) else places)
        reach *= 8


def _counted(key: Array, code: Array, seen: Array) -> tuple[Array, Array, Array]:
    """Add up what was seen of the same key and code."""
    order = np.lexsort((code, key))
    key, code, seen = key[order], code[order], seen[order]
    fresh = np.ones(len(key), np.bool_)
    fresh[1:] = (key[1:] != key[:-1]) | (code[1:] != code[:-1])
    starts = np.flatnonzero(fresh)
    return key[starts], code[starts], np.add.reduceat(seen, starts) if len(starts) else seen
