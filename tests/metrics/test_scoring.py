import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as oracle

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError, ShapeError, TargetError

EACH = [metrics.accuracy, metrics.log_loss, metrics.brier_score, metrics.expected_calibration_error]


@pytest.fixture
def judged(rng):
    logits = rng.normal(size=(400, 4)) * 2
    return rng.integers(0, 4, size=400), logits


def test_values_agree_with_scikit_learn_where_it_defines_them(judged, rng):
    y, logits = judged
    p = sm.softmax(logits)
    weight = rng.random(400)
    for w in (None, weight):
        options = {"probabilities": p, "sample_weight": w}
        assert metrics.accuracy(y, **options).value == pytest.approx(
            oracle.accuracy_score(y, p.argmax(axis=1), sample_weight=w)
        )
        assert metrics.log_loss(y, **options).value == pytest.approx(oracle.log_loss(y, p, sample_weight=w))
        squares = np.square(p - sm.one_hot(y)).sum(axis=1)
        assert metrics.brier_score(y, **options).value == pytest.approx(np.average(squares, weights=w))


def test_calibration_error_of_the_definition(judged):
    y, logits = judged
    p = sm.softmax(logits)
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    error = 0.0
    for k in range(15):
        inside = (confidence > k / 15) & (confidence <= (k + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert metrics.expected_calibration_error(y, probabilities=p).value == pytest.approx(error, rel=1e-12)


def test_full_confidence_belongs_to_the_last_bin():
    # torchmetrics#3510: .525 because confidence 1 falls into a bin of its own.
    value = metrics.expected_calibration_error([1, 0], probabilities=[[0.05, 0.95], [0.0, 1.0]], n_bins=10).value
    assert value == pytest.approx(0.475)


@pytest.mark.parametrize("metric", EACH)
def test_logits_and_their_softmax_score_the_same(judged, metric):
    y, logits = judged
    assert metric(y, logits=logits).value == pytest.approx(metric(y, probabilities=sm.softmax(logits)).value)


def test_logits_keep_what_probabilities_lost():
    assert metrics.log_loss([1], logits=[[800.0, 0.0]]).value == 800.0
    assert metrics.log_loss([1, 0], probabilities=[[1.0, 0.0], [1.0, 0.0]]).value == math.inf


@pytest.mark.parametrize("metric", EACH)
def test_the_value_lies_in_its_interval_and_repeats(judged, metric):
    y, logits = judged
    estimate = metric(y, logits=logits)
    assert estimate.low <= estimate.value <= estimate.high
    assert estimate.low < estimate.high
    assert estimate == metric(y, logits=logits)
    wider = metric(y, logits=logits, interval=metrics.Interval(confidence=0.999))
    assert wider.high - wider.low > estimate.high - estimate.low


def test_scores_are_the_four_metrics(judged):
    y, logits = judged
    together = metrics.scores(y, logits=logits)
    alone = metrics.Scores(*(metric(y, logits=logits) for metric in EACH))
    assert together == replace(alone, baseline=together.baseline, told=together.told)


def test_perfect_accuracy_on_few_rows_is_not_certainty():
    estimate = metrics.accuracy([0, 1, 0], probabilities=[[0.9, 0.1], [0.1, 0.9], [0.8, 0.2]])
    assert estimate.value == estimate.high == 1.0
    assert estimate.low < 0.5


@pytest.mark.parametrize(("metric", "least"), [(0, 0.9), (1, 0.9), (2, 0.9), (3, 0.9)])
def test_intervals_cover_what_they_claim(metric, least):
    """95 % intervals from 300 rows hold the value of the population in most of 200 draws."""
    rng = np.random.default_rng(7)
    logits = rng.normal(size=(200_000, 3)) * 3
    y = (rng.random(len(logits))[:, None] > sm.softmax(logits / 1.5).cumsum(axis=1)).sum(axis=1).clip(0, 2)
    true = EACH[metric](y, logits=logits, interval=metrics.Interval(n_resamples=2)).value
    covered = 0
    for trial in range(200):
        rows = rng.integers(len(y), size=300)
        estimate = EACH[metric](
            y[rows], logits=logits[rows], interval=metrics.Interval(n_resamples=300, random_state=trial)
        )
        covered += estimate.low <= true <= estimate.high
    assert covered / 200 >= least


def test_a_calibrated_model_may_have_no_calibration_error():
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(2000, 3))
    y = (rng.random(2000)[:, None] > sm.softmax(logits).cumsum(axis=1)).sum(axis=1).clip(0, 2)
    assert metrics.expected_calibration_error(y, logits=logits).low < 0.01


def test_weights_are_repetitions(judged, rng):
    y, logits = judged
    weight = rng.integers(0, 3, size=400)
    for metric in EACH:
        repeated = metric(y.repeat(weight), logits=logits.repeat(weight, axis=0)).value
        assert metric(y, logits=logits, sample_weight=weight).value == pytest.approx(repeated)


@pytest.mark.parametrize("metric", EACH)
@pytest.mark.parametrize(
    ("targets", "options", "error"),
    [
        ([0], {}, ArgumentError),
        ([0], {"probabilities": [[1.0, 0.0]], "logits": [[1.0, 0.0]]}, ArgumentError),
        ([0], {"probabilities": [[3.0, 1.0]]}, TargetError),
        ([0], {"probabilities": [[[1.0]]]}, ShapeError),
        ([0], {"probabilities": [1.0, 0.5]}, ShapeError),
        ([2], {"probabilities": [[1.0, 0.0]]}, TargetError),
        ([0], {"logits": [[math.nan, 0.0]]}, ArgumentError),
        ([], {"logits": np.empty((0, 2))}, ShapeError),
        ([0], {"logits": [[1.0, 0.0]], "sample_weight": [0.0]}, ArgumentError),
    ],
)
def test_what_does_not_fit_is_refused(metric, targets, options, error):
    with pytest.raises(error):
        metric(targets, **options)


def test_impossible_intervals_and_bins_are_refused():
    with pytest.raises(ArgumentError, match="confidence"):
        metrics.Interval(confidence=1.0)
    with pytest.raises(ArgumentError, match="n_resamples"):
        metrics.Interval(n_resamples=1)
    with pytest.raises(ArgumentError, match="n_bins"):
        metrics.expected_calibration_error([0], logits=[[1.0, 0.0]], n_bins=0)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_brier_score_is_halved_by_a_word(rng, n_classes):
    p, y = rng.dirichlet(np.ones(n_classes), size=60), rng.integers(n_classes, size=60)
    labels = np.arange(n_classes)
    for half in (True, False):
        found = metrics.brier_score(y, probabilities=p, scale_by_half=half)
        assert found.value == pytest.approx(oracle.brier_score_loss(y, p, labels=labels, scale_by_half=half), rel=1e-12)
    usual = metrics.brier_score(y, probabilities=p)
    assert usual == metrics.brier_score(y, probabilities=p, scale_by_half=n_classes == 2)
    whole, half = (metrics.brier_score(y, probabilities=p, scale_by_half=half) for half in (False, True))
    assert (whole.low, whole.high) == pytest.approx((2 * half.low, 2 * half.high), rel=1e-9)
