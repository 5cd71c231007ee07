"""Isotonic regression, against SciPy's."""

import numpy as np
import pytest
from scipy.optimize import isotonic_regression

from softargmax._isotonic import isotonic, level_starts

SHAPES = {
    "noise": lambda rng, n: rng.normal(size=n),
    "a trend": lambda rng, n: np.linspace(0, 5, n) + rng.normal(size=n),
    "outcomes": lambda rng, n: (rng.random(n) < np.linspace(0, 1, n)).astype(float),
    "falling": lambda rng, n: np.linspace(1, 0, n),
    "rising": lambda rng, n: np.linspace(0, 1, n),
    "one low value at the end": lambda rng, n: np.append(np.linspace(0, 1, n - 1), -1.0),
    "hills": lambda rng, n: np.tile(np.append(np.arange(9.0), 0.0), n // 10),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_it_is_scipy_s(shape, rng):
    values = shape(rng, 2000)
    weight = rng.integers(1, 4, size=len(values)).astype(float)
    np.testing.assert_allclose(
        isotonic(values * weight, weight), isotonic_regression(values, weights=weight).x, rtol=1e-12, atol=1e-12
    )


def test_equal_means_are_one_level():
    # 1/3 three times over, which running means would tell apart by their rounding.
    starts = level_starts(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 6.0, 9.0, 8.0]))
    np.testing.assert_array_equal(starts, [0, 3])


def test_a_low_value_behind_a_long_rise_takes_no_pass_for_every_level():
    n = 100_000
    values = np.append(np.arange(n, dtype=float), 0.0)
    assert len(level_starts(values, np.ones(n + 1))) < n  # a pass a level would take minutes


def test_nothing_has_no_levels():
    assert len(isotonic(np.empty(0), np.empty(0))) == 0
