"""`softargmax fit`."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

import softargmax as sm
from softargmax import cli
from softargmax._progress import Progress
from softargmax.pipeline import FitOptions

FIT = ["--target", "kind", "--max-epochs", "3", "--hidden", "8"]


def test_the_same_seed_gives_the_same_file(model, folder):
    cli.run(["fit", "train.csv", *FIT, "-o", "again.softargmax"])
    assert (folder / "again.softargmax").read_bytes() == model.read_bytes()


def test_regression_balanced_and_other_options(folder, capfd):
    options = ["--model", "regression", "--balanced", "--drop", "weight", "--kind", "color=text", "--seed", "3"]
    assert cli.run(["fit", "train.csv", "--target", "kind", "-o", "m.softargmax", *options, "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["model"] == "regression"
    assert shown["layer_sizes"] == [4, 3]
    assert shown["dropped"]["weight"] == "left out as asked"
    assert shown["dropped"]["id"].startswith("an identifier")
    assert shown["columns"]["color"].startswith("text")


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
def test_bad_tables_are_one_clear_error_and_keep_the_old_model(folder, capfd, text, message, leftovers):
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


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_a_read_only_folder_is_refused_before_the_fit(folder, capfd, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # the superuser may write anywhere
    assert cli.run(["fit", "train.csv", *FIT, "-o", "m.softargmax"]) == 1
    assert "cannot be written to" in capfd.readouterr().err


def test_ctrl_c_during_fit_is_130_and_leaves_nothing(folder, leftovers):
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


def test_a_device_is_written_through_and_stays_a_device(folder, process):
    done = process("fit", "train.csv", *FIT, "-o", "/dev/full")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert not os.path.isfile("/dev/full")


def test_progress_is_told_of_reading_and_training(folder):
    told = []
    options = FitOptions(hidden_layer_sizes=(4,), max_epochs=3)
    sm.TableClassifier.fit(["train.csv"], target="kind", options=options, progress=told.append)
    assert told[0] == Progress("reading", 300, None, "rows")
    last = told[-1]  # with the losses it has come to
    assert Progress(last.stage, last.done, last.total, last.unit) == Progress("training", 3, 3, "epochs")


def test_a_terminal_sees_a_bar(folder, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert cli.run(["fit", "train.csv", *FIT, "-o", "m.softargmax"]) == 0
    assert re.search(r"3/3 epochs  loss \d\.\d{4}", capsys.readouterr().err)


def test_the_old_word_for_the_random_state_is_refused_by_name():
    with pytest.raises(sm.exceptions.RenamedError, match="seed= is now random_state="):
        FitOptions(seed=1)


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"max_epochs": 0}, "max_epochs"),
        ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes"),
        ({"score_fraction": 0.5}, "score_fraction"),
        ({"random_state": -1}, "random_state"),
    ],
)
def test_an_option_out_of_its_range_is_named(options, parameter):
    with pytest.raises(sm.exceptions.ArgumentError, match=f"^{parameter}: expected") as caught:
        FitOptions(**options)
    assert caught.value.parameter == parameter


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"drop": ("nothing",)}, "drop"),
        ({"kinds": {"nothing": "text"}}, "kinds"),
        ({"kinds": {"size": "colour"}}, "kinds"),
    ],
)
def test_a_column_that_cannot_be_treated_so_is_a_parameter_at_fault(folder, options, parameter):
    with pytest.raises(sm.exceptions.SoftargmaxError) as caught:
        sm.TableClassifier.fit(["train.csv"], target="kind", options=FitOptions(**options))
    assert caught.value.parameter == parameter
