import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

import softargmax as sm
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


@pytest.mark.parametrize(("n", "runs"), [(200, 250), (2000, 100)])
def test_the_band_around_the_smooth_curve_holds_what_happens_as_often_as_promised(n, runs):
    rng, at = np.random.default_rng(n), (0.2, 0.4, 0.6)
    held, few = np.zeros(len(at)), metrics.Interval(n_resamples=2)
    for _ in range(runs):
        z = 1.2 * rng.normal(size=n) - 0.5
        y = (rng.random(n) < sm.sigmoid(0.7 * z - 0.3)).astype(int)
        curve = metrics.smooth_reliability_curve(y, logits=z, interval=few)
        for i, p in enumerate(at):
            j = int(np.argmin(np.abs(np.array(curve.said) - p)))
            truth = sm.sigmoid(0.7 * np.log(curve.said[j] / (1 - curve.said[j])) - 0.3)
            held[i] += curve.happened_low[j] <= truth <= curve.happened_high[j]
    assert np.all(np.abs(held / runs - 0.95) <= 3.0 * (0.95 * 0.05 / runs) ** 0.5), held / runs


def test_assess_has_the_same_smooth_curve():
    rng = np.random.default_rng(3)
    z = rng.normal(size=500)
    y = (rng.random(500) < sm.sigmoid(z)).astype(int)
    assert sm.assess(y, logits=z).reliability == metrics.smooth_reliability_curve(y, logits=z)
