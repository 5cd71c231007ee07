"""Codes to one-hot rows."""

from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_array, normalize_axes
from softargmax._options import as_integer
from softargmax.exceptions import AxisError, DTypeError, TargetError


def as_codes(codes: npt.ArrayLike, name: str) -> Array:
    """Bring class codes in: integers of any width, as int64."""
    array = as_array(codes, name)
    if array.size == 0 and not isinstance(codes, np.ndarray):
        array = array.astype(np.int64)  # an empty list has no dtype of its own
    if array.dtype.kind not in "iu":
        hint = "; for class labels see softargmax.ClassLabels" if array.dtype.kind in "UObf" else ""
        raise DTypeError(f"{name}: expected integer class codes 0 ... n_classes-1, got {array.dtype}{hint}")
    if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
        raise TargetError(f"{name}: expected class codes, got {array.max()}")
    return np.require(array.astype(np.int64, copy=False), requirements="A")


def check_codes(codes: Array, n_classes: int, name: str, counts: Array | None = None) -> None:
    """Refuse codes outside 0 ... n_classes-1, among those that count."""
    wrong = (codes < 0) | (codes >= n_classes)
    if counts is not None:
        wrong &= counts
    if wrong.any():
        where = np.unravel_index(int(np.argmax(wrong)), codes.shape)
        index = ", ".join(str(int(i)) for i in where)
        known = f"codes between 0 and {n_classes - 1}" if n_classes else "no codes, as there are no classes"
        raise TargetError(f"{name}: expected {known}, got {codes[where]} at index [{index}]")


def one_hot(
    codes: npt.ArrayLike,
    /,
    *,
    n_classes: int | None = None,
    axis: int = -1,
    dtype: npt.DTypeLike = np.float64,
) -> Any:
    r"""Turn class codes into rows with a single 1.

    .. math:: h_j = 1 \text{ if } j = \text{code else } 0

    Parameters
    ----------
    codes : array-like of integer, shape (...)
        Classes as 0 ... n_classes-1.
    n_classes : int, optional
        How many classes there are; by default the largest code + 1.
    axis : int, default -1
        Where the class axis goes in the result.
    dtype : dtype, default float64
        Of the result.

    Returns
    -------
    ndarray, shape (..., n_classes)

    Raises
    ------
    TargetError
        For a code outside 0 ... n_classes-1; DTypeError if `codes` are not integers.

    See Also
    --------
    hardmax : one-hot from logits.
    softargmax.ClassLabels : from labels of any kind, and back.

    Notes
    -----
    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), 4.1.2 ("1-of-K coding").

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.one_hot([0, 1, 2])
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    array = as_codes(codes, "codes")
    if n_classes is None:
        n_classes = max(int(array.max()) + 1, 1) if array.size else 0
    n_classes = as_integer(n_classes, "n_classes", low=0)
    check_codes(array, n_classes, "codes")
    axes = normalize_axes(axis, array.ndim + 1)
    if len(axes) != 1:
        raise AxisError(f"axis: expected one axis for the classes, got {axis!r}")
    try:
        result = np.zeros((*array.shape, n_classes), dtype)
    except TypeError:
        raise DTypeError(f"dtype: expected a NumPy dtype, got {dtype!r}") from None
    np.put_along_axis(result, array[..., np.newaxis], 1, axis=-1)
    return np.moveaxis(result, -1, axes[0])
