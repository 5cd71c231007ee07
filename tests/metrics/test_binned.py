"""The sums of bins, and the noise of their gaps, by their definitions."""

import numpy as np
import pytest

from softargmax._estimate import Interval, wilson_interval
from softargmax.metrics import (
    debiased_calibration_error,
    maximum_calibration_error,
    overconfidence,
    underconfidence,
)
from softargmax.metrics._binned import Binned, bins_of
from softargmax.metrics._judged import Judged
from softargmax.metrics._ranked import RankedRows


class Rows:
    """Weighted rows, a few of which have equal probabilities, in bins of .1."""

    def __init__(self, of, sure=0.0):
        rng = np.random.default_rng(11)
        self.p = np.round(rng.uniform(sure, 1.0, size=300), 2)
        self.y = (rng.random(300) < 0.8 * self.p).astype(int)
        self.weight = rng.integers(1, 5, size=300).astype(float)
        self.ranked = RankedRows.of(Judged.of(self.y, probabilities=self.p, sample_weight=self.weight), of)
        event = self.y if of == "positive" else (self.y == (self.p > 0.5)).astype(int)
        self.probability = self.p if of == "positive" else np.maximum(self.p, 1.0 - self.p)
        self.residual, self.event = event - self.probability, event
        self.binned = Binned.of(self.ranked, bins_of(self.ranked, "width", 10), 10)
        self.bins = np.maximum(np.ceil(self.probability * 10 - 1e-9) - 1, 0).astype(int)

    @staticmethod
    def binned_of(p, right):
        return Binned.of_rows(np.zeros(len(p), int), 1, p, right.astype(float), np.ones(len(p)))

    def sums(self, column):
        return np.bincount(self.bins, column, 10)


@pytest.fixture(params=["positive", "label"])
def rows(request):
    return Rows(request.param)


def test_the_sums_of_a_bin_are_those_of_its_rows(rows):
    w, r, p, found = rows.weight, rows.residual, rows.probability, rows.binned
    for name, column in (
        ("weight", w),
        ("residual", w * r),
        ("correct", w * rows.event),
        ("residual_squares", w * np.square(r)),
        ("expected_squares", w * p * (1.0 - p)),
    ):
        np.testing.assert_allclose(getattr(found, name), rows.sums(column), rtol=1e-12, atol=1e-12)
    assert (found.n, found.total) == (300, w.sum())
    np.testing.assert_allclose(found.share, found.weight[found.weight > 0] / w.sum(), rtol=1e-15)


def test_rows_with_a_bin_each_have_the_sums_of_ranked_ones(rows):
    found = Binned.of_rows(rows.bins, 10, rows.probability, rows.event, rows.weight)
    for name in ("weight", "residual", "correct", "residual_squares", "expected_squares"):
        np.testing.assert_allclose(getattr(found, name), getattr(rows.binned, name), rtol=1e-12, atol=1e-12)


def test_a_bin_of_probabilities_below_one_half_is_one_of_sureness_that_class_0_comes():
    rows = Rows("positive")
    mean = rows.sums(rows.weight * rows.p) / np.maximum(rows.binned.weight, 1.0)
    np.testing.assert_array_equal(rows.binned.side, np.where(mean <= 0.5, -1.0, 1.0))
    likelier = np.where(rows.bins < 5, 1 - rows.y, rows.y)
    assert rows.binned.accuracy == pytest.approx(np.average(likelier, weights=rows.weight), rel=1e-12)


def test_the_noise_of_gaps_has_the_moments_of_rows_drawn_again(rows):
    binned = rows.binned
    kept, total = binned.weight > 0.0, binned.total
    gap = rows.sums(rows.weight * rows.residual)[kept] / total
    spread = np.maximum(rows.sums(rows.weight * np.square(rows.residual)), binned.expected_squares)[kept]
    with_weight = rows.sums(rows.weight * rows.residual)[kept]
    covariance = (
        np.diag(spread)
        - np.outer(with_weight, gap)
        - np.outer(gap, with_weight)
        + np.outer(gap, gap) * rows.weight.sum()
    ) / total**2
    found = binned.gaps(Interval(n_resamples=200_000))
    np.testing.assert_allclose(found.gap, gap, rtol=1e-12)
    scale = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.abs(np.cov(found.noise.T) - covariance).max() < 0.015 * scale.max()
    assert np.abs((np.cov(found.noise.T) - covariance) / scale).max() < 0.02


def test_the_noise_of_gaps_knows_that_their_sum_is_divided_by_the_weight_of_all():
    """All is wrong by as much: only how many rows there are moves a gap."""
    binned = Binned.of_rows(np.zeros(100, int), 1, np.full(100, 1e-9), np.ones(100), np.ones(100))
    assert binned.gaps(Interval(n_resamples=1000)).noise.std() < 1e-8


def test_plausible_gaps_are_those_of_an_accuracy_at_either_end_of_its_interval(rows):
    binned = rows.binned
    ends = wilson_interval(binned.accuracy, binned.total, 0.9)
    side = binned.side[binned.weight > 0]
    plausible = binned.gaps(Interval(confidence=0.9)).plausible * side
    mean_gap = (rows.binned.side * rows.binned.residual).sum() / rows.binned.total
    np.testing.assert_allclose(plausible.sum(axis=1), np.array(ends) - binned.accuracy + mean_gap, rtol=1e-12)
    np.testing.assert_allclose(plausible[1] / plausible[1].sum(), binned.share, rtol=1e-12)


def test_weights_say_how_many_rows_the_noise_of_a_bin_is_that_of():
    rows = Rows("label")
    n = rows.sums(rows.weight)
    kept = rows.binned.weight > 0
    share, accuracy = rows.binned.share, (rows.binned.correct[kept] / rows.binned.weight[kept])
    gap = rows.binned.residual[kept] / rows.binned.weight[kept]
    noise = np.where(n[kept] > 1.0, accuracy * (1 - accuracy) / np.maximum(n[kept] - 1.0, 1e-9), gap**2)
    options = {"probabilities": rows.p, "of": "label", "n_bins": 10, "binning": "width", "sample_weight": rows.weight}
    found = debiased_calibration_error(rows.y, **options)
    assert found.value == pytest.approx(np.sqrt(max(share @ (gap**2 - noise), 0.0)), rel=1e-9)
    assert maximum_calibration_error(rows.y, **options).value == pytest.approx(np.abs(gap).max(), rel=1e-12)


@pytest.mark.parametrize(("metric", "sign"), [(overconfidence, -1.0), (underconfidence, 1.0)])
def test_gaps_of_the_other_sign_may_be_of_this_one_as_far_as_their_noise_allows(metric, sign):
    """Of m bins measured at -g, the gaps nearest to this sign are z var / sqrt(sum of var) - g; the m that is worst.

    The bins are those of which the measured gaps are the smallest, in standard errors.
    """
    n, middles = 400, np.arange(0.625, 1.0, 0.05)
    g = np.array([6, 2, 7, 1, 4, 8, 3, 5]) / n
    p = np.repeat(middles, n)
    right = np.concatenate([np.arange(n) < round(n * (q - sign * each)) for q, each in zip(middles, g, strict=True)])
    variance = (middles * (1 - middles) - 2 * sign * g * (0.5 - middles)) / n
    order = np.argsort(g / np.sqrt(variance))
    variance, g = variance[order] / len(middles) ** 2, g[order] / len(middles)
    sets = (1.96 * variance[:m] / np.sqrt(variance[:m].sum()) - g[:m] for m in range(1, len(middles) + 1))
    worst = max(np.maximum(each, 0.0).sum() for each in sets)
    found = metric(right.astype(int), probabilities=p, of="label", n_bins=20)
    assert found.value == pytest.approx(0.0, abs=1e-12)
    assert found.high == pytest.approx(worst, rel=0.03)


def test_a_model_that_is_hardly_ever_right_has_a_plausible_accuracy_too():
    p = np.full(200, 0.9)
    binned = Rows.binned_of(p, np.arange(200) < 8)
    low, high = wilson_interval(0.04, 200.0, 0.95)
    assert binned.accuracy == pytest.approx(0.04, rel=1e-12)
    assert binned.gaps(Interval()).plausible[:, 0] == pytest.approx((low - 0.9, high - 0.9), rel=1e-9)


def test_a_bin_of_one_half_on_average_says_that_class_0_is_as_likely():
    ranked = RankedRows.of(Judged.of([0, 1, 1, 1], probabilities=[0.25, 0.75, 0.5, 0.5]), "positive")
    assert Binned.of(ranked, np.zeros(len(ranked.weight), int), 1).side.tolist() == [-1.0]


def test_parts_of_rows_add_up_to_all(rows):
    first, second = (
        Binned.of_rows(rows.bins[part], 10, rows.probability[part], rows.event[part], rows.weight[part])
        for part in (slice(100), slice(100, None))
    )
    merged = first.merge(second)
    assert merged.n == 300
    np.testing.assert_allclose(merged.residual_squares, rows.binned.residual_squares, rtol=1e-12)
