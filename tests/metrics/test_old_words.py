"""Words of version 0.1: each is refused by an error that names the new one."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError

LOGITS, Y = [[2.0, 0.0], [0.0, 3.0]], [0, 1]
JUDGES = [
    "accuracy",
    "assess",
    "augrc",
    "aurc",
    "brier_score",
    "classwise_calibration_error",
    "coverage_at_risk",
    "debiased_calibration_error",
    "decompose",
    "expected_calibration_error",
    "log_loss",
    "maximum_calibration_error",
    "overconfidence",
    "reliability_curve",
    "risk_coverage",
    "scores",
    "smooth_calibration_error",
    "sweep_calibration_error",
    "top_k_accuracy",
    "top_label_calibration_error",
    "underconfidence",
]


@pytest.mark.parametrize("name", JUDGES)
def test_bootstrap_is_now_interval(name):
    with pytest.raises(ArgumentError, match=f"{name}: bootstrap= is now interval="):
        getattr(metrics, name)(Y, logits=LOGITS, bootstrap=metrics.Interval())


def test_a_summary_takes_an_interval_too():
    with pytest.raises(ArgumentError, match="bootstrap= is now interval="):
        metrics.Summary(2).update(Y, logits=LOGITS).assess(bootstrap=None)


def test_the_old_order_of_assess_and_compare_is_refused():
    with pytest.raises(ArgumentError, match=r"expected assess\(targets, logits=...\)"):
        sm.assess(LOGITS, Y)
    with pytest.raises(ArgumentError, match=r"expected compare\(targets, logits=\(first, second\)\)"):
        sm.compare(LOGITS, LOGITS, Y)


def test_kind_is_now_said_by_the_name_of_what_is_judged():
    with pytest.raises(ArgumentError, match="kind= is now logits= or probabilities="):
        sm.assess(Y, logits=LOGITS, kind="logits")
    with pytest.raises(ArgumentError, match="kind= is now logits= or probabilities="):
        sm.compare(Y, logits=(LOGITS, LOGITS), kind="logits")
    with pytest.raises(ArgumentError, match="kind= is now binning="):
        metrics.reliability_curve(Y, logits=LOGITS, kind="mass")


def test_the_seed_of_an_interval_is_its_random_state():
    with pytest.raises(ArgumentError, match="Interval: seed= is now random_state="):
        metrics.Interval(seed=1)


@pytest.mark.parametrize(("old", "new"), [("Bootstrap", "Interval"), ("Test", "CalibrationTest"), ("score", "scores")])
def test_old_names_say_the_new_ones(old, new):
    with pytest.raises(AttributeError, match=f"metrics.{old} is now {new}"):
        getattr(metrics, old)


def test_old_fields_say_the_new_ones():
    curve = metrics.reliability_curve(Y, logits=LOGITS)
    assert (curve.binning, curve.confidence) == ("mass", 0.95)
    for old, new in (("kind", "binning"), ("level", "confidence")):
        with pytest.raises(AttributeError, match=f"ReliabilityCurve.{old} is now {new}"):
            getattr(curve, old)
    points = metrics.risk_coverage(Y, logits=LOGITS)
    assert points.top_probability == pytest.approx(sm.softmax(np.array(LOGITS)).max(axis=1)[::-1])
    with pytest.raises(AttributeError, match="RiskCoverage.confidence is now top_probability"):
        points.confidence  # noqa: B018


def test_only_a_tuple_is_a_pair_of_models():
    with pytest.raises(ArgumentError, match="logits: expected a tuple of two models") as caught:
        sm.compare(Y, logits=LOGITS)
    assert caught.value.parameter == "logits"
