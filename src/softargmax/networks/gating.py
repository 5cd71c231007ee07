"""Gates of experts: which few of many parts of a network take a row, and how much each of them counts."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._libraries import Library, dtype_name, library_of
from softargmax._renamed import provisional
from softargmax.decisions import top_k
from softargmax.exceptions import DTypeError, ShapeError
from softargmax.probabilities import softmax


class Gates(NamedTuple):
    """The experts of every row, and how much each of them counts."""

    codes: Array
    weights: Array


class _NumPy:
    """NumPy where other libraries stand: the names of the standard, for arrays of its own."""

    xp: Any = np

    def array(self, x: Any) -> Any:
        return np.asarray(x)

    def cast(self, x: Any, dtype: str) -> Any:
        return x.astype(dtype)


def _library_of(x: Any) -> Library | _NumPy:
    return library_of(x) or _NumPy()


@provisional
def top_k_gates(logits: npt.ArrayLike, k: int, /) -> Gates:
    r"""Choose the k experts with the largest logits for every row, and share a weight of 1 among them.

    .. math:: w_i = \exp(x_{c_i}) / \sum_{j \le k} \exp(x_{c_j})

    Parameters
    ----------
    logits : array-like, shape (..., n_experts)
        What a router says of every expert.
    k : int
        How many experts take a row.

    Returns
    -------
    Gates
        ``codes`` (int64) and ``weights`` (in the floating dtype of `logits`), both of shape (..., k), largest first.

    Raises
    ------
    ArgumentError
        For a k that is not between 1 and n_experts; DTypeError for what is no number.

    See Also
    --------
    load_balancing_loss : what keeps a router from sending all rows to the same experts.
    softargmax.top_k : the same choice, with the probabilities among all.

    Notes
    -----
    A derivative flows through the weights, not through the choice. Source: Shazeer et al., *ICLR* 2017, without noise.

    Examples
    --------
    >>> from softargmax.networks import top_k_gates
    >>> codes, weights = top_k_gates([0.0, 2.0, -1.0, 2.0], 2)
    >>> codes
    array([1, 3])
    >>> weights
    array([0.5, 0.5])
    """
    library = _library_of(logits)
    x = library.array(logits)
    codes = library.array(top_k(x, k).codes)
    return Gates(codes, softmax(library.xp.take_along_axis(x, codes, axis=-1)))


@provisional
def load_balancing_loss(logits: npt.ArrayLike, codes: npt.ArrayLike, /) -> Array:
    r"""Tell how unevenly a router shares rows among experts: 1 where evenly, up to n_experts where one gets all.

    .. math:: \ell = n \sum_e f_e P_e

    Parameters
    ----------
    logits : array-like, shape (..., n_experts)
        What a router says of every expert; n is their number.
    codes : array-like of int, shape (...) or (..., k)
        The experts that were chosen for every row.

    Returns
    -------
    array of no axes
        In the floating dtype of `logits`. f is the share of choices that fell on an expert, P the mean of its
        probabilities, through which alone a derivative flows.

    Raises
    ------
    ShapeError
        For codes of another shape; DTypeError for codes that are no integers.

    See Also
    --------
    top_k_gates : the choice.

    Notes
    -----
    Source: Fedus, Zoph, Shazeer, *JMLR* 2022, equations 4 to 6, for one expert a row. For k of them transformers'
    ``load_balancing_loss_func`` adds the shares up where they are averaged here, and is k times as large.

    Examples
    --------
    >>> from softargmax.networks import load_balancing_loss
    >>> float(load_balancing_loss([[0.0, 0.0], [0.0, 0.0]], [0, 1]))
    1.0
    """
    library = _library_of(logits)
    xp = library.xp
    p, chosen = softmax(library.array(logits)), library.array(codes)
    name = dtype_name(chosen.dtype)
    if "int" not in name:
        raise DTypeError(f"codes: expected integers, got {name}", parameter="codes")
    if tuple(chosen.shape[: p.ndim - 1]) != tuple(p.shape[:-1]) or chosen.ndim > p.ndim:
        raise ShapeError(
            f"codes: expected shape {tuple(p.shape[:-1])}, or one axis more, got {tuple(chosen.shape)}",
            parameter="codes",
        )
    n = p.shape[-1]
    hot = library.cast(xp.arange(n) == chosen[..., None], dtype_name(p.dtype))
    counts = xp.sum(xp.reshape(hot, (-1, n)), axis=0)
    rows = xp.reshape(p, (-1, n))
    result: Array = n * xp.sum(counts / xp.sum(counts) * (xp.sum(rows, axis=0) / rows.shape[0]))
    return result
