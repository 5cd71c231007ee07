"""Calibrated logits of rows that no fit has seen."""

import numpy as np
import pytest

import softargmax as sm
from softargmax.calibration import out_of_fold
from softargmax.exceptions import ArgumentError, ShapeError

KINDS = {
    "temperature": sm.TemperatureScaling(),
    "structured": sm.StructuredMatrixScaling(Cs=(0.01, 0.1), cv=2),
    "isotonic": sm.IsotonicCalibration(),
    "auto": sm.AutoCalibration(cv=2),
}


@pytest.mark.parametrize("calibration", KINDS.values(), ids=KINDS)
def test_every_row_is_calibrated_by_a_fit_without_its_fold(calibration, multiclass, rng):
    z, y = multiclass
    folds = rng.integers(0, 3, size=len(y))
    found = out_of_fold(calibration, z, y, folds)
    for fold in range(3):
        out = folds == fold
        expected = calibration.clone().fit(z[~out], y[~out]).transform(z[out])
        np.testing.assert_array_equal(found[out], expected)


def test_a_row_s_own_class_does_not_change_what_is_said_of_it(multiclass):
    z, y = multiclass
    folds = np.arange(len(y)) % 4
    other = np.append((y[:1] + 1) % 4, y[1:])
    before, after = (out_of_fold(sm.BetaCalibration(), z, codes, folds) for codes in (y, other))
    np.testing.assert_array_equal(before[::4], after[::4])
    assert not np.array_equal(before[1::4], after[1::4])


def test_the_order_of_the_rows_does_not_matter(multiclass, rng):
    z, y = multiclass
    order = rng.permutation(len(y))
    straight, shuffled = out_of_fold(sm.VectorScaling(), z, y), out_of_fold(sm.VectorScaling(), z[order], y[order])
    np.testing.assert_allclose(shuffled, straight[order], rtol=1e-6)


def test_a_row_that_stands_twice_is_left_out_with_itself(multiclass):
    z, y = multiclass
    z, y = np.repeat(z[:300], 2, axis=0), np.repeat(y[:300], 2)
    found = out_of_fold(sm.IsotonicCalibration(), z, y)
    np.testing.assert_array_equal(found[::2], found[1::2])


def test_a_sigmoid_s_shape_and_dtype_come_back(binary):
    z, y = binary
    flat = out_of_fold(sm.BetaCalibration(), z.astype(np.float32), y, 3)
    column = out_of_fold(sm.BetaCalibration(), z.astype(np.float32)[:, np.newaxis], y, 3)
    assert flat.shape == z.shape
    assert flat.dtype == np.float32
    np.testing.assert_array_equal(column, flat[:, np.newaxis])


def test_probabilities_are_left_out_as_their_logits_are(multiclass):
    z, y = multiclass
    by_logits = out_of_fold(sm.TemperatureScaling(), z, y)
    by_probabilities = out_of_fold(sm.ProbabilityCalibration(sm.TemperatureScaling(), floor=1e-30), sm.softmax(z), y)
    np.testing.assert_allclose(sm.softmax(by_probabilities), sm.softmax(by_logits), rtol=1e-9)


def test_weights_go_to_the_fits(multiclass):
    z, y = multiclass
    folds, weight = np.arange(len(y)) % 2, np.where(y == 0, 3.0, 1.0)
    found = out_of_fold(sm.VectorScaling(), z, y, folds, sample_weight=weight)
    expected = sm.VectorScaling().fit(z[1::2], y[1::2], sample_weight=weight[1::2]).transform(z[::2])
    np.testing.assert_array_equal(found[::2], expected)


def test_rows_whose_truth_is_ruled_out_are_calibrated_too(multiclass):
    z, y = multiclass
    z = z.copy()
    z[5, y[5]] = -np.inf
    found = out_of_fold(sm.TemperatureScaling(), z, y)
    assert np.isneginf(found[5, y[5]])
    assert np.isfinite(np.delete(found, 5, axis=0)).all()


def test_labels_are_left_out_by_given_numbers_only(rng):
    z = rng.normal(size=(400, 2))
    y = (rng.random(z.shape) < sm.sigmoid(2 * z)).astype(int)
    labels = sm.MultilabelCalibration(sm.TemperatureScaling())
    assert out_of_fold(labels, z, y, np.arange(400) % 2).shape == z.shape
    with pytest.raises(ArgumentError, match="folds: expected the number of every row's fold"):
        out_of_fold(labels, z, y)


@pytest.mark.parametrize(
    ("folds", "error", "message"),
    [
        (1, ArgumentError, "folds: expected an integer >= 2"),
        (np.zeros(1200, int), ArgumentError, "at least two"),
        ([0, 1], ShapeError, "a number per row"),
    ],
)
def test_folds_that_leave_nothing_to_fit_to_are_refused(folds, error, message, multiclass):
    with pytest.raises(error, match=message):
        out_of_fold(sm.TemperatureScaling(), *multiclass, folds)


def test_rows_and_classes_of_different_number_are_refused(multiclass):
    z, y = multiclass
    with pytest.raises(ShapeError, match="as many rows"):
        out_of_fold(sm.TemperatureScaling(), z, y[1:])
