"""A class that is told from all others by a threshold, which rows that judge nothing chose."""

import dataclasses
import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

import softargmax as sm
from softargmax import cli
from softargmax.exceptions import ArgumentError, ArtifactError
from softargmax.pipeline.positive import PositiveThreshold, log_odds


def table_of(n, seed=0):
    """Draw rows of which one in nine or so is a yes, by probabilities that a regression can learn."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return {"x": x, "left": np.where(rng.random(n) < sm.sigmoid(2 * x - 3), "yes", "no")}


def fitted(table, **options):
    return sm.TableClassifier("regression", **options).fit(table, target="left").model_


@pytest.fixture(scope="module")
def model():
    return fitted(table_of(2000), positive="yes", recall=0.8)


def test_log_odds_are_those_of_the_class_against_all_others():
    z = np.random.default_rng(0).normal(size=(50, 4)) * 5
    p = sm.softmax(z)
    assert log_odds(z, 2) == pytest.approx(np.log(p[:, 2] / (1 - p[:, 2])), abs=2e-6)


def test_the_largest_f1_is_that_of_all_thresholds():
    rng = np.random.default_rng(1)
    z = np.round(rng.normal(size=(200, 2)), 1)
    codes = (rng.random(200) < sm.softmax(z)[:, 1]).astype(int)
    found = PositiveThreshold.chosen(z, codes, 1, None)

    def f1(least):
        yes = log_odds(z, 1) >= least
        return 2 * np.sum(yes & (codes == 1)) / (yes.sum() + codes.sum())

    assert f1(found.least) == max(f1(least) for least in log_odds(z, 1))


def test_as_many_rows_of_the_class_are_found_as_promised():
    new, found = table_of(4000, seed=100), []
    for seed in range(25):
        decided = fitted(table_of(1500, seed), positive="yes", recall=0.8, random_state=seed).decide(
            new, positive="yes"
        )
        found.append(np.mean(decided.labels[new["left"] == "yes"] == "yes"))
    assert np.mean(found) == pytest.approx(0.81, abs=0.04)


def test_the_rows_that_choose_it_are_no_others():
    model = fitted(table_of(1000), positive="yes", confidence=0.9, risk=0.1)
    assert model.record.rows["promises"] == 200
    assert model.decisions.positive.n in (66, 67)
    assert "does not learn from all rows afterwards" in model.record.split.meaning


def test_below_it_a_row_is_the_likeliest_of_the_others(model):
    new = table_of(300, seed=5)
    decided = model.decide(new, positive="yes")
    p = model.predict_proba(new)[:, 1]
    assert np.array_equal(decided.labels == "yes", p >= model.decisions.positive.probability - 1e-9)
    assert (decided.labels[p < model.decisions.positive.probability - 1e-6] == "no").all()
    assert np.sum((decided.labels == "yes") & (p < 0.5)) > 0


def test_how_it_was_kept_is_measured(model):
    new = table_of(800, seed=6)
    yes, truth = model.decide(new, positive="yes").labels == "yes", new["left"] == "yes"
    kept = model.evaluate(new).kept.positive
    assert kept.promised == 0.8
    assert kept.recall.value == yes[truth].mean()
    assert kept.precision.value == truth[yes].mean()
    assert kept.false_alarm_rate.value == yes[~truth].mean()


def test_a_file_gives_the_same_threshold_and_a_hostile_one_is_refused(model, tmp_path):
    model.save(tmp_path / "m")
    assert sm.load(tmp_path / "m").decisions.positive == model.decisions.positive
    state = model.to_state()
    held = state.values["decisions"]
    for change in ({"code": 2}, {"least": "nan"}, {"recall": 1.0}, {"n_positive": 10**6}, {"n": 0}):
        threshold = held.values["positive"]
        hostile = dataclasses.replace(threshold, values=threshold.values | change)
        changed = dataclasses.replace(held, values=held.values | {"positive": hostile})
        with pytest.raises(ArtifactError):
            sm.TableModel.from_state(dataclasses.replace(state, values=state.values | {"decisions": changed}))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"positive": "no"}, "holds one for 'yes' of the thresholds"),
        ({"positive": "yess"}, "expected one of the classes 'no', 'yes', got 'yess'"),
        ({"positive": "yes", "costs": {}}, "expected it without risk and costs"),
    ],
)
def test_what_does_not_fit_the_threshold_is_refused(model, asked, words):
    with pytest.raises(ArgumentError, match=words):
        model.decide(table_of(5), **asked)


def test_a_class_that_is_not_there_is_refused_before_anything_is_learned():
    with pytest.raises(ArgumentError, match="positive: expected one of the classes"):
        fitted(table_of(100), positive="perhaps")
    with pytest.raises(ArgumentError, match="recall: expected it with positive"):
        fitted(table_of(100), recall=0.9)


def test_the_command_line_chooses_it_takes_it_and_ranks_by_it(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    pa.csv.write_csv(pa.table(table_of(1000)), "t.csv")
    pa.csv.write_csv(pa.table(table_of(200, seed=3)), "new.csv")
    learn = ["fit", "t.csv", "--target", "left", "--model", "regression", "-o", "m"]
    assert cli.run([*learn, "--positive", "yes", "--recall", ".8"]) == 0
    assert "which finds 80 % of its rows; by 200 rows" in " ".join(capfd.readouterr().out.split())
    assert cli.run(["predict", "m", "new.csv", "--positive", "yes", "--rows", "20", "-o", "p.csv"]) == 0
    found = pa.csv.read_csv("p.csv").to_pylist()
    p = [row["probability_yes"] for row in found]
    assert p == sorted(p, reverse=True)
    decided = sm.load("m").decide("new.csv", positive="yes").labels
    assert [row["predicted_left"] for row in found] == [decided[row["row"] - 1] for row in found]
    capfd.readouterr()
    assert cli.run(["inspect", "m", "--json"]) == 0
    held = json.loads(capfd.readouterr().out)["promises"]["positive"]
    assert (held["class"], held["recall"], held["n"]) == ("yes", 0.8, 200)
    assert cli.run(["evaluate", "m", "new.csv"]) == 0
    assert "rows of the class that are found" in capfd.readouterr().out
