"""Sequences of tokens: how probable a language model finds them, and its perplexity."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, ArrayOrScalar, as_array, as_mask, as_numbers, loss_dtype
from softargmax._codes import as_codes
from softargmax._options import as_choice
from softargmax._renamed import provisional
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError
from softargmax.probabilities.cross_entropy import cross_entropy


@provisional
def sequence_log_probability(
    logits: npt.ArrayLike,
    tokens: npt.ArrayLike,
    /,
    *,
    lengths: npt.ArrayLike | None = None,
    where: npt.ArrayLike | None = None,
) -> ArrayOrScalar:
    r"""Give the logarithm of the probability of each sequence of tokens.

    .. math:: \log P = \sum_t \log \mathrm{softmax}(x_t)_{c_t}

    Parameters
    ----------
    logits : array-like, shape (..., length, n_classes)
        The logits at each place of a sequence, for the token that stands there. A causal model gives at place t those
        of token t + 1: pass ``logits[..., :-1, :]`` and ``ids[..., 1:]``.
    tokens : array-like of int, shape (..., length)
        The code of the token at each place.
    lengths : array-like of int, shape (...), optional
        How many tokens of each sequence count, from its start; what follows is padding.
    where : array-like of bool, optional
        True for the tokens that count; broadcasts to the shape of `tokens`. With `lengths` too, both must agree. What
        does not count may hold any code, as -100, and any logits.

    Returns
    -------
    scalar or ndarray, shape (...)
        In nats, in the floating dtype of `logits`, float32 for half precision; added up in float64. A sequence without
        tokens has 0, the logarithm of 1.

    Raises
    ------
    TargetError
        For codes out of range among those that count; ShapeError, DTypeError, ArgumentError for what does not fit.

    See Also
    --------
    perplexity : the same per token, as a number of equally probable tokens.
    cross_entropy : the loss of single rows.

    Notes
    -----
    Source: Bengio, Ducharme, Vincent, Jauvin, *Journal of Machine Learning Research* 3 (2003).

    Examples
    --------
    >>> from softargmax.probabilities import sequence_log_probability
    >>> float(sequence_log_probability([[0.0, 0.0], [0.0, 0.0], [5.0, 1.0]], [1, 0, -100], lengths=2))
    -1.3862943611198906
    """
    losses, _ = _token_losses(logits, tokens, lengths, where)
    result: ArrayOrScalar = (0.0 - losses.sum(axis=-1, dtype=np.float64)).astype(losses.dtype)[()]
    return result


@provisional
def perplexity(
    logits: npt.ArrayLike,
    tokens: npt.ArrayLike,
    /,
    *,
    lengths: npt.ArrayLike | None = None,
    where: npt.ArrayLike | None = None,
    reduction: Literal["mean", "none"] = "mean",
) -> ArrayOrScalar:
    r"""Say among how many equally probable tokens the model seems to choose at each place.

    .. math:: \exp\Bigl(-\frac{1}{n} \sum_t \log \mathrm{softmax}(x_t)_{c_t}\Bigr)

    Parameters
    ----------
    logits, tokens, lengths, where
        As for `sequence_log_probability`.
    reduction : {"mean", "none"}, default "mean"
        "mean" takes the mean of the losses of all tokens that count, so that long sequences count more, and gives one
        number; it is not the mean of perplexities. "none" gives one for each sequence.

    Returns
    -------
    scalar, or ndarray of shape (...) for "none"
        In the floating dtype of `logits`, float32 for half precision; the mean is taken in float64. NaN where no token
        counts, and +inf where a token has probability 0.

    Raises
    ------
    ArgumentError
        For another `reduction`, and whatever `sequence_log_probability` raises.

    See Also
    --------
    sequence_log_probability : the logarithm of the probability, not divided by the number of tokens.

    Notes
    -----
    Perplexities of models with other tokens cannot be compared: they count other pieces of the text.
    Source: Jelinek, Mercer, Bahl, Baker, *Journal of the Acoustical Society of America* 62 (1977).

    Examples
    --------
    >>> from softargmax.probabilities import perplexity
    >>> float(perplexity([[0.0, 0.0, 0.0, 0.0], [7.0, 7.0, 7.0, 7.0]], [1, 3]))
    4.0
    """
    as_choice(reduction, "reduction", ("mean", "none"))
    losses, counts = _token_losses(logits, tokens, lengths, where)
    axis = None if reduction == "mean" else -1
    with np.errstate(invalid="ignore", over="ignore"):  # the mean of nothing is NaN; what no dtype holds is infinite
        mean = losses.sum(axis=axis, dtype=np.float64) / counts.sum(axis=axis)
        result: ArrayOrScalar = np.exp(mean).astype(losses.dtype)[()]
    return result


def _token_losses(
    logits: npt.ArrayLike, tokens: npt.ArrayLike, lengths: npt.ArrayLike | None, where: npt.ArrayLike | None
) -> tuple[Array, Array]:
    """Give the loss of every token, 0 for those that do not count, and which ones count."""
    x, codes = as_numbers(logits, "logits"), as_codes(tokens, "tokens")
    if x.ndim < 2 or codes.shape != x.shape[:-1]:
        raise ShapeError(
            "tokens: expected one code for each place, shape (..., length) for logits of shape (..., length, "
            f"n_classes), got shape {codes.shape} for logits of shape {x.shape}",
            parameter="tokens",
        )
    mask = as_mask(where, codes.shape)
    counts = np.ones(codes.shape, np.bool_) if mask is None else mask
    if lengths is not None:
        counts = counts & (np.arange(codes.shape[-1]) < _checked_lengths(lengths, codes.shape)[..., np.newaxis])
    if codes.size == 0:
        return np.zeros(codes.shape, loss_dtype(x)), counts
    losses = np.asarray(cross_entropy(x, np.where(counts, codes, 0), reduction="none"))
    return np.where(counts, losses, losses.dtype.type(0)), counts


def _checked_lengths(lengths: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    array = as_array(lengths, "lengths")
    if array.dtype.kind not in "iu":
        raise DTypeError(f"lengths: expected integers, got {array.dtype}", parameter="lengths")
    if array.shape != shape[:-1]:
        raise ShapeError(
            f"lengths: expected one for each sequence, shape {shape[:-1]}, got {array.shape}", parameter="lengths"
        )
    wrong = (array < 0) | (array > shape[-1])
    if wrong.any():
        raise ArgumentError(
            f"lengths: expected numbers between 0 and {shape[-1]}, got {array[wrong][0].item()}", parameter="lengths"
        )
    return array
