import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from softargmax import metrics
from softargmax.exceptions import ArgumentError

CURVES = ["width", "mass", "isotonic"]


def rows(rng, n, power=1.0):
    confidence = rng.uniform(0.5, 1.0, size=n)
    return (rng.random(n) > confidence**power).astype(int), np.column_stack([confidence, 1 - confidence])


@pytest.mark.parametrize("binning", CURVES[:2])
def test_the_points_are_those_of_the_calibration_error(rng, binning):
    y, p = rows(rng, 600, power=2.0)
    how = {
        "binning": binning,
        "n_bins": 12,
        "of": "label",
        "interval": metrics.Interval(n_resamples=2),
    }  # points need no resamples
    curve = metrics.reliability_curve(y, probabilities=p, **how)
    error = metrics.expected_calibration_error(y, probabilities=p, **how).value
    assert curve.share @ abs(curve.frequency - curve.probability) == pytest.approx(error, rel=1e-10)
    assert curve.share.sum() == pytest.approx(1.0)
    assert np.all(np.diff(curve.probability) > 0)


def test_the_isotonic_curve_is_scikit_learns(rng):
    y, p = rows(rng, 300)
    curve = metrics.reliability_curve(y, probabilities=p, binning="isotonic", of="label")
    expected = IsotonicRegression().fit_transform(p[:, 0], y == 0)
    assert curve.frequency == pytest.approx(expected[np.argsort(p[:, 0])], rel=1e-10)


@pytest.mark.parametrize("binning", CURVES)
def test_a_calibrated_curve_lies_within_its_band(binning):
    rng = np.random.default_rng(6)
    inside = []
    for _ in range(30):
        y, p = rows(rng, 500)
        interval = metrics.Interval(n_resamples=300)
        curve = metrics.reliability_curve(y, probabilities=p, of="label", binning=binning, interval=interval)
        inside.append(np.mean((curve.band_low <= curve.frequency) & (curve.frequency <= curve.band_high)))
    assert 0.93 <= np.mean(inside) <= 0.995


@pytest.mark.parametrize("binning", CURVES)
def test_an_overconfident_curve_leaves_its_band(binning):
    y, p = rows(np.random.default_rng(7), 3000, power=4.0)
    curve = metrics.reliability_curve(y, probabilities=p, of="label", binning=binning)
    assert curve.share[curve.frequency < curve.band_low].sum() > 0.8


def test_unknown_binnings_are_refused():
    with pytest.raises(ArgumentError, match="did you mean 'isotonic'"):
        metrics.reliability_curve([0], logits=[[1.0, 0.0]], binning="isotonik")
