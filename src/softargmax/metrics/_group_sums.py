"""Sums over the rows of groups, such as those of one age or one country: bounded, and mergeable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import Interval
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.metrics._judged import Aspect, Judged
from softargmax.metrics.findings import GroupScore
from softargmax.metrics.scoring import proportion

Groups = npt.ArrayLike | Mapping[str, npt.ArrayLike]
# More groups than this are no groups but names of rows.
_MOST = 1000
_SUMS = 6


@dataclass(frozen=True)
class GroupSums:
    """By group, ascending: its column and value, and the sums of w, w^2, w if right, w top, w if class 1, w p_1.

    The last two are 0 where there are more than two classes. Shape of ``sums``: (n_groups, 6).
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
        columns = (weight, np.square(weight), weight * judged.correct, weight * top, weight * event, weight * risk)
        found: dict[tuple[str, str], Array] = {}
        for name, values in _by_name(groups).items():
            known, place = np.unique(_as_text(values, name, judged.n), return_inverse=True)
            sums = np.array([np.bincount(place.ravel(), column, len(known)) for column in columns])
            found |= {(name, str(value)): sums[:, i] for i, value in enumerate(known.tolist())}
        return cls._of(found)

    @classmethod
    def _of(cls, found: dict[tuple[str, str], Array]) -> "GroupSums":
        if len(found) > _MOST:
            raise ArgumentError(
                f"groups: expected at most {_MOST} different ones, got {len(found)}; a column in which nearly every "
                "row has a value of its own makes no groups",
                parameter="groups",
            )
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
        """Compare what was said with what happened, those first of whom most was claimed wrongly."""
        scores = []
        for (column, value), (weight, squares, right, top, event, risk) in zip(self.names, self.sums, strict=True):
            if weight > 0.0:
                happened, said = (event, risk) if aspect == "positive" else (right, top)
                n = float(weight * weight / squares)
                shares = (float(part / weight) for part in (right, happened))
                accuracy, share = (proportion(share, n, round(n), interval) for share in shares)
                excess = float(said - happened)
                scores.append(GroupScore(column, value, float(weight), accuracy, share, float(said / weight), excess))
        return tuple(sorted(scores, key=lambda score: (-abs(score.excess), score.column, score.value)))


def _by_name(groups: Groups) -> Mapping[str, Any]:
    return groups if isinstance(groups, Mapping) else {"group": groups}


def _as_text(values: Any, name: str, n_rows: int) -> Array:
    """Bring in one group for every row, as text."""
    found = np.asarray(values)
    if found.shape != (n_rows,):
        raise ShapeError(
            f"groups: expected {n_rows} in {name!r}, one for each row, got an array of shape {found.shape}"
        )
    return np.array([str(value) for value in found.tolist()], dtype=object)
