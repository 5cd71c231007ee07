"""What goes wrong is one sentence and an exit status, whatever the command."""

import ast
import errno
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import softargmax as sm
from softargmax import cli
from softargmax.cli.errors import explained, in_flags
from softargmax.cli.flags import flags_of
from softargmax.exceptions import ArgumentError

FIT = ["--target", "kind", "--model", "mlp", "--max-epochs", "3", "--hidden", "8"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["fit"], 2, "at least one table"),
        (["fit", "train.csv", "-o", "m"], 2, "--target: expected the column of classes, like --target"),
        (["fit", "train.csv", "-o", "m", "--target"], 2, "fit: --target is without a value."),
        (["calibrate", "z.npy"], 2, "calibrate: --output is missing."),
        (["calibrate", "z.npy", "-o", "c.json"], 2, "expected the labels too"),
        (["fit", "--target", "kind", "-o", "m"], 2, "at least one table"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--hidden", "a"], 2, "--hidden"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--hidden", "0"], 2, "--hidden: expected"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--kind", "color"], 2, "COLUMN=KIND"),
        (
            ["fit", "train.csv", "--target", "kind", "-o", "m", "--score-fraction", "0.7"],
            2,
            "--score-fraction: expected",
        ),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--max-epochs", "x"], 2, "max-epochs"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--delimiter", "ab"], 2, "one character"),
        (["fit", "train.csv", "--target", "kind", "-o", "none/m"], 1, "there is no folder"),
        (["fit", "train.csv", "--target", "kind", "-o", "."], 1, "got a folder"),
        (["fit", "absent.csv", "--target", "kind", "-o", "m"], 1, "no such file"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--bogus", "3"], 2, "unknown option --bogus"),
        (["nonsense"], 2, "nonsense"),
        (["predict", "absent", "test.csv"], 1, "there is none"),
        (["predict", "test.csv", "test.csv"], 1, "truncated or foreign"),
        (["inspect", "test.parquet"], 1, "truncated or foreign"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--hidden", ",8"], 2, "--hidden"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--seed", "-1"], 2, "--seed: expected"),
        (["fit", "train.csv", "--target", "kind", "-o", "m", "--max-epochs", "0"], 2, "--max-epochs: expected"),
        (["fit", "train.csv", "--target", "kind", "-o", "train.csv"], 2, "this file is also read"),
        (["predict", "train.csv", "test.csv", "-o", "train.csv"], 2, "this file is also read"),
        (["predict"], 2, "MODEL"),
        (["inspect", "."], 1, "got a folder"),
        (["softmax", "a"], 2, "logits: expected numbers, got 'a'"),
        (["softmax", "1", "--temperature", "-1"], 2, "--temperature: expected"),
    ],
)
def test_wrong_usage_is_2_and_wrong_data_is_1(folder, capfd, arguments, status, message, leftovers):
    assert cli.run(arguments) == status
    out, err = capfd.readouterr()
    assert message in err
    assert "Traceback" not in err
    assert out == ""
    assert leftovers(folder) == []


def test_debug_shows_where(folder, capfd):
    assert cli.run(["fit", "absent.csv", "--target", "y", "-o", "m", "--debug"]) == 1
    assert "Traceback" in capfd.readouterr().err


def test_a_bug_of_ours_is_said_to_be_one(folder, capfd, monkeypatch):
    monkeypatch.setattr(sm.TableModel, "load", lambda _: 1 / 0)
    assert cli.run(["inspect", "m"]) == 1
    assert "unexpected ZeroDivisionError" in capfd.readouterr().err


@pytest.mark.parametrize("what", ["model", "predictions"])
def test_a_full_disk_leaves_nothing_half_written(model, folder, what, leftovers):
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


def test_the_command_without_its_libraries_says_what_to_install(tmp_path):
    code = "import sys; sys.modules['cyclopts'] = None; from softargmax.__main__ import main; raise SystemExit(main())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert 'pip install "softargmax[cli]"' in done.stderr


@pytest.mark.parametrize(
    "arguments", [["inspect", "m.softargmax"], ["predict", "m.softargmax", "test.csv"], ["softmax", "1"]]
)
def test_a_full_or_closed_standard_output_is_no_bug(model, arguments):
    command = f"{shlex.quote(sys.executable)} -m softargmax {' '.join(arguments)}"
    full = subprocess.run(f"{command} > /dev/full", shell=True, capture_output=True, text=True)
    assert full.returncode == 1
    assert "No space left on device" in full.stderr
    closed = subprocess.run(f"{command} >&-", shell=True, capture_output=True, text=True)
    assert closed.returncode == 1
    assert "standard output" in closed.stderr
    for done in (full, closed):
        assert "bug" not in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["predict", "m.softargmax", "-"], ["softmax"], ["look", "-"]])
def test_a_closed_standard_input_is_no_bug(model, arguments):
    command = f"{shlex.quote(sys.executable)} -m softargmax {' '.join(arguments)} <&-"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.returncode == 1
    assert "standard input is closed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", [b"p\xff.csv", b"p\xff.csv.gz", b"p\xff.parquet", b"x" * 251 + b".csv"])
def test_any_name_that_the_system_takes_can_be_written(model, name):
    written = os.path.join(os.fsencode(model.parent), name)
    try:
        open(written, "wb").close()
    except OSError:
        pytest.skip("this file system does not take such a name")
    assert cli.run(["predict", "m.softargmax", "test.csv", "-o", os.fsdecode(name)]) == 0
    assert os.path.getsize(written) > 500


def test_help_into_a_closed_pipe_is_quiet(folder):
    command = f"({shlex.quote(sys.executable)} -m softargmax --help; echo status $? >&2) | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stderr == "status 0\n"


@pytest.mark.parametrize(
    ("parameter", "message", "expected"),
    [
        ("max_epochs", "max_epochs: expected an integer", "--max-epochs: expected an integer"),
        ("random_state", "random_state: expected an integer", "--seed: expected an integer"),
        ("header", "pass header=False, or header=True", "pass --no-header, or --header"),
        ("folds", "too few rows; pass folds=3", "too few rows; pass --folds 3"),
        ("label", "choose one with label=", "choose one with --label"),
        ("kinds", "pass kinds={'x': 'text'} (or 'date')", "pass --kind x=text (or 'date')"),
        ("kinds", "pass kinds={\"it's 5\": 'text'}", "pass --kind 'it'\"'\"'s 5=text'"),
        ("keep", "keep='a}b': the output has it", "--keep 'a}b': the output has it"),
        ("keep", "upkeep=1: is not meant, nor is keeper", "upkeep=1: is not meant, nor is keeper"),
        ("logits", "logits: expected numbers", "logits: expected numbers"),
        (None, "max_epochs: said by nobody", "max_epochs: said by nobody"),
    ],
)
def test_a_parameter_at_fault_is_said_as_its_flag(parameter, message, expected):
    error = ArgumentError(message, parameter=parameter)
    assert in_flags(error, flags_of(cli.COMMANDS)) == expected


def string_literals(file):
    """Give the texts of a module that are no docstrings."""
    tree = ast.parse(file.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


PACKAGE = Path(sm.__file__).parent


@pytest.mark.parametrize(
    "file",
    [file for file in sorted(PACKAGE.rglob("*.py")) if PACKAGE / "cli" not in file.parents],
    ids=lambda file: str(file.relative_to(PACKAGE)),
)
def test_only_the_command_line_says_flags(file):
    assert [text for text in string_literals(file) if re.search(r"(?<![\w-])--[a-z]", text)] == []


def test_a_name_with_escape_sequences_moves_nothing_on_the_screen(folder, capfd):
    assert cli.run(["evaluate", "m\x1b[2J\n\u202e.softargmax", "test.csv"]) == 1
    assert r"m\x1b[2J\n\u202e.softargmax: expected a file" in capfd.readouterr().err


def test_a_class_name_with_escape_sequences_is_shown_and_stays_itself_in_json(folder, capfd):
    name = "\x1b[2J\u061c"  # clears a screen; marks what is beside it as Arabic, which is no control character to JSON
    rows = "x,y\n" + "".join(f"{i * i},{'a' if i % 2 else name}\n" for i in range(60))
    (folder / "t.csv").write_text(rows)
    assert cli.run(["fit", "t.csv", "--target", "y", "--model", "regression", "-o", "m.softargmax"]) == 0
    assert r"\x1b[2J\u061c (30), a (30)" in (shown := capfd.readouterr().out)
    assert name not in shown
    assert cli.run(["inspect", "m.softargmax", "--json"]) == 0
    out = capfd.readouterr().out
    assert out.isascii()
    assert json.loads(out)["classes"] == [name, "a"]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 8.00 GiB"),
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
        ImportError("libopenblas.so: failed to map segment from shared object"),
        ImportError("x.so: cannot create shared object descriptor: Cannot allocate memory"),
    ],
)
def test_memory_that_ran_out_is_said_wherever_it_ran_out(error, capfd):
    def call():
        raise error

    assert explained(call, flags={}, debug=False) == 1
    assert capfd.readouterr().err == "softargmax: not enough memory for this table\n"


def test_a_module_that_is_broken_is_no_lack_of_memory(capfd):
    def call():
        raise ImportError("x.so: undefined symbol: f")

    assert explained(call, flags={}, debug=False) == 1
    assert "This is a bug" in capfd.readouterr().err
