"""Softmax and its relatives of Dask arrays, also where the classes of a row lie in several blocks.

Within a block of whole rows they are the functions of the package. Where an axis that is normalised over is cut, every
block gives a `LogSumExp` of its rows, those are merged, and every block is normalised by all of them: no block has to
hold a whole row, and no digit is lost.
"""

from collections.abc import Callable
from functools import partial, reduce
from typing import Any

import dask
import dask.array as da
import numpy as np

from softargmax._renamed import provisional
from softargmax.dask.dask_rows import is_array
from softargmax.exceptions import ArgumentError, AxisError
from softargmax.probabilities import LogSumExp
from softargmax.probabilities import log_softmax as log_softmax_here
from softargmax.probabilities.softmax import softmax as softmax_here


@provisional
def softmax(x: Any, /, *, axis: int = -1) -> Any:
    r"""Turn logits in a Dask array into probabilities.

    .. math:: p_k = \exp(x_k - \operatorname{logsumexp} x)

    Parameters
    ----------
    x : dask array
        Logits, of any shape, in any blocks.
    axis : int, default -1
        The class axis.

    Returns
    -------
    dask array
        Lazy, of the shape and blocks of `x`, and of its dtype; float64 for integers.

    Raises
    ------
    ArgumentError, AxisError
        For something else than a Dask array, or an axis that it does not have.

    See Also
    --------
    softargmax.softmax : the same for arrays in memory.

    Examples
    --------
    >>> import dask.array as da
    >>> from softargmax.dask import softmax
    >>> softmax(da.array([1.0, 3.0, 2.0]).rechunk(2)).compute(scheduler="sync")
    array([0.09003057, 0.66524096, 0.24472847])
    """
    return _normalised(x, axis, softmax_here, LogSumExp.softmax)


@provisional
def log_softmax(x: Any, /, *, axis: int = -1) -> Any:
    r"""Turn logits in a Dask array into log-probabilities.

    .. math:: \log p_k = x_k - \operatorname{logsumexp} x

    Parameters
    ----------
    x : dask array
        Logits, of any shape, in any blocks.
    axis : int, default -1
        The class axis.

    Returns
    -------
    dask array
        Lazy, of the shape and blocks of `x`, and of its dtype; float64 for integers.

    Raises
    ------
    ArgumentError, AxisError
        For something else than a Dask array, or an axis that it does not have.

    See Also
    --------
    softargmax.log_softmax : the same for arrays in memory.

    Examples
    --------
    >>> import dask.array as da
    >>> from softargmax.dask import log_softmax
    >>> log_softmax(da.array([1.0, 3.0, 2.0]).rechunk(2)).compute(scheduler="sync")
    array([-2.40760596, -0.40760596, -1.40760596])
    """
    return _normalised(x, axis, log_softmax_here, LogSumExp.log_softmax)


@provisional
def logsumexp(x: Any, /, *, axis: int = -1) -> Any:
    r"""Give the logarithm of the sum of exponentials of a Dask array along an axis.

    .. math:: \log \sum_k \exp x_k

    Parameters
    ----------
    x : dask array
        Logits, of any shape, in any blocks.
    axis : int, default -1
        The class axis.

    Returns
    -------
    dask array
        Lazy, of the shape of `x` without the axis, and of its dtype; float64 for integers.

    Raises
    ------
    ArgumentError, AxisError
        For something else than a Dask array, or an axis that it does not have.

    See Also
    --------
    softargmax.logsumexp : the same for arrays in memory.

    Examples
    --------
    >>> import dask.array as da
    >>> from softargmax.dask import logsumexp
    >>> print(round(float(logsumexp(da.array([1.0, 3.0, 2.0]).rechunk(2)).compute(scheduler="sync")), 12))
    3.407605964444
    """
    axis, dtype = _checked(x, axis)
    totals = _totals(x, axis)
    blocks = np.empty(totals.shape, dtype=object)
    for place in np.ndindex(*totals.shape):
        shape = tuple(x.chunks[each][at] for each, at in zip(_others(x, axis), place, strict=True))
        made = dask.delayed(_result)(totals[place], dtype)
        blocks[place] = da.from_delayed(made, shape=shape, dtype=dtype, meta=np.empty((0,) * len(shape), dtype))
    return da.block(blocks.tolist())


def _normalised(x: Any, axis: int, whole: Callable[..., Any], given: Callable[..., Any]) -> Any:
    axis, dtype = _checked(x, axis)
    if x.numblocks[axis] == 1:
        return x.map_blocks(partial(whole, axis=axis), dtype=dtype, meta=np.empty((0,) * x.ndim, dtype))
    totals = _totals(x, axis)
    delayed = x.to_delayed()
    blocks = np.empty(delayed.shape, dtype=object)
    for place in np.ndindex(*delayed.shape):
        total = totals[tuple(at for each, at in enumerate(place) if each != axis)]
        made = dask.delayed(given)(total, delayed[place], axis=axis, dtype=dtype)
        shape = tuple(chunks[at] for chunks, at in zip(x.chunks, place, strict=True))
        blocks[place] = da.from_delayed(made, shape=shape, dtype=dtype, meta=np.empty((0,) * x.ndim, dtype))
    return da.block(blocks.tolist())


def _totals(x: Any, axis: int) -> Any:
    """Give for every block of rows a summary of all their classes, as an array of delayed ones."""
    delayed = np.moveaxis(x.to_delayed(), axis, -1)
    totals = np.empty(delayed.shape[:-1], dtype=object)
    summed_up, merge = dask.delayed(_summed_up), dask.delayed(LogSumExp.merge)
    for place in np.ndindex(*totals.shape):
        totals[place] = reduce(merge, [summed_up(block, axis) for block in delayed[place]])
    return totals


def _summed_up(block: Any, axis: int) -> LogSumExp:
    return LogSumExp(block.shape[:axis] + block.shape[axis + 1 :]).update(block, axis=axis)


def _result(total: LogSumExp, dtype: np.dtype) -> Any:
    return np.asarray(total.result()).astype(dtype)


def _others(x: Any, axis: int) -> list[int]:
    return [each for each in range(x.ndim) if each != axis]


def _checked(x: Any, axis: int) -> tuple[int, np.dtype]:
    """Give the axis from the front, and the dtype of the result."""
    if not is_array(x):
        raise ArgumentError(f"x: expected a Dask array, got {type(x).__name__}", parameter="x")
    if not -x.ndim <= axis < x.ndim:
        raise AxisError(f"axis: expected one of {x.ndim} axes, got {axis}", parameter="axis")
    dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.dtype(np.float64)
    return axis % x.ndim, dtype
