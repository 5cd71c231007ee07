"""`softargmax fit`."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time

import pytest

import softargmax as sm
from softargmax import cli
from softargmax._progress import Progress
from softargmax.pipeline import FitOptions

FIT = ["--target", "kind", "--model", "mlp", "--max-epochs", "3", "--hidden", "8"]


def test_the_same_seed_gives_the_same_file(model, folder):
    cli.run(["fit", "train.csv", *FIT, "-o", "again.softargmax"])
    assert (folder / "again.softargmax").read_bytes() == model.read_bytes()


def test_regression_balanced_and_other_options(folder, capfd):
    options = ["--model", "regression", "--balanced", "--drop", "weight", "--kind", "color=text", "--seed", "3"]
    assert cli.run(["fit", "train.csv", "--target", "kind", "-o", "m.softargmax", *options, "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["model"] == "regression"
    assert shown["members"] == [{"kind": "network", "layer_sizes": [4, 3], "weight": 1.0}]
    assert shown["dropped"]["weight"] == "left out as asked"
    assert shown["dropped"]["id"].startswith("an identifier")
    assert shown["columns"]["color"].startswith("text")


def test_the_target_tells_that_a_first_line_is_a_header(folder):
    rows = "".join(f"a{i % 2},b{i % 3},c{i % 2}\n" for i in range(40))  # values of the same shape as the names
    (folder / "t.csv").write_text("V1,V2,V3\n" + rows)
    assert cli.run(["fit", "t.csv", "--target", "V3", "--model", "regression", "-o", "m.softargmax"]) == 0
    assert sm.load("m.softargmax").schema.names == ("V1", "V2", "V3")


def test_rare_classes_are_named(folder, capfd):
    rows = "x,y\n" + "".join(f"{i},{'a' if i % 2 else 'b'}\n" for i in range(200)) + "1,rare\n2,rare\n"
    (folder / "t.csv").write_text(rows)
    assert cli.run(["fit", "t.csv", "--target", "y", "--model", "mlp", "--max-epochs", "2", "-o", "m.softargmax"]) == 0
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
        ("x,y\n1,\n2,\n3, \n", "expected labels, but all are missing, from row 1 on"),
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


# A process started in the background inherits that Ctrl-C is ignored; this one is as a user starts it.
AS_IN_THE_FOREGROUND = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[:1] = ["softargmax"]
runpy.run_module("softargmax", run_name="__main__")
"""


def read_until(terminal, words, seconds=120):
    """Give what a terminal shows, up to some words or to its end."""
    shown, end = b"", time.monotonic() + seconds
    while words is None or words not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, shown
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # Linux says so when nobody has it open any more
            part = b""
        if not part:
            assert words is None, shown
            return shown.decode()
        shown += part
    return shown.decode()


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal of its own")
def test_ctrl_c_during_fit_is_130_and_leaves_nothing(folder, leftovers):
    command = [sys.executable, "-c", AS_IN_THE_FOREGROUND, "fit", "train.csv", "--target", "kind", "-o", "m.softargmax"]
    command += ["--model", "mlp", "--max-epochs", "1000000", "--calibration-fraction", "0"]
    terminal, theirs = os.openpty()  # on which progress is shown
    running = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, env=os.environ | {"TERM": "xterm"}
    )
    try:
        os.close(theirs)
        assert "training" in read_until(terminal, b"/1,000,000 epochs")
        running.send_signal(signal.SIGINT)
        err = read_until(terminal, None)
        assert running.wait(timeout=60) == 130
        assert "softargmax: interrupted" in err.splitlines()[-1]
        assert "Traceback" not in err
        assert running.stdout.read() == b""
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
        os.close(terminal)
    assert not (folder / "m.softargmax").exists()
    assert leftovers(folder) == []


def test_a_device_is_written_through_and_stays_a_device(folder, process):
    done = process("fit", "train.csv", *FIT, "-o", "/dev/full")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert not os.path.isfile("/dev/full")


def test_progress_is_told_of_reading_and_training(folder):
    told = []
    options = {"model": "mlp", "hidden_layer_sizes": (4,), "max_epochs": 3}
    sm.TableClassifier(**options).fit("train.csv", target="kind", progress=told.append)
    assert told[0] == Progress("reading", 300, 300, "rows")
    last = told[-1]  # with the losses it has come to
    assert Progress(last.stage, last.done, last.total, last.unit) == Progress(
        "training, all rows", last.done, last.done, "epochs"
    )


def test_a_terminal_sees_a_bar(folder, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
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
        sm.TableClassifier(**options).fit("train.csv", target="kind")
    assert caught.value.parameter == parameter


def test_an_ensemble_says_its_members_and_weights_in_words_and_for_programs(folder, capfd):
    fit = ["fit", "train.csv", "--target", "kind", "-o", "m.softargmax", "--model", "ensemble", "--max-epochs", "5"]
    assert cli.run([*fit, "--time-limit", "60", "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["model"] == "ensemble"
    assert all(member["weight"] > 0.0 for member in shown["members"])
    assert shown["choice"].startswith("Taken: ")
    assert cli.run(["inspect", "m.softargmax"]) == 0
    printed = " ".join(capfd.readouterr().out.split())
    assert "why Taken: " in printed
    if len(shown["members"]) > 1:
        assert "times the log-probabilities of a" in printed


def test_one_epoch_and_one_column_are_spoken_of_in_the_singular(folder, capsys):
    (folder / "t.csv").write_text("x,kind\n" + "".join(f"{row % 7 / 2},{'ab'[row % 2]}\n" for row in range(60)))
    one = ("t.csv", "--target", "kind", "--model", "mlp", "--max-epochs", "1", "--hidden", "4")
    assert cli.run(["fit", *one, "-o", "m.softargmax"]) == 0
    out = capsys.readouterr().out
    assert ", 1 epoch\n" in out
    assert "1 from 1 column\n" in out
    assert cli.run(["fit", *one, "--dry-run"]) == 0
    assert "1 epoch at most" in capsys.readouterr().out


def test_the_columns_that_are_needed_most_are_listed_and_json_has_all(folder, capfd):
    rows = [f"{i},{i % 5},{i % 3},{i % 7},{i % 11},{i % 13},{'yes' if i % 7 > 3 else 'no'}" for i in range(300)]
    (folder / "t.csv").write_text("n,a,b,c,d,e,y\n" + "\n".join(rows) + "\n")
    fit = ["fit", "t.csv", "--target", "y", "--model", "regression", "--kind", "n=number", "-o", "m.softargmax"]
    assert cli.run(fit) == 0
    words = capfd.readouterr().out
    assert "By how much the log loss grows if a column is shuffled, on 30 rows:\nc " in words
    assert "± one standard error" in words
    assert "and 1 more" in words
    assert cli.run([*fit, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)["importance"]
    assert sorted(one["column"] for one in found["columns"]) == ["a", "b", "c", "d", "e", "n"]
    assert found["columns"][0]["column"] == "c"


def test_scores_stand_beside_what_is_reached_without_a_look_and_what_became_of_what_was_said(folder, capfd):
    rows = [f"{i % 7},{'yes' if i * 7919 % 100 < (5, 10, 20, 30, 50, 70, 90)[i % 7] else '<no>'}" for i in range(2000)]
    (folder / "t.csv").write_text("x,y\n" + "\n".join(rows) + "\n")
    fit = ["fit", "t.csv", "--target", "y", "--model", "regression", "-o", "m.softargmax"]
    assert cli.run(fit) == 0
    words = capfd.readouterr().out
    assert "always '<no>'" in words
    assert "AUC" in words
    assert "Of those told so much, how many were:" in words
    assert "were 'yes'" in words
    assert cli.run([*fit, "--json"]) == 0
    after = json.loads(capfd.readouterr().out)["after"]
    assert after["auc"]["value"] > 0.7
    assert after["baseline"]["accuracy"] > 0.5
    assert sum(share["rows"] for share in after["told"]) == after["accuracy"]["n"]
