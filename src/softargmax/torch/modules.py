"""Drop-in modules for PyTorch's own of the same names, on our operators."""

from typing import Any

import torch
from torch import Tensor

from softargmax._renamed import provisional
from softargmax.torch import operators
from softargmax.torch.losses import cross_entropy


@provisional
class Softmax(torch.nn.Softmax):
    """Softmax along a dimension: ``torch.nn.Softmax`` by our kernels, with the same arguments.

    Parameters
    ----------
    dim : int
        The class axis. Without it PyTorch's own module guesses one, and warns; this one leaves that to it.

    Examples
    --------
    >>> import torch
    >>> from softargmax.torch import Softmax
    >>> Softmax(dim=-1)(torch.tensor([1.0, 3.0, 2.0]))
    tensor([0.0900, 0.6652, 0.2447])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Turn logits into probabilities."""
        if self.dim is None or not input.is_floating_point():
            return super().forward(input)
        return operators.softmax(input, self.dim)


@provisional
class LogSoftmax(torch.nn.LogSoftmax):
    """The logarithm of softmax: ``torch.nn.LogSoftmax`` by our kernels, with the same arguments.

    Parameters
    ----------
    dim : int
        The class axis, as of `Softmax`.

    Examples
    --------
    >>> import torch
    >>> from softargmax.torch import LogSoftmax
    >>> LogSoftmax(dim=-1)(torch.tensor([0.0, 1000.0]))
    tensor([-1000.,     0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Turn logits into log-probabilities."""
        if self.dim is None or not input.is_floating_point():
            return super().forward(input)
        return operators.log_softmax(input, self.dim)


@provisional
class CrossEntropyLoss(torch.nn.CrossEntropyLoss):
    """Cross-entropy of logits: ``torch.nn.CrossEntropyLoss`` by our kernels, with the same arguments.

    Loss and derivative come from one walk over the rows. Unlike in PyTorch's, a class of probability 0 in the target
    costs 0 where its logit is -inf, and a code that is no class is an error of ours.

    Parameters
    ----------
    weight : Tensor, shape (n_classes,), optional
        A factor for every class.
    size_average, reduce : bool, optional
        Old words for `reduction`.
    ignore_index : int, default -100
        The code of rows that do not count.
    reduction : {"mean", "sum", "none"}, default "mean"
        As PyTorch's: the mean of codes is weighted by the classes' weights.
    label_smoothing : float, default 0.0
        The share of the target that is spread over all classes.

    Examples
    --------
    >>> import torch
    >>> from softargmax.torch import CrossEntropyLoss
    >>> CrossEntropyLoss()(torch.tensor([[1.0, 3.0, 2.0]]), torch.tensor([1]))
    tensor(0.4076)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare logits with codes, or with a probability for every class."""
        options: Any = {"class_weight": self.weight, "ignore_index": self.ignore_index, "reduction": self.reduction}
        if target.is_floating_point():
            options["ignore_index"] = None
        loss = cross_entropy(
            input, target, axis=1 if input.ndim > 1 else 0, label_smoothing=self.label_smoothing, **options
        )
        return loss.to(input.dtype)
