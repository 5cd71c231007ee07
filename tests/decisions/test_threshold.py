"""A threshold for two classes: chosen by some rows, judged by others."""

import numpy as np
import pytest

import softargmax as sm
from softargmax.decisions import ThresholdClassifier
from softargmax.exceptions import ArgumentError, ArtifactError, CalibrationWarning, NotFittedError
from softargmax.metrics import Interval


def drawn(rng, n):
    z = 2.0 * rng.normal(size=n) - 1.0
    return z, (rng.random(n) < sm.sigmoid(z)).astype(int)


@pytest.mark.parametrize(("rule", "code"), [("sensitivity", 1), ("specificity", 0)])
@pytest.mark.parametrize("n", [50, 1000])
def test_new_rows_are_told_right_as_often_as_promised(rule, code, n):
    rng, runs, promised = np.random.default_rng(n), 400, 0.8
    many, known = drawn(rng, 200_000)
    many = np.sort(many[known == code])
    kept = []
    for _ in range(runs):
        finder = ThresholdClassifier(**{rule: promised}).fit(*drawn(rng, n))
        below = np.searchsorted(many, finder._least) / len(many)
        kept.append(1.0 - below if code else below)
    few = 0.2 * n  # of either class there are more
    assert promised - 3.0 * np.std(kept) / runs**0.5 <= np.mean(kept)
    assert np.mean(kept) <= promised + 1.0 / few + 3.0 * np.std(kept) / runs**0.5


def test_a_precision_finds_most_of_those_thresholds_that_have_it():
    z, y = drawn(np.random.default_rng(0), 500)
    finder = ThresholdClassifier(precision=0.7).fit(z, y)
    reaching = [t for t in z if np.mean(y[z >= t]) >= 0.7]
    assert finder.threshold_ == pytest.approx(sm.sigmoid(min(reaching)), abs=1e-6)
    assert finder.predict(z).tolist() == (z >= min(reaching) - 1e-6).astype(int).tolist()


def test_costs_name_the_threshold_without_rows():
    finder = ThresholdClassifier(cost_ratio=4.0).fit([0.0, 1.0], [0, 1])
    assert finder.threshold_ == pytest.approx(0.2, abs=1e-6)
    z = np.linspace(-4, 4, 400)
    expected = sm.bayes_decision([[0.0, 1.0], [4.0, 0.0]], logits=z)
    assert finder.predict(z).tolist() == expected.tolist()


def test_it_is_judged_by_counts_of_other_rows():
    rng = np.random.default_rng(1)
    finder = ThresholdClassifier(sensitivity=0.9).fit(*drawn(rng, 300))
    z, y = drawn(rng, 400)
    yes, found = finder.predict(z) == 1, finder.evaluate(z, y)
    for name, value in (
        ("sensitivity", yes[y == 1].mean()),
        ("specificity", 1 - yes[y == 0].mean()),
        ("precision", y[yes].mean()),
        ("negative_predictive_value", 1 - y[~yes].mean()),
        ("share", yes.mean()),
    ):
        assert getattr(found, name).value == pytest.approx(value, rel=1e-12)
        assert name.replace("_", " ") in str(found)


@pytest.mark.parametrize("n", [50, 300])
def test_intervals_of_what_came_of_it_hold_as_often_as_promised(n):
    rng, runs, held = np.random.default_rng(n), 500, np.zeros(4)
    z, y = drawn(rng, 400_000)
    finder = ThresholdClassifier(precision=0.6).fit(z[:400], y[:400])
    true = finder.evaluate(z[400:], y[400:])
    # Not the share: that of a fixed number of rows has so few values that its interval holds .92 or .97 by turns.
    names = ("sensitivity", "specificity", "precision", "negative_predictive_value")
    for _ in range(runs):
        found = finder.evaluate(*drawn(rng, n))
        held += [getattr(found, name).low <= getattr(true, name).value <= getattr(found, name).high for name in names]
    assert np.all(np.abs(held / runs - 0.95) <= 3.0 * (0.95 * 0.05 / runs) ** 0.5), held / runs


def test_too_few_rows_choose_nothing_and_say_so():
    with pytest.warns(CalibrationWarning, match="every row gets a yes"):
        all_of_them = ThresholdClassifier(sensitivity=0.9).fit([0.0, 1.0, 2.0], [0, 1, 1])
    assert (all_of_them.threshold_, all_of_them.predict([-1e6]).tolist()) == (0.0, [1])
    with pytest.warns(CalibrationWarning, match="no row does"):
        none = ThresholdClassifier(specificity=0.9).fit([0.0, 1.0, 2.0], [0, 1, 1])
    assert (none.threshold_, none.predict([1e6]).tolist()) == (np.inf, [0])
    assert np.isnan(none.evaluate([0.0, 1.0], [0, 1]).precision.value)


@pytest.mark.parametrize("low", [-1e10, -1e300, -np.inf])
def test_a_specificity_is_kept_where_rows_of_class_0_are_equal_and_far_away(low):
    y = np.tile([0, 1], 50)
    z = np.where(y == 0, low, np.linspace(-1.0, 1.0, 100))
    assert ThresholdClassifier(specificity=0.9).fit(z, y).predict(z).tolist() == y.tolist()


def test_no_row_gets_a_yes_where_none_was_promised_one_not_even_of_infinite_odds():
    logits = np.tile([-np.inf, 0.0], (20, 1))
    with pytest.warns(CalibrationWarning, match="no row does"):
        none = ThresholdClassifier(precision=0.9).fit(logits, [0, 1] * 10)
    assert not none.predict(logits).any()


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("rule", ["sensitivity", "specificity", "precision"])
def test_rows_without_log_odds_choose_no_threshold(rule, wrong):
    z, y = drawn(np.random.default_rng(3), 100)
    z[7] = wrong
    with pytest.raises(ArgumentError, match="got NaN or .inf in row 7"):
        ThresholdClassifier(**{rule: 0.5}).fit(z, y)


def test_of_equal_rows_all_get_the_same_answer():
    z, y = np.repeat([0.0, 1.0, 2.0], 10), np.tile([0, 1], 15)
    for rule in ("sensitivity", "specificity", "precision"):
        finder = ThresholdClassifier(**{rule: 0.5}).fit(z, y)
        assert len(set(zip(z.tolist(), finder.predict(z).tolist(), strict=True))) == 3


def test_what_was_saved_says_the_same(tmp_path):
    z, y = drawn(np.random.default_rng(2), 200)
    for rule, value in (("sensitivity", 0.9), ("specificity", 0.7), ("precision", 0.6), ("cost_ratio", 3.0)):
        finder = ThresholdClassifier(**{rule: value}).fit(z, y)
        finder.save(tmp_path / "t.json")
        loaded = sm.load(tmp_path / "t.json")
        assert loaded.predict(z).tolist() == finder.predict(z).tolist()
        assert loaded.get_params() == finder.get_params()
        assert (loaded.threshold_, loaded.n_positive_) == (finder.threshold_, finder.n_positive_)
    state = finder.to_state()
    for name, wrong in (("n_positive", 10_000), ("rule", "luck"), ("asked", -1.0)):
        with pytest.raises(ArtifactError):
            ThresholdClassifier.from_state(type(state)(state.kind, state.version, {**state.values, name: wrong}, {}))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ArgumentError, match="exactly one of sensitivity=.*got none"):
        ThresholdClassifier().fit([0.0, 1.0], [0, 1])
    with pytest.raises(ArgumentError, match="got sensitivity and precision"):
        ThresholdClassifier(sensitivity=0.9, precision=0.9).fit([0.0, 1.0], [0, 1])
    with pytest.raises(ArgumentError, match="cost_ratio: expected a number > 0"):
        ThresholdClassifier(cost_ratio=0.0).fit([0.0, 1.0], [0, 1])
    with pytest.raises(NotFittedError):
        ThresholdClassifier(sensitivity=0.9).predict([0.0])
    finder = ThresholdClassifier(cost_ratio=1.0).fit([0.0, 1.0], [0, 1])
    with pytest.raises(ArgumentError, match="interval: expected"):
        finder.evaluate([0.0, 1.0], [0, 1], interval=0.9)
    assert finder.evaluate([0.0, 1.0], [0, 1], interval=Interval(0.5)).share.confidence == 0.5
