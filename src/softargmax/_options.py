"""Checking options: each is what it should be, or one error names it and says what came."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from softargmax._words import did_you_mean
from softargmax.exceptions import ArgumentError

if TYPE_CHECKING:
    from fractions import Fraction


def as_real(
    value: Any,
    name: str,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    open_low: bool = False,
    open_high: bool = False,
) -> float:
    """Bring a real number between `low` and `high` in; the ends belong to it unless they are open."""
    is_number = isinstance(value, int | float | np.integer | np.floating) or type(value).__name__ == "bfloat16"
    number = float(value) if is_number else np.nan
    inside = (low < number if open_low else low <= number) and (number < high if open_high else number <= high)
    if isinstance(value, bool) or not inside:
        raise ArgumentError(
            f"{name}: expected a number {_interval(low, high, open_low, open_high)}, got {value!r}",
            parameter=name,
        )
    return number


def as_share(value: Any, name: str, *, open_low: bool = False, open_high: bool = False) -> "Fraction":
    """Bring a share in as the decimal that was written: 0.1 is one tenth, not the double nearest to it."""
    from fractions import Fraction  # with decimal, half of what importing the package would take

    number = float(value) if isinstance(value, Fraction) else value
    as_real(number, name, low=0.0, high=1.0, open_low=open_low, open_high=open_high)
    return value if isinstance(value, Fraction) else Fraction(str(value))


def as_integer(value: Any, name: str, *, low: int, high: int | None = None) -> int:
    """Bring an integer between `low` and `high` in, both belonging to it."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low or (high or value) < value:
        limit = f">= {low}" if high is None else f"between {low} and {high}"
        raise ArgumentError(f"{name}: expected an integer {limit}, got {value!r}", parameter=name)
    return int(value)


def as_flag(value: Any, name: str) -> bool:
    """Bring a boolean in; text that looks like one is not."""
    if not isinstance(value, bool | np.bool_):
        raise ArgumentError(f"{name}: expected True or False, got {value!r}", parameter=name)
    return bool(value)


def as_choice(value: Any, name: str, choices: Collection[Any]) -> None:
    """Refuse what is not among the choices, and suggest the one that was probably meant."""
    if not any(isinstance(value, type(choice)) and value == choice for choice in choices):
        hint = did_you_mean(value, [c for c in choices if isinstance(c, str)]) if isinstance(value, str) else ""
        expected = ", ".join(map(repr, choices))
        raise ArgumentError(f"{name}: expected one of {expected}, got {value!r}{hint}", parameter=name)


def _interval(low: float, high: float, open_low: bool, open_high: bool) -> str:
    parts = []
    if low > -np.inf:
        parts.append(f"{'>' if open_low else '>='} {low:g}")
    if high < np.inf or open_high:
        parts.append(f"{'<' if open_high else '<='} {high:g}")
    return " and ".join(parts) or "(not NaN)"
