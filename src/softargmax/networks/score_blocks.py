"""Attention, block by block, so that the matrix of all scores is never there.

Conventions: n queries of d numbers, m keys of d and values of e. The scores S = scale q k' get a floating mask added,
and those that a Boolean one or `causal` rules out are -inf. A row of S is seen a block of keys at a time: of what was
seen there are the weighted mean of values and the logarithm of the sum of exp(S), and two of those merge into one. A
query for which no key counts gets 0.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax._arrays import Array, as_floating, is_half
from softargmax._options import as_flag, as_integer, as_real
from softargmax.exceptions import ShapeError
from softargmax.probabilities import logsumexp, softmax

# Scores of so many queries and keys are there at once: 1 MB of float32, which a cache of level 2 holds.
_QUERIES, _KEYS = 256, 1024


def _check_rows(query: Array, key: Array, value: Array) -> None:
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise ShapeError(
            f"query, key, value: expected at least two axes, got shapes {query.shape}, {key.shape}, {value.shape}"
        )
    if query.shape[-1] != key.shape[-1]:
        raise ShapeError(
            f"key: expected rows of {query.shape[-1]} numbers as of query, got {key.shape[-1]}", parameter="key"
        )
    if key.shape[-2] != value.shape[-2]:
        raise ShapeError(
            f"value: expected one for each of {key.shape[-2]} keys, got {value.shape[-2]}", parameter="value"
        )


def _as_mask(mask: Any) -> Array:
    array = np.asarray(mask)
    return array if array.dtype == bool else as_floating(mask, "mask")


def _common_leading(arrays: list[Array], mask: Array | None) -> tuple[tuple[int, ...], Array | None]:
    """Give the leading axes that all share, and the mask with them and an axis for queries and for keys."""
    n, m = arrays[0].shape[-2], arrays[1].shape[-2]
    shapes = [x.shape for x in arrays]
    try:
        leading = np.broadcast_shapes(*(shape[:-2] for shape in shapes), () if mask is None else mask.shape[:-2])
        return leading, None if mask is None else np.broadcast_to(mask, (*leading, n, m))
    except ValueError:
        raise ShapeError(
            "query, key, value: expected leading axes that broadcast, and a mask that broadcasts to "
            f"(..., {n}, {m}), got shapes {', '.join(map(str, shapes))}"
            + ("" if mask is None else f" and a mask of {mask.shape}")
        ) from None


@dataclass(frozen=True)
class ScoreBlocks:
    """What `attention` is called with, all leading axes made one."""

    query: Array  # (heads, n, d)
    key: Array
    value: Array
    mask: Array | None  # (..., n, m), a view where it was broadcast
    causal: bool
    scale: float
    keys_at_once: int
    dtype: np.dtype[Any]
    leading: tuple[int, ...]
    given: tuple[tuple[int, ...], ...]  # the caller's shapes

    @classmethod
    def of(
        cls, query: Any, key: Any, value: Any, mask: Any, causal: bool, scale: float | None, block: int | None
    ) -> "ScoreBlocks":
        """Check what came."""
        arrays = [as_floating(x, name) for x, name in ((query, "query"), (key, "key"), (value, "value"))]
        _check_rows(*arrays)
        leading, wide_mask = _common_leading(arrays, None if mask is None else _as_mask(mask))
        dtype = np.result_type(*arrays)
        computed = np.dtype(np.float32) if is_half(dtype) else dtype
        heads = [
            np.broadcast_to(x, (*leading, *x.shape[-2:]))
            .reshape(math.prod(leading), *x.shape[-2:])
            .astype(computed, copy=False)
            for x in arrays
        ]
        width = max(arrays[0].shape[-1], 1)
        q, k, v = heads
        return cls(
            query=q,
            key=k,
            value=v,
            mask=wide_mask,
            causal=as_flag(causal, "causal"),
            scale=width**-0.5 if scale is None else float(as_real(scale, "scale")),
            keys_at_once=_KEYS if block is None else as_integer(block, "block", low=1),
            dtype=dtype,
            leading=leading,
            given=tuple(x.shape for x in arrays),
        )

    def forward(self) -> tuple[Array, Array]:
        """Give the means, with the caller's axes, and log sum exp of every row of scores."""
        (heads, n, _), e = self.query.shape, self.value.shape[-1]
        means = np.zeros((heads, n, e), self.query.dtype)
        sizes = np.full((heads, n), -np.inf, self.query.dtype)
        for head, rows in self._blocks_of_queries():
            seen, size = means[head, rows], sizes[head, rows]
            for columns, scores in self._blocks_of_scores(head, rows):
                found, values = logsumexp(scores), self.value[head, columns]
                # A row without a key that counts has no softmax, and weighs nothing.
                weights = softmax(scores, out=scores)
                weights[found == -np.inf] = 0.0
                total = np.logaddexp(size, found)
                shift = np.where(total == -np.inf, 0.0, total)
                seen *= np.exp(size - shift)[:, None]
                seen += np.exp(found - shift)[:, None] * (weights @ values)
                size[...] = total
        return means.reshape(*self.leading, n, e), sizes

    def backward(self, gradient: Array) -> tuple[Array, Array, Array]:
        """Give the derivatives, summed where arrays were broadcast."""
        means, sizes = self.forward()
        if gradient.shape != means.shape:
            raise ShapeError(
                f"gradient: expected the shape of what attention gives, {means.shape}, got {gradient.shape}",
                parameter="gradient",
            )
        g = gradient.reshape(len(self.query), *means.shape[-2:]).astype(self.query.dtype, copy=False)
        inner = (g * means.reshape(g.shape)).sum(axis=-1)
        by_query, by_key, by_value = (np.zeros_like(x) for x in (self.query, self.key, self.value))
        for head, rows in self._blocks_of_queries():
            size = sizes[head, rows]
            shift = np.where(size == -np.inf, 0.0, size)[:, None]
            for columns, scores in self._blocks_of_scores(head, rows):
                weights = np.exp(scores - shift)
                by_value[head, columns] += weights.T @ g[head, rows]
                inward = weights * (g[head, rows] @ self.value[head, columns].T - inner[head, rows][:, None])
                inward *= self.scale
                by_query[head, rows] += inward @ self.key[head, columns]
                by_key[head, columns] += inward.T @ self.query[head, rows]
        one, two, three = (
            _summed(x.reshape(*self.leading, *x.shape[-2:]), shape)
            for x, shape in zip((by_query, by_key, by_value), self.given, strict=True)
        )
        return (
            one.astype(self.dtype, copy=False),
            two.astype(self.dtype, copy=False),
            three.astype(self.dtype, copy=False),
        )

    def _blocks_of_queries(self) -> Iterator[tuple[int, slice]]:
        n = self.query.shape[1]
        for head in range(self.query.shape[0]):
            for start in range(0, n, _QUERIES):
                yield head, slice(start, min(start + _QUERIES, n))

    def _blocks_of_scores(self, head: int, rows: slice) -> Iterator[tuple[slice, Array]]:
        scaled = self.query[head, rows] * np.asarray(self.scale, self.query.dtype)
        m = min(self.key.shape[1], rows.stop) if self.causal else self.key.shape[1]
        for start in range(0, m, self.keys_at_once):
            columns = slice(start, min(start + self.keys_at_once, m))
            scores = scaled @ self.key[head, columns].T
            if self.mask is not None:
                given = self.mask[np.unravel_index(head, self.leading)][rows, columns]
                if given.dtype == bool:
                    scores[~given] = -np.inf
                else:
                    scores += given
            if self.causal and columns.stop > rows.start + 1:
                places = np.arange(rows.start, rows.stop)[:, None]
                scores[np.arange(columns.start, columns.stop) > places] = -np.inf
            yield columns, scores


def _summed(array: Array, shape: tuple[int, ...]) -> Array:
    """Sum over axes along which an array of that shape was broadcast."""
    array = array.sum(axis=tuple(range(array.ndim - len(shape))))
    ones = tuple(axis for axis, length in enumerate(shape) if length == 1 != array.shape[axis])
    return array.sum(axis=ones, keepdims=True) if ones else array
