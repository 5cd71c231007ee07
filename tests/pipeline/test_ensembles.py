"""Several members learned from one table, and made one."""

import dataclasses
import sys
import time
from functools import partial

import numpy as np
import pytest

import softargmax as sm
from softargmax._state import State
from softargmax.artifact import read_artifact, write_artifact
from softargmax.exceptions import ArgumentError, ArtifactError
from softargmax.labels import ClassLabels
from softargmax.pipeline import ensembles, learners
from softargmax.pipeline.ensembles import learn
from softargmax.pipeline.learners import LearnedMember, LearningRows, learn_member
from softargmax.pipeline.records import FitOptions

SMALL = {"hidden_layer_sizes": (8,), "max_epochs": 15}


@pytest.fixture(scope="module")
def table():
    """Three classes: one line that is easy for a regression, and one step that is easy for trees."""
    rng = np.random.default_rng(3)
    a, b, c = rng.normal(size=(3, 500))
    kind = np.where(a + b + 0.3 * rng.normal(size=500) > 0.5, "far", np.where((c * 3).astype(int) % 2, "odd", "even"))
    return {"a": a, "b": b, "c": c, "kind": kind}


@pytest.fixture(scope="module")
def ensemble(table):
    return sm.TableClassifier("ensemble", **SMALL).fit(table, target="kind").model_


def test_trees_alone_are_a_model(table, tmp_path, monkeypatch):
    model = sm.TableClassifier("trees").fit(table, target="kind").model_
    assert [member.kind for member in model.members] == ["trees"]
    assert model.record.after.log_loss.value < 0.8
    assert model.record.choice == ""
    model.save(tmp_path / "m")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "scipy", None)
    assert np.array_equal(sm.load(tmp_path / "m").predict_proba(table), model.predict_proba(table))


def test_an_ensemble_says_what_it_took_and_by_what_losses(ensemble):
    assert 1 < len(ensemble.members) == len(ensemble.weights)
    assert "trees" in [member.kind for member in ensemble.members]
    choice = ensemble.record.choice
    assert choice.startswith("Taken: ")
    for words in ("boosted trees (weight ", "rows left out: together", "alone", "the network", "softmax regression"):
        assert words in choice
    assert choice.count(" and ") == 1
    assert any(member.describe().startswith("series of ") for member in ensemble.members)


def test_an_ensemble_is_the_same_after_its_file_and_on_another_day(table, ensemble, tmp_path):
    ensemble.save(tmp_path / "m")
    loaded = sm.load(tmp_path / "m")
    assert loaded.to_state() == ensemble.to_state()
    assert loaded.record == ensemble.record
    assert np.array_equal(loaded.predict_proba(table), ensemble.predict_proba(table))
    again = sm.TableClassifier("ensemble", **SMALL).fit(table, target="kind").model_
    assert np.array_equal(again.predict_proba(table), ensemble.predict_proba(table))


HARM = {
    "a circle": lambda arrays: arrays["left"].__setitem__(0, 0),
    "a feature that is not there": lambda arrays: arrays["feature"].__setitem__(0, 10**6),
    "a threshold that is no number": lambda arrays: arrays["threshold"].__setitem__(0, np.nan),
    "numbers of another type": lambda arrays: arrays.update(right=arrays["right"].astype(np.float64)),
    "fewer nodes": lambda arrays: arrays.update(value=arrays["value"][:-1]),
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM.keys())
def test_a_file_with_hostile_trees_is_refused(ensemble, tmp_path, harm):
    ensemble.save(tmp_path / "m")
    state = read_artifact(tmp_path / "m")
    (trees,) = (member for member in state.values["members"] if member.kind == "trees")
    harm(trees.arrays)
    write_artifact(tmp_path / "m", State(state.kind, state.version, state.values, state.arrays))
    with pytest.raises(ArtifactError):
        sm.load(tmp_path / "m")


@pytest.mark.parametrize("more", [{"folds": 3}, {"group": "b"}, {"balanced": True}])
def test_an_ensemble_learns_however_rows_are_dealt(table, more):
    rows = {**table, "b": np.arange(500) // 5} if "group" in more else table
    model = sm.TableClassifier("ensemble", **SMALL, **more).fit(rows, target="kind").model_
    assert model.record.after.log_loss.value < 1.0
    assert "Taken: " in model.record.choice


def test_folds_learn_for_as_long_as_the_fit_to_all_rows_will(table, monkeypatch):
    steps = []

    def watched(name, options, labels, rows, *others, again=None, **more):
        found = learn_member(name, options, labels, rows, *others, again=again, **more)
        steps.append((name, len(rows), None if again is None else again.n_iter, found.n_iter))
        return found

    monkeypatch.setattr(ensembles, "learn_member", watched)
    sm.TableClassifier(**SMALL).fit(table, target="kind")
    first, folds, last = steps[:3], steps[3:12], steps[12:]
    assert [(name, n) for name, n, *_ in first] == [("regression", 401), ("trees", 401), ("mlp", 401)]
    assert all(240 < n < 300 for _, n, *_ in folds)
    assert {n for _, n, *_ in last} == {500}
    assert all(given == found for name, _, given, found in folds + last if name != "regression")


def test_a_regression_among_others_is_solved_roughly_and_alone_exactly(rng):
    X = rng.normal(size=(200, 20)).astype(np.float32)
    rows = LearningRows(X, (X[:, 0] + rng.normal(size=200) > 0).astype(int))
    none = rows.take(np.empty(0, np.int64))
    exact, rough = (
        learn_member("regression", FitOptions(model), ClassLabels.of([0, 1]), rows, none)
        for model in ("regression", "auto")
    )
    assert rough.n_iter < exact.n_iter
    assert exact.estimator.duality_gap_ < rough.estimator.duality_gap_ < 1e-5


class Known:
    """A member that says of a row what stands in one of its features."""

    kind, n_classes, steps = "known", 2, "epochs"

    def __init__(self, column, n_features=3):
        self.column, self.n_features = column, n_features

    def logits(self, features):
        return np.stack([np.zeros(len(features)), features[:, self.column]], axis=1).astype(np.float64)


def learned_from(monkeypatch, features, codes, options, **more):
    columns = {"regression": 0, "trees": 1, "mlp": 2}
    fake = lambda name, *_, **__: LearnedMember(Known(columns[name]), 7)  # noqa: E731
    monkeypatch.setattr(ensembles, "learn_member", fake)
    rows = LearningRows(features, codes)
    return learn(options, ClassLabels.of([0, 1]), rows, LearningRows(features[:0], codes[:0]), **more)


def test_a_broken_member_is_dropped_and_the_best_weights_are_found(monkeypatch, rng):
    codes = rng.integers(0, 2, 4000)
    evidence = 2.0 * (2.0 * codes - 1.0)[:, np.newaxis] + 2.0 * rng.normal(size=(4000, 2))
    features = np.column_stack([evidence, 50.0 * rng.normal(size=4000)])  # two of their own, and one far off
    found = learned_from(monkeypatch, features, codes, FitOptions("ensemble"))
    weights = {member.column: weight for member, weight in zip(found.members, found.weights, strict=True)}
    assert set(weights) == {0, 1}  # each is a log odds of x, and independent ones add up
    assert weights[0] == pytest.approx(1.0, abs=0.1)
    assert weights[1] == pytest.approx(1.0, abs=0.1)


def weights_of(found):
    """Give the weights of the columns that were taken, in their order."""
    weights = {member.column: weight for member, weight in zip(found.members, found.weights, strict=True)}
    return [weights.get(column, 0.0) for column in range(3)]


def test_rows_that_are_all_told_right_do_not_make_the_pool_much_surer(monkeypatch, rng):
    codes = rng.integers(0, 2, 1600)
    features = (2.0 * codes - 1.0)[:, np.newaxis] * rng.uniform(6.0, 8.0, size=(1600, 3))
    found = learned_from(monkeypatch, features, codes, FitOptions("ensemble"))
    assert 1.0 < sum(found.weights) < 1.25  # 1.6 and more if nothing drew it to 1


def test_the_member_that_is_told_right_for_sure_gets_the_weight_where_all_lose_little(monkeypatch, rng):
    codes = rng.integers(0, 2, 1600)
    margins = np.array([12.0, 8.0, 8.0]) + rng.uniform(-1.0, 1.0, size=(1600, 3))
    unsure = rng.permutation(1600)[:2]
    margins[unsure[0], 1] = margins[unsure[1], 2] = 0.0  # two members lose a nat each, in all
    features = (2.0 * codes - 1.0)[:, np.newaxis] * margins
    assert weights_of(learned_from(monkeypatch, features, codes, FitOptions("ensemble")))[0] > 0.8


def test_weights_that_hang_on_a_single_row_are_those_of_samples_with_it_and_without(monkeypatch, rng):
    codes = rng.integers(0, 2, 1600)
    margins = np.array([12.0, 7.0, 0.0]) + rng.uniform(-0.5, 0.5, size=(1600, 3))
    margins[700, 0] = -40.0  # the surest member is far off once, in a row that 37 of 100 samples lack
    features = (2.0 * codes - 1.0)[:, np.newaxis] * margins
    assert 0.15 < weights_of(learned_from(monkeypatch, features, codes, FitOptions("ensemble")))[0] < 0.6


def test_one_member_that_is_left_keeps_its_logits(monkeypatch, rng):
    codes = rng.integers(0, 2, 4000)
    noise = 50.0 * rng.normal(size=(4000, 2))
    features = np.column_stack([4.0 * codes - 2.0 + 2.0 * rng.normal(size=4000), noise])
    found = learned_from(monkeypatch, features, codes, FitOptions("ensemble"))
    assert [member.column for member in found.members] == [0]
    assert found.weights == (1.0,)
    assert np.array_equal(found.logits(features), found.members[0].logits(features))


def test_auto_grows_no_trees_where_they_would_take_too_long(monkeypatch, rng):
    codes = rng.integers(0, 2, 400)
    features = rng.normal(size=(400, 2001))
    found = learned_from(monkeypatch, features, codes, FitOptions("auto"))
    assert "Trees were not grown: 2001 features and 2 classes are too many for them." in found.choice
    assert "boosted trees" not in found.choice
    assert "boosted trees" in learned_from(monkeypatch, features, codes, FitOptions("ensemble")).choice


def test_a_limit_of_time_is_kept_and_cheap_members_are_there(table, monkeypatch):
    long = {name: np.tile(column, 40) for name, column in table.items()}
    # A clock that stands still while other processes run: on a busy machine a step takes as long as on a quiet one.
    monkeypatch.setattr(time, "monotonic", time.process_time)
    begun = time.process_time()
    model = sm.TableClassifier("auto", time_limit=2.0, max_epochs=10_000).fit(long, target="kind").model_
    assert time.process_time() - begun < 4.0  # without a limit it takes many minutes
    assert "softmax regression" in model.record.choice
    assert sm.TableClassifier("regression").fit(long, target="kind").model_.record.after.log_loss.value > (
        model.record.after.log_loss.value / 1.05
    )


def test_an_epoch_is_timed_on_a_part_of_many_rows(monkeypatch, rng):
    monkeypatch.setattr(learners, "_TIMED_ROWS", 500)
    fitted, fit, clock = [], sm.SoftmaxMLP.fit, [0.0]

    def timed(self, X, *args, **kwargs):
        fitted.append(len(X))
        clock[0] += 1e-3 * len(X) * self.max_epochs
        return fit(self, X, *args, **kwargs)

    monkeypatch.setattr(sm.SoftmaxMLP, "fit", timed)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    rows = LearningRows(rng.normal(size=(2000, 3)).astype(np.float32), rng.integers(2, size=2000))
    options = FitOptions("mlp", hidden_layer_sizes=(2,))
    learn_these = partial(learn_member, "mlp", options, ClassLabels.of([0, 1]), rows, rows.take(np.arange(400)))
    found = learn_these(deadline=40.0)
    assert fitted == [500, 2000]
    assert found.estimator.max_epochs == 13  # seven tenths of the 39.5 seconds that are left, two for each
    assert learn_these(deadline=clock[0] + 20.0) is None  # six are too few


def test_a_limit_that_is_long_enough_changes_nothing(table, ensemble):
    limited = sm.TableClassifier("ensemble", time_limit=600.0, **SMALL).fit(table, target="kind").model_
    assert (limited.weights, limited.record.choice) == (ensemble.weights, ensemble.record.choice)
    assert limited.decision_function(table).tolist() == ensemble.decision_function(table).tolist()
    assert limited.record.split == ensemble.record.split


def test_without_time_for_a_fit_to_all_rows_the_scored_model_is_kept_and_it_is_said(table, monkeypatch):
    monkeypatch.setattr(ensembles, "_in_time", lambda seconds, deadline: deadline is None)
    limited = sm.TableClassifier("ensemble", time_limit=600.0, **SMALL).fit(table, target="kind").model_
    scored = sm.TableClassifier("ensemble", refit=False, **SMALL).fit(table, target="kind").model_
    assert limited.record.split == scored.record.split
    assert "all rows" not in limited.record.split.meaning
    assert limited.seen.n_rows == scored.seen.n_rows < len(table["kind"])
    assert "rows left out" in limited.record.choice
    plan = sm.TableClassifier("ensemble", time_limit=600.0).plan(table, target="kind")
    assert "if there is time, another one that learns from all rows" in plan.split.meaning


def test_a_fit_to_all_rows_that_takes_too_long_is_given_up(rng, monkeypatch):
    rows = LearningRows(rng.normal(size=(400, 3)).astype(np.float32), rng.integers(2, size=400))
    labels = ClassLabels(np.array(["a", "b"]))
    options = FitOptions("mlp", max_epochs=3, hidden_layer_sizes=(8,))
    learned = ensembles.learn(options, labels, rows, rows.take(np.arange(0)))
    assert learned.again(options, labels, rows, None, deadline=time.monotonic() + 600.0) is not None
    assert learned.again(options, labels, rows, None, more=1e6, deadline=time.monotonic() + 60.0) is None
    monkeypatch.setattr(ensembles, "_in_time", lambda seconds, deadline: True)
    assert learned.again(options, labels, rows, None, deadline=time.monotonic() - 1.0) is None


def test_a_network_without_time_leaves_the_regression(table):
    model = sm.TableClassifier("mlp", time_limit=1e-3).fit(table, target="kind").model_
    assert [len(member.network.layer_sizes) for member in model.members] == [2]
    assert "Taken: softmax regression" in model.record.choice
    with pytest.raises(ArgumentError, match="time_limit"):
        FitOptions(time_limit=0.0)


def test_a_choice_of_before_version_8_is_not_known(ensemble):
    state = ensemble.to_state()
    record = {name: value for name, value in state.values["record"].items() if name != "choice"}
    older = State(state.kind, 7, {**state.values, "record": record}, state.arrays)
    assert sm.TableModel.from_state(older).record == dataclasses.replace(ensemble.record, choice="")


def noisy(n, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 6)).astype(np.float32)
    return LearningRows(features, (features[:, 0] + rng.logistic(size=n) > 0.0).astype(np.int64))


@pytest.mark.parametrize("model", ["mlp", "regression", "ensemble"])
def test_rows_to_learn_from_are_asked_of_fits_that_left_them_out(model):
    rows, held, labels = noisy(300), noisy(60, 1), ClassLabels(np.array(["a", "b"]))
    options = FitOptions(model, max_epochs=40, hidden_layer_sizes=(64,))
    learned = learn(options, labels, rows, held, asks=True)
    places, logits = learned.asked
    assert sorted(places.tolist()) == list(range(300))
    new = noisy(3000, 2)
    truth = sm.cross_entropy(learned.logits(new.features), new.codes)
    assert sm.cross_entropy(logits, rows.codes[places]) == pytest.approx(truth, rel=0.25)
    assert sm.cross_entropy(learned.logits(rows.features), rows.codes) < sm.cross_entropy(logits, rows.codes[places])
    assert learn(options, labels, rows, held).asked is None


def test_many_rows_held_out_are_enough_to_calibrate_by():
    rows, labels = noisy(300), ClassLabels(np.array(["a", "b"]))
    assert learn(FitOptions("regression"), labels, rows, noisy(300, 1), asks=True).asked is None


@pytest.mark.parametrize(
    ("more", "calls"),
    [
        ({"refit": False}, 1),
        ({}, 0),
        ({"time": "day", "refit": False}, 0),
        ({"calibration_fraction": 0.0, "refit": False}, 0),
        ({"folds": 2}, 0),
    ],
)
def test_fits_that_leave_rows_out_are_there_to_calibrate_where_that_is_wanted(more, calls, monkeypatch):
    drawn, asked = noisy(400), []
    left_out = ensembles._left_out
    monkeypatch.setattr(ensembles, "_left_out", lambda *given: asked.append(given) or left_out(*given))
    table = {f"x{j}": column for j, column in enumerate(drawn.features.T)} | {"y": drawn.codes, "day": np.arange(400)}
    sm.TableClassifier("regression", kinds={"day": "number"}, **more).fit(table, target="y")
    assert len(asked) == calls
