import math

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ShapeError, TargetError

NAN, INF = math.nan, math.inf
BOTH = [sm.sparsemax, sm.entmax15]


@pytest.mark.parametrize("function", BOTH)
@pytest.mark.parametrize("n_classes", [1, 2, 5, 64, 1000])
def test_the_result_is_on_the_simplex_and_solves_its_equation(rng, function, n_classes):
    x = rng.normal(size=(50, n_classes)) * 3
    p = function(x)
    np.testing.assert_allclose(p.sum(axis=-1), 1.0, rtol=1e-13)
    # On the support, x - p (or x / 2 - sqrt(p)) is one number, tau; off it, x is below.
    z = x - p if function is sm.sparsemax else x / 2 - np.sqrt(p)
    tau = np.where(p > 0, z, -INF).max(axis=-1, keepdims=True)
    np.testing.assert_allclose(np.where(p > 0, z, tau), np.broadcast_to(tau, x.shape), atol=1e-12)
    assert np.all((p > 0) | (z <= tau + 1e-12))


def test_known_values():
    np.testing.assert_array_equal(sm.sparsemax([0.5, 0.25, -5.0]), [0.625, 0.375, 0.0])
    np.testing.assert_array_equal(sm.sparsemax([2.0, 0.0]), [1.0, 0.0])
    np.testing.assert_array_equal(sm.entmax15([2.0, 0.0]), [1.0, 0.0])
    # tau solves (a/2 - tau)^2 + tau^2 = 1 for logits a, 0: here a = 1.
    tau = (0.5 - math.sqrt(1.75)) / 2
    np.testing.assert_allclose(sm.entmax15([1.0, 0.0]), [(0.5 - tau) ** 2, tau**2], rtol=1e-15)


@pytest.mark.parametrize("function", BOTH)
@pytest.mark.parametrize(
    ("row", "p"),
    [
        ([1.0, NAN], [NAN, NAN]),
        ([1.0, INF], [NAN, NAN]),
        ([-INF, -INF], [NAN, NAN]),
        ([0.0, -INF], [1.0, 0.0]),
        ([], []),
    ],
)
def test_special_values(function, row, p):
    np.testing.assert_array_equal(function(row), p)


@pytest.mark.parametrize("function", BOTH)
def test_a_mask_removes_classes(rng, function):
    x = rng.normal(size=(4, 6))
    where = np.array([True, False, True, True, False, True])
    np.testing.assert_array_equal(function(x, where=where)[:, where], function(x[:, where]))
    assert np.all(function(x, where=False) == 0.0)


@pytest.mark.parametrize(("function", "loss"), [(sm.sparsemax, sm.sparsemax_loss), (sm.entmax15, sm.entmax15_loss)])
def test_the_gradient_of_the_loss_is_p_minus_target(rng, function, loss):
    x, y = rng.normal(size=(30, 5)) * 2, rng.integers(0, 5, size=30)
    direction, h = rng.normal(size=x.shape), 1e-6
    slope = (loss(x + h * direction, y, reduction="sum") - loss(x - h * direction, y, reduction="sum")) / (2 * h)
    gradient = function(x) - sm.one_hot(y, n_classes=5)
    assert (gradient * direction).sum() == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize(("function", "loss"), [(sm.sparsemax, sm.sparsemax_loss), (sm.entmax15, sm.entmax15_loss)])
def test_the_loss_is_zero_where_the_target_is_met_and_positive_elsewhere(rng, function, loss):
    x = rng.normal(size=(30, 5)) * 2
    np.testing.assert_allclose(loss(x, function(x), reduction="none"), 0.0, atol=1e-15)
    assert np.all(loss(x, rng.dirichlet(np.ones(5), size=30), reduction="none") > 0.0)


def test_targets_must_fit():
    with pytest.raises(TargetError, match="between 0 and 1"):
        sm.sparsemax_loss([[0.0, 1.0]], [2])
    with pytest.raises(ShapeError, match="codes of shape"):
        sm.entmax15_loss([[0.0, 1.0]], [0, 1])
