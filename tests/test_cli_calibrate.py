"""`softargmax calibrate` and `softargmax apply`: logits of any model, from files."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import softargmax as sm
from softargmax import cli

NAMES = ["cat", "dog", "owl"]


@pytest.fixture
def folder(tmp_path, monkeypatch, rng):
    monkeypatch.chdir(tmp_path)
    honest = rng.normal(size=(600, 3)) * 2
    y = sm.argmax(honest + rng.gumbel(size=honest.shape))
    z = 2.5 * honest
    np.save("z.npy", z)
    np.save("y.npy", y)
    np.savez("both.npz", logits=z, labels=y)
    table = pa.table({name: z[:, j] for j, name in enumerate(NAMES)})
    pa.csv.write_csv(table, "z.csv")
    pa.parquet.write_table(table, "z.parquet")
    pa.csv.write_csv(pa.table({"row": np.arange(600), "animal": [NAMES[code] for code in y]}), "y.csv")
    return z, y


def run(*arguments):
    return cli.run(list(arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        ("z.npy", "y.npy"),
        ("both.npz", "both.npz", "--array", "logits", "--label", "labels"),
        ("z.csv", "y.csv", "--label", "animal"),
        ("z.parquet", "y.csv", "--label", "animal"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_kind_of_file_gives_the_same_calibration(folder, arguments, capsys):
    z, y = folder
    assert run("calibrate", *arguments, "-o", "c.json", "--method", "temperature") == 0
    assert "temperature 2" in capsys.readouterr().out
    assert sm.Calibration.load("c.json").temperature_ == pytest.approx(
        sm.TemperatureScaling().fit(z, y).temperature_, rel=1e-12
    )


@pytest.mark.parametrize("output", ["p.npy", "p.csv", "p.parquet"])
def test_apply_writes_probabilities(folder, output):
    z, y = folder
    run("calibrate", "z.csv", "y.csv", "--label", "animal", "-o", "c.json")
    assert run("apply", "c.json", "z.csv", "-o", output) == 0
    expected = sm.AutoCalibration().fit(z, y).predict_proba(z)
    if output == "p.npy":
        np.testing.assert_allclose(np.load(output), expected, rtol=1e-9)
        return
    table = pa.csv.read_csv(output) if output == "p.csv" else pa.parquet.read_table(output)
    assert table.column_names == [f"probability_{name}" for name in NAMES]
    np.testing.assert_allclose(np.stack([column.to_numpy() for column in table.columns], axis=1), expected, rtol=1e-9)


def test_apply_prints_csv(folder, capfd):
    run("calibrate", "z.npy", "y.npy", "-o", "c.json", "--method", "vector")
    capfd.readouterr()
    assert run("apply", "c.json", "z.npy") == 0
    head, first, *_ = capfd.readouterr().out.splitlines()
    assert head == '"probability_0","probability_1","probability_2"'
    assert sum(map(float, first.split(","))) == pytest.approx(1.0)


def test_the_scores_after_are_of_rows_left_out(folder, capsys):
    z, y = folder
    assert run("calibrate", "z.npy", "y.npy", "-o", "c.json", "--method", "temperature", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    fitted = sm.TemperatureScaling().fit(z, y)
    in_sample = sm.cross_entropy(fitted.transform(z), y)
    assert in_sample < report["after"]["log_loss"]["value"] < report["before"]["log_loss"]["value"]
    assert report["temperature"] == pytest.approx(fitted.temperature_)


def test_probabilities_are_taken_when_told(folder):
    z, _ = folder
    np.save("p.npy", sm.softmax(z))
    assert run("calibrate", "p.npy", "y.npy", "-o", "c.json", "--probabilities", "--method", "temperature") == 0
    assert run("apply", "c.json", "p.npy", "-o", "q.npy") == 0
    assert run("calibrate", "z.npy", "y.npy", "-o", "d.json", "--method", "temperature") == 0
    np.testing.assert_allclose(np.load("q.npy"), sm.Calibration.load("d.json").predict_proba(z), rtol=1e-9)


@pytest.mark.parametrize(
    ("prepare", "arguments", "status", "message"),
    [
        (None, ("calibrate", "z.npy", "z.npy", "-o", "c.json"), 1, "expected one column of labels"),
        (None, ("calibrate", "z.csv", "y.csv", "-o", "c.json"), 1, "choose one with --label"),
        (None, ("calibrate", "z.csv", "y.csv", "--label", "bird", "-o", "c.json"), 1, "there is no column 'bird'"),
        (None, ("calibrate", "both.npz", "y.npy", "-o", "c.json"), 1, "choose one with --array"),
        (None, ("calibrate", "both.npz", "y.npy", "--array", "x", "-o", "c.json"), 1, "holds no array 'x'"),
        (None, ("calibrate", "none.npy", "y.npy", "-o", "c.json"), 1, "no such file"),
        (None, ("calibrate", "y.npy", "y.npy", "-o", "c.json"), 1, r"expected numbers of shape (n_rows, n_classes)"),
        (None, ("calibrate", "z.npy", "y.npy", "-o", "c.json", "--method", "magic"), 2, "magic"),
        (None, ("calibrate", "z.npy", "y.npy", "-o", "c.json", "--probabilities"), 2, "pass logits as logits"),
        (None, ("calibrate", "z.npy", "y.npy", "-o", "no/c.json"), 1, "there is no folder"),
        (None, ("calibrate", "z.npy", "y.npy", "-o", "z.npy"), 2, "choose another name"),
        (
            lambda: np.save("y.npy", np.full(600, 3)),
            ("calibrate", "z.npy", "y.npy", "-o", "c.json"),
            1,
            "class code 0 ... 2",
        ),
        (
            lambda: np.save("y.npy", np.zeros(5, int)),
            ("calibrate", "z.npy", "y.npy", "-o", "c.json"),
            2,
            "(600, 3) and (5,)",
        ),
        (
            lambda: np.save("z.npy", np.array([{}], object), allow_pickle=True),
            ("calibrate", "z.npy", "y.npy", "-o", "c.json"),
            1,
            "without pickled objects",
        ),
        (None, ("apply", "y.npy", "z.npy"), 1, "expected a calibration written by softargmax"),
        (None, ("apply", "none.json", "z.npy"), 1, "there is none"),
    ],
)
def test_what_does_not_fit_is_one_clear_sentence(folder, prepare, arguments, status, message, capsys):
    if prepare is not None:
        prepare()
    assert run(*arguments) == status
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_apply_refuses_other_columns_and_endings(folder, capsys):
    run("calibrate", "z.csv", "y.csv", "--label", "animal", "-o", "c.json", "--method", "temperature")
    table = pa.csv.read_csv("z.csv")
    pa.csv.write_csv(table.select(["dog", "cat", "owl"]), "swapped.csv")
    assert run("apply", "c.json", "swapped.csv") == 1
    assert "expected the columns 'cat', 'dog', 'owl' as at calibrate" in capsys.readouterr().err
    assert run("apply", "c.json", "z.csv", "-o", "p.xlsx") == 2
    np.save("two.npy", np.zeros((3, 2)))
    assert run("apply", "c.json", "two.npy") == 2
    assert "(n_rows, 3) as at fit" in capsys.readouterr().err


def test_few_rows_are_said_to_be_few(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("z.npy", [[2.0, 0.0]] * 4)
    np.save("y.npy", [0, 0, 0, 1])
    assert run("calibrate", "z.npy", "y.npy", "-o", "c.json") == 0
    assert "4 rows are too few to say how much better it is" in capsys.readouterr().out


def test_the_command_knows_every_method():
    from softargmax.pipeline.calibrating import CHOICES

    assert cli.calibrate.Method.__args__ == CHOICES
