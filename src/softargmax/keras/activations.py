"""softmax and its relatives as activations, by the operators of the backend."""

from typing import Any

import keras
from keras import ops

from softargmax import _lazy
from softargmax._renamed import provisional
from softargmax.exceptions import UnsupportedError

_serializable = keras.saving.register_keras_serializable("softargmax")


def room_of_backend() -> Any:
    """Give the module of our functions for the backend that Keras uses.

    Raises
    ------
    UnsupportedError
        For another backend than PyTorch's and JAX'.
    """
    backend = keras.backend.backend()
    if backend == "torch":
        return _lazy.load("softargmax.torch")
    if backend == "jax":
        return _lazy.load("softargmax.jax")
    raise UnsupportedError(
        f"expected Keras on its backend torch or jax, got {backend}; set KERAS_BACKEND before Keras is imported"
    )


def _along(name: str, x: Any, axis: int | tuple[int, ...]) -> Any:
    """Call one of our functions of rows; arrays become tensors, and several axes one, as in Keras' own."""
    function = getattr(room_of_backend(), name)
    x = x if ops.is_tensor(x) else ops.convert_to_tensor(x)
    if isinstance(axis, int):
        return function(x, axis=axis)
    along = [at % x.ndim for at in axis]
    order = [at for at in range(x.ndim) if at not in along] + along
    last = ops.transpose(x, order)
    rows = ops.reshape(last, (*last.shape[: x.ndim - len(along)], -1))
    return ops.transpose(ops.reshape(function(rows), last.shape), [order.index(at) for at in range(x.ndim)])


@provisional
@_serializable
def softmax(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    r"""Turn logits into probabilities: an activation.

    .. math:: p_j = \exp(x_j) / \sum_k \exp(x_k)

    Parameters
    ----------
    x : tensor of the backend, shape (..., n_classes)
        Logits.
    axis : int or tuple of int, default -1
        The class axis; several are normalised jointly.

    Returns
    -------
    tensor of the shape and dtype of `x`

    Raises
    ------
    UnsupportedError
        On another backend than PyTorch's and JAX'.

    See Also
    --------
    softargmax.softmax : the same for arrays.

    Examples
    --------
    >>> import os
    >>> _ = os.environ.setdefault("KERAS_BACKEND", "torch")
    >>> import keras
    >>> from softargmax.keras import softmax
    >>> keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, activation=softmax)]).output_shape
    (None, 3)
    """
    return _along("softmax", x, axis)


@provisional
@_serializable
def log_softmax(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    r"""Give the logarithm of `softmax`, in nats: an activation.

    .. math:: \log p_j = x_j - \log \sum_k \exp(x_k)

    Parameters
    ----------
    x, axis
        As for `softmax`.

    Returns
    -------
    tensor of the shape and dtype of `x`

    Raises
    ------
    UnsupportedError
        As for `softmax`.

    See Also
    --------
    softargmax.log_softmax : the same for arrays.

    Examples
    --------
    >>> import os
    >>> _ = os.environ.setdefault("KERAS_BACKEND", "torch")
    >>> import keras
    >>> from softargmax.keras import log_softmax
    >>> log_softmax(keras.ops.convert_to_tensor([[1000.0, 0.0]])).tolist()
    [[0.0, -1000.0]]
    """
    return _along("log_softmax", x, axis)


@provisional
@_serializable
def sparsemax(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    r"""Project logits onto the simplex, with exact zeros: an activation.

    .. math:: p_j = \max(x_j - \tau, 0)

    Parameters
    ----------
    x, axis
        As for `softmax`.

    Returns
    -------
    tensor of the shape and dtype of `x`

    Raises
    ------
    UnsupportedError
        As for `softmax`.

    See Also
    --------
    softargmax.sparsemax : the same for arrays.

    Examples
    --------
    >>> import os
    >>> _ = os.environ.setdefault("KERAS_BACKEND", "torch")
    >>> import keras
    >>> from softargmax.keras import sparsemax
    >>> sparsemax(keras.ops.convert_to_tensor([[1.0, 0.5]])).tolist()
    [[0.75, 0.25]]
    """
    return _along("sparsemax", x, axis)


@provisional
@_serializable
def entmax15(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    r"""Turn logits into probabilities halfway between `softmax` and `sparsemax`: an activation.

    .. math:: p_j = \max(x_j / 2 - \tau, 0)^2

    Parameters
    ----------
    x, axis
        As for `softmax`.

    Returns
    -------
    tensor of the shape and dtype of `x`

    Raises
    ------
    UnsupportedError
        As for `softmax`.

    See Also
    --------
    softargmax.entmax15 : the same for arrays.

    Examples
    --------
    >>> import os
    >>> _ = os.environ.setdefault("KERAS_BACKEND", "torch")
    >>> import keras
    >>> from softargmax.keras import entmax15
    >>> entmax15(keras.ops.convert_to_tensor([[4.0, 0.0]])).tolist()
    [[1.0, 0.0]]
    """
    return _along("entmax15", x, axis)
