import json

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ShapeError

NAMES = ["accuracy", "log_loss", "brier_score", "expected_calibration_error"]


def drawn(rng, n):
    """Logits that are too large by half, and the right ones; labels of the right ones."""
    logits = rng.normal(size=(n, 3)) * 2
    y = (rng.random(n)[:, None] > sm.softmax(logits).cumsum(axis=1)).sum(axis=1).clip(0, 2)
    return 2.0 * logits, logits, y


def compare_drawn(rng, n, **options):
    first, second, y = drawn(rng, n)
    return sm.compare(y, logits=(first, second), **options)


def test_differences_are_those_of_the_scores(rng):
    first, second, y = drawn(rng, 400)
    found = sm.compare(y, logits=(first, second))
    for name in NAMES:
        difference = getattr(found.second, name).value - getattr(found.first, name).value
        assert getattr(found, name).value == pytest.approx(difference, abs=1e-12)
        assert getattr(found, name).low <= difference + 1e-12
    assert found.first == metrics.scores(y, logits=first)


def test_a_model_is_not_better_than_itself(rng):
    logits, _, y = drawn(rng, 300)
    found = sm.compare(y, logits=(logits, logits))
    assert found.log_loss.value == found.log_loss.low == found.log_loss.high == 0.0
    assert found.accuracy.low < 0.0 < found.accuracy.high
    assert found.verdict == "They are equal to within 0.013 in accuracy, log loss, Brier score and calibration error."


def test_the_verdict_names_the_better_model(rng):
    first, second, y = drawn(rng, 2000)
    found = sm.compare(y, logits=(first, second))
    assert "The second model is better in log loss, Brier score and calibration error." in found.verdict
    assert "They are equal to within 0.0014 in accuracy." in found.verdict
    assert "The first model is better in log loss" in sm.compare(y, logits=(second, first)).verdict
    assert found.verdict in str(found)


def test_of_few_rows_the_verdict_calls_nothing_equal(rng):
    first, second, y = drawn(rng, 20)
    verdict = sm.compare(y, logits=(first, second)).verdict
    assert verdict == (
        "These rows are too few to tell which is better in accuracy, log loss, Brier score and calibration error."
    )
    assert "equal" not in sm.compare([0], logits=([[1.0, 0.0]], [[1.1, 0.0]])).verdict


def test_a_small_difference_that_chance_does_not_explain_is_one(rng):
    logits, _, y = drawn(rng, 2000)
    found = sm.compare(y, logits=(logits, 1.02 * logits))
    assert 0.0 < found.log_loss.low < found.log_loss.high < 0.01
    assert found.verdict.startswith("The first model is better in log loss")


def test_paired_differences_are_known_better_than_scores(rng):
    _, second, y = drawn(rng, 1000)
    found = sm.compare(y, logits=(1.1 * second, second))
    assert found.log_loss.high - found.log_loss.low < 0.5 * (found.first.log_loss.high - found.first.log_loss.low)


def test_of_four_differences_one_that_just_leaves_0_out_names_no_winner():
    for seed in range(100):
        rng = np.random.default_rng(seed)
        _, logits, y = drawn(rng, 100)
        pair = tuple(logits + 0.5 * rng.normal(size=logits.shape) for _ in range(2))  # equally bad
        found = sm.compare(y, logits=pair, interval=metrics.Interval(n_resamples=200))
        if found.accuracy.low <= 0.0 <= found.accuracy.high and (found.log_loss.low > 0.0 or found.log_loss.high < 0.0):
            break
    assert found.beyond_chance == ()
    assert "model is better" not in found.verdict
    assert found.verdict.endswith("one of several intervals leaves 0 out more often than one interval does.")


def test_of_two_equal_models_a_winner_is_named_as_rarely_as_promised():
    named, promised, runs = 0, 0.2, 100
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        _, logits, y = drawn(rng, 100)
        pair = tuple(logits + 0.5 * rng.normal(size=logits.shape) for _ in range(2))
        named += bool(sm.compare(y, logits=pair, interval=metrics.Interval(1.0 - promised, 200)).beyond_chance)
    assert named <= runs * promised + 3.0 * (runs * promised * (1.0 - promised)) ** 0.5
    assert named > 0


def test_swapping_the_models_turns_the_sign(rng):
    first, second, y = drawn(rng, 300)
    here, there = sm.compare(y, logits=(first, second)), sm.compare(y, logits=(second, first))
    for name in NAMES[:3]:
        assert getattr(here, name).low == pytest.approx(-getattr(there, name).high, rel=1e-9)


def test_the_intervals_cover():
    rng = np.random.default_rng(21)
    large = compare_drawn(rng, 100_000, interval=metrics.Interval(n_resamples=2))
    covered = dict.fromkeys(NAMES, 0)
    for _ in range(120):
        found = compare_drawn(rng, 300, interval=metrics.Interval(n_resamples=400))
        for name in NAMES:
            covered[name] += getattr(found, name).low <= getattr(large, name).value <= getattr(found, name).high
    assert all(count >= 0.9 * 120 for count in covered.values()), covered


def test_certainty_that_is_wrong_costs_infinitely_much_on_either_side():
    sure, fair = [[1.0, 0.0], [1.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]]
    found = sm.compare([0, 1], probabilities=(sure, fair))
    assert found.log_loss.value == found.log_loss.high == -np.inf
    assert sm.compare([0, 1], probabilities=(fair, sure)).log_loss.low == np.inf
    both = sm.compare([0, 1], probabilities=(sure, [[0.0, 1.0], [0.0, 1.0]])).log_loss
    assert np.isnan(both.value)
    assert (both.low, both.high) == (-np.inf, np.inf)


def test_rows_that_cost_both_infinitely_much_make_no_difference():
    first = np.array([[0.0, 1.0], [1.0, 0.0], [0.2, 0.8], [0.7, 0.3]])
    second = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [0.7, 0.3]])
    y = [0, 1, 1, 0]
    assert sm.compare(y, probabilities=(first, second)).log_loss.value == pytest.approx(np.log(1.6) / 4, rel=1e-12)
    same = sm.compare(y, probabilities=(first, first)).log_loss
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_errors_of_calibration_of_the_same_rows_go_together(rng):
    logits, _, y = drawn(rng, 3000)
    found = sm.compare(y, logits=(logits, logits))
    difference, alone = found.expected_calibration_error, found.first.expected_calibration_error
    assert difference.high - difference.low < 0.5 * (alone.high - alone.low)  # of independent errors it would be 1.4


def test_it_becomes_plain_data(rng):
    data = json.loads(json.dumps(compare_drawn(rng, 50).to_dict()))
    assert data["verdict"]
    assert data["first"]["log_loss"]["n"] == 50


def test_probabilities_are_declared(rng):
    first, second, y = drawn(rng, 100)
    here = sm.compare(y, probabilities=(sm.softmax(first), sm.softmax(second)))
    assert here.log_loss.value == pytest.approx(sm.compare(y, logits=(first, second)).log_loss.value, rel=1e-9)


def test_models_of_other_classes_are_refused():
    with pytest.raises(ShapeError, match="2 and 3 classes"):
        sm.compare([0], logits=([[1.0, 0.0]], [[1.0, 0.0, 0.0]]))
