"""Where scikit-learn goes wrong and we do not; each test shows both, so that one learns when it is mended.

The same for packages that are not installed here is a program: python -m benchmarks.peer_bugs.
"""

import warnings

import numpy as np
import pytest
from sklearn import calibration as scikit_learn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

import softargmax as sm

has_temperature = pytest.mark.skipif(
    not hasattr(scikit_learn, "_TemperatureScaling"), reason="scikit-learn has no temperature before 1.8"
)
MENDED = "scikit-learn has mended this: take the comparison out"


class Given(ClassifierMixin, BaseEstimator):
    """Takes logits for features."""

    classes_ = np.arange(3)

    def fit(self, X, y):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, X):
        return X.argmax(axis=1)

    def predict_proba(self, X):
        return sm.softmax(X)


def theirs(method, z, y):
    return CalibratedClassifierCV(FrozenEstimator(Given()), method=method).fit(z, y)


@pytest.fixture
def drawn():
    rng = np.random.default_rng(1)
    z = rng.normal(size=(4000, 3))
    return z, sm.argmax(z + rng.gumbel(size=z.shape))


@pytest.mark.filterwarnings("ignore:Number of classes in training fold:RuntimeWarning")
@pytest.mark.parametrize("method", [pytest.param("temperature", marks=has_temperature), "sigmoid", "isotonic"])
def test_a_class_that_no_row_has_is_an_index_error_there(drawn, method):
    z, y = drawn
    with pytest.raises(IndexError):
        theirs(method, z[y < 2], y[y < 2])


@pytest.mark.parametrize("calibration", [sm.TemperatureScaling(), sm.IsotonicCalibration(), sm.AutoCalibration()])
def test_a_class_that_no_row_has_keeps_its_column_here(drawn, calibration):
    z, y = drawn
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.exceptions.CalibrationWarning)
        p = calibration.fit(z[y < 2], y[y < 2]).predict_proba(z)
    assert p.shape == z.shape
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-12)


def test_isotonic_log_loss_is_infinite_there_and_finite_here(drawn):
    z, y = drawn
    few, rest = slice(0, 200), slice(200, None)
    p = theirs("isotonic", z[few], y[few]).predict_proba(z[rest])
    assert (p[np.arange(len(p)), y[rest]] == 0).any(), MENDED
    ours = sm.IsotonicCalibration().fit(z[few], y[few]).transform(z[rest])
    assert sm.cross_entropy(ours, y[rest]) < 1.0


@pytest.mark.skipif(
    not hasattr(scikit_learn, "_TemperatureScaling"), reason="scikit-learn has no temperature before 1.8"
)
def test_logits_a_million_times_as_large_reach_a_bound_there_and_scale_the_temperature_here(drawn):
    z, y = drawn
    assert 1 / scikit_learn._TemperatureScaling().fit(1e6 * z, y).beta_ < 1e5, MENDED  # e^10 is its bound
    once, scaled = (sm.TemperatureScaling().fit(c * z, y).temperature_ for c in (1.0, 1e6))
    assert scaled == pytest.approx(1e6 * once, rel=1e-9)


def test_probabilities_in_float32_are_calibrated(drawn):
    # netcal 1.4.0 gives float32 probabilities back as they came.
    z, y = drawn
    p = sm.softmax(3 * z).astype(np.float32)
    calibration = sm.ProbabilityCalibration(sm.TemperatureScaling()).fit(p, y)
    np.testing.assert_allclose(calibration.predict_proba(p), sm.softmax(z), atol=0.03)
