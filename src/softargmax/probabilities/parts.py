"""logsumexp, softmax and log_softmax of rows that come in parts: too long for memory, or spread over machines."""

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import Array, ArrayOrScalar, Axis, reduced_shape
from softargmax._kernels import Function
from softargmax._options import as_integer
from softargmax.exceptions import ShapeError
from softargmax.probabilities._axis_rows import AxisRows


class LogSumExp:
    r"""Remember of many logits what `logsumexp` and `softmax` need: a mergeable summary.

    .. math:: \bigl(\max_k x_k,\; \sum_{k \ne k^*} \exp x_k\bigr)

    A summary is a value: `update` and `merge` give a new one and change nothing, so ``total = total.update(part)``.
    It holds four doubles per row, whatever it has seen. Parts may come in any order, from any number of files, threads
    or machines (a summary can be pickled), and merging costs no digits: the sum is kept as a double and its rounding
    error times a power of two, relative to nothing that could change. The maximum is a double too, so integers are
    taken as the doubles nearest to them.

    Parameters
    ----------
    shape : int or tuple of int, default ()
        How many rows there are: the shape of the result.

    See Also
    --------
    logsumexp, softmax, log_softmax : for rows that fit into memory.

    Notes
    -----
    Merging (max, sum) pairs: Milakov, Gimelshein, arXiv 1805.02867, 2018. They rescale the sum at every new
    maximum; here only exact powers of two ever move.

    Examples
    --------
    >>> import softargmax as sm
    >>> here = sm.LogSumExp()
    >>> for part in ([1.0, 3.0], [2.0]):
    ...     here = here.update(part)
    >>> there = sm.LogSumExp().update([3.0, -40.0])
    >>> total = here.merge(there)
    >>> float(total.result()) == float(sm.logsumexp([1.0, 3.0, 2.0, 3.0, -40.0]))
    True
    >>> total.softmax([1.0, 3.0])  # of a part of the row, given all of it
    array([0.05406459, 0.3994863 ])
    """

    def __init__(self, shape: int | tuple[int, ...] = ()) -> None:
        lengths = (shape,) if isinstance(shape, int) else tuple(shape)
        self.shape = tuple(as_integer(length, "shape", low=0) for length in lengths)
        # max, high, low, exponent; of nothing, the maximum is -inf and the rest 0
        self._state = np.zeros((int(np.prod(self.shape, dtype=np.int64)), 4))
        self._state[:, 0] = -np.inf

    def update(self, batch: npt.ArrayLike, /, *, axis: Axis = -1, where: npt.ArrayLike | None = None) -> "LogSumExp":
        """Give a new summary that has seen these logits too: an array whose shape without `axis` is the summary's.

        Raises
        ------
        ShapeError
            For another number of rows; DTypeError, AxisError for what does not fit.
        """
        rows = self._rows(batch, axis, where)
        largest, tail = np.empty(rows.x.shape[:-1]), np.empty(rows.x.shape[:-1])
        _kernels.run(Function.summary, rows.x, per_row=largest, per_row_too=tail, where=rows.where, in_double=True)
        state = self._state.copy()
        _kernels.summary_add(state, largest, tail)
        return self._with(state)

    def merge(self, other: "LogSumExp", /) -> "LogSumExp":
        """Give a new summary that has seen what both have.

        Raises
        ------
        ShapeError
            For a summary of another number of rows.
        """
        if not isinstance(other, LogSumExp) or other.shape != self.shape:
            raise ShapeError(f"other: expected a LogSumExp of shape {self.shape}, got {other!r}")
        state = self._state.copy()
        _kernels.summary_merge(state, other._state)
        return self._with(state)

    def result(self) -> np.float64 | npt.NDArray[np.float64]:
        """Give the `logsumexp` of everything seen, as float64; -inf for nothing."""
        # Two terms with the given maximum and tail: the kernel adds them with all their digits.
        largest = self._max()
        result = np.empty(self.shape)
        _kernels.run(Function.logsumexp_given, largest[..., np.newaxis], per_row=result, per_row_too=self._tail())
        return result[()] if result.ndim == 0 else result

    def softmax(self, batch: npt.ArrayLike, /, *, axis: Axis = -1, dtype: npt.DTypeLike | None = None) -> Array:
        """Give the probabilities of a part of the logits, normalised over everything seen."""
        return self._given(Function.softmax_given, batch, axis, dtype)

    def log_softmax(
        self, batch: npt.ArrayLike, /, *, axis: Axis = -1, dtype: npt.DTypeLike | None = None
    ) -> ArrayOrScalar:
        """Give the log-probabilities of a part of the logits, normalised over everything seen."""
        return self._given(Function.log_softmax_given, batch, axis, dtype)

    def __repr__(self) -> str:
        """Show how many rows there are."""
        return f"LogSumExp(shape={self.shape})"

    def _with(self, state: Array) -> "LogSumExp":
        other = LogSumExp(self.shape)
        other._state = state
        return other

    def _rows(self, batch: npt.ArrayLike, axis: Axis, where: npt.ArrayLike | None = None) -> AxisRows:
        rows = AxisRows.of(batch, axis, where, name="batch")
        shape = reduced_shape(rows.array.shape, rows.axes, keepdims=False)
        if shape != self.shape:
            raise ShapeError(f"batch: expected shape {self.shape} without the axis summed over, got {shape}")
        return rows

    def _given(self, function: Function, batch: npt.ArrayLike, axis: Axis, dtype: npt.DTypeLike | None) -> Array:
        rows = self._rows(batch, axis)
        # In double whatever the dtype: the maximum may lie in a wider part, and belongs to another batch.
        given = {"per_row": self._max(), "per_row_too": self._tail()}
        return rows.fill(function, None, dtype, in_double=True, **given)

    def _max(self) -> Array:
        return np.ascontiguousarray(self._state[:, 0]).reshape(self.shape)

    def _tail(self) -> Array:
        tail = np.empty(self.shape)
        _kernels.summary_tail(self._state, tail)
        return tail
