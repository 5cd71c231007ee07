"""The part of the log loss that is saved, compared with the classes' shares."""

import math

import numpy as np
import pytest
from sklearn.metrics import d2_log_loss_score as theirs

import softargmax as sm
from softargmax.exceptions import TargetError
from softargmax.metrics import Interval, d2_log_loss_score


@pytest.fixture(params=[2, 4])
def rows(request, rng):
    z = rng.normal(size=(200, request.param))
    return z, sm.argmax(z + rng.gumbel(size=z.shape))


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_scikit_learns_where_nothing_is_clipped(rows, rng, weighted):
    z, y = rows
    weight = rng.integers(0, 4, size=len(y)).astype(float) if weighted else None
    expected = theirs(y, sm.softmax(z), sample_weight=weight)
    assert d2_log_loss_score(y, logits=z, sample_weight=weight).value == pytest.approx(expected, rel=1e-12)
    found = d2_log_loss_score(y, probabilities=sm.softmax(z), sample_weight=weight)
    assert found.value == pytest.approx(expected, rel=1e-12)


def test_the_shares_themselves_save_nothing():
    found = d2_log_loss_score([0, 0, 0, 1], probabilities=[0.25] * 4)
    assert found.value == pytest.approx(0.0, abs=1e-15)
    assert d2_log_loss_score([0, 1], probabilities=[[1.0, 0.0], [0.0, 1.0]]).value == 1.0


def test_a_weight_is_how_often_a_row_is_there(rows, rng):
    z, y = rows
    weight = rng.integers(0, 3, size=len(y))
    repeated = d2_log_loss_score(np.repeat(y, weight), logits=np.repeat(z, weight, axis=0))
    assert d2_log_loss_score(y, logits=z, sample_weight=weight).value == pytest.approx(repeated.value, rel=1e-12)
    light = d2_log_loss_score(y, logits=z, sample_weight=weight / 1024)
    assert light.value == pytest.approx(repeated.value, rel=1e-12)


def test_what_was_called_impossible_and_came_costs_everything():
    found = d2_log_loss_score([0, 1, 1], probabilities=[0.1, 0.9, 0.0])
    assert (found.value, found.low, found.high) == (-math.inf, -math.inf, -math.inf)
    ignored = d2_log_loss_score([0, 1, 1], probabilities=[0.1, 0.9, 0.0], sample_weight=[1, 1, 0])
    assert ignored.value == pytest.approx(1.0 - math.log(0.9) / math.log(0.5), rel=1e-12)


def test_of_a_single_class_there_is_nothing_to_save():
    with pytest.raises(TargetError, match="at least two classes, got only class 1"):
        d2_log_loss_score([1, 1], probabilities=[0.8, 0.9])
    with pytest.raises(TargetError, match="got only class 0"):
        d2_log_loss_score([0, 1], probabilities=[0.8, 0.9], sample_weight=[1, 0])


@pytest.mark.parametrize("n_classes", [2, 5])
def test_the_interval_holds_the_true_value_as_often_as_promised(n_classes):
    rng = np.random.default_rng(7)
    offset = np.arange(n_classes) * 0.7
    z = rng.normal(size=(200_000, n_classes)) * 1.5 + offset
    y = sm.argmax(z + rng.gumbel(size=z.shape))
    true = d2_log_loss_score(y, logits=2.0 * z).value
    held = 0
    for rows in np.split(np.arange(200_000), 500):
        found = d2_log_loss_score(y[rows], logits=2.0 * z[rows], interval=Interval(confidence=0.9))
        held += found.low <= true <= found.high
    assert 0.87 <= held / 500 <= 0.94
