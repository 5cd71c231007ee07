"""A row of weight w is w rows: every value, interval and p-value is that of the rows repeated."""

import dataclasses
from functools import partial

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics

FEW = metrics.Interval(n_resamples=300)


def drawn(n_classes, n=150, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, n_classes)) * 2.0
    y = sm.argmax(z / 1.5 + rng.gumbel(size=z.shape))
    return y, z, rng.integers(0, 4, size=n)


OF_ANY = [
    metrics.accuracy,
    metrics.log_loss,
    metrics.brier_score,
    metrics.top_k_accuracy,
    metrics.d2_log_loss_score,
    metrics.expected_calibration_error,
    partial(metrics.expected_calibration_error, norm="l2", binning="mass"),
    metrics.maximum_calibration_error,
    metrics.debiased_calibration_error,
    metrics.classwise_calibration_error,
    metrics.top_label_calibration_error,
    metrics.overconfidence,
    metrics.underconfidence,
    metrics.smooth_calibration_error,
    metrics.sweep_calibration_error,
    metrics.aurc,
    metrics.augrc,
    metrics.coverage_at_risk,
    metrics.decompose,
    metrics.risk_coverage,
    metrics.reliability_curve,
    metrics.smooth_reliability_curve,
]
OF_TWO = [
    metrics.auc,
    metrics.calibration_slope,
    metrics.calibration_intercept,
    metrics.observed_expected_ratio,
    partial(metrics.net_benefit, threshold=0.3),
    metrics.decision_curve,
]
TESTS = [metrics.kolmogorov_smirnov, metrics.kuiper, metrics.spiegelhalter, metrics.kernel_calibration_test]


def figures(found):
    """Give all that was found but how many rows were seen, as plain numbers."""
    if dataclasses.is_dataclass(found):
        return [
            number
            for field in dataclasses.fields(found)
            if field.name not in ("n", "rows", "first_row", "worst")
            for number in figures(getattr(found, field.name))
        ]
    if isinstance(found, (tuple, list, np.ndarray)):
        return [number for each in found for number in figures(each)]
    return [float(found)] if isinstance(found, (int, float, np.number)) else []


def assert_same(one, two):
    one, two = figures(one), figures(two)
    assert len(one) == len(two) > 0
    np.testing.assert_allclose(one, two, rtol=1e-7, atol=1e-9)


def both(metric, y, weight, given, **options):
    repeated = {name: values.repeat(weight, axis=0) for name, values in given.items()}
    return metric(y, **given, sample_weight=weight, **options), metric(y.repeat(weight), **repeated, **options)


def named(metric):
    return getattr(metric, "func", metric).__name__


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("metric", OF_ANY, ids=named)
def test_intervals_are_those_of_the_rows_repeated(metric, n_classes):
    y, z, weight = drawn(n_classes)
    options = {} if named(metric) == "risk_coverage" else {"interval": FEW}
    assert_same(*both(metric, y, weight, {"logits": z}, **options))


@pytest.mark.parametrize("metric", OF_TWO, ids=named)
def test_intervals_of_two_classes_are_those_of_the_rows_repeated(metric):
    y, z, weight = drawn(2)
    assert_same(*both(metric, y, weight, {"logits": z}, interval=FEW))


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("test", TESTS)
def test_p_values_are_those_of_the_rows_repeated(test, n_classes):
    y, z, weight = drawn(n_classes, seed=3)
    weighted, repeated = both(test, y, weight, {"probabilities": sm.softmax(z / 1.4)})
    assert weighted.p_value == pytest.approx(repeated.p_value, rel=1e-6)
    assert weighted.statistic == pytest.approx(repeated.statistic, rel=1e-6)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_differences_are_those_of_the_rows_repeated(n_classes):
    y, z, weight = drawn(n_classes)
    pair = z, 1.4 * z + np.random.default_rng(1).normal(size=z.shape)
    weighted = metrics.compare(y, logits=pair, sample_weight=weight, interval=FEW)
    both_repeated = tuple(each.repeat(weight, axis=0) for each in pair)
    repeated = metrics.compare(y.repeat(weight), logits=both_repeated, interval=FEW)
    assert_same(weighted, repeated)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_an_assessment_is_that_of_the_rows_repeated_groups_too(n_classes):
    y, z, weight = drawn(n_classes)
    groups = np.array(list("abc"))[np.arange(len(y)) % 3]
    weighted = metrics.assess(y, logits=z, sample_weight=weight, groups=groups, interval=FEW)
    repeated = metrics.assess(
        y.repeat(weight), logits=z.repeat(weight, axis=0), groups=groups.repeat(weight), interval=FEW
    )
    assert_same(weighted, repeated)


def test_twice_the_weight_is_twice_the_rows_and_so_a_shorter_interval():
    y, z, _ = drawn(3)
    once, twice = (metrics.log_loss(y, logits=z, sample_weight=np.full(150, w)) for w in (1.0, 2.0))
    assert once.value == pytest.approx(twice.value)
    assert (twice.high - twice.low) / (once.high - once.low) == pytest.approx(0.5**0.5, rel=0.02)
