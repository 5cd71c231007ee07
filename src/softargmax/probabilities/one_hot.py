"""Codes to one-hot rows."""

from typing import TypeVar, overload

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, normalize_axes
from softargmax._codes import as_codes, check_codes
from softargmax._libraries import library_of
from softargmax._options import as_integer
from softargmax.exceptions import AxisError, DTypeError
from softargmax.probabilities import _elsewhere

Scalar = TypeVar("Scalar", bound=np.generic)


@overload
def one_hot(codes: npt.ArrayLike, /, *, n_classes: int | None = None, axis: int = -1) -> npt.NDArray[np.float64]: ...
@overload
def one_hot(
    codes: npt.ArrayLike, /, *, n_classes: int | None = None, axis: int = -1, dtype: type[Scalar] | np.dtype[Scalar]
) -> npt.NDArray[Scalar]: ...
@overload
def one_hot(
    codes: npt.ArrayLike, /, *, n_classes: int | None = None, axis: int = -1, dtype: npt.DTypeLike
) -> Array: ...
def one_hot(
    codes: npt.ArrayLike,
    /,
    *,
    n_classes: int | None = None,
    axis: int = -1,
    dtype: npt.DTypeLike = np.float64,
) -> Array:
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
    library = library_of(codes)
    if library is not None:
        return library.answer(one_hot, _elsewhere.one_hot, codes, n_classes=n_classes, axis=axis, dtype=dtype)
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
