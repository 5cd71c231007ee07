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


def as_target_codes(targets: npt.ArrayLike, shape: tuple[int, ...], logits_shape: tuple[int, ...]) -> Array:
    """Bring one code per row in; the codes themselves are checked where it is known which of them count."""
    codes = as_codes(targets, "targets")
    if codes.shape != shape:
        hint = "a probability per class must be floating"
        if len(logits_shape) == 1 and codes.shape == logits_shape:
            hint = "one logit per row is one sigmoid per row: binary_cross_entropy"
        raise ShapeError(
            f"targets: expected codes of shape {shape} for logits of shape {logits_shape}, got {codes.shape}; {hint}"
        )
    return codes


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
