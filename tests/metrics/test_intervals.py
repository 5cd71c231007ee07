import numpy as np
import pytest
from scipy import stats

from softargmax.metrics import Estimate, Interval, expected_calibration_error
from softargmax.metrics._binned import Binned
from softargmax.metrics._inversion import Gaps, absolute
from softargmax.metrics._judged import Judged
from softargmax.metrics._mean_moments import MeanMoments
from softargmax.metrics._numerics import root, student_quantile
from softargmax.metrics._ranked import RankedRows


def moments(values, weight=None):
    values = np.asarray(values, float)
    return MeanMoments.of(values, np.ones(len(values)) if weight is None else weight, len(values))


def coverage(draw, mean, n, trials=1500):
    ends = [moments(draw(n)).ends(0.95) for _ in range(trials)]
    return np.mean([low <= mean <= high for low, high in ends])


@pytest.mark.parametrize("n", [50, 200, 1000])
def test_intervals_of_means_cover_with_a_light_tail(n):
    rng = np.random.default_rng(1)
    assert coverage(lambda size: rng.exponential(size=size), 1.0, n) >= 0.93


@pytest.mark.parametrize(("n", "least"), [(200, 0.91), (1000, 0.92)])
def test_intervals_of_means_cover_with_a_heavy_tail(n, least):
    # Skewness 38: percentiles of resamples cover 87 % at n = 200.
    rng = np.random.default_rng(2)
    assert coverage(lambda size: rng.exponential(size=size) ** 3, 6.0, n) >= least


def test_without_skewness_the_interval_is_students():
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0])
    expected = stats.t.interval(0.95, 11, loc=values.mean(), scale=stats.sem(values))
    assert moments(values).ends(0.95) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("freedom", [10, 20, 1000])
def test_students_quantile_is_scipys(freedom):
    assert student_quantile(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-3)


def test_moments_of_parts_merge_to_those_of_the_whole(rng):
    values, weight = rng.exponential(size=100), rng.random(100)
    whole, parts = moments(values, weight), moments(values[:30], weight[:30]).merge(moments(values[30:], weight[30:]))
    for name in ("weight", "weight_squares", "mean", "second", "third", "noise"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-11), name
    assert parts.tilt == pytest.approx(whole.tilt, abs=1e-12)


def test_an_infinite_loss_makes_the_mean_infinite_for_certain():
    estimate = moments([1.0, np.inf, 2.0]).merge(moments([1.0])).estimate(0.95)
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (np.inf, np.inf, np.inf, 4)
    assert moments([1.0, np.inf, 2.0], np.array([1.0, 0.0, 1.0])).value == 1.5


def test_one_row_says_nothing_of_the_spread():
    estimate = moments([0.3]).estimate(0.95, 0.0, 2.0)
    assert (estimate.low, estimate.high) == (0.0, 2.0)


def test_gaps_that_noise_explains_may_be_none(rng):
    noise = rng.normal(size=(2000, 15))
    inside = [Gaps(rng.normal(size=15), noise, np.empty((0, 15))).ends(absolute, Interval())[0] for _ in range(100)]
    assert np.mean(np.array(inside) == 0.0) >= 0.9


def test_large_gaps_have_the_interval_of_their_sum(rng):
    gap = np.array([30.0, -20.0, 50.0])
    low, high = Gaps(gap, rng.normal(size=(20_000, 3)), np.empty((0, 3))).ends(absolute, Interval())
    assert (low, high) == pytest.approx((100 - 1.96 * 3**0.5, 100 + 1.96 * 3**0.5), abs=0.1)


@pytest.mark.parametrize("error", [0.0, 0.1])
def test_intervals_of_calibration_errors_cover(error):
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(200):
        confidence = rng.uniform(0.6, 1.0, size=200)
        y = (rng.random(200) > confidence - error).astype(int)
        p = np.column_stack([confidence, 1 - confidence])
        found = expected_calibration_error(y, probabilities=p, interval=Interval(n_resamples=500))
        covered += found.low <= error <= found.high
    assert covered >= 186


def test_the_noise_of_a_gap_is_that_of_its_accuracy():
    n, sure = 500, [[1.0, 0.0]] * 500
    ranked = RankedRows.of(Judged.of([0] * 400 + [1] * 100, probabilities=sure), "positive")
    noise = Binned.of(ranked, np.zeros(1, int), 1).gaps(Interval(n_resamples=50_000)).noise
    assert noise.std() == pytest.approx((0.8 * 0.2 / n) ** 0.5, rel=0.02)


def test_few_errors_of_a_sure_model_leave_room():
    p = [[0.999, 0.001]] * 50
    assert expected_calibration_error([0] * 50, probabilities=p).high > 0.05


def test_roots_are_found():
    assert root(lambda x: x**3 - 0.001, 0.0, 5.0, 1e-12) == pytest.approx(0.1, rel=1e-10)
    assert root(lambda x: x - 9.0, 0.0, 1.0) == 1.0
    assert root(lambda x: x + 1.0, 0.0, 1.0) == 0.0


def test_estimates_of_older_files_have_no_method():
    assert Estimate(0.5, 0.4, 0.6, 0.95, 10).method == ""
