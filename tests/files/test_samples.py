"""Files that earlier versions wrote load for ever, and give the same probabilities."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import softargmax as sm
from softargmax import kinds
from softargmax.artifact import read_artifact
from softargmax.pipeline.saving import _record_from_json

ALL = Path(__file__).parents[1] / "samples"
SAMPLES, NEWER = ALL / "version-0.1", ALL / "version-0.2"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())
FOUND = json.loads((NEWER / "expected.json").read_text())


def test_there_is_a_sample_of_every_calibration_of_version_0_1():
    kinds = {name.removesuffix("-3").removesuffix("-sigmoid").removesuffix("-2") for name in EXPECTED}
    assert len(kinds) == 16
    assert {path.stem for path in SAMPLES.glob("*.json")} - {"expected"} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_calibration_gives_the_probabilities_it_gave(name):
    calibration = sm.load(SAMPLES / f"{name}.json")
    found = calibration.predict_proba(EXPECTED[name]["given"])
    np.testing.assert_allclose(found, EXPECTED[name]["probabilities"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_calibration_is_the_same_after_it_is_saved_anew(name, tmp_path):
    before = sm.load(SAMPLES / f"{name}.json")
    for file in ("again.json", "again.softargmax"):
        before.save(tmp_path / file)
        again = sm.load(tmp_path / file)
        assert again.to_state() == before.to_state()
        assert again.classes_ == before.classes_
        assert np.array_equal(
            again.predict_proba(EXPECTED[name]["given"]), before.predict_proba(EXPECTED[name]["given"])
        )


def sample(name):
    (path,) = [NEWER / f"{name}{ending}" for ending in (".json", ".softargmax") if (NEWER / f"{name}{ending}").exists()]
    return path


def test_there_is_a_sample_of_every_kind():
    saved = {sm.load(sample(name)).to_state().kind for name in FOUND}
    assert saved | {"table-classifier"} == set(kinds.KINDS)


@pytest.mark.parametrize("name", sorted(FOUND))
def test_what_was_saved_gives_what_it_gave(name):
    thing = sm.load(sample(name))
    found = getattr(thing, FOUND[name]["method"])(FOUND[name]["given"], **FOUND[name].get("options", {}))
    expected = FOUND[name]["found"]
    if not isinstance(found, list):
        found, expected = [found], [expected]
    for part, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(part, float), np.asarray(wanted, float), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", sorted(FOUND))
def test_what_was_saved_is_the_same_after_it_is_saved_anew(name, tmp_path):
    before = sm.load(sample(name))
    for file in ("again.json", "again.softargmax"):
        before.save(tmp_path / file)
        assert sm.load(tmp_path / file).to_state() == before.to_state()


def table(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


TABLES = [path for folder in (SAMPLES, NEWER) for path in sorted(folder.glob("table-*.softargmax"))]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_model_of_tables_gives_the_predictions_it_gave(path, tmp_path):
    sm.load(path).predict_file([path.with_suffix(".csv")], str(tmp_path / "found.csv"))
    expected, found = table(path.with_name(f"{path.stem}-expected.csv")), table(tmp_path / "found.csv")
    if expected[0][0] == "label":  # as version 0.1 called it, which did not say how probable the label is
        target = sm.load(path).schema.target
        assert found[0][:2] == [f"predicted_{target}", "probability"]
        found = [["label" if row is found[0] else row[0], *row[2:]] for row in found]
    assert [row[0] for row in found] == [row[0] for row in expected]
    assert found[0] == expected[0]
    np.testing.assert_allclose(
        np.array([row[1:] for row in found[1:]], float), np.array([row[1:] for row in expected[1:]], float), rtol=1e-12
    )


def test_a_model_of_tables_makes_the_decisions_it_made(tmp_path):
    path = NEWER / "table-classifier-10"
    model = sm.load(path.with_suffix(".softargmax"))
    model.predict_file([path.with_suffix(".csv")], str(tmp_path / "found.csv"), confidence=0.95, risk=0.25)
    expected, found = table(NEWER / f"{path.stem}-decided.csv"), table(tmp_path / "found.csv")
    decided = [place for place, name in enumerate(expected[0]) if not name.startswith("probability")]
    assert [[row[place] for place in decided] for row in found] == [
        [row[place] for place in decided] for row in expected
    ]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_model_of_tables_is_the_same_after_it_is_saved_anew(path, tmp_path):
    before = sm.load(path)
    before.save(tmp_path / "again")
    again = sm.load(tmp_path / "again")
    assert again.to_state() == before.to_state()
    assert again.schema == before.schema


def test_models_of_tables_notice_other_rows_as_far_as_they_remember(tmp_path):
    (tmp_path / "odd.csv").write_text("size,colour,seen\n1e9,red,2024-01-11\n" + ",red,2024-01-11\n" * 2)
    codes = {}
    for name in ("table-classifier-6", "table-classifier-7"):
        report = sm.load(NEWER / f"{name}.softargmax").predict_file([tmp_path / "odd.csv"], str(tmp_path / "p.csv"))
        codes[name] = [note.code for note in report.notes]
    assert codes == {"table-classifier-6": [], "table-classifier-7": ["drift-range"]}


@pytest.mark.parametrize("path", [path for path in TABLES if path.stem.endswith("-2")], ids=lambda path: path.stem)
def test_the_brier_score_of_two_classes_was_the_sum_over_both(path):
    said, record = read_artifact(path).values["record"], sm.load(path).record
    assert len(record.class_counts) == 2
    for name in ("before", "after"):
        ours, theirs = getattr(record, name), said[name]
        for part in ("value", "low", "high"):
            assert getattr(ours.brier_score, part) == 0.5 * theirs["brier_score"][part]
        assert ours.of == "label"
        assert ours.log_loss.value == theirs["log_loss"]["value"]
        # From version 4 on it is that of class 1.
        assert getattr(_record_from_json(said, 2, 4), name).brier_score.value == theirs["brier_score"]["value"]
