import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ShapeError


@pytest.mark.parametrize("n_classes", [2, 5, 128, 300])
def test_softmax_backward_is_the_jacobian_times_the_gradient(rng, n_classes, instruction_set):
    x, g = rng.normal(size=(2, 9, n_classes)) * 3
    p = sm.softmax(x)
    expected = p * (g - (p * g).sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(sm.softmax_backward(g, p), expected, atol=1e-15)


@pytest.mark.parametrize("n_classes", [2, 5, 128, 300])
def test_log_softmax_backward_is_the_jacobian_times_the_gradient(rng, n_classes, instruction_set):
    x, g = rng.normal(size=(2, 9, n_classes)) * 3
    expected = g - sm.softmax(x) * g.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(sm.log_softmax_backward(g, sm.log_softmax(x)), expected, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_component_that_rounding_could_swallow_is_kept(dtype):
    # pytorch#195680: p[0] rounds to 1, and 1 - p[0] is -softmax_backward's result.
    x = np.array([37.42994775023705, 0.0], dtype)
    small = np.exp(-float(x[0])) / (1 + np.exp(-float(x[0])))
    d = sm.softmax_backward(np.array([1.0, 0.0], dtype), sm.softmax(x))
    np.testing.assert_allclose(d, [small, -small], rtol=4 * np.finfo(dtype).eps)
    d = sm.log_softmax_backward(np.array([1.0, 0.0], dtype), sm.log_softmax(x))
    np.testing.assert_allclose(d, [small, -small], rtol=40 * np.finfo(dtype).eps)


def test_strides_axes_and_in_place(rng):
    x, g = rng.normal(size=(2, 6, 5, 4))
    p = sm.softmax(x, axis=1)
    expected = sm.softmax_backward(g, p, axis=1)
    np.testing.assert_array_equal(
        expected, np.moveaxis(sm.softmax_backward(np.moveaxis(g, 1, -1), np.moveaxis(p, 1, -1)), -1, 1)
    )
    into = g.copy()
    assert sm.softmax_backward(into, p, axis=1, out=into) is into
    np.testing.assert_array_equal(into, expected)
    into = p.copy()
    np.testing.assert_array_equal(sm.softmax_backward(g, into, axis=1, out=into), expected)


def test_a_float64_gradient_keeps_its_range_beside_float32_probabilities():
    d = sm.softmax_backward(np.array([1e60, 0.0]) * 1e-60, np.array([0.5, 0.5], np.float32))
    assert d.dtype == np.float32
    np.testing.assert_array_equal(d, np.float32([0.25, -0.25]))


def test_shapes_must_agree():
    with pytest.raises(ShapeError, match="gradient: expected the shape of probabilities"):
        sm.softmax_backward([1.0, 2.0], [0.5, 0.25, 0.25])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_classes", [2, 3, 7, 128, 129, 300])
def test_two_equal_largest_classes_have_the_gradient_of_any_two(rng, n_classes, dtype, instruction_set):
    x, g = rng.normal(size=(2, 9, n_classes)).astype(dtype)
    for i, row in enumerate(x):
        row[rng.choice(n_classes, size=min(2 + i % 3, n_classes), replace=False)] = 4.0  # two, three or four of them
    log_p = sm.log_softmax(x.astype(np.float64))
    expected = g - np.exp(log_p) * g.sum(axis=-1, keepdims=True, dtype=np.float64)
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(sm.log_softmax_backward(g, sm.log_softmax(x)), expected, atol=60 * eps)
    p = np.exp(log_p)
    expected = p * (g - (p * g).sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(sm.softmax_backward(g, sm.softmax(x)), expected, atol=20 * eps)


@pytest.mark.parametrize("backward", [sm.softmax_backward, sm.log_softmax_backward])
def test_the_gradient_may_lie_in_the_memory_that_is_written(rng, backward, instruction_set):
    p = sm.softmax(rng.normal(size=(40, 6)))
    memory = rng.normal(size=(41, 6))
    expected = backward(memory[1:].copy(), p)
    assert np.array_equal(backward(memory[1:], p, out=memory[:-1]), expected)
    memory = rng.normal(size=(41, 6))
    expected = backward(memory[:-1].copy(), p)
    assert np.array_equal(backward(memory[:-1], p, out=memory[1:]), expected)
