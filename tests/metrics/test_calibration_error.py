import math

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError
from softargmax.metrics._judged import Judged
from softargmax.metrics._ranked import RankedRows, width_bins
from softargmax.metrics.sweep import rising_bins

BINNED = [
    metrics.expected_calibration_error,
    metrics.overconfidence,
    metrics.underconfidence,
    metrics.maximum_calibration_error,
    metrics.debiased_calibration_error,
]
ERRORS = [
    *BINNED,
    metrics.smooth_calibration_error,
    metrics.sweep_calibration_error,
    metrics.classwise_calibration_error,
    metrics.top_label_calibration_error,
]
FEW = metrics.Interval(n_resamples=50)


@pytest.fixture
def judged(rng):
    logits = rng.normal(size=(450, 4)) * 2
    return rng.integers(0, 4, size=450), logits


def bins_by_definition(y, logits, n_bins, binning):
    """Give share, accuracy and confidence of every bin that holds a row."""
    p = sm.softmax(logits)
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    if binning == "mass":
        parts = np.array_split(np.argsort(confidence), n_bins)
    else:
        k = np.ceil(confidence * n_bins)
        parts = [np.flatnonzero(k == b) for b in range(1, n_bins + 1)]
    return np.array([(len(i) / len(y), right[i].mean(), confidence[i].mean(), len(i)) for i in parts if len(i)]).T


@pytest.mark.parametrize("binning", ["width", "mass"])
def test_binned_errors_are_those_of_the_definition(judged, binning):
    y, logits = judged
    share, accuracy, confidence, n = bins_by_definition(y, logits, 15, binning)
    gap = accuracy - confidence
    noise = accuracy * (1 - accuracy) / np.maximum(n - 1, 1)
    options = {"logits": logits, "binning": binning, "n_bins": 15}
    expected = [
        share @ abs(gap),
        share @ np.maximum(-gap, 0),
        share @ np.maximum(gap, 0),
        abs(gap).max(),
        math.sqrt(max(0.0, share[n > 1] @ (gap**2 - noise)[n > 1])),
    ]
    for metric, value in zip(BINNED, expected, strict=True):
        assert metric(y, **options).value == pytest.approx(value, rel=1e-12)


def test_over_and_underconfidence_add_up_to_the_expected_error(judged):
    y, logits = judged
    over, under, both = (metric(y, logits=logits).value for metric in (BINNED[1], BINNED[2], BINNED[0]))
    assert over > 0
    assert under > 0
    assert over + under == pytest.approx(both, rel=1e-12)


def test_equal_confidences_share_a_bin_of_equal_mass():
    p = [[0.9, 0.1]] * 7 + [[0.6, 0.4]] * 3
    y = [0] * 6 + [1] + [0] * 2 + [1]
    value = metrics.expected_calibration_error(y, probabilities=p, binning="mass", n_bins=5).value
    assert value == pytest.approx(0.7 * abs(6 / 7 - 0.9) + 0.3 * abs(2 / 3 - 0.6))


def test_classwise_error_of_the_definition(judged):
    y, logits = judged
    p = sm.softmax(logits)
    total = 0.0
    for k in range(4):
        for b in range(1, 16):
            inside = np.ceil(p[:, k] * 15) == b
            if inside.any():
                total += inside.mean() * abs((y[inside] == k).mean() - p[inside, k].mean())
    assert metrics.classwise_calibration_error(y, logits=logits).value == pytest.approx(total / 4, rel=1e-12)


def test_top_label_error_of_the_definition(judged):
    y, logits = judged
    predicted = logits.argmax(axis=1)
    total = 0.0
    for k in range(4):
        inside = predicted == k
        share, accuracy, confidence, _ = bins_by_definition(y[inside], logits[inside], 15, "width")
        total += inside.mean() * (share @ abs(accuracy - confidence))
    assert metrics.top_label_calibration_error(y, logits=logits).value == pytest.approx(total, rel=1e-12)


def test_labels_trusted_too_much_and_too_little_cancel_only_in_the_expected_error():
    p = np.array([[0.8, 0.2]] * 10 + [[0.2, 0.8]] * 10)
    y = np.array([0] * 10 + [1] * 6 + [0] * 4)
    assert metrics.expected_calibration_error(y, probabilities=p, of="label").value == pytest.approx(0.0, abs=1e-12)
    assert metrics.top_label_calibration_error(y, probabilities=p).value == pytest.approx(0.2)


def test_the_sweep_stops_before_accuracies_fall(rng):
    confidence = rng.uniform(0.5, 1.0, size=600)
    y = (rng.random(600) > confidence).astype(int)
    p = np.column_stack([confidence, 1 - confidence])
    ranked = RankedRows.of(Judged.of(y, probabilities=p), "label")

    def accuracies(n_bins):
        bins = ranked.mass_bins(n_bins)
        return np.bincount(bins, ranked.correct) / np.bincount(bins, ranked.weight)

    n_bins = rising_bins(ranked)
    assert n_bins > 1
    assert all(np.all(np.diff(accuracies(b)) >= 0) for b in range(1, n_bins + 1))
    assert np.any(np.diff(accuracies(n_bins + 1)) < 0)
    options = {"probabilities": p, "binning": "mass", "n_bins": n_bins}
    expected = metrics.expected_calibration_error(y, of="label", **options).value
    assert metrics.sweep_calibration_error(y, probabilities=p, of="label").value == pytest.approx(expected, rel=1e-12)


def test_debiasing_takes_the_noise_out():
    rng = np.random.default_rng(5)
    confidence = rng.uniform(0.5, 1.0, size=(200, 400))
    values, biased = [], []
    for c in confidence:
        y, p = (rng.random(400) > c).astype(int), np.column_stack([c, 1 - c])
        values.append(metrics.debiased_calibration_error(y, probabilities=p, interval=FEW).value)
        share, accuracy, mean, _ = bins_by_definition(y, np.log(p), 15, "mass")
        biased.append(math.sqrt(share @ (accuracy - mean) ** 2))
    # Half of all calibrated samples have less than the expected noise, and then the value is 0.
    assert 0.3 < np.mean(np.array(values) == 0.0) < 0.75
    assert min(biased) > 0.02


@pytest.mark.parametrize("metric", ERRORS)
def test_weights_are_repetitions(judged, rng, metric):
    y, logits = judged
    weight = rng.integers(0, 3, size=len(y))
    repeated = metric(y.repeat(weight), logits=logits.repeat(weight, axis=0), interval=FEW).value
    if metric is metrics.debiased_calibration_error:  # it knows how many rows there were
        return
    assert metric(y, logits=logits, sample_weight=weight, interval=FEW).value == pytest.approx(repeated, rel=1e-9)


@pytest.mark.parametrize("metric", ERRORS)
def test_the_order_of_rows_does_not_matter_not_even_of_ties(rng, metric):
    p = rng.dirichlet([1, 1, 1], size=12).round(2)[rng.integers(12, size=300)]
    p /= p.sum(axis=1, keepdims=True)
    y, order = rng.integers(0, 3, size=300), rng.permutation(300)
    here = metric(y, probabilities=p, interval=FEW).value
    assert metric(y[order], probabilities=p[order], interval=FEW).value == pytest.approx(here, rel=1e-9)


@pytest.mark.parametrize("metric", ERRORS)
def test_the_value_lies_in_its_interval_and_repeats(judged, metric):
    y, logits = judged
    estimate = metric(y, logits=logits)
    assert 0.0 <= estimate.low <= estimate.value <= estimate.high <= 1.0
    assert estimate == metric(y, logits=logits)
    assert estimate.method == "inversion"


def test_unknown_binnings_are_refused_with_a_hint(judged):
    y, logits = judged
    with pytest.raises(ArgumentError, match="did you mean 'mass'"):
        metrics.expected_calibration_error(y, logits=logits, binning="mas")
    with pytest.raises(ArgumentError, match="n_bins"):
        metrics.classwise_calibration_error(y, logits=logits, n_bins=0)


def test_edges_belong_to_the_bin_below():
    for n_bins in range(1, 200):
        edges = np.arange(n_bins + 1) / n_bins
        assert width_bins(edges, n_bins).tolist() == [0, *range(n_bins)]
        above = np.nextafter(edges[:-1], 1.0)
        assert width_bins(above, n_bins).tolist() == list(range(n_bins))


@pytest.mark.parametrize("error", [metrics.expected_calibration_error, metrics.debiased_calibration_error])
def test_few_rows_may_be_right_by_accident(error):
    # .9 ** 20 is .12: no calibrated model can be ruled out by 20 rows that are all right.
    found = error([0] * 20, probabilities=[[0.9, 0.05, 0.05]] * 20)
    assert found.value == pytest.approx(0.1, rel=1e-12)
    assert found.low == 0.0


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_the_gaps_of_bins_become_one_number_by_any_norm(rng, norm):
    p, weight = rng.uniform(size=400), rng.integers(1, 4, size=400)
    y = (rng.random(400) < p**2).astype(int)
    place = np.ceil(p * 8).astype(int)
    shares = np.array([weight[place == k].sum() for k in range(1, 9)]) / weight.sum()
    gaps = np.array([np.average((y - p)[place == k], weights=weight[place == k]) for k in range(1, 9)])
    expected = {"l1": shares @ abs(gaps), "l2": np.sqrt(shares @ gaps**2), "max": abs(gaps).max()}[norm]
    found = metrics.expected_calibration_error(y, probabilities=p, n_bins=8, norm=norm, sample_weight=weight)
    assert found.value == pytest.approx(expected, rel=1e-10)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_an_interval_by_any_norm_holds_0_where_nothing_is_wrong(norm):
    rng, held = np.random.default_rng(7), 0
    for _ in range(100):
        p = rng.uniform(size=300)
        y = (rng.random(300) < p).astype(int)
        interval = metrics.Interval(n_resamples=500)
        held += metrics.expected_calibration_error(y, probabilities=p, norm=norm, interval=interval).low == 0.0
    assert held >= 91  # of 95 promised, three deviations fewer are 88.5


def test_another_norm_is_refused():
    with pytest.raises(ArgumentError, match="norm"):
        metrics.expected_calibration_error([0, 1], probabilities=[0.2, 0.6], norm="l3")
