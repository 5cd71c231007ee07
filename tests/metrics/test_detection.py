import math
from fractions import Fraction

import numpy as np
import pytest

from softargmax.exceptions import ArgumentError, DTypeError, ShapeError
from softargmax.metrics import detection_auroc, detection_fpr

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize("decimals", [0, 1, 8])
def test_auroc_is_the_share_of_pairs_in_the_right_order(rng, decimals):
    known, new = np.round(rng.normal(size=300), decimals), np.round(rng.normal(1.0, 2.0, size=200), decimals)
    pairs = new[:, np.newaxis] - known
    assert detection_auroc(known=known, new=new) == (np.sum(pairs > 0) + np.sum(pairs == 0) / 2) / pairs.size


def test_auroc_counts_ties_by_half():
    assert detection_auroc(known=[1.0, 2.0], new=[2.0, 0.0]) == 0.375
    assert detection_auroc(known=[1.0] * 3, new=[1.0] * 5) == 0.5


def test_infinite_scores_have_a_rank():
    assert detection_auroc(known=[-INF, 0.0], new=[0.0, INF]) == 0.875
    assert detection_fpr(known=[-INF, 0.0], new=[0.0, INF], tpr=1.0) == 0.5


def test_the_false_positive_rate_is_counted_at_the_smallest_threshold_that_accepts_enough():
    known = np.arange(1.0, 101.0)
    assert detection_fpr(known=known, new=[95.0, 95.5]) == 0.5  # the threshold is 95, and what equals it is accepted
    assert detection_fpr(known=known, new=[95.0, 95.5, 96.0], tpr=0.951) == 1.0


def test_a_float_share_is_the_decimal_number_that_was_written():
    # 0.07 * 100 is 7.000000000000001 in floating point.
    assert detection_fpr(known=np.arange(1.0, 101.0), new=[7.5], tpr=0.07) == 0.0


def test_what_has_no_rank_is_refused():
    for call in (
        lambda bad: detection_auroc(known=bad, new=[1.0]),
        lambda bad: detection_auroc(known=[1.0], new=bad),
        lambda bad: detection_fpr(known=bad, new=[1.0]),
    ):
        with pytest.raises(ArgumentError, match="NaN"):
            call([1.0, NAN])
        with pytest.raises(ShapeError, match="at least one score"):
            call([])
        with pytest.raises(ShapeError, match="at least one score"):
            call([[1.0]])
        with pytest.raises(DTypeError, match="known|new"):
            call(["a"])


@pytest.mark.parametrize("share", [-0.1, 1.1, NAN, Fraction(5, 4), True])
def test_a_share_is_between_0_and_1(share):
    with pytest.raises(ArgumentError, match="tpr"):
        detection_fpr(known=[1.0], new=[1.0], tpr=share)


def test_both_groups_are_named_so_that_labels_and_scores_cannot_be_passed():
    with pytest.raises(TypeError, match="positional"):
        detection_auroc([0, 1, 1], [0.1, 0.8, 0.9])
    with pytest.raises(TypeError, match="positional"):
        detection_fpr([0, 1, 1], [0.1, 0.8, 0.9])


@pytest.mark.parametrize("function", [detection_auroc, detection_fpr])
@pytest.mark.parametrize("dtype", [int, float, bool])
def test_labels_are_not_taken_for_scores_and_the_error_says_the_right_call(function, dtype):
    labels, scores = np.array([0, 1, 1, 0], dtype), np.array([0.1, 0.8, 0.9, 0.2])
    with pytest.raises(ArgumentError, match=r"known=scores\[labels == 0\], new=scores\[labels == 1\]") as caught:
        function(known=labels, new=scores)
    assert caught.value.parameter == "known"
    assert detection_auroc(known=scores[labels == 0], new=scores[labels == 1]) == 1.0


def test_a_detector_that_says_yes_or_no_is_measured():
    assert detection_auroc(known=[0, 1, 0, 0], new=[1, 1, 0, 1]) == 0.75
    assert detection_auroc(known=[0, 1, 0, 0], new=[0.5]) == 0.75
    assert detection_auroc(known=[0.0, 0.0], new=[0.5, 0.7]) == 1.0
