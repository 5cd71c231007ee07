"""Cross-entropy inside a program of JAX, with its derivative from the same walk over the rows."""

import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from softargmax._options import as_real
from softargmax._renamed import provisional
from softargmax.jax import row_functions
from softargmax.jax.jax_functions import floating, rows_along
from softargmax.probabilities._reduction import check_reduction, check_shapes


@provisional
def cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    /,
    *,
    axis: int = -1,
    class_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> Array:
    r"""Compare logits with what was true: the loss that trains a softmax, in nats.

    .. math:: \ell = -\sum_j w_j\, q_j \log p_j, \qquad p = \mathrm{softmax}(x)

    Parameters
    ----------
    logits : array, shape (..., n_classes)
        Logits.
    targets : array
        Integers: class codes, of the shape of `logits` without the class axis. Floating: a weight for every class, a
        probability mostly, of the shape of `logits`.
    axis : int, default -1
        The class axis.
    class_weight : array, shape (n_classes,), optional
        The factors w.
    ignore_index : int, optional
        The code of rows that do not count.
    label_smoothing : float, default 0.0
        The share of the target that is spread over all classes.
    reduction : {"mean", "sum", "none"}, default "mean"
        As of ``softargmax.cross_entropy``.

    Returns
    -------
    array
        In the dtype of `logits`; float32 for half precision. NaN for a code that is no class, of which a compiled
        program can tell nobody.

    Raises
    ------
    ShapeError
        For codes or weights of another shape, ArgumentError for another `reduction` or smoothing.

    See Also
    --------
    softargmax.cross_entropy : the same for arrays.

    Notes
    -----
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 6.2.2.3.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from softargmax.jax import cross_entropy
    >>> cross_entropy(jnp.array([[0.0, 0.0]]), jnp.array([1]))
    Array(0.6931472, dtype=float32)
    """
    check_reduction(reduction)
    smoothing = float(as_real(label_smoothing, "label_smoothing", low=0.0, high=1.0))
    return _cross_entropy(
        floating(logits, "logits"), jnp.asarray(targets), axis, class_weight, ignore_index, smoothing, reduction
    )


@functools.partial(jax.jit, static_argnums=(2, 4, 5, 6))
def _cross_entropy(
    logits: Any, targets: Any, axis: int, class_weight: Any, ignored: int | None, smoothing: float, reduction: str
) -> Any:
    x = rows_along(logits, axis)
    floats = jnp.issubdtype(targets.dtype, jnp.floating)
    weight = None if class_weight is None else floating(class_weight, "class_weight").astype(_dtype_of(x))
    check_shapes(logits.shape, x.shape, targets.shape, None if weight is None else weight.shape, floating=floats)
    if floats:
        losses = _of_shares(x, rows_along(targets, axis), smoothing, weight)
        number = jnp.ones_like(losses)
    else:
        losses, number = _of_codes(x, targets, smoothing, weight, ignored)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / number.sum()


def _dtype_of(x: Any) -> Any:
    return np.float64 if x.dtype == np.float64 else np.float32


def _of_shares(x: Any, q: Any, smoothing: float, weight: Any) -> Any:
    q = (1.0 - smoothing) * q.astype(_dtype_of(x)) + smoothing / x.shape[-1]
    q = q if weight is None else q * weight
    log_p = row_functions.log_softmax(x.astype(q.dtype))
    return -jnp.sum(q * jnp.where(q == 0, 0.0, log_p), axis=-1)


def _of_codes(x: Any, codes: Any, smoothing: float, weight: Any, ignored: int | None) -> tuple[Any, Any]:
    """Give the loss of every row, and what each counts for in a mean."""
    counts = jnp.ones(codes.shape, bool) if ignored is None else codes != ignored
    is_class = (codes >= 0) & (codes < x.shape[-1])
    codes = jnp.where(counts & is_class, codes, -1).astype(jnp.int32)
    if weight is None:
        losses = row_functions.losses_of_codes(smoothing)(x, codes)
        number = jnp.ones_like(losses)
    else:
        number = weight[codes]
        hot = jax.nn.one_hot(codes, x.shape[-1], dtype=weight.dtype)
        losses = (
            _of_shares(x, hot, smoothing, weight)
            if smoothing > 0
            else row_functions.losses_of_codes(0.0)(x, codes) * number
        )
    losses = jnp.where(counts, jnp.where(is_class, losses, jnp.nan), 0.0)
    return losses, jnp.where(counts, number, 0.0)
