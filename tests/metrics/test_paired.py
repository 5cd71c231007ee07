"""Two models on the same rows: net benefit from a risk on, and every group by itself."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError
from softargmax.metrics._judged import Judged
from softargmax.metrics._paired import benefit_difference


def drawn(n, seed=0, noise=1.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = (rng.random(n) < sm.sigmoid(x)).astype(int)
    return y, x, x + noise * rng.normal(size=n)


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.8])
def test_the_difference_of_net_benefits_is_that_of_both(threshold):
    y, x, other = drawn(300)
    found = sm.compare(y, logits=(other, x), threshold=threshold)
    both = [metrics.net_benefit(y, logits=z, threshold=threshold).value for z in (other, x)]
    assert found.net_benefit.value == pytest.approx(both[1] - both[0], abs=1e-12)
    assert found.net_benefit.low < found.net_benefit.value < found.net_benefit.high
    assert found.threshold == threshold
    assert f"net benefit from {threshold:g}" in str(found)
    assert metrics.Comparison.from_dict(found.to_dict()) == found


def test_from_a_risk_of_one_half_it_is_the_difference_of_accuracies():
    y, x, other = drawn(80)
    found = sm.compare(y, logits=(other, x), threshold=0.5)
    rate = found.net_benefit
    assert (rate.low, rate.value, rate.high) == pytest.approx(
        (found.accuracy.low, found.accuracy.value, found.accuracy.high), abs=1e-12
    )


def test_models_that_never_disagree_are_not_known_to_be_equal():
    y, x, _ = drawn(60)
    found = sm.compare(y, logits=(x, x), threshold=0.2).net_benefit
    assert found.value == 0.0
    assert found.low < 0.0 < found.high


@pytest.mark.parametrize(("n", "threshold"), [(50, 0.2), (50, 0.6), (400, 0.1), (400, 0.5)])
def test_the_interval_holds_the_true_difference_as_often_as_promised(n, threshold):
    """The truth is that of a million rows, whose error is a hundredth of an interval's length."""

    def difference(n, seed):
        y, *both = drawn(n, seed)
        return benefit_difference(*(Judged.of(y, logits=z) for z in both), threshold, metrics.Interval())

    truth, runs, held = difference(1_000_000, 99).value, 400, 0
    for seed in range(runs):
        found = difference(n, seed)
        held += found.low <= truth <= found.high
    assert abs(held / runs - 0.95) <= 3.0 * (0.95 * 0.05 / runs) ** 0.5


def test_groups_are_compared_by_themselves_with_wider_intervals():
    y, x, other = drawn(400)
    groups = {"half": np.arange(400) % 2, "country": np.array(["de", "fr"])[np.arange(400) // 200]}
    found = sm.compare(y, logits=(other, x), groups=groups)
    assert [(one.column, one.value) for one in found.groups] == [
        ("country", "de"),
        ("country", "fr"),
        ("half", "0"),
        ("half", "1"),
    ]
    alone = sm.compare(y[:200], logits=(other[:200], x[:200]), interval=metrics.Interval(confidence=0.95**0.25))
    for name in ("accuracy", "log_loss", "brier_score"):
        one, same = getattr(found.groups[0], name), getattr(alone, name)
        assert (one.value, one.low, one.high) == pytest.approx((same.value, same.low, same.high), rel=1e-9)
    assert metrics.Comparison.from_dict(found.to_dict()) == found
    assert "log loss, country fr" in str(found)


def test_a_group_without_weight_is_left_out():
    y, x, other = drawn(100)
    groups = np.arange(100) % 2
    found = sm.compare(y, logits=(other, x), groups=groups, sample_weight=(groups == 0) * 1.0)
    assert [one.value for one in found.groups] == ["0"]


def test_a_risk_to_act_from_is_between_0_and_1_and_of_two_classes():
    y, x, other = drawn(50)
    with pytest.raises(ArgumentError, match="threshold"):
        sm.compare(y, logits=(x, other), threshold=1.0)
    three = np.random.default_rng(0).normal(size=(50, 3))
    with pytest.raises(sm.exceptions.SoftargmaxError):
        sm.compare(y, logits=(three, three), threshold=0.5)
