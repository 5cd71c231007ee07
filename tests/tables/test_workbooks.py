"""Workbooks, written by hand: the smallest that programs would take."""

import contextlib
import datetime
import io
import os
import re
import zipfile
from pathlib import Path

import pytest

from handmade_workbooks import archive, binary, document, excel, excel_row
from softargmax.exceptions import FileError, LimitError, TableError
from softargmax.tables.doors import workbook
from softargmax.tables.limits import Limits
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

DAY, NOON = datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 12)
TYPED = [
    ["n", "x", "when", "at", "ok", "mixed", "word"],
    [1, 1.5, DAY, NOON, True, "a", "ä"],
    [2, -2.0, DAY, NOON, False, 7, "x y"],
    [None, 3.25, None, None, None, None, None],
]
VALUES = {
    "n": [1, 2, None],
    "x": [1.5, -2.0, 3.25],
    "when": [DAY, DAY, None],
    "at": [NOON, NOON, None],
    "ok": [True, False, None],
    "mixed": ["a", "7", None],
    "word": ["ä", "x y", None],
}


@pytest.fixture
def read(write):
    """Write a file and read it: its columns as lists."""

    def read(name, content, reading=None, limits=None):
        table = open_table(write(name, content), reading, limits or Limits())
        batches = list(table.batches())
        return {name: [v for b in batches for v in b.data.column(name).to_pylist()] for name in table.names}

    return read


@pytest.mark.parametrize("name", ["t.xlsx", "t.ods", "t"])
@pytest.mark.parametrize("make", [excel, document])
def test_a_sheet_keeps_its_types_and_whole_numbers_are_whole(read, name, make):
    found = read(name, make({"One": TYPED}))
    assert found == VALUES
    assert [type(value) for value in found["n"][:2]] == [int, int]
    assert type(found["x"][1]) is float


def test_a_binary_workbook_is_read(read):
    rows = [["n", "ok", "word"], [1.0, True, "ä"], [2.5, False, "b"]]
    assert read("t.xlsb", binary(rows)) == {"n": [1.0, 2.5], "ok": [True, False], "word": ["ä", "b"]}


def test_a_workbook_from_before_2007_is_read():
    statsmodels = pytest.importorskip("statsmodels")
    (path,) = [
        path for path in Path(statsmodels.__file__).parent.glob("datasets/macrodata/src/**/*.xls") if path.is_file()
    ]
    batch = next(open_table(str(path), Reading(sheet="Quarterly")).batches()).data
    assert batch.schema.names[0] == "DATE"
    assert str(batch.schema.types[0]) in ("date32[day]", "timestamp[us]")
    assert batch.num_rows > 200


def test_numbers_and_texts_in_a_column_are_what_text_would_be(read, write):
    rows = [["x", "y"], [1, "a"], [2.5, "b"], ["NA", "c"], [None, "d"]]
    as_csv = "x,y\n1,a\n2.5,b\nNA,c\n,d\n"
    found = read("t.xlsx", excel({"One": rows}))
    expected = next(open_table(write("t.csv", as_csv)).batches()).data.to_pydict()
    assert found == {name: [value or None for value in values] for name, values in expected.items()}


def test_titles_empty_rows_and_empty_columns_do_not_belong_to_the_table(write):
    rows = [
        [None],
        [None, "Sales of 2024"],
        [None, "in EUR", None],
        [],
        [None, "x", "y", None, "z"],
        [None, 1, 2, None, 3],
    ]
    rows += [[], [None, 4, None, None, 6]]
    table = open_table(write("t.xlsx", excel({"One": rows})))
    (batch,) = table.batches()
    assert batch.data.to_pydict() == {"x": [1, 4], "y": [2, None], "z": [3, 6]}
    (note,) = table.notes
    assert (note.code, note.option) == ("title-lines", "skip_rows")
    assert "2 lines ('Sales of 2024', 'in EUR')" in note.text


def test_rows_to_skip_are_those_of_the_sheet(read):
    rows = [["a", "b"], [], ["c", "d"], [1, 2]]
    assert read("t.xlsx", excel({"One": rows}), Reading(skip_rows=2)) == {"c": [1], "d": [2]}


def test_a_first_column_without_a_name_makes_no_title_of_the_names(write):
    table = open_table(write("t.xlsx", excel({"One": [[None, "x"], [0, 1.5], [1, 2.5]]})))
    assert [batch.data.to_pydict() for batch in table.batches()] == [{"x": [1.5, 2.5]}]
    assert [note.code for note in table.notes] == ["index"]


def test_a_sheet_is_chosen_by_name_or_position_or_is_the_first_with_a_table(write):
    sheets = {"Read me": [["Ask Ann"], ["or Bob"]], "2024": [["a", "b"], [1, 2]], "Empty": [], "Other": [["c"], [3]]}
    path = write("t.xlsx", excel({"Secret": [["s", "t"], [8, 9]], **sheets}, hidden=["Secret"]))
    table = open_table(path)
    assert table.names == ("a", "b")
    (note,) = table.notes
    assert (note.code, note.option) == ("sheet", "sheet")
    assert "the sheet '2024'" in note.text
    assert "'Read me', 'Empty', 'Other'" in note.text
    for wanted, names in {"Other": ("c",), "5": ("c",), "2024": ("a", "b"), "Secret": ("s", "t")}.items():
        chosen = open_table(path, Reading(sheet=wanted))
        assert (chosen.names, chosen.notes) == (names, ())
    for wanted in ("6", "0", "other"):
        with pytest.raises(TableError, match=f"there is no sheet '{wanted}', only 'Secret', 'Read me'") as caught:
            open_table(path, Reading(sheet=wanted))
        assert caught.value.parameter == "sheet"


@pytest.mark.parametrize("sheets", [{"One": []}, {"One": [["only"]]}, {}])
def test_a_workbook_without_a_table_is_named(read, sheets):
    with pytest.raises(TableError, match=r"t\.xlsx"):
        read("t.xlsx", excel(sheets))


def test_a_first_row_of_values_is_not_taken_for_names(read):
    content = excel({"One": [[2019, 2020], [1, 2]]})
    with pytest.raises(TableError, match=r"it holds values \(2019, 2020\); pass header=False") as caught:
        read("t.xlsx", content)
    assert caught.value.parameter == "header"
    assert read("t.xlsx", content, Reading(header=True)) == {"2019": [1], "2020": [2]}
    assert read("t.xlsx", content, Reading(header=False)) == {"column_1": [2019, 1], "column_2": [2020, 2]}
    known = Reading(header=False, names=("a", "y", "b"), target="y")
    assert read("t.xlsx", content, known) == {"a": [2019, 1], "b": [2020, 2]}
    assert read("t.xlsx", content, Reading(header=False, names=("a", "b"))) == {"a": [2019, 1], "b": [2020, 2]}
    with pytest.raises(TableError, match=r"expected the 4 columns 'a', 'b', 'c', 'd', got 2"):
        read("t.xlsx", content, Reading(header=False, names=tuple("abcd")))


def test_errors_of_formulas_are_missing(read):
    assert read("t.xlsx", excel({"One": [["x", "y"], [1, "a"], ["#DIV/0!", "b"]]}))["x"] == [1, None]


def test_a_workbook_inside_an_archive_is_read(read):
    assert read("t.zip", archive({"t.xlsx": excel({"One": TYPED})})) == VALUES


FAR = {
    "a cell far away": '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "a row far away": '<row r="1"><c><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "no places": f'<row r="1">{"<c><v>1</v></c>" * 900}</row>{"<row><c><v>1</v></c></row>" * 90000}',
    "apostrophes": "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r = 'XFD1048576'><v>1</v></c></row>",
}


@pytest.mark.parametrize("sheet", FAR.values(), ids=FAR.keys())
def test_a_sheet_of_too_many_cells_is_refused_before_it_is_read(read, sheet):
    with pytest.raises(LimitError, match=r"t\.xlsx: expected a workbook of at most 50000000 cells, got \d{8,}"):
        read("t.xlsx", excel({"One": sheet}))


def test_a_document_of_too_many_cells_is_refused_before_it_is_read(read):
    content = document({"One": [["x"], [1]]})
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        files = {name: made.read(name).decode() for name in made.namelist()}
    cell = r"<table:table-cell (office:value-type=.float. )"
    files["content.xml"] = re.sub(
        cell, r'<table:table-cell table:number-columns-repeated="16000" \1', files["content.xml"]
    )
    files["content.xml"] = files["content.xml"].replace(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="900000">'
    )
    with pytest.raises(LimitError, match=r"t\.ods: expected a workbook of at most 50000000 cells"):
        read("t.ods", archive(files))


def test_a_binary_workbook_of_too_many_cells_is_refused_before_it_is_read(read):
    rows = [["a"] * 100, [1.0] * 100]
    with pytest.raises(LimitError, match=r"at most 50000000 cells, got 104857600"):
        read("t.xlsb", binary(rows, last_row=(1 << 20) - 1))


def test_styles_of_empty_cells_far_away_do_not_count(read):
    sheet = excel_row(1, ["x", "y"]) + excel_row(2, [1, 2]) + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    assert read("t.xlsx", excel({"One": sheet})) == {"x": [1], "y": [2]}


def test_a_workbook_that_expands_too_far_is_refused(read):
    content = archive({"[Content_Types].xml": "<Types/>", "xl/sharedStrings.xml": bytes(1 << 22)})
    with pytest.raises(LimitError, match=r"at most \d+ bytes when it is unpacked, got 4194312"):
        read("t.xlsx", content, limits=Limits(unpacked_bytes=1 << 20))


WHOLE = {
    "t.xlsx": excel({"One": TYPED}),
    "t.ods": document({"One": TYPED}),
    "t.xlsb": binary([["n", "ok"], [1.0, True], [2.5, False]]),
    "t.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
}


@pytest.mark.parametrize("name", WHOLE)
def test_every_truncation_of_a_workbook_is_one_error(read, name):
    whole = WHOLE[name]
    for size in range(8, len(whole), 7):
        with pytest.raises(FileError, match=re.escape(name)) as caught:
            read(name, whole[:size])
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", list(WHOLE)[:3])
def test_damage_inside_of_a_workbook_is_read_or_refused(read, name):
    # Packed anew, so that the damage is not seen by the checksums of the archive.
    with zipfile.ZipFile(io.BytesIO(WHOLE[name])) as made:
        files = {inside: made.read(inside) for inside in made.namelist()}
    for inside, data in files.items():
        for place in range(0, len(data), max(1, len(data) // 20)):
            for wrong in (data[:place], data[:place] + b"\xff" + data[place + 1 :], data[:place] + b"9" + data[place:]):
                with contextlib.suppress(FileError):
                    read(name, archive({**files, inside: wrong}))


def panicking():
    """A binary workbook whose list of sheets ends in the middle of one: the library goes on beyond it."""
    with zipfile.ZipFile(io.BytesIO(WHOLE["t.xlsb"])) as made:
        files = {inside: made.read(inside) for inside in made.namelist()}
    book = files["xl/workbook.bin"]
    return [archive({**files, "xl/workbook.bin": book[:place] + b"9" + book[place:]}) for place in range(len(book))]


def test_the_trace_of_a_panic_is_held_back_and_nothing_else_is(read, capfd, monkeypatch):
    panics = 0
    for content in panicking():
        try:
            read("t.xlsb", content)
        except FileError as error:
            panics += type(error.__cause__).__name__ == "PanicException"
    assert panics > 0
    assert capfd.readouterr().err == ""
    usual = workbook._first_row

    def speaking(*arguments):
        os.write(2, b"said by a library\n")
        return usual(*arguments)

    monkeypatch.setattr(workbook, "_first_row", speaking)
    read("t.xlsb", WHOLE["t.xlsb"])
    assert capfd.readouterr().err == "said by a library\n"
