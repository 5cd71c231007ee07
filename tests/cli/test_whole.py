"""The commands together: the main job, help and version."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

import softargmax as sm
from softargmax import cli


def test_the_main_job(folder, capfd, make_rows):
    assert cli.run(["fit", "train.csv", "--target", "kind", "-o", "m.softargmax"]) == 0
    out, err = capfd.readouterr()
    for words in (
        "300 = 240 training",
        "cat (",
        "number: standardised",
        "one-hot, 2 levels; ",
        "log loss",
        "Brier",
        "%",
    ):
        assert words in out, words
    assert "model written to m.softargmax" in err
    assert cli.run(["evaluate", "m.softargmax", "test.csv", "--json"]) == 0
    evaluation = json.loads(capfd.readouterr().out)
    assert evaluation["n_rows"] == 60
    assert evaluation["after"]["accuracy"]["value"] > 0.7
    assert cli.run(["predict", "m.softargmax", "test.csv", "-o", "p.parquet", "--keep", "id"]) == 0
    assert "predictions written to p.parquet" in capfd.readouterr().err
    predictions = pa.parquet.read_table("p.parquet")
    assert predictions.column_names == ["id", "label", "probability_cat", "probability_dog", "probability_owl"]
    p = np.column_stack([predictions[f"probability_{k}"] for k in ("cat", "dog", "owl")])
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    labels = np.array(predictions["label"].to_pylist())
    assert np.array_equal(labels, np.array(["cat", "dog", "owl"])[p.argmax(axis=1)])
    right = np.mean(labels == np.array(make_rows(60, 1)["kind"].to_pylist()))
    assert right == pytest.approx(evaluation["after"]["accuracy"]["value"])


def test_help_and_version_go_to_standard_output(capfd):
    for arguments in (["--help"], ["fit", "--help"], []):
        assert cli.run(arguments) == 0
        out, err = capfd.readouterr()
        assert "softargmax" in out
        assert err == ""
    assert cli.run(["--version"]) == 0
    assert capfd.readouterr().out.strip() == sm.__version__
