"""Our functions in PyTorch, JAX and Keras beside theirs, on one core, in turns.

Run ``python -m benchmarks.bench_frameworks``.

Ratios are theirs divided by ours, of medians; both make fresh memory for what they give. Keras is timed on the backend
that KERAS_BACKEND names. Frameworks that are not installed are left out.
"""

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import softargmax as sm
from benchmarks.measure import Run, interleaved, machine
from softargmax.networks import attention

SHAPES = ((1, 10), (65536, 10), (1000, 1000), (8192, 1000))
Pairs = dict[str, tuple[Run, Run]]  # theirs and ours


def of_torch(x: np.ndarray, codes: np.ndarray) -> Pairs:
    import torch

    ours = importlib.import_module("softargmax.torch")
    torch.set_num_threads(1)
    logits, targets = torch.tensor(x), torch.tensor(codes)
    learned = logits.clone().requires_grad_()

    def trained(loss: Any) -> Run:
        def run() -> object:
            learned.grad = None
            return loss(learned, targets).backward()

        return run

    return {
        "softmax": (lambda: torch.softmax(logits, -1), lambda: ours.softmax(logits)),
        "log_softmax": (lambda: torch.log_softmax(logits, -1), lambda: ours.log_softmax(logits)),
        "cross-entropy": (
            lambda: torch.nn.functional.cross_entropy(logits, targets),
            lambda: ours.cross_entropy(logits, targets),
        ),
        "cross-entropy and derivative": (trained(torch.nn.functional.cross_entropy), trained(ours.cross_entropy)),
    }


def of_jax(x: np.ndarray, codes: np.ndarray) -> Pairs:
    import jax

    ours = importlib.import_module("softargmax.jax")
    logits, targets = jax.numpy.asarray(x), jax.numpy.asarray(codes)

    def own_loss(x: Any, y: Any) -> Any:
        return -jax.numpy.take_along_axis(jax.nn.log_softmax(x), y[:, None], axis=1).mean()

    def compiled(function: Any, *arrays: Any) -> Run:
        call = jax.jit(function)
        return lambda: jax.block_until_ready(call(*arrays))

    return {
        **{
            name: (compiled(getattr(jax.nn, name), logits), compiled(getattr(ours, name), logits))
            for name in ("softmax", "log_softmax")
        },
        "cross-entropy": (compiled(own_loss, logits, targets), compiled(ours.cross_entropy, logits, targets)),
        "cross-entropy and derivative": (
            compiled(jax.value_and_grad(own_loss), logits, targets),
            compiled(jax.value_and_grad(ours.cross_entropy), logits, targets),
        ),
    }


def of_keras(x: np.ndarray, codes: np.ndarray) -> Pairs:
    import keras

    ours = importlib.import_module("softargmax.keras")
    logits, targets = keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(codes)
    if keras.backend.backend() == "jax":
        wait: Callable[[Any], object] = sys.modules["jax"].block_until_ready
    else:
        sys.modules["torch"].set_num_threads(1)
        wait = id
    losses = keras.losses.SparseCategoricalCrossentropy(from_logits=True), ours.CrossEntropy()

    def waited(function: Any, *arrays: Any) -> Run:
        return lambda: wait(function(*arrays))

    return {
        **{
            name: (waited(getattr(keras.activations, name), logits), waited(getattr(ours, name), logits))
            for name in ("softmax", "log_softmax")
        },
        "cross-entropy": (waited(losses[0], targets, logits), waited(losses[1], targets, logits)),
    }


FRAMEWORKS = {"torch": of_torch, "jax": of_jax, "keras": of_keras}


def against_sdpa(repeats: int) -> None:
    """Print the time of attention beside PyTorch's."""
    import torch

    torch.set_num_threads(1)
    print("\n| heads x rows x numbers | PyTorch, ms | ours, ms | ratio |\n|---|---|---|---|")
    for heads, rows in ((8, 64), (8, 512), (8, 2048)):
        given = [np.random.default_rng(i).normal(size=(heads, rows, 64)).astype(np.float32) for i in range(3)]
        tensors = [torch.tensor(part) for part in given]
        fused = torch.nn.functional.scaled_dot_product_attention
        runs: dict[str, Run] = {"theirs": partial(fused, *tensors), "ours": partial(attention, *given)}
        seconds = interleaved(runs, repeats)
        theirs, mine = seconds["theirs"] * 1e3, seconds["ours"] * 1e3
        print(f"| {heads} x {rows} x 64 | {theirs:.2f} | {mine:.2f} | {theirs / mine:.2f} |", flush=True)


def main() -> int:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="Our functions in frameworks, beside theirs.")
    parser.add_argument("frameworks", nargs="*", default=[*FRAMEWORKS, "attention"])
    parser.add_argument("--repeats", type=int, default=9)
    given = parser.parse_args()
    # Before a framework makes threads: XLA has no switch for their number that covers all of its pools.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    threadpool_limits(1)
    sm.set_num_threads(1)
    print(f"{machine()}, one of them used\n")
    print("| framework | function | " + " | ".join(f"{n} x {k}" for n, k in SHAPES) + " | tiny: theirs, ours (us) |")
    print("|---|---|" + "---|" * (len(SHAPES) + 1))
    for name in given.frameworks:
        if name not in FRAMEWORKS or importlib.util.find_spec(name) is None:
            continue
        rows: dict[str, list[tuple[float, float]]] = {}
        for n, k in SHAPES:
            rng = np.random.default_rng(0)
            pairs = FRAMEWORKS[name](rng.normal(size=(n, k)).astype(np.float32), rng.integers(0, k, n))
            for function, (theirs, ours) in pairs.items():
                seconds = interleaved({"theirs": theirs, "ours": ours}, given.repeats)
                rows.setdefault(function, []).append((seconds["theirs"], seconds["ours"]))
        for function, found in rows.items():
            ratios = " | ".join(f"{theirs / ours:.2f}" for theirs, ours in found)
            tiny = f"{found[0][0] * 1e6:.0f}, {found[0][1] * 1e6:.0f}"
            print(f"| {name} | {function} | {ratios} | {tiny} |", flush=True)
    if "attention" in given.frameworks:
        against_sdpa(given.repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
