"""Cross-entropy of logits that NumPy cannot see: see `_elsewhere`."""

from typing import Any

from softargmax._libraries import Library, dtype_name
from softargmax._options import as_integer, as_real
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError, TargetError
from softargmax.probabilities import _reference
from softargmax.probabilities._elsewhere import as_codes, on_simplex, refuse_wrong_codes
from softargmax.probabilities._reduction import check_reduction
from softargmax.probabilities._rows_elsewhere import UnseenRows, as_floating, broadcast, is_half, is_integer, is_known


def cross_entropy(
    library: Library,
    logits: Any,
    targets: Any,
    *,
    axis: int,
    class_weight: Any,
    ignore_index: int | None,
    label_smoothing: float,
    sample_weight: Any,
    where: Any,
    reduction: str,
) -> Any:
    """- sum w q log softmax(x), reduced as asked for."""
    check_reduction(reduction)
    rows = _rows_of_logits(library, logits, axis, where)
    smoothing = float(as_real(label_smoothing, "label_smoothing", low=0.0, high=1.0))
    weight = None if class_weight is None else _as_class_weight(rows, class_weight)
    xp = library.xp
    q, counts, wrong = _as_distribution(rows, targets, ignore_index)
    per_row = _row_weights(rows, q, counts, weight if wrong is not None else None, sample_weight)
    if smoothing > 0.0:
        q = (1.0 - smoothing) * q + _spread(rows, smoothing)
    losses = _reference.cross_entropy(rows.x, q if weight is None else q * weight, rows.where, xp=xp)
    if wrong is not None:
        losses = xp.where(wrong, xp.nan, losses)
    if counts is not None:
        losses = xp.where(counts, losses, 0.0)
    if sample_weight is not None:
        times = _as_row_weight(rows, sample_weight)
        losses = xp.where(times == 0.0, 0.0, losses) * times
    return _reduced(rows, losses, per_row, reduction)


def _rows_of_logits(library: Library, logits: Any, axis: int, where: Any) -> UnseenRows:
    rows = UnseenRows.of(library, logits, axis, where, "logits")
    if len(rows.axes) != 1:
        raise ShapeError(f"axis: expected the one class axis of logits, got {axis!r} for shape {rows.shape}")
    return rows


def _as_distribution(rows: UnseenRows, targets: Any, ignore_index: int | None) -> tuple[Any, Any, Any]:
    """Give a probability per class, which rows count (None: all), and which codes are wrong (None: there are none)."""
    library, xp = rows.library, rows.library.xp
    targets = library.array(targets)
    dtype, shape = dtype_name(targets.dtype), tuple(targets.shape)
    wide = dtype_name(rows.x.dtype)
    if not is_integer(dtype):
        if dtype == "bool":
            raise DTypeError("targets: expected integer codes or floating probabilities, got booleans")
        if ignore_index is not None:
            raise ArgumentError("ignore_index: expected None with a probability per class; it names a code")
        if shape != rows.shape:
            raise ShapeError(
                f"targets: floating targets are a probability per class and need the shape of the logits {rows.shape}, "
                f"got {shape}; class codes must be integers"
            )
        given = UnseenRows.of(library, targets, rows.axes, name="targets")
        return library.cast(on_simplex(given, "targets"), wide), None, None
    n_classes, one_each = rows.x.shape[-1], tuple(rows.x.shape[:-1])
    if shape == rows.shape != one_each:
        hot = library.cast(rows.moved(targets), wide)
        if is_known(xp.any((xp.sum(hot, axis=-1) != 1.0) | (xp.max(hot, axis=-1) != 1.0))):
            raise TargetError("targets: expected one-hot rows, as integers of the shape of the logits")
        return hot, None, None
    codes = as_codes(library, targets, "targets")
    if shape != one_each:
        raise ShapeError(
            f"targets: expected codes of shape {one_each} for logits of shape {rows.shape}, got {shape}; a probability "
            "per class must be floating",
            parameter="targets",
        )
    counts = None if ignore_index is None else codes != as_integer(ignore_index, "ignore_index", low=-(2**63))
    wrong = (codes < 0) | (codes >= n_classes)
    wrong = wrong if counts is None else wrong & counts
    refuse_wrong_codes(library, wrong, n_classes, "targets")
    return library.cast(xp.arange(n_classes) == codes[..., None], wide), counts, wrong


def _as_class_weight(rows: UnseenRows, class_weight: Any) -> Any:
    weight, _ = as_floating(rows.library, class_weight, "class_weight")
    n_classes = rows.x.shape[-1]
    if tuple(weight.shape) != (n_classes,):
        raise ShapeError(
            f"class_weight: expected one weight per class, shape ({n_classes},), got {tuple(weight.shape)}"
        )
    return _refused_unless_weights(rows, weight, "class_weight")


def _as_row_weight(rows: UnseenRows, sample_weight: Any) -> Any:
    weight, _ = as_floating(rows.library, sample_weight, "sample_weight")
    weight = broadcast(rows.library, weight, tuple(rows.x.shape[:-1]), "sample_weight")
    return _refused_unless_weights(rows, weight, "sample_weight")


def _refused_unless_weights(rows: UnseenRows, weight: Any, name: str) -> Any:
    xp = rows.library.xp
    if is_known(xp.any(~((weight >= 0.0) & xp.isfinite(weight)))):
        raise ArgumentError(f"{name}: expected finite weights >= 0", parameter=name)
    return rows.library.cast(weight, dtype_name(rows.x.dtype))


def _row_weights(rows: UnseenRows, q: Any, counts: Any, class_weight: Any, sample_weight: Any) -> Any:
    """Give what every row counts for in a mean."""
    xp = rows.library.xp
    number = xp.ones_like(xp.sum(q, axis=-1))
    if class_weight is not None:
        number = xp.sum(q * class_weight, axis=-1)
    if sample_weight is not None:
        number = number * _as_row_weight(rows, sample_weight)
    return number if counts is None else xp.where(counts, number, 0.0)


def _spread(rows: UnseenRows, smoothing: float) -> Any:
    if rows.where is None:
        return smoothing / rows.x.shape[-1]
    xp = rows.library.xp
    number = xp.sum(xp.where(rows.where, xp.ones_like(rows.x), 0.0), axis=-1, keepdims=True)
    return xp.where(rows.where, smoothing / xp.where(number == 0.0, 1.0, number), 0.0)


def _reduced(rows: UnseenRows, losses: Any, per_row: Any, reduction: str) -> Any:
    dtype = "float32" if is_half(rows.dtype) else rows.dtype
    if reduction == "none":
        return rows.library.cast(losses, dtype)
    xp = rows.library.xp
    total = xp.sum(losses)
    if reduction == "mean":
        number = xp.sum(per_row)
        total = total / xp.where(number == 0.0, xp.nan, number)
    return rows.library.cast(total, dtype)
