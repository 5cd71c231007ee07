"""Which rows a model learned from, remembered by a few of their numbers, so that it can say so when judged by them.

Every row has a number of 64 bits that its features and its class decide, and nothing else: not the kind of its file,
nor its place in it. The smallest of these numbers are kept. A row whose number is at most the largest one kept was
learned from if its number is among them, and of the others nothing is known: rows are kept or not as if drawn, so that
the share among those of which something is known stands for all. Nobody can get back from the numbers to the rows; but
whoever has a row can tell whether it was learned from.

Rows may be equal that are of different people. So only rows are remembered that no other one equalled. How often a new
row equals such a row is known by those that two had in common (Good, *Biometrika* 40, 1953): each of the two was new to
all others. Only what is beyond that is said.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._binomial import binomial_cdf, upper_bound
from softargmax._fields import ArrayField, Field, IntegerField, fields_of, state_of
from softargmax._row_hash import hash_rows
from softargmax._state import State
from softargmax.exceptions import ArtifactError
from softargmax.metrics._plain import Plain

# So many numbers are kept: 32 kB.
MOST = 4096
# Features are compared to so many parts of their scale: another kind of file may hold them with fewer digits.
_PARTS = 4096.0
_ROWS = 1 << 12
# Something is said where chance alone would have as many rows in common less often than this.
_SURE = 1e-4
# What is counted of few is all rows where it says more than this.
_ALL = 0.98

FIELDS: dict[str, Field] = {
    "n_rows": IntegerField(),
    "n_single": IntegerField(),
    "n_twice": IntegerField(),
    "numbers": ArrayField("", dtype=np.uint64),
}


def numbers_of(features: Array, codes: Array) -> Array:
    """Give the number of every row; some rows at a time, because they are copied for it."""
    found = np.empty(len(features), np.uint64)
    for start in range(0, len(features), _ROWS):
        rows = slice(start, start + _ROWS)
        coarse = np.rint(features[rows].astype(np.float64) * _PARTS)
        found[rows] = hash_rows(np.column_stack([coarse, codes[rows]]))
    return found


@dataclass(frozen=True, eq=False)
class SeenShare(Plain):
    """How many rows of a table a model learned from.

    Attributes
    ----------
    n_known : int
        Of how many rows it is known whether they equal, class included, one that was learned from and had no equal.
    n_seen : int
        How many of these do.
    share : float
        The share of all rows that were learned from, as far as chance does not explain it: from 0 to 1.
    """

    n_known: int
    n_seen: int
    share: float

    @property
    def sentence(self) -> str:
        """Say it; nothing if none of the rows was learned from, for all one can tell."""
        if not self.share:
            return ""
        if self.share > _ALL:
            return "the model learned from these rows: their score is better than that of new ones would be"
        part = f"{100.0 * self.share:.2g} %" if self.share < 0.1 else f"{100.0 * self.share:.0f} %"
        return (
            f"the model learned from about {part} of these rows: their score is better than that of new ones would be"
        )


@dataclass(frozen=True, eq=False)
class SeenRows:
    """The rows that a model learned from.

    Attributes
    ----------
    n_rows : int
    n_single, n_twice : int
        How many of them equal no other, and exactly one other.
    numbers : ndarray of uint64
        The smallest numbers of the single ones, ascending, at most `MOST`.
    """

    n_rows: int
    n_single: int
    n_twice: int
    numbers: Array

    @classmethod
    def of(cls, numbers: Array) -> "SeenRows":
        """Remember rows by their numbers."""
        different, counts = np.unique(numbers, return_counts=True)
        single = different[counts == 1]
        return cls(len(numbers), len(single), 2 * int(np.count_nonzero(counts == 2)), single[:MOST])

    def count(self, numbers: Array) -> tuple[int, int]:
        """Count the rows of which something is known, and those that equal one that had no equal."""
        known = numbers[numbers <= self.numbers[-1]] if self.n_single > MOST else numbers
        return len(known), int(np.count_nonzero(np.isin(known, self.numbers)))

    def share(self, n_known: int, n_seen: int) -> SeenShare:
        """Say what counts mean that were added up over a table."""
        if not n_seen or self.n_twice >= self.n_single:
            return SeenShare(n_known, n_seen, 0.0)
        # How often a new row equals one is not known better than by so many pairs among so many rows.
        likely = min(1.0, 2.0 * upper_bound(self.n_twice // 2, self.n_rows, 1.0 - _SURE))
        if binomial_cdf(n_known - n_seen, n_known, 1.0 - likely) > _SURE:
            return SeenShare(n_known, n_seen, 0.0)
        usual, single = (n / self.n_rows for n in (self.n_twice, self.n_single))
        share = (n_seen / n_known - usual) / (single - usual)
        return SeenShare(n_known, n_seen, min(max(share, 0.0), 1.0))

    def to_state(self) -> State:
        """Give it as plain data."""
        return state_of("seen-rows", 1, FIELDS, vars(self))

    @classmethod
    def from_state(cls, state: State) -> "SeenRows":
        """Rebuild it.

        Raises
        ------
        ArtifactError
            For anything amiss.
        """
        data: dict[str, Any] = fields_of(state, FIELDS, newest=1)
        numbers = data["numbers"]
        if len(numbers) > MOST or not (numbers[1:] > numbers[:-1]).all():
            raise ArtifactError(
                f"the rows that were learned from: expected at most {MOST} ascending numbers, got others"
            )
        if len(numbers) != min(data["n_single"], MOST) or data["n_single"] + data["n_twice"] > data["n_rows"]:
            raise ArtifactError("the rows that were learned from: expected counts that fit each other, got others")
        return cls(**data)
