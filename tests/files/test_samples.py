"""Files that earlier versions wrote load for ever, and give the same probabilities."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import softargmax as sm

SAMPLES = Path(__file__).parents[1] / "samples" / "version-0.1"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())


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


def table(name):
    with open(SAMPLES / name, newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("name", [path.stem for path in sorted(SAMPLES.glob("*.softargmax"))])
def test_a_model_of_tables_gives_the_predictions_it_gave(name, tmp_path):
    model = sm.load(SAMPLES / f"{name}.softargmax")
    model.predict([SAMPLES / f"{name}.csv"], str(tmp_path / "found.csv"))
    expected, found = table(f"{name}-expected.csv"), table(tmp_path / "found.csv")
    assert [row[0] for row in found] == [row[0] for row in expected]
    assert found[0] == expected[0]
    np.testing.assert_allclose(
        np.array([row[1:] for row in found[1:]], float), np.array([row[1:] for row in expected[1:]], float), rtol=1e-12
    )


@pytest.mark.parametrize("name", [path.stem for path in sorted(SAMPLES.glob("*.softargmax"))])
def test_a_model_of_tables_is_the_same_after_it_is_saved_anew(name, tmp_path):
    before = sm.load(SAMPLES / f"{name}.softargmax")
    before.save(tmp_path / "again")
    again = sm.load(tmp_path / "again")
    assert again.to_state() == before.to_state()
    assert again.schema == before.schema
