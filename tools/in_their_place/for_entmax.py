"""The package entmax: sparsemax and 1.5-entmax with their losses, on ours; the gradients are those of its papers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from softargmax import probabilities as ours

from . import put


def _mapping(function: Callable[..., Any], power: float) -> type[torch.autograd.Function]:
    """A mapping p, whose derivative is diag(s) - s s' / sum(s) with s = p ** power where p > 0."""

    class Mapping(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, dim: int) -> Any:
            p = torch.from_numpy(function(x.detach().numpy(), axis=dim))
            ctx.save_for_backward(p)
            ctx.dim = dim
            return p

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            (p,) = ctx.saved_tensors
            s = torch.where(p > 0, p**power, 0.0)
            mean = (s * gradient).sum(ctx.dim, keepdim=True) / s.sum(ctx.dim, keepdim=True)
            return s * (gradient - mean), None

    return Mapping


def _loss(function: Callable[..., Any], mapping: Callable[..., Any]) -> type[torch.autograd.Function]:
    """A loss of every row, whose gradient is the mapping less the target."""

    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, target: Any) -> Any:
            logits = x.detach().numpy()
            gradient = np.array(mapping(logits))
            gradient[np.arange(len(gradient)), target.numpy()] -= 1
            ctx.save_for_backward(torch.from_numpy(gradient))
            return torch.from_numpy(function(logits, target.numpy(), reduction="none"))

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return gradient[:, None] * ctx.saved_tensors[0], None

    return Loss


def put_all() -> None:
    """Put ours into every module of entmax that has them."""
    import entmax
    import entmax.activations
    import entmax.losses

    sparse, dense = _mapping(ours.sparsemax, 0.0), _mapping(ours.entmax15, 0.5)
    sparse_loss, dense_loss = _loss(ours.sparsemax_loss, ours.sparsemax), _loss(ours.entmax15_loss, ours.entmax15)
    mappings = {
        "sparsemax": lambda X, dim=-1, **_: sparse.apply(X, dim),
        "entmax15": lambda X, dim=-1, **_: dense.apply(X, dim),
    }
    losses = {
        "sparsemax_loss": lambda X, target, *_: sparse_loss.apply(X, target),
        "entmax15_loss": lambda X, target, *_: dense_loss.apply(X, target),
    }
    put(entmax.activations, **mappings)
    put(entmax.losses, **mappings, **losses)
    put(entmax, **mappings, **losses)
