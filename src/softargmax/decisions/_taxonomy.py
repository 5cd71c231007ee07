"""Which calibration scores a class of a row is compared with: all, those of its class, its group, its cluster.

Each pair (group, class) belongs to a cell, each cell has a `Pool`. Comparing within a cell keeps the promise within
it, because there the new score is one among equals (Vovk, Gammerman, Shafer, *Algorithmic Learning in a Random World*,
2005, 4.5: Mondrian predictors).
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_array
from softargmax._words import listed
from softargmax.decisions._clusters import Clusters
from softargmax.decisions._pool import Pool
from softargmax.exceptions import ArgumentError, DTypeError, LabelError, ShapeError


def as_groups(groups: npt.ArrayLike, n_rows: int) -> Array:
    """Bring group labels in: integers, booleans, finite numbers or text, one per row."""
    array = as_array(groups, "groups")
    if array.dtype == object and all(isinstance(label, str) for label in array.ravel()):
        array = array.astype(np.str_)
    if array.dtype.kind not in "iubfU":
        raise DTypeError(f"groups: expected integers or text, got {array.dtype}", parameter="groups")
    if array.shape != (n_rows,):
        raise ShapeError(
            f"groups: expected one label per row, shape ({n_rows},), got {array.shape}", parameter="groups"
        )
    if array.dtype.kind == "f" and np.isnan(array).any():
        row = int(np.argmax(np.isnan(array)))
        raise LabelError(f"groups: expected a label in every row, got NaN in row {row}", parameter="groups")
    return array


@dataclass(frozen=True)
class ScoredRows:
    """Of every calibration row the score of its true class, that code, its weight, and its group if it has one."""

    scores: Array
    codes: Array
    weight: Array
    groups: Array | None

    def extended(self, other: "ScoredRows") -> "ScoredRows":
        """Give these rows and those of `other`, which have groups if these have."""
        if (self.groups is None) != (other.groups is None):
            expected = "none" if self.groups is None else "a label per row"
            raise ArgumentError(f"groups: expected {expected}, as at fit", parameter="groups")
        groups = None
        if self.groups is not None and other.groups is not None:
            _check_kind(other.groups, self.groups)
            groups = np.concatenate([self.groups, other.groups])
        return ScoredRows(
            np.concatenate([self.scores, other.scores]),
            np.concatenate([self.codes, other.codes]),
            np.concatenate([self.weight, other.weight]),
            groups,
        )


def _check_kind(groups: Array, known: Array) -> None:
    if (groups.dtype.kind == "U") != (known.dtype.kind == "U"):
        raise LabelError(
            f"groups: expected labels of type {known.dtype}, as at fit, got {groups.dtype}", parameter="groups"
        )


@dataclass(frozen=True)
class Taxonomy:
    """Which pool of scores every class of every group is compared with.

    `cells` has the number of a pool for every group (row) and class (column); without groups there is one row. The
    `rare_classes` are those with too few rows of their own for a finite threshold in some group. `members` are the
    rows of each pool, and `ratios` how much more a new row of it weighs than one that is drawn like them.
    """

    cells: Array
    pools: tuple[Pool, ...]
    groups: Array | None
    rare_classes: Array
    clusters: Clusters | None
    members: tuple[Array, ...]
    ratios: Array

    @classmethod
    def of(
        cls,
        calibrated: ScoredRows,
        n_classes: int,
        alpha: Fraction,
        *,
        conditional: str | None,
        rare: str,
        n_clusters: int | None,
        seed: int,
        clusters: Clusters | None = None,
    ) -> "Taxonomy":
        """Deal calibration rows out to cells, in the clusters that are known already if there are some."""
        groups, row_group = None, np.zeros(len(calibrated.codes), np.int64)
        if calibrated.groups is not None:
            groups, row_group = np.unique(calibrated.groups, return_inverse=True)
        shape = (1 if groups is None else len(groups), n_classes)
        cells = np.arange(shape[0] * n_classes).reshape(shape)
        if conditional is None:
            cells = np.repeat(np.arange(shape[0])[:, np.newaxis], n_classes, axis=1)
        elif conditional == "cluster":
            if clusters is None:
                clusters = Clusters.of(calibrated.scores, calibrated.codes, n_classes, alpha, n_clusters, seed)
            cells = np.where(clusters.of_class >= 0, clusters.of_class, n_classes + cells)
        weight = _counting(calibrated, clusters)
        fewest = float(1 / alpha - 1)  # the weight that a finite threshold takes
        row_cell = cells[row_group, calibrated.codes]
        few = np.bincount(row_cell, weight, minlength=int(cells.max()) + 1)[cells] < fewest
        pooled = few & (conditional is not None and rare == "pool")
        cells = np.where(pooled, cells.max() + 1 + np.arange(shape[0])[:, np.newaxis], cells)  # one for each group
        _, first, dense = np.unique(cells, return_index=True, return_inverse=True)
        cells = dense.reshape(shape)
        members = []
        for cell, rows in enumerate(_places(cells[row_group, calibrated.codes], int(cells.max()) + 1)):
            group, column = divmod(int(first[cell]), n_classes)
            if pooled[group, column] and weight[rows].sum() < fewest:
                rows = np.flatnonzero(row_group == group)  # even together the rare classes are too rare
            members.append(rows)
        pools = tuple(Pool.of(calibrated.scores[rows], weight[rows]) for rows in members)
        rare_classes = np.flatnonzero(few.any(axis=0))
        return cls(cells, pools, groups, rare_classes, clusters, tuple(members), np.ones(len(pools)))

    def shifted(self, calibrated: ScoredRows, ratio: Array) -> "Taxonomy":
        """Give the same where classes have become so many times as common.

        A calibration row weighs what its class has become, and a new row what the class that is tried has: so every
        class of a cell has a threshold of its own (Podkopaev, Ramdas, *UAI* 2021).
        """
        weight = _counting(calibrated, self.clusters) * ratio[calibrated.codes]
        pools = [Pool.of(calibrated.scores[rows], weight[rows]) for rows in self.members]
        n_classes = self.cells.shape[1]
        pairs, cells = np.unique(self.cells * n_classes + np.arange(n_classes), return_inverse=True)
        return replace(
            self,
            cells=cells.reshape(self.cells.shape),
            pools=tuple(pools[cell] for cell in pairs // n_classes),
            members=tuple(self.members[cell] for cell in pairs // n_classes),
            ratios=ratio[pairs % n_classes],
        )

    def row_cells(self, groups: npt.ArrayLike | None, n_rows: int) -> Array:
        """Give the cells of each row's classes, shape (n_rows, n_classes); (1, n_classes) without groups."""
        if self.groups is None:
            if groups is not None:
                raise ArgumentError("groups: expected none, because fit was given none", parameter="groups")
            return self.cells
        if groups is None:
            raise ArgumentError("groups: expected a label per row, because fit was given groups", parameter="groups")
        labels = as_groups(groups, n_rows)
        _check_kind(labels, self.groups)
        place = np.minimum(np.searchsorted(self.groups, labels), len(self.groups) - 1)
        unknown = self.groups[place] != labels
        if unknown.any():
            raise LabelError(
                f"groups: expected one of those seen at fit, {listed(self.groups.tolist())}, got "
                f"{labels[unknown].tolist()[0]!r} in row {int(np.argmax(unknown))}; "
                "nothing is known about other groups: give update() rows of it first",
                parameter="groups",
            )
        return np.asarray(self.cells[place])

    def thresholds(self, alpha: Fraction, test_weight: Array) -> Array:
        """Give the threshold of each pool for each weight of a new row, shape (n_weights, n_pools)."""
        found = [
            pool.thresholds(alpha, ratio * test_weight) for pool, ratio in zip(self.pools, self.ratios, strict=True)
        ]
        return np.stack(found, axis=1)

    def p_values(self, scores: Array, cells: Array, test_weight: Array, u: Array | None) -> Array:
        """Give the p-value of each class of each row."""

        def flat(array: Array) -> Array:
            return np.broadcast_to(array, scores.shape).ravel()

        values, weight, ties = (
            flat(scores),
            flat(test_weight[:, np.newaxis]),
            None if u is None else flat(u[:, np.newaxis]),
        )
        result = np.empty(values.shape)
        by_cell = _places(flat(cells), len(self.pools))
        for pool, ratio, places in zip(self.pools, self.ratios, by_cell, strict=True):
            u = None if ties is None else ties[places]
            result[places] = pool.p_values(values[places], ratio * weight[places], u)
        return result.reshape(scores.shape)


def _counting(calibrated: ScoredRows, clusters: Clusters | None) -> Array:
    """Give what each row counts: rows that had a say in who belongs together are not like new ones any more."""
    return calibrated.weight if clusters is None else np.where(clusters.used, 0.0, calibrated.weight)


def of_cells(thresholds: Array, cells: Array) -> Array:
    """Give each class of each row the threshold of its cell."""
    if len(thresholds) == 1:
        return np.asarray(thresholds[0][cells])
    return np.take_along_axis(thresholds, np.broadcast_to(cells, (len(thresholds), cells.shape[1])), axis=1)


def _places(cells: Array, n_cells: int) -> list[Array]:
    """Give, for each cell, where it stands."""
    order = np.argsort(cells, kind="stable")
    return np.split(order, np.searchsorted(cells[order], np.arange(1, n_cells)))
