"""Cross-entropy of tensors, with its derivative from the same walk over the rows."""

from typing import Literal

import torch
from torch import Tensor

from softargmax._renamed import provisional
from softargmax.probabilities._reduction import check_reduction, check_shapes
from softargmax.torch import operators

# What no code is: PyTorch's operators take integers, not None.
_NOTHING = -(2**63)


@provisional
def cross_entropy(
    logits: Tensor,
    targets: Tensor,
    /,
    *,
    axis: int = -1,
    class_weight: Tensor | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> Tensor:
    r"""Compare logits with what was true: the loss that trains a softmax, in nats.

    .. math:: \ell = -\sum_j w_j\, q_j \log p_j, \qquad p = \mathrm{softmax}(x)

    Parameters
    ----------
    logits : Tensor, shape (..., n_classes)
        Logits, floating.
    targets : Tensor
        Integers: class codes, of the shape of `logits` without the class axis. Floating: a weight for every class, a
        probability mostly, of the shape of `logits`; looking whether they are some would wait for a GPU.
    axis : int, default -1
        The class axis.
    class_weight : Tensor, shape (n_classes,), optional
        The factors w.
    ignore_index : int, optional
        The code of rows that do not count.
    label_smoothing : float, default 0.0
        The share of the target that is spread over all classes.
    reduction : {"mean", "sum", "none"}, default "mean"
        As of ``softargmax.cross_entropy``.

    Returns
    -------
    Tensor
        In the dtype of `logits`; float32 for half precision.

    Raises
    ------
    TargetError
        On the processor, for a code that is no class; ShapeError for codes or weights of another shape, ArgumentError
        for another `reduction`.

    See Also
    --------
    softargmax.cross_entropy : the same for arrays.

    Notes
    -----
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 6.2.2.3.

    Examples
    --------
    >>> import torch
    >>> from softargmax.torch import cross_entropy
    >>> cross_entropy(torch.tensor([[1.0, 3.0, 2.0]]), torch.tensor([1]))
    tensor(0.4076)
    """
    check_reduction(reduction)
    x = logits.movedim(axis, -1)
    check_shapes(
        tuple(logits.shape),
        tuple(x.shape),
        tuple(targets.shape),
        None if class_weight is None else tuple(class_weight.shape),
        floating=targets.is_floating_point(),
    )
    if targets.is_floating_point():
        losses = _of_shares(x, _smoothed(targets.movedim(axis, -1), label_smoothing), class_weight)
        number = torch.ones_like(losses)
    else:
        ignored = _NOTHING if ignore_index is None else ignore_index
        codes = targets.long()  # PyTorch compares narrower integers with what is left of a number in their bits
        losses = _of_codes(x, codes, class_weight, ignored, float(label_smoothing))
        number = (codes != ignored).to(losses.dtype)
        if class_weight is not None:
            number = number * _weight_of(codes, class_weight, ignored).to(losses.dtype)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / number.sum()


def _smoothed(q: Tensor, smoothing: float) -> Tensor:
    return (1.0 - smoothing) * q + smoothing / q.shape[-1] if smoothing > 0 else q


def _of_shares(x: Tensor, q: Tensor, class_weight: Tensor | None) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    q = q.to(wide.dtype) if class_weight is None else q.to(wide.dtype) * class_weight.to(wide.dtype)
    log_p = operators.log_softmax(wide, -1)
    return -(q * torch.where(q == 0, 0.0, log_p)).sum(-1)


def _of_codes(x: Tensor, codes: Tensor, class_weight: Tensor | None, ignored: int, smoothing: float) -> Tensor:
    wanted = torch.is_grad_enabled() and x.requires_grad
    alone = 0.0 if class_weight is not None else smoothing  # the operator knows no weights of classes
    losses: Tensor = operators.cross_entropy(x, codes, wanted, ignored, alone)[0]
    if class_weight is None:
        return losses
    losses = losses * _weight_of(codes, class_weight, ignored).to(losses.dtype)
    if smoothing == 0:
        return losses
    spread = _of_shares(x, torch.full_like(x, smoothing / x.shape[-1]), class_weight)
    return (1.0 - smoothing) * losses + torch.where(codes == ignored, 0.0, spread)


def _weight_of(codes: Tensor, class_weight: Tensor, ignored: int) -> Tensor:
    return class_weight[torch.where(codes == ignored, 0, codes)]
