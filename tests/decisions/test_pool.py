"""Ranks, weights and p-values of calibration scores, and binomial tails, against exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from softargmax._binomial import binomial_cdf, upper_bound
from softargmax._estimate import clopper_pearson
from softargmax._options import as_share
from softargmax.decisions._nonconformity import INFINITE
from softargmax.decisions._pool import Pool, fewest_rows
from softargmax.exceptions import ArgumentError


def pool(scores, weight=None):
    scores = np.asarray(scores, np.complex128)
    return Pool.of(scores, np.ones(len(scores)) if weight is None else np.asarray(weight, np.float64))


def threshold(pool, alpha, test_weight=1.0):
    return pool.thresholds(as_share(alpha, "alpha", open_low=True, open_high=True), np.array([test_weight]))[0].real


@pytest.mark.parametrize("alpha", ["0.01", "0.05", "0.07", "0.1", "0.2", "0.3", "0.9"])
def test_the_rank_is_the_smallest_that_covers_enough(alpha):
    covered = 1 - Fraction(alpha)
    for n in [*range(1, 31), 99, 109, 199]:
        enough = [k for k in range(1, n + 1) if k * covered.denominator >= (n + 1) * covered.numerator]
        assert threshold(pool(np.arange(1, n + 1)), float(alpha)) == (enough[0] if enough else math.inf)


def test_nine_rows_at_a_tenth_give_the_largest_score_and_five_the_full_set():
    # crepes 0.9.1 includes everything at n = 9, because 1 - 0.9 is 0.09999999999999998; MAPIE 1.6 raises.
    assert threshold(pool(range(9)), 0.1) == 8.0
    assert threshold(pool(range(5)), 0.1) == math.inf


@pytest.mark.parametrize(
    ("alpha", "n", "rounded", "exact"), [(0.18, 149, 124, 123), (0.42, 49, 30, 29), (0.7, 9, 4, 3)]
)
def test_a_rank_in_floating_point_would_be_one_order_statistic_too_high(alpha, n, rounded, exact):
    # As MAPIE's was until 1.6, for another reason.
    assert math.ceil((n + 1) * (1 - alpha)) == rounded
    assert threshold(pool(np.arange(1, n + 1)), alpha) == exact


@pytest.mark.parametrize("alpha", [0.1, np.float32(0.1), np.float64(0.1), Fraction(1, 10)])
def test_alpha_is_the_decimal_that_was_written(alpha):
    assert as_share(alpha, "alpha", open_low=True, open_high=True) == Fraction(1, 10)


@pytest.mark.parametrize("alpha", [0, 1, 0.0, 1.0, -0.1, math.nan, "0.1", Fraction(3, 2), True])
def test_alpha_must_lie_between_0_and_1(alpha):
    with pytest.raises(ArgumentError, match="alpha: expected a number > 0 and < 1"):
        as_share(alpha, "alpha", open_low=True, open_high=True)


@pytest.mark.parametrize("alpha", ["0.1", "0.3", "1/3", "0.07"])
def test_fewest_rows_have_a_finite_threshold_and_one_less_has_not(alpha):
    level = Fraction(alpha)
    n = fewest_rows(level)
    assert threshold(pool(range(n)), level) == n - 1
    assert threshold(pool(range(n - 1)), level) == math.inf


def test_a_weight_is_a_repetition(rng):
    scores, weight = rng.normal(size=40), rng.integers(0, 4, size=40)
    once, often = pool(scores, weight), pool(scores.repeat(weight))
    for alpha in (0.05, 0.1, 0.25, 0.5):
        assert threshold(once, alpha) == threshold(often, alpha)
    new = np.append(scores, 0.3) + 0j
    assert np.array_equal(once.p_values(new, np.ones(41), None), often.p_values(new, np.ones(41), None))


def test_the_weighted_quantile_in_closed_form():
    weighted = pool([1.0, 2.0, 3.0], [0.5, 1.25, 0.25])
    assert threshold(weighted, 0.5, 0.5) == 2.0  # 0.5 * 2.5 = 1.25 <= 0.5 + 1.25
    assert threshold(weighted, 0.5, 1.5) == 2.0  # 1.75: just enough
    assert threshold(weighted, 0.5, 1.75) == 3.0
    assert threshold(weighted, 0.5, 2.0) == 3.0
    assert threshold(weighted, 0.5, 2.5) == math.inf  # more than half of the mass may lie at infinity


def test_thresholds_do_not_depend_on_the_other_rows_weights(rng):
    weighted = pool(range(19), rng.integers(1, 3, size=19))
    weight = np.concatenate([rng.integers(0, 30, size=40), rng.random(40) * 30])
    together = weighted.thresholds(Fraction(1, 10), weight)
    assert together.tolist() == [weighted.thresholds(Fraction(1, 10), np.array([w]))[0] for w in weight]
    assert len(set(together)) == 3


def test_p_values_count_the_scores_that_are_as_large():
    p = pool([1, 2, 2, 3]).p_values(np.array([0.5, 2, 2.5, 4, np.inf]) + 0j, np.ones(5), None)
    assert p.tolist() == [1.0, 4 / 5, 2 / 5, 1 / 5, 1 / 5]


def test_smoothed_p_values_count_a_share_of_the_ties():
    p = pool([1, 2, 2, 3]).p_values(np.array([2, 2.5]) + 0j, np.ones(2), np.array([0.25, 0.5]))
    assert p.tolist() == [(1 + 0.25 * 3) / 5, (1 + 0.5) / 5]


@pytest.mark.parametrize("n", [5, 9, 10, 57])
def test_a_score_is_let_in_if_its_p_value_is_above_alpha(rng, n):
    scores = rng.integers(0, 20, size=n) + 0j  # with ties
    weight = rng.integers(1, 4, size=n)
    new = np.append(np.arange(-1.0, 22.0) + 0j, INFINITE)
    for level in (Fraction(1, 10), Fraction(1, 4), Fraction(1, 3), Fraction(1, 2)):
        weighted = pool(scores, weight)
        p = [Fraction(x).limit_denominator(1000) for x in weighted.p_values(new, np.ones(len(new)), None)]
        assert (new <= weighted.thresholds(level, np.ones(1))).tolist() == [x > level for x in p]


def test_binomial_tails_are_the_exact_fractions():
    for n, p in ((1, 0.5), (7, 0.25), (30, 0.0625), (60, 0.875)):
        exact, total = Fraction(p), Fraction(0)
        for k in range(-1, n + 2):
            if 0 <= k <= n:
                total += math.comb(n, k) * exact**k * (1 - exact) ** (n - k)
            assert binomial_cdf(k, n, p) == pytest.approx(float(total), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(("n", "p"), [(1000, 0.05), (200_000, 0.3), (1_000_000, 1e-4)])
def test_binomial_tails_of_many_rows(n, p):
    mean, deviation = n * p, math.sqrt(n * p * (1 - p))
    for k in (int(mean + s * deviation) for s in (-6, -2, -0.1, 0, 0.1, 2)):
        assert binomial_cdf(k, n, p) == pytest.approx(stats.binom.cdf(k, n, p), rel=1e-8)


@pytest.mark.parametrize(("count", "n"), [(0, 10), (3, 10), (10, 10), (41, 900)])
def test_the_interval_is_that_of_clopper_and_pearson(count, n):
    interval = clopper_pearson(count, n, 0.9)
    low, high = stats.beta.ppf([0.05, 0.95], [max(count, 1e-9), count + 1], [n - count + 1, max(n - count, 1e-9)])
    assert (interval.low, interval.high) == (
        pytest.approx(low if count else 0.0, rel=1e-10),
        pytest.approx(high if count < n else 1.0, rel=1e-10),
    )
    assert upper_bound(count, n, 0.95) == interval.high


def test_a_proportion_of_no_rows_says_so():
    assert math.isnan(clopper_pearson(0, 0, 0.95).value)
    assert (clopper_pearson(0, 0, 0.95).low, clopper_pearson(0, 0, 0.95).high) == (0.0, 1.0)


@pytest.mark.parametrize("factor", [0.1, 0.3, 0.7, 1 / 3])
def test_a_common_factor_of_all_weights_cancels(factor):
    for n in range(5, 150):
        for alpha in (0.05, 0.1, 0.2, 0.3):
            level, scores = as_share(alpha, "alpha"), np.arange(float(n))
            whole = Pool.of(scores, np.ones(n)).thresholds(level, np.ones(1))
            scaled = Pool.of(scores, np.full(n, factor)).thresholds(level, np.full(1, factor))
            assert scaled == whole, (n, alpha)
