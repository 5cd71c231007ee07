import math

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import softargmax as sm
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError, TargetError
from softargmax.probabilities import _reference

pytestmark = pytest.mark.usefixtures("instruction_set")

INF, NAN = math.inf, math.nan
UNARY = [sm.sigmoid, sm.log_sigmoid, sm.softplus]


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=8))
def test_they_are_the_two_class_softmax_family(values):
    x = np.array(values)
    for function, formula in zip(UNARY, [_reference.sigmoid, _reference.log_sigmoid, _reference.softplus], strict=True):
        np.testing.assert_allclose(function(x), formula(x), rtol=1e-15 * 8, atol=5e-324)


# To 200 bits (mpmath), rounded: sigmoid, log_sigmoid and softplus at the same point.
@pytest.mark.parametrize(
    ("x", "s", "log_s", "plus"),
    [
        (0.0, 0.5, -0.6931471805599453, 0.6931471805599453),
        (-745.0, 4.940656458412465e-324, -745.0, 4.940656458412465e-324),
        (40.0, 1.0, -4.248354255291589e-18, 40.0),
        (-1e308, 0.0, -1e308, 0.0),
        (1e308, 1.0, -0.0, 1e308),
        (INF, 1.0, -0.0, INF),
        (-INF, 0.0, -INF, 0.0),
        (NAN, NAN, NAN, NAN),
    ],
)
def test_values_at_the_ends(x, s, log_s, plus):
    np.testing.assert_allclose([f(x) for f in UNARY], [s, log_s, plus], rtol=3e-16, atol=0)


def test_float32_keeps_subnormal_probabilities():
    # torch.sigmoid(-90) and scipy.special.expit(-100) are 0 in float32.
    assert sm.sigmoid(np.float32(-100)) == np.float32(3.783506e-44)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
@pytest.mark.parametrize("function", UNARY)
def test_shape_dtype_and_strides_are_kept(rng, function, dtype):
    x = rng.normal(size=(6, 4, 2)).astype(dtype)[::2, ::-1]
    result = function(x)
    assert result.shape == x.shape
    assert result.dtype == dtype
    assert np.array_equal(result, function(x.copy()))
    assert function(np.empty((0, 2), dtype)).shape == (0, 2)
    into = x.copy()
    assert function(into, out=into) is into
    assert np.array_equal(into, result)


def test_binary_cross_entropy_is_the_two_class_cross_entropy(rng):
    x, y = rng.normal(size=30) * 9, rng.integers(0, 2, size=30)
    two = np.stack([np.zeros(30), x], axis=1)
    np.testing.assert_allclose(sm.binary_cross_entropy(x, y), sm.cross_entropy(two, y), rtol=1e-14)


def test_binary_cross_entropy_reduces_and_weighs(rng):
    x, y = rng.normal(size=(4, 3)), rng.random((4, 3))
    plain = sm.binary_cross_entropy(x, y, reduction="none")
    assert plain.shape == (4, 3)
    assert sm.binary_cross_entropy(x, y, reduction="sum") == pytest.approx(plain.sum())
    heavy = sm.binary_cross_entropy(x, np.ones((4, 3)), pos_weight=[1.0, 2.0, 3.0], reduction="none")
    np.testing.assert_allclose(heavy, sm.softplus(-x) * [1.0, 2.0, 3.0], rtol=1e-15)


@pytest.mark.parametrize(
    ("x", "y", "loss"),
    [(INF, 1, 0.0), (INF, 0, INF), (-INF, 0, 0.0), (-INF, 1, INF), (NAN, 0, NAN), (NAN, 1, NAN)],
)
def test_a_certain_logit_costs_nothing_or_everything(x, y, loss):
    np.testing.assert_array_equal(sm.binary_cross_entropy([x], [y]), loss)


@pytest.mark.parametrize(
    ("targets", "error"),
    [([2], TargetError), ([NAN], TargetError), (["yes"], DTypeError), ([0, 1], ShapeError)],
)
def test_targets_must_be_probabilities(targets, error):
    with pytest.raises(error, match="targets"):
        sm.binary_cross_entropy([0.0, 1.0, 2.0] if error is ShapeError else [0.0], targets)


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ArgumentError, match="reduction"):
        sm.binary_cross_entropy([0.0], [1], reduction="max")


@pytest.mark.parametrize(
    ("weight", "error"),
    [([[1.0], [2.0]], ShapeError), ([1.0, 2.0, 3.0], ShapeError), (-3.0, ArgumentError), (NAN, ArgumentError)],
)
def test_weights_of_yes_must_fit(weight, error):
    with pytest.raises(error, match="pos_weight"):
        sm.binary_cross_entropy([0.0, 1.0], [1, 0], pos_weight=weight)


def test_a_weight_of_zero_removes_a_yes():
    assert sm.binary_cross_entropy([-INF], [1], pos_weight=0) == 0.0
