"""The few rows that are kept to be shown: those that were wrong though the model was surest of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax.exceptions import ShapeError
from softargmax.metrics._judged import Judged
from softargmax.metrics.findings import WrongRow


@dataclass(frozen=True)
class KeptRows:
    """At most ``most`` wrong rows, each after what is left of its top probability to 1: the surest first."""

    most: int
    rows: tuple[tuple[float, WrongRow], ...]

    @classmethod
    def of(cls, judged: Judged, keys: Sequence[Any] | None, most: int, first: int = 0) -> "KeptRows":
        """Keep the surest of the wrong rows. Without keys a row is known by its number, counted from `first`."""
        if keys is not None and len(keys) != judged.n:
            raise ShapeError(f"keys: expected one for each of {judged.n} rows, got {len(keys)}")
        if not most:
            return cls(0, ())
        wrong = np.flatnonzero((judged.rank > 0) & (judged.weight > 0.0))
        left = judged.complement[wrong]
        # Rows of equal complement may be cut off by their keys only, as when parts are merged in another order.
        surest = wrong[left <= np.partition(left, most - 1)[most - 1]] if len(wrong) > most else wrong
        p = judged.probabilities(surest)
        rows = [
            (
                float(judged.complement[i]),
                WrongRow(
                    _as_key(keys[i] if keys is not None else first + i),
                    int(judged.codes[i]),
                    int(judged.predicted[i]),
                    float(judged.top_probability[i]),
                    float(row[judged.codes[i]]),
                ),
            )
            for i, row in zip(surest.tolist(), p, strict=True)
        ]
        return cls._of(most, rows)

    @classmethod
    def _of(cls, most: int, rows: Iterable[tuple[float, WrongRow]]) -> "KeptRows":
        return cls(most, tuple(sorted(rows, key=lambda row: (row[0], *((len(k), k) for k in row[1].key)))[:most]))

    def merge(self, other: "KeptRows") -> "KeptRows":
        """Keep the surest of both."""
        return self._of(max(self.most, other.most), self.rows + other.rows)


def _as_key(key: Any) -> tuple[str, ...]:
    return tuple(map(str, key)) if isinstance(key, tuple | list) else (str(key),)
