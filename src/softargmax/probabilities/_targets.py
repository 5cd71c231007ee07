"""What logits are compared with: class codes, or a probability per class."""

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, rows_of
from softargmax._codes import as_codes
from softargmax._simplex import check_simplex
from softargmax.exceptions import DTypeError, ShapeError, TargetError


def are_codes(raw: Array, targets: npt.ArrayLike) -> bool:
    """Tell codes from probabilities by dtype; an empty list is no probabilities."""
    return raw.dtype.kind in "iu" or (raw.size == 0 and not isinstance(targets, np.ndarray))


def as_target_codes(
    raw: Array, targets: npt.ArrayLike, shape: tuple[int, ...], logits_shape: tuple[int, ...], axes: tuple[int, ...]
) -> Array:
    """Bring one code per row in, or integers that are one-hot rows, of the shape of the logits.

    The codes themselves are checked where it is known which of them count.
    """
    if raw.shape == logits_shape != shape and raw.dtype.kind in "iu":
        return codes_of_one_hot(rows_of(raw, axes), logits_shape)
    codes = as_codes(targets, "targets")
    if codes.shape != shape:
        raise ShapeError(
            f"targets: expected codes of shape {shape} for logits of shape {logits_shape}, got {codes.shape}; a "
            "probability per class must be floating",
            parameter="targets",
        )
    return codes


def codes_of_one_hot(rows: Array, logits_shape: tuple[int, ...]) -> Array:
    """Give the codes of integer rows that are one-hot, class axis last."""
    ones = rows == 1
    is_one_hot = (ones | (rows == 0)).all(axis=-1) & (ones.sum(axis=-1) == 1)
    if len(logits_shape) == 1 and not is_one_hot:
        raise ShapeError(
            f"targets: expected one code, or a one-hot row, for the one row of logits {logits_shape}, got "
            f"{np.array2string(rows, threshold=10)}; one logit per row is one sigmoid per row: binary_cross_entropy",
            parameter="targets",
        )
    if not is_one_hot.all():
        wrong = rows[np.unravel_index(int(np.argmin(is_one_hot)), is_one_hot.shape)]
        raise TargetError(
            f"targets: expected one-hot rows, as integers of the shape of the logits {logits_shape}, got "
            f"{np.array2string(wrong, threshold=10)}; codes have no class axis, and a probability per class must be "
            "floating",
            parameter="targets",
        )
    return np.asarray(ones.argmax(axis=-1), np.int64)


def as_target_probabilities(raw: Array, shape: tuple[int, ...], axes: tuple[int, ...]) -> Array:
    """Bring a probability per class in, class axis last."""
    if raw.dtype == np.bool_:
        raise DTypeError(
            "targets: expected integer codes or floating probabilities, got booleans, which could be either; "
            "convert them with .astype(int) or .astype(float)"
        )
    targets = as_floating(raw, "targets")
    if targets.shape != shape:
        raise ShapeError(
            f"targets: floating targets are a probability per class and need the shape of the logits {shape}, "
            f"got {targets.shape}; class codes must be integers"
        )
    if np.isnan(targets).any():
        raise TargetError("targets: expected probabilities, got nan")
    check_simplex(targets, axes, "targets")
    return rows_of(targets, axes)


def one_hot_codes(probabilities: Array) -> Array:
    """Give the codes of the rows that give all probability to one class, and -1 for the others."""
    rows = probabilities.reshape(-1, probabilities.shape[-1])
    codes = np.full(len(rows), -1)
    if rows.size:
        sure = np.flatnonzero(rows.max(axis=1) == 1.0)  # few, of probabilities: a place takes longer to find
        sure = sure[np.count_nonzero(rows[sure], axis=1) == 1]
        codes[sure] = rows[sure].argmax(axis=1)
    return codes.reshape(probabilities.shape[:-1])
