"""The command line, run as users run it: in a process of its own, or in ours where that is the same."""

import json
import os
import resource
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
from softargmax.tables import reading

FIT = ["--target", "kind", "--max-epochs", "3", "--hidden", "8"]


def make_rows(n, seed=0):
    rng = np.random.default_rng(seed)
    size, weight = rng.normal(size=n), rng.normal(size=n)
    kinds = np.array(["cat", "dog", "owl"])[np.clip(np.round(size + weight + 1), 0, 2).astype(int)]
    colors = rng.choice(["red", "green", ""], size=n)
    return pa.table({"id": [f"r{i}" for i in range(n)], "size": size, "weight": weight, "color": colors, "kind": kinds})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a table, as the current one."""
    monkeypatch.chdir(tmp_path)
    pa.csv.write_csv(make_rows(300), "train.csv")
    pa.csv.write_csv(make_rows(60, 1), "test.csv")
    pa.parquet.write_table(make_rows(60, 1), "test.parquet")
    return tmp_path


@pytest.fixture
def model(folder):
    assert cli.run(["fit", "train.csv", *FIT, "-o", "m.softargmax"]) == 0
    return folder / "m.softargmax"


def process(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "softargmax", *arguments], capture_output=True, text=True, timeout=120, **options
    )


def leftovers(folder):
    return [name for name in os.listdir(folder) if name.endswith(".partial")]


def test_the_main_job(folder, capfd):
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


def test_inspect_shows_what_fit_showed(model, capfd):
    capfd.readouterr()
    cli.run(["fit", "train.csv", *FIT, "-o", "again.softargmax"])
    fitted = capfd.readouterr().out
    assert cli.run(["inspect", "again.softargmax"]) == 0
    assert capfd.readouterr().out == fitted
    assert cli.run(["inspect", "again.softargmax", "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["classes"] == ["cat", "dog", "owl"]
    assert shown["rows"] == {"training": 240, "calibration": 30, "score": 30}


def test_the_same_seed_gives_the_same_file(model, folder):
    cli.run(["fit", "train.csv", *FIT, "-o", "again.softargmax"])
    assert (folder / "again.softargmax").read_bytes() == model.read_bytes()


def predictions_of(*tables, options=()):
    assert cli.run(["predict", "m.softargmax", *tables, "-o", "p.parquet", *options]) == 0
    return pa.parquet.read_table("p.parquet")


def test_every_form_of_a_table_gives_the_same_predictions(model, folder):
    expected = predictions_of("test.csv")
    assert predictions_of("test.parquet") == expected
    subprocess.run("gzip -k test.csv", shell=True, check=True)
    assert predictions_of("test.csv.gz") == expected
    (folder / "parts").mkdir()
    pa.parquet.write_table(make_rows(60, 1).slice(0, 20), "parts/1.parquet")
    pa.csv.write_csv(make_rows(60, 1).slice(20).select(["kind", "weight", "color", "size"]), "parts/2.csv")
    assert predictions_of("parts") == expected
    pa.csv.write_csv(make_rows(60, 1).drop_columns(["kind"]), "unlabelled.csv")
    assert predictions_of("unlabelled.csv") == expected
    with open("test.csv") as stdin:
        done = process("predict", "m.softargmax", "-", stdin=stdin)
    assert done.stdout.splitlines()[0] == '"label","probability_cat","probability_dog","probability_owl"'
    assert len(done.stdout.splitlines()) == 61


def test_a_row_alone_gets_the_probabilities_it_has_in_the_table(model):
    together = predictions_of("test.csv").to_pylist()
    for i in (0, 7, 59):
        pa.csv.write_csv(make_rows(60, 1).slice(i, 1), "one.csv")
        (alone,) = predictions_of("one.csv").to_pylist()
        assert alone["label"] == together[i]["label"]
        for name in ("probability_cat", "probability_dog", "probability_owl"):
            assert alone[name] == pytest.approx(together[i][name], rel=1e-13)


def test_probabilities_are_those_of_the_parts(model):
    classifier = sm.TableClassifier.load(model)
    (batch,) = classifier.read(["test.csv"])
    features = classifier.schema.features(batch)
    expected = classifier.fitted.calibration.predict_proba(classifier.fitted.network.logits(features))
    np.testing.assert_allclose(classifier.predict_proba(features), expected, rtol=1e-12)
    np.testing.assert_allclose(predictions_of("test.csv")["probability_dog"], expected[:, 1], rtol=1e-12)


@pytest.mark.parametrize("name", ["p.csv", "p.csv.gz", "p.parquet"])
def test_predictions_in_every_format(model, name):
    assert cli.run(["predict", "m.softargmax", "test.csv", "-o", name, "--keep", "color"]) == 0
    table = pa.parquet.read_table(name) if name.endswith("parquet") else pa.csv.read_csv(name)
    assert table.num_rows == 60
    assert table.column_names[0] == "color"


def test_no_rows_give_an_empty_table_of_the_right_columns(model, folder):
    (folder / "none.csv").write_text("size,weight,color\n")
    table = predictions_of("none.csv")
    assert table.num_rows == 0
    assert table.schema == predictions_of("test.csv").schema


def test_regression_balanced_and_other_options(folder, capfd):
    options = ["--model", "regression", "--balanced", "--drop", "weight", "--kind", "color=text", "--seed", "3"]
    assert cli.run(["fit", "train.csv", "--target", "kind", "-o", "m.softargmax", *options, "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["model"] == "regression"
    assert shown["layer_sizes"] == [4, 3]
    assert shown["dropped"]["weight"] == "left out as asked"
    assert shown["dropped"]["id"].startswith("an identifier")
    assert shown["columns"]["color"].startswith("text")


def test_two_classes_and_no_header(folder, capfd):
    rows = "".join(f"{i % 7},{i % 2}, {'yes' if i % 7 > 3 else 'no'}\n" for i in range(200))
    (folder / "t.csv").write_text(rows)
    assert cli.run(["fit", "t.csv", "--no-header", "--target=-1", "-o", "m.softargmax"]) == 0
    assert "→ sigmoid" in capfd.readouterr().out
    assert cli.run(["evaluate", "m.softargmax", "t.csv", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["after"]["accuracy"]["value"] > 0.95
    (folder / "junk.csv").write_text("|junk\n" + rows)
    assert cli.run(["evaluate", "m.softargmax", "junk.csv"]) == 1
    assert "line 1 has 1 values where 3 are expected: '|junk'" in capfd.readouterr().err
    (folder / "dotted.csv").write_text(rows.replace("yes", "yes."))
    assert cli.run(["evaluate", "m.softargmax", "dotted.csv"]) == 1
    assert "did you mean 'yes'?" in capfd.readouterr().err


def test_rare_classes_are_named(folder, capfd):
    rows = "x,y\n" + "".join(f"{i},{'a' if i % 2 else 'b'}\n" for i in range(200)) + "1,rare\n2,rare\n"
    (folder / "t.csv").write_text(rows)
    assert cli.run(["fit", "t.csv", "--target", "y", "--max-epochs", "2", "-o", "m.softargmax"]) == 0
    assert "too few to say how well they are told apart ('rare')" in " ".join(capfd.readouterr().out.split())


def test_two_rows_are_fitted_and_nothing_is_claimed(folder, capfd):
    (folder / "t.csv").write_text("x,y\n1,a\n2,b\n")
    assert cli.run(["fit", "t.csv", "--target", "y", "--max-epochs", "2", "-o", "m.softargmax"]) == 0
    out = capfd.readouterr().out
    assert "0 rows are too few to calibrate on" in out
    assert "not determined by the data" in out
    assert "nothing is known about how good the model is" in out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty file"),
        ("x,y\n", "column names only"),
        ("x,y\n1,a\n", "got one"),
        ("x,y\n1,a\n2,a\n", "only 'a'"),
        ("x,z\n1,a\n2,b\n", "no target column 'y'"),
        ("x,y\n1,a\n2,\n3,b\n", "labels are missing, first in row 2"),
        ("x,y\nk,a\nk,b\n", "no column is left"),
        ("x,y\n1,a\ninf,b\n3,a\n", "row 2: expected a finite number, got 'inf'"),
    ],
)
def test_bad_tables_are_one_clear_error_and_keep_the_old_model(folder, capfd, text, message):
    (folder / "t.csv").write_text(text)
    (folder / "m.softargmax").write_bytes(b"the old model")
    assert cli.run(["fit", "t.csv", "--target", "y", "-o", "m.softargmax"]) == 1
    out, err = capfd.readouterr()
    assert message in err
    assert err.startswith("softargmax: t.csv: ")
    assert "Traceback" not in err
    assert out == ""
    assert (folder / "m.softargmax").read_bytes() == b"the old model"
    assert leftovers(folder) == []


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["fit"], 2, "target"),
        (["fit", "--target", "kind", "-o", "m"], 2, "at least one table"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--hidden", "a"], 2, "--hidden"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--hidden", "0"], 2, "hidden"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--kind", "color"], 2, "COLUMN=KIND"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--score-fraction", "0.7"], 2, "score fraction"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--max-epochs", "x"], 2, "max-epochs"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--delimiter", "ab"], 2, "one character"),
        (["fit", "train.csv", "--target", "kind", "-o", "none/m"], 1, "there is no folder"),
        (["fit", "train.csv", "--target", "kind", "-o", "."], 1, "got a folder"),
        (["fit", "absent.csv", "--target", "kind", "-o", "m"], 1, "no such file"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--bogus", "3"], 2, "unknown option --bogus"),
        (["nonsense"], 2, "nonsense"),
        (["predict", "absent", "test.csv"], 1, "no such model file"),
        (["predict", "test.csv", "test.csv"], 1, "truncated or foreign"),
        (["inspect", "test.parquet"], 1, "truncated or foreign"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--hidden", ",8"], 2, "--hidden"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--seed", "-1"], 2, "seed"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--max-epochs", "0"], 2, "max epochs"),
        (["fit", "train.csv", "--target", "kind", "-o", "train.csv"], 2, "this file is also read"),
        (["predict", "train.csv", "test.csv", "-o", "train.csv"], 2, "this file is also read"),
        (["predict"], 2, "MODEL"),
        (["inspect", "."], 1, "got a folder"),
        (["softmax", "a"], 2, "a"),
        (["softmax", "1", "--temperature", "-1"], 2, "temperature"),
    ],
)
def test_wrong_usage_is_2_and_wrong_data_is_1(folder, capfd, arguments, status, message):
    assert cli.run(arguments) == status
    out, err = capfd.readouterr()
    assert message in err
    assert "Traceback" not in err
    assert out == ""
    assert leftovers(folder) == []


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


def test_an_error_in_a_late_row_leaves_the_old_predictions(model, folder, capfd, monkeypatch):
    monkeypatch.setattr(reading, "CSV_BLOCK", 256)
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
    assert "column 'color': 1 values were not seen at fit" in err


def test_debug_shows_where(folder, capfd):
    assert cli.run(["fit", "absent.csv", "--target", "y", "-o", "m", "--debug"]) == 1
    assert "Traceback" in capfd.readouterr().err


def test_a_bug_of_ours_is_said_to_be_one(folder, capfd, monkeypatch):
    monkeypatch.setattr(sm.TableClassifier, "load", lambda _: 1 / 0)
    assert cli.run(["inspect", "m"]) == 1
    assert "unexpected ZeroDivisionError" in capfd.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_a_read_only_folder_is_refused_before_the_fit(folder, capfd, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # the superuser may write anywhere
    assert cli.run(["fit", "train.csv", *FIT, "-o", "m.softargmax"]) == 1
    assert "cannot be written to" in capfd.readouterr().err


@pytest.mark.parametrize("what", ["model", "predictions"])
def test_a_full_disk_leaves_nothing_half_written(model, folder, what):
    before = model.read_bytes()
    # Writing beyond this size fails as a full disk does.
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); "
    arguments = {
        "model": ["fit", "train.csv", *FIT, "-o", "m.softargmax"],
        "predictions": ["predict", "m.softargmax", "test.csv", "-o", "p.csv"],
    }[what]
    code = f"{limit} from softargmax import cli; raise SystemExit(cli.run({arguments!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert model.read_bytes() == before
    assert not (folder / "p.csv").exists()
    assert leftovers(folder) == []


def test_ctrl_c_during_fit_is_130_and_leaves_nothing(folder):
    command = [sys.executable, "-m", "softargmax", "fit", "train.csv", "--target", "kind", "-o", "m.softargmax"]
    command += ["--max-epochs", "1000000", "--calibration-fraction", "0"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    time.sleep(6)
    assert running.poll() is None
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert err.startswith("softargmax: interrupted")
    assert err.count("\n") == 1
    assert out == ""
    assert not (folder / "m.softargmax").exists()
    assert leftovers(folder) == []


def test_a_closed_pipe_is_no_error(model, folder):
    pa.csv.write_csv(make_rows(50_000, 1), "big.csv")
    command = f"{sys.executable} -m softargmax predict m.softargmax big.csv | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith('"label"')
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


def test_predict_streams_in_bounded_memory(model):
    """A table twenty times as long needs no more memory, but for 40 MB of noise; held whole it would need 130."""
    rows = make_rows(20_000, 1).append_column("note", pa.array(["x" * 60] * 20_000))
    pa.csv.write_csv(rows, "short.csv")
    pa.csv.write_csv(pa.concat_tables([rows] * 20), "long.csv")
    assert os.path.getsize("long.csv") > 40e6
    assert peak_memory("long.csv") < peak_memory("short.csv") + 40
    assert resource.getpagesize() > 0


def test_softmax_for_the_curious(capfd):
    assert cli.run(["softmax", "1", "3", "2"]) == 0
    assert capfd.readouterr().out == "0.09003057317038046 0.6652409557748219 0.24472847105479767\n"
    assert cli.run(["softmax", "-1", "-3", "--temperature", "0", "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == [1.0, 0.0]
    done = process("softmax", input="1 3 2\n\n1000,3000,2000\n")
    assert done.stdout.splitlines()[1] == "0.0 1.0 0.0"
    bad = process("softmax", input="1 x\n")
    assert bad.returncode == 1
    assert "line 1: expected numbers, got '1 x'" in bad.stderr


def test_help_and_version_go_to_standard_output(capfd):
    for arguments in (["--help"], ["fit", "--help"], []):
        assert cli.run(arguments) == 0
        out, err = capfd.readouterr()
        assert "softargmax" in out
        assert err == ""
    assert cli.run(["--version"]) == 0
    assert capfd.readouterr().out.strip() == sm.__version__


def test_inspect_starts_in_well_under_a_second(model):
    begin = time.perf_counter()
    assert process("inspect", "m.softargmax").returncode == 0
    assert time.perf_counter() - begin < 5  # generous: a loaded machine; scikit-learn alone would take longer


def test_the_command_without_its_libraries_says_what_to_install(tmp_path):
    code = "import sys; sys.modules['cyclopts'] = None; from softargmax.__main__ import main; raise SystemExit(main())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert 'pip install "softargmax[cli]"' in done.stderr


def test_predictions_never_overwrite_what_they_are_made_from(model, folder, capfd):
    before = (folder / "test.csv").read_bytes()
    assert cli.run(["predict", "m.softargmax", "test.csv", "-o", "./test.csv"]) == 2
    assert "this file is also read" in capfd.readouterr().err
    assert (folder / "test.csv").read_bytes() == before
    assert cli.run(["predict", "m.softargmax", "test.csv", "-o", "p.txt"]) == 2
    assert "ends in .csv, .csv.gz or .parquet" in capfd.readouterr().err


def test_a_device_is_written_through_and_stays_a_device(folder):
    done = process("fit", "train.csv", *FIT, "-o", "/dev/full")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert not os.path.isfile("/dev/full")


@pytest.mark.parametrize(
    "arguments", [["inspect", "m.softargmax"], ["predict", "m.softargmax", "test.csv"], ["softmax", "1"]]
)
def test_a_full_or_closed_standard_output_is_no_bug(model, arguments):
    command = f"{sys.executable} -m softargmax {' '.join(arguments)}"
    full = subprocess.run(f"{command} > /dev/full", shell=True, capture_output=True, text=True)
    assert full.returncode == 1
    assert "No space left on device" in full.stderr
    closed = subprocess.run(f"{command} >&-", shell=True, capture_output=True, text=True)
    assert closed.returncode == 1
    assert "standard output" in closed.stderr
    for done in (full, closed):
        assert "bug" not in done.stderr
        assert "Traceback" not in done.stderr


def test_help_into_a_closed_pipe_is_quiet(folder):
    command = f"({sys.executable} -m softargmax --help; echo status $? >&2) | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stderr == "status 0\n"


def test_a_parquet_output_that_fails_midway_leaves_nothing_and_says_one_thing(model, folder):
    (folder / "bad.csv").write_text("size,weight,color\noops,1,red\n")
    done = process("predict", "m.softargmax", "test.csv", "bad.csv", "-o", "p.parquet")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "bad.csv: column 'size', row 1" in done.stderr
    assert leftovers(folder) == []


def test_being_ended_leaves_nothing_half_written(model, folder):
    pa.csv.write_csv(pa.concat_tables([make_rows(20_000, 1)] * 40), "big.csv")
    command = [sys.executable, "-m", "softargmax", "predict", "m.softargmax", "big.csv", "-o", "p.csv"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while running.poll() is None and not leftovers(folder):
        time.sleep(0.01)
    assert running.poll() is None, running.communicate()
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=60) == 128 + signal.SIGTERM
    running.stderr.close()
    assert leftovers(folder) == []
    assert not (folder / "p.csv").exists()


def test_a_headerless_table_without_its_target_can_be_predicted(folder, capfd):
    rows = [f"{i % 7},{'yes' if i % 7 > 3 else 'no'},{i % 2}" for i in range(200)]
    (folder / "t.csv").write_text("\n".join(rows))
    assert cli.run(["fit", "t.csv", "--no-header", "--target", "2", "--max-epochs", "2", "-o", "m.softargmax"]) == 0
    assert cli.run(["predict", "m.softargmax", "t.csv", "-o", "with.csv"]) == 0
    (folder / "u.csv").write_text("\n".join(f"{row.split(',')[0]},{row.split(',')[2]}" for row in rows))
    assert cli.run(["predict", "m.softargmax", "u.csv", "-o", "without.csv"]) == 0
    assert (folder / "with.csv").read_bytes() == (folder / "without.csv").read_bytes()


def test_the_demo_refuses_a_folder_that_is_a_file(folder, capfd):
    assert cli.run(["demo", "--folder", "train.csv"]) == 1
    assert "train.csv" in (err := capfd.readouterr().err)
    assert "bug" not in err


def test_lists_cannot_be_kept_in_csv(model, folder, capfd):
    table = make_rows(3).append_column("deep", pa.array([[1], [2], [3]]))
    pa.parquet.write_table(table, "deep.parquet")
    assert cli.run(["predict", "m.softargmax", "deep.parquet", "--keep", "deep", "-o", "p.csv"]) == 1
    assert "cannot be written in this format" in capfd.readouterr().err
