"""The outermost values of a column: from where to where it reaches, and how its ends thin out."""

from dataclasses import dataclass, field

import numpy as np

from softargmax._arrays import Array

# Values that are kept at either end; how far apart the outermost 128 lie tells how an end thins out to a tenth.
MOST = 129


@dataclass(frozen=True, eq=False)
class Extremes:
    """The lowest and the highest values of some rows, `MOST` of each, in no order; `merge` takes other rows."""

    lowest: Array = field(default_factory=lambda: np.empty(0), repr=False)
    highest: Array = field(default_factory=lambda: np.empty(0), repr=False)

    @classmethod
    def of(cls, values: Array) -> "Extremes":
        """Take them from numbers, among which NaN is a missing one."""
        values = values[~np.isnan(values)]
        return cls(_lowest(values), -_lowest(-values))

    def merge(self, other: "Extremes") -> "Extremes":
        """Take those of both."""
        lowest = np.concatenate([self.lowest, other.lowest])
        highest = np.concatenate([self.highest, other.highest])
        return Extremes(_lowest(lowest), -_lowest(-highest))


def _lowest(values: Array) -> Array:
    return values if len(values) <= MOST else np.partition(values, MOST - 1)[:MOST].copy()
