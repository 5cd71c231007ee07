"""The rows that are likeliest to be of a class, of any number that go by."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from softargmax._arrays import Array
from softargmax._words import did_you_mean, listed
from softargmax.exceptions import ArgumentError
from softargmax.pipeline.deciding import Decided
from softargmax.tables.batch import Batch


class LikeliestRows:
    """Keeps so many rows, those with the largest probability first; of equal ones, those that came first.

    Parameters
    ----------
    count : int
        How many rows to keep, at least 1.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._kept: Any = None
        self._probability = np.empty(0)

    def add(self, rows: Any, probability: Array) -> None:
        """Look at the rows of a pyarrow.Table."""
        if self._kept is not None:
            rows, probability = pa.concat_tables([self._kept, rows]), np.append(self._probability, probability)
        order = np.argsort(-probability, kind="stable")[: self._count]
        self._kept, self._probability = rows.take(order), probability[order]

    def table(self) -> Any:
        """Give the rows, as a pyarrow.Table; None if there was no batch."""
        return self._kept


def ranked_by(by: str | None, classes: Sequence[Any]) -> int | None:
    """Give the code of the class by whose probability rows are ranked, None for that of their own label.

    Parameters
    ----------
    by : str or None
        "probability", or the name of the column of a class, such as "probability_yes".
    classes : sequence
        The labels.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    columns = [f"probability_{label}" for label in classes]
    if by in (None, "probability"):
        return None
    if by not in columns:
        known = ("probability", *columns)
        raise ArgumentError(
            f"by: expected one of {listed(known)}, got {by!r}{did_you_mean(str(by), known)}", parameter="by"
        )
    return columns.index(by)


def probability_of(decided: Decided, code: int | None) -> Array:
    """Give every row's probability of a class, or of its own label."""
    codes = decided.codes if code is None else np.full(len(decided.codes), code)
    return np.asarray(decided.probabilities[np.arange(len(codes)), codes])


def places(batch: Batch, several_files: bool) -> dict[str, Any]:
    """Give the columns that say which rows of which file these are."""
    found = [batch.place(position) for position in range(batch.data.num_rows)]
    columns: dict[str, Any] = {"row": pa.array([row for _, row in found], pa.int64())}
    return {"file": pa.array([file for file, _ in found], pa.string())} | columns if several_files else columns
