"""The classwise calibration error: its value is that of the definition, and its interval holds, with many classes too."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics

FEWER = metrics.Interval(n_resamples=2000)


def drawn(rng, p):
    return (p.cumsum(axis=1) < rng.random((len(p), 1))).sum(axis=1).clip(0, p.shape[1] - 1)


def true_error(said, true, n_bins=15):
    """Give the error of these rows if every class were as frequent as it is likely."""
    k = said.shape[1]
    cells = np.clip(np.ceil(said * n_bins) - 1, 0, n_bins - 1).astype(int) + np.arange(k) * n_bins
    return abs(np.bincount(cells.ravel(), (true - said).ravel())).sum() / len(said) / k


def held(make, trials, seed=0):
    rng, inside = np.random.default_rng(seed), []
    for _ in range(trials):
        said, true = make(rng)
        found = metrics.classwise_calibration_error(drawn(rng, true), probabilities=said, interval=FEWER)
        error = true_error(said, true)
        inside.append(found.low <= error + 1e-12 and error <= found.high + 1e-12)
    return np.mean(inside)


def sure(n, k, top):
    def make(rng):
        p = np.full((n, k), (1.0 - top) / (k - 1))
        p[np.arange(n), rng.integers(k, size=n)] = top
        return p, p

    return make


def told(n, k, factor, shift=0.0):
    """Logits times a factor, of classes some of which are more frequent than they say."""

    def make(rng):
        z = 2.0 * rng.normal(size=(n, k))
        return sm.softmax(factor * z), sm.softmax(z + shift * np.arange(k) / k)

    return make


@pytest.mark.parametrize(
    ("n", "k", "top", "trials"), [(600, 50, 0.98, 40), (200, 10, 0.98, 60), (3000, 500, 0.98, 6), (20, 3, 0.9, 60)]
)
def test_a_calibrated_model_may_have_no_error(n, k, top, trials):
    assert held(sure(n, k, top), trials) >= 0.95


@pytest.mark.parametrize(("n", "k"), [(200, 2), (500, 10), (600, 50)])
@pytest.mark.parametrize(("factor", "shift"), [(1.0, 0.0), (2.0, 0.0), (0.5, 0.0), (1.0, 2.0)])
def test_the_interval_holds_the_error(n, k, factor, shift):
    assert held(told(n, k, factor, shift), 40) >= 0.92


def test_twenty_right_answers_of_nine_in_ten_are_no_surprise():
    found = metrics.classwise_calibration_error([0] * 20, probabilities=[[0.9, 0.05, 0.05]] * 20)
    assert found.value == pytest.approx(0.2 / 3)  # |.1| + |-.05| + |-.05|, over three classes; .9^20 is 12 %
    assert found.low == 0.0


def test_no_error_among_few_rows_leaves_room():
    found = metrics.classwise_calibration_error([0] * 50, probabilities=[[1.0, 0.0, 0.0]] * 50)
    assert found.value == 0.0
    # Wilson's interval of an accuracy of 50 in 50 begins at 50 / (50 + 1.96^2); what one class lacks, others have.
    assert found.high == pytest.approx(2 / 3 * (1 - 50 / (50 + 1.959964**2)), rel=1e-6)


def test_for_two_classes_it_is_the_error_of_either():
    rng = np.random.default_rng(3)
    p = rng.random(3000)
    y = (rng.random(3000) < 0.7 * p + 0.1).astype(int)
    found = metrics.classwise_calibration_error(y, probabilities=p)
    either = metrics.expected_calibration_error(y, probabilities=p)
    assert found.value == pytest.approx(either.value)
    assert (found.low, found.high) == pytest.approx((either.low, either.high), rel=0.03)


def test_weights_are_repetitions_and_parts_are_the_whole():
    rng = np.random.default_rng(4)
    said, true = told(300, 4, 1.5)(rng)
    y, weight = drawn(rng, true), rng.integers(1, 4, size=300)
    weighted = metrics.classwise_calibration_error(y, probabilities=said, sample_weight=weight)
    repeated = metrics.classwise_calibration_error(y.repeat(weight), probabilities=said.repeat(weight, axis=0))
    assert weighted.value == pytest.approx(repeated.value)
    assert (weighted.low, weighted.high) == pytest.approx((repeated.low, repeated.high))
    parts = metrics.Summary(4).update(y[:100], probabilities=said[:100]).update(y[100:], probabilities=said[100:])
    whole = metrics.classwise_calibration_error(y, probabilities=said)
    merged = parts.assess().classwise_calibration_error
    assert (merged.low, merged.value, merged.high) == pytest.approx((whole.low, whole.value, whole.high), rel=1e-9)
