"""Calibrations by few rows, or by rows that have chosen the model too: they cost little where they win nothing."""

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import CalibrationWarning
from softargmax.pipeline.cautious import cautious_calibration, looks_worse


def drawn(n, scale, seed=0, n_classes=4, sureness=3.0):
    """Draw logits that are `scale` times those the labels are drawn by."""
    rng = np.random.default_rng(seed)
    z = sureness * rng.normal(size=(n, n_classes))
    return scale * z, sm.argmax(z + rng.gumbel(size=z.shape))


def test_rows_that_are_all_right_do_not_make_a_model_surer_by_much():
    z, _ = drawn(60, 1.0, sureness=8.0)
    codes = z.argmax(axis=1)
    with pytest.warns(CalibrationWarning, match="every row is classified right"):
        assert sm.TemperatureScaling().fit(z, codes).temperature_ < 0.6
    assert cautious_calibration(z, codes, None).temperature_ > 0.7


def test_the_penalty_fades_with_the_rows_that_say_something():
    few, many = (
        np.exp(np.mean([np.log(cautious_calibration(*drawn(n, 2.0, seed), None).temperature_) for seed in range(10)]))
        for n in (20, 400)
    )
    assert 1.1 < few < 1.7 < many < 2.2


def test_with_enough_errors_it_is_the_calibration_that_rows_left_out_prefer():
    z, codes = drawn(2000, 3.0, sureness=1.0)
    expected = sm.AutoCalibration().fit(z, codes).calibration_
    found = cautious_calibration(z, codes, None)
    assert np.array_equal(found.transform(z), expected.transform(z))


def test_a_weight_says_how_often_a_row_counts():
    z, codes = drawn(40, 2.0)
    weight = np.arange(40) % 3
    twice = np.repeat(np.arange(40), weight)
    found = cautious_calibration(z, codes, weight).temperature_
    assert found == pytest.approx(cautious_calibration(z[twice], codes[twice], None).temperature_, rel=1e-6)


@pytest.mark.parametrize(("temperature", "kept"), [(1.0, True), (0.2, False), (2.0, True)])
def test_a_calibration_is_called_worse_only_where_it_is(temperature, kept):
    z, codes = drawn(300, 2.0 if temperature > 1.0 else 1.0)
    assert (looks_worse(z, z / temperature, codes, None) is None) is kept


def test_a_difference_within_chance_is_not_called_worse():
    z, codes = drawn(300, 1.0)
    losses = [sm.cross_entropy(z / t, codes, reduction="none") for t in (1.0, 1.02)]
    difference = losses[1] - losses[0]
    assert looks_worse(z, z / 1.02, codes, None) is None or difference.mean() > difference.std() / np.sqrt(300)
    assert looks_worse(z, z / 1.02, codes, np.zeros(300)) is None


def test_of_no_rows_nothing_is_said():
    assert looks_worse(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0, int), None) is None
