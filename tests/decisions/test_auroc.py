import math
from fractions import Fraction

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize("decimals", [0, 1, 8])
def test_auroc_is_the_share_of_pairs_in_the_right_order(rng, decimals):
    known, new = np.round(rng.normal(size=300), decimals), np.round(rng.normal(1.0, 2.0, size=200), decimals)
    pairs = new[:, np.newaxis] - known
    assert sm.auroc(known, new) == (np.sum(pairs > 0) + np.sum(pairs == 0) / 2) / pairs.size


def test_auroc_counts_ties_by_half():
    assert sm.auroc([1.0, 2.0], [2.0, 0.0]) == 0.375
    assert sm.auroc([1.0] * 3, [1.0] * 5) == 0.5


def test_infinite_scores_have_a_rank():
    assert sm.auroc([-INF, 0.0], [0.0, INF]) == 0.875
    assert sm.fpr_at_tpr([-INF, 0.0], [0.0, INF], tpr=1.0) == 0.5


def test_the_false_positive_rate_is_counted_at_the_smallest_threshold_that_accepts_enough():
    known = np.arange(1.0, 101.0)
    assert sm.fpr_at_tpr(known, [95.0, 95.5]) == 0.5  # the threshold is 95, and what equals it is accepted
    assert sm.fpr_at_tpr(known, [95.0, 95.5, 96.0], tpr=0.951) == 1.0


def test_a_float_share_is_the_decimal_number_that_was_written():
    # 0.07 * 100 is 7.000000000000001 in floating point.
    assert sm.fpr_at_tpr(np.arange(1.0, 101.0), [7.5], tpr=0.07) == 0.0


def test_what_has_no_rank_is_refused():
    for call in (
        lambda bad: sm.auroc(bad, [1.0]),
        lambda bad: sm.auroc([1.0], bad),
        lambda bad: sm.fpr_at_tpr(bad, [1.0]),
    ):
        with pytest.raises(ArgumentError, match="NaN"):
            call([1.0, NAN])
        with pytest.raises(ShapeError, match="at least one score"):
            call([])
        with pytest.raises(ShapeError, match="at least one score"):
            call([[1.0]])
        with pytest.raises(DTypeError, match="scores"):
            call(["a"])


@pytest.mark.parametrize("share", [-0.1, 1.1, NAN, Fraction(5, 4), True])
def test_a_share_is_between_0_and_1(share):
    with pytest.raises(ArgumentError, match="tpr"):
        sm.fpr_at_tpr([1.0], [1.0], tpr=share)
