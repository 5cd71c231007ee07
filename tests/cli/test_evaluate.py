"""`softargmax evaluate`."""

import json
import os

import pyarrow as pa
import pyarrow.csv

import softargmax as sm
from softargmax import cli


def test_two_classes_and_no_header(folder, capfd):
    rows = "".join(f"{i % 7},{i % 2}, {'yes' if i % 7 > 3 else 'no'}\n" for i in range(200))
    (folder / "t.csv").write_text(rows)
    assert cli.run(["fit", "t.csv", "--no-header", "--target=-1", "--model", "regression", "-o", "m.softargmax"]) == 0
    assert "→ sigmoid" in capfd.readouterr().out
    assert cli.run(["evaluate", "m.softargmax", "t.csv", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["after"]["accuracy"]["value"] > 0.95
    (folder / "junk.csv").write_text("|junk\n" + rows)
    assert cli.run(["evaluate", "m.softargmax", "junk.csv"]) == 1
    assert "line 1 has 1 values where 3 are expected: '|junk'" in capfd.readouterr().err
    (folder / "dotted.csv").write_text(rows.replace("yes", "yes."))
    assert cli.run(["evaluate", "m.softargmax", "dotted.csv"]) == 1
    assert "did you mean 'yes'?" in capfd.readouterr().err


def test_columns_unlike_those_at_fit_are_named_and_in_json(model, make_rows, capfd):
    rows = make_rows(60, 1).to_pydict()
    rows["color"][:30] = ["pink"] * 30
    pa.csv.write_csv(pa.table(rows), "odd.csv")
    assert cli.run(["evaluate", "m.softargmax", "odd.csv", "--json"]) == 0
    out, err = capfd.readouterr()
    (note,) = json.loads(out)["drift"]["notes"]
    assert (note["code"], note["column"]) == ("drift-category", "color")
    assert err == f"! {note['text']}\n"
    assert cli.run(["evaluate", "m.softargmax", "test.csv"]) == 0
    assert "!" not in capfd.readouterr().err


def test_everything_about_the_calibrated_probabilities_is_measured(model, capfd):
    assert cli.run(["evaluate", "m.softargmax", "test.csv", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    logits = sm.load("m.softargmax").decision_function("test.csv")
    y = sm.load("m.softargmax").schema.labels.codes(pa.csv.read_csv("test.csv")["kind"].to_pylist())
    assert found["assessment"] == sm.assess(y, logits=logits).to_dict()
    assert found["assessment"]["log_loss"] == found["after"]["log_loss"]
    assert found["classes"] == ["cat", "dog", "owl"]


def test_pictures_are_drawn_in_what_the_encoding_has(model, process, capfd):
    assert cli.run(["evaluate", "m.softargmax", "test.csv"]) == 0
    assert "if believable  ▁▁▂▂▂▃▃▄▄▄▅▅▆▆▆▇▇███" in capfd.readouterr().out
    done = process("evaluate", "m.softargmax", "test.csv", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert "if believable  11222334445566677888" in done.stdout
    assert done.stdout.isascii()


def test_where_rows_belong_together_all_scores_know_it(folder, make_rows, capfd):
    rows = make_rows(120).append_column("place", [[f"p{i % 6}" for i in range(120)]])
    pa.csv.write_csv(rows, "places.csv")
    options = ["--target", "kind", "--model", "regression", "--group", "place"]
    assert cli.run(["fit", "places.csv", *options, "-o", "g.softargmax"]) == 0
    evaluation = sm.load("g.softargmax").evaluate("places.csv")
    plain = sm.assess(
        sm.load("g.softargmax").schema.labels.codes(rows["kind"].to_pylist()),
        logits=sm.load("g.softargmax").decision_function("places.csv"),
    )
    assert evaluation.assessment.log_loss == evaluation.after.log_loss
    assert evaluation.assessment.log_loss.low != plain.log_loss.low
    assert evaluation.assessment.aurc == plain.aurc


def test_a_score_after_calibration_can_end_the_command(model, capfd):
    loss = sm.load("m.softargmax").evaluate("test.csv").after.log_loss
    for limit, status in ((loss.value - 0.01, 3), (loss.value + 0.01, 0)):
        assert cli.run(["evaluate", "m.softargmax", "test.csv", "--fail-if", f"log_loss>{limit}"]) == status
    assert f"log_loss is {loss.value:.6g}" in capfd.readouterr().err


def test_groups_classes_and_columns_are_shown_where_they_are_asked_for(model, capfd):
    assert cli.run(["evaluate", "m.softargmax", "test.csv", "--by", "color", "--importance"]) == 0
    words = capfd.readouterr().out
    assert "Class by class, those with most errors first:" in words
    assert "color = " in words
    assert "By how much the log loss grows if a column is shuffled" in words
    assert cli.run(["evaluate", "m.softargmax", "test.csv", "--by", "color", "--importance", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    table = pa.csv.read_csv("test.csv")
    assert {group["value"]: group["rows"] for group in found["assessment"]["groups"]} == {
        pair["values"]: pair["counts"] for pair in table["color"].value_counts().to_pylist()
    }
    assert found["importance"]["of_rows"] == found["importance"]["n_rows"] == table.num_rows
    assert found["seen"] == {"n_known": table.num_rows, "n_seen": 0, "share": 0.0}
    assert cli.run(["evaluate", "m.softargmax", "test.csv", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["importance"], found["assessment"]["groups"]) == (None, None)
    assert cli.run(["evaluate", "m.softargmax", "test.csv", "--by", "weight_of_it"]) == 1
    assert "no column 'weight_of_it'" in capfd.readouterr().err


def test_rows_that_were_learned_from_are_said_to_be(model, capfd):
    assert cli.run(["evaluate", "m.softargmax", "train.csv"]) == 0
    assert "! the model learned from these rows: their score is better" in " ".join(capfd.readouterr().out.split())
