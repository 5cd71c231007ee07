"""`softargmax look`, and what `softargmax fit` says without a target."""

import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.csv
import pytest

from softargmax import cli


def test_look_shows_how_a_table_is_read_and_what_its_columns_hold(folder, capsys):
    assert cli.run(["look", "train.csv", "--target", "kind"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("300 rows, text in utf-8, parted by comma, names in line 1")
    kinds = ("identifier", "number", "category")
    assert [line.split()[:2] for line in out.splitlines()[3:] if any(kind in line for kind in kinds)] == [
        ["id", "identifier"],
        ["size", "number"],
        ["weight", "number"],
        ["color", "category"],
        ["kind", "category"],
    ]
    assert "classes: " in out
    assert "cat (" in out


def test_json_has_the_first_values_as_they_were_read(folder, capsys):
    rows = ["day,n,flag,why,none", "2026-01-02,1,true,,", "2026-01-03 10:00:00,2.5,,b c,", ",-3,false,b c,NA"]
    (folder / "t.csv").write_text("\n".join(rows) + "\n")
    assert cli.run(["look", "t.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["encoding"], found["delimiter"], found["header_line"], found["rows"]) == ("utf-8", ",", 1, 3)
    assert {column["name"]: (column["kind"], column["missing"], column["first"]) for column in found["columns"]} == {
        "day": ("date", 1, ["2026-01-02", "2026-01-03T10:00:00", None]),
        "n": ("number", 0, [1, 2.5, -3]),
        "flag": ("boolean", 1, [True, None, False]),
        "why": ("category", 1, [None, "b c", "b c"]),
        "none": ("empty", 3, [None, None, None]),
    }


def test_a_typed_table_looks_like_its_text(folder, capsys):
    seen = []
    for file in ("test.csv", "test.parquet"):
        assert cli.run(["look", file, "--json"]) == 0
        columns = json.loads(capsys.readouterr().out)["columns"]
        seen.append({column["name"]: (column["kind"], column["distinct"], column["first"]) for column in columns})
    assert seen[0] == seen[1]


def test_look_stops_after_a_hundred_thousand_rows_and_says_so(folder, capsys):
    pa.csv.write_csv(pa.table({"x": range(100_001), "y": ["a"] * 100_001}), "long.csv")
    assert cli.run(["look", "long.csv"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("the first 100000 rows, not all of them")
    assert "--all" in err
    assert cli.run(["look", "long.csv", "--all", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["all_rows"], found["columns"][0]["kind"]) == (100_001, True, "index")


def test_fit_without_a_target_shows_the_table_and_names_columns_that_may_be_meant(folder, capsys):
    assert cli.run(["fit", "train.csv"]) == 2
    err = capsys.readouterr().err
    assert "size" in err
    assert "--target: expected the column of classes, like --target" in err
    assert "'color' (2), 'kind' (3)" in err
    assert cli.run(["fit", "train.csv", "--target", "kind"]) == 2
    assert "--output: expected the name of the model file" in capsys.readouterr().err


def test_fit_and_look_read_standard_input(folder, process):
    text = (folder / "train.csv").read_text()
    assert process("look", "-", input=text).stdout.startswith("300 rows")
    fitted = process(
        "fit", "-", "--encoding", "utf-8", "--target", "kind", "--model", "regression", "-o", "m.softargmax", input=text
    )
    assert (fitted.returncode, "300 = " in fitted.stdout) == (0, True), fitted.stderr


@pytest.mark.parametrize("name", ["sklearn", "scipy"])
def test_look_needs_no_library_that_learns(folder, name):
    code = (
        "import sys; from softargmax import cli; cli.run(['look', 'train.csv']); "
        "print(*{module.split('.')[0] for module in sys.modules}, file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert "pyarrow" in found.stderr.split()
    assert name not in found.stderr.split()


def test_an_error_about_the_target_names_the_columns(folder, capsys):
    assert cli.run(["look", "train.csv", "--target", "kin"]) == 1
    assert "no target column 'kin'" in capsys.readouterr().err


def test_a_word_among_numbers_is_a_note_with_its_place(folder, capsys):
    (folder / "t.csv").write_text("x,y\n" + "".join(f"{i},a\n" for i in range(5, 25)) + "oops,b\n")
    assert cli.run(["look", "t.csv", "--json"]) == 0
    column = json.loads(capsys.readouterr().out)["columns"][0]
    assert (column["kind"], column["notes"]) == (
        "number",
        ["1 of the cells is no number, first 'oops' in row 21 of t.csv"],
    )


def test_files_that_hold_a_column_in_different_types_are_looked_at_together(folder, capsys):
    (folder / "u.csv").write_text("id,size,weight,color,kind\nr1,big,2,red,cat\n")
    assert cli.run(["look", "test.parquet", "u.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 61


def test_what_was_decided_is_said_with_the_flag_that_decides_otherwise_and_what_is_asked_in_flags(folder, capsys):
    rows = "".join(f"{row % 5 + 1}.250;0{row % 3 + 1}/0{row % 4 + 1}/2024;{row % 2}\n" for row in range(40))
    (folder / "open.csv").write_text(f"amount;day;c\n{rows}")
    assert cli.run(["look", "open.csv"]) == 0
    notes = " ".join(capsys.readouterr().out.split("\n! ", 1)[1].split())
    assert "cells are parted by ';' (--delimiter decides otherwise)" in notes
    assert "say which mark is decimal: --decimal . or --decimal ," in notes
    assert "--date-order dmy or --date-order mdy" in notes
    assert "=" not in notes


def test_a_flag_that_look_lacks_is_named_as_that_of_fit(folder, capsys):
    rows = "".join(f"{1000 + row},{row % 3 / 2},{'ab'[row % 2]}\n" for row in range(40))
    (folder / "t.csv").write_text("code,x,kind\n" + rows)
    assert cli.run(["look", "t.csv"]) == 0
    assert "! 'code' only counts the rows and was left out (--kind of fit decides otherwise)" in capsys.readouterr().out
    (folder / "t.csv").write_text(("code,x,kind\n" + rows).replace(",", ";"))
    assert cli.run(["look", "t.csv"]) == 0
    assert "(--delimiter decides otherwise)" in capsys.readouterr().out
    assert cli.run(["fit", "t.csv"]) == 2
    assert "left out (--kind decides otherwise)" in capsys.readouterr().err


def test_the_flag_that_leaves_a_column_out_is_said_to_do_so(folder, capsys):
    rows = "".join(f"{1000 + row * (row + 3)},{row % 3 / 2},{'ab'[row % 2]}\n" for row in range(120))
    (folder / "t.csv").write_text("n,x,kind\n" + rows)
    assert cli.run(["look", "t.csv"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "! 'n' rises from row to row; if it only numbers the rows, leave it out (--drop of fit does so)" in said
