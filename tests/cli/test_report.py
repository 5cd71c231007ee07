"""`softargmax report`."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

import softargmax as sm
from softargmax import cli
from softargmax.metrics import Estimate
from softargmax.report.sentences import said


def test_a_model_and_a_table_give_a_page(model, capfd):
    options = ["--by", "color", "--key", "id", "--rows", "3", "--title", "animals"]
    assert cli.run(["report", "m.softargmax", "test.csv", "-o", "r.html", *options]) == 0
    assert capfd.readouterr().err.endswith("page written to r.html\n")
    page = Path("r.html").read_text()
    for part in (
        'id="f-change"',
        'id="f-groups"',
        'id="f-worst"',
        "softargmax report m.softargmax test.csv -o r.html --by color --key id --rows 3 --title animals",
        "animals",
    ):
        assert part in page.replace("</span> <span>", " ")
    assert page.count("<bdi>test.csv</bdi></th>") == 3
    assert hashlib.sha256(Path("test.csv").read_bytes()).hexdigest() in page
    found = sm.load("m.softargmax").evaluate("test.csv")
    assert said(found.after.log_loss) in page
    assert said(found.before.log_loss) in page


def test_made_twice_it_is_the_same(model):
    pages = []
    for _ in range(2):
        assert cli.run(["report", "m.softargmax", "test.csv", "-o", "r.html"]) == 0
        pages.append(Path("r.html").read_bytes())
    assert pages[0] == pages[1]


@pytest.mark.parametrize("command", [["predict"], ["evaluate"], ["report", "-o", "r.html"]])
def test_what_only_a_further_file_shows_is_said(model, command, capfd):
    Path("more.csv").write_text(2 * Path("test.csv").read_text())
    capfd.readouterr()
    assert cli.run([command[0], "m.softargmax", "test.csv", "more.csv", *command[1:]]) == 0
    assert capfd.readouterr().err.count("! more.csv: the header occurs again") == 1


def test_no_row_is_shown_if_none_is_wanted(model):
    assert cli.run(["report", "m.softargmax", "test.csv", "-o", "r.html", "--rows", "0"]) == 0
    assert "It holds no single row." in Path("r.html").read_text()


@pytest.mark.parametrize(
    "arguments", [["z.npy", "y.npy"], ["z.csv", "y.csv", "--label", "animal"], ["z.parquet", "y.npy"]]
)
def test_logits_of_any_model_give_a_page(logit_files, arguments):
    z, y = logit_files
    assert cli.run(["report", *arguments, "-o", "r.html"]) == 0
    page = Path("r.html").read_text()
    assert said(sm.assess(y, logits=z).expected_calibration_error).split()[0] in page
    assert ("owl" in page) == arguments[0].endswith((".csv", ".parquet"))
    assert 'id="f-change"' not in page


def test_logits_are_judged_by_groups_too(logit_files):
    _, y = logit_files
    Path("w.csv").write_text("y,ward\n" + "".join(f"{code},w{i % 2}\n" for i, code in enumerate(y)))
    assert cli.run(["report", "z.npy", "w.csv", "--label", "y", "--by", "ward", "-o", "r.html"]) == 0
    page = Path("r.html").read_text()
    assert 'id="f-groups"' in page
    assert "w1" in page


def test_a_calibration_is_judged_before_and_after(logit_files):
    z, y = logit_files
    assert cli.run(["calibrate", "z.npy", "y.npy", "--calibration", "temperature", "-o", "c.json"]) == 0
    assert cli.run(["report", "z.npy", "y.npy", "--before", "c.json", "-o", "r.html"]) == 0
    page = Path("r.html").read_text()
    after = sm.load("c.json").transform(z)
    for found in (sm.assess(y, logits=z), sm.assess(y, logits=after)):
        assert said(found.log_loss) in page
    assert 'id="f-change"' in page


def test_one_column_is_the_second_of_two_classes(tmp_path, monkeypatch, rng):
    monkeypatch.chdir(tmp_path)
    p = rng.random(500)
    np.save("p.npy", p)
    np.save("y.npy", (rng.random(500) < p).astype(int))
    assert cli.run(["report", "p.npy", "y.npy", "--probabilities", "-o", "r.html"]) == 0
    page = Path("r.html").read_text()
    found = sm.assess(np.load("y.npy"), probabilities=p)
    assert said(found.risks.auc) in page
    assert said(Estimate(found.accuracy.value, found.accuracy.low, found.accuracy.high, 0.95, 500)) in page


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["m.softargmax"], 2, "expected at least one table"),
        (["m.softargmax", "test.csv", "--by", "shape"], 1, "no column 'shape'"),
        (["m.softargmax", "test.csv", "--before", "c.json"], 2, "--before: expected logits and labels to use it with"),
        (["m.softargmax", "test.csv", "--drop", "id"], 2, "--drop: expected logits"),
        (["m.softargmax", "test.csv", "--normalise"], 2, "--normalise: expected logits"),
        (["test.csv", "train.csv", "--key", "id"], 2, "--key: expected a model file to use it with, got logits"),
        (["m.softargmax", "test.csv", "--rows", "-1"], 2, "rows: expected 0 or more"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(model, capfd, arguments, status, words):
    assert cli.run(["report", *arguments, "-o", "r.html"]) == status
    err = capfd.readouterr().err
    assert words in err
    assert "bug" not in err
    assert not Path("r.html").exists()
