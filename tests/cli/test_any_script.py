"""Class names and messages in any script, on terminals and pipes of any encoding."""

import codecs
import contextlib
import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from softargmax import cli

CLASSES = ["chat", "Größe", "кот", "猫", "قط", "\x1b[31mred", "😀"]
STREAMS = [{"PYTHONIOENCODING": name} for name in ("cp437", "cp1255", "ascii")] + [{"LC_ALL": "C", "LANG": "C"}]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a table whose classes are written in many scripts, a model, logits, labels and a calibration."""
    folder = tmp_path_factory.mktemp("scripts")
    rng = np.random.default_rng(0)
    codes = rng.integers(len(CLASSES), size=200)
    names = [CLASSES[code] for code in codes]
    table = pa.table({"größe": codes + rng.normal(size=200) / 3, "عمود": rng.normal(size=200), "טבלה": names})
    pa.parquet.write_table(table, folder / "t.parquet")
    z = rng.normal(size=(200, len(CLASSES))) + np.eye(len(CLASSES))[codes]
    pa.parquet.write_table(pa.table({name: z[:, j] for j, name in enumerate(CLASSES)}), folder / "z.parquet")
    pa.parquet.write_table(pa.table({"y": names}), folder / "y.parquet")
    few = ["--model", "mlp", "--max-epochs", "2", "--hidden", "4"]
    with contextlib.chdir(folder):
        assert cli.run(["fit", "t.parquet", "--target", "טבלה", *few, "-o", "مدل.softargmax"]) == 0
        assert cli.run(["calibrate", "z.parquet", "y.parquet", "--calibration", "temperature", "-o", "c.json"]) == 0
    return folder


# What each command is run with; one that is not here fails its test.
COMMANDS = {
    "fit": ["t.parquet", "--target", "טבלה", "--max-epochs", "2", "--hidden", "4", "-o", "другая.softargmax"],
    "predict": ["مدل.softargmax", "t.parquet", "-o", "ответ.csv"],
    "evaluate": ["مدل.softargmax", "t.parquet"],
    "inspect": ["مدل.softargmax"],
    "assess": ["z.parquet", "y.parquet"],
    "compare": ["مدل.softargmax", "مدل.softargmax", "t.parquet"],
    "calibrate": ["z.parquet", "y.parquet", "--calibration", "temperature", "-o", "другая.json"],
    "apply": ["c.json", "z.parquet", "-o", "ответ.csv"],
    "softmax": ["1", "2"],
    "demo": ["--help"],
    "export": ["--help"],  # tests/bridges runs it, where there is onnx
    "look": ["t.parquet"],
    "report": ["مدل.softargmax", "t.parquet", "-o", "страница.html"],
}


def in_bytes(process, *arguments, env, **options):
    """Run a command and give its status and what it wrote, as bytes."""
    done = process(*arguments, env={**os.environ, **env}, errors="surrogateescape", **options)
    written = (text.encode(errors="surrogateescape") for text in (done.stdout, done.stderr))
    return done.returncode, *written


@pytest.mark.parametrize("command", [command.__name__ for command in cli.COMMANDS])
def test_no_encoding_of_a_pipe_ends_a_command(place, process, command):
    status, out, err = in_bytes(process, command, *COMMANDS[command], env={"PYTHONIOENCODING": "cp1252"}, cwd=place)
    assert status == 0, err
    assert b"bug" not in err
    assert b"\x1b" not in out + err
    if command in ("inspect", "fit"):
        assert rb"\u732b" in out  # 猫
        assert rb"\u2068" not in out
        assert "Größe (".encode("cp1252") in out


NO_LETTERS = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}


@pytest.mark.parametrize("options", [["--missing", "نه"], ["--drop", "عمود"]])
def test_arguments_are_read_in_a_locale_without_letters(place, process, options):
    few = ["--model", "mlp", "--max-epochs", "1", "--hidden", "2", "-o", "другая.softargmax"]
    status, out, err = in_bytes(
        process, "fit", "t.parquet", "--target", "טבלה", *few, *options, env=NO_LETTERS, cwd=place
    )
    assert status == 0, err
    assert b"model written to" in err
    assert (b"left out: as asked" in out) == ("--drop" in options)
    assert (place / "другая.softargmax").exists()


def test_an_argument_that_is_no_text_is_refused_by_its_name(place, process):
    status, _, err = in_bytes(process, "look", "t.parquet", "--missing", b"\xff", env={}, cwd=place)
    assert status == 2
    assert b"--missing: expected text in UTF-8, got '\\udcff'" in err


@pytest.mark.parametrize("streams", STREAMS, ids=lambda streams: next(iter(streams.values())))
def test_words_json_and_errors_hold_on_any_stream(place, process, streams):
    encoding = streams.get("PYTHONIOENCODING", "utf-8")
    status, out, err = in_bytes(process, "inspect", "مدل.softargmax", env=streams, cwd=place)
    assert status == 0, err
    assert b"chat (" in out
    assert (rb"\u732b" in out) == (encoding != "utf-8")
    assert rb"\u2068" not in out
    status, out, _ = in_bytes(process, "inspect", "مدل.softargmax", "--json", env=streams, cwd=place)
    assert status == 0
    assert json.loads(out.decode(encoding))["classes"] == sorted(CLASSES)
    status, out, err = in_bytes(process, "predict", "нет.softargmax", "猫.csv", env=streams, cwd=place)
    assert (status, out) == (1, b"")
    assert b"softargmax: " in err
    assert b"bug" not in err


def test_input_that_is_not_text_is_named_and_no_bug(place, process):
    done = process("softmax", input="1 2\n1 \udcff\n", errors="surrogateescape", env=os.environ | {"PYTHONUTF8": "1"})
    assert done.returncode == 1
    assert r"expected numbers, got '1 \\xff'" in done.stderr


def test_words_from_right_to_left_are_isolated_for_people_only(place, monkeypatch, capfd):
    monkeypatch.chdir(place)
    assert cli.run(["inspect", "مدل.softargmax"]) == 0
    out = capfd.readouterr().out
    assert "\u2068قط\u2069 (" in out
    assert r"\x1b[31mred (" in out
    assert "'\u2068טבלה\u2069'" in out
    assert cli.run(["inspect", "مدل.softargmax", "--json"]) == 0
    assert "\u2068" not in capfd.readouterr().out
    assert cli.run(["predict", "مدل.softargmax", "t.parquet"]) == 0
    assert "\u2068" not in capfd.readouterr().out


@pytest.mark.parametrize("name", ["p.csv", "p.csv.gz", "-"])
def test_predictions_for_excel_begin_with_a_byte_order_mark(place, monkeypatch, capfdbinary, name):
    monkeypatch.chdir(place)
    written = {}
    output = [] if name == "-" else ["-o", name]
    for flags in ([], ["--bom"]):
        assert cli.run(["predict", "مدل.softargmax", "t.parquet", *output, *flags]) == 0
        out = capfdbinary.readouterr().out
        written[len(flags)] = out if name == "-" else pa.input_stream(name).read()
    assert written[1] == codecs.BOM_UTF8 + written[0]


def test_parquet_has_no_byte_order_mark(place, monkeypatch, capfd):
    monkeypatch.chdir(place)
    assert cli.run(["predict", "مدل.softargmax", "t.parquet", "-o", "p.parquet", "--bom"]) == 2
    assert "--bom: only CSV has a byte order mark" in capfd.readouterr().err
    assert not os.path.exists("p.parquet")
