"""Precision, recall and the rate of false alarms at every threshold."""

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

import softargmax as sm
from softargmax.exceptions import ArgumentError, TargetError
from softargmax.metrics import ThresholdCurve, threshold_curve


def test_every_point_is_counted():
    p, y = [0.1, 0.2, 0.2, 0.7, 0.9], np.array([0, 0, 1, 0, 1])
    curve = threshold_curve(y, probabilities=p)
    assert curve.threshold.tolist() == [0.1, 0.2, 0.7, 0.9]
    for i, threshold in enumerate(curve.threshold):
        yes = np.array(p) >= threshold
        assert curve.precision[i] == np.mean(y[yes])
        assert curve.recall[i] == np.mean(yes[y == 1])
        assert curve.false_alarm_rate[i] == pytest.approx(np.mean(yes[y == 0]), rel=1e-15)
        assert curve.share[i] == pytest.approx(np.mean(yes), rel=1e-15)
    assert (curve.positive, curve.n) == (1, 5)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("decimals", [1, 12])
def test_it_is_scikit_learns_two_curves(rng, weighted, decimals):
    p = np.round(rng.random(300), decimals)
    y = (rng.random(300) < p).astype(int)
    weight = rng.integers(1, 4, size=300).astype(float) if weighted else None
    curve = threshold_curve(y, probabilities=p, sample_weight=weight)
    precision, recall, thresholds = precision_recall_curve(y, p, sample_weight=weight)
    np.testing.assert_array_equal(curve.threshold, thresholds)
    np.testing.assert_allclose(curve.precision, precision[:-1], rtol=1e-12)
    np.testing.assert_allclose(curve.recall, recall[:-1], rtol=1e-12)
    alarms, _, thresholds = roc_curve(y, p, sample_weight=weight, drop_intermediate=False)
    np.testing.assert_allclose(curve.false_alarm_rate, alarms[:0:-1], rtol=1e-12)
    np.testing.assert_array_equal(curve.threshold, thresholds[:0:-1])


def test_a_class_is_told_from_the_rest(rng):
    z = rng.normal(size=(200, 4))
    y = sm.argmax(z + rng.gumbel(size=z.shape))
    curve = threshold_curve(y, logits=z, positive=2)
    rest = threshold_curve((y == 2).astype(int), probabilities=sm.softmax(z)[:, 2])
    np.testing.assert_array_equal(curve.threshold, rest.threshold)
    np.testing.assert_array_equal(curve.precision, rest.precision)
    np.testing.assert_array_equal(curve.false_alarm_rate, rest.false_alarm_rate)


def test_the_other_of_two_classes_may_be_the_one():
    curve = threshold_curve([0, 0, 1], probabilities=[0.25, 0.75, 0.5], positive=0)
    assert curve.threshold.tolist() == [0.25, 0.5, 0.75]
    assert curve.recall.tolist() == [1.0, 0.5, 0.5]


def test_rows_of_weight_0_are_not_there():
    curve = threshold_curve([0, 1, 1], probabilities=[0.25, 0.75, 0.5], sample_weight=[1, 1, 0])
    assert curve.threshold.tolist() == [0.25, 0.75]


def test_rows_of_several_blocks_keep_their_order(rng):
    z = rng.normal(size=(3000, 200))
    y = rng.integers(200, size=3000)
    curve = threshold_curve(y, logits=z, positive=3)
    np.testing.assert_array_equal(curve.threshold, np.unique(sm.softmax(z)[:, 3]))
    assert curve.precision[-1] == (y[np.argmax(sm.softmax(z)[:, 3])] == 3)


def test_more_classes_than_two_need_the_one_that_is_meant():
    with pytest.raises(ArgumentError, match=r"positive: expected the code .* 0 \.\.\. 2, got None"):
        threshold_curve([0, 1], logits=np.zeros((2, 3)))
    with pytest.raises(ArgumentError, match="positive: expected an integer between 0 and 2, got 3"):
        threshold_curve([0, 1], logits=np.zeros((2, 3)), positive=3)


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(TargetError, match="class 1 and others, got none of that class"):
        threshold_curve([0, 0], probabilities=[0.1, 0.2])
    with pytest.raises(TargetError, match="class 1 and others, got all of that class"):
        threshold_curve([1, 1], probabilities=[0.1, 0.2])


def test_it_is_a_value_that_comes_back_from_plain_data():
    curve = threshold_curve([0, 1, 1], probabilities=[0.25, 0.75, 0.5])
    assert ThresholdCurve.from_dict(curve.to_dict()) == curve
    with pytest.raises(AttributeError):
        curve.recall = None
