"""How ours and every peer that is installed computes a case, and memcpy as the limit."""

import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import softargmax as sm
from benchmarks.cases import Case, logits
from benchmarks.measure import Run

Array = Any


def module(name: str) -> Any:
    """Give a module, or None if it is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def ours(case: Case, x: Array) -> Run:
    """Give our run."""
    function = getattr(sm, case.function)
    if case.function == "cross_entropy_and_gradient":
        y = _codes(case)
        return lambda: function(x, y)
    if case.into and case.function != "logsumexp":  # whose results are few
        out = np.empty_like(x)
        return lambda: function(x, out=out)
    return lambda: function(x)


def sides(case: Case) -> dict[str, Run]:
    """Give the runs of everybody, ours first."""
    x = logits(case)
    runs: dict[str, Run] = {"ours": ours(case, x)}
    if case.group == "curve":
        return runs
    for name, make in PEERS.items():
        run = make(case, x)
        if run is not None:
            runs[name] = run
    return runs


def _codes(case: Case) -> Array:
    return np.random.default_rng(1).integers(0, case.shape[1], size=case.shape[0])


def _pytorch(case: Case, x: Array) -> Run | None:
    torch = module("torch")
    if torch is None:
        return None
    if case.function == "cross_entropy_and_gradient":
        return _pytorch_loss(torch, x, _codes(case))
    tensor = torch.from_numpy(x.astype(np.float32)).bfloat16() if case.dtype == "bfloat16" else torch.from_numpy(x)
    function = getattr(torch, case.function)
    if case.into:
        target = torch.empty(x.shape[0] if case.function == "logsumexp" else x.shape, dtype=tensor.dtype)
        return lambda: function(tensor, -1, out=target)
    return lambda: function(tensor, -1)


def _pytorch_loss(torch: Any, x: Array, y: Array) -> Run:
    tensor, targets = torch.from_numpy(x).requires_grad_(), torch.from_numpy(y)

    def forward_and_backward() -> object:
        tensor.grad = None
        return torch.nn.functional.cross_entropy(tensor, targets).backward()

    return forward_and_backward


def _scipy(case: Case, x: Array) -> Run | None:
    special = module("scipy.special")
    known = case.function in ("softmax", "log_softmax", "logsumexp") and case.dtype != "bfloat16"
    # It has one thread and is far behind: beside a few shapes it says enough.
    if special is None or not known or case.shape[1] not in (2, 3, 10, 100, 1_000, 32_000) or case.group == "cold":
        return None
    function = getattr(special, case.function)
    return lambda: function(x, axis=-1)


# JAX cannot be told how many threads to use, and theirs and ONNX Runtime's spin between calls, which would disturb
# everybody: they are measured beside one thread only.
def _jax(case: Case, x: Array) -> Run | None:
    jax = module("jax")
    if jax is None or case.dtype != "float32" or case.group != "in cache" or sm.get_num_threads() > 1:
        return None
    jitted, given = jax.jit(getattr(jax.nn, case.function)), jax.numpy.asarray(x)
    return lambda: jitted(given).block_until_ready()


def _onnxruntime(case: Case, x: Array) -> Run | None:
    onnx, runtime = module("onnx"), module("onnxruntime")
    operator = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}.get(case.function)
    if onnx is None or runtime is None or operator is None or case.dtype != "float32":
        return None
    if case.group != "in cache" or sm.get_num_threads() > 1:
        return None
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    node = helper.make_node(operator, ["x"], ["y"], axis=-1)
    values = [helper.make_tensor_value_info(name, kind, [None, None]) for name in ("x", "y")]
    graph = helper.make_graph([node], operator, values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})


def _memcpy(case: Case, x: Array) -> Run | None:
    if case.function != "softmax":
        return None
    out, threads = np.empty_like(x), sm.get_num_threads()
    if threads == 1 or case.group != "cold":
        return lambda: np.copyto(out, x)
    # The C library's memcpy on as many threads: NumPy copies whole parts by it and lets go of the interpreter.
    pool = ThreadPoolExecutor(threads)
    parts = list(zip(np.array_split(out, threads), np.array_split(x, threads), strict=True))
    return lambda: list(pool.map(lambda pair: np.copyto(*pair), parts))


def _pytorch_copy(case: Case, x: Array) -> Run | None:
    torch = module("torch")
    if torch is None or case.group != "cold":
        return None
    source, target = torch.from_numpy(x), torch.from_numpy(np.empty_like(x))
    return lambda: target.copy_(source)


PEERS: dict[str, Callable[[Case, Array], Run | None]] = {
    "PyTorch": _pytorch,
    "SciPy": _scipy,
    "JAX": _jax,
    "ONNX Runtime": _onnxruntime,
    "memcpy": _memcpy,
    "copy_ of PyTorch": _pytorch_copy,
}
