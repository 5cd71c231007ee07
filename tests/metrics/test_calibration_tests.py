import math

import numpy as np
import pytest
from scipy.integrate import trapezoid

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError
from softargmax.metrics import calibration_tests
from softargmax.metrics._kernel_error import _of_classes, _of_top_label

TESTS = [metrics.kolmogorov_smirnov, metrics.kuiper, metrics.spiegelhalter, metrics.kernel_calibration_test]


def calibrated(rng, n, scale=2.0, temperature=1.0):
    logits = rng.normal(size=(n, 3)) * scale
    p = sm.softmax(logits / temperature)
    return (rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1).clip(0, 2), logits


def integral(function):
    x = np.linspace(0, 10, 2001)
    return trapezoid([function(value) for value in x], x)


def test_the_distance_of_brownian_motion_has_its_known_mean():
    assert integral(calibration_tests._distance_p) == pytest.approx(math.sqrt(math.pi / 2), rel=1e-6)


def test_the_range_of_brownian_motion_has_its_known_mean():
    assert integral(calibration_tests._range_p) == pytest.approx(math.sqrt(8 / math.pi), rel=1e-6)


def test_the_two_series_of_the_distance_meet():
    below, above = calibration_tests._distance_p(1.0), calibration_tests._distance_p(np.nextafter(1.0, 2.0))
    assert below == pytest.approx(above, abs=1e-14)


@pytest.mark.parametrize("test", TESTS)
def test_calibrated_models_are_seldom_rejected(test):
    rng = np.random.default_rng(11)
    draws = [calibrated(rng, 300) for _ in range(200)]
    p = [test(y, logits=logits).p_value for y, logits in draws]
    assert np.mean(np.array(p) < 0.05) < 0.1
    assert np.mean(np.array(p) < 0.5) == pytest.approx(0.5, abs=0.13)


@pytest.mark.parametrize("test", TESTS)
def test_overconfident_models_are_rejected(test):
    y, logits = calibrated(np.random.default_rng(2), 2000, temperature=2.0)
    assert test(y, logits=logits).p_value <= 0.002


def test_walks_are_those_of_the_definition(rng):
    y, logits = calibrated(rng, 200, temperature=1.5)
    weight = rng.random(200)
    p = sm.softmax(logits)
    c = p.max(axis=1)
    order = np.argsort(c)
    walk = np.concatenate([[0], np.cumsum((weight * ((p.argmax(axis=1) == y) - c))[order])])
    deviation = math.sqrt(weight @ (c * (1 - c)))
    options = {"logits": logits, "sample_weight": weight}
    assert metrics.kolmogorov_smirnov(y, **options).statistic == pytest.approx(abs(walk).max() / deviation)
    assert metrics.kuiper(y, **options).statistic == pytest.approx(np.ptp(walk) / deviation)


def test_of_two_classes_it_is_spiegelhalters_statistic(rng):
    p = rng.uniform(size=300)
    y = (rng.random(300) < p).astype(int)
    expected = np.sum((y - p) * (1 - 2 * p)) / math.sqrt(np.sum((1 - 2 * p) ** 2 * p * (1 - p)))
    statistic = metrics.spiegelhalter(y, probabilities=np.column_stack([1 - p, p])).statistic
    assert statistic == pytest.approx(expected, rel=1e-10)


def test_spiegelhalters_variance_is_that_of_the_brier_score(rng):
    p = rng.dirichlet([1, 1, 1, 1])
    scores = np.array([np.sum((p - np.eye(4)[y]) ** 2) for y in range(4)])
    variance = p @ (scores - p @ scores) ** 2
    assert metrics.spiegelhalter([2], probabilities=[p]).statistic == pytest.approx(
        (scores[2] - p @ scores) / math.sqrt(variance), rel=1e-10
    )


def pair_sum(position, residual, weight, bandwidth):
    return sum(
        weight[i] * weight[j] * math.exp(-np.linalg.norm(position[i] - position[j]) / bandwidth)
        * (residual[i] @ residual[j])
        for i in range(len(weight))
        for j in range(len(weight))
        if i != j
    )  # fmt: skip


def test_sums_over_pairs_are_those_of_the_definition(rng):
    y, logits = calibrated(rng, 12)
    weight, p = rng.random(12), sm.softmax(logits)
    labels = np.stack([y, rng.integers(3, size=12)])
    top = p.max(axis=1)[:, np.newaxis]
    for of_all, of_top, label in zip(
        _of_classes(p, weight, labels, 0.3), _of_top_label(p, weight, labels, 0.3), labels, strict=True
    ):
        assert of_all == pytest.approx(pair_sum(p, np.eye(3)[label] - p, weight, 0.3), rel=1e-9)
        right = (label == p.argmax(axis=1))[:, np.newaxis]
        assert of_top == pytest.approx(pair_sum(top, right - top, weight, 0.3), rel=1e-9)


@pytest.mark.parametrize("kind", ["distinct", "tied", "weighted", "nearly sure"])
def test_a_drawn_p_value_has_its_level_whatever_the_rows(kind):
    rng = np.random.default_rng(5)
    p_values = []
    for _ in range(300):
        p = rng.dirichlet([0.05 if kind == "nearly sure" else 1.0] * 3, size=5 if kind == "tied" else 40)
        p = p[rng.integers(5, size=40)] if kind == "tied" else p
        y = (rng.random(40)[:, None] > p.cumsum(axis=1)).sum(axis=1).clip(0, 2)
        weight = np.round(rng.gamma(0.5, size=40), 1) + 0.1 if kind == "weighted" else None
        p_values.append(metrics.kernel_calibration_test(y, probabilities=p, sample_weight=weight).p_value)
    # Three standard deviations of a share of 300; where nearly all rows are sure, ties only make it smaller.
    for level in (0.05, 0.2, 0.5):
        slack = 3 * math.sqrt(level * (1 - level) / 300)
        share = np.mean(np.array(p_values) <= level)
        assert share <= level + slack, level
        assert share >= level - slack or kind == "nearly sure", level


def test_a_hundred_rows_are_enough_to_see_that_a_model_is_too_sure():
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(40):
        logits = rng.normal(size=(100, 10)) * 2
        y = (rng.random(100)[:, None] > sm.softmax(logits).cumsum(axis=1)).sum(axis=1).clip(0, 9)
        found += metrics.kernel_calibration_test(y, logits=1.8 * logits).p_value <= 0.05
    assert found >= 34


def test_of_many_rows_the_parts_and_their_order_do_not_matter(rng):
    y, logits = calibrated(rng, 30_000, temperature=1.1)
    whole = metrics.kernel_calibration_test(y, logits=logits)
    assert whole.n == 4096
    order = rng.permutation(30_000)
    assert metrics.kernel_calibration_test(y[order], logits=logits[order]) == whole
    summary = metrics.Summary(3)
    for part in np.array_split(order, 7):
        summary = summary.update(y[part], logits=logits[part])
    assert summary.assess().kernel_calibration_test == whole


def test_all_of_few_distinct_rows_are_counted_in_any_parts(rng):
    p = rng.dirichlet([1, 1, 1], size=9)[rng.integers(9, size=20_000)]
    y = (rng.random(20_000)[:, None] > p.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    here, there = (
        metrics.Summary(3).update(y[part], probabilities=p[part]) for part in (slice(9000), slice(9000, None))
    )
    sample = here.merge(there).evidence.sample
    assert len(sample.key) == 9
    assert sample.seen.sum() == 20_000
    whole = metrics.kernel_calibration_test(y, probabilities=p)
    assert (
        here.merge(there).assess().kernel_calibration_test
        == there.merge(here).assess().kernel_calibration_test
        == whole
    )


def test_rows_of_weight_0_are_not_looked_at(rng):
    y, logits = calibrated(rng, 60)
    weight = np.ones(60)
    weight[::3] = 0.0
    kept = weight > 0.0
    assert metrics.kernel_calibration_test(y, logits=logits, sample_weight=weight) == metrics.kernel_calibration_test(
        y[kept], logits=logits[kept]
    )


def test_a_row_alone_makes_no_pair():
    assert metrics.kernel_calibration_test([1], probabilities=[[0.9, 0.1]]) == metrics.CalibrationTest(0.0, 1.0, 1)


def test_the_kernel_sees_swapped_classes_that_no_confidence_shows():
    rng = np.random.default_rng(4)
    p = rng.dirichlet([1, 1], size=2000) * 0.4
    p = np.column_stack([np.full(2000, 0.6), p])
    y = (rng.random(2000)[:, None] > p[:, [0, 2, 1]].cumsum(axis=1)).sum(axis=1).clip(0, 2)
    assert metrics.kolmogorov_smirnov(y, probabilities=p).p_value > 0.01
    assert metrics.kernel_calibration_test(y, probabilities=p).p_value == 0.002


def test_a_table_sorted_by_class_is_no_evidence():
    y, logits = calibrated(np.random.default_rng(8), 3000)
    order = np.argsort(y, kind="stable")
    assert metrics.kernel_calibration_test(y[order], logits=logits[order]).p_value > 0.01


def test_certainty_that_is_right_passes_and_that_is_wrong_fails():
    sure = [[1.0, 0.0]] * 60
    for test in TESTS:
        assert test([0] * 60, probabilities=sure).p_value == 1.0
        # Of the pairs of rows, two errors make the first.
        assert test([0] * 58 + [1] * 2, probabilities=sure).p_value <= 0.002


@pytest.mark.parametrize("test", TESTS)
def test_the_order_of_rows_does_not_matter(rng, test):
    p = np.array([[0.7, 0.3], [0.4, 0.6], [0.9, 0.1]])[rng.integers(3, size=200)]
    y, order = rng.integers(0, 2, size=200), rng.permutation(200)
    here = test(y, probabilities=p)
    assert test(y[order], probabilities=p[order]).statistic == pytest.approx(here.statistic, rel=1e-9)


def test_a_bandwidth_is_positive():
    with pytest.raises(ArgumentError, match="bandwidth"):
        metrics.kernel_calibration_test([0], logits=[[1.0, 0.0]], bandwidth=0.0)


def test_tests_print_their_p_value():
    assert str(metrics.CalibrationTest(1.5, 0.0123, 10)) == "1.5000 (p = 0.0123)"
