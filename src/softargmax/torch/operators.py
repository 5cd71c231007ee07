"""Our functions as operators of PyTorch: what its autograd, its compiler, `vmap` and autocast know of them.

On the processor an operator is our kernel, which reads and writes the tensors' own memory; elsewhere it is the plain
formula in PyTorch's operations. A derivative is an operator too where there is a kernel for it, and has a derivative
of its own, so that one can differentiate as often as one likes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softargmax import _kernels, probabilities
from softargmax._codes import check_codes
from softargmax._kernels import Function
from softargmax._libraries import Library, library_of
from softargmax.exceptions import DTypeError
from softargmax.probabilities import _elsewhere

_library = torch.library.Library("softargmax", "DEF")


def _array(x: Tensor) -> Any:
    x = x.detach()
    return (x.float() if x.dtype == torch.bfloat16 else x).resolve_neg().numpy()


def _converted(function: Callable[..., Any], *arrays: Tensor, dim: int, dtype: torch.dtype) -> Tensor:
    """Give what a function of ours gives, as a tensor of that dtype."""
    if not (dtype.is_floating_point or dtype.is_complex):  # complex numbers are refused where all are checked
        raise DTypeError(f"x: expected a floating tensor, got {dtype}; convert it, for example with .double()")
    return torch.from_numpy(np.asarray(function(*map(_array, arrays), axis=dim))).to(dtype)


def _filled(function: Callable[..., Any], like: Tensor, *arrays: Tensor, dim: int) -> Tensor:
    """Let a function of ours write into a new tensor of the shape and dtype of another."""
    if like.dtype == torch.bfloat16 or not like.is_floating_point():  # NumPy has no bfloat16
        return _converted(function, *arrays, dim=dim, dtype=like.dtype)
    result = torch.empty_like(like)
    function(*map(_array, arrays), axis=dim, out=result.numpy())
    return result


def of(x: Tensor) -> Library:
    """Give the names by which formulas call PyTorch."""
    library = library_of(x)
    assert library is not None
    return library


def _mapped(op: Any, numbers: int) -> Callable[..., Any]:
    """Give the rule by which `vmap` runs an operator of `numbers` tensors over one axis more."""

    def rule(info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> tuple[Tensor, int]:
        *tensors, dim = arguments
        size = info.batch_size
        single = next(x.ndim - 1 for x, at in zip(tensors, in_dims, strict=False) if at is not None)
        moved = [
            x.expand(size, *x.shape) if at is None else x.movedim(at, 0)
            for x, at in zip(tensors, in_dims[:numbers], strict=True)
        ]
        if single == 0:  # numbers without an axis: each is a row of one class
            return op(*(x.unsqueeze(-1) for x in moved), -1).reshape(size), 0
        return op(*moved, dim % single + 1), 0

    return rule


def _define(
    name: str,
    on_cpu: Callable[..., Tensor],
    anywhere: Callable[..., Tensor],
    fake: Callable[..., Tensor],
    setup: Callable[..., None],
    backward: Callable[..., Any],
    *tensors: str,
) -> Any:
    """Register an operator of some tensors and a dimension."""
    signature = ", ".join(f"Tensor {tensor}" for tensor in tensors)
    _library.define(f"{name}({signature}, int dim) -> Tensor", tags=(torch.Tag.pt2_compliant_tag,))
    _library.impl(name, on_cpu, "CPU")
    _library.impl(name, anywhere, "CompositeExplicitAutograd")
    full = f"softargmax::{name}"
    torch.library.register_fake(full, fake, lib=_library)
    torch.library.register_autograd(full, backward, setup_context=setup, lib=_library)
    op = getattr(torch.ops.softargmax, name).default
    torch.library.register_vmap(full, _mapped(op, len(tensors)), lib=_library)
    if len(tensors) == 1:  # as PyTorch's own: in single precision on a GPU, in what comes in on the processor
        torch.library.register_autocast(full, "cuda", torch.float32, lib=_library)
    return op


def _keep_output(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    ctx.dim = inputs[-1]
    ctx.save_for_backward(output)


def _keep_inputs(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG001 # PyTorch names it
    *tensors, ctx.dim = inputs
    ctx.save_for_backward(*tensors)


def _rows(name: str, backward: Callable[..., Any], keep: Callable[..., None] = _keep_output) -> Any:
    """Register a function from rows to rows."""
    function, formula = getattr(probabilities, name), getattr(_elsewhere, name)
    more = {"temperature": 1.0, "dtype": None} if "softmax" in name else {}
    return _define(
        name,
        lambda x, dim: _filled(function, x, x, dim=dim),
        lambda x, dim: formula(of(x), x, axis=dim, where=None, **more),
        lambda x, _: torch.empty_like(x),
        keep,
        backward,
        "x",
    )


def _sums_of(x: Tensor, dim: int) -> Tensor:
    return x.sum(dim, keepdim=True) if x.ndim else x


def _softmax_vjp(gradient: Tensor, p: Tensor, dim: int) -> Tensor:
    return p * (gradient - _sums_of(p * gradient, dim))


def _log_softmax_vjp(gradient: Tensor, log_p: Tensor, dim: int) -> Tensor:
    return gradient - log_p.exp() * _sums_of(gradient, dim)


def _twice_softmax(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, None]:
    gradient, p = ctx.saved_tensors
    dim = ctx.dim
    along_p = upstream * (gradient - _sums_of(p * gradient, dim)) - gradient * _sums_of(upstream * p, dim)
    return _softmax_vjp(upstream, p, dim), along_p, None


def _twice_log_softmax(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, None]:
    gradient, log_p = ctx.saved_tensors
    p = log_p.exp()
    return upstream - _sums_of(upstream * p, ctx.dim), -upstream * p * _sums_of(gradient, ctx.dim), None


def _of_pair(function: Callable[..., Any]) -> Callable[..., Tensor]:
    return lambda gradient, forward, dim: _filled(function, forward, gradient, forward, dim=dim)


def _like_forward(_gradient: Tensor, forward: Tensor, _dim: int) -> Tensor:
    return torch.empty_like(forward)


softmax_backward = _define(
    "softmax_backward",
    _of_pair(probabilities.softmax_backward),
    _softmax_vjp,
    _like_forward,
    _keep_inputs,
    _twice_softmax,
    "gradient",
    "probabilities",
)
log_softmax_backward = _define(
    "log_softmax_backward",
    _of_pair(probabilities.log_softmax_backward),
    _log_softmax_vjp,
    _like_forward,
    _keep_inputs,
    _twice_log_softmax,
    "gradient",
    "log_probabilities",
)


def _sparsemax_vjp(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
    (p,) = ctx.saved_tensors
    inside = (p > 0).to(gradient.dtype)
    mean = _sums_of(gradient * inside, ctx.dim) / _sums_of(inside, ctx.dim)
    return inside * (gradient - mean), None


def _entmax15_vjp(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
    (p,) = ctx.saved_tensors
    root = torch.where(p > 0, torch.where(p > 0, p, 1.0).sqrt(), 0.0)
    mean = _sums_of(gradient * root, ctx.dim) / _sums_of(root, ctx.dim)
    return root * (gradient - mean), None


softmax = _rows("softmax", lambda ctx, g: (softmax_backward(g, ctx.saved_tensors[0], ctx.dim), None))
log_softmax = _rows("log_softmax", lambda ctx, g: (log_softmax_backward(g, ctx.saved_tensors[0], ctx.dim), None))
sparsemax = _rows("sparsemax", _sparsemax_vjp)
entmax15 = _rows("entmax15", _entmax15_vjp)


def _logsumexp_vjp(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
    (x,) = ctx.saved_tensors
    return (gradient.unsqueeze(ctx.dim) if x.ndim else gradient) * softmax(x, ctx.dim), None


logsumexp = _define(
    "logsumexp",
    lambda x, dim: _converted(probabilities.logsumexp, x, dim=dim, dtype=x.dtype),
    lambda x, dim: _elsewhere.logsumexp(
        of(x), x, axis=dim, weights=None, where=None, keepdims=False, return_sign=False
    ),
    lambda x, dim: x.new_empty([n for at, n in enumerate(x.shape) if at != dim % max(x.ndim, 1)]),
    _keep_inputs,
    _logsumexp_vjp,
    "x",
)


def _losses_on_cpu(logits: Tensor, codes: Tensor, gradient: bool, ignore_index: int, smoothing: float) -> Any:
    """Give a loss for every row, class axis last, and the derivative of their sum, in one walk over the rows."""
    x, labels = _array(logits), codes.detach().numpy().astype(np.int64)
    counts = labels != ignore_index
    check_codes(labels, x.shape[-1], "target", counts)
    labels = np.where(counts, labels, -1)
    losses = np.empty(labels.shape, np.float64 if x.dtype == np.float64 else np.float32)
    into = torch.empty(logits.shape if gradient else (0,), dtype=logits.dtype)
    target = (_array(into) if into.dtype == torch.bfloat16 else into.numpy()) if gradient else None
    wide = np.empty(labels.shape)
    _kernels.run(Function.cross_entropy, x, out=target, per_row=wide, codes=labels, smoothing=smoothing)
    losses[...] = wide
    if gradient and into.dtype == torch.bfloat16:
        into = torch.from_numpy(target).to(into.dtype)
    return torch.from_numpy(losses), into


def shares(logits: Tensor, codes: Tensor, ignore_index: int, smoothing: float) -> tuple[Tensor, Tensor]:
    """Tell which rows count, and give the probability of every class that codes stand for."""
    counts = codes != ignore_index
    n_classes = logits.shape[-1]
    hot = torch.nn.functional.one_hot(torch.where(counts, codes, 0).long(), n_classes).to(logits.dtype)
    return counts.unsqueeze(-1).to(logits.dtype), (1.0 - smoothing) * hot + smoothing / n_classes


def _losses_anywhere(logits: Tensor, codes: Tensor, gradient: bool, ignore_index: int, smoothing: float) -> Any:
    wide = logits if logits.dtype == torch.float64 else logits.float()
    counts, q = shares(wide, codes, ignore_index, smoothing)
    log_p = _elsewhere.log_softmax(of(wide), wide, axis=-1, temperature=1.0, where=None, dtype=None)
    losses = torch.where(counts[..., 0] > 0, -(q * torch.where(q == 0, 0.0, log_p)).sum(-1), 0.0)
    return losses, torch.where(counts > 0, log_p.exp() - q, 0.0).to(logits.dtype) if gradient else logits.new_empty(0)


def _losses_fake(logits: Tensor, codes: Tensor, gradient: bool, _ignored: int, _smoothing: float) -> Any:
    dtype = torch.float64 if logits.dtype == torch.float64 else torch.float32
    return codes.new_empty(codes.shape, dtype=dtype), logits.new_empty(logits.shape if gradient else (0,))


def _keep_gradient(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    logits, codes, ctx.gradient, ctx.ignore_index, ctx.smoothing = inputs
    ctx.save_for_backward(logits, codes, output[1])
    ctx.set_materialize_grads(False)


def _losses_vjp(ctx: Any, upstream: Tensor | None, _: Tensor | None) -> tuple[Tensor | None, None, None, None, None]:
    if upstream is None:
        return None, None, None, None, None
    logits, codes, gradient = ctx.saved_tensors
    if torch.is_grad_enabled() or not ctx.gradient:  # somebody will differentiate this once more
        counts, q = shares(logits, codes, ctx.ignore_index, ctx.smoothing)
        gradient = torch.where(counts > 0, softmax(logits, -1) - q, 0.0)
    return gradient * upstream.unsqueeze(-1).to(gradient.dtype), None, None, None, None


def _losses_mapped(
    info: Any, in_dims: tuple[Any, ...], logits: Tensor, codes: Tensor, *options: Any
) -> tuple[Any, tuple[int, int | None]]:
    x = logits.expand(info.batch_size, *logits.shape) if in_dims[0] is None else logits.movedim(in_dims[0], 0)
    y = codes.expand(info.batch_size, *codes.shape) if in_dims[1] is None else codes.movedim(in_dims[1], 0)
    return cross_entropy(x, y, *options), (0, 0 if options[0] else None)


_library.define(
    "cross_entropy(Tensor logits, Tensor codes, bool gradient, int ignore_index, float smoothing) -> (Tensor, Tensor)",
    tags=(torch.Tag.pt2_compliant_tag,),
)
_library.impl("cross_entropy", _losses_on_cpu, "CPU")
_library.impl("cross_entropy", _losses_anywhere, "CompositeExplicitAutograd")
torch.library.register_fake("softargmax::cross_entropy", _losses_fake, lib=_library)
torch.library.register_autograd("softargmax::cross_entropy", _losses_vjp, setup_context=_keep_gradient, lib=_library)
torch.library.register_vmap("softargmax::cross_entropy", _losses_mapped, lib=_library)
cross_entropy = torch.ops.softargmax.cross_entropy.default
