"""Options that are one number for all rows, or one for each."""

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_array
from softargmax.exceptions import ArgumentError, ShapeError


def of_each(
    value: npt.ArrayLike | None,
    name: str,
    shape: tuple[int, ...],
    off: float,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    open_low: bool = False,
) -> Array:
    """Give an option as one number per row; `off` where there is none.

    Raises
    ------
    ArgumentError
        For numbers out of range, ShapeError for what is not one number per row.
    """
    numbers = as_array(off if value is None else value, name)
    is_whole = name == "top_k"
    if numbers.dtype.kind not in ("iu" if is_whole else "iuf"):
        kind = "integers" if is_whole else "numbers"
        raise ArgumentError(f"{name}: expected {kind}, got an array of {numbers.dtype}", parameter=name)
    above = numbers > low if open_low else numbers >= low
    wrong = ~(above & (numbers <= high) & np.isfinite(numbers))
    if wrong.any():
        least = f"{'>' if open_low else '>='} {low:g} and < inf" if low > -np.inf else "that are finite"
        limits = f"from {low:g} to {high:g}" if high < np.inf else least
        raise ArgumentError(f"{name}: expected numbers {limits}, got {numbers[wrong][0].item()!r}", parameter=name)
    try:
        return np.broadcast_to(numbers, shape)
    except ValueError:
        raise ShapeError(
            f"{name}: expected one number, or one for each row, shape {shape}, got shape {numbers.shape}",
            parameter=name,
        ) from None
