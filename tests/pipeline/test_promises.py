"""Promises of a model of tables: sets that hold the true class, answers of which few are wrong."""

import dataclasses
import itertools

import numpy as np
import pytest

import softargmax as sm
from softargmax._state import State
from softargmax.exceptions import ArgumentError, ArtifactError, TableError
from softargmax.pipeline import FitOptions, ensembles
from softargmax.pipeline.splitting import Keys, deal_rows

BOTH = {"confidence": 0.9, "risk": 0.3}


def table_of(n, seed=0, spread=2.0):
    """Draw rows whose labels are drawn from probabilities that a regression can learn."""
    rng = np.random.default_rng(seed)
    z = spread * rng.normal(size=(n, 3))
    codes = (rng.random((n, 1)) > sm.softmax(z).cumsum(axis=1)[:, :2]).sum(axis=1)
    return {"a": z[:, 0], "b": z[:, 1], "c": z[:, 2], "kind": np.array(["ape", "bee", "cat"])[codes]}


def fitted(table, **options):
    return sm.TableClassifier("regression", **options).fit(table, target="kind").model_


@pytest.fixture(scope="module")
def model():
    return fitted(table_of(2000), **BOTH)


@pytest.fixture(scope="module")
def new():
    return table_of(1500, seed=9)


def dealt(codes, keys=None, **options):
    labels = sm.ClassLabels.of(["ape", "bee", "cat"])
    return deal_rows(codes, labels, keys or Keys(), FitOptions(**options), "t")


# Which rows make them


@pytest.mark.parametrize("asked", [{"confidence": 0.9}, {"risk": 0.1}, {"confidence": 0.9, "risk": 0.1}])
def test_rows_for_promises_neither_train_nor_calibrate_nor_score(asked):
    found = dealt(np.arange(500) % 3, **asked)
    parts = [found.last.training, found.last.stopping, found.last.outside, *found.promised.values()]
    assert set(found.promised) == set(asked)
    assert sum(map(len, found.promised.values())) == 100
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(500))


def test_rows_for_promises_are_drawn_whatever_their_class():
    codes = np.zeros(200, int)
    codes[0] = 1  # of a class dealt by its share, the only row would always be learned from
    drawn = [0 in dealt(codes, confidence=0.9, random_state=k).promised["confidence"] for k in range(60)]
    assert 4 <= sum(drawn) <= 22


def test_without_promises_rows_are_dealt_as_ever():
    plain, with_promise = dealt(np.arange(90) % 3), dealt(np.arange(90) % 3, confidence=0.9)
    assert plain.promised == {}
    assert plain.counts == {"training": 72, "calibration": 9, "score": 9}
    assert list(with_promise.counts) == ["training", "calibration", "promises", "score"]


def test_in_the_order_of_time_promises_come_after_learning_and_before_the_score():
    time = np.random.default_rng(0).permutation(400).astype(float)
    found = dealt(np.arange(400) % 3, Keys(time=time), time="day", **BOTH)
    parts = [found.last.training, found.last.stopping, *found.promised.values(), found.last.outside]
    for earlier, later in itertools.pairwise(parts):
        assert time[earlier].max() < time[later].min()


def test_of_a_group_one_row_makes_a_promise():
    group = np.arange(600) // 6
    found = dealt(np.arange(600) % 3, Keys(group=group), group="who", confidence=0.9)
    places = found.promised["confidence"]
    assert len(places) == len(np.unique(group[places])) == 20
    assert not set(group[places]) & set(group[found.last.training])
    assert "one row of each 'who'" in found.split.meaning


def test_a_model_that_promises_does_not_learn_again(monkeypatch):
    learn, seen = ensembles.learn_member, []

    def watched(name, options, labels, rows, *others, **more):
        seen.append(len(rows))
        return learn(name, options, labels, rows, *others, **more)

    monkeypatch.setattr(ensembles, "learn_member", watched)
    model = fitted(table_of(600), confidence=0.9)
    assert max(seen) == 360
    assert "a promise belongs to the model it was made with" in model.record.split.meaning


# Whether they hold


def truth(model, table):
    return np.searchsorted(model.classes_, table["kind"])


def test_sets_hold_the_true_class_as_often_as_promised_and_not_more_often():
    new = table_of(1000, seed=100)
    covered = []
    for seed in range(30):
        model = fitted(table_of(500, seed), confidence=0.9, random_state=seed)
        covered.append(model.decide(new, confidence=0.9).sets[np.arange(1000), truth(model, new)].mean())
    # A hundred rows promise 91 of 101, give or take 3 in 100 from one fit to the next.
    assert np.mean(covered) == pytest.approx(91 / 101, abs=3 * 0.034 / np.sqrt(30))


def test_more_answers_are_wrong_than_promised_in_few_fits_only():
    new = table_of(20_000, seed=100, spread=4.0)
    answered, wrong = [], []
    for seed in range(30):
        model = fitted(table_of(1500, seed, spread=4.0), risk=0.1, random_state=seed)
        decided = model.decide(new, risk=0.1)
        answered.append(decided.answered.mean())
        wrong.append(np.mean((decided.codes != truth(model, new))[decided.answered]) if answered[-1] else 0.0)
    # In one of twenty at most, but for chance: that more than 5 of 30 break such a promise has a probability of .003.
    assert sum(np.array(wrong) > 0.1) <= 5
    assert np.mean(answered) > 0.5


def test_sets_of_answered_rows_are_made_by_such_rows_alone(model, new):
    decisions, decided = model.decisions, model.decide(new, **BOTH)
    assert decisions.sets_of_answered.n_calibration_ < decisions.sets.n_calibration_ == 200
    true, among = truth(model, new), decided.answered
    assert decided.sets[among, true[among]].mean() == pytest.approx(0.9, abs=0.05)
    assert not decided.sets[~among].any()
    kept = model.evaluate(new).kept
    assert kept.sets_of_answered.coverage.n == among.sum()
    assert kept.sets_of_answered.coverage.value == decided.sets[among, true[among]].mean()


def test_intervals_of_promises_count_groups():
    table = table_of(1200)
    table |= {"who": np.arange(1200) // 6}
    model = fitted(table, confidence=0.9, group="who")
    many = model.evaluate(table).kept.sets.coverage
    few = dataclasses.replace(model, record=dataclasses.replace(model.record, split=None)).evaluate(table)
    assert many.value == few.kept.sets.coverage.value
    assert many.high - many.low > 2 * (few.kept.sets.coverage.high - few.kept.sets.coverage.low)


# What they are asked for


def test_decisions_are_those_of_the_parts(model, new):
    decided = model.decide(new, confidence=0.9)
    z = model.decision_function(new)
    assert np.array_equal(decided.sets, model.decisions.sets.predict_set(z))
    assert decided.answered is None
    said = model.decide(new, risk=0.3)
    assert np.array_equal(said.answered, model.decisions.answers.accepts(z))
    assert np.array_equal(said.labels, model.predict(new))


def test_another_confidence_than_that_of_the_fit_is_kept_too(model, new):
    wide, narrow = (model.decide(new, confidence=share).sets.sum() for share in (0.99, 0.5))
    assert wide > model.decide(new, confidence=0.9).sets.sum() > narrow


def test_a_row_alone_is_decided_as_in_its_table(model, new):
    together = model.decide(new, **BOTH)
    for row in range(5):
        alone = model.decide({name: column[row] for name, column in new.items()}, **BOTH)
        assert np.array_equal(alone.sets[0], together.sets[row])
        assert alone.answered[0] == together.answered[row]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"confidence": 0.9}, "confidence: this model promises none: .* fit it anew with confidence=0.9"),
        ({"risk": 0.1}, "risk: this model promises none: .* fit it anew with risk=0.1"),
    ],
)
def test_what_was_not_promised_is_refused(new, asked, words):
    plain = fitted(table_of(300))
    with pytest.raises(ArgumentError, match=words):
        plain.decide(new, **asked)


def test_a_promise_that_its_rows_cannot_keep_is_refused(model, new):
    with pytest.raises(ArgumentError, match="takes 999 rows that were kept aside, and this model has 200"):
        model.decide(new, confidence=0.999)
    with pytest.raises(ArgumentError, match="risk: this model promises one of 0.3"):
        model.decide(new, risk=0.2)


def test_too_few_rows_for_a_promise_are_said():
    model = fitted(table_of(100), confidence=0.99, risk=0.001)
    assert any(note.startswith("confidence: 10 rows are too few") for note in model.record.notes)
    assert any(note.startswith("risk: no threshold keeps") for note in model.record.notes)
    decided = model.decide(table_of(20), confidence=0.99, risk=0.001)
    assert not decided.answered.any()
    assert not decided.sets.any()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"folds": 3}, "folds: expected them without confidence"),
        ({"weight": "a"}, "weight: expected none with confidence"),
        ({"calibration_fraction": 0.4, "score_fraction": 0.4}, "no rows would be left"),
        ({"promise_fraction": 0.0}, "promise_fraction: expected a number > 0"),
    ],
)
def test_what_does_not_go_with_a_promise_is_refused(options, words):
    with pytest.raises(ArgumentError, match=words):
        FitOptions(confidence=0.9, **options)


def test_weights_beside_a_table_do_not_go_with_a_promise():
    table = table_of(100)
    with pytest.raises(ArgumentError, match="sample_weight: expected none with risk"):
        sm.TableClassifier("regression", risk=0.1).fit(table, sample_weight=np.ones(100), target="kind")


def test_a_class_that_is_called_unsure_does_not_go_with_a_risk():
    table = table_of(100)
    table["kind"] = np.where(table["kind"] == "ape", "unsure", table["kind"])
    with pytest.raises(ArgumentError, match="no class that is called 'unsure'"):
        fitted(table, risk=0.1)


def test_a_promise_without_rows_is_refused():
    with pytest.raises(TableError, match="no rows were left for a promise of confidence"):
        fitted({name: column[:12] for name, column in table_of(40).items()}, confidence=0.9, promise_fraction=0.01)


# In a file


def test_a_file_gives_the_same_decisions(model, new, tmp_path):
    model.save(tmp_path / "m")
    before, after = model.decide(new, **BOTH), sm.load(tmp_path / "m").decide(new, **BOTH)
    assert np.array_equal(before.sets, after.sets)
    assert np.array_equal(before.answered, after.answered)
    assert sm.load(tmp_path / "m").record.kept == model.record.kept


def test_decisions_that_do_not_fit_the_model_are_refused(model):
    state = model.to_state()
    held = state.values["decisions"]
    two = sm.ConformalClassifier("lac").fit(np.zeros((30, 2)), np.arange(30) % 2).to_state()
    hostile = [
        {"sets": two},
        {"sets": held.values["answers"]},
        {"answers": held.values["sets"]},
        {"answers": None},
        {"sets": "os.system"},
    ]
    for change in hostile:
        values = {name: part for name, part in (held.values | change).items() if part is not None}
        changed = dataclasses.replace(held, values=values)
        with pytest.raises(ArtifactError):
            sm.TableModel.from_state(dataclasses.replace(state, values=state.values | {"decisions": changed}))
    other = State("temperature", 1, {}, {})
    with pytest.raises(ArtifactError, match="expected decisions"):
        sm.TableModel.from_state(dataclasses.replace(state, values=state.values | {"decisions": other}))
