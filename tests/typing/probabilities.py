"""What type checkers say about functions of logits. `make check` runs mypy and pyright on this file.

`test_types.py` runs it too, and looks whether what comes is what the types say.
"""

from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import softargmax as sm

Array = npt.NDArray[Any]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

single: Float32 = np.zeros((3, 2), np.float32)
double: Float64 = np.zeros((3, 2))
unknown: Array = np.zeros((3, 2))
whole: npt.NDArray[np.int64] = np.zeros((3, 2), np.int64)
row: list[float] = [1.0, 2.0]
rows: list[list[float]] = [[1.0, 2.0], [0.0, 0.0]]
half: npt.NDArray[np.float16] = np.zeros((3, 2), np.float16)
codes = [0, 1, 1]

# Number by number.
assert_type(sm.sigmoid(0.0), np.float64)
assert_type(sm.sigmoid(1), np.float64)
assert_type(sm.sigmoid(np.float32(1.0)), np.float32)
assert_type(sm.sigmoid(np.float64(1.0)), np.float64)
assert_type(sm.log_sigmoid(single), Float32)
assert_type(sm.softplus(row), Float64)
assert_type(sm.softplus(unknown), Array)
assert_type(sm.sigmoid(whole), Array)

# Rows to rows.
assert_type(sm.softmax(single), Float32)
assert_type(sm.softmax(double, axis=0, temperature=2.0, where=[[True, False]]), Float64)
assert_type(sm.softmax(single, dtype=np.float64), Float64)
assert_type(sm.log_softmax([[1, 2], [3, 4]]), Float64)
assert_type(sm.softmax([1, 3, 2]), Float64)
assert_type(sm.softmax(row, dtype=np.float32), Float32)
assert_type(sm.softmax(unknown), Array)
assert_type(sm.softmax(whole), Array)
assert_type(sm.softmax(double, dtype="float32"), Array)
assert_type(sm.hardmax(single), Float32)
assert_type(sm.sparsemax(rows), Float64)
assert_type(sm.entmax15(double), Float64)
assert_type(sm.softmax_backward(double, single), Float32)
assert_type(sm.log_softmax_backward(row, row), Float64)

# Rows to a number each.
assert_type(sm.logsumexp(row), np.float64)
assert_type(sm.logsumexp(rows), Float64)
assert_type(sm.logsumexp(single, axis=None), np.float32)
assert_type(sm.logsumexp(single), np.float32 | Float32)
assert_type(sm.logsumexp(single, keepdims=True), Float32)
assert_type(sm.logsumexp(single, return_sign=True), tuple[np.floating[Any] | Array, np.floating[Any] | Array])
assert_type(sm.entropy(logits=row), np.float64)
assert_type(sm.entropy(logits=single), np.float32 | Float32)
assert_type(sm.entropy(probabilities=[0.5, 0.5]), np.float64)
assert_type(sm.entropy(probabilities=sm.softmax(single)), np.float32 | Float32)
assert_type(sm.kl_divergence([0.5, 0.5], [0.25, 0.75]), np.float64)
assert_type(sm.kl_divergence(sm.softmax(double), sm.softmax(double)), np.float64 | Float64)

# Losses.
assert_type(sm.cross_entropy(single, codes), np.float32)
assert_type(sm.cross_entropy(rows, [0, 1]), np.float64)
assert_type(sm.cross_entropy(single, codes, reduction="none"), Float32)
assert_type(sm.cross_entropy(half, codes), np.float32)
assert_type(
    sm.cross_entropy_and_gradient(half, codes, axis=-1, sample_weight=[1, 2, 1], reduction="none"),
    tuple[Float32, npt.NDArray[np.float16]],
)
assert_type(sm.cross_entropy(whole, codes), np.floating[Any])
assert_type(sm.cross_entropy_and_gradient(single, codes), tuple[np.float32, Float32])
assert_type(sm.cross_entropy_and_gradient(double, codes, reduction="none"), tuple[Float64, Float64])
assert_type(sm.binary_cross_entropy(row, [1, 0]), np.float64)
assert_type(sm.binary_cross_entropy(single, single, reduction="none"), Float32)
assert_type(sm.sparsemax_loss(single, codes, reduction="sum"), np.float32)
assert_type(sm.entmax15_loss(double, codes), np.float64)

# Codes and parts.
assert_type(sm.one_hot(codes), Float64)
assert_type(sm.one_hot(codes, dtype=np.int8), npt.NDArray[np.int8])
assert_type(sm.one_hot(codes, dtype="float32"), Array)
assert_type(sm.LogSumExp().update(row), sm.LogSumExp)
assert_type(sm.LogSumExp().update(row).merge(sm.LogSumExp()), sm.LogSumExp)
assert_type(sm.LogSumExp().result(), np.float64 | Float64)
