import math

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import (
    ArgumentError,
    ArtifactError,
    CalibrationWarning,
    NotFittedError,
    ShapeError,
    TargetError,
)


def test_probabilities_are_calibrated_as_their_logarithms(multiclass):
    z, y = multiclass
    p = sm.softmax(z)
    by_logits = sm.TemperatureScaling().fit(z, y)
    by_probabilities = sm.ProbabilityCalibration(sm.TemperatureScaling()).fit(p, y)
    np.testing.assert_allclose(by_probabilities.predict_proba(p), by_logits.predict_proba(z), rtol=1e-9)
    np.testing.assert_allclose(sm.softmax(by_probabilities.transform(p)), by_logits.predict_proba(z), rtol=1e-9)


def test_what_is_wrapped_stays_as_it_was_given(multiclass):
    inner = sm.TemperatureScaling()
    wrapped = sm.ProbabilityCalibration(inner).fit(sm.softmax(multiclass[0]), multiclass[1])
    assert wrapped.calibration is inner
    assert not hasattr(inner, "temperature_")


@pytest.mark.parametrize("inner", [sm.MultilabelCalibration(sm.BetaCalibration()), "beta"])
def test_what_takes_no_rows_of_classes_cannot_be_wrapped(inner, multiclass):
    z, y = multiclass
    with pytest.raises(ArgumentError, match="calibration: expected one that calibrates logits"):
        sm.ProbabilityCalibration(inner).fit(sm.softmax(z), y)


def test_a_probability_of_class_one_is_enough(binary):
    z, y = binary
    p = sm.sigmoid(z)
    calibration = sm.ProbabilityCalibration(sm.BetaCalibration()).fit(p, y)
    np.testing.assert_allclose(calibration.predict_proba(p), sm.BetaCalibration().fit(z, y).predict_proba(z), rtol=1e-6)


def test_zeros_count_as_half_of_the_smallest_probability_seen():
    p = [[0.9, 0.1, 0.0]] * 9 + [[0.2, 0.8, 0.0]] * 3
    calibration = sm.ProbabilityCalibration(sm.TemperatureScaling()).fit(p, [0] * 8 + [2] + [1, 1, 0])
    assert calibration.floor_ == pytest.approx(0.05)
    assert calibration.predict_proba([[1.0, 0.0, 0.0]])[0, 2] > 0.0


def test_logits_passed_as_probabilities_are_refused(multiclass):
    z, y = multiclass
    with pytest.raises(TargetError):
        sm.ProbabilityCalibration(sm.TemperatureScaling()).fit(z, y)
    with pytest.raises(TargetError, match="between 0 and 1"):
        sm.ProbabilityCalibration(sm.TemperatureScaling()).fit(z[:, 0], (y == 0).astype(int))


def test_the_state_of_a_wrapped_calibration_comes_back(multiclass, tmp_path):
    z, y = multiclass
    p = sm.softmax(z)
    before = sm.ProbabilityCalibration(sm.StructuredMatrixScaling(Cs=(0.01,))).fit(p, y)
    before.save(tmp_path / "c.json")
    np.testing.assert_array_equal(sm.Calibration.load(tmp_path / "c.json").predict_proba(p), before.predict_proba(p))


@pytest.fixture
def labels(rng):
    z = rng.normal(size=(800, 3)) * 2
    return z, (rng.random(z.shape) < sm.sigmoid(z * [0.5, 1.0, 2.0])).astype(int)


def test_every_label_gets_its_own_temperature(labels):
    z, y = labels
    both = sm.MultilabelCalibration(sm.TemperatureScaling()).fit(z, y)
    for j in range(3):
        alone = sm.TemperatureScaling().fit(z[:, j], y[:, j])
        assert both.calibrations_[j].temperature_ == alone.temperature_
        np.testing.assert_array_equal(both.predict_proba(z)[:, j], alone.predict_proba(z[:, j])[:, 1])
    np.testing.assert_allclose(sm.sigmoid(both.transform(z)), both.predict_proba(z), rtol=1e-12)


def test_the_state_of_labels_comes_back(labels):
    z, y = labels
    before = sm.MultilabelCalibration(sm.BetaCalibration()).fit(z, y)
    after = sm.Calibration.from_state(before.to_state())
    np.testing.assert_array_equal(after.predict_proba(z), before.predict_proba(z))
    broken = before.to_state().to_json()
    broken["values"]["calibrations_"].pop()
    with pytest.raises(ArtifactError, match="one per label"):
        sm.Calibration.from_state(broken)


def test_a_label_that_is_always_no_is_named(labels):
    z, y = labels
    y[:, 1] = 0
    with pytest.warns(CalibrationWarning, match="label 1: "):
        after = sm.MultilabelCalibration(sm.VectorScaling()).fit(z, y)
    assert np.isfinite(after.predict_proba(z)).all()


def test_labels_of_another_shape_are_refused(labels):
    z, y = labels
    with pytest.raises(ShapeError, match="one shape"):
        sm.MultilabelCalibration(sm.TemperatureScaling()).fit(z, y[:, 0])
    with pytest.raises(TargetError):
        sm.MultilabelCalibration(sm.TemperatureScaling()).fit(z, y + 1)
    with pytest.raises(ShapeError, match="MultilabelCalibration"):
        sm.TemperatureScaling().fit(z, y)
    with pytest.raises(NotFittedError):
        sm.MultilabelCalibration(sm.TemperatureScaling()).predict_proba(z)


def test_a_floor_outside_of_the_open_interval_is_refused(multiclass):
    z, y = multiclass
    for floor in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="floor"):
            sm.ProbabilityCalibration(sm.TemperatureScaling(), floor=floor).fit(sm.softmax(z), y)


def test_a_fit_that_fails_leaves_the_last_one_alone(multiclass):
    z, y = multiclass
    p = sm.softmax(z)
    calibration = sm.ProbabilityCalibration(sm.TemperatureScaling()).fit(p, y)
    before = calibration.floor_
    with pytest.raises(TargetError):
        calibration.fit([[1.0, 0.0, 0.0, 0.0]], [7])
    assert calibration.floor_ == before
