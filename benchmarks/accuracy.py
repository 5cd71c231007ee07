"""Worst errors in ulp, per function, dtype and instruction set, ours beside the peers'. Run with `make accuracy`.

An ulp is the distance between two neighbouring numbers of the result's dtype at the true value. For logsumexp it is
taken at the larger of the row's maximum and the result, where the two may cancel. True values come from double
arithmetic by the formulas of the package for float32 and halves, whose errors of 1e-9 float32 ulp do not show,
and from 80-bit long double for float64. Of the unary functions every one of the 2^32 float32 numbers is tried.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

import softargmax as sm
from benchmarks.measure import machine
from softargmax import _kernels

Array = Any
Function = Callable[[Array], Array]
SPREADS = (1, 5, 20, 90)
CLASSES = (2, 3, 5, 10, 32, 64, 128, 129, 1_000, 131_072)


def main() -> None:
    """Print two Markdown tables."""
    numbers = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    print(machine())
    rows(numbers)
    unary(int(sys.argv[2]) if len(sys.argv) > 2 else 1)


def rows(numbers: int) -> None:
    """Random rows of every spread and number of classes, shifted and not, and rows with ties."""
    print("\n| dtype | function | " + " | ".join(_names()) + " |\n|---|---" + "|---" * len(_names()) + "|", flush=True)
    for dtype in (np.float32, np.float64, np.float16, ml_dtypes.bfloat16):
        worst: dict[tuple[str, str], float] = {}
        for x in _batches(np.dtype(dtype), numbers):
            true = _true(x)
            for implementation, functions in _implementations(x.dtype).items():
                with np.errstate(all="ignore"):
                    for function, compute in functions.items():
                        error = _ulps(function, compute(x), true[function], x)
                        key = (function, implementation)
                        worst[key] = max(worst.get(key, 0.0), error)
        for function in ("softmax", "log_softmax", "cross_entropy", "logsumexp"):
            cells = [f"{worst[function, name]:.3g}" if (function, name) in worst else "" for name in _names()]
            print(f"| {np.dtype(dtype).name} | {function} | {' | '.join(cells)} |", flush=True)


def _names() -> list[str]:
    return [*_kernels.instruction_sets(), *(name for name in ("SciPy", "PyTorch") if _module(name))]


def _module(name: str) -> Any:
    try:
        return importlib.import_module({"SciPy": "scipy.special", "PyTorch": "torch"}[name])
    except ModuleNotFoundError:
        return None


def _batches(dtype: np.dtype[Any], numbers: int) -> Any:
    rng = np.random.default_rng(2026)
    for spread in SPREADS:
        for k in CLASSES:
            x = rng.normal(size=(max(1, numbers // k), k)) * spread
            x[1::3] += rng.normal() * 300  # far from 0
            x[2::3] = np.round(x[2::3])  # ties
            with np.errstate(over="ignore"):
                yield x.astype(dtype)


def _true(x: Array) -> dict[str, Array]:
    wide = x.astype(np.longdouble if x.dtype == np.float64 else np.float64)
    gaps = wide - wide.max(axis=-1, keepdims=True)
    terms = np.exp(gaps)
    tails = terms.copy()
    np.put_along_axis(tails, x.argmax(axis=-1)[:, np.newaxis], 0.0, axis=-1)
    tail = tails.sum(axis=-1, keepdims=True)
    log_p = gaps - np.log1p(tail)
    return {
        "softmax": terms / (1 + tail),
        "log_softmax": log_p,
        "logsumexp": (wide.max(axis=-1, keepdims=True) + np.log1p(tail))[:, 0],
        "cross_entropy": -log_p[:, 0],
    }


def _implementations(dtype: np.dtype[Any]) -> dict[str, dict[str, Function]]:
    def with_kernels(name: str) -> dict[str, Function]:
        def at(function: Function) -> Function:
            def compute(x: Array) -> Array:
                _kernels.use_instruction_set(name)
                return function(x)

            return compute

        ours = {name: at(getattr(sm, name)) for name in ("softmax", "log_softmax", "logsumexp")}
        return ours | {"cross_entropy": at(lambda x: sm.cross_entropy(x, np.zeros(len(x), int), reduction="none"))}

    found: dict[str, dict[str, Function]] = {name: with_kernels(name) for name in _kernels.instruction_sets()}
    special, torch = _module("SciPy"), _module("PyTorch")
    if special is not None and dtype.name != "bfloat16":
        found["SciPy"] = {
            "softmax": lambda x: special.softmax(x, axis=-1),
            "log_softmax": lambda x: special.log_softmax(x, axis=-1),
            "logsumexp": lambda x: special.logsumexp(x, axis=-1),
        }
    if torch is not None and dtype.name != "bfloat16":
        found["PyTorch"] = {
            "softmax": lambda x: torch.softmax(torch.from_numpy(x), -1).numpy(),
            "log_softmax": lambda x: torch.log_softmax(torch.from_numpy(x), -1).numpy(),
            "logsumexp": lambda x: torch.logsumexp(torch.from_numpy(x), -1).numpy(),
            "cross_entropy": lambda x: torch.nn.functional.cross_entropy(
                torch.from_numpy(x), torch.zeros(len(x), dtype=torch.long), reduction="none"
            ).numpy(),
        }
    return found


def _ulps(function: str, got: Array, true: Array, x: Array) -> float:
    at = (
        np.maximum(np.abs(true), np.abs(x.astype(true.dtype)).max(axis=-1)) if function == "logsumexp" else np.abs(true)
    )
    largest = float(_finfo(got.dtype).max)
    inside = np.isfinite(true) & (at < largest / 2)
    error = np.abs(got.astype(true.dtype) - true) / spacing(at, got.dtype)
    return float(np.max(np.where(inside, np.where(np.isnan(error), np.inf, error), 0.0), initial=0.0))


def _finfo(dtype: np.dtype[Any]) -> Any:
    return ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]


def spacing(value: Array, dtype: np.dtype[Any]) -> Array:
    """Give the distance of neighbouring numbers of `dtype` at positive values, subnormal ones included."""
    information = _finfo(dtype)
    exponent = np.frexp(np.maximum(value, float(information.smallest_normal)))[1] - 1
    return np.ldexp(np.ones_like(value), exponent - information.nmant)


def unary(step: int) -> None:
    """Every float32 number (with `step` 1) through sigmoid, log_sigmoid, softplus and softmax([x, 0])."""
    functions: dict[str, tuple[Function, str]] = {
        "sigmoid": (sm.sigmoid, "p"),
        "log_sigmoid": (sm.log_sigmoid, "log_p"),
        "softplus": (sm.softplus, "lse"),
        "softmax of [x, 0]": (lambda x: sm.softmax(np.stack([x, np.zeros_like(x)], axis=-1))[:, 0], "p"),
        "log_softmax of [x, 0]": (lambda x: sm.log_softmax(np.stack([x, np.zeros_like(x)], axis=-1))[:, 0], "log_p"),
    }
    names = _kernels.instruction_sets()
    which = "every" if step == 1 else f"every {step}th"
    print(f"\n| {which} finite float32 | {' | '.join(names)} |\n|---{'|---' * len(names)}|", flush=True)
    worst = {(function, name): 0.0 for function in functions for name in names}
    piece = 1 << 20
    for begin in range(0, 1 << 32, piece * step):
        x = (np.arange(0, piece * step, step, dtype=np.uint64) + begin).astype(np.uint32).view(np.float32)
        x = x[np.isfinite(x)]
        wide = x.astype(np.float64)
        t = np.exp(-np.abs(wide))
        log_sum = np.log1p(t)
        true = {
            "p": np.where(wide < 0.0, t, 1.0) / (1.0 + t),
            "log_p": np.minimum(wide, 0.0) - log_sum,
            "lse": np.maximum(wide, 0.0) + log_sum,
        }
        unit = {key: 1.0 / spacing(np.abs(value), np.dtype(np.float32)) for key, value in true.items()}
        for function, (ours, key) in functions.items():
            for name in names:
                _kernels.use_instruction_set(name)
                error = np.abs(ours(x) - true[key]) * unit[key]
                worst[function, name] = max(worst[function, name], float(error.max(initial=0.0)))
    for function in functions:
        print(f"| {function} | {' | '.join(f'{worst[function, name]:.3f}' for name in names)} |", flush=True)


if __name__ == "__main__":
    main()
