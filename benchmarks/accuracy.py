"""Worst errors in ulp, per function, dtype and instruction set, ours beside the peers'. Run with `make accuracy`.

An ulp is the distance between two neighbouring numbers of the result's dtype at the true value. For logsumexp it is
taken at the larger of the row's maximum and the result, where the two may cancel. True values come from 80-bit long
double (tools/oracle.py). First the worst rows are searched for (adversary.py), then come random tables, in which the
peers are measured too, and of the unary functions every one of the 2^32 float32 numbers is tried; their true values
come from double, whose error of 1e-9 float32 ulp does not show.
Run: python -m benchmarks.accuracy [--seconds 10] [--numbers 2000000] [--step 1] [--write docs/accuracy.md].
"""

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

import oracle
import softargmax as sm
from benchmarks import adversary
from benchmarks.measure import machine
from benchmarks.pages import section
from softargmax import _kernels

Array = Any
Function = Callable[[Array], Array]
SPREADS = (1, 5, 20, 90)
CLASSES = (2, 3, 5, 10, 32, 64, 128, 129, 1_000, 131_072)


def main(arguments: list[str] | None = None) -> None:
    """Print three Markdown tables, and the worst rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=10.0, help="of search per function, dtype and instruction set")
    parser.add_argument("--numbers", type=int, default=2_000_000, help="per random table")
    parser.add_argument("--step", type=int, default=1, help="try every STEPth float32 number")
    parser.add_argument("--write", type=Path, help="the page to put the tables into")
    options = parser.parse_args(arguments)
    with section("search", options.write):
        adversary.main(["--seconds", str(options.seconds)])
    with section("random", options.write):
        print(f"\n{machine()}; {options.numbers} numbers per table")
        rows(options.numbers)
    with section("unary", options.write):
        unary(options.step)


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
                        error = float(oracle.ulps(compute(x), *true[function]).max(initial=0.0))
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


def _true(x: Array) -> dict[str, tuple[Array, Array | None]]:
    rows = oracle.Rows.of(x)
    log_p = rows.log_softmax()
    return {
        "softmax": (rows.softmax(), None),
        "log_softmax": (log_p, None),
        "logsumexp": rows.logsumexp(),
        "cross_entropy": (-log_p[:, 0], None),
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
        unit = {key: 1.0 / oracle.spacing(np.abs(value), np.float32) for key, value in true.items()}
        for function, (ours, key) in functions.items():
            for name in names:
                _kernels.use_instruction_set(name)
                error = np.abs(ours(x) - true[key]) * unit[key]
                worst[function, name] = max(worst[function, name], float(error.max(initial=0.0)))
    for function in functions:
        print(f"| {function} | {' | '.join(f'{worst[function, name]:.3f}' for name in names)} |", flush=True)


if __name__ == "__main__":
    main()
