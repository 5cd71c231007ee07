"""How often each value of a column occurs, counted exactly for as many different values as there is room for."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array

# As many as fit into a few megabytes. More different values are names, numbers or sentences, of which each is rare.
MOST_DISTINCT = 50_000

# Counts are joined when the new ones hold this many values, and as many as what is there: then the work for a value
# does not grow with their number.
_FEWEST_TO_JOIN = 1 << 14


class Counts(NamedTuple):
    """Different values, as an Arrow array in the order of their first rows, and how often each occurs."""

    values: Any
    counts: Array

    @classmethod
    def of(cls, cells: Any) -> "Counts":
        """Count the values of an Arrow array, without its missing cells."""
        found = pc.value_counts(cells.drop_null())
        return cls(found.field("values"), np.asarray(found.field("counts")))

    def counter(self) -> Counter[Any]:
        """Give all counts, the values of the first rows first."""
        return Counter(dict(zip(self.values.to_pylist(), self.counts.tolist(), strict=True)))


@dataclass(frozen=True, eq=False)
class Distinct:
    """Different values and their counts; `merge` takes the rows that follow.

    Attributes
    ----------
    most : int
        How many are counted; a column with more has `overflows`, and no counts.
    parts : tuple of Counts
        A value may stand in several.
    overflows : bool
        Whether there were more.
    """

    most: int = MOST_DISTINCT
    parts: tuple[Counts, ...] = field(default=(), repr=False)
    overflows: bool = False

    @classmethod
    def of(cls, counts: Counts, most: int = MOST_DISTINCT) -> "Distinct":
        """Take the counts of some rows."""
        if len(counts.values) > most:
            return cls(most, (), True)
        return cls(most, (counts,))  # also if there are none: they have a type

    def merge(self, other: "Distinct") -> "Distinct":
        """Count the rows of both; those of `other` are the next ones."""
        if self.overflows or other.overflows:
            return Distinct(self.most, (), True)
        both = Distinct(self.most, self.parts + other.parts)
        sizes = [len(part.values) for part in both.parts]
        return both.joined if sum(sizes[1:]) > max([_FEWEST_TO_JOIN, *sizes[:1]]) else both

    @cached_property
    def joined(self) -> "Distinct":
        """The same with every value in one place."""
        if len(self.parts) <= 1:
            return self
        encoded = pa.concat_arrays([part.values for part in self.parts]).dictionary_encode()
        counts = np.bincount(
            np.asarray(encoded.indices),
            weights=np.concatenate([part.counts for part in self.parts]),  # exact: below 2^53
            minlength=len(encoded.dictionary),
        )
        return Distinct.of(Counts(encoded.dictionary, counts.astype(np.int64)), self.most)

    @property
    def values(self) -> Any:
        """The different values, an Arrow array; none if there were more than are counted."""
        return self.joined.parts[0].values if self.joined.parts else pa.nulls(0)

    def without(self, values: Any) -> "Distinct":
        """Give the same without some values."""
        if not self.joined.parts:
            return self.joined
        found = self.joined.parts[0]
        kept = ~np.asarray(pc.is_in(found.values, value_set=values))
        return Distinct(self.most, (Counts(found.values.filter(pa.array(kept)), found.counts[kept]),))

    def counted(self) -> Counts:
        """Give the different values, those of the first rows first, and how often each occurs."""
        return self.joined.parts[0] if self.joined.parts else Counts(pa.nulls(0), np.empty(0, np.int64))
