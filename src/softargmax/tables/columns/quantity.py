"""The cells of a column as numbers, or as times: mean, spread, and the first cell that speaks against it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.tables.columns.chunked_moments import ChunkedMoments
from softargmax.tables.columns.extremes import Extremes


@dataclass(frozen=True)
class Spot:
    """A cell: its position in the table, from 0, and what it holds."""

    position: int
    value: Any


@dataclass(frozen=True, eq=False)
class Quantity:
    """What is known of a column whose cells are numbers, or times; `merge` takes the rows that follow.

    Attributes
    ----------
    against : Spot or None
        The first cell that is none. A column that has one has no mean.
    n_against : int
        How many are none.
    infinite : Spot or None
        The first number that is not finite.
    fraction : Spot or None
        The first that is no whole number, or has a time of day.
    largest : Spot or None
        The first of those that are farthest from zero.
    size : float
        How far that is.
    moments : ChunkedMoments
    extremes : Extremes
    """

    against: Spot | None = None
    n_against: int = 0
    infinite: Spot | None = None
    fraction: Spot | None = None
    largest: Spot | None = None
    size: float = -1.0
    moments: ChunkedMoments = field(default_factory=ChunkedMoments, repr=False)
    extremes: Extremes = field(default_factory=Extremes, repr=False)

    @classmethod
    def of(cls, values: Array, wrong: Array, unit: float, cells: Any, start: int) -> "Quantity":
        """Summarise rows that begin at position `start`.

        Parameters
        ----------
        values : ndarray of float64, shape (n_rows,)
            The numbers; NaN where there is none.
        wrong : ndarray of bool, shape (n_rows,)
            Where a cell is there and is no number.
        unit : float
            What all whole ones are multiples of.
        cells : pyarrow.Array
            The cells as they are.
        start : int
        """

        def first(found: Array) -> Spot | None:
            position = int(np.argmax(found)) if len(found) else 0
            return Spot(start + position, cells[position].as_py()) if len(found) and found[position] else None

        if n_wrong := int(np.count_nonzero(wrong)):
            return cls(first(wrong), n_wrong)
        moments = ChunkedMoments.of(values, start)
        sizes = np.abs(values)
        size = float(np.fmax.reduce(sizes, initial=-1.0))
        with np.errstate(invalid="ignore"):  # infinities have no remainder
            fraction = first(np.remainder(values, unit) > 0.0)
        return cls(
            infinite=first(np.isinf(values)) if size == np.inf else None,
            fraction=fraction,
            largest=first(sizes == size),
            size=size,
            moments=moments,
            extremes=Extremes.of(values),
        )

    def merge(self, other: "Quantity") -> "Quantity":
        """Summarise the rows of both; those of `other` are the next ones."""
        if self.n_against or other.n_against:
            return Quantity(self.against or other.against, self.n_against + other.n_against)
        larger = other if other.size > self.size else self
        return Quantity(
            infinite=self.infinite or other.infinite,
            fraction=self.fraction or other.fraction,
            largest=larger.largest,
            size=larger.size,
            moments=self.moments.merge(other.moments),
            extremes=self.extremes.merge(other.extremes),
        )
