"""What is decided about tables is said by every command, with the flag that decides otherwise."""

import json

import numpy as np
import pyarrow.csv
import pytest

from softargmax import cli

FEW = ("--target", "kind", "--model", "mlp", "--max-epochs", "2", "--hidden", "4", "-o", "m.softargmax")


def run(*arguments):
    return cli.run(list(arguments))


@pytest.fixture
def semicolons(folder):
    """The table of animals as a program in Germany may write it."""
    text = (folder / "train.csv").read_text().replace(",", ";").replace('"', "")
    (folder / "de.csv").write_bytes(("Tabelle der Tiere, Größe\n\n" + text).encode("cp1252"))
    return folder


def test_fit_says_what_it_decided_and_predict_does_not_decide_anew(semicolons, capsys):
    assert run("fit", "de.csv", *FEW, "--encoding", "cp1252", "--json") == 0
    said = capsys.readouterr()
    assert "! cells are parted by ';' (--delimiter decides otherwise)\n" in said.err
    assert "! one line above the table left out: 'Tabelle der Tiere, Größe' (--skip-rows decides otherwise)" in said.err
    assert [note["code"] for note in json.loads(said.out)["tables"]] == ["delimiter", "title-lines"]
    assert run("evaluate", "m.softargmax", "de.csv", "--json") == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert json.loads(said.out)["tables"] == []
    assert run("predict", "m.softargmax", "de.csv", "-o", "p.csv") == 0
    assert "!" not in capsys.readouterr().err
    assert run("predict", "m.softargmax", "train.csv", "--delimiter", ",", "--skip-rows", "0", "-o", "q.csv") == 0
    assert (semicolons / "p.csv").read_bytes() == (semicolons / "q.csv").read_bytes()


def test_calibrate_and_apply_say_it_and_leave_columns_out(logit_files, capsys):
    z, _ = logit_files
    names = pyarrow.csv.read_csv("z.csv").column_names
    rows = [f"{row};{';'.join(map(str, logits))};note" for row, logits in enumerate(z.tolist())]
    with open("more.csv", "w") as file:
        file.write("\n".join([";".join(["", *names, "remark"]), *rows]) + "\n")
    given = ("--drop", "remark")
    kind = ("--calibration", "temperature", "--json", "-o", "c.json")
    assert run("calibrate", "more.csv", "y.csv", "--label", "animal", *given, *kind) == 0
    said = capsys.readouterr()
    assert "only counts the rows and was left out (--no-index decides otherwise)" in said.err
    assert [note["code"] for note in json.loads(said.out)["tables"]] == ["delimiter", "index"]
    assert run("apply", "c.json", "more.csv", "--drop", "-1", "-o", "p.npy") == 0
    assert "--no-index decides otherwise" in capsys.readouterr().err
    assert run("apply", "c.json", "z.csv", "-o", "q.npy") == 0
    np.testing.assert_array_equal(np.load("p.npy"), np.load("q.npy"))


def test_columns_of_an_array_are_left_out_by_their_positions(logit_files, capsys):
    z, _ = logit_files
    np.save("more.npy", np.hstack([z, np.zeros((len(z), 1))]))
    assert run("calibrate", "z.npy", "y.npy", "--calibration", "temperature", "-o", "c.json") == 0
    assert run("apply", "c.json", "more.npy", "--drop", "-1", "-o", "p.npy") == 0
    assert run("apply", "c.json", "z.npy", "-o", "q.npy") == 0
    np.testing.assert_array_equal(np.load("p.npy"), np.load("q.npy"))
    assert run("apply", "c.json", "more.npy", "--drop", "name") == 1
    assert "--drop" not in capsys.readouterr().out


def test_a_decimal_comma_is_honoured_at_fit_and_kept(folder, capsys):
    table = pyarrow.csv.read_csv("train.csv").to_pydict()
    for name in ("size", "weight"):
        table[name] = [f"{value:.6f}" for value in table[name]]
    for file, mark in (("point.csv", "."), ("comma.csv", ",")):
        rows = zip(*({**table, "size": [t.replace(".", mark) for t in table["size"]]}).values(), strict=True)
        (folder / file).write_text("\n".join(";".join(map(str, row)) for row in [tuple(table), *rows]) + "\n")
    assert run("fit", "comma.csv", *FEW, "--decimal", ",", "--drop", "weight", "--json") == 0
    comma = json.loads(capsys.readouterr().out)
    assert run("predict", "m.softargmax", "comma.csv", "-o", "p.csv") == 0
    assert run("fit", "point.csv", *FEW, "--drop", "weight", "--json") == 0
    point = json.loads(capsys.readouterr().out)
    assert comma["columns"]["size"] == point["columns"]["size"]
    assert comma["columns"]["size"].startswith("number")
    assert run("predict", "m.softargmax", "point.csv", "-o", "q.csv") == 0
    assert (folder / "p.csv").read_bytes() == (folder / "q.csv").read_bytes()


@pytest.mark.parametrize(("mark", "flag"), [(";", "--delimiter ';'"), ("\t", r"--delimiter '\t'")])
def test_a_file_with_another_delimiter_than_at_fit_is_told_by_its_names(folder, capsys, mark, flag):
    assert run("fit", "train.csv", *FEW) == 0
    (folder / "other.csv").write_text((folder / "test.csv").read_text().replace(",", mark))
    capsys.readouterr()
    assert run("predict", "m.softargmax", "other.csv", "-o", "p.csv") == 1
    said = capsys.readouterr().err
    assert f"it looks separated by {mark!r}: pass {flag}\n" in said
    assert (
        run("predict", "m.softargmax", "other.csv", "-o", "p.csv", "--delimiter", "tab" if mark == "\t" else mark) == 0
    )


def test_a_column_that_is_missing_is_no_matter_of_delimiters_where_there_are_several(folder, capsys):
    assert run("fit", "train.csv", *FEW) == 0
    (folder / "other.csv").write_text("kind;of,size\n1,2\n")
    capsys.readouterr()
    assert run("predict", "m.softargmax", "other.csv", "-o", "p.csv") == 1
    assert "delimiter" not in capsys.readouterr().err
