"""Whole numbers in the order of their rows: do they count the rows, or are they just different ones?"""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._row_hash import hash_rows

# Fewer rows than this may hold the numbers 1, 2, 3 ... for another reason than being counted.
_FEWEST = 10
# Numbers that rise from row to row and fill this share of their range count rows of which some were taken out.
_FILLED = 0.5
# Beyond, not every whole number is a double.
_LARGEST = 2.0**53
# Numbers whose hashes are in memory at a time.
_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class Succession:
    """A mergeable summary of whole numbers in consecutive rows, none of them missing.

    Attributes
    ----------
    first, last : float
    low, high : float
        The smallest and the largest.
    count : int
    least, most : float
        The smallest and the largest step from one row to the next; inf and -inf where there is one row.
    fingerprint : int
        The sum of their hashes modulo 2^64, which the order of the rows does not change.
    """

    first: float
    last: float
    low: float
    high: float
    count: int
    least: float
    most: float
    fingerprint: int

    @classmethod
    def of(cls, numbers: Array) -> "Succession | None":
        """Summarise numbers; None if one is missing (NaN), fractional or too large to be exact."""
        with np.errstate(invalid="ignore"):  # the remainder of infinities
            if not len(numbers) or not np.all((np.abs(numbers) < _LARGEST) & (np.remainder(numbers, 1.0) == 0.0)):
                return None
        steps = np.diff(numbers)
        return cls(
            float(numbers[0]),
            float(numbers[-1]),
            float(numbers.min()),
            float(numbers.max()),
            len(numbers),
            float(steps.min(initial=np.inf)),
            float(steps.max(initial=-np.inf)),
            _fingerprint(numbers),
        )

    def merge(self, other: "Succession | None") -> "Succession | None":
        """Summarise the rows of both; those of `other` are the next ones."""
        if other is None:
            return None
        step = other.first - self.last
        return Succession(
            self.first,
            other.last,
            min(self.low, other.low),
            max(self.high, other.high),
            self.count + other.count,
            min(self.least, other.least, step),
            max(self.most, other.most, step),
            (self.fingerprint + other.fingerprint) % 2**64,
        )

    @property
    def counts_by_one(self) -> bool:
        """Whether every number is one above the one before."""
        return self.count > 1 and self.least == self.most == 1.0

    @property
    def counts_rows(self) -> bool:
        """Whether they say no more than which row it is: they count up, or are all numbers of a range in any order."""
        if self.count < _FEWEST:
            return False
        span = self.high - self.low + 1.0
        if self.least > 0.0 and (self.least == self.most or self.count >= _FILLED * span):
            return True
        return self.count == span and self.fingerprint == _fingerprint_of_range(self.low, self.count)


def _fingerprint(numbers: Array) -> int:
    return int(np.add.reduce(hash_rows(numbers[:, np.newaxis]), dtype=np.uint64))


def _fingerprint_of_range(low: float, count: int) -> int:
    parts = (np.arange(start, min(start + _AT_ONCE, count)) + low for start in range(0, count, _AT_ONCE))
    return sum(map(_fingerprint, parts)) % 2**64
