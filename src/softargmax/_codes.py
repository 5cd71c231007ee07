"""Class codes: the integers 0 ... n_classes-1 that stand for classes."""

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_array
from softargmax.exceptions import DTypeError, TargetError


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
    # The view is for C's long long, which NumPy keeps as equal to int64; the kernels go by the type's number.
    return np.require(array.astype(np.int64, copy=False).view(np.int64), requirements="A")


def check_codes(codes: Array, n_classes: int, name: str, counts: Array | None = None) -> None:
    """Refuse codes outside 0 ... n_classes-1, among those that count."""
    wrong = codes.view(np.uint64) >= n_classes  # what is negative is a very large number there
    if counts is not None:
        wrong &= counts
    if wrong.any():
        where = np.unravel_index(int(np.argmax(wrong)), codes.shape)
        index = ", ".join(str(int(i)) for i in where)
        known = f"codes between 0 and {n_classes - 1}" if n_classes else "no codes, as there are no classes"
        hint = ""
        if n_classes == 1:
            known = "the code 0, of the only class that one column is"
            hint = "; one logit per row is one sigmoid per row: binary_cross_entropy"
        raise TargetError(f"{name}: expected {known}, got {codes[where]} at index [{index}]{hint}", parameter=name)
