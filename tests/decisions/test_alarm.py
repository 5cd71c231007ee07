"""An alarm is raised as rarely as promised."""

import math
from fractions import Fraction

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError

INF, NAN = math.inf, math.nan


def test_a_float_share_is_the_decimal_number_that_was_written():
    # (n + 1) (1 - 0.1) is 8.999... or 9.000...1 in floating point for many n.
    for n in range(9, 1000, 10):
        assert sm.false_alarm_threshold(np.arange(1.0, n + 1.0), risk=0.1) == (n + 1) * 9 / 10


def test_the_threshold_is_the_conformal_rank():
    scores = np.arange(1.0, 20.0)  # n + 1 = 20
    assert sm.false_alarm_threshold(scores[::-1], risk=0.05) == 19.0
    assert sm.false_alarm_threshold(scores, risk=Fraction(1, 3)) == 14.0
    assert sm.false_alarm_threshold(scores, risk=1.0) == -INF


def test_too_few_scores_promise_nothing_and_raise_no_alarm():
    assert sm.false_alarm_threshold(np.arange(9.0), risk=0.09) == INF
    assert sm.false_alarm_threshold([1.0], risk=0) == INF


@pytest.mark.parametrize("n", [9, 19, 50])
def test_false_alarms_are_as_rare_as_promised(rng, n):
    scores = rng.normal(size=(20_000, n + 1))
    alarms = np.mean([row[-1] > sm.false_alarm_threshold(row[:-1], risk=0.1) for row in scores])
    exact = 1.0 - math.ceil((n + 1) * 9 / 10) / (n + 1)
    assert exact <= 0.1 + 1e-12
    assert abs(alarms - exact) < 5.0 * math.sqrt(exact * (1.0 - exact) / len(scores))


@pytest.mark.parametrize(
    ("scores", "error", "message"),
    [
        ([1.0, NAN], ArgumentError, "known_scores: expected numbers, got NaN"),
        ([], ShapeError, "at least one score"),
        ([[1.0]], ShapeError, "at least one score"),
        (["a"], DTypeError, "known_scores"),
    ],
)
def test_what_has_no_rank_is_refused(scores, error, message):
    with pytest.raises(error, match=message):
        sm.false_alarm_threshold(scores, risk=0.1)


@pytest.mark.parametrize("share", [-0.1, 1.1, NAN, Fraction(5, 4), True])
def test_a_share_is_between_0_and_1(share):
    with pytest.raises(ArgumentError, match="risk"):
        sm.false_alarm_threshold([1.0], risk=share)
