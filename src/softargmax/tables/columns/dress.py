"""How the numbers of a column are written: with which units, and which of them a decimal mark makes another number."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.tables.amounts import Amounts
from softargmax.tables.columns.quantity import Spot

# Different units that are counted each for itself. A column of amounts has one; an address has a street.
_MOST_UNITS = 8


@dataclass(frozen=True)
class Dress:
    """What is known of how numbers are written; `merge` takes the rows that follow.

    Attributes
    ----------
    units : tuple of (str, int, Spot)
        What stands beside numbers, in how many cells, and the first of them; the most frequent first.
    n_more, more : int, Spot or None
        How many cells have a further unit, and the first of them.
    n_open, open : int, Spot or None
        How many cells are one number with a decimal point and another one with a decimal comma, and the first of them.
    point_traits, comma_traits : frozenset of str
        What is worth saying about how they are written, with a decimal point and with a decimal comma.
    """

    units: tuple[tuple[str, int, Spot], ...] = ()
    n_more: int = 0
    more: Spot | None = None
    n_open: int = 0
    open: Spot | None = None
    point_traits: frozenset[str] = frozenset()
    comma_traits: frozenset[str] = frozenset()

    @classmethod
    def of(cls, amounts: Amounts, places: Array, cells: Any, start: int) -> "Dress":
        """Take rows that begin at position `start`, of which `places` says which amount each one is."""

        def rows(values: Array, otherwise: Any) -> Array:
            return np.asarray(np.append(values, otherwise)[places])

        def first(found: Array) -> Spot:
            position = int(np.argmax(found))
            return Spot(start + position, cells[position].as_py())

        codes = rows(amounts.unit_codes, -1)
        counts = np.bincount(codes[codes >= 0], minlength=len(amounts.units))
        often = [int(code) for code in np.argsort(-counts, kind="stable")[:_MOST_UNITS] if counts[code]]
        units = tuple((amounts.units[code], int(counts[code]), first(codes == code)) for code in often)
        n_more = int(counts.sum() - counts[often].sum())
        is_open = rows(amounts.differ, False) if amounts.differ.any() else np.zeros(0, np.bool_)
        n_open = int(np.count_nonzero(is_open))
        return cls(
            units,
            n_more,
            first((codes >= 0) & ~np.isin(codes, often)) if n_more else None,
            n_open,
            first(is_open) if n_open else None,
            amounts.point_traits,
            amounts.comma_traits,
        )

    def merge(self, other: "Dress") -> "Dress":
        """Take the rows of both; those of `other` are the next ones."""
        counts: dict[str, tuple[int, Spot]] = {}
        for unit, count, spot in self.units + other.units:
            known = counts.get(unit)
            counts[unit] = (count, spot) if known is None else (known[0] + count, known[1])
        units = sorted(((unit, *rest) for unit, rest in counts.items()), key=lambda one: -one[1])
        rare = units[_MOST_UNITS:]
        spots = [spot for spot in (self.more, other.more, *(spot for _, _, spot in rare)) if spot is not None]
        return Dress(
            tuple(units[:_MOST_UNITS]),
            self.n_more + other.n_more + sum(count for _, count, _ in rare),
            min(spots, key=lambda spot: spot.position, default=None),
            self.n_open + other.n_open,
            self.open or other.open,
            self.point_traits | other.point_traits,
            self.comma_traits | other.comma_traits,
        )

    def with_decimal(self, mark: str) -> "Dress":
        """Give what it is when the decimal mark is decided."""
        traits = self.comma_traits if mark == "," else self.point_traits
        return replace(self, n_open=0, open=None, point_traits=traits, comma_traits=traits)

    def others(self) -> tuple[int, Spot | None]:
        """Count the numbers with another unit than most have, and give the first of them."""
        spots = [spot for _, _, spot in self.units[1:]] + ([] if self.more is None else [self.more])
        n_others = sum(count for _, count, _ in self.units[1:]) + self.n_more
        return n_others, min(spots, key=lambda spot: spot.position, default=None)

    def names(self) -> tuple[str, ...]:
        """Give the units that occur, "" among them where numbers stand alone."""
        return tuple(unit for unit, _, _ in self.units) or ("",)

    def describe(self) -> str:
        """Say how numbers were made of what was written; nothing where they were plain."""
        units = [unit if unit != "%" else "percent signs" for unit in self.names() if unit]
        gone = units + sorted(trait for trait in self.point_traits if trait.startswith("thousands"))
        read = sorted(trait for trait in self.point_traits if not trait.startswith("thousands"))
        return ", ".join([*([f"{' and '.join(gone)} removed"] if gone else []), *(f"{trait} read" for trait in read)])
