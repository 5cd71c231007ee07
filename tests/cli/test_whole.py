"""The commands together: the main job, help and version."""

import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.csv
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
        "Taken: ",  # of several models
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
    of_classes = ["probability_cat", "probability_dog", "probability_owl"]
    assert predictions.column_names == ["id", "predicted_kind", "probability", *of_classes]
    p = np.column_stack([predictions[f"probability_{k}"] for k in ("cat", "dog", "owl")])
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    labels = np.array(predictions["predicted_kind"].to_pylist())
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


@pytest.mark.parametrize("command", [command.__name__ for command in cli.COMMANDS])
def test_help_ends_with_an_example_whose_options_are_there(command, capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert cli.run([command, "--help"]) == 0
    out = capfd.readouterr().out
    example = out.rstrip().splitlines()[-1]
    assert example.startswith(f"Example: softargmax {command} ")
    for option in re.findall(r"--[a-z-]+", example):
        assert option in out.replace(example, "")


@pytest.mark.parametrize("command", [command.__name__ for command in cli.COMMANDS])
def test_help_explains_every_argument_in_lines_that_only_the_terminal_ends(command, capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    assert cli.run([command, "--help"]) == 0
    usage, described, *panels = capfd.readouterr().out.split("\n\n")
    for text in [described, *panels]:
        for line in filter(None, map(str.strip, text.splitlines())):
            if "\N{BOX DRAWINGS LIGHT VERTICAL}" in line:
                name, _, meaning = line.strip("\N{BOX DRAWINGS LIGHT VERTICAL} *").partition("  ")
                assert meaning.strip()[:1].isalpha(), f"{command}: nothing says what {name} is"
            elif line.isascii():
                assert line.endswith((".", ":")) or line.startswith("Example: "), line
    assert usage.strip().startswith("Usage: softargmax")


@pytest.mark.parametrize("ending", ["npy", "csv"])
@pytest.mark.parametrize("n_classes", [2, 3, 100])
def test_logits_from_files_go_the_whole_way_to_a_decision(tmp_path, monkeypatch, rng, capfd, n_classes, ending):
    monkeypatch.chdir(tmp_path)
    z = rng.normal(size=(600, n_classes)) * 2
    y = sm.argmax(z + rng.gumbel(size=z.shape))
    z = 2.0 * (z[:, 1] - z[:, 0] if n_classes == 2 else z)  # of two classes one logit per row
    names = [f"class {code}" for code in range(n_classes)]
    for part, rows in (("fit", slice(0, 400)), ("new", slice(400, 600))):
        if ending == "npy":
            np.save(f"{part}.npy", z[rows])
        else:
            columns = {"logit": z[rows]} if n_classes == 2 else dict(zip(names, z[rows].T, strict=True))
            pa.csv.write_csv(pa.table(columns), f"{part}.csv")
    pa.csv.write_csv(pa.table({"y": y[:400]}), "y.csv")
    assert cli.run(["calibrate", f"fit.{ending}", "y.csv", "-o", "c.json", "--json"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["classes"] == n_classes
    assert report["after"]["log_loss"]["value"] < report["before"]["log_loss"]["value"]
    assert cli.run(["apply", "c.json", f"new.{ending}", "-o", "p.csv"]) == 0
    table = pa.csv.read_csv("p.csv")
    known = names if ending == "csv" and n_classes > 2 else [str(code) for code in range(n_classes)]
    assert table.column_names == [f"probability_{name}" for name in known]
    p = np.column_stack(table.columns)
    np.testing.assert_allclose(p, sm.AutoCalibration().fit(z[:400], y[:400]).predict_proba(z[400:]), rtol=1e-9)
    half, (y_half, y_rest) = p[:100], np.split(y[400:], 2)
    assert sm.assess(y[400:], probabilities=p).log_loss.value == pytest.approx(sm.cross_entropy(np.log(p), y[400:]))
    sets = sm.ConformalClassifier(confidence=0.8).fit(np.log(half), y_half).predict_set(np.log(p[100:]))
    assert np.mean(sets[np.arange(100), y_rest]) > 0.65
    ask = np.column_stack([1.0 - np.eye(n_classes), np.full(n_classes, 0.4)])
    actions = sm.bayes_decision(ask, probabilities=p)
    sure = p.max(axis=1) > 0.6
    assert np.array_equal(actions, np.where(sure, p.argmax(axis=1), n_classes))
