"""What a fitted decision does first: check logits and options, cut rows into blocks, give every row its own number."""

import inspect
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating
from softargmax._codes import as_codes, check_codes
from softargmax._words import did_you_mean
from softargmax.exceptions import ArgumentError, ShapeError

# Logits worked on at once: bounds memory, whatever the number of rows.
_CELLS = 1 << 18


def as_logits(logits: npt.ArrayLike, n_classes: int | None = None) -> Array:
    """Bring rows of logits in, with as many classes as at fit if that is known."""
    array = as_floating(logits, "logits")
    if array.ndim == 1 and n_classes in (None, 2):
        raise ShapeError(
            f"logits: expected shape (n_rows, n_classes), got {array.shape}; "
            "the two classes of one sigmoid have the logits np.stack([0 * z, z], axis=1)"
        )
    if array.ndim != 2 or array.shape[1] < 2 or array.shape[1] != (n_classes or array.shape[1]):
        expected = "(n_rows, n_classes), two classes or more" if n_classes is None else f"(n_rows, {n_classes})"
        raise ShapeError(f"logits: expected shape {expected}, got {array.shape}")
    return array


def as_labelled(logits: npt.ArrayLike, y: npt.ArrayLike, n_classes: int | None = None) -> tuple[Array, Array]:
    """Bring rows of logits and the codes of their true classes in."""
    z, codes = as_logits(logits, n_classes), as_codes(y, "y")
    if codes.shape != z.shape[:1]:
        raise ShapeError(f"y: expected one code per row of logits, shape ({len(z)},), got {codes.shape}")
    check_codes(codes, z.shape[1], "y")
    if len(z) == 0:
        raise ShapeError("logits: expected at least one row, got none")
    return z, codes


def blocks(logits: Array) -> Iterator[tuple[slice, Array]]:
    """Cut logits into blocks of rows, float64 and contiguous, and refuse numbers that have no ranking."""
    step = max(1, _CELLS // logits.shape[1])
    for start in range(0, len(logits), step):
        rows = slice(start, min(start + step, len(logits)))
        z = np.ascontiguousarray(logits[rows], np.float64)
        largest = z.max(axis=1)  # NaN if there is one
        if not np.isfinite(largest).all():
            bad = int(np.argmin(np.isfinite(largest)))
            found = "only -inf" if np.isneginf(largest[bad]) else "NaN or +inf"
            raise ArgumentError(f"logits: expected finite numbers or -inf, got {found} in row {start + bad}")
        yield rows, z


def row_uniforms(z: Array, key: int) -> Array:
    """Give every row a number in [0, 1) that only its logits and `key` decide.

    Multilinear hashing of the bits, with random odd factors, and the finaliser of SplitMix64 (Steele, Lea,
    Flood, *OOPSLA* 2014). So a row has the same number alone and in a batch, and -0.0 counts as 0.0.
    """
    factors = np.random.default_rng(key).integers(1 << 64, size=z.shape[1], dtype=np.uint64) | np.uint64(1)
    bits = (z + 0.0).view(np.uint64)
    bits ^= bits >> np.uint64(32)  # float32 and small integers leave the low bits empty
    bits *= factors
    bits ^= bits >> np.uint64(29)
    h = np.add.reduce(bits, axis=1, dtype=np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        h ^= h >> np.uint64(shift)
        h *= np.uint64(factor)
    h ^= h >> np.uint64(31)
    return np.asarray((h >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def as_choice(value: Any, name: str, choices: Collection[Any]) -> None:
    """Refuse what is not among the choices."""
    if value not in choices:
        hint = did_you_mean(value, [c for c in choices if isinstance(c, str)]) if isinstance(value, str) else ""
        raise ArgumentError(f"{name}: expected one of {', '.join(map(repr, choices))}, got {value!r}{hint}")


def get_parameters(estimator: Any) -> dict[str, Any]:
    """Give the values of the constructor's parameters."""
    return {name: getattr(estimator, name) for name in inspect.signature(type(estimator)).parameters}


def set_parameters(estimator: Any, params: dict[str, Any]) -> None:
    """Set some of the constructor's parameters, all or none."""
    known = inspect.signature(type(estimator)).parameters
    for name in params:
        if name not in known:
            kind = type(estimator).__name__
            raise ArgumentError(f"{kind} has no parameter {name!r}{did_you_mean(name, known)}")
    for name, value in params.items():
        setattr(estimator, name, value)
