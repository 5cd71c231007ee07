"""What is a distribution and what is not: no negative entry, and a sum of one."""

from typing import Any

import numpy as np

from softargmax._arrays import Array, rows_of
from softargmax.exceptions import TargetError


def check_simplex(array: Array, axes: tuple[int, ...], name: str, first: int = 0) -> Array:
    """Give float64 rows (class axis last), refusing what is not a distribution. NaN rows pass and stay NaN.

    An error names the row; of a block of rows, `first` is the number of its first.
    """
    rows = rows_of(array, axes).astype(np.float64)
    negative = rows < 0.0
    if np.any(negative):
        at = _at(np.asarray(negative.any(axis=-1)), first)
        raise TargetError(
            f"{name}: expected probabilities >= 0, got {rows[negative].flat[0]}{at}; pass logits as logits",
            parameter=name,
        )
    if rows.shape[-1]:
        sums = rows.sum(axis=-1)
        # Probabilities are often rounded for printing or come from a narrower dtype; logits are far off.
        off = np.abs(sums - 1.0) > max(1e-6, _epsilon(array.dtype) ** 0.5)
        if np.any(off):
            raise TargetError(
                f"{name}: expected rows that sum to 1, got a row that sums to {sums[off].flat[0]}{_at(off, first)}",
                parameter=name,
            )
    return rows


def _at(wrong: Array, first: int) -> str:
    """Say which row is the first that is wrong; nothing where there is only one."""
    if wrong.ndim == 0:
        return ""
    place = list(np.unravel_index(int(np.argmax(wrong)), wrong.shape))
    place[0] += first
    return f" in row {', '.join(map(str, place))}"


def _epsilon(dtype: np.dtype[Any]) -> float:
    return 2.0**-8 if dtype.name == "bfloat16" else float(np.finfo(dtype).eps)
