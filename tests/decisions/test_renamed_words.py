"""Every word that changed in the decisions raises an error that names the new one."""

import pytest

import softargmax as sm
from softargmax import decisions
from softargmax.exceptions import ArgumentError, RenamedError

Z, Y = [[2.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 3.0]], [0, 1, 0, 1]


def conformal():
    return sm.ConformalClassifier("lac", confidence=0.5).fit(Z, Y)


@pytest.mark.filterwarnings("ignore::softargmax.exceptions.CalibrationWarning")
def selective():
    return sm.SelectiveClassifier(0.5, confidence=0.5).fit(Z, Y)


@pytest.mark.parametrize(
    ("call", "new"),
    [
        (lambda: sm.ConformalClassifier(alpha=0.1), "alpha= is now confidence=, which is 1 - alpha"),
        (lambda: sm.ConformalClassifier(seed=1), "seed= is now random_state="),
        (lambda: conformal().predict_set(Z, alpha=0.1), "alpha= is now confidence="),
        (lambda: conformal().predict_set(Z, sample_weight=Y), "sample_weight= is now test_weight="),
        (lambda: conformal().p_values(Z, sample_weight=Y), "sample_weight= is now test_weight="),
        (lambda: conformal().evaluate(Z, Y, alpha=0.1), "alpha= is now confidence="),
        (lambda: conformal().evaluate(Z, Y, sample_weight=Y), "sample_weight= is now test_weight="),
        (lambda: sm.SelectiveClassifier(seed=1), "seed= is now random_state="),
        (lambda: selective().evaluate(Z, Y, confidence=0.9), "confidence= is now interval="),
        (lambda: sm.out_of_distribution_score(Z, method="energy"), "method= is now score="),
        (lambda: sm.false_alarm_threshold([1.0], rate=0.1), "rate= is now risk="),
    ],
)
def test_an_old_keyword_names_the_new_one(call, new):
    with pytest.raises(RenamedError, match=new):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: sm.SelectiveClassifier(score="max_probability").fit(Z, Y),
        lambda: sm.out_of_distribution_score(Z, score="max_probability"),
    ],
)
def test_the_old_name_of_the_top_probability_names_the_new_one(call):
    with pytest.raises(ArgumentError, match="got 'max_probability'; did you mean 'top_probability'"):
        call()


def test_a_bare_confidence_is_no_interval():
    with pytest.raises(ArgumentError, match=r"interval: expected metrics.Interval\(confidence=...\) or None, got 0.9"):
        conformal().evaluate(Z, Y, interval=0.9)


@pytest.mark.parametrize("package", [sm, decisions])
@pytest.mark.parametrize(
    ("old", "new"), [("auroc", r"metrics.detection_auroc\(known="), ("fpr_at_tpr", r"metrics.detection_fpr\(known=")]
)
def test_measures_of_detection_are_found_in_metrics(package, old, new):
    with pytest.raises(AttributeError, match=new):
        getattr(package, old)
