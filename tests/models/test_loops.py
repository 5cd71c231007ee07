"""The loops of a fit have the same bits with every instruction set."""

import numpy as np
import pytest
from scipy import sparse

from softargmax import _kernels


def adamw_steps(rng, dtype):
    arrays = [rng.random(77).astype(dtype) for _ in range(6)]
    options = {"beta1": 0.9, "beta2": 0.99, "rate": 0.1, "root_scale": 1.5, "epsilon": 1e-8, "decay": 0.1, "share": 0.3}
    for _ in range(3):
        _kernels.adamw_step(*arrays, **options)
    return arrays


def tempered_moments(rng, dtype):
    logits, out = (9 * rng.normal(size=(50, 7))).astype(dtype), np.empty((50, 4))
    _kernels.tempered_moments(logits, logits.max(axis=1), np.arange(50) % 7, 0.7, out)
    return [out]


def sparse_products(rng, dtype):
    X, tiles = sparse.random(30, 12, 0.3, "csr", dtype, rng=0), rng.normal(size=(3, 12, 16)).astype(dtype)
    starts, columns, out = X.indptr.astype(np.int32), X.indices.astype(np.int32), np.ones((30, 48), dtype)
    _kernels.sparse_forward(starts, columns, X.data, out, tiles)
    gradient = np.zeros_like(tiles)
    _kernels.sparse_backward(starts, columns, X.data, out, gradient)
    return [out, gradient]


def standardized(rng, dtype):
    out = np.empty((9, 21), dtype)
    _kernels.standardize(
        rng.normal(size=(9, 21)).astype(dtype), rng.random(21).astype(dtype), rng.random(21).astype(dtype), out
    )
    return [out]


def coordinate_steps(rng, dtype):
    rows, step = rng.normal(size=(40, 13)), np.empty((3, 13))
    u, gradient, start = rng.normal(size=(3, 13, 9)), *rng.normal(size=(2, 3, 13))
    model = rows.T @ rows, np.eye(3), np.ones(13), np.full(13, 2.0), gradient, start, u, u
    _kernels.coordinate_descent(*model, step, 1e-9, 20)
    return [step]


LOOPS = [adamw_steps, tempered_moments, sparse_products, standardized, coordinate_steps]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
def test_no_instruction_set_changes_a_bit_of_a_loop_of_a_fit(instruction_set, loop, dtype):
    results = loop(np.random.default_rng(0), dtype)
    _kernels.use_instruction_set(_kernels.instruction_sets()[0])
    for result, lowest in zip(results, loop(np.random.default_rng(0), dtype), strict=True):
        assert np.array_equal(result, lowest)
        assert np.isfinite(result).all()
