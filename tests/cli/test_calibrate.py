"""`softargmax calibrate`: logits of any model, from files."""

import json
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import softargmax as sm
from softargmax import cli
from softargmax.pipeline.calibrating import KINDS_OF_LOGITS


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
def test_every_kind_of_file_gives_the_same_calibration(logit_files, arguments, capsys):
    z, y = logit_files
    assert run("calibrate", *arguments, "-o", "c.json", "--calibration", "temperature") == 0
    assert "temperature 2" in capsys.readouterr().out
    assert sm.Calibration.load("c.json").temperature_ == pytest.approx(
        sm.TemperatureScaling().fit(z, y).temperature_, rel=1e-12
    )


def test_the_scores_after_are_of_rows_left_out(logit_files, capsys):
    z, y = logit_files
    assert run("calibrate", "z.npy", "y.npy", "-o", "c.json", "--calibration", "temperature", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    fitted = sm.TemperatureScaling().fit(z, y)
    in_sample = sm.cross_entropy(fitted.transform(z), y)
    assert in_sample < report["after"]["log_loss"]["value"] < report["before"]["log_loss"]["value"]
    assert report["temperature"] == pytest.approx(fitted.temperature_)


def test_probabilities_are_taken_when_told(logit_files):
    z, _ = logit_files
    np.save("p.npy", sm.softmax(z))
    assert run("calibrate", "p.npy", "y.npy", "-o", "c.json", "--probabilities", "--calibration", "temperature") == 0
    assert run("apply", "c.json", "p.npy", "-o", "q.npy") == 0
    assert run("calibrate", "z.npy", "y.npy", "-o", "d.json", "--calibration", "temperature") == 0
    np.testing.assert_allclose(np.load("q.npy"), sm.Calibration.load("d.json").predict_proba(z), rtol=1e-9)


@pytest.mark.parametrize(
    ("prepare", "arguments", "status", "message"),
    [
        (None, ("calibrate", "z.npy", "z.npy", "-o", "c.json"), 1, "expected one column of labels"),
        (None, ("calibrate", "z.csv", "y.csv", "-o", "c.json"), 1, "choose one with --label"),
        (None, ("calibrate", "z.csv", "y.csv", "--label", "bird", "-o", "c.json"), 1, "no column 'bird'"),
        (None, ("calibrate", "both.npz", "y.npy", "-o", "c.json"), 1, "choose one with --array"),
        (None, ("calibrate", "both.npz", "y.npy", "--array", "x", "-o", "c.json"), 1, "holds no array 'x'"),
        (None, ("calibrate", "none.npy", "y.npy", "-o", "c.json"), 1, "no such file"),
        (
            lambda: np.save("z.npy", np.zeros((600, 3, 2))),
            ("calibrate", "z.npy", "y.npy", "-o", "c.json"),
            1,
            r"expected numbers of shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row",
        ),
        (None, ("calibrate", "y.npy", "y.npy", "-o", "c.json"), 1, "class code 0 ... 1"),
        (
            None,
            ("calibrate", "z.npy", "y.npy", "-o", "c.json", "--method", "vector"),
            2,
            "--method is now --calibration vector",
        ),
        (None, ("calibrate", "z.npy", "y.npy", "-o", "c.json", "--calibration", "magic"), 2, "magic"),
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
        (None, ("apply", "y.npy", "z.npy"), 1, "expected a file written by softargmax"),
        (None, ("apply", "none.json", "z.npy"), 1, "there is none"),
    ],
)
def test_what_does_not_fit_is_one_clear_sentence(logit_files, prepare, arguments, status, message, capsys):
    if prepare is not None:
        prepare()
    assert run(*arguments) == status
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_few_rows_are_said_to_be_few(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("z.npy", [[2.0, 0.0]] * 4)
    np.save("y.npy", [0, 0, 0, 1])
    assert run("calibrate", "z.npy", "y.npy", "-o", "c.json") == 0
    assert "4 rows are too few to say how much better it is" in capsys.readouterr().out


def test_the_command_knows_every_kind():
    assert get_args(cli.calibrate.CalibrationKind) == tuple(sorted({*KINDS_OF_LOGITS, "single"}))


def test_a_single_calibration_can_be_asked_for(logit_files, capsys):
    z, y = logit_files
    assert run("calibrate", "z.npy", "y.npy", "-o", "c.json", "--calibration", "single", "--json") == 0
    told = json.loads(capsys.readouterr().out)["contenders"]
    assert sum(each["chosen"] for each in told) == 1
    kept = sm.AutoCalibration(method="single").fit(z, y)
    assert [each["calibration"] for each in told] == [each.name for each in kept.contenders_]
    assert sm.Calibration.load("c.json").chosen_.kind == kept.chosen_.kind


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_one_sigmoid_per_row_is_two_classes(logit_files, shape, capsys):
    z, y = logit_files
    margin, is_owl = z[:, 2] - z[:, 0], (y == 2).astype(int)
    np.save("z.npy", margin.reshape(shape))
    np.save("y.npy", is_owl)
    assert run("calibrate", "z.npy", "y.npy", "-o", "c.json", "--calibration", "temperature", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["classes"] == 2
    assert found["before"]["log_loss"]["value"] == pytest.approx(sm.binary_cross_entropy(margin, is_owl))
    assert run("apply", "c.json", "z.npy", "-o", "p.npy") == 0
    expected = sm.TemperatureScaling().fit(margin, is_owl).predict_proba(margin)
    np.testing.assert_allclose(np.load("p.npy"), expected, rtol=1e-12)


def test_one_column_of_logits_in_a_table_is_no_class(logit_files, capsys):
    z, y = logit_files
    pa.csv.write_csv(pa.table({"logit": z[:, 2] - z[:, 0]}), "z.csv")
    np.save("y.npy", (y == 2).astype(int))
    assert run("calibrate", "z.csv", "y.npy", "-o", "c.json", "--calibration", "temperature") == 0
    capsys.readouterr()
    assert run("apply", "c.json", "z.csv", "-o", "p.parquet") == 0
    assert pa.parquet.read_table("p.parquet").column_names == ["probability_0", "probability_1"]


@pytest.mark.parametrize("ending", ["npy", "csv", "parquet"])
def test_one_column_of_probabilities_is_that_of_the_second_class(logit_files, ending, capsys):
    z, y = logit_files
    p, is_owl = sm.sigmoid(z[:, 2] - z[:, 0]), (y == 2).astype(int)
    if ending == "npy":
        np.save("p.npy", p)
    else:
        write = pa.csv.write_csv if ending == "csv" else pa.parquet.write_table
        write(pa.table({"p": p}), f"p.{ending}")
    np.save("y.npy", is_owl)
    named = (f"p.{ending}", "y.npy", "-o", "c.json", "--probabilities", "--calibration", "temperature", "--json")
    assert run("calibrate", *named) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["classes"] == 2
    assert found["before"]["brier_score"]["value"] == pytest.approx(np.mean((p - is_owl) ** 2), rel=1e-12)
    assert run("apply", "c.json", f"p.{ending}", "-o", "q.npy") == 0
    plain = sm.TemperatureScaling().fit(sm.probabilities.logit(p), is_owl)
    np.testing.assert_allclose(
        np.load("q.npy")[:, 1], sm.sigmoid(plain.transform(sm.probabilities.logit(p))), rtol=1e-9
    )


def test_what_was_compared_is_listed_with_its_loss_and_what_was_chosen(logit_files, capsys):
    z, y = logit_files
    assert run("calibrate", "z.npy", "y.npy", "-o", "c.json", "--json") == 0
    told = json.loads(capsys.readouterr().out)["contenders"]
    auto = sm.AutoCalibration().fit(z, y)
    assert [each["log_loss"] for each in told] == [each.loss for each in auto.contenders_]
    assert [each["gain"] for each in told] == [each.gain for each in auto.contenders_]
    assert [each["weight"] for each in told] == [each.weight for each in auto.contenders_]
    parts = [each["calibration"] for each in told if each["chosen"]]
    assert parts == [each.name for each in auto.contenders_ if each.weight > 0.0]
    assert run("calibrate", "z.npy", "y.npy", "-o", "c.json") == 0
    shown = capsys.readouterr().out
    assert "Compared on rows left out" in shown
    for name, loss in ((each["calibration"], each["log_loss"]) for each in told):
        (line,) = [line for line in shown.splitlines() if f" {name} " in line and f"{loss:.4f}" in line]
        assert line.startswith("*") == (name in parts)
    (above,) = [place for place, line in enumerate(shown.splitlines()) if line.startswith("Compared on rows left out")]
    assert all(shown.splitlines()[above : above + 1 + len(told)])  # without lines between them


def test_nothing_is_listed_where_nothing_was_compared(logit_files, capsys):
    assert run("calibrate", "z.npy", "y.npy", "-o", "c.json", "--calibration", "vector") == 0
    assert "Compared" not in capsys.readouterr().out


@pytest.mark.parametrize("before", ["", "logit_", "my model: "])
def test_logits_and_labels_may_stand_in_one_table(logit_files, before):
    z, y = logit_files
    names = ["cat", "dog", "owl"]
    columns = {f"{before}{name}": z[:, j] for j, name in enumerate(names)}
    pa.csv.write_csv(pa.table({"animal": [names[code] for code in y], **columns, "row": np.arange(600)}), "both.csv")
    few = ("-o", "c.json", "--calibration", "temperature")
    assert run("calibrate", "both.csv", "--label", "animal", "--drop", "row", *few) == 0
    fitted = sm.Calibration.load("c.json")
    assert fitted.classes_ == ("cat", "dog", "owl")
    assert fitted.temperature_ == pytest.approx(sm.TemperatureScaling().fit(z, y).temperature_, rel=1e-12)


def test_arrays_and_labels_may_stand_in_one_file(logit_files):
    assert run("calibrate", "both.npz", "--array", "logits", "--label", "labels", "-o", "c.json") == 0


def test_labels_that_are_nowhere_are_asked_for(logit_files, capsys):
    assert run("calibrate", "z.csv", "-o", "c.json") == 2
    assert "--label COLUMN" in capsys.readouterr().err


def test_probabilities_that_were_rounded_are_divided_when_told(logit_files, capsys):
    z, _ = logit_files
    np.save("p.npy", np.round(sm.softmax(z / 2.5), 3))
    few = ("-o", "c.json", "--calibration", "temperature", "--probabilities")
    assert run("calibrate", "p.npy", "y.npy", *few) == 1
    assert "if they were rounded, pass --normalise" in capsys.readouterr().err
    assert run("calibrate", "p.npy", "y.npy", *few, "--normalise") == 0
    assert run("apply", "c.json", "p.npy", "-o", "q.npy") == 1
    assert run("apply", "c.json", "p.npy", "-o", "q.npy", "--normalise") == 0
    np.testing.assert_allclose(np.load("q.npy").sum(axis=1), 1.0)


def test_what_no_rounding_explains_is_not_divided(logit_files, capsys):
    z, _ = logit_files
    few = ("-o", "c.json", "--calibration", "temperature", "--normalise")
    for factor, words in ((100, "if they are percentages"), (0.9, "up to 0.05, got 0.9")):
        np.save("p.npy", factor * sm.softmax(z))
        assert run("calibrate", "p.npy", "y.npy", *few, "--probabilities") == 1
        assert "row 1: expected probabilities that sum to 1" in (error := capsys.readouterr().err)
        assert words in error
    assert run("calibrate", "z.npy", "y.npy", *few) == 2


def test_what_predict_wrote_is_calibrated_as_it_is(model, capsys):
    assert run("predict", "m.softargmax", "test.csv", "--keep", "kind", "-o", "p.csv") == 0
    few = ("-o", "c.json", "--calibration", "temperature", "--probabilities")
    assert run("calibrate", "p.csv", "--label", "kind", *few) == 0
    assert "'predicted_kind', 'probability' left out" in capsys.readouterr().err
    assert sm.Calibration.load("c.json").classes_ == ("cat", "dog", "owl")
    assert run("apply", "c.json", "p.csv", "-o", "q.parquet") == 0
    assert pa.parquet.read_table("q.parquet").column_names == ["probability_cat", "probability_dog", "probability_owl"]


@pytest.mark.parametrize("shift", [7.0, -30.0])
def test_logits_of_a_model_of_reweighted_rows_are_calibrated_to_the_true_rate(shift, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    s = rng.normal(size=6000) * 2 - 3
    y = (rng.random(6000) < sm.sigmoid(s)).astype(int)
    np.save("z.npy", s + shift)
    np.save("y.npy", y)
    assert run("calibrate", "z.npy", "y.npy", "-o", "c.json") == 0
    assert run("apply", "c.json", "z.npy", "-o", "p.npy") == 0
    p = np.load("p.npy")
    assert sm.metrics.log_loss(y, probabilities=p).value < sm.binary_cross_entropy(s, y) + 0.001


def test_two_classes_have_their_mean_probability_beside_the_share_of_the_second(tmp_path, monkeypatch, capsys, rng):
    monkeypatch.chdir(tmp_path)
    true = rng.normal(size=200) - 1.0
    np.save("z.npy", np.stack([np.zeros(200), true + 1.0], axis=1))
    np.save("y.npy", (rng.random(200) < sm.sigmoid(true)).astype(int))
    told = ("calibrate", "z.npy", "y.npy", "-o", "c.json", "--calibration", "platt")
    assert run(*told, "--json") == 0
    means = json.loads(capsys.readouterr().out)["mean_probability"]
    assert means["share"] == np.load("y.npy").mean()
    assert run(*told) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"{means['share']:.4f} of the rows, and its mean probability {means['before']:.4f} before" in shown
