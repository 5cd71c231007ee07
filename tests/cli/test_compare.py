"""`softargmax compare`: two models on the same rows."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

import softargmax as sm
from softargmax import cli
from softargmax.pipeline.pairing import compare_models


def run(*arguments):
    return cli.run(["compare", *arguments])


@pytest.fixture
def two_models(model):
    """A second model file, of the same table without a column."""
    options = ["--target", "kind", "--model", "regression", "--drop", "weight"]
    assert cli.run(["fit", "train.csv", *options, "-o", "n.softargmax"]) == 0
    return sm.load("m.softargmax"), sm.load("n.softargmax")


@pytest.fixture
def two_logits(logit_files):
    """Logits of a second model in two files, the columns of one in another order; gives both models and the labels."""
    z, y = logit_files
    other = 0.4 * z
    np.save("a.npy", other)
    pa.csv.write_csv(
        pa.table({name: other[:, ["cat", "dog", "owl"].index(name)] for name in ("owl", "cat", "dog")}), "a.csv"
    )
    return z, other, y


def test_two_models_are_compared_on_the_rows_of_a_table(two_models, capsys):
    assert run("m.softargmax", "n.softargmax", "test.csv", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    first, second = two_models
    labels = [str(label) for label in pa.csv.read_csv("test.csv")["kind"].to_pylist()]
    y = first.schema.labels.codes(labels)
    logits = tuple(
        model.calibration.transform(np.concatenate([part.logits for part in model.labelled(model.open("test.csv"))]))
        for model in two_models
    )
    expected = sm.compare(y, logits=logits).to_dict()
    assert {name: found[name] for name in expected} == expected
    assert found["first"]["log_loss"]["value"] == first.evaluate("test.csv").after.log_loss.value
    assert found["second"]["log_loss"]["value"] == second.evaluate("test.csv").after.log_loss.value


def test_the_difference_is_shown_with_its_interval_and_a_sentence(two_models, capsys):
    assert run("m.softargmax", "n.softargmax", "test.csv") == 0
    out = capsys.readouterr().out
    found, _ = compare_models(*two_models, tuple(model.open("test.csv") for model in two_models))
    for estimate in (found.first.log_loss, found.second.log_loss, found.log_loss, found.accuracy):
        assert str(estimate) in out
    assert found.verdict in " ".join(out.split())
    assert out.index("m.softargmax") < out.index("n.softargmax")


@pytest.mark.parametrize(
    "arguments",
    [("z.npy", "a.npy", "y.npy"), ("z.csv", "a.csv", "y.csv", "--label", "animal")],
    ids=lambda arguments: arguments[0],
)
def test_logits_of_two_models_are_compared(two_logits, arguments, capsys):
    z, other, y = two_logits
    assert run(*arguments, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    expected = sm.compare(y, logits=(z, other)).to_dict()
    assert {name: found[name] for name in expected} == expected
    assert "The second model is better in log loss" in found["verdict"]


def test_files_that_hold_their_labels_need_the_same_ones(two_logits, capsys):
    z, other, y = two_logits
    np.savez("one.npz", z=z, y=y)
    np.savez("two.npz", z=other, y=y)
    np.savez("moved.npz", z=other, y=np.roll(y, 1))
    assert run("one.npz", "two.npz", "--array", "z", "--label", "y") == 0
    assert "The second model is better in log loss" in capsys.readouterr().out
    row = int(np.flatnonzero(y != np.roll(y, 1))[0]) + 1
    assert run("one.npz", "moved.npz", "--array", "z", "--label", "y") == 1
    assert f"moved.npz: row {row}: expected the label {y[row - 1]} as in the first" in capsys.readouterr().err


def test_files_that_hold_their_groups_need_the_same_ones(two_logits, capsys):
    z, other, y = two_logits
    ward = np.array(["north", "south", "north"])[np.arange(len(y)) % 3]
    np.savez("one.npz", z=z, y=y, ward=ward)
    np.savez("two.npz", z=other, y=y, ward=ward)
    np.savez("moved.npz", z=other, y=y, ward=np.roll(ward, 1))
    options = ("--array", "z", "--label", "y", "--by", "ward")
    assert run("one.npz", "two.npz", *options) == 0
    assert run("one.npz", "moved.npz", *options) == 1
    assert "moved.npz: row 2: expected the ward 'south' as in the first, got 'north'" in capsys.readouterr().err


def test_a_bound_may_be_about_the_difference_or_about_one_model(two_logits, capsys):
    kept = ["log_loss.low>0", "second.accuracy<.1"]
    broken = ["log_loss.high<0", "first.log_loss>.1"]
    flags = [flag for bound in kept + broken for flag in ("--fail-if", bound)]
    assert run("z.npy", "a.npy", "y.npy", *flags) == 3
    err = capsys.readouterr().err
    assert [bound in err for bound in kept + broken] == [False, False, True, True]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["m.softargmax", "test.csv", "test.csv"], 2, "two model files, or two files of logits, got one of each"),
        (["m.softargmax", "m.softargmax"], 2, "expected at least one table"),
        (["m.softargmax", "m.softargmax", "-"], 2, "expected files, which both models can read"),
        (["m.softargmax", "m.softargmax", "test.csv", "--label", "kind"], 2, "--label: expected logits"),
        (
            ["m.softargmax", "o.softargmax", "test.csv"],
            2,
            "the first alone has 'cat', 'dog', 'owl', the second 'green', 'red'",
        ),
        (["z.npy", "a.npy", "y.npy", "y.npy"], 2, "expected one file of labels after the logits, got 2"),
        (["z.npy", "a.npy"], 2, "expected the labels too"),
    ],
)
def test_what_cannot_be_compared_is_said(model, capsys, arguments, status, words):
    for name in ("z", "a", "y"):
        np.save(f"{name}.npy", np.eye(3)[:, 0])
    if "o.softargmax" in arguments:
        few = ["--target", "color", "--model", "regression", "-o", "o.softargmax"]
        assert cli.run(["fit", "train.csv", *few]) == 0
    capsys.readouterr()
    assert run(*arguments) == status
    err = capsys.readouterr().err
    assert words in err
    assert "bug" not in err


def test_grouped_fits_are_told_to_have_narrower_intervals(folder, capsys):
    options = ["--target", "kind", "--model", "regression", "--group", "id"]
    assert cli.run(["fit", "train.csv", *options, "-o", "g.softargmax"]) == 0
    assert run("g.softargmax", "g.softargmax", "test.csv") == 0
    assert (
        "! intervals take rows for independent, though a fit kept the rows of a 'id' together"
        in capsys.readouterr().out
    )
