"""Names that mean to be more than names: of classes, columns, groups and files, on the screen and on the page."""

import contextlib
import json
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from softargmax import cli

LONG = "x" * 10_000
CLASSES = [
    "<script>alert(1)</script>",
    "\x1b[31mred\r\n\x07",
    "\u202egnp.exe",
    LONG,
    "[bold]b[/bold] \u2066👩‍💻😀",
    "قط",
]
COLUMN, GROUP = "\x1b]0;gone\x07<img src=x onerror=alert(1)>", "[b]" + "g" * 3000
# A name of a file on Linux is any bytes; those that are no text come in as lone surrogates.
FILE = "m\udcff\x1b[2J<b>.softargmax"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a table of such names and two models of it."""
    folder = tmp_path_factory.mktemp("hostile")
    rng = np.random.default_rng(0)
    codes = np.arange(300) % len(CLASSES)
    table = {
        COLUMN: codes + rng.normal(size=300),
        "[red]n": rng.normal(size=300),
        "y": [CLASSES[code] for code in codes],
        GROUP: [CLASSES[code] for code in rng.permutation(codes)],
    }
    pa.parquet.write_table(pa.table(table), folder / "t.parquet")
    with contextlib.chdir(folder):
        fit = ["fit", "t.parquet", "--target", "y", "--drop", GROUP, "--model", "regression", "-o", "m.softargmax"]
        assert cli.run(fit) == 0
    try:
        shutil.copy(folder / "m.softargmax", folder / FILE)
    except OSError:
        pytest.skip("this file system has no such names")
    return folder


def is_harmless(text):
    """Tell whether nothing in a text moves a cursor, hides anything, or turns the direction of what follows."""
    marks = set(text) - {"\n", "\u2068", "\u2069", "\u200d"}  # isolates and joiners are for words, not against them
    isolated = text.count("\u2068") == text.count("\u2069")
    return isolated and all(unicodedata.category(mark) not in ("Cc", "Cf", "Cs") for mark in marks)


@pytest.mark.parametrize(
    "command",
    [
        ["evaluate", "m.softargmax", "t.parquet", "--by", GROUP],
        ["compare", FILE, "m.softargmax", "t.parquet"],
        ["inspect", "m.softargmax"],
        ["look", "t.parquet"],
        ["look", "t.parquet", "--target", "y"],
    ],
    ids=lambda command: "look at classes" if "--target" in command else command[0],
)
def test_a_screen_shows_names_and_obeys_none(place, monkeypatch, capfd, command):
    monkeypatch.chdir(place)
    assert cli.run(command) == 0
    out, err = capfd.readouterr()
    assert is_harmless(out)
    assert is_harmless(err)
    assert out.count("x") + out.count("g") < 3000  # long names are cut wherever they stand
    if command[0] == "compare":
        assert r"m\udcff\x1b[2J<b>.softargmax" in out
    if command[0] == "evaluate":
        assert "<script>alert(1)" in out
        assert r"\x1b[31mred" in out
        assert "[bold]b[/bold]" in out
        assert "\u2068قط\u2069" in out


@pytest.mark.parametrize("name", [LONG, "x y " * 2500], ids=["a word", "many words"])
def test_a_screen_cuts_names_of_columns_wherever_they_stand(tmp_path, monkeypatch, capfd, name):
    monkeypatch.chdir(tmp_path)
    rows = np.arange(300)
    table = {
        name: rows % 7 + np.random.default_rng(0).normal(size=300),
        f"id {name}": [f"r{row}" for row in rows],
        f"code {name}": [f"0{row % 5}" for row in rows],
        f"only {name}": ["one"] * 300,
        f"tells {name}": [f"t{row % 3}" for row in rows],
        f"empty {name}": pa.array([None] * 300, pa.string()),
        f"y {name}": [f"c{row % 3}" for row in rows],
    }
    pa.parquet.write_table(pa.table(table), "t.parquet")
    target = f"y {name}"
    assert cli.run(["fit", "t.parquet", "--target", target, "--model", "regression", "-o", "m.softargmax"]) == 0
    assert cli.run(["look", "t.parquet", "--target", target]) == 0
    assert cli.run(["fit", "t.parquet", "--target", target, "--dry-run"]) == 0
    assert cli.run(["inspect", "m.softargmax"]) == 0
    text = "".join(capfd.readouterr())
    assert "decides it alone" in text or "alone" in text
    assert "xxxx" in text or "x y x y" in text
    assert "x" * 121 not in "".join(text.split())
    assert "xy" * 61 not in "".join(text.split())


def test_json_has_the_names_as_they_were_read(place, monkeypatch, capfd):
    monkeypatch.chdir(place)
    assert cli.run(["evaluate", "m.softargmax", "t.parquet", "--by", GROUP, "--json"]) == 0
    out = capfd.readouterr().out
    assert is_harmless(out)
    found = json.loads(out)
    # Marks that nobody sees are taken out when a table is read.
    assert sorted(found["classes"]) == sorted(name.translate({0x202E: None, 0x2066: None}) for name in CLASSES)


def test_an_error_shows_names_and_obeys_none(place, monkeypatch, capfd):
    monkeypatch.chdir(place)
    assert cli.run(["evaluate", FILE, "t.parquet", "--by", "\x1b[31mnone"]) != 0
    assert cli.run(["compare", FILE, "n\udcfe\x1b[0m.softargmax", "t.parquet"]) != 0
    out, err = capfd.readouterr()
    assert out == ""
    assert is_harmless(err)


def test_a_page_holds_names_as_text(place, monkeypatch, capfd, tmp_path):
    monkeypatch.chdir(place)
    page = tmp_path / "page.html"
    assert cli.run(["report", FILE, "t.parquet", "--by", GROUP, "-o", str(page)]) == 0
    text = Path(page).read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not set(text) & set("\x1b\x07\r\u202e\u2066\udcff")
    assert "x" * 300 not in text
    assert "👩‍💻" in text
    assert len(text.encode()) < 300_000
