"""How much a model depends on every column: by rows it has not learned from, each column of the table shuffled."""

from dataclasses import replace

import numpy as np
import pytest

import softargmax as sm
from softargmax.pipeline import Importance, importance
from softargmax.pipeline.importance import Effort, Judge, Shuffles, importance_by, shuffled
from softargmax.pipeline.learners import LearningRows

COLORS = np.array(["red", "green", "blue"])


def drawn(n, seed=0):
    rng = np.random.default_rng(seed)
    x, noise, color = rng.normal(size=n), rng.normal(size=n), rng.integers(3, size=n)
    y = 2.0 * x + np.array([0.0, 1.0, -1.0])[color] + rng.logistic(size=n) > 0.0
    return {"x": x, "noise": noise, "color": COLORS[color], "y": np.where(y, "yes", "no")}


@pytest.fixture(scope="module")
def model():
    return sm.TableClassifier(model="regression", refit=False).fit(drawn(1000), target="y").model_


def encoded(model, table):
    (batch,) = model.open(table).batches()
    return LearningRows(model.schema.features(batch), model.schema.codes(batch))


def asked(model):
    return lambda features: model.calibration.transform(model.logits(features))


def by_name(found):
    return {one.column: one for one in found.columns}


def loss(model, table):
    return -np.log(model.predict_proba(table)[np.arange(len(table["y"])), model.schema.labels.codes(table["y"])])


def test_all_shuffles_together_are_the_mean_over_all_pairs_of_rows_of_the_table(model):
    table = drawn(6, 1)
    found = shuffled(asked(model), encoded(model, table), model.schema, 5, 0).importance(model.schema, 6)
    assert (found.n_rows, found.n_shuffles) == (6, 5)
    assert found.log_loss == pytest.approx(loss(model, table).mean(), rel=1e-12)
    for name in ("x", "noise", "color"):
        pairs = [
            loss(model, {**table, name: np.where(np.arange(6) == i, table[name][j], table[name])})[i]
            for i in range(6)
            for j in range(6)
            if i != j
        ]
        assert by_name(found)[name].increase == pytest.approx(np.mean(pairs) - found.log_loss, rel=1e-9, abs=1e-12)


def test_a_column_that_decides_comes_first_and_one_of_noise_is_within_its_error(model):
    found = model.record.importance
    assert [one.column for one in found.columns][:2] == ["x", "color"]
    noise = by_name(found)["noise"]
    assert abs(noise.increase) < 4.0 * noise.standard_error
    assert by_name(found)["color"].increase > 4.0 * by_name(found)["color"].standard_error


@pytest.mark.parametrize("shuffles", [1, 5])
def test_the_standard_error_is_how_far_other_rows_would_lead(model, shuffles):
    said, errors = [], []
    for seed in range(150):
        rows = encoded(model, drawn(150, 100 + seed))
        found = by_name(shuffled(asked(model), rows, model.schema, shuffles, seed).importance(model.schema, 150))
        said.append([found["x"].increase, found["color"].increase])
        errors.append([found["x"].standard_error, found["color"].standard_error])
    assert np.sqrt(np.mean(np.square(errors), axis=0)) == pytest.approx(np.std(said, axis=0), rel=0.2)


def test_rows_that_stand_there_twice_as_a_group_do_not_make_it_surer(model):
    rows = encoded(model, drawn(200, 2))
    places = np.repeat(np.arange(200), 3)
    alone = shuffled(asked(model), rows, model.schema, 5, 0).importance(model.schema, 200)
    thrice = shuffled(asked(model), replace(rows.take(places), groups=places), model.schema, 5, 0)
    taken_for_new = shuffled(asked(model), rows.take(places), model.schema, 5, 0).importance(model.schema, 600)
    error, grouped, wrong = (
        by_name(each)["x"].standard_error for each in (alone, thrice.importance(model.schema, 600), taken_for_new)
    )
    assert grouped == pytest.approx(error, rel=0.15)
    assert wrong < 0.7 * error


def test_one_group_says_nothing_of_others(model):
    rows = replace(encoded(model, drawn(20, 3)), groups=np.zeros(20, int))
    found = shuffled(asked(model), rows, model.schema, 5, 0).importance(model.schema, 20)
    assert all(np.isnan(one.standard_error) for one in found.columns)
    assert Importance.from_dict(found.to_dict()) == found


def test_a_weight_is_how_often_a_row_counts(model):
    rows = encoded(model, drawn(5, 4))
    weight = np.array([2.0, 1.0, 0.0, 1.0, 3.0])
    found = shuffled(asked(model), replace(rows, weight=weight), model.schema, 4, 0).importance(model.schema, 5)
    ask, total, pairs = asked(model), 0.0, 0.0
    for i in range(5):
        for j in range(5):
            if i != j:
                features = rows.features[[i]].copy()
                features[0, 0] = rows.features[j, 0]
                both = [sm.cross_entropy(ask(one)[0], int(rows.codes[i])) for one in (features, rows.features[[i]])]
                total += weight[i] * weight[j] * (both[0] - both[1])
                pairs += weight[i] * weight[j]
    assert by_name(found)["x"].increase == pytest.approx(total / pairs, rel=1e-9)


def test_models_of_several_folds_are_joined_by_the_rows_each_was_asked_about(model):
    rows = encoded(model, drawn(90, 5))
    parts = [np.arange(0, 40), np.arange(40, 90)]
    judges = [Judge(asked(model), len(part), lambda at, part=part: rows.take(part[at])) for part in parts]
    found = importance_by(judges, model.schema, model.members, 0)
    each = [shuffled(asked(model), rows.take(part), model.schema, 5, 0) for part in parts]
    assert found == Shuffles.merge(*each).importance(model.schema, 90)
    first, second = (by_name(one.importance(model.schema, 90))["x"].increase for one in each)
    assert by_name(found)["x"].increase == pytest.approx((40 * first + 50 * second) / 90, rel=1e-12)


def test_folds_and_groups_have_it_too_and_a_seed_decides_it():
    table = drawn(300, 6) | {"who": [f"p{i // 3}" for i in range(300)]}
    fits = [
        sm.TableClassifier(model="regression", folds=3, group="who").fit(table, target="y").model_ for _ in range(2)
    ]
    found, again = (fit.record.importance for fit in fits)
    assert found == again
    assert (found.n_rows, found.of_rows) == (300, 300)
    assert found.columns[0].column == "x"


def test_it_is_in_the_file_and_comes_back(model, tmp_path):
    model.save(tmp_path / "m")
    assert sm.load(tmp_path / "m").record.importance == model.record.importance


def test_what_it_costs_is_bounded_by_taking_some_of_the_rows(model, monkeypatch):
    monkeypatch.setattr(importance, "_MOST_ROWS", 400)
    rows, asked_of = encoded(model, drawn(500, 7)), []

    def ask(features):
        asked_of.append(len(features))
        return asked(model)(features)

    found = importance_by([Judge(ask, 500, rows.take)], model.schema, model.members, 0)
    assert (found.n_rows, found.of_rows, found.n_shuffles) == (133, 500, 1)
    assert sum(asked_of) == 133 * (1 + 3)


def test_a_dearer_model_and_a_limit_of_time_leave_fewer_rows(model):
    class Dear:
        work = 1e7

    assert Effort.of(10_000, 10, model.members).rows == 6553
    assert Effort.of(10_000, 10, [Dear()]).rows == 100
    assert Effort.of(10_000, 10, model.members, 0.1).rows == 655
    assert Effort.of(10_000, 3000, model.members) is None
    assert Effort.of(1, 3, model.members) is None


def test_nothing_is_said_where_no_rows_are_left_to_judge_by():
    model = sm.TableClassifier(model="regression", score_fraction=0.0).fit(drawn(200), target="y").model_
    assert model.record.importance is None


def test_an_evaluation_measures_it_by_a_random_part_of_rows_that_come_in_batches(model, monkeypatch):
    table = drawn(700, 8)
    every = model.evaluate(table, importance=True).importance
    assert (every.n_rows, every.of_rows) == (700, 700)
    assert every.columns[0].column == "x"
    assert model.evaluate(table).importance is None
    monkeypatch.setattr(importance, "_MOST_ROWS", 60)
    some = model.evaluate(table, importance=True).importance
    assert (some.n_rows, some.of_rows) == (100, 700)
    assert some == model.evaluate(table, importance=True).importance
    assert some.columns[0].increase == pytest.approx(every.columns[0].increase, abs=5 * some.columns[0].standard_error)
