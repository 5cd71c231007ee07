"""softmax and its family beside the peers that are installed, with memcpy as the limit."""

import importlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import softargmax as sm
from benchmarks.measure import Measured, Run, interleaved, print_table

# Many short rows, in cache: 10^5 numbers. Then what fills L2 and L3, and what fits into neither.
IN_CACHE = [(50_000, 2), (33_333, 3), (10_000, 10), (6_667, 15), (6_250, 16), (3_125, 32), (1_563, 64), (1_000, 100)]
LARGER = [(65_536, 10), (1_024, 1_000), (32, 32_000)]
OUT_OF_CACHE = [(8_192, 1_000), (256, 128_256)]
SMALLEST = [(1, 3), (1, 10), (1, 1_000), (1, 128_256)]


def main() -> list[Measured]:
    """Measure everything, once with one thread and once with all."""
    rows = []
    everything = sm.get_num_threads()
    for threads in sorted({1, everything}):
        _set_threads(threads)
        for dtype in ("float32", "float64", "bfloat16"):
            for function in ("softmax", "log_softmax", "logsumexp"):
                shapes = [*IN_CACHE, *LARGER, *(SMALLEST if threads == 1 else [])]
                table = [
                    Measured(function, dtype, threads, shape, interleaved(_runs(function, dtype, shape)))
                    for shape in shapes
                ]
                rows += print_table(f"{function}, {dtype}, {threads} thread{'s' * (threads > 1)}", table)
        table = [Measured("softmax, out=", "float32", threads, s, interleaved(_into(s))) for s in OUT_OF_CACHE]
        rows += print_table(f"softmax into an array that exists, float32, {threads} thread{'s' * (threads > 1)}", table)
        shapes = [(10_000, 10), (1_000, 100), (1_000, 1_000)]
        table = [Measured("cross_entropy", "float32", threads, s, interleaved(_cross_entropy(s))) for s in shapes]
        rows += print_table(f"cross_entropy and gradient, float32, {threads} thread{'s' * (threads > 1)}", table)
    _set_threads(everything)
    rows += print_table("three numbers, one call", [Measured("softmax", "float64", 1, (3,), interleaved(_three()))])
    return rows


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


torch, special, jax = _module("torch"), _module("scipy.special"), _module("jax")
onnx, onnxruntime = _module("onnx"), _module("onnxruntime")


def _set_threads(threads: int) -> None:
    sm.set_num_threads(threads)
    if torch is not None:
        torch.set_num_threads(threads)


def _logits(dtype: str, shape: tuple[int, ...]) -> Any:
    x = (np.random.default_rng(0).normal(size=shape) * 5).astype(np.float32 if dtype == "bfloat16" else dtype)
    return x.astype(importlib.import_module("ml_dtypes").bfloat16) if dtype == "bfloat16" else x


def _runs(function: str, dtype: str, shape: tuple[int, int]) -> dict[str, Run]:
    x = _logits(dtype, shape)
    ours = getattr(sm, function)
    runs: dict[str, Run] = {"ours": lambda: ours(x)}
    if torch is not None:
        tensor = torch.from_numpy(x.astype(np.float32)).bfloat16() if dtype == "bfloat16" else torch.from_numpy(x)
        theirs = getattr(torch, function)
        runs["PyTorch"] = lambda: theirs(tensor, dim=-1)
    if special is not None and dtype != "bfloat16" and x.size < 10**7:
        peer = getattr(special, function)
        runs["SciPy"] = lambda: peer(x, axis=-1)
    # Their threads spin between calls and would disturb everybody: beside them with one thread only.
    alone = sm.get_num_threads() == 1
    if jax is not None and dtype == "float32" and alone:
        jitted, given = jax.jit(getattr(jax.nn, function)), jax.numpy.asarray(x)
        runs["JAX"] = lambda: jitted(given).block_until_ready()
    if onnxruntime is not None and onnx is not None and alone and dtype == "float32" and function != "logsumexp":
        session = _session("Softmax" if function == "softmax" else "LogSoftmax")
        runs["ONNX Runtime"] = lambda: session.run(None, {"x": x})
    out = np.empty_like(x)
    runs["memcpy"] = lambda: np.copyto(out, x)
    return runs


def _session(operator: str) -> Any:
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    node = helper.make_node(operator, ["x"], ["y"], axis=-1)
    values = [helper.make_tensor_value_info(name, kind, [None, None]) for name in ("x", "y")]
    graph = helper.make_graph([node], operator, values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = sm.get_num_threads()
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _into(shape: tuple[int, int]) -> dict[str, Run]:
    x = _logits("float32", shape)
    out = np.empty_like(x)
    runs: dict[str, Run] = {"ours": lambda: sm.softmax(x, out=out)}
    if torch is not None:
        tensor, target = torch.from_numpy(x), torch.from_numpy(np.empty_like(x))
        runs["PyTorch"] = lambda: torch.softmax(tensor, dim=-1, out=target)
    runs["memcpy"] = lambda: np.copyto(out, x)
    return runs


def _cross_entropy(shape: tuple[int, int]) -> dict[str, Run]:
    x, y = _logits("float32", shape), np.random.default_rng(1).integers(0, shape[1], size=shape[0])
    runs: dict[str, Run] = {"ours": lambda: sm.cross_entropy_and_gradient(x, y)}
    if torch is not None:
        tensor, targets = torch.from_numpy(x).requires_grad_(), torch.from_numpy(y)

        def backward() -> object:
            tensor.grad = None
            return torch.nn.functional.cross_entropy(tensor, targets).backward()

        runs["PyTorch"] = backward
    return runs


def _three() -> dict[str, Run]:
    x = np.array([1.0, 3.0, 2.0])
    runs: dict[str, Run] = {"ours": lambda: sm.softmax(x)}
    if torch is not None:
        tensor = torch.from_numpy(x)
        runs["PyTorch"] = lambda: torch.softmax(tensor, dim=-1)
    if special is not None:
        runs["SciPy"] = lambda: special.softmax(x)
    runs["NumPy, three lines"] = _plain(x)
    return runs


def _plain(x: Any) -> Callable[[], object]:
    def run() -> object:
        e = np.exp(x - x.max())
        return e / e.sum()

    return run


if __name__ == "__main__":
    begin = time.perf_counter()
    main()
    print(f"\n{time.perf_counter() - begin:.0f} s")
