"""A class drawn by chance from softmax, in a form that has a derivative."""

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, backend_of, one_axis
from softargmax._libraries import library_of
from softargmax._options import as_flag, as_real
from softargmax._renamed import provisional
from softargmax.exceptions import ArgumentError, UnsupportedError
from softargmax.probabilities import hardmax, softmax


@provisional
def gumbel_softmax(
    logits: npt.ArrayLike, /, *, temperature: float = 1.0, hard: bool = False, axis: int = -1, rng: Any = None
) -> Array:
    r"""Draw a class, softly: softmax of logits with Gumbel noise, near one-hot where the temperature is low.

    .. math:: y = \mathrm{softmax}((x + g) / T), \qquad g_j = -\log(-\log u_j)

    Parameters
    ----------
    logits : array-like, shape (..., n_classes)
        Logits.
    temperature : float, default 1.0
        T > 0. The largest entry is that of a class drawn from softmax(x), whatever T is.
    hard : bool, default False
        Give one-hot rows; of tensors with the derivative of the soft ones (straight-through).
    axis : int, default -1
        The class axis.
    rng : Generator, int, torch.Generator or key of JAX
        Where chance comes from: what ``numpy.random.default_rng`` takes; for tensors of PyTorch its generator, or None
        for its default one; for JAX a key.

    Returns
    -------
    array of the shape and floating dtype of `logits`

    Raises
    ------
    ArgumentError
        For a temperature that is not above 0, or where JAX has no key; UnsupportedError for an array of a library
        other than these.

    See Also
    --------
    softargmax.sample : class codes, many at once.

    Notes
    -----
    With the same generator PyTorch's ``torch.nn.functional.gumbel_softmax`` draws the same.
    Sources: Jang, Gu, Poole, *ICLR* 2017; Maddison, Mnih, Teh, *ICLR* 2017.

    Examples
    --------
    >>> from softargmax.networks import gumbel_softmax
    >>> gumbel_softmax([0.0, 5.0, 0.0], hard=True, rng=0)
    array([0., 1., 0.])
    """
    divisor = float(as_real(temperature, "temperature", low=0.0, high=np.inf, open_low=True, open_high=True))
    hard = as_flag(hard, "hard")
    kind = backend_of(logits)
    if kind == "torch":
        return _of_torch(logits, divisor, hard, axis, rng)
    if kind == "jax":
        return _of_jax(logits, divisor, hard, axis, rng)
    if library_of(logits) is not None:
        raise UnsupportedError(
            f"logits: expected an array of NumPy, PyTorch or JAX, got {type(logits).__name__}", parameter="logits"
        )
    x = as_floating(logits, "logits")
    one_axis(axis, x, "logits")
    wide = np.result_type(x, np.float32)  # noise that is rounded to half precision would make ties
    noisy = x.astype(wide) + np.random.default_rng(rng).gumbel(size=x.shape).astype(wide)
    result = hardmax(noisy, axis=axis) if hard else softmax(noisy, axis=axis, temperature=divisor)
    return result.astype(x.dtype, copy=False)


def _of_torch(x: Any, temperature: float, hard: bool, axis: int, rng: Any) -> Array:
    torch = sys.modules["torch"]
    # -log of an exponential number is Gumbel's; drawn as PyTorch's own function draws it.
    wait = torch.empty_like(x, memory_format=torch.legacy_contiguous_format).exponential_(generator=rng)
    soft: Any = softmax(x - wait.log(), axis=axis, temperature=temperature)
    if not hard:
        return soft  # type: ignore[no-any-return]
    one_hot = torch.zeros_like(soft).scatter_(axis, soft.detach().argmax(axis, keepdim=True), 1.0)
    drawn: Array = one_hot - soft.detach() + soft
    return drawn


def _of_jax(x: Any, temperature: float, hard: bool, axis: int, rng: Any) -> Array:
    if rng is None:
        raise ArgumentError("rng: expected a key of JAX, such as jax.random.key(0), got None", parameter="rng")
    jax = sys.modules["jax"]
    soft: Any = softmax(x + jax.random.gumbel(rng, x.shape, x.dtype), axis=axis, temperature=temperature)
    if not hard:
        return soft  # type: ignore[no-any-return]
    one_hot = jax.nn.one_hot(soft.argmax(axis), x.shape[axis], axis=axis, dtype=x.dtype)
    drawn: Array = one_hot - jax.lax.stop_gradient(soft) + soft
    return drawn
