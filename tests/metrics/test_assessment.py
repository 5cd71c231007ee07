import json

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError, ProbabilityWarning

SAME = {
    "expected_calibration_error": metrics.expected_calibration_error,
    "smooth_calibration_error": metrics.smooth_calibration_error,
    "sweep_calibration_error": metrics.sweep_calibration_error,
    "debiased_calibration_error": metrics.debiased_calibration_error,
    "top_label_calibration_error": metrics.top_label_calibration_error,
    "classwise_calibration_error": metrics.classwise_calibration_error,
    "overconfidence": metrics.overconfidence,
    "underconfidence": metrics.underconfidence,
    "accuracy": metrics.accuracy,
    "top_k_accuracy": metrics.top_k_accuracy,
    "log_loss": metrics.log_loss,
    "brier_score": metrics.brier_score,
    "kolmogorov_smirnov": metrics.kolmogorov_smirnov,
    "kuiper": metrics.kuiper,
    "spiegelhalter": metrics.spiegelhalter,
    "kernel_calibration_test": metrics.kernel_calibration_test,
    "log_loss_decomposition": metrics.decompose,
    "aurc": metrics.aurc,
    "augrc": metrics.augrc,
}


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    return rng.normal(size=(500, 7)) * 3, rng.integers(0, 7, size=500)


@pytest.fixture(scope="module")
def found(rows):
    return sm.assess(rows[1], logits=rows[0])


@pytest.mark.parametrize("name", SAME)
def test_every_value_is_that_of_the_metric_of_its_name(rows, found, name):
    logits, y = rows
    assert getattr(found, name) == SAME[name](y, logits=logits)


def test_equal_mass_errors_are_those_of_the_options(rows, found):
    logits, y = rows
    options = {"logits": logits, "binning": "mass"}
    assert found.equal_mass_calibration_error == metrics.expected_calibration_error(y, **options)
    assert found.maximum_calibration_error == metrics.maximum_calibration_error(y, **options)


@pytest.mark.parametrize(("n_classes", "k"), [(2, 1), (3, 2), (5, 4), (6, 5), (100, 5)])
def test_without_a_k_as_many_guesses_count_as_say_something(n_classes, k):
    rng = np.random.default_rng(n_classes)
    logits, y = rng.normal(size=(300, n_classes)), rng.integers(n_classes, size=300)
    found = sm.assess(y, logits=logits)
    assert found.k == k
    assert (
        found.top_k_accuracy
        == metrics.top_k_accuracy(y, logits=logits)
        == metrics.top_k_accuracy(y, logits=logits, k=k)
    )
    assert found.top_k_accuracy.value < 1.0
    assert ("among the first" in str(found)) == (k > 1)


def test_a_k_beyond_the_classes_is_refused():
    with pytest.raises(ArgumentError, match="k: expected an integer between 1 and 3, got 5"):
        metrics.top_k_accuracy([2], logits=[[3.0, 1.0, 2.0]], k=5)
    assert metrics.top_k_accuracy([1], logits=[[3.0, 1.0, 2.0]], k=3).value == 1.0


def test_it_prints_every_part(found):
    words = str(found)
    assert words.startswith("500 rows, 7 classes; 95 % intervals")
    for part in ("accuracy", "among the first 5", "smooth", "Kuiper", "AUGRC", "refinement"):
        assert part in words
    assert str(found.log_loss) in words


def test_it_becomes_plain_data(found):
    data = json.loads(json.dumps(found.to_dict()))
    assert data["log_loss"]["value"] == found.log_loss.value
    assert data["log_loss_decomposition"]["calibration"]["low"] == found.log_loss_decomposition.calibration.low


def test_probabilities_are_declared_never_guessed(rows, found):
    p = sm.softmax(rows[0])
    declared = sm.assess(rows[1], probabilities=p)
    assert declared.log_loss.value == pytest.approx(found.log_loss.value)
    with pytest.warns(ProbabilityWarning, match="hand them over as probabilities"):
        taken = sm.assess(rows[1], logits=p)
    assert taken.log_loss.value != pytest.approx(found.log_loss.value, rel=0.01)
    with pytest.raises(ArgumentError, match="exactly one of them"):
        sm.assess(rows[1])


def test_weights_are_repetitions(rows):
    logits, y = rows
    weight = np.random.default_rng(2).integers(0, 3, size=500)
    weighted = sm.assess(y, logits=logits, sample_weight=weight)
    repeated = sm.assess(y.repeat(weight), logits=logits.repeat(weight, axis=0))
    for name in SAME:
        one, two = getattr(weighted, name), getattr(repeated, name)
        if isinstance(one, metrics.Estimate) and name != "debiased_calibration_error":
            assert one.value == pytest.approx(two.value, rel=1e-9), name


@pytest.mark.parametrize("n", [1, 2, 3, 20])
def test_few_rows_and_two_classes_are_enough_for_an_answer(n):
    found = sm.assess(np.arange(n) % 2, logits=np.linspace(-2, 2, 2 * n).reshape(n, 2))
    for name in SAME:
        value = getattr(found, name)
        if isinstance(value, metrics.Estimate):
            assert value.low <= value.value <= value.high, name


def test_rows_that_are_all_right_and_sure_are_enough_for_an_answer():
    found = sm.assess([0] * 30, logits=[[1000.0, 0.0, -1000.0]] * 30)
    assert found.log_loss.value == found.smooth_calibration_error.value == 0.0
    assert found.kuiper.p_value == 1.0


def test_impossible_outcomes_leave_the_rest_finite():
    found = sm.assess([0, 1, 1], probabilities=[[1.0, 0.0], [1.0, 0.0], [0.3, 0.7]])
    assert found.log_loss.value == found.log_loss_decomposition.calibration.value == np.inf
    assert np.isfinite(found.brier_score.high)
    assert np.isfinite(found.log_loss_decomposition.refinement.value)
