"""PyTorch: the operators that its OpInfo describes, in its signatures, on ours. Tensors go in, tensors come out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import softargmax as sm
from softargmax import probabilities as ours

from . import counted

Host = Callable[..., Any]


def put_all() -> None:
    """Nothing is put: torch_samples.py asks both."""


def _tensor(result: Any) -> Any:
    return torch.from_numpy(np.array(result)) if not isinstance(result, torch.Tensor) else result


def _mean(losses: Any, reduction: str) -> Any:
    return {"none": lambda x: x, "mean": np.mean, "sum": np.sum}[reduction](losses)


def _with_dim(function: Host, sign: int = 1) -> Host:
    def called(x: Any, dim: int, dtype: Any = None, **_: Any) -> Any:
        return function(sign * (x if dtype is None else x.to(dtype)), axis=dim)

    return called


def _cross_entropy(
    x: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    axis = 1 if x.ndim > 1 else 0
    options: dict[str, Any] = {"class_weight": weight, "label_smoothing": label_smoothing}
    if not target.is_floating_point():
        options["ignore_index"] = ignore_index
    if (
        target.is_floating_point() and reduction == "mean"
    ):  # PyTorch divides by the number of rows, ours by their weight
        losses = ours.cross_entropy(x, target, axis=axis, reduction="none", **options)
        return losses.mean()
    return ours.cross_entropy(x, target, axis=axis, reduction=reduction, **options)


def _bce(x: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean") -> Any:
    losses = ours.binary_cross_entropy(x, target, pos_weight=pos_weight, reduction="none")
    return _mean(losses if weight is None else losses * weight.numpy(), reduction)


def _logit(x: Any, eps: float | None = None) -> Any:
    return ours.logit(x if eps is None else x.clamp(eps, 1 - eps))


def _softplus(x: Any, beta: float = 1.0, **_: Any) -> Any:
    return ours.softplus(x) if beta == 1 else ours.softplus(x.double() * beta) / beta


def _kl_div(x: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    target = target.exp() if log_target else target
    terms = ours.xlogy(target, target) - (target * x).numpy()
    return terms.sum() / len(x) if reduction == "batchmean" else _mean(terms, reduction)


def _logsumexp(x: Any, dim: Any, keepdim: bool = False) -> Any:
    return ours.logsumexp(x, axis=dim, keepdims=keepdim)


def _argmax(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    everything = dim is None or x.ndim == 0
    found = np.asarray(sm.argmax(x.flatten() if everything else x, axis=-1 if everything else dim))
    if not keepdim:
        return found
    return np.reshape(found, (1,) * x.ndim) if everything else np.expand_dims(found, dim)


# By the name that OpInfo gives an operator.
OURS: dict[str, Host] = {
    name: counted(function)
    for name, function in {
        "softmax": _with_dim(ours.softmax),
        "log_softmax": _with_dim(ours.log_softmax),
        "nn.functional.softmin": _with_dim(ours.softmax, -1),
        "logsumexp": _logsumexp,
        "sigmoid": ours.sigmoid,
        "nn.functional.logsigmoid": ours.log_sigmoid,
        "nn.functional.softplus": _softplus,
        "logit": _logit,
        "xlogy": ours.xlogy,
        "special.entr": ours.entr,
        "nn.functional.cross_entropy": _cross_entropy,
        "nn.functional.binary_cross_entropy_with_logits": _bce,
        "nn.functional.kl_div": _kl_div,
        "argmax": _argmax,
    }.items()
}


def answer(name: str, sample: Any) -> Any:
    """Ask ours what an operator gives for one of PyTorch's samples."""
    return _tensor(OURS[name](sample.input, *sample.args, **sample.kwargs))
