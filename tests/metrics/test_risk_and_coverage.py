import itertools

import numpy as np
import pytest
from scipy.special import digamma as oracle
from sklearn.metrics import roc_auc_score

from softargmax import metrics
from softargmax.metrics._numerics import digamma

AREAS = [metrics.aurc, metrics.augrc]


def rows(confidence, correct):
    confidence = np.asarray(confidence, float)
    return 1 - np.asarray(correct, int), np.column_stack([confidence, 1 - confidence])


def drawn(rng, n, digits=8):
    confidence = rng.uniform(0.51, 1.0, size=n).round(digits)
    return rows(confidence, rng.random(n) < confidence)


def mean_risk(errors):
    return np.mean(np.cumsum(errors) / np.arange(1, len(errors) + 1))


def test_aurc_is_the_mean_over_all_orders_of_ties():
    confidence, correct = [0.9, 0.8, 0.8, 0.8, 0.7, 0.7], [1, 0, 1, 1, 0, 1]
    wrong = 1 - np.array(correct)
    orders = [[0, *a, *b] for a in itertools.permutations([1, 2, 3]) for b in itertools.permutations([4, 5])]
    expected = np.mean([mean_risk(wrong[order]) for order in orders])
    y, p = rows(confidence, correct)
    assert metrics.aurc(y, probabilities=p).value == pytest.approx(expected, rel=1e-12)


def test_aurc_without_ties_is_the_mean_of_the_risks(rng):
    y, p = drawn(rng, 500)
    order = np.argsort(-p[:, 0])
    assert metrics.aurc(y, probabilities=p).value == pytest.approx(mean_risk(y[order]), rel=1e-12)


def test_augrc_is_the_published_function_of_auroc_and_accuracy(rng):
    y, p = drawn(rng, 300, digits=2)
    accuracy, auroc = np.mean(y == 0), roc_auc_score(y == 0, p[:, 0])
    expected = (1 - auroc) * accuracy * (1 - accuracy) + (1 - accuracy) ** 2 / 2
    assert metrics.augrc(y, probabilities=p).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("area", AREAS)
def test_the_interval_is_as_wide_as_the_jackknife_says(rng, area):
    y, p = drawn(rng, 300, digits=2)
    estimate = area(y, probabilities=p)
    left_out = [area(np.delete(y, i), probabilities=np.delete(p, i, axis=0)).value for i in range(300)]
    deviation = np.sqrt(299 * np.var(left_out))
    assert (estimate.high - estimate.low) / 3.94 == pytest.approx(deviation, rel=0.05)
    assert estimate.method == "influence"


@pytest.mark.parametrize("metric", [*AREAS, metrics.coverage_at_risk])
def test_ties_and_order_do_not_matter(rng, metric):
    y, p = drawn(rng, 200, digits=1)
    order = rng.permutation(200)
    here, there = metric(y, probabilities=p), metric(y[order], probabilities=p[order])
    assert there.value == pytest.approx(here.value, rel=1e-12)
    assert there.low == pytest.approx(here.low, rel=1e-9)


@pytest.mark.parametrize("metric", [*AREAS, metrics.coverage_at_risk])
def test_weights_are_repetitions(rng, metric):
    y, p = drawn(rng, 200, digits=2)
    weight = rng.integers(0, 4, size=200)
    repeated = metric(y.repeat(weight), probabilities=p.repeat(weight, axis=0)).value
    assert metric(y, probabilities=p, sample_weight=weight).value == pytest.approx(repeated, rel=1e-10)


def test_the_curve_is_that_of_the_definition(rng):
    y, p = drawn(rng, 200, digits=2)
    points = metrics.risk_coverage(y, probabilities=p)
    for coverage, risk, confidence in zip(points.coverage, points.risk, points.top_probability, strict=True):
        answered = p[:, 0] >= confidence
        assert coverage == pytest.approx(answered.mean())
        assert risk == pytest.approx(y[answered].mean(), abs=1e-12)
    assert np.all((points.low <= points.risk) & (points.risk <= points.high))
    assert points.coverage[-1] == 1.0


def test_coverage_at_risk_is_the_last_point_below(rng):
    y, p = drawn(rng, 400)
    points = metrics.risk_coverage(y, probabilities=p)
    estimate = metrics.coverage_at_risk(y, probabilities=p, risk=0.15)
    assert estimate.value == points.coverage[points.risk <= 0.15].max()
    assert estimate.low < estimate.value < estimate.high


def test_no_risk_that_is_never_reached_is_covered():
    y, p = rows([0.9, 0.8], [0, 0])
    assert metrics.coverage_at_risk(y, probabilities=p, risk=0.1).value == 0.0
    assert metrics.coverage_at_risk(y, probabilities=p, risk=1.0).value == 1.0


def test_all_right_is_no_risk_and_all_wrong_is_full_risk():
    for correct, value in ((1, 0.0), (0, 1.0)):
        y, p = rows(np.linspace(0.6, 0.9, 7), [correct] * 7)
        assert metrics.aurc(y, probabilities=p).value == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("metric", [*AREAS, metrics.coverage_at_risk])
def test_the_intervals_cover(metric):
    rng = np.random.default_rng(12)
    y, p = drawn(rng, 400_000)
    true = metric(y, probabilities=p).value
    estimates = [metric(y, probabilities=p) for y, p in (drawn(rng, 200) for _ in range(200))]
    assert np.mean([estimate.low <= true <= estimate.high for estimate in estimates]) >= 0.91


def test_harmonic_numbers_agree_with_scipy():
    x = np.concatenate([np.linspace(1, 50, 500), 10.0 ** np.arange(2, 9)])
    assert digamma(x) == pytest.approx(oracle(x), rel=3e-14, abs=1e-14)


def test_saturated_confidences_keep_their_order():
    # Softmax rounds all of these to 1; the only wrong one is the least sure, so the last to be answered.
    logits, y = [[gap, 0.0] for gap in (40.0, 50.0, 60.0, 70.0, 45.0)], [1, 0, 0, 0, 0]
    assert metrics.aurc(y, logits=logits).value == pytest.approx(1 / 5 / 5)
    assert metrics.assess(y, logits=logits).aurc.value == pytest.approx(1 / 5 / 5)


def test_the_scale_of_fractional_weights_does_not_matter(rng):
    z = rng.normal(size=(300, 4))
    y, weight = rng.integers(0, 4, size=300), rng.random(300)
    values = [metrics.aurc(y, logits=z, sample_weight=scale * weight).value for scale in (1.0, 1e-6, 1e9)]
    assert values[1] == pytest.approx(values[0], rel=1e-9) == pytest.approx(values[2], rel=1e-9)
