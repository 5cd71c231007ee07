"""softmax and its relatives as activations, by the operators of the backend."""

from typing import Any

import keras

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


@provisional
@_serializable
def softmax(x: Any, axis: int = -1) -> Any:
    r"""Turn logits into probabilities: an activation.

    .. math:: p_j = \exp(x_j) / \sum_k \exp(x_k)

    Parameters
    ----------
    x : tensor of the backend, shape (..., n_classes)
        Logits.
    axis : int, default -1
        The class axis.

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
    return room_of_backend().softmax(x, axis=axis)


@provisional
@_serializable
def log_softmax(x: Any, axis: int = -1) -> Any:
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
    return room_of_backend().log_softmax(x, axis=axis)


@provisional
@_serializable
def sparsemax(x: Any, axis: int = -1) -> Any:
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
    return room_of_backend().sparsemax(x, axis=axis)


@provisional
@_serializable
def entmax15(x: Any, axis: int = -1) -> Any:
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
    return room_of_backend().entmax15(x, axis=axis)
