"""Is this input like anything the model has seen? Scores from logits."""

from typing import Literal, get_args, overload

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_numbers, floating_dtype, narrow
from softargmax._logits import steady
from softargmax._options import as_choice, as_integer, as_real
from softargmax._renamed import renamed
from softargmax.decisions._class_axis import rows_of_classes
from softargmax.exceptions import ArgumentError
from softargmax.probabilities import log_sigmoid, log_softmax, logsumexp

NoveltyScore = Literal["energy", "top_probability", "max_logit", "generalized_entropy"]


@overload
def out_of_distribution_score(
    logits: npt.ArrayLike,
    /,
    *,
    score: NoveltyScore = "energy",
    temperature: float = 1.0,
    gamma: float = 0.1,
    top: int = 100,
    axis: None = None,
) -> npt.NDArray[np.floating]: ...
@overload
def out_of_distribution_score(
    logits: npt.ArrayLike,
    /,
    *,
    score: NoveltyScore = "energy",
    temperature: float = 1.0,
    gamma: float = 0.1,
    top: int = 100,
    axis: int,
) -> np.floating | npt.NDArray[np.floating]: ...
@renamed(method="score")
def out_of_distribution_score(
    logits: npt.ArrayLike,
    /,
    *,
    score: NoveltyScore = "energy",
    temperature: float = 1.0,
    gamma: float = 0.1,
    top: int = 100,
    axis: int | None = None,
) -> np.floating | npt.NDArray[np.floating]:
    r"""Score how unlike anything seen in training a row is: higher means less alike, whatever the score.

    .. math::

        \text{energy} &: -T \log \sum_k \exp(x_k / T) \\
        \text{top\_probability} &: \log(1 - \max_k p_k) \\
        \text{max\_logit} &: -\max_k x_k \\
        \text{generalized\_entropy} &: \sum_{k \le M} p_{(k)}^\gamma (1 - p_{(k)})^\gamma

    Parameters
    ----------
    logits : array-like, shape (..., n_classes), or (n_rows,) or (..., 1) for one sigmoid per row
        Logits, never probabilities; the logit z of a sigmoid stands for the pair (0, z).
    score : {"energy", "top_probability", "max_logit", "generalized_entropy"}, default "energy"
        Which of these formulas.
    temperature : float, default 1.0
        T > 0, dividing the logits of all scores but ``"max_logit"``.
    gamma : float, default 0.1
        Of the generalised entropy, between 0 and 1.
    top : int, default 100
        M: how many of the most probable classes the generalised entropy is about, at most all.
    axis : int, optional
        The class axis; by default the last, except that a vector is one sigmoid per row. To score a single row of
        several classes, pass ``axis=-1``.

    Returns
    -------
    ndarray of the floating dtype of `logits`, without the class axis; a scalar for a single row
        The scores, rounded to multiples of 2^-20; the generalised entropy, which is no logarithm, to 21 bits.

    Raises
    ------
    ArgumentError
        For a row with NaN, with +inf or with nothing but -inf, and for options out of range; AxisError, DTypeError
        for what does not fit.

    See Also
    --------
    false_alarm_threshold : from what score on to raise an alarm.
    metrics.detection_auroc : how well scores tell new inputs from known ones.

    Notes
    -----
    The top probability is scored by the logarithm of its complement, which orders rows as 1 - max p does but
    does not end in ties where max p is rounded to 1. The same complement is used in the generalised entropy. The energy
    keeps the common level of the logits, which softmax takes away; comparing energies of two models means nothing.

    Scores are rounded because they are made to be compared with a threshold that was learned from others: on another
    processor the last bits of logits differ, and no alarm should hang on them.

    Source: Hendrycks, Gimpel, ICLR 2017 (maximum softmax probability); Liu et al., NeurIPS 2020 (energy); Hendrycks et
    al., ICML 2022 (maximum logit); Liu, Lochman, Zach, CVPR 2023 (GEN, with gamma = 0.1 and M = 100).

    Examples
    --------
    >>> import softargmax as sm
    >>> known, unknown = [9.0, 1.0, 0.0], [1.0, 1.5, 0.5]
    >>> sm.out_of_distribution_score([known, unknown])
    array([-9.00045872, -2.18026924])
    """
    as_choice(score, "score", get_args(NoveltyScore))
    t = as_real(temperature, "temperature", low=0.0, open_low=True, open_high=True)
    power = as_real(gamma, "gamma", low=0.0, high=1.0, open_low=True)
    most = as_integer(top, "top", low=1)
    array = as_numbers(logits, "logits")
    rows, _ = rows_of_classes(array, axis)
    x = rows.astype(np.float64)
    largest = x.max(axis=-1, keepdims=True)
    if not np.isfinite(largest).all():
        row = np.argwhere(~np.isfinite(largest[..., 0]))[0]
        at = f" in row {', '.join(map(str, row))}" if len(row) else ""
        raise ArgumentError(
            f"logits: expected rows of finite logits or -inf, at least one finite, got others{at}", parameter="logits"
        )
    with np.errstate(over="ignore"):  # what is infinitely far below the largest logit has no probability
        gaps = (x - largest) / t
    largest = largest[..., 0]
    if score == "energy":
        scores = -(largest + t * logsumexp(gaps))
    elif score == "top_probability":
        scores = _log_complement(gaps)
    elif score == "max_logit":
        scores = -largest
    else:
        scores = _generalized_entropy(gaps, power, most)
    rounded = _to_21_bits(scores) if score == "generalized_entropy" else steady(scores)
    narrowed: npt.NDArray[np.floating] = narrow(rounded, floating_dtype(array))
    return narrowed[()]  # of one row a number


def _generalized_entropy(gaps: Array, gamma: float, top: int) -> Array:
    log_p = -np.sort(-np.asarray(log_softmax(gaps)), axis=-1)[..., :top]
    log_rest = np.empty_like(log_p)
    log_rest[..., 0] = _log_complement(gaps)
    log_rest[..., 1:] = np.log1p(-np.exp(log_p[..., 1:]))  # at most 1/2 each: nothing is lost
    terms = np.exp(gamma * (log_p + log_rest))
    # One after the other, so that a row's sum does not depend on its neighbours.
    return np.asarray(np.add.accumulate(terms, axis=-1)[..., -1])


def _log_complement(gaps: Array) -> Array:
    """log(1 - max p): the largest term is 1 and the others sum to s, so 1 - max p is s / (1 + s)."""
    others = np.arange(gaps.shape[-1]) != gaps.argmax(axis=-1)[..., np.newaxis]
    return np.asarray(log_sigmoid(logsumexp(gaps, where=others)))


def _to_21_bits(scores: Array) -> Array:
    mantissa, exponent = np.frexp(scores)
    return np.asarray(np.ldexp(np.rint(mantissa * 2.0**21), exponent - 21))
