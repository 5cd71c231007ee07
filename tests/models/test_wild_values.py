"""A few wild values leave the rest of a column readable."""

import numpy as np
import pytest

import softargmax as sm
from softargmax._moments import FeatureMoments
from softargmax.models.standard import Standard


def standard(X, weight=None):
    weight = np.ones(len(X)) if weight is None else weight
    moments = FeatureMoments.of(X, weight)
    return moments, Standard.of(X, weight, moments)


def rows(n=600, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    return X, (X[:, 0] + 0.5 * rng.normal(size=n) > 0).astype(int)


def test_ordinary_features_keep_mean_and_standard_deviation():
    rng = np.random.default_rng(0)
    X = np.column_stack(
        [rng.normal(size=500), rng.exponential(size=500), rng.random(500) < 0.1, rng.lognormal(size=500)]
    )
    moments, found = standard(X)
    assert np.array_equal(found.mean, moments.mean)
    assert np.array_equal(found.scale, moments.scale)


@pytest.mark.parametrize(("share", "value"), [(0.002, 1e9), (0.07, -999.0), (0.2, 99999.0)])
def test_a_feature_with_wild_values_is_scaled_as_without_them(share, value):
    X, _ = rows(1000)
    X[: round(1000 * share), 0] = value
    _, found = standard(X)
    assert found.mean[0] == pytest.approx(0.0, abs=0.5)
    assert 0.7 < found.scale[0] < 1.6


def test_a_feature_that_is_mostly_one_value_keeps_its_moments():
    X = np.zeros((1000, 1))
    X[:5] = 1e6
    moments, found = standard(X)
    assert np.array_equal(found.scale, moments.scale)


def test_rows_of_weight_zero_do_not_count():
    X, _ = rows(1000)
    X[300:, 0] = 1e9
    weight = np.where(np.arange(1000) < 300, 1.0, 0.0)
    expected, found = standard(X[:300])[1], standard(X, weight)[1]
    assert np.array_equal(expected.scale, found.scale)


@pytest.mark.parametrize(("share", "value"), [(0.002, 1e9), (0.07, -99999.0)])
def test_a_network_still_learns_from_the_column(share, value):
    X, y = rows()
    spoilt = X.copy()
    spoilt[np.random.default_rng(1).random(600) < share, 0] = value
    new, truth = rows(2000, seed=2)
    accuracy = [
        sm.SoftmaxMLP((16,), max_epochs=30, random_state=0).fit(each, y).score(new, truth) for each in (X, spoilt)
    ]
    assert accuracy[1] > accuracy[0] - 0.03
