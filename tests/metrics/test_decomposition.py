import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

import softargmax as sm
from softargmax import metrics
from softargmax._isotonic import isotonic
from softargmax.exceptions import ArgumentError, ShapeError

LOSSES = ["log_loss", "brier_score"]


def binary(rng, n, power=1.0):
    p = rng.uniform(size=n).round(2).clip(0.01, 0.99)
    return (rng.random(n) < p**power).astype(int), np.column_stack([1 - p, p])


def test_the_isotonic_fit_is_scikit_learns(rng):
    values, weight = rng.normal(size=200).cumsum() / 5 + rng.normal(size=200), rng.random(200) + 0.1
    expected = IsotonicRegression().fit_transform(np.arange(200), values, sample_weight=weight)
    assert isotonic(values * weight, weight) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_parts_add_up_and_are_those_of_the_isotonic_fit(rng, loss):
    y, p = binary(rng, 300, power=2.0)
    fitted = IsotonicRegression(y_min=0, y_max=1).fit_transform(p[:, 1], y)
    parts = metrics.decompose(y, probabilities=p, loss=loss)

    def mean(q):
        right = np.where(y == 1, q, 1 - q)
        return -np.log(right).mean() if loss == "log_loss" else np.square(1 - right).mean()

    assert parts.loss.value == pytest.approx(mean(p[:, 1]), rel=1e-10)
    assert parts.refinement.value == pytest.approx(mean(fitted), rel=1e-10)
    assert parts.calibration.value == pytest.approx(parts.loss.value - parts.refinement.value, rel=1e-9)


def test_the_loss_of_two_classes_is_the_log_loss(rng):
    y, p = binary(rng, 100)
    assert metrics.decompose(y, probabilities=p).loss.value == pytest.approx(
        metrics.log_loss(y, probabilities=p).value, rel=1e-12
    )


def test_of_more_classes_being_right_is_the_event(rng):
    p = rng.dirichlet([1, 1, 1], size=200)
    y = rng.integers(0, 3, size=200)
    c, right = p.max(axis=1), p.argmax(axis=1) == y
    expected = -np.log(np.where(right, c, 1 - c)).mean()
    assert metrics.decompose(y, probabilities=p).loss.value == pytest.approx(expected, rel=1e-10)


def test_saturated_logits_keep_a_finite_loss():
    parts = metrics.decompose([0, 0, 1], logits=[[100.0, 0.0], [90.0, 0.0], [95.0, 0.0]])
    assert parts.loss.value == pytest.approx(95 / 3)
    three = metrics.decompose([0, 0, 1], logits=[[100.0, 0.0, 0.0], [90.0, 0.0, 0.0], [95.0, 0.0, 0.0]])
    assert three.loss.value == pytest.approx((95 - np.log(2)) / 3)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_calibrated_model_need_not_have_anything_to_cure(loss):
    rng = np.random.default_rng(9)
    draws = [binary(rng, 200) for _ in range(40)]
    lows = [metrics.decompose(y, probabilities=p, loss=loss).calibration.low for y, p in draws]
    assert np.mean(np.array(lows) == 0.0) >= 0.9


@pytest.mark.parametrize("loss", LOSSES)
def test_calibration_of_a_distorted_model_is_found(loss):
    rng = np.random.default_rng(10)
    y, p = binary(rng, 2000, power=3.0)
    assert metrics.decompose(y, probabilities=p, loss=loss).calibration.low > 0.01


def test_a_recalibration_of_all_classes_may_be_passed_in(rng):
    logits = rng.normal(size=(300, 4)) * 3
    y = rng.integers(0, 4, size=300)
    parts = metrics.decompose(y, logits=logits, recalibrated=logits / 5)
    before, after = (metrics.log_loss(y, logits=z).value for z in (logits, logits / 5))
    assert parts.calibration.value == pytest.approx(before - after, rel=1e-10)
    assert parts.refinement.value == pytest.approx(after, rel=1e-12)
    assert metrics.decompose(y, logits=logits / 5, recalibrated=logits).calibration.high < 0.0
    p = sm.softmax(logits)
    brier = metrics.decompose(y, probabilities=p, recalibrated=p, loss="brier_score")
    assert brier.calibration.value == 0.0


def test_what_does_not_fit_is_refused():
    with pytest.raises(ArgumentError, match="did you mean 'log_loss'"):
        metrics.decompose([0], logits=[[1.0, 0.0]], loss="logloss")
    with pytest.raises(ShapeError, match="2 classes, got 3"):
        metrics.decompose([0], logits=[[1.0, 0.0]], recalibrated=[[1.0, 0.0, 0.0]])


def test_what_rounding_leaves_of_sure_rows_decides_nothing():
    # Draws of sure rows are all right but for a rounding, whose logarithm must not count: it is another with a weight
    # that is nearly the same.
    rng = np.random.default_rng(3)
    z = rng.normal(size=(1500, 4)) * 60
    y = (z / 10 + rng.gumbel(size=z.shape)).argmax(axis=1)
    weight = rng.random(1500)
    ends = [
        metrics.decompose(y, logits=z, sample_weight=scale * weight).calibration.low
        for scale in (1.0, 1.0 + 1e-12, 1.0 - 1e-12)
    ]
    assert ends == pytest.approx([ends[0]] * 3, rel=1e-9)
    assert ends[0] > 0.0
