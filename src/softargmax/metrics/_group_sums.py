"""Sums over the rows of groups, such as those of one age or one country: bounded, and mergeable."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import Interval
from softargmax._groups import check_number_of_groups, groups_in
from softargmax.metrics._judged import Aspect, Judged
from softargmax.metrics.findings import GroupScore
from softargmax.metrics.scoring import proportion

Groups = npt.ArrayLike | Mapping[str, npt.ArrayLike]
_SUMS = 5


@dataclass(frozen=True)
class GroupSums:
    """By group, ascending: its column and value, and the sums of w, w if right, w top, w if class 1, w p_1.

    The last two are 0 where there are more than two classes. Shape of ``sums``: (n_groups, 5).
    """

    names: tuple[tuple[str, str], ...]
    sums: Array

    @classmethod
    def of(cls, judged: Judged, groups: Groups | None) -> "GroupSums":
        """Sum rows by the values of every column of groups."""
        if groups is None:
            return cls((), np.zeros((0, _SUMS)))
        weight, top = judged.weight, judged.top_probability
        event = risk = np.zeros(judged.n)
        if judged.n_classes == 2:
            risk, event, *_ = judged.event("positive")
        columns = (weight, weight * judged.correct, weight * top, weight * event, weight * risk)
        found: dict[tuple[str, str], Array] = {}
        for name, (known, place) in _numbered(groups, judged.n).items():
            sums = np.array([np.bincount(place, column, len(known)) for column in columns])
            found |= {(name, value): sums[:, i] for i, value in enumerate(known)}
        return cls._of(found)

    @classmethod
    def _of(cls, found: dict[tuple[str, str], Array]) -> "GroupSums":
        check_number_of_groups(len(found))
        names = tuple(sorted(found))
        return cls(names, np.array([found[name] for name in names]).reshape(-1, _SUMS))

    def merge(self, other: "GroupSums") -> "GroupSums":
        """Add what another summary has seen."""
        if not other.names or not self.names:
            return self if self.names else other
        found = dict(zip(self.names, self.sums, strict=True))
        for name, sums in zip(other.names, other.sums, strict=True):
            found[name] = found[name] + sums if name in found else sums
        return self._of(found)

    def scores(self, aspect: Aspect, interval: Interval) -> tuple[GroupScore, ...]:
        """Compare what was said with what happened, those first of whom most was claimed wrongly.

        The intervals of each figure hold for all groups at once.
        """
        scores, interval = [], interval.together(int((self.sums[:, 0] > 0.0).sum()))
        for (column, value), (weight, right, top, event, risk) in zip(self.names, self.sums, strict=True):
            if weight > 0.0:
                happened, said = (event, risk) if aspect == "positive" else (right, top)
                shares = (float(part / weight) for part in (right, happened))
                accuracy, share = (proportion(share, float(weight), round(weight), interval) for share in shares)
                excess = float(said - happened)
                scores.append(GroupScore(column, value, float(weight), accuracy, share, float(said / weight), excess))
        return tuple(sorted(scores, key=lambda score: (-abs(score.excess), score.column, score.value)))


def members_of_groups(groups: Groups, n_rows: int) -> dict[tuple[str, str], Array]:
    """Give the rows of every group, by its column and value, ascending.

    Raises
    ------
    ArgumentError
        For more groups than are groups.
    ShapeError
        Unless every row has one.
    """
    found: dict[tuple[str, str], Array] = {}
    for name, (known, place) in _numbered(groups, n_rows).items():
        check_number_of_groups(len(found) + len(known))
        ends = np.cumsum(np.bincount(place, minlength=len(known)))
        members = np.split(np.argsort(place, kind="stable"), ends[:-1])
        found |= {(name, value): rows for value, rows in zip(known, members, strict=True)}
    return {key: found[key] for key in sorted(found)}


def _numbered(groups: Groups, n_rows: int) -> dict[str, tuple[list[str], Array]]:
    """Give, for every column, its values as text, and which of them every row has."""
    columns = groups if isinstance(groups, Mapping) else {"group": groups}
    return {name: groups_in(values, n_rows, name) for name, values in columns.items()}
