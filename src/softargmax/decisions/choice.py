"""The largest logits: argmax and top_k."""

from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import as_numbers, floating_dtype
from softargmax._kernels import Function
from softargmax._libraries import library_of
from softargmax._options import as_flag, as_integer
from softargmax.decisions._class_axis import ListOfRows, OneRow, class_axis_last
from softargmax.probabilities import _elsewhere


class TopK(NamedTuple):
    """The most probable classes of every row: their codes, most probable first, and their probabilities."""

    codes: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.floating]


@overload
def argmax(logits: OneRow, /, *, axis: int = -1, last: bool = False) -> np.int64: ...
@overload
def argmax(logits: ListOfRows, /, *, axis: int = -1, last: bool = False) -> npt.NDArray[np.int64]: ...
@overload
def argmax(logits: npt.ArrayLike, /, *, axis: int = -1, last: bool = False) -> np.int64 | npt.NDArray[np.int64]: ...
def argmax(logits: npt.ArrayLike, /, *, axis: int = -1, last: bool = False) -> np.int64 | npt.NDArray[np.int64]:
    r"""Give the code of the largest logit, which is that of the most probable class.

    .. math:: \min \arg\max_k x_k

    Parameters
    ----------
    logits : array-like, shape (..., n_classes)
        Logits, or probabilities: the largest is the largest.
    axis : int, default -1
        The class axis.
    last : bool, default False
        Give the last of equal maxima, and the place of the last NaN: ONNX's ``select_last_index``.

    Returns
    -------
    int64 scalar or ndarray, the shape of `logits` without the class axis
        The first of equal maxima; of a row with NaN, the place of the first NaN.

    Raises
    ------
    AxisError
        For an empty class axis, or one that does not exist; DTypeError for what is not a number.

    See Also
    --------
    hardmax : the same as a one-hot row.
    softargmax.ClassLabels.argmax : labels instead of codes.

    Notes
    -----
    Agrees with ``numpy.argmax``, NaN and ties included, in vectors and threads and for bfloat16 too.
    Source: ONNX operator ArgMax-13.

    Examples
    --------
    >>> import softargmax as sm
    >>> int(sm.argmax([1.0, 3.0, 3.0]))
    1
    """
    library = library_of(logits)
    if library is not None:
        return library.answer(argmax, _elsewhere.argmax, logits, axis=axis, last=last)
    rows, _ = class_axis_last(as_numbers(logits, "logits"), axis, "logits")
    codes: npt.NDArray[np.int64] = np.empty(rows.shape[:-1], np.int64)
    if as_flag(last, "last"):
        _kernels.run(Function.argmax, rows[..., ::-1], per_row=codes)
        np.subtract(rows.shape[-1] - 1, codes, out=codes)
    else:
        _kernels.run(Function.argmax, rows, per_row=codes)
    return codes[()]  # of one row a number


def top_k(logits: npt.ArrayLike, k: int, /, *, axis: int = -1) -> TopK:
    r"""Give the k most probable classes and their probabilities, in one pass over the logits.

    .. math:: c_1, \dots, c_k \text{ with } x_{c_1} \ge \dots \ge x_{c_k} \ge x_j, \qquad
              p_{c_i} = \mathrm{softmax}(x)_{c_i}

    Parameters
    ----------
    logits : array-like, shape (..., n_classes)
        Logits, never probabilities.
    k : int
        How many, at most n_classes.
    axis : int, default -1
        The class axis, which has length k in the results.

    Returns
    -------
    TopK
        ``codes`` (int64) and ``probabilities`` (the floating dtype of `logits`), largest first.

    Raises
    ------
    ArgumentError
        For a k that is not between 1 and n_classes; AxisError, DTypeError for what does not fit.

    See Also
    --------
    argmax : the first of them.

    Notes
    -----
    Of equal logits the lower code comes first, as in the ONNX operator TopK-24 and unlike PyTorch, which leaves
    it open; NaN counts as the largest. The probabilities are those of `softmax`, bit for bit.

    Examples
    --------
    >>> import softargmax as sm
    >>> codes, probabilities = sm.top_k([1.0, 3.0, 2.0], 2)
    >>> codes
    array([1, 2])
    >>> probabilities
    array([0.66524096, 0.24472847])
    """
    library = library_of(logits)
    if library is not None:
        return TopK(*library.answer(top_k, _elsewhere.top_k, logits, k, axis=axis))
    rows, class_axis = class_axis_last(as_numbers(logits, "logits"), axis, "logits")
    k = as_integer(k, "k", low=1, high=rows.shape[-1])
    shape = (*rows.shape[:-1], k)
    codes, probabilities = np.empty(shape, np.int64), np.empty(shape, floating_dtype(rows))
    _kernels.run(Function.top_k, rows, per_row=codes, per_row_too=probabilities)
    if class_axis != rows.ndim - 1:
        codes, probabilities = np.moveaxis(codes, -1, class_axis), np.moveaxis(probabilities, -1, class_axis)
    return TopK(codes, probabilities)
