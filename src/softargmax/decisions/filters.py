"""Filters of tokens before a draw: temperature and six filters, in the order of the program that one compares with.

`sample` has the four that everybody uses and needs no sorting. Here are all, as logits in and logits out, so that one
can see what was kept, and filters or a draw of one's own can follow. Rows are sorted once, and every filter works on
the sorted row: it writes -inf where it leaves a class out, and the next one sees only what is left.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_numbers, loss_dtype, narrow
from softargmax._options import as_choice
from softargmax._renamed import provisional
from softargmax.decisions._class_axis import class_axis_last
from softargmax.decisions._row_options import of_each
from softargmax.decisions.choice import top_k as the_largest
from softargmax.exceptions import ArgumentError
from softargmax.probabilities import log_softmax, softmax

Filter = Callable[[Array, Array], Array]


@provisional
def filter_logits(
    logits: npt.ArrayLike,
    /,
    *,
    temperature: npt.ArrayLike = 1.0,
    top_k: npt.ArrayLike | None = None,
    top_p: npt.ArrayLike | None = None,
    min_p: npt.ArrayLike | None = None,
    typical_p: npt.ArrayLike | None = None,
    epsilon: npt.ArrayLike | None = None,
    order: Literal["transformers", "llama.cpp"] = "transformers",
) -> npt.NDArray[np.floating[Any]]:
    r"""Divide logits by a temperature, and write -inf for every class that a filter leaves out.

    .. math:: x'_j = x_j / T \quad (j \in K), \qquad x'_j = -\infty \quad (j \notin K)

    K is what is kept. Each filter looks at the softmax of what the one before it kept.

    Parameters
    ----------
    logits : array-like, shape (..., n_classes)
        Logits, never probabilities. -inf is never kept.
    temperature : float, or an array-like of one per row, default 1.0
        T >= 0. 0 keeps the class of `argmax`.
    top_k : int, or an array-like of one per row, optional
        Keep the k most probable classes; of equal ones those with the lower codes. 0 and -1 keep all.
    top_p : float, or an array-like of one per row, optional
        Keep the most probable classes, as few as have together at least the share p, between 0 and 1.
    min_p : float, or an array-like of one per row, optional
        Keep the classes with at least p times the probability of the most probable one, p between 0 and 1.
    typical_p : float, or an array-like of one per row, optional
        Keep the classes whose -log p_j is nearest to the entropy, as few as have together at least this share, and all
        that are as near as the last of them. The most probable class need not be among them. 1 keeps all.
    epsilon : float, or an array-like of one per row, optional
        Keep the classes with at least this probability, between 0 and 1, and in any case the most probable one.
    order : {"transformers", "llama.cpp"}, default "transformers"
        "transformers": temperature, top_k, top_p, min_p, typical_p, epsilon. "llama.cpp": top_k, typical_p, top_p,
        min_p, temperature, so that all filters judge the probabilities at temperature 1; it has no epsilon.

    Returns
    -------
    ndarray of the shape of `logits`
        In their floating dtype, float32 for half precision; at least one class of a row is finite.

    Raises
    ------
    ArgumentError
        For a row that has no `softmax`, options out of range, and a temperature by which logits leave the range of the
        dtype; ShapeError, AxisError, DTypeError for what does not fit.

    See Also
    --------
    sample : the draw; without `typical_p` and `epsilon` it filters by itself, and faster.
    penalize_logits, bias_logits : what comes before, in both programs.

    Notes
    -----
    Without `typical_p` and `epsilon`, ``sample(filter_logits(x, ...))`` draws what ``sample(x, ...)`` draws, and
    ``order="llama.cpp"`` is its ``temperature_last=True``. The orders are those that both programs have unless they are
    told another: transformers 5, llama.cpp of 2025. transformers keeps all of `top_k`'s equal logits.
    Source: Meister, Pimentel, Wiher, Cotterell, *TACL* 11 (2023), for `typical_p`; Hewitt, Manning, Liang, *Findings of
    EMNLP* (2022), for `epsilon`; `sample` names the others'.

    Examples
    --------
    >>> import softargmax as sm
    >>> from softargmax.decisions import filter_logits
    >>> kept = filter_logits([1.0, 4.0, 2.0, 3.0], temperature=0.5, top_k=3, epsilon=0.1)
    >>> kept
    array([-inf,   8., -inf,   6.])
    >>> int(sm.sample(kept, rng=0))
    1
    """
    as_choice(order, "order", tuple(_ORDERS))
    if epsilon is not None and "epsilon" not in _ORDERS[order]:
        raise ArgumentError(
            f"epsilon: expected none for order={order!r}, which has no such filter, got {epsilon!r}; use min_p",
            parameter="epsilon",
        )
    array = as_numbers(logits, "logits")
    rows, _ = class_axis_last(array, -1, "logits")
    shape = rows.shape[:-1]
    asked = {
        "temperature": of_each(temperature, "temperature", shape, 1.0, low=0.0),
        "top_k": of_each(top_k, "top_k", shape, 0, low=-1),
        "top_p": of_each(top_p, "top_p", shape, 1.0, low=0.0, high=1.0),
        "min_p": of_each(min_p, "min_p", shape, 0.0, low=0.0, high=1.0),
        "typical_p": of_each(typical_p, "typical_p", shape, 1.0, low=0.0, high=1.0),
        "epsilon": of_each(epsilon, "epsilon", shape, 0.0, low=0.0, high=1.0),
    }
    x = rows.astype(np.float64)
    _check_rows(x)
    places = _falling_places(x, asked["top_k"])
    falling = np.take_along_axis(x, places, axis=-1)
    for name in _ORDERS[order]:
        option = asked[name][..., np.newaxis]
        if (option != _OFF[name]).any():
            falling = _FILTERS[name](falling, option)
    kept = np.full_like(x, -np.inf)
    np.put_along_axis(kept, places, falling, axis=-1)
    result = narrow(kept, loss_dtype(rows))
    if (result == np.inf).any():
        raise ArgumentError(
            f"temperature: expected one by which logits stay finite in {result.dtype}, got one that is too small; 0 "
            "keeps the most probable class",
            parameter="temperature",
        )
    return result


def _falling_places(x: Array, k: Array) -> Array:
    """Give the codes of each row, the most probable first; no more than a filter leaves that comes before all others.

    In both orders nothing but a division stands before `top_k`, and to find a few takes a hundredth of a sort.
    """
    most = int(k.max(initial=1))
    if (k > 0).all() and most < x.shape[-1]:
        return the_largest(x, most).codes
    return np.argsort(-x, axis=-1, kind="stable")


def _by_temperature(falling: Array, temperature: Array) -> Array:
    is_cold = temperature == 0.0
    with np.errstate(over="ignore"):
        divided = falling / np.where(is_cold, 1.0, temperature)
    return np.where(is_cold & (_rank(falling) != 1), -np.inf, divided)


def _by_top_k(falling: Array, k: Array) -> Array:
    return np.where((k > 0) & (_rank(falling) > k), -np.inf, falling)


def _by_top_p(falling: Array, share: Array) -> Array:
    sums = np.asarray(softmax(falling)).cumsum(axis=-1)
    before = np.concatenate([np.zeros_like(share), sums[..., :-1]], axis=-1)
    has_enough = (before >= share * sums[..., -1:]) & (share < 1.0)
    return np.where(has_enough & (_rank(falling) > 1), -np.inf, falling)


def _by_min_p(falling: Array, share: Array) -> Array:
    with np.errstate(divide="ignore"):  # of the share 0, which keeps all
        least = falling.max(axis=-1, keepdims=True) + np.log(share)
    return np.where(falling >= least, falling, -np.inf)


def _by_typical_p(falling: Array, share: Array) -> Array:
    log_p = np.asarray(log_softmax(falling))
    is_kept = log_p > -np.inf
    finite = np.where(is_kept, log_p, 0.0)
    p = np.where(is_kept, np.exp(finite), 0.0)
    surprise_beyond_mean = -finite - (-(p * finite).sum(axis=-1, keepdims=True))
    distance = np.where(is_kept, np.abs(surprise_beyond_mean), np.inf)
    by_distance = np.argsort(distance, axis=-1, kind="stable")
    sums = np.take_along_axis(p, by_distance, axis=-1).cumsum(axis=-1)
    last = np.minimum((sums < share).sum(axis=-1, keepdims=True), p.shape[-1] - 1)
    farthest = np.take_along_axis(np.take_along_axis(distance, by_distance, axis=-1), last, axis=-1)
    return np.where((distance <= farthest) | (share >= 1.0), falling, -np.inf)


def _by_epsilon(falling: Array, epsilon: Array) -> Array:
    is_largest = falling == falling.max(axis=-1, keepdims=True)
    return np.where((np.asarray(softmax(falling)) >= epsilon) | is_largest, falling, -np.inf)


def _rank(falling: Array) -> Array:
    """Number the classes that are left, from 1 on, in their order."""
    return (falling > -np.inf).cumsum(axis=-1)


def _check_rows(x: Array) -> None:
    wrong = np.isnan(x).any(axis=-1) | ~np.isfinite(x.max(axis=-1))
    if wrong.any():
        place = np.unravel_index(int(wrong.argmax()), wrong.shape)
        at = f" in row {', '.join(map(str, place))}" if place else ""
        raise ArgumentError(
            f"logits: expected rows of finite logits or -inf, at least one finite, got others{at}", parameter="logits"
        )


_FILTERS: dict[str, Filter] = {
    "temperature": _by_temperature,
    "top_k": _by_top_k,
    "top_p": _by_top_p,
    "min_p": _by_min_p,
    "typical_p": _by_typical_p,
    "epsilon": _by_epsilon,
}
_OFF = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "typical_p": 1.0, "epsilon": 0.0}
_ORDERS: dict[str, tuple[str, ...]] = {
    "transformers": ("temperature", "top_k", "top_p", "min_p", "typical_p", "epsilon"),
    "llama.cpp": ("top_k", "typical_p", "top_p", "min_p", "temperature"),
}
