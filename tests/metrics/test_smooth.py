import math

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.metrics._smoothing import cosines, integral, kernel_matrix, smooth_error


def rows(confidence, correct):
    confidence = np.asarray(confidence, float)
    return 1 - np.asarray(correct, int), np.column_stack([confidence, 1 - confidence])


def smoothed(position, residual, bandwidth, points=40001):
    """Sum kernels and their mirror images on a grid, and integrate by the midpoint rule."""
    t = (np.arange(points) + 0.5) / points
    total = np.zeros(points)
    for f, r in zip(position, residual, strict=True):
        for image in range(-4, 5):
            for centre in (f + 2 * image, -f + 2 * image):
                total += r * np.exp(-0.5 * ((t - centre) / bandwidth) ** 2)
    return np.abs(total).mean() / (bandwidth * math.sqrt(2 * math.pi))


def test_mass_at_confidence_one_counts_in_full():
    # relplot and its ports: .1327, because they count half of it.
    y = np.array([1] * 5000 + [1] * 3500 + [0] * 1500)
    f = np.array([1.0] * 5000 + [0.5] * 5000)
    value = metrics.smooth_calibration_error(y, probabilities=np.column_stack([1 - f, f])).value
    # At confidence 1/2 of two classes, the first is predicted.
    assert value == pytest.approx(0.1, abs=1e-12)


def test_mass_at_one_of_either_sign_counts_in_full():
    y, p = rows([1.0] * 100 + [0.6] * 100, [1] * 80 + [0] * 20 + [1] * 60 + [0] * 40)
    assert metrics.smooth_calibration_error(y, probabilities=p).value == pytest.approx(0.1, abs=1e-12)


@pytest.mark.parametrize("bandwidth", [0.01, 0.1, 0.7])
def test_the_integral_is_that_of_reflected_gaussians(rng, bandwidth):
    position, residual = np.sort(rng.random(30)), rng.normal(size=30) / 30
    position[[0, -1]] = 0.0, 1.0
    modes = cosines(position, residual, int(2.75 / bandwidth) + 1)
    assert integral(modes, bandwidth) == pytest.approx(smoothed(position, residual, bandwidth), rel=2e-7)


def test_the_error_is_the_bandwidth_at_which_the_integral_equals_it(rng):
    position, residual = np.sort(rng.random(40)), rng.normal(size=40) / 40
    error = smooth_error(position, residual)
    assert smoothed(position, residual, error) == pytest.approx(error, rel=2e-7)


def test_moments_within_cells_lose_no_digits(rng):
    position, residual = np.sort(rng.random(1000)), rng.normal(size=1000)
    modes = cosines(position, residual, 200)
    exact = np.cos(np.pi * np.outer(np.arange(201), position)) @ residual
    assert np.abs(modes - exact).max() < 1e-11


def test_errors_of_one_sign_smooth_to_their_sum(rng):
    confidence = rng.uniform(0.5, 1.0, size=500)
    y, p = rows(confidence, np.ones(500))
    value = metrics.smooth_calibration_error(y, probabilities=p).value
    assert value == pytest.approx(1 - confidence.mean(), rel=1e-12)


def test_opposite_errors_that_are_far_apart_do_not_cancel():
    y, p = rows([0.95] * 100 + [0.55] * 100, [1] * 94 + [0] * 6 + [1] * 56 + [0] * 44)
    assert metrics.smooth_calibration_error(y, probabilities=p).value == pytest.approx(0.01, rel=1e-9)


def test_opposite_errors_that_are_close_cancel():
    y, p = rows([0.8001] * 100 + [0.7999] * 100, [1] * 90 + [0] * 10 + [1] * 70 + [0] * 30)
    assert metrics.smooth_calibration_error(y, probabilities=p).value < 0.005
    assert metrics.expected_calibration_error(y, probabilities=p, n_bins=10).value > 0.09


def test_a_close_pair_smooths_like_the_derivative_of_a_gaussian():
    # The integral of the derivative's absolute value is 2 / (bandwidth (2 pi)^(1/2)).
    error = smooth_error(np.array([0.3, 0.3 + 1e-7]), np.array([1.0, -1.0]))
    assert error == pytest.approx(math.sqrt(2e-7 / math.sqrt(2 * math.pi)), rel=1e-3)


def test_an_error_too_small_to_resolve_is_small():
    assert smooth_error(np.array([0.3, 0.3 + 1e-10]), np.array([1.0, -1.0])) <= 1e-4
    assert smooth_error(np.array([0.3, 0.4]), np.array([1e-9, -1e-9])) <= 2e-9


def test_kernel_matrices_keep_mass():
    for bandwidth in (0.02, 0.3):
        matrix = kernel_matrix(bandwidth, 100)
        assert matrix.sum(axis=0) == pytest.approx(np.ones(100), rel=1e-12)
        assert matrix.min() > -1e-8


def test_the_interval_of_a_calibrated_model_holds_almost_nothing():
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(2000, 3))
    y = (rng.random(2000)[:, None] > sm.softmax(logits).cumsum(axis=1)).sum(axis=1).clip(0, 2)
    assert metrics.smooth_calibration_error(y, logits=logits).low == 0.0
