"""softmax and its relatives for tensors inside a network, called as those of the package are.

The functions of the package take tensors too, and give tensors; these are operators that PyTorch knows: they go
through ``torch.compile(fullgraph=True)``, and their derivatives are kernels.
"""

import torch
from torch import Tensor

from softargmax._renamed import provisional
from softargmax.probabilities import _elsewhere
from softargmax.torch import operators


@provisional
def softmax(x: Tensor, /, *, axis: int = -1, temperature: float | Tensor = 1.0, where: Tensor | None = None) -> Tensor:
    r"""Turn logits into probabilities.

    .. math:: p_j = \exp(x_j / T) / \sum_k \exp(x_k / T)

    Parameters
    ----------
    x : Tensor, shape (..., n_classes)
        Logits, floating.
    axis : int, default -1
        The class axis.
    temperature : float or Tensor, default 1.0
        T > 0; one for each row has length 1 along the class axis, and may be learned. The number 0 gives the limit, as
        of arrays: all the probability on the first of the largest; a tensor is not looked into, and gives NaN there.
    where : Tensor of bool, optional
        True for what counts; the rest gets probability 0.

    Returns
    -------
    Tensor of the shape and dtype of `x`

    Raises
    ------
    DTypeError
        On the processor, for a tensor that is not floating; ArgumentError for a negative temperature; RuntimeError or
        IndexError, PyTorch's own, for tensors that do not fit.

    See Also
    --------
    softargmax.softmax : the same for arrays.

    Notes
    -----
    What NaN, ±inf and masked rows give stands there. Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016),
    6.2.2.3.

    Examples
    --------
    >>> import torch
    >>> from softargmax.torch import softmax
    >>> softmax(torch.tensor([1.0, 3.0, 2.0]))
    tensor([0.0900, 0.6652, 0.2447])
    """
    if _is_no_divisor(temperature):
        return _elsewhere.softmax(operators.of(x), x, axis=axis, temperature=temperature, where=where, dtype=None)
    p = operators.softmax(_tempered(x, axis, temperature, where), axis)
    return p if where is None else torch.where(where, p, 0.0)


@provisional
def log_softmax(
    x: Tensor, /, *, axis: int = -1, temperature: float | Tensor = 1.0, where: Tensor | None = None
) -> Tensor:
    r"""Give the logarithm of `softmax`, in nats.

    .. math:: \log p_j = x_j / T - \log \sum_k \exp(x_k / T)

    Parameters
    ----------
    x, axis, temperature, where
        As for `softmax`. What `where` leaves out gets -inf.

    Returns
    -------
    Tensor of the shape and dtype of `x`

    Raises
    ------
    DTypeError
        On the processor, for a tensor that is not floating; RuntimeError or IndexError, PyTorch's own, for tensors
        that do not fit.

    See Also
    --------
    softargmax.log_softmax : the same for arrays.

    Examples
    --------
    >>> import torch
    >>> from softargmax.torch import log_softmax
    >>> log_softmax(torch.tensor([0.0, 1000.0]))
    tensor([-1000.,     0.])
    """
    if _is_no_divisor(temperature):
        return _elsewhere.log_softmax(operators.of(x), x, axis=axis, temperature=temperature, where=where, dtype=None)
    log_p = operators.log_softmax(_tempered(x, axis, temperature, where), axis)
    return log_p if where is None else torch.where(where, log_p, -torch.inf)


def _is_no_divisor(temperature: float | Tensor) -> bool:
    """Tell whether a temperature is 0, which gives the limit of low ones, or is to be refused."""
    return not isinstance(temperature, Tensor) and not 0.0 < temperature < float("inf")


def _tempered(x: Tensor, axis: int, temperature: float | Tensor, where: Tensor | None) -> Tensor:
    if where is not None:
        x = torch.where(where, x, -torch.inf)
    if isinstance(temperature, float | int) and temperature == 1:
        return x
    # No function of this room depends on a constant that is added to a row, so the maximum needs no derivative.
    top = x.detach().amax(axis, keepdim=True)
    return (x - torch.where(top.isfinite(), top, 0.0)) / temperature


@provisional
def logsumexp(x: Tensor, /, *, axis: int = -1, where: Tensor | None = None, keepdims: bool = False) -> Tensor:
    r"""Give the logarithm of a sum of exponentials, in nats.

    .. math:: \log \sum_k \exp(x_k)

    Parameters
    ----------
    x, axis, where
        As for `softmax`.
    keepdims : bool, default False
        Keep the axis summed over, with length 1.

    Returns
    -------
    Tensor of the dtype of `x`

    Raises
    ------
    DTypeError
        On the processor, for a tensor that is not floating; RuntimeError or IndexError, PyTorch's own, for tensors
        that do not fit.

    See Also
    --------
    softargmax.logsumexp : the same for arrays.

    Examples
    --------
    >>> import torch
    >>> from softargmax.torch import logsumexp
    >>> logsumexp(torch.tensor([10.0, 10.0]))
    tensor(10.6931)
    """
    total = operators.logsumexp(x if where is None else torch.where(where, x, -torch.inf), axis)
    return total.unsqueeze(axis) if keepdims and x.ndim else total


@provisional
def sparsemax(x: Tensor, /, *, axis: int = -1) -> Tensor:
    r"""Project logits onto the simplex: probabilities, those of unlikely classes exactly 0.

    .. math:: p_j = \max(x_j - \tau, 0)

    Parameters
    ----------
    x, axis
        As for `softmax`.

    Returns
    -------
    Tensor of the shape and dtype of `x`

    Raises
    ------
    DTypeError
        On the processor, for a tensor that is not floating; RuntimeError or IndexError, PyTorch's own, for tensors
        that do not fit.

    See Also
    --------
    softargmax.sparsemax : the same for arrays.

    Examples
    --------
    >>> import torch
    >>> from softargmax.torch import sparsemax
    >>> sparsemax(torch.tensor([1.0, 1.5, 0.0]))
    tensor([0.2500, 0.7500, 0.0000])
    """
    return operators.sparsemax(x, axis)


@provisional
def entmax15(x: Tensor, /, *, axis: int = -1) -> Tensor:
    r"""Turn logits into probabilities halfway between `softmax` and `sparsemax`.

    .. math:: p_j = \max(x_j / 2 - \tau, 0)^2

    Parameters
    ----------
    x, axis
        As for `softmax`.

    Returns
    -------
    Tensor of the shape and dtype of `x`

    Raises
    ------
    DTypeError
        On the processor, for a tensor that is not floating; RuntimeError or IndexError, PyTorch's own, for tensors
        that do not fit.

    See Also
    --------
    softargmax.entmax15 : the same for arrays.

    Examples
    --------
    >>> import torch
    >>> from softargmax.torch import entmax15
    >>> entmax15(torch.tensor([0.0, 0.0, -4.0]))
    tensor([0.5000, 0.5000, 0.0000])
    """
    return operators.entmax15(x, axis)


@provisional
def entropy(*, logits: Tensor, axis: int = -1) -> Tensor:
    r"""Give the uncertainty of the distribution that logits stand for, in nats.

    .. math:: H = -\sum_j p_j \log p_j

    Parameters
    ----------
    logits : Tensor, shape (..., n_classes)
        Logits, floating.
    axis : int, default -1
        The class axis.

    Returns
    -------
    Tensor of the dtype of `logits`

    Raises
    ------
    DTypeError
        On the processor, for a tensor that is not floating; RuntimeError or IndexError, PyTorch's own, for tensors
        that do not fit.

    See Also
    --------
    softargmax.entropy : the same for arrays.

    Examples
    --------
    >>> import torch
    >>> from softargmax.torch import entropy
    >>> entropy(logits=torch.tensor([0.0, 0.0]))
    tensor(0.6931)
    """
    log_p = operators.log_softmax(logits, axis)
    terms = operators.softmax(logits, axis) * torch.where(log_p == -torch.inf, 0.0, log_p)
    return -terms.sum(axis)
