"""What is done to the logits of tokens before any filter: a bias for some, and penalties for those that were there."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, as_numbers, loss_dtype, narrow
from softargmax._codes import as_codes, check_codes
from softargmax._options import as_integer, as_real
from softargmax._renamed import provisional
from softargmax.decisions._class_axis import class_axis_last
from softargmax.decisions._row_options import of_each
from softargmax.exceptions import ArgumentError, ShapeError


@provisional
def penalize_logits(
    logits: npt.ArrayLike,
    seen: npt.ArrayLike,
    /,
    *,
    repetition: npt.ArrayLike = 1.0,
    presence: npt.ArrayLike = 0.0,
    frequency: npt.ArrayLike = 0.0,
) -> npt.NDArray[np.floating[Any]]:
    r"""Make tokens less probable that were there already.

    .. math:: x'_j = \begin{cases} x_j / r & x_j > 0 \\ x_j \, r & x_j \le 0 \end{cases}
              \;-\; p - f\, n_j \qquad \text{for tokens that were there } n_j > 0 \text{ times}

    Parameters
    ----------
    logits : array-like, shape (..., n_classes)
        Logits, never probabilities.
    seen : array-like of int, shape (..., n_seen)
        The codes of the tokens that were there, for each row; the order does not matter. Negative codes are padding.
    repetition : float, or an array-like of one per row, default 1.0
        The factor r > 0. 1 changes nothing, more discourages.
    presence, frequency : float, or an array-like of one per row, default 0.0
        What is subtracted once, p, and for each time that the token was there, f.

    Returns
    -------
    ndarray of the shape of `logits`
        A copy, in their floating dtype, float32 for half precision.

    Raises
    ------
    TargetError
        For codes beyond n_classes - 1; ArgumentError, ShapeError, DTypeError for what does not fit.

    See Also
    --------
    bias_logits : a number of your own for single tokens.
    filter_logits : what comes after the penalties.
    sample : the draw.

    Notes
    -----
    `repetition` comes first, as in llama.cpp and vLLM, and by itself is that of transformers. Programs differ in which
    tokens they count: for `repetition` transformers and vLLM take the prompt too; for `presence` and `frequency` OpenAI
    and vLLM take only what was generated; llama.cpp takes the last so many tokens for all three. Where two penalties
    are about different tokens, call the function twice.

    Division makes `repetition` depend on where the logits have their 0, which softmax does not.
    Source: Keskar, McCann, Varshney, Xiong, Socher, *CTRL* (2019), for `repetition`, there without the case x <= 0;
    OpenAI's API reference for the others.

    Examples
    --------
    >>> from softargmax.decisions import penalize_logits
    >>> penalize_logits([2.0, -1.0, 3.0], [0, 1, 0], repetition=2.0, presence=0.5, frequency=0.25)
    array([ 0.  , -2.75,  3.  ])
    """
    rows, codes = _rows(logits), as_codes(seen, "seen")
    shape, n_classes = rows.shape[:-1], rows.shape[-1]
    if codes.ndim == 0 or codes.shape[:-1] != shape:
        raise ShapeError(
            f"seen: expected the codes of each row, shape {(*shape, 'n_seen')} for logits of shape {rows.shape}, got "
            f"shape {codes.shape}; fill rows that have fewer with -1",
            parameter="seen",
        )
    check_codes(codes, n_classes, "seen", codes >= 0)
    factor = of_each(repetition, "repetition", shape, 1.0, low=0.0, open_low=True).reshape(-1)
    once, each_time = (
        of_each(value, name, shape, 0.0).reshape(-1)
        for value, name in ((presence, "presence"), (frequency, "frequency"))
    )
    result = rows.astype(np.float64)
    at_row, code, times = _counted(codes.reshape(len(factor), codes.shape[-1]), n_classes)
    flat = result.reshape(-1, n_classes)
    x = flat[at_row, code]
    scaled = np.where(x > 0.0, x / factor[at_row], x * factor[at_row])
    flat[at_row, code] = scaled - once[at_row] - each_time[at_row] * times
    return narrow(result, loss_dtype(rows))


@provisional
def bias_logits(logits: npt.ArrayLike, bias: Mapping[int, float], /) -> npt.NDArray[np.floating[Any]]:
    r"""Add a number to the logits of some tokens, in every row.

    .. math:: x'_j = x_j + b_j

    Parameters
    ----------
    logits : array-like, shape (..., n_classes)
        Logits, never probabilities.
    bias : mapping of int to float
        For a token's code, what is added: its odds against all others are multiplied by exp(b). -inf forbids it.

    Returns
    -------
    ndarray of the shape of `logits`
        A copy, in their floating dtype, float32 for half precision.

    Raises
    ------
    ArgumentError
        For a key that is no code of a class and for NaN or +inf; AxisError, DTypeError for what does not fit.

    See Also
    --------
    penalize_logits : the same for what was there already; llama.cpp and transformers apply it after the bias.

    Notes
    -----
    Source: OpenAI's API reference, ``logit_bias``. In JSON its keys are text: pass ``{int(k): b for k, b in ...}``.

    Examples
    --------
    >>> from softargmax.decisions import bias_logits
    >>> bias_logits([2.0, -1.0, 3.0], {0: 1.5, 2: float("-inf")})
    array([ 3.5, -1. , -inf])
    """
    rows = _rows(logits)
    if not isinstance(bias, Mapping):
        raise ArgumentError(
            f"bias: expected a dictionary of codes and numbers, got {type(bias).__name__}", parameter="bias"
        )
    result = rows.astype(np.float64)
    for code, number in bias.items():
        at = as_integer(code, "bias", low=0, high=rows.shape[-1] - 1)
        result[..., at] += as_real(number, "bias", open_high=True)
    return narrow(result, loss_dtype(rows))


def _rows(logits: npt.ArrayLike) -> Array:
    rows, _ = class_axis_last(as_floating(as_numbers(logits, "logits"), "logits"), -1, "logits")
    return rows


def _counted(codes: Array, n_classes: int) -> tuple[Array, Array, Array]:
    """Give the pairs of row and code that occur, and how often, of codes of shape (n_rows, n_seen)."""
    at_row, at = np.nonzero(codes >= 0)
    pairs, times = np.unique(at_row * n_classes + codes[at_row, at], return_counts=True)
    return pairs // n_classes, pairs % n_classes, times
