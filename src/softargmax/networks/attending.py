"""attention and its derivatives, for arrays; tensors go to the fused functions of their own libraries."""

import numpy.typing as npt

from softargmax._arrays import Array, as_floating
from softargmax._libraries import library_of
from softargmax._options import as_flag
from softargmax._renamed import provisional
from softargmax.networks import attention_tensors
from softargmax.networks.score_blocks import ScoreBlocks


@provisional
def attention(
    query: npt.ArrayLike,
    key: npt.ArrayLike,
    value: npt.ArrayLike,
    /,
    *,
    mask: npt.ArrayLike | None = None,
    causal: bool = False,
    scale: float | None = None,
    block: int | None = None,
) -> Array:
    r"""Give every query a mean of the values, weighted by how well their keys fit it.

    .. math:: o_i = \sum_j \mathrm{softmax}_j(s\, q_i \cdot k_j + b_{ij})\, v_j

    Parameters
    ----------
    query : array-like, shape (..., n, d)
        n rows that ask.
    key : array-like, shape (..., m, d)
        m rows that may answer. Leading axes, as those for heads, broadcast.
    value : array-like, shape (..., m, e)
        What they answer.
    mask : array-like, shape (..., n, m), optional
        Booleans: True for a key that counts. Floating: what is added to a score, -inf for a key that does not count.
        It broadcasts.
    causal : bool, default False
        A query sees keys up to its own place: j <= i, counted from the first, also where n and m differ.
    scale : float, optional
        The factor s; by default 1 / sqrt(d).
    block : int, optional
        How many keys are seen at once. It decides last digits, and the memory, which is 256 scores for each.

    Returns
    -------
    ndarray, shape (..., n, e)
        In the common floating dtype. 0 for a query for which no key counts.

    Raises
    ------
    ShapeError
        For arrays that do not fit; DTypeError, ArgumentError for other kinds of numbers and options.

    See Also
    --------
    attention_backward : its derivatives.
    softargmax.softmax : the weights.

    Notes
    -----
    Memory beside the result does not grow with n or m. Tensors of PyTorch and arrays of JAX go to those libraries' own
    fused functions. Sources: Vaswani et al., *NeurIPS* 2017; Dao et al., *NeurIPS* 2022, for the blocks.

    Examples
    --------
    >>> import numpy as np
    >>> from softargmax.networks import attention
    >>> attention(np.zeros((1, 2)), np.ones((2, 2)), np.array([[0.0], [1.0]]))
    array([[0.5]])
    """
    library = library_of(query)
    if library is not None:
        return attention_tensors.attention(library, query, key, value, mask, as_flag(causal, "causal"), scale)
    call = ScoreBlocks.of(query, key, value, mask, causal, scale, block)
    return call.forward()[0].astype(call.dtype, copy=False)


@provisional
def attention_backward(
    gradient: npt.ArrayLike,
    query: npt.ArrayLike,
    key: npt.ArrayLike,
    value: npt.ArrayLike,
    /,
    *,
    mask: npt.ArrayLike | None = None,
    causal: bool = False,
    scale: float | None = None,
    block: int | None = None,
) -> tuple[Array, Array, Array]:
    r"""Give the derivatives of a loss by query, key and value, from that by what `attention` gave.

    .. math:: dS_{ij} = p_{ij} (g_i \cdot v_j - g_i \cdot o_i), \qquad
              dq = s\, dS\, k, \quad dk = s\, dS^\top q, \quad dv = p^\top g

    Parameters
    ----------
    gradient : array-like, shape (..., n, e)
        The derivative g of the loss by the result of `attention`.
    query, key, value, mask, causal, scale, block
        What `attention` was called with.

    Returns
    -------
    query, key, value : ndarray
        Derivatives of the shapes of those arrays; where these were broadcast, summed.

    Raises
    ------
    ShapeError
        For arrays that do not fit; DTypeError, ArgumentError for other kinds of numbers and options.

    See Also
    --------
    attention : the function. Tensors are differentiated by their own libraries.

    Notes
    -----
    Weights are computed once more, block by block, so no matrix of n by m numbers is ever there.
    Source: Dao et al., *NeurIPS* 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from softargmax.networks import attention_backward
    >>> dq, dk, dv = attention_backward(np.ones((1, 1)), np.zeros((1, 2)), np.ones((2, 2)), np.array([[0.0], [1.0]]))
    >>> dv
    array([[0.5],
           [0.5]])
    """
    call = ScoreBlocks.of(query, key, value, mask, causal, scale, block)
    return call.backward(as_floating(gradient, "gradient"))
