"""A model of tables warns of rows that are unlike those it was fitted to, and of no others."""

import warnings

import numpy as np
import pandas as pd
import pytest

import softargmax as sm
from softargmax.exceptions import DriftWarning

N = 400


def animals(seed, n=N):
    rng = np.random.default_rng(seed)
    kind = rng.choice(["ape", "bee"], n)
    size = rng.normal(np.where(kind == "ape", 1.0, -1.0))
    return pd.DataFrame({"size": size, "colour": rng.choice(["red", "green"], n), "kind": kind})


@pytest.fixture(scope="module")
def classifier():
    return sm.TableClassifier(model="regression").fit(animals(0), target="kind")


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_every_way_to_predict_warns_once_of_all_columns(classifier, method):
    odd = animals(1, 50)
    odd.loc[:30, "size"] = None
    odd.loc[5:30, "colour"] = "pink"
    for model in (classifier, classifier.model_):
        with pytest.warns(DriftWarning, match="column 'size': 31 of 50.*; column 'colour': 26 of 50") as caught:
            getattr(model, method)(odd)
        assert len(caught) == 1
        assert caught[0].filename == __file__
        assert [note.code for note in caught[0].message.report.alarms] == ["drift-missing", "drift-category"]


def test_rows_like_those_at_fit_and_what_may_be_chance_give_no_warning(classifier):
    model = classifier.model_
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(2, 12):
            model.predict(animals(seed, 300))
        for row in ({"size": 0.3, "colour": "pink"}, {"size": None, "colour": "red"}, {"size": 4.0, "colour": "red"}):
            model.predict(row)


def test_one_row_far_outside_gives_a_warning(classifier):
    with pytest.warns(DriftWarning, match="1 of 1 value lies outside .*; the farthest is 4000"):
        classifier.model_.predict({"size": 4000.0, "colour": "red"})


def test_a_file_is_predicted_with_a_report_and_without_a_warning(classifier, tmp_path):
    odd = animals(1, 50)
    odd.loc[:30, "size"] = None
    odd.loc[40, "colour"] = "pink"
    odd.to_csv(tmp_path / "odd.csv", index=False)
    report = classifier.model_.predict_file(tmp_path / "odd.csv", str(tmp_path / "p.csv"))
    assert report.n_rows == 50
    assert report.columns["size"] == {"missing": 31, "unknown": 0, "outside": 0}
    assert report.columns["colour"] == {"missing": 0, "unknown": 1, "outside": 0}
    assert [note.code for note in report.notes] == ["drift-missing", "unlearned-category"]
    assert classifier.model_.evaluate(tmp_path / "odd.csv").drift == report


def test_what_is_remembered_is_in_the_file(classifier, tmp_path):
    classifier.save(tmp_path / "m.softargmax")
    again = sm.load(tmp_path / "m.softargmax")
    assert again.schema == classifier.model_.schema
    odd = animals(1, 50).assign(size=1e6)
    with pytest.warns(DriftWarning, match="column 'size': 50 of 50 values lie outside"):
        again.predict(odd)


def test_neither_predictions_nor_the_report_depend_on_how_many_threads_there_are(classifier, tmp_path):
    odd = pd.concat([animals(seed, 20_000) for seed in (1, 2)], ignore_index=True)
    odd.loc[100:30_000:7, "size"] = None
    odd.loc[5:39_000, "colour"] = [f"colour {row % 9_999}" for row in range(38_996)]
    odd.to_parquet(tmp_path / "odd.parquet", row_group_size=1000)
    found, before = [], sm.get_num_threads()
    try:
        for threads in (1, 3):
            sm.set_num_threads(threads)
            report = classifier.model_.predict_file(tmp_path / "odd.parquet", str(tmp_path / "p.csv"))
            found.append(((tmp_path / "p.csv").read_bytes(), report))
    finally:
        sm.set_num_threads(before)
    assert found[0] == found[1]
    assert "'colour 0', 'colour 1', 'colour 2'" in str(found[0][1])
