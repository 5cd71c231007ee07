"""`softargmax predict`."""

import gzip
import json
import os
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import softargmax as sm
from softargmax import cli
from softargmax._progress import Progress
from softargmax.tables.doors import delimited


def test_every_form_of_a_table_gives_the_same_predictions(model, folder, make_rows, process, predictions_of):
    expected = predictions_of("test.csv")
    assert predictions_of("test.parquet") == expected
    (folder / "test.csv.gz").write_bytes(gzip.compress((folder / "test.csv").read_bytes()))
    assert predictions_of("test.csv.gz") == expected
    (folder / "parts").mkdir()
    pa.parquet.write_table(make_rows(60, 1).slice(0, 20), "parts/1.parquet")
    pa.csv.write_csv(make_rows(60, 1).slice(20).select(["kind", "weight", "color", "size"]), "parts/2.csv")
    assert predictions_of("parts") == expected
    pa.csv.write_csv(make_rows(60, 1).drop_columns(["kind"]), "unlabelled.csv")
    assert predictions_of("unlabelled.csv") == expected
    with open("test.csv") as stdin:
        done = process("predict", "m.softargmax", "-", stdin=stdin)
    names = "predicted_kind", "probability", "probability_cat", "probability_dog", "probability_owl"
    assert done.stdout.splitlines()[0] == ",".join(f'"{name}"' for name in names)
    assert len(done.stdout.splitlines()) == 61


def test_a_row_alone_gets_the_probabilities_it_has_in_the_table(model, make_rows, predictions_of):
    together = predictions_of("test.csv").to_pylist()
    for i in (0, 7, 59):
        pa.csv.write_csv(make_rows(60, 1).slice(i, 1), "one.csv")
        (alone,) = predictions_of("one.csv").to_pylist()
        assert alone["predicted_kind"] == together[i]["predicted_kind"]
        for name in ("probability_cat", "probability_dog", "probability_owl"):
            assert alone[name] == pytest.approx(together[i][name], rel=1e-13)


def test_probabilities_are_those_of_the_parts(model, predictions_of):
    classifier = sm.TableModel.load(model)
    (batch,) = classifier.open(["test.csv"]).batches()
    features = classifier.schema.features(batch)
    (member,) = classifier.members
    expected = classifier.calibration.predict_proba(member.network.logits(features))
    np.testing.assert_allclose(classifier.predict_proba("test.csv"), expected, rtol=1e-12)
    np.testing.assert_allclose(predictions_of("test.csv")["probability_dog"], expected[:, 1], rtol=1e-12)


def test_beside_a_label_stands_how_probable_it_is(predictions_of):
    for row in predictions_of("test.csv").to_pylist():
        own = row[f"probability_{row['predicted_kind']}"]
        assert row["probability"] == own == max(row[f"probability_{kind}"] for kind in ("cat", "dog", "owl"))


def written(*options):
    assert cli.run(["predict", "m.softargmax", *options, "-o", "p.parquet"]) == 0
    return pa.parquet.read_table("p.parquet")


def test_the_likeliest_classes_take_the_place_of_all(model):
    everything = written("test.csv").to_pylist()
    table = written("test.csv", "--top", "2")
    names = ["predicted_kind", "probability", "top1_kind", "top1_probability", "top2_kind", "top2_probability"]
    assert table.column_names == names
    for row, whole in zip(table.to_pylist(), everything, strict=True):
        ranked = sorted(("cat", "dog", "owl"), key=lambda kind: -whole[f"probability_{kind}"])
        assert [row["top1_kind"], row["top2_kind"]] == ranked[:2]
        assert row["top2_probability"] == whole[f"probability_{ranked[1]}"]
        assert row["predicted_kind"] == row["top1_kind"]


@pytest.mark.parametrize("by", ["probability", "probability_owl"])
def test_the_likeliest_rows_are_those_of_the_whole_table_in_batches_too(model, monkeypatch, by):
    everything = written("test.csv", "--keep", "id").to_pylist()
    monkeypatch.setattr(delimited, "BLOCK", 512)
    found = written("test.csv", "--keep", "id", "--rows", "7", "--by", by).to_pylist()
    ranked = sorted(range(60), key=lambda row: -everything[row][by])[:7]
    assert found == [{"row": row + 1, **everything[row]} for row in ranked]


def test_the_likeliest_rows_of_several_files_say_which(model, make_rows):
    pa.csv.write_csv(make_rows(60, 2), "more.csv")
    found = written("test.csv", "more.csv", "--rows", "200").to_pylist()
    assert sorted((row["file"], row["row"]) for row in found) == sorted(
        (name, row + 1) for name in ("test.csv", "more.csv") for row in range(60)
    )
    assert written("test.csv", "--rows", "3").column_names[0] == "row"


def test_no_rows_have_likeliest_ones(model, folder):
    (folder / "none.csv").write_text("size,weight,color\n")
    assert written("none.csv", "--rows", "5").schema == written("test.csv", "--rows", "5").schema


def test_identifiers_are_carried_along(model, make_rows):
    table = written("test.csv", "--keep-id")
    assert table["id"].to_pylist() == make_rows(60, 1)["id"].to_pylist()
    assert written("test.csv", "--keep-id", "--keep", "id", "--keep", "color").column_names[:2] == ["id", "color"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--top", "4"], "--top: expected an integer between 1 and 3, got 4"),
        (["--rows", "0"], "--rows: expected an integer >= 1, got 0"),
        (["--by", "probability"], "--by: expected it with --rows 100"),
        (["--rows", "5", "--by", "probability_own"], "did you mean 'probability_owl'?"),
    ],
)
def test_what_is_not_to_be_written_is_refused(model, capfd, options, words):
    assert cli.run(["predict", "m.softargmax", "test.csv", *options]) == 2
    out, err = capfd.readouterr()
    assert words in err
    assert out == ""


def test_without_identifiers_none_can_be_carried_along(folder, make_rows, capfd):
    pa.csv.write_csv(make_rows(100).drop_columns(["id"]), "plain.csv")
    learn = ["fit", "plain.csv", "--target", "kind", "--model", "regression", "-o", "m.softargmax"]
    assert cli.run(learn) == 0
    assert cli.run(["predict", "m.softargmax", "plain.csv", "--keep-id"]) == 1
    said = capfd.readouterr().err
    assert "--keep-id: expected a column that the fit left out as an identifier" in said
    assert "as in --keep name" in said


def test_in_python_one_column_to_keep_may_be_named_alone(model):
    for keep in ("color", ["color"]):
        sm.TableModel.load(model).predict_file("test.csv", "kept.csv", keep=keep)
        assert pa.csv.read_csv("kept.csv").column_names[0] == "color"


@pytest.mark.parametrize("name", ["p.csv", "p.csv.gz", "p.parquet"])
def test_predictions_in_every_format(model, name):
    assert cli.run(["predict", "m.softargmax", "test.csv", "-o", name, "--keep", "color"]) == 0
    table = pa.parquet.read_table(name) if name.endswith("parquet") else pa.csv.read_csv(name)
    assert table.num_rows == 60
    assert table.column_names[0] == "color"


@pytest.mark.parametrize("output", [["-o", "-"], ["--output", "-"], ["--output=-"]])
def test_a_hyphen_is_standard_output(model, capfd, output):
    assert cli.run(["predict", "m.softargmax", "test.csv"]) == 0
    expected = capfd.readouterr()
    assert cli.run(["predict", "m.softargmax", *output, "test.csv"]) == 0
    assert capfd.readouterr() == expected
    assert cli.run(["predict", "m.softargmax", "test.csv", "-o", "--keep"]) == 2


def test_no_rows_give_an_empty_table_of_the_right_columns(model, folder, predictions_of):
    (folder / "none.csv").write_text("size,weight,color\n")
    table = predictions_of("none.csv")
    assert table.num_rows == 0
    assert table.schema == predictions_of("test.csv").schema


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--keep", "nothing"], "column 'nothing' is missing"),
        (["-o", "absent/p.csv"], "cannot be written"),
    ],
)
def test_predict_refuses_what_it_cannot_do(model, capfd, arguments, message):
    assert cli.run(["predict", "m.softargmax", "test.csv", *arguments]) == 1
    assert message in capfd.readouterr().err


def test_an_error_in_a_late_row_leaves_the_old_predictions(model, folder, capfd, monkeypatch, leftovers):
    monkeypatch.setattr(delimited, "BLOCK", 256)
    (folder / "p.csv").write_text("old")
    text = (folder / "test.csv").read_text().splitlines()
    text[50] = '"r49","oops",1,"red","cat"'
    (folder / "bad.csv").write_text("\n".join(text))
    assert cli.run(["predict", "m.softargmax", "bad.csv", "-o", "p.csv"]) == 1
    assert "column 'size', row 50: expected a number, got 'oops'" in capfd.readouterr().err
    assert (folder / "p.csv").read_text() == "old"
    assert leftovers(folder) == []


def test_a_renamed_column_is_named_with_the_nearest(model, folder, capfd):
    (folder / "t.csv").write_text("Size,weight,color\n1,2,red\n")
    assert cli.run(["predict", "m.softargmax", "t.csv"]) == 1
    assert "column 'size' is missing" in (err := capfd.readouterr().err)
    assert "did you mean 'Size'?" in err


def test_unknown_levels_are_said_on_standard_error(model, folder, capfd):
    (folder / "t.csv").write_text("id,size,weight,color\n1,1,2,pink\n")
    assert cli.run(["predict", "m.softargmax", "t.csv"]) == 0
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == 2
    assert "! column 'color': 1 of 1 value was not seen at fit ('pink') and counts as none of the known ones" in err


def test_columns_unlike_those_at_fit_are_named_once_and_in_json(model, folder, make_rows, capfd):
    rows = make_rows(60, 1).to_pydict()
    rows["size"][:30], rows["weight"][4] = [None] * 30, 4000.0
    pa.csv.write_csv(pa.table(rows), "odd.csv")
    assert cli.run(["predict", "m.softargmax", "odd.csv", "-o", "p.csv", "--json"]) == 0
    out, err = capfd.readouterr()
    found = json.loads(out)
    assert [note["code"] for note in found["drift"]["notes"]] == ["drift-missing", "drift-range"]
    assert found["drift"]["columns"]["size"] == {"missing": 30, "unknown": 0, "outside": 0}
    assert found["n_rows"] == 60
    for note in found["drift"]["notes"]:
        assert err.count(f"! {note['text']}\n") == 1
    assert "the farthest is 4000, in row 5 of odd.csv" in err
    assert cli.run(["predict", "m.softargmax", "test.csv", "-o", "p.csv"]) == 0
    assert "!" not in capfd.readouterr().err


def test_json_and_predictions_do_not_mix(model, capfd):
    assert cli.run(["predict", "m.softargmax", "test.csv", "--json"]) == 2
    assert "--json: expected a file for the predictions too" in capfd.readouterr().err


def test_a_closed_pipe_is_no_error(model, folder, make_rows):
    pa.csv.write_csv(make_rows(50_000, 1), "big.csv")
    command = f"{shlex.quote(sys.executable)} -m softargmax predict m.softargmax big.csv | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith('"predicted_kind"')
    assert done.stderr == ""


def peak_memory(table):
    code = (
        "import resource; from softargmax import cli; "
        f"status = cli.run(['predict', 'm.softargmax', {table!r}, '-o', 'p.csv']); "
        "print(status, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True)
    status, kilobytes = done.stdout.split()
    assert status == "0"
    return int(kilobytes) / 1024


def test_predict_streams_in_bounded_memory(model, make_rows):
    """A table twenty times as long needs no more memory, but for 40 MB of noise; held whole it would need 130."""
    rows = make_rows(20_000, 1).append_column("note", pa.array(["x" * 60] * 20_000))
    pa.csv.write_csv(rows, "short.csv")
    pa.csv.write_csv(pa.concat_tables([rows] * 20), "long.csv")
    assert os.path.getsize("long.csv") > 40e6
    peak = peak_memory("long.csv")
    with open("p.csv") as predictions:
        assert sum(1 for _ in predictions) == 1 + 20 * 20_000
    assert peak < peak_memory("short.csv") + 40


def test_predictions_never_overwrite_what_they_are_made_from(model, folder, capfd):
    before = (folder / "test.csv").read_bytes()
    assert cli.run(["predict", "m.softargmax", "test.csv", "-o", "./test.csv"]) == 2
    assert "this file is also read" in capfd.readouterr().err
    assert (folder / "test.csv").read_bytes() == before
    assert cli.run(["predict", "m.softargmax", "test.csv", "-o", "p.txt"]) == 2
    assert "ends in .csv, .csv.gz or .parquet" in capfd.readouterr().err


def test_a_parquet_output_that_fails_midway_leaves_nothing_and_says_one_thing(model, folder, process, leftovers):
    (folder / "bad.csv").write_text("size,weight,color\noops,1,red\n")
    done = process("predict", "m.softargmax", "test.csv", "bad.csv", "-o", "p.parquet")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "bad.csv: column 'size', row 1" in done.stderr
    assert leftovers(folder) == []


def test_being_ended_leaves_nothing_half_written(model, folder, make_rows, leftovers):
    pa.csv.write_csv(pa.concat_tables([make_rows(20_000, 1)] * 40), "big.csv")
    command = [sys.executable, "-m", "softargmax", "predict", "m.softargmax", "big.csv", "-o", "p.csv"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        while running.poll() is None and not leftovers(folder):
            time.sleep(0.01)
        assert running.poll() is None, running.communicate()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=60) == 128 + signal.SIGTERM
    finally:
        running.kill()
        running.wait()
        running.stderr.close()
    assert leftovers(folder) == []
    assert not (folder / "p.csv").exists()


def test_a_headerless_table_without_its_target_can_be_predicted(folder, capfd):
    rows = [f"{i % 7},{'yes' if i % 7 > 3 else 'no'},{i % 2}" for i in range(200)]
    (folder / "t.csv").write_text("\n".join(rows))
    assert cli.run(["fit", "t.csv", "--no-header", "--target", "2", "--model", "regression", "-o", "m.softargmax"]) == 0
    assert cli.run(["predict", "m.softargmax", "t.csv", "-o", "with.csv"]) == 0
    (folder / "u.csv").write_text("\n".join(f"{row.split(',')[0]},{row.split(',')[2]}" for row in rows))
    assert cli.run(["predict", "m.softargmax", "u.csv", "-o", "without.csv"]) == 0
    assert (folder / "with.csv").read_bytes() == (folder / "without.csv").read_bytes()


def test_lists_cannot_be_kept_in_csv(model, folder, capfd, make_rows):
    table = make_rows(3).append_column("deep", pa.array([[1], [2], [3]]))
    pa.parquet.write_table(table, "deep.parquet")
    assert cli.run(["predict", "m.softargmax", "deep.parquet", "--keep", "deep", "-o", "p.csv"]) == 1
    assert "cannot be written in this format" in capfd.readouterr().err


def test_progress_counts_the_rows_that_are_predicted(model, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK", 1024)
    told = []
    sm.TableModel.load(model).predict_file(["test.csv"], "p.csv", progress=told.append)
    assert len(told) > 1
    assert told[-1] == Progress("predicting", 60, 60, "rows")


def test_the_old_word_for_progress_is_refused_by_name(model):
    with pytest.raises(sm.exceptions.RenamedError, match="on_rows= is now progress"):
        sm.TableModel.load(model).predict_file(["test.csv"], "p.csv", on_rows=print)


def test_predict_starts_without_what_only_a_fit_or_another_kind_of_file_needs(model):
    code = (
        "import sys; from softargmax import cli; assert cli.run(['predict', 'm.softargmax', 'test.csv', '-o', 'p.csv']) == 0; "
        "print({'sklearn', 'scipy', 'threadpoolctl', 'python_calamine', 'matplotlib'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "set()"
