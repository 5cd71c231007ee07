"""What a terminal sees and a pipe does not: colours, bars, and the time that is left."""

import os
import subprocess
import sys
import threading

import pytest

import softargmax as sm
from softargmax import cli
from softargmax._progress import Progress
from softargmax.tables.opening import open_table

pty = pytest.importorskip("pty")  # there are none on Windows

NO_WORDS = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


@pytest.fixture
def seen():
    """Run a command with one stream on a terminal, and give what came out of it and of the other stream, a pipe."""

    def seen(*arguments, on="stdout", **env):
        ours, theirs = pty.openpty()
        kept = {name: value for name, value in os.environ.items() if name not in NO_WORDS}
        other = "stderr" if on == "stdout" else "stdout"
        streams = {on: theirs, other: subprocess.PIPE}
        command = [sys.executable, "-m", "softargmax", *arguments]
        process = subprocess.Popen(command, env={**kept, "TERM": "xterm-256color", **env}, **streams)
        os.close(theirs)
        parts = []
        reader = threading.Thread(target=_read, args=(ours, parts))
        reader.start()
        piped = getattr(process, other).read()
        reader.join()
        assert process.wait() in (0, 3), piped
        os.close(ours)
        getattr(process, other).close()
        return b"".join(parts).decode(), piped.decode()

    return seen


def _read(descriptor, parts):
    try:
        while part := os.read(descriptor, 65536):
            parts.append(part)
    except OSError:  # the last process that had the terminal is gone
        pass


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
    ids=str,
)
def test_a_terminal_has_colours_unless_somebody_wants_none(folder, seen, env, coloured):
    out, _ = seen("look", "test.csv", **env)
    assert ("\x1b[" in out) == coloured
    assert "60 rows" in out


@pytest.mark.parametrize(("env", "coloured"), [({}, False), ({"FORCE_COLOR": "1"}, True)], ids=str)
def test_a_pipe_has_colours_only_if_they_are_forced(folder, process, env, coloured):
    kept = {name: value for name, value in os.environ.items() if name not in NO_WORDS}
    done = process("look", "test.csv", env={**kept, "TERM": "xterm", **env})
    assert ("\x1b[" in done.stdout) == coloured
    assert done.stderr == ""


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_help_has_no_colours_either(seen, env):
    out, _ = seen("assess", "--help", **env)
    assert "--fail-if" in out
    assert "\x1b" not in out


COMMANDS = {
    "evaluate": ["m.softargmax", "test.csv"],
    "report": ["m.softargmax", "test.csv", "-o", "r.html"],
    "compare": ["m.softargmax", "m.softargmax", "test.csv"],
    "predict": ["m.softargmax", "test.csv", "-o", "p.csv"],
    "look": ["test.csv"],
}


def test_a_bar_says_how_far_a_command_has_come_and_goes_away(model, seen):
    for command, arguments in COMMANDS.items():
        err, out = seen(command, *arguments, on="stderr")
        assert "60/60 rows" in err, command
        assert "left" in err or "so far" in err, command
        assert err.rstrip().endswith(("\x1b[2K", "r.html", "p.csv")), command
        assert "\x1b" not in out


def test_a_bar_of_logits_says_that_they_are_measured(logit_files, seen):
    err, out = seen("assess", "z.csv", "y.csv", "--label", "animal", on="stderr")
    assert "600/600 rows" in err
    assert "measuring" in err
    assert "so far" in err
    assert "log loss" in out


def test_a_terminal_that_only_writes_sees_no_bar(folder, seen):
    err, _ = seen("look", "test.csv", on="stderr", TERM="dumb")
    assert err == ""


@pytest.mark.parametrize(("name", "total"), [("test.csv", 60), ("test.parquet", 60), ("test.csv.gz", None)])
def test_the_number_of_rows_is_known_before_they_are_read(model, folder, name, total):
    if name.endswith(".gz"):
        subprocess.run(["gzip", "-k", "test.csv"], check=True)
    told = []
    sm.load("m.softargmax").predict_file(name, "p.csv", progress=told.append)
    assert told[-1] == Progress("predicting", 60, total, "rows")


def test_the_rows_of_a_long_text_are_estimated_by_its_beginning(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "".join(f"{i:07d},{i % 7}\n" for i in range(300_000)))
    told = []
    table = open_table(str(path)).told(told.append, "reading", "done")
    assert sum(batch.data.num_rows for batch in table.batches()) == 300_000
    assert abs(told[0].total - 300_000) < 100
    assert (told[-1].stage, told[-1].done, told[-1].total) == ("done", 300_000, None)


def test_of_a_table_in_memory_no_file_is_counted():
    assert open_table({"a": [1, 2]}).rows_about() is None


@pytest.mark.parametrize("command", [command.__name__ for command in cli.COMMANDS])
def test_help_leaves_defaults_out_that_say_only_that_nothing_was_given(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert cli.run([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert "default: False" not in said
    assert "default: ()" not in said
