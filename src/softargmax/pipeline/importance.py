r"""What every column of a table does for a model: how much larger the log loss becomes if the column tells nothing.

.. math:: I_c = \frac{\sum_{r, i} w_i w_j \left(\ell(x_i^{c \leftarrow x_j}, y_i) - \ell(x_i, y_i)\right)}
                      {\sum_{r, i} w_i w_j}, \qquad j = \pi_r(i) \ne i

Row i gets the value that column c has in another row j, whatever it takes to say that value as features, and keeps all
else. This is permutation importance (Breiman, *Machine Learning* 45, 2001; Fisher, Rudin, Dominici, *JMLR* 20, 2019)
by rows that the model has not learned from. Two columns that say the same stand in for each other: each of them alone
looks as if it were not needed.

Pairs of rows depend on each other where they share a row, and so do pairs of rows of one group. The standard error
counts that: the squares of what every row takes part in, less those of the pairs, which would count twice (Fafchamps,
Gubert, *J. Development Economics* 83, 2007).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import reduce

import numpy as np

from softargmax._ahead import in_order
from softargmax._arrays import Array
from softargmax.pipeline.learners import LearningRows
from softargmax.pipeline.members import Member
from softargmax.pipeline.records import ColumnImportance, Importance
from softargmax.probabilities import cross_entropy
from softargmax.tables.schema import Schema

# What all shuffled rows together may cost in a second of a processor, by the products in them and by their number.
_MOST_WORK, _MOST_ROWS = 1e10, 1 << 16
# Few rows are shuffled several times.
_MOST_SHUFFLES = 5
# With fewer rows per column than this, where there are more, the columns are too many to be looked at one by one.
_FEWEST = 30


@dataclass(frozen=True)
class Effort:
    """How many rows are shuffled, and how often each."""

    rows: int
    shuffles: int

    @classmethod
    def of(cls, n_rows: int, n_columns: int, members: Sequence[Member], seconds: float = 1.0) -> "Effort | None":
        """Shuffle as many of these rows as that takes about; None if there are no two, or far too many columns."""
        affordable = int(seconds * min(_MOST_ROWS, _MOST_WORK / sum(member.work for member in members)))
        rows = min(n_rows, affordable // max(n_columns, 1))
        if rows < min(n_rows, _FEWEST) or rows < 2:
            return None
        return cls(rows, min(max(affordable // (rows * n_columns), 1), _MOST_SHUFFLES, rows - 1))

    def chosen(self, n_rows: int, random_state: int) -> Array:
        """Give the places of the rows to shuffle, in their order."""
        if n_rows <= self.rows:
            return np.arange(n_rows)
        return np.sort(np.random.default_rng(random_state).choice(n_rows, self.rows, replace=False))


@dataclass(frozen=True)
class Judge:
    """A calibrated model, and rows that it has not learned from.

    Attributes
    ----------
    ask : callable
        Gives calibrated logits of features.
    n_rows : int
    take : callable
        Gives the rows at some positions from 0 to ``n_rows``.
    """

    ask: Callable[[Array], Array]
    n_rows: int
    take: Callable[[Array], LearningRows]


@dataclass(frozen=True)
class Shuffles:
    """What was found by shuffling every column: a mergeable summary, because folds have models of their own.

    Attributes
    ----------
    n_rows, n_groups, n_shuffles : int
        How many rows, and how many parts of them that do not depend on each other.
    loss, weight : float
        The losses of the rows as they are, and what the rows count.
    sums : ndarray, shape (n_columns, 7)
        Of pairs: the weight and the weighted increase. The squares and the product of these two, first summed within
        rows or groups and then over them, next for pairs that would count twice.
    """

    n_rows: int
    n_groups: int
    n_shuffles: int
    loss: float
    weight: float
    sums: Array

    def merge(self, other: "Shuffles") -> "Shuffles":
        """Add what was found by rows that have nothing to do with these."""
        added = {field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)}
        return Shuffles(**added | {"n_shuffles": max(self.n_shuffles, other.n_shuffles)})

    def importance(self, schema: Schema, of_rows: int) -> Importance | None:
        """Say it of the columns, the most important first; None if no row counts."""
        if self.weight <= 0.0 or not (self.sums[:, 0] > 0.0).all():
            return None
        weight, increase, *squares = self.sums.T
        mean = increase / weight
        shared, twice = (a - 2.0 * mean * b + mean**2 * c for a, b, c in (squares[:3], squares[3:]))
        # Were all of it noise of single pairs, half would be left.
        few = self.n_groups / (self.n_groups - 1.0) if self.n_groups > 1 else np.nan  # one group says nothing of others
        error = np.sqrt(few * np.maximum(np.maximum(shared - twice, 0.5 * shared), 0.0)) / weight
        found = [
            ColumnImportance(column.name, float(mean[place]), float(error[place]))
            for place, column in enumerate(schema.columns)
        ]
        found.sort(key=lambda one: -one.increase)
        return Importance(self.n_rows, of_rows, self.n_shuffles, self.loss / self.weight, tuple(found))


def shuffled(
    ask: Callable[[Array], Array], rows: LearningRows, schema: Schema, n_shuffles: int, random_state: int
) -> Shuffles | None:
    """Shuffle every column in turn, and ask a model what it says then.

    Parameters
    ----------
    ask : callable
        Gives calibrated logits of features.
    rows : LearningRows
    schema : Schema
        Which features are of which column.
    n_shuffles : int
        How often every row gets another one's value.
    random_state : int
        Decides whose.

    Returns
    -------
    Shuffles or None
        None for fewer than two rows.
    """
    n = len(rows.codes)
    if n < 2:
        return None
    n_shuffles = min(n_shuffles, n - 1)
    order = np.random.default_rng(random_state).permutation(n)
    donors = np.empty((n_shuffles, n), np.int64)
    for number in range(n_shuffles):
        donors[number, order] = np.roll(order, number + 1)
    weight = np.ones(n) if rows.weight is None else np.asarray(rows.weight, np.float64)
    before = cross_entropy(ask(rows.features), rows.codes, reduction="none")
    groups = np.arange(n) if rows.groups is None else np.unique(rows.groups, return_inverse=True)[1]
    pairs = _Pairs(donors, weight * weight[donors] / n_shuffles, groups)

    def increases(place: slice) -> Array:
        features, found = rows.features.copy(), np.empty(donors.shape)
        for number, others in enumerate(donors):
            features[:, place] = rows.features[others, place]
            found[number] = cross_entropy(ask(features), rows.codes, reduction="none") - before
        return pairs.sums(found)

    sums = np.array(list(in_order(increases, [place for _, place in schema.places()])))
    n_groups = len(np.unique(groups))
    return Shuffles(n, n_groups, n_shuffles, float((weight * before).sum()), float(weight.sum()), sums)


def importance_by(
    judges: Sequence[Judge],
    schema: Schema,
    members: Sequence[Member],
    random_state: int,
    *,
    of_rows: int | None = None,
    seconds: float = 1.0,
) -> Importance | None:
    """Say how important every column is by rows that one or several models have not learned from.

    Parameters
    ----------
    judges : sequence of Judge
        Models of the same columns, each with rows of its own.
    schema : Schema
    members : sequence of Member
        What one of the models is made of.
    random_state : int
        Decides which rows are shuffled, where they are too many, and how.
    of_rows : int, optional
        How many rows these are a random part of; all by default.
    seconds : float
        About how long a processor may be at it. How many rows that is depends on table and model only.

    Returns
    -------
    Importance or None
        None where there are no two rows, or so many columns that there is no time for each.
    """
    n_rows = sum(judge.n_rows for judge in judges)
    effort = Effort.of(n_rows, len(schema.columns), members, seconds)
    if effort is None:
        return None
    chosen, start, found = effort.chosen(n_rows, random_state), 0, []
    for judge in judges:
        inside = chosen[(chosen >= start) & (chosen < start + judge.n_rows)] - start
        found.append(shuffled(judge.ask, judge.take(inside), schema, effort.shuffles, random_state))
        start += judge.n_rows
    parts = [part for part in found if part is not None]
    whole = n_rows if of_rows is None else of_rows
    return reduce(Shuffles.merge, parts).importance(schema, whole) if parts else None


@dataclass(frozen=True)
class _Pairs:
    """Which row gets a value from which, what the pair weighs, and which rows belong together."""

    donors: Array
    weight: Array
    groups: Array

    def sums(self, increase: Array) -> Array:
        """Sum up what `Shuffles` holds of a column."""
        heavy = self.weight * increase
        other = self.groups[self.donors]
        n = int(self.groups.max()) + 1
        within = [
            np.bincount(self.groups, part.sum(axis=0), n) + np.bincount(other.ravel(), part.ravel(), n)
            for part in (heavy, self.weight)
        ]
        twice = other != self.groups
        within[0] -= np.bincount(self.groups, np.where(twice, 0.0, heavy).sum(axis=0), n)
        within[1] -= np.bincount(self.groups, np.where(twice, 0.0, self.weight).sum(axis=0), n)
        return np.array(
            [self.weight.sum(), heavy.sum(), *_products(*within), *_products(heavy[twice], self.weight[twice])]
        )


def _products(a: Array, b: Array) -> tuple[float, float, float]:
    return float(np.square(a).sum()), float((a * b).sum()), float(np.square(b).sum())
