"""What is a distribution and what is not: no negative entry, and a sum of one."""

from typing import Any

import numpy as np

from softargmax._arrays import Array, rows_of
from softargmax.exceptions import TargetError


def check_simplex(array: Array, axes: tuple[int, ...], name: str) -> Array:
    """Give float64 rows (class axis last), refusing what is not a distribution. NaN rows pass and stay NaN."""
    rows = rows_of(array, axes).astype(np.float64)
    if np.any(rows < 0.0):
        raise TargetError(f"{name}: expected probabilities >= 0, got {rows[rows < 0.0].flat[0]}; pass logits as logits")
    if rows.shape[-1]:
        sums = rows.sum(axis=-1)
        # Probabilities are often rounded for printing or come from a narrower dtype; logits are far off.
        off = np.abs(sums - 1.0) > max(1e-6, _epsilon(array.dtype) ** 0.5)
        if np.any(off):
            raise TargetError(f"{name}: expected rows that sum to 1, got a row that sums to {sums[off].flat[0]}")
    return rows


def _epsilon(dtype: np.dtype[Any]) -> float:
    return 2.0**-8 if dtype.name == "bfloat16" else float(np.finfo(dtype).eps)
