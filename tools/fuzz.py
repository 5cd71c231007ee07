"""Call the kernels with arrays of any shape, strides, dtype and content until time is up; stop at the first fault.

Every result is compared with plain formulas in extended precision, and every call is repeated in place, from a
contiguous copy and row by row, which must not change a bit. Every round draws one of the machine's instruction sets,
unless SOFTARGMAX_ISA names one. Run: python tools/fuzz.py [seconds] [seed]
"""

import os
import sys
import time
from typing import Any

import ml_dtypes
import numpy as np

import softargmax as sm
from fuzzing import rounds_until
from softargmax import _kernels

DTYPES = [
    np.float16,
    ml_dtypes.bfloat16,
    np.float32,
    np.float64,
    np.int8,
    np.uint8,
    np.int16,
    np.uint32,
    np.int64,
    np.bool_,
]
SPECIALS = [np.nan, np.inf, -np.inf, 0.0, 1e30, -1e30]
Array = Any


def random_array(rng: np.random.Generator, dtype: Any = None) -> tuple[Array, int]:
    """Make an array with holes, steps backwards and transposed axes in its strides, and a class axis."""
    dtype = dtype or DTYPES[rng.integers(len(DTYPES))]
    ndim = int(rng.integers(1, 4))
    longest = int(rng.choice([4, 12, 70, 300]))
    shape = [int(rng.integers(0 if rng.random() < 0.05 else 1, longest if axis == 0 else 9)) for axis in range(ndim)]
    if rng.random() < 0.005:  # so long that rows go piece by piece
        shape = [int(rng.integers(30_000, 60_000)), *(min(length, 3) for length in shape[1:])]
    steps = [int(rng.choice([1, 1, 1, 2, 3, -1, -2])) for _ in shape]
    base = rng.normal(size=[n * abs(s) + 3 for n, s in zip(shape, steps, strict=True)]) * rng.choice(
        [0.1, 1, 5, 20, 90, 2000]
    )
    if rng.random() < 0.3 and base.size:
        base.flat[rng.integers(base.size, size=max(1, base.size // 20))] = rng.choice(SPECIALS)
    if dtype is np.int64:
        base = np.nan_to_num(base).clip(-(2.0**52), 2.0**52)  # which are doubles; larger integers are made of them
    with np.errstate(all="ignore"):
        base = base.astype(dtype)
    view = base[
        tuple(slice(2, 2 + n * s, s) if s > 0 else slice(2 + n * -s, 2, s) for n, s in zip(shape, steps, strict=True))
    ]
    view = view.transpose(rng.permutation(ndim))
    if rng.random() < 0.1 and view.ndim > 1:
        view = np.broadcast_to(view[:1], view.shape)
    return view, int(rng.integers(view.ndim))


def formulas(x: Array) -> tuple[Array, Array, Array]:
    """Give softmax, log_softmax and logsumexp of rows, class axis last, by the conventions of the package."""
    wide = x.astype(np.longdouble)
    top = wide.max(axis=-1, keepdims=True, initial=-np.inf)
    gaps = wide - top
    terms = np.exp(gaps)
    others = np.sort(terms, axis=-1)[..., :-1].sum(axis=-1, keepdims=True)
    lse = np.where(np.isfinite(top), top + np.log1p(others), top)[..., 0]
    lse = np.where(np.isnan(wide).any(axis=-1), np.nan, lse)
    undefined = np.where(np.isfinite(top) & ~np.isnan(lse[..., np.newaxis]), 0.0, np.nan)
    return terms / (1 + others) + undefined, gaps - np.log1p(others) + undefined, lse


def agree(got: Array, expected: Array, scale: Array, what: str) -> None:
    """Compare with a tolerance of two ulp of float32 or float64, or one of half precision."""
    eps = {"float16": 2**-11, "bfloat16": 2**-8, "float32": 2**-23}.get(got.dtype.name, 2**-52)
    least = {"float16": 2**-24, "bfloat16": 1e-40, "float32": 2e-45}.get(got.dtype.name, 5e-324)
    value, limit = got.astype(np.longdouble), 2.1 * eps * np.abs(scale) + 2.1 * least
    huge = np.abs(expected) > float(ml_dtypes.finfo(got.dtype).max)
    fine = (value == expected) | (np.isnan(value) & np.isnan(expected)) | (np.abs(value - expected) <= limit) | huge
    assert np.all(fine), f"{what}: {got[~fine][:3]} instead of {expected[~fine][:3]}"


def same(a: Array, b: Array, what: str) -> None:
    """Compare bit by bit, NaN being NaN."""
    assert a.shape == b.shape, f"{what}: {a.shape} {b.shape}"
    assert np.all((a == b) | (np.isnan(a) & np.isnan(b))), what


def one_round(rng: np.random.Generator) -> None:
    """Make an array and try all that can be done with it."""
    only = os.environ.get("SOFTARGMAX_ISA")
    _kernels.use_instruction_set(str(rng.choice([only] if only else _kernels.instruction_sets())))
    sm.set_num_threads(int(rng.integers(1, 4)))
    x, axis = random_array(rng)
    rows = np.moveaxis(x, axis, -1)
    wide = rows.astype(np.float64) if rows.dtype.kind in "iub" else rows
    p, log_p, lse = formulas(wide)
    got = np.moveaxis(sm.softmax(x, axis=axis), axis, -1)
    agree(got, p, p, "softmax")
    logs = np.moveaxis(sm.log_softmax(x, axis=axis), axis, -1)
    agree(logs, log_p, log_p, "log_softmax")
    sums = np.asarray(sm.logsumexp(x, axis=axis))
    agree(
        sums,
        lse,
        np.maximum(np.abs(lse), np.abs(wide.astype(np.longdouble).max(axis=-1, initial=-np.inf))),
        "logsumexp",
    )
    if rows.size == 0:
        return

    if rows.dtype == np.int64:
        shifted = np.moveaxis(sm.softmax(x + 2**60, axis=axis), axis, -1)
        same(shifted, sm.softmax((rows - rows.max(axis=-1, keepdims=True)).astype(np.float64)), "large integers")
    copy = np.ascontiguousarray(wide)
    same(sm.softmax(copy), got, "softmax of a contiguous copy")
    same(sm.log_softmax(copy), logs, "log_softmax of a contiguous copy")
    same(np.asarray(sm.logsumexp(copy)), sums, "logsumexp of a contiguous copy")
    index = tuple(int(rng.integers(n)) for n in copy.shape[:-1])
    same(sm.softmax(copy[index].copy()), got[index], "softmax of one row")
    target = np.moveaxis(copy, -1, axis).copy()
    same(np.moveaxis(sm.softmax(target, axis=axis, out=target), axis, -1), got, "softmax in place")

    where = rng.random(rows.shape) < 0.8
    poisoned = np.where(where, copy, copy.dtype.type(rng.choice([np.nan, np.inf, 7.0])))
    same(sm.softmax(poisoned, where=where), sm.softmax(np.where(where, copy, copy.dtype.type(0)), where=where), "mask")
    same(sm.argmax(rows.astype(wide.dtype)), np.asarray(copy.astype(np.float64).argmax(axis=-1)), "argmax")
    k = int(rng.integers(1, rows.shape[-1] + 1))
    codes, kept = sm.top_k(copy, k)
    same(kept, np.take_along_axis(got, codes, axis=-1), "top_k")
    temperature = float(rng.choice([0.5, 2.0, 1e-3, 30.0]))
    same(sm.softmax(rows, temperature=temperature), sm.softmax(copy, temperature=temperature), "temperature")

    codes = rng.integers(rows.shape[-1], size=rows.shape[:-1])
    loss, gradient = sm.cross_entropy_and_gradient(rows, codes, reduction="none")
    cost = -np.take_along_axis(log_p, codes[..., np.newaxis], axis=-1)[..., 0]
    agree(np.asarray(loss), cost, cost, "cross_entropy")
    one_hot = np.arange(rows.shape[-1]) == codes[..., np.newaxis]
    others = np.where(one_hot, 0.0 * p, p).sum(axis=-1, keepdims=True)  # 1 - p without cancellation
    agree(gradient, np.where(one_hot, -others, p), 2 * np.where(one_hot, others, p), "gradient")
    loss_again = np.asarray(sm.cross_entropy(rows, codes, label_smoothing=0.1, reduction="none"))
    same(loss_again, np.asarray(sm.cross_entropy(copy, codes, label_smoothing=0.1, reduction="none")), "smoothing")
    for function in (sm.sigmoid, sm.log_sigmoid, sm.softplus, sm.sparsemax, sm.entmax15):
        same(function(rows), function(copy), function.__name__)
    upstream = rng.normal(size=copy.shape).astype(copy.dtype)
    for backward in (sm.softmax_backward, sm.log_softmax_backward):
        same(backward(upstream, rows.astype(wide.dtype)), backward(upstream, copy), backward.__name__)


def fuzz(seconds: float, seed: int) -> int:
    """Go on until time is up; give how many rounds that were. What fails says its seed and round."""
    before, threads = _kernels.instruction_set(), sm.get_num_threads()
    try:
        with np.errstate(all="ignore"):
            return rounds_until(seconds, seed, one_round)
    finally:
        _kernels.use_instruction_set(before)
        sm.set_num_threads(threads)


def main() -> None:
    """Fuzz from the command line."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 2**32
    print(f"{fuzz(seconds, seed)} rounds, nothing found (seed {seed})")


if __name__ == "__main__":
    main()
