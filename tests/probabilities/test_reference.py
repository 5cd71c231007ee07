"""The plain formulas hold for every library that keeps the array API standard."""

import array_api_strict as strict
import numpy as np
import pytest

from softargmax.probabilities import _reference

UNARY = ["softmax", "log_softmax", "logsumexp", "sigmoid", "log_sigmoid", "softplus"]


@pytest.mark.parametrize("name", UNARY)
def test_a_formula_gives_the_same_in_another_library(rng, name):
    x = rng.normal(size=(5, 4)) * 10
    x[0, 1], x[1] = -np.inf, -np.inf
    formula = getattr(_reference, name)
    there = formula(strict.asarray(x), xp=strict)
    np.testing.assert_array_equal(np.asarray(there), formula(x))


@pytest.mark.parametrize("name", UNARY[:3])
def test_a_mask_means_the_same_in_another_library(rng, name):
    x, where = rng.normal(size=(5, 4)), rng.random((5, 4)) < 0.6
    where[2] = False
    formula = getattr(_reference, name)
    there = formula(strict.asarray(x), strict.asarray(where), xp=strict)
    np.testing.assert_array_equal(np.asarray(there), formula(x, where))


@pytest.mark.parametrize("name", ["cross_entropy", "cross_entropy_gradient"])
def test_a_loss_is_the_same_in_another_library(rng, name):
    x, q = rng.normal(size=(5, 4)), rng.dirichlet(np.ones(4), size=5)
    q[0] = [0.0, 1.0, 0.0, 0.0]
    formula = getattr(_reference, name)
    there = formula(strict.asarray(x), strict.asarray(q), xp=strict)
    np.testing.assert_array_equal(np.asarray(there), formula(x, q))


def test_float32_stays_float32(rng):
    x = rng.normal(size=(3, 4)).astype(np.float32)
    for name in UNARY:
        assert getattr(_reference, name)(strict.asarray(x), xp=strict).dtype == strict.float32
