"""Our functions for arrays that NumPy cannot see: on a GPU, with a gradient, in a function that is being compiled.

Each takes what the function of its name takes, behind the `Library` of the arrays, and gives the same by the plain
formulas of `_reference`. Half precision is computed in float32. What can be checked only by looking at numbers is
checked where they are there; where they are yet to come, a row that is wrong is NaN.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from softargmax._arrays import Axis, normalize_axes, reduced_shape
from softargmax._libraries import Library, dtype_name
from softargmax._options import as_flag, as_integer, as_real
from softargmax.exceptions import ArgumentError, AxisError, DTypeError, ShapeError, TargetError
from softargmax.probabilities import _reference
from softargmax.probabilities._rows_elsewhere import FLOATING, UnseenRows, as_floating, broadcast, is_integer, is_known

Formula = Callable[..., Any]


def sigmoid(library: Library, x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    wide, dtype = as_floating(library, x, "x")
    return library.cast(_reference.sigmoid(wide, xp=library.xp), dtype)


def softmax(library: Library, x: Any, **options: Any) -> Any:
    """exp(x / T) / sum exp(x / T)."""
    return _at_temperature(_reference.softmax, lambda p, _: p, library, x, **options)


def log_softmax(library: Library, x: Any, **options: Any) -> Any:
    """Its logarithm."""
    return _at_temperature(
        _reference.log_softmax, lambda p, xp: xp.where(p == 0.0, -xp.inf, p - 1.0), library, x, **options
    )


def _at_temperature(
    formula: Formula,
    of_hardmax: Formula,
    library: Library,
    x: Any,
    *,
    axis: Axis,
    temperature: Any,
    where: Any,
    dtype: str | None,
) -> Any:
    if dtype not in (None, *FLOATING):
        raise DTypeError(f"dtype: expected float16, bfloat16, float32 or float64, got {dtype}")
    rows = UnseenRows.of(library, library.cast(library.array(x), dtype) if dtype == "float64" else x, axis, where)
    xp = library.xp
    if rows.is_empty:
        return rows.back(rows.x, dtype)
    if isinstance(temperature, int | float | np.number) and not isinstance(temperature, bool):
        temperature = float(as_real(temperature, "temperature", low=0.0, high=np.inf, open_high=True))
        if temperature == 0.0:
            return rows.back(of_hardmax(_reference.hardmax(rows.x, rows.where, xp=xp), xp), dtype)
        return rows.back(formula(rows.x, rows.where, temperature, xp=xp), dtype)
    divisor = _row_temperatures(rows, temperature)
    limit = of_hardmax(_reference.hardmax(rows.x, rows.where, xp=xp), xp)
    soft = formula(rows.x, rows.where, xp.where(divisor == 0.0, 1.0, divisor), xp=xp)
    return rows.back(xp.where(divisor == 0.0, limit, soft), dtype)


def _row_temperatures(rows: UnseenRows, temperature: Any) -> Any:
    library, xp = rows.library, rows.library.xp
    given, _ = as_floating(library, temperature, "temperature")
    shape = reduced_shape(rows.shape, rows.axes, keepdims=True)
    if given.ndim not in (0, len(shape)):
        raise ShapeError(
            f"temperature: expected a number or an array that broadcasts to {shape}, got {tuple(given.shape)}"
        )
    if is_known(xp.any(~((given >= 0.0) & xp.isfinite(given)))):
        raise ArgumentError("temperature: expected finite numbers >= 0")
    given = library.cast(given, dtype_name(rows.x.dtype))
    return rows.moved(broadcast(library, given, shape, "temperature"))


def sparsemax(library: Library, x: Any, *, axis: Axis, where: Any) -> Any:
    """Give the nearest point of the simplex."""
    return _of_rows(_reference.sparsemax, UnseenRows.of(library, x, axis, where))


def entmax15(library: Library, x: Any, *, axis: Axis, where: Any) -> Any:
    """Between softmax and sparsemax."""
    return _of_rows(_reference.entmax15, UnseenRows.of(library, x, axis, where))


def _of_rows(formula: Formula, rows: UnseenRows) -> Any:
    return rows.back(rows.x if rows.is_empty else formula(rows.x, rows.where, xp=rows.library.xp))


def logsumexp(
    library: Library, x: Any, *, axis: Axis, weights: Any, where: Any, keepdims: bool, return_sign: bool
) -> Any:
    """Log sum exp(x), with weights too."""
    keepdims, return_sign = as_flag(keepdims, "keepdims"), as_flag(return_sign, "return_sign")
    xp = library.xp
    if weights is None:
        rows = UnseenRows.of(library, x, axis, where)
        if rows.x.shape[-1] == 0 or rows.is_empty:
            log_size = xp.sum(rows.x, axis=-1) - xp.inf
        else:
            log_size = _reference.logsumexp(rows.x, rows.where, xp=xp)
        sign = xp.where(log_size == -xp.inf, 0.0, xp.where(xp.isnan(log_size), xp.nan, xp.ones_like(log_size)))
    else:
        factors, _ = as_floating(library, weights, "weights")
        try:
            shape = np.broadcast_shapes(tuple(library.array(x).shape), tuple(factors.shape))
        except ValueError:
            raise ShapeError(
                f"weights: expected a shape that broadcasts with that of x, {tuple(library.array(x).shape)}, got "
                f"{tuple(factors.shape)}",
                parameter="weights",
            ) from None
        rows = UnseenRows.of(library, xp.broadcast_to(library.array(x), shape), axis, where)
        factors = library.cast(rows.moved(xp.broadcast_to(factors, shape)), dtype_name(rows.x.dtype))
        log_size, sign = _reference.weighted_logsumexp(rows.x, factors, rows.where, xp=xp)
        log_size = log_size if return_sign else xp.where(sign < 0.0, xp.nan, log_size)
    log_size, sign = rows.reduced(log_size, keepdims), rows.reduced(sign, keepdims)
    return (log_size, sign) if return_sign else log_size


def entropy(library: Library, *, probabilities: Any, logits: Any, axis: Axis) -> Any:
    """- sum p log p."""
    xp = library.xp
    if logits is not None:
        rows = UnseenRows.of(library, logits, axis, name="logits")
        return rows.reduced(xp.sum(rows.x, axis=-1) if rows.is_empty else _reference.entropy(rows.x, xp=xp))
    rows = UnseenRows.of(library, probabilities, axis, name="probabilities")
    p = on_simplex(rows, "probabilities")
    log_p = xp.log(xp.where(p > 0.0, p, 1.0))  # what is not on the simplex stays NaN
    return rows.reduced(-xp.sum(p * log_p, axis=-1))


def on_simplex(rows: UnseenRows, name: str) -> Any:
    """Give rows of probabilities; those that are no distributions are an error, or NaN where nobody can know."""
    xp, p = rows.library.xp, rows.x
    if p.shape[-1] == 0:
        return p
    tolerance = {"float64": 1e-6, "float32": 2.0**-11.5, "float16": 2.0**-5, "bfloat16": 2.0**-4}[rows.dtype]
    sums = xp.sum(p, axis=-1)
    wrong = xp.any(p < 0.0, axis=-1) | (xp.abs(sums - 1.0) > tolerance)
    if is_known(xp.any(wrong)):
        raise TargetError(
            f"{name}: expected rows of probabilities, none below 0, that sum to 1; pass logits as logits",
            parameter=name,
        )
    return xp.where(wrong[..., None], xp.nan, p)


def argmax(library: Library, logits: Any, *, axis: int, last: bool) -> Any:
    """Give the place of the largest logit."""
    last = as_flag(last, "last")
    rows = _of_one_axis(library, logits, axis)
    backwards = library.xp.flip(rows.x, axis=-1) if last else rows.x
    places = library.xp.argmax(_nan_is_largest(backwards, library.xp), axis=-1)
    return library.cast(rows.x.shape[-1] - 1 - places if last else places, "int64")


def _nan_is_largest(x: Any, xp: Any) -> Any:
    """Give numbers that are ordered as these are; the first NaN of a row, if there is one, is alone at the top."""
    missing = xp.isnan(x)
    return xp.where(xp.any(missing, axis=-1)[..., None], xp.where(missing, xp.ones_like(x), 0.0), x)


def top_k(library: Library, logits: Any, k: int, *, axis: int) -> tuple[Any, Any]:
    """Give the places of the k largest, and their probabilities."""
    xp = library.xp
    rows = _of_one_axis(library, logits, axis)
    k = as_integer(k, "k", low=1, high=rows.x.shape[-1])
    missing = xp.isnan(rows.x)
    by_size = xp.argsort(-xp.where(missing, xp.inf, rows.x), axis=-1)
    # NaN before +inf, each in the order of their codes.
    is_number = xp.where(xp.take_along_axis(missing, by_size, axis=-1), 0.0, xp.ones_like(rows.x))
    codes = xp.take_along_axis(by_size, xp.argsort(is_number, axis=-1), axis=-1)[..., :k]
    probabilities = xp.take_along_axis(_reference.softmax(rows.x, xp=xp), codes, axis=-1)
    if rows.axes and rows.axes != (len(rows.shape) - 1,):
        codes, probabilities = (xp.moveaxis(part, -1, rows.axes[0]) for part in (codes, probabilities))
    return library.cast(codes, "int64"), library.cast(probabilities, rows.dtype)


def _of_one_axis(library: Library, logits: Any, axis: int) -> UnseenRows:
    rows = UnseenRows.of(library, logits, axis, name="logits")
    if len(rows.axes) != 1 and rows.shape:
        raise AxisError(f"axis: expected the one class axis of logits, got {axis!r} for shape {rows.shape}")
    if rows.x.shape[-1] == 0:
        raise AxisError(f"axis: expected at least one class, got an empty axis in shape {rows.shape}", parameter="axis")
    return rows


def one_hot(library: Library, codes: Any, *, n_classes: int | None, axis: int, dtype: Any) -> Any:
    """Give rows with a single 1."""
    xp = library.xp
    codes = as_codes(library, codes, "codes")
    if n_classes is None:
        n_classes = _number_of_classes(library, codes)
    n_classes = as_integer(n_classes, "n_classes", low=0)
    wrong = (codes < 0) | (codes >= n_classes)
    refuse_wrong_codes(library, wrong, n_classes, "codes")
    axes = normalize_axes(axis, codes.ndim + 1)
    if len(axes) != 1:
        raise AxisError(f"axis: expected one axis for the classes, got {axis!r}")
    hot = xp.arange(n_classes) == codes[..., None]
    rows = library.cast(hot, library.widest if dtype == "float64" else dtype)
    if dtype in FLOATING:
        rows = xp.where(wrong[..., None], xp.nan, rows)
    return xp.moveaxis(rows, -1, axes[0])


def _number_of_classes(library: Library, codes: Any) -> int:
    if 0 in codes.shape:
        return 0
    try:
        return max(int(library.xp.max(codes)) + 1, 1)
    except Exception:  # every library has an error of its own for this
        raise ArgumentError(
            "n_classes: expected a number, because the codes are not known yet while a function is compiled, got None",
            parameter="n_classes",
        ) from None


def as_codes(library: Library, codes: Any, name: str) -> Any:
    """Bring class codes in."""
    codes = library.array(codes)
    if not is_integer(dtype_name(codes.dtype)):
        raise DTypeError(f"{name}: expected integer class codes 0 ... n_classes-1, got {dtype_name(codes.dtype)}")
    return library.cast(codes, "int64")


def refuse_wrong_codes(library: Library, wrong: Any, n_classes: int, name: str) -> None:
    """Refuse codes outside 0 ... n_classes-1, if somebody can know them."""
    if is_known(library.xp.any(wrong)):
        raise TargetError(f"{name}: expected codes between 0 and {n_classes - 1}, got others", parameter=name)
