"""Attention of tensors: the fused function of their own library, with masks as ours."""

import math
import sys
from typing import Any

from softargmax._arrays import Array, backend_of
from softargmax._libraries import Library
from softargmax.exceptions import UnsupportedError


def attention(
    library: Library, query: Any, key: Any, value: Any, mask: Any, causal: bool, scale: float | None
) -> Array:
    """Call the function of PyTorch or JAX."""
    kind = backend_of(query)
    if kind == "torch":
        return _of_torch(query, key, value, mask, causal, scale)
    if kind == "jax":
        return _of_jax(library, query, key, value, mask, causal, scale)
    raise UnsupportedError(
        f"query: expected an array of NumPy, PyTorch or JAX, got {type(query).__name__}, whose library has none",
        parameter="query",
    )


def _of_torch(q: Any, k: Any, v: Any, mask: Any, causal: bool, scale: float | None) -> Array:
    torch = sys.modules["torch"]
    if mask is not None and causal:  # of which its function takes one
        below = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool, device=q.device).tril()
        mask = mask & below if mask.dtype == torch.bool else torch.where(below, mask, -torch.inf)
    fused = torch.nn.functional.scaled_dot_product_attention
    result: Array = fused(q, k, v, attn_mask=mask, is_causal=causal and mask is None, scale=scale)
    return result


def _of_jax(library: Library, q: Any, k: Any, v: Any, mask: Any, causal: bool, scale: float | None) -> Array:
    jax, xp = sys.modules["jax"], library.xp
    leading = xp.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])

    n, m, d, e = q.shape[-2], k.shape[-2], q.shape[-1], v.shape[-1]
    width = max(d, e)  # of which its function knows one

    def with_one_head(x: Any) -> Any:
        x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, width - x.shape[-1])])
        return xp.broadcast_to(x, (*leading, x.shape[-2], width)).reshape(math.prod(leading), x.shape[-2], 1, width)

    counts = xp.ones((n, m), bool) if not causal else xp.tril(xp.ones((n, m), bool))
    bias = None
    if mask is not None:
        counts = counts & (mask if mask.dtype == bool else mask > -xp.inf)
        bias = None if mask.dtype == bool else xp.where(mask > -xp.inf, mask, 0.0)
    any_counts = xp.any(counts, axis=-1, keepdims=True)  # of a row without one JAX would take the plain mean

    def of_heads(x: Any) -> Any:
        return xp.broadcast_to(x, (*leading, n, m)).reshape(-1, 1, n, m)

    result = jax.nn.dot_product_attention(
        *map(with_one_head, (q, k, v)),
        bias=None if bias is None else of_heads(bias),
        mask=of_heads(counts),
        scale=d**-0.5 if scale is None else scale,
    )[..., :e]
    found: Array = xp.where(any_counts, result.reshape(*leading, n, e), 0.0)
    return found
