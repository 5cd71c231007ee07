"""The one door through which arrays come in: kind of array, dtype, axis, mask, output.

Behind it every array is a native, aligned NumPy array of numbers the kernels know, which they read at any
strides, with the class axis last.
"""

import functools
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax.exceptions import ArgumentError, AxisError, DTypeError, ShapeError

Array = npt.NDArray[Any]
# What NumPy's own functions give: a scalar where no axis is left.
ArrayOrScalar = Array | np.floating[Any]
Axis = int | Sequence[int] | None
Backend = Literal["numpy", "masked", "sparse", "torch", "jax", "cupy", "tensorflow", "standard", "other"]
# Rows that go through a matrix product together when predicting. It rounds differently for different numbers of rows,
# and single-precision ones for different positions of a row, so every block is filled up to this size and computed in
# float64, by matrices of whole vectors: a row gets the same numbers alone or in a batch.
ROW_BLOCK = 64
_VECTOR = 8


def of_whole_vectors(weights: Array) -> Array:
    """Give matrices columns of zeros up to a multiple of eight.

    OpenBLAS for AVX-512 multiplies what is left beyond whole vectors in another way for some rows of a block than for
    others, from 129 columns on, or fewer where several threads share them: the last bits of a row told its place.
    """
    *before, columns = weights.shape
    missing = -columns % _VECTOR
    return np.concatenate([weights, np.zeros((*before, missing), weights.dtype)], axis=-1) if missing else weights


def backend_of(x: object) -> Backend:
    """Tell which library an array belongs to.

    "standard" is any that keeps the array API standard; "other" is all that NumPy makes an array of: lists, numbers,
    columns.

    The only place that asks. Nothing is imported: an object of a framework can only be there if its module is, and then
    ``sys.modules`` has it.
    """
    return "numpy" if type(x) is np.ndarray else _backend_of_type(type(x))  # type: ignore[arg-type] # types do hash


@functools.lru_cache(maxsize=128)  # a program has a handful of types of arrays; asking again takes 50 ns
def _backend_of_type(kind: type) -> Backend:
    if hasattr(kind, "tocsr"):
        return "sparse"  # SciPy's, CuPy's and those of the library sparse
    for base in kind.__mro__:
        match base.__module__.split("."):
            case ["numpy", "ma", *_]:
                return "masked"
            case ["numpy", *_] if base is np.ndarray:
                return "numpy"
            case ["torch" | "jax" | "cupy" | "tensorflow" as library, *_]:
                return library
            case ["jaxlib", *_]:
                return "jax"
    return "standard" if hasattr(kind, "__array_namespace__") and not issubclass(kind, np.generic) else "other"


def as_array(x: npt.ArrayLike, name: str) -> Array:
    """Turn any array-like into a plain NumPy array, refusing kinds whose meaning would be lost."""
    if type(x) is np.ndarray:
        return x
    backend = backend_of(x)
    if backend == "masked":
        raise DTypeError(f"{name}: expected a plain array, got a masked array; pass its data and where=~mask")
    if backend == "sparse":
        raise DTypeError(f"{name}: expected a dense array, got a sparse {type(x).__name__}; use .toarray()")
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ShapeError(f"{name}: expected an array, or rows of equal length, got something else ({error})") from None
    except (TypeError, RuntimeError) as error:  # a tensor on a GPU, say; its library tells best what to do
        raise DTypeError(f"{name}: expected what NumPy can read, got a {type(x).__name__} it cannot: {error}") from None
    return array


def is_half(dtype: np.dtype[Any]) -> bool:
    """Tell whether `dtype` is float16 or bfloat16 (ml_dtypes), whose arithmetic is done in float32."""
    if dtype.char in "fd":
        return False
    if dtype.name == "bfloat16":
        _kernels.set_bfloat16(dtype.num)  # a number that NumPy gave it when ml_dtypes was imported
        return True
    return bool(dtype == np.float16)


# What to do about kinds of values that are not ours.
_HINTS = {
    "c": "; scipy.special has complex versions",
    "g": "; scipy.special has extended precision",
    "O": "; convert it with numpy.asarray(..., float)",
}


def as_numbers(x: npt.ArrayLike, name: str) -> Array:
    """Bring real numbers in as they are: floating, integers or booleans, native and aligned.

    Raises
    ------
    DTypeError
        For complex, extended-precision, object and text arrays.
    """
    array = as_array(x, name)
    if array.dtype.char in "fd" and array.dtype.isnative and array.flags.aligned:
        return array  # by far the most common case
    native = array.dtype.newbyteorder("=")
    if not (native.kind in "iub" or native in (np.float32, np.float64) or is_half(native)):
        kind = "g" if array.dtype == np.longdouble else array.dtype.kind
        got = f"{array.dtype}{_HINTS.get(kind, '')}"
        if kind == "O" and array.ndim == 0:
            got = type(x).__name__  # None, say, or a dictionary
        raise DTypeError(f"{name}: expected float16, bfloat16, float32, float64, integers or booleans, got {got}")
    return np.require(array, dtype=native, requirements="A")


def as_floating(x: npt.ArrayLike, name: str) -> Array:
    """Bring real numbers in: floating dtypes are kept, integers and booleans become float64."""
    array = as_numbers(x, name)
    return array.astype(np.float64) if array.dtype.kind in "iub" else array


def floating_dtype(array: Array, dtype: npt.DTypeLike | None = None) -> np.dtype[Any]:
    """Give the dtype of a result: the one asked for, else that of the input, float64 for integers and booleans."""
    if dtype is None:
        return np.dtype(np.float64) if array.dtype.kind in "iub" else array.dtype
    try:
        asked = np.dtype(dtype)
    except TypeError:
        raise DTypeError(f"dtype: expected a floating dtype, got {dtype!r}") from None
    if not (asked in (np.float32, np.float64) or is_half(asked)) or not asked.isnative:
        raise DTypeError(f"dtype: expected float16, bfloat16, float32 or float64, got {asked}")
    return asked


def loss_dtype(array: Array) -> np.dtype[Any]:
    """Give the dtype of a loss of logits: theirs, but float32 for halves, in which a sum over rows soon overflows."""
    dtype = floating_dtype(array)
    return np.dtype(np.float32) if is_half(dtype) else dtype


def narrow(array: Array, dtype: np.dtype[Any]) -> Array:
    """Round to a narrower dtype; what does not fit becomes ±inf, without NumPy's warning."""
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        return array.astype(dtype)


def common_floating(first: np.dtype[Any], second: np.dtype[Any]) -> np.dtype[Any]:
    """Give the dtype two floating dtypes have in common; float32 for float16 and bfloat16."""
    if first == second:
        return first
    return np.result_type(*(np.float32 if is_half(dtype) else dtype for dtype in (first, second)))


def normalize_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Turn `axis` into a tuple of non-negative, distinct axes; None means all of them."""
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)  # by far the most common case
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, bool | str) or not isinstance(axis, int | np.integer | Sequence):
        raise DTypeError(f"axis: expected an integer, a tuple of integers or None, got {axis!r}")
    axes = tuple(axis) if isinstance(axis, Sequence) else (axis,)
    if ndim == 0 and axes in ((-1,), (0,)):
        return ()
    normal = []
    for one in axes:
        if isinstance(one, bool) or not isinstance(one, int | np.integer):
            raise DTypeError(f"axis: expected integers, got {one!r}")
        if not -ndim <= one < ndim:
            span = f"between {-ndim} and {ndim - 1}" if ndim else "0, -1 or None"
            raise AxisError(f"axis: expected {span} for {ndim} dimensions, got {one}")
        normal.append(int(one) % ndim)
    if len(set(normal)) != len(normal):
        raise AxisError(f"axis: expected distinct axes, got {axis!r}")
    return tuple(normal)


def one_axis(axis: Axis, array: Array, name: str) -> int:
    """Give the one class axis of an array, as a number from 0 on.

    Raises
    ------
    AxisError
        For several axes, none, or one that the array does not have.
    """
    axes = normalize_axes(axis, array.ndim)
    if len(axes) != 1:
        raise AxisError(f"axis: expected the one class axis of {name}, got {axis!r} for shape {array.shape}")
    return axes[0]


def rows_of(array: Array, axes: tuple[int, ...]) -> Array:
    """View `array` with `axes` moved last and merged into one class axis.

    The result shares memory with `array` whenever strides can express it, always so for a single axis.
    """
    if axes == (array.ndim - 1,):
        return array
    others = [axis for axis in range(array.ndim) if axis not in axes]
    moved = array.transpose(*others, *axes)
    if len(axes) == 1:
        return moved
    return moved.reshape(*moved.shape[: len(others)], _product(moved.shape[len(others) :]))


def _product(lengths: tuple[int, ...]) -> int:
    # reshape(-1) is ambiguous when another axis is empty, so the length is spelled out.
    return int(np.prod(lengths, dtype=np.int64))


def write_rows(rows: Array, axes: tuple[int, ...], out: Array) -> None:
    """Write `rows` (class axis last) into `out`, undoing `rows_of`."""
    others = [axis for axis in range(out.ndim) if axis not in axes]
    moved = out.transpose(*others, *axes)
    moved[...] = rows.reshape(moved.shape)


def reduced_shape(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    """Give the shape that is left when `axes` are summed away."""
    if keepdims:
        return tuple(1 if axis in axes else length for axis, length in enumerate(shape))
    return tuple(length for axis, length in enumerate(shape) if axis not in axes)


def as_mask(where: npt.ArrayLike | None, shape: tuple[int, ...]) -> Array | None:
    """Bring a mask in: booleans, True for what counts, broadcast to `shape` without copying."""
    if where is None:
        return None
    mask = as_array(where, "where")
    if mask.dtype != np.bool_:
        raise DTypeError(f"where: expected booleans (True for what counts), got {mask.dtype}")
    return broadcast(mask, shape, "where")


# Weights beyond this, or none above its inverse, would overflow or underflow the sums they are meant for. Chosen by
# hand: a sum of 10^9 squares of such weights still fits into a double.
_HEAVIEST = 1e100


def as_sample_weight(sample_weight: npt.ArrayLike | None, n_rows: int, name: str = "sample_weight") -> Array:
    """Bring row weights in: finite, not negative, not all zero; ones by default."""
    if sample_weight is None:
        return np.ones(n_rows)
    weight = as_floating(sample_weight, name).astype(np.float64)
    if weight.shape != (n_rows,):
        raise ShapeError(f"{name}: expected one weight per row, shape ({n_rows},), got {weight.shape}", parameter=name)
    if not np.all((weight >= 0.0) & (weight <= _HEAVIEST)):
        raise ArgumentError(f"{name}: expected weights between 0 and {_HEAVIEST:g}", parameter=name)
    if not np.any(weight >= 1.0 / _HEAVIEST):
        raise ArgumentError(f"{name}: expected at least one weight of {1.0 / _HEAVIEST:g} or more", parameter=name)
    return weight


def broadcast(array: Array, shape: tuple[int, ...], name: str) -> Array:
    """Broadcast to `shape`, or say which shapes do not go together."""
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ShapeError(f"{name}: expected a shape that broadcasts to {shape}, got {array.shape}") from None


def common_shape(a: Array, b: Array, names: str) -> tuple[int, ...]:
    """Give the shape that two arrays broadcast to."""
    try:
        return np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        raise ShapeError(f"{names}: expected shapes that broadcast, got {a.shape} and {b.shape}") from None


def as_output(out: Array | None, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Give the array to write into: a new one, or the caller's after checking that it fits exactly."""
    if out is None:
        return np.empty(shape, dtype)
    if backend_of(out) != "numpy":
        raise DTypeError(f"out: expected a plain NumPy array, got {type(out).__name__}")
    if out.shape != shape:
        raise ShapeError(f"out: expected shape {shape}, got {out.shape}")
    if out.dtype != dtype:
        raise DTypeError(f"out: expected dtype {dtype} (that of the result), got {out.dtype}")
    if not out.flags.writeable:
        raise ArgumentError("out: expected an array that can be written to, got a read-only one")
    return out


def overlaps_partly(x: Array, out: Array) -> bool:
    """Tell whether writing `out` may overwrite parts of `x` that are still to be read."""
    if not np.may_share_memory(x, out):
        return False
    return not (x.ctypes.data == out.ctypes.data and x.strides == out.strides and x.shape == out.shape)


def scalar_if_0d(array: Array) -> ArrayOrScalar:
    """Give a NumPy scalar for a 0-d result, as NumPy's own functions do."""
    return array[()] if array.ndim == 0 else array
