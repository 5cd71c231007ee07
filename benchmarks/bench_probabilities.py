"""softmax, log_softmax, logsumexp and cross-entropy beside SciPy, and PyTorch where it is installed."""

import importlib
from typing import Any

import numpy as np
import scipy.special

import softargmax as sm
from benchmarks.measure import Run, interleaved, print_table

SHAPES = [(1, 3), (10_000, 10), (1_000, 100), (1_000, 1_000), (4, 128_256)]
REDUCING = {"logsumexp": scipy.special.logsumexp}
SAME_SHAPE = {"softmax": scipy.special.softmax, "log_softmax": scipy.special.log_softmax}


def main() -> None:
    torch = _torch()
    for dtype in (np.float32, np.float64):
        for name, peer in {**SAME_SHAPE, **REDUCING}.items():
            rows = [(f"{n} x {k}", interleaved(_runs(name, peer, n, k, dtype, torch))) for n, k in SHAPES]
            print_table(f"{name}, {np.dtype(dtype).name}{_threads(torch)}", rows)
    print_table(
        f"cross_entropy and gradient, float32{_threads(torch)}", [_cross_entropy(n, k, torch) for n, k in SHAPES[1:]]
    )


def _torch() -> Any:
    try:
        return importlib.import_module("torch")
    except ModuleNotFoundError:
        return None


def _threads(torch: Any) -> str:
    return "" if torch is None else f" (ours and SciPy: 1 thread; PyTorch: {torch.get_num_threads()})"


def _runs(name: str, peer: Any, n: int, k: int, dtype: Any, torch: Any) -> dict[str, Run]:
    x = (np.random.default_rng(0).normal(size=(n, k)) * 5).astype(dtype)
    ours = getattr(sm, name)
    runs: dict[str, Run] = {"ours": lambda: ours(x), "SciPy": lambda: peer(x, axis=-1)}
    if torch is not None:
        tensor, function = torch.from_numpy(x), getattr(torch, name)
        runs["PyTorch"] = lambda: function(tensor, dim=-1)
    runs["copy"] = x.copy
    return runs


def _cross_entropy(n: int, k: int, torch: Any) -> tuple[str, dict[str, float]]:
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(n, k)) * 5).astype(np.float32), rng.integers(0, k, size=n)

    def plain() -> object:
        p = scipy.special.softmax(x, axis=-1)
        loss = -np.log(p[np.arange(n), y]).mean()
        p[np.arange(n), y] -= 1
        return loss, p / n

    runs: dict[str, Run] = {"ours": lambda: sm.cross_entropy_and_gradient(x, y), "SciPy + NumPy": plain}
    if torch is not None:
        tensor, targets = torch.from_numpy(x).requires_grad_(), torch.from_numpy(y)

        def backward() -> object:
            tensor.grad = None
            return torch.nn.functional.cross_entropy(tensor, targets).backward()

        runs["PyTorch"] = backward
    return f"{n} x {k}", interleaved(runs)


if __name__ == "__main__":
    main()
