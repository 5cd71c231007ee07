"""`softargmax fit` with promises, and what predict, evaluate and inspect make of them."""

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import softargmax as sm
from softargmax import cli
from softargmax.pipeline.costs import named_costs

PROMISES = ["--confidence", ".9", "--risk", ".2"]
LEARN = ["fit", "many.csv", "--target", "kind", "--model", "regression", "-o", "p.softargmax"]


def noisy_rows(make_rows, n, seed):
    """Draw animals that lie between two kinds, and so cannot always be told."""
    rows = make_rows(n, seed)
    rng = np.random.default_rng(seed + 1000)
    place = np.asarray(rows["size"]) + np.asarray(rows["weight"]) + 1 + rng.normal(scale=0.5, size=n)
    kinds = np.array(["cat", "dog", "owl"])[np.clip(np.round(place), 0, 2).astype(int)]
    return rows.set_column(4, "kind", pa.array(kinds))


@pytest.fixture
def promising(folder, make_rows):
    """A model file that promises both, in the current folder, with rows it has not seen."""
    pa.csv.write_csv(noisy_rows(make_rows, 2000, 3), "many.csv")
    pa.csv.write_csv(noisy_rows(make_rows, 60, 4), "test.csv")
    assert cli.run([*LEARN, *PROMISES]) == 0
    return folder / "p.softargmax"


def predicted(*options):
    assert cli.run(["predict", "p.softargmax", "test.csv", *options, "-o", "out.csv"]) == 0
    return pa.csv.read_csv("out.csv", convert_options=pa.csv.ConvertOptions(strings_can_be_null=True)).to_pylist()


def test_a_set_holds_the_classes_that_the_library_says_the_likeliest_first(promising):
    model = sm.load(promising)
    sets = model.decide("test.csv", confidence=0.9).sets
    for row, inside in zip(predicted("--confidence", ".9"), sets, strict=True):
        names = row["set_kind"].split("|")
        assert set(names) == set(model.classes_[inside])
        assert row["set_size"] == len(names)
        assert names == sorted(names, key=lambda name: -row[f"probability_{name}"])
        assert names[0] == row["predicted_kind"]


def test_a_row_that_would_break_the_promise_is_unsure(promising):
    model = sm.load(promising)
    rows = predicted("--risk", ".2")
    answered = model.decide("test.csv", risk=0.2).answered
    assert 0 < answered.sum() < len(rows)
    assert [row["predicted_kind"] == "unsure" for row in rows] == (~answered).tolist()
    for row in rows:
        assert row["probability"] == max(row[f"probability_{kind}"] for kind in ("cat", "dog", "owl"))


def test_rows_without_an_answer_have_no_set(promising):
    for row in predicted(*PROMISES):
        assert (row["set_kind"] is None) == (row["set_size"] is None) == (row["predicted_kind"] == "unsure")


def test_without_flags_a_model_that_promises_predicts_as_ever(promising):
    assert cli.run(["predict", "p.softargmax", "test.csv", "-o", "p.parquet"]) == 0
    found = pa.parquet.read_table("p.parquet")
    of_classes = ["probability_cat", "probability_dog", "probability_owl"]
    assert found.column_names == ["predicted_kind", "probability", *of_classes]
    assert found["predicted_kind"].to_pylist() == sm.load(promising).predict("test.csv").tolist()


def test_no_rows_give_the_columns_of_decisions_too(promising, folder):
    (folder / "none.csv").write_text("size,weight,color\n")
    assert cli.run(["predict", "p.softargmax", "none.csv", *PROMISES, "-o", "none.parquet"]) == 0
    assert cli.run(["predict", "p.softargmax", "test.csv", *PROMISES, "-o", "some.parquet"]) == 0
    assert pa.parquet.read_table("none.parquet").schema == pa.parquet.read_table("some.parquet").schema


def test_integer_classes_are_texts_where_some_rows_are_unsure(promising, make_rows):
    rows = noisy_rows(make_rows, 2000, 3)
    codes = pa.array([["cat", "dog", "owl"].index(kind) for kind in rows["kind"].to_pylist()])
    pa.csv.write_csv(rows.set_column(4, "kind", codes), "many.csv")
    assert cli.run([*LEARN, *PROMISES]) == 0
    assert {str(row["predicted_kind"]) for row in predicted("--risk", ".2")} == {"0", "1", "2", "unsure"}
    assert {row["predicted_kind"] for row in predicted()} == {0, 1, 2}


def test_bars_within_a_class_are_told_from_those_between_classes(folder):
    kinds = np.random.default_rng(0).choice(["a|b", "c\\d"], 200)
    pa.csv.write_csv(pa.table({"x": np.random.default_rng(1).normal(size=200), "y": kinds}), "t.csv")
    learn = ["fit", "t.csv", "--target", "y", "--model", "regression", "--confidence", ".9", "-o", "p.softargmax"]
    assert cli.run(learn) == 0
    assert cli.run(["predict", "p.softargmax", "t.csv", "--confidence", ".9", "-o", "out.parquet"]) == 0
    found = set(pa.parquet.read_table("out.parquet")["set_y"].to_pylist())
    assert r"a\|b|c\\d" in found or r"c\\d|a\|b" in found


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--confidence", ".9"], "--confidence: this model promises none"),
        (["--risk", ".02"], "fit it anew with --risk 0.02"),
        (["--risk", "2"], "--risk: expected a number > 0 and < 1, got 2.0"),
    ],
)
def test_predict_refuses_what_was_not_promised(model, capfd, options, words):
    assert cli.run(["predict", "m.softargmax", "test.csv", *options]) == 2
    out, err = capfd.readouterr()
    assert words in err
    assert out == ""


def test_evaluate_says_how_promises_were_kept(promising, capfd):
    capfd.readouterr()
    assert cli.run(["evaluate", "p.softargmax", "test.csv"]) == 0
    out = capfd.readouterr().out
    for words in ("sets that hold the true class", "promised 0.9", "rows that are answered", "promised 0.2 at most"):
        assert words in out
    assert cli.run(["evaluate", "p.softargmax", "test.csv", "--json"]) == 0
    kept = json.loads(capfd.readouterr().out)["kept"]
    assert kept == sm.load(promising).evaluate("test.csv").kept.to_dict()
    for measured in (kept["sets"]["coverage"], kept["sets"]["mean_size"], kept["answers"]["answered"]):
        assert measured["low"] <= measured["value"] <= measured["high"]


@pytest.mark.parametrize("command", [("evaluate", "p.softargmax", "test.csv"), ("inspect", "p.softargmax")])
def test_no_two_blank_lines_stand_together(promising, capfd, command):
    capfd.readouterr()
    assert cli.run(list(command)) == 0
    out = capfd.readouterr().out
    assert "promised 0.9" in out
    assert "\n\n\n" not in out


def test_inspect_says_what_a_model_promises(promising, capfd):
    capfd.readouterr()
    assert cli.run(["inspect", "p.softargmax"]) == 0
    out = " ".join(capfd.readouterr().out.split())
    assert "promise sets of classes, 90 % of which hold the true class; by 200 rows" in out
    assert "at most 20 % of them wrong, with 95 % confidence; by 200 rows" in out
    assert cli.run(["inspect", "p.softargmax", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["promises"]["sets"] == {"confidence": 0.9, "rows": 200}
    assert found["kept"]["answers"]["promised"] == 0.2


def test_a_dry_run_says_how_many_rows_would_make_promises(folder, capfd):
    assert cli.run(["fit", "train.csv", "--target", "kind", "--dry-run", *PROMISES]) == 0
    out = " ".join(capfd.readouterr().out.split())
    assert "60 promises" in out
    assert "does not learn from all rows afterwards" in out


def test_decisions_are_made_without_what_only_a_fit_needs(promising):
    code = (
        "import sys; from softargmax import cli; "
        f"assert cli.run(['predict', 'p.softargmax', 'test.csv', *{PROMISES}, '-o', 'p.csv']) == 0; "
        "print({'sklearn', 'scipy', 'threadpoolctl'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "set()"


def test_a_costly_mistake_is_made_less_often(model):
    plain = predicted_by("m.softargmax")
    careful = predicted_by("m.softargmax", "--cost", "dog=cat:20", "--cost", "dog=owl:20")
    for row, other in zip(careful, plain, strict=True):
        p = np.array([row[f"probability_{kind}"] for kind in ("cat", "dog", "owl")])
        expected = p @ np.array([[0, 1, 1], [20, 0, 20], [1, 1, 0]])
        assert row["predicted_kind"] == ("cat", "dog", "owl")[expected.argmin()]
        assert row["probability"] == row[f"probability_{row['predicted_kind']}"]
        assert {name: value for name, value in row.items() if name not in ("predicted_kind", "probability")} == {
            name: value for name, value in other.items() if name not in ("predicted_kind", "probability")
        }
    counts = [sum(row["predicted_kind"] == "dog" for row in rows) for rows in (plain, careful)]
    assert counts[0] < counts[1]


def predicted_by(model, *options):
    assert cli.run(["predict", model, "test.csv", *options, "-o", "out.csv"]) == 0
    return pa.csv.read_csv("out.csv").to_pylist()


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        ("dog:3", "--cost: expected TRUE=PREDICTED:COST, like owl=cat:10"),
        ("dog=cat:dear", "--cost: expected TRUE=PREDICTED:COST"),
        ("dog=cat:inf", "--cost: expected TRUE=PREDICTED:COST"),
        ("dog=cow:3", "--cost: expected one of the classes 'cat', 'dog', 'owl', got 'cow'"),
    ],
)
def test_costs_that_cannot_be_read_are_refused(model, capfd, cost, words):
    assert cli.run(["predict", "m.softargmax", "test.csv", "--cost", cost]) == 2
    assert words in capfd.readouterr().err


def test_costs_do_not_go_with_a_risk(promising, capfd):
    both = ["--risk", ".2", "--cost", "dog=cat:3"]
    assert cli.run(["predict", "p.softargmax", "test.csv", *both]) == 2
    assert "--cost: expected them without risk" in capfd.readouterr().err


def test_marks_within_the_names_of_classes_do_not_confuse_costs():
    labels = sm.ClassLabels.of(["a=b", "c:d", "e"])
    assert named_costs(labels, ["a=b=c:d:2.5", "e=a=b:3"]) == {("a=b", "c:d"): 2.5, ("e", "a=b"): 3.0}
