"""A quotation mark that is never closed is refused with its line, not read as one cell to the end of the file."""

import bz2
import gzip
import io
import sys

import pytest

from softargmax.exceptions import FileError, LimitError, TableError
from softargmax.tables.doors import delimited
from softargmax.tables.limits import LIMITS, Limits
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

WHOLE = [["n", "c", "x"], *([str(number), f"k{number % 3}", f"{number / 2}"] for number in range(40))]


def text_of(rows, delimiter=",", end="\n"):
    return "".join(delimiter.join(row) + end for row in rows)


def with_mark(line, column, mark='"'):
    """Put a mark before a cell: line 1 is the header."""
    rows = [list(row) for row in WHOLE]
    rows[line - 1][column] = mark + rows[line - 1][column]
    return rows


def cells(path, reading=None, limits=LIMITS):
    table = open_table(path, reading, limits=limits)
    return [list(row.values()) for batch in table.batches() for row in batch.data.to_pylist()]


def refused_in(line):
    return pytest.raises(
        TableError, match=rf"the quotation mark that opens a cell in line {line} is not closed.*close it"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，", " ", "~"])
@pytest.mark.parametrize(("line", "column"), [(8, 1), (41, 2), (2, 0)])
def test_an_open_mark_is_refused_with_its_line(write, delimiter, end, line, column):
    path = write("t.csv", text_of(with_mark(line, column), delimiter, end))
    with refused_in(line):
        cells(path, Reading(delimiter=delimiter))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，", "~"])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_what_parts_the_cells_need_not_be_said(write, delimiter, column):
    with refused_in(8):
        cells(write("t.csv", text_of(with_mark(8, column), delimiter)))


@pytest.mark.parametrize("column", [0, 1, 2])
@pytest.mark.parametrize("rows", [1, 3000])
def test_a_mark_that_opens_in_the_header_is_refused(write, column, rows):
    with refused_in(1):
        cells(write("t.csv", text_of(with_mark(1, column) + WHOLE[1:] * rows)))


@pytest.mark.parametrize("text", ['a\n"x\ny\nz\n', 'a\nw\n"x', 'a\nw\n"', 'a\nw\n"\n'])
def test_a_table_of_one_column_has_marks_too(write, text):
    with refused_in(1 + text[: text.index('"')].count("\n")):
        cells(write("t.csv", text))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lambda data: data])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_open_mark_is_found_in_any_encoding_and_packing(write, pack, encoding):
    text = text_of(with_mark(8, 1, '"é'))
    with refused_in(8):
        cells(write("t.csv", pack(text.encode(encoding))), Reading(encoding=encoding) if encoding == "cp1252" else None)


def test_lines_of_comments_and_cells_of_several_lines_count(write):
    rows = with_mark(30, 2)
    rows[3][1] = '"two\n\nlines"'
    text = '# it is 5" or\n# "so\n' + text_of(rows[:9]) + '# "more\n' + text_of(rows[9:])
    with refused_in(30 + 2 + 2 + 1):
        cells(write("t.csv", text))


@pytest.mark.parametrize("block", [600, 1 << 20])
def test_an_open_mark_is_found_behind_the_first_block(write, monkeypatch, block):
    monkeypatch.setattr(delimited, "BLOCK", block)
    rows = [*WHOLE, *WHOLE[1:] * 20, ["1", '"k', "2"], *WHOLE[1:8]]
    with refused_in(842):
        cells(write("t.csv", text_of(rows)))


@pytest.mark.parametrize("mark", ['"', '"k1'])
def test_a_row_with_an_open_mark_is_no_short_one(write, mark):
    rows = [*WHOLE[:12], ["1", "a"], *WHOLE[12:20], ["1", "b"], *WHOLE[20:], ["1", mark], *WHOLE[1:4]]
    with refused_in(44):
        cells(write("t.csv", text_of(rows)))


def test_an_open_mark_in_what_comes_through_a_pipe_is_refused(monkeypatch):
    text = text_of([*WHOLE, *with_mark(8, 1)[1:]])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    known = Reading(encoding="utf-8", delimiter=",", header=True, names=tuple(WHOLE[0]))
    with refused_in(48):
        cells("-", known)


def test_a_row_that_is_longer_than_a_block_comes_through_no_pipe(monkeypatch):
    text = ("a,b\n1,x\n2," + "w" * 3_000_000 + "\n").encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    with pytest.raises(LimitError, match="expected rows of at most 1048576 bytes.*from a file, not from a pipe"):
        cells("-", Reading(encoding="utf-8", delimiter=",", header=True, names=("a", "b")))


@pytest.mark.parametrize("delimiter", [",", "\t", "，"])
def test_marks_within_a_cell_are_characters_of_it(write, delimiter):
    pipes = ['5" pipe', 'a "so called" pipe', '7"', '8""', 'x"y']
    rows = [["n", "pipe"], *([str(number), pipe] for number, pipe in enumerate(pipes * 3))]
    assert cells(write("t.csv", text_of(rows, delimiter))) == rows[1:]


@pytest.mark.parametrize("delimiter", [",", "，"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_that_are_closed_hold_what_they_may(write, delimiter, end):
    held = [f'a{end}"b"{delimiter}', "", '"', '""', f"{end}{end}"]
    rows = [[str(number), cell] for number, cell in enumerate(held * 3)]
    quoted = [["n", "c"], *([number, '"' + cell.replace('"', '""') + '"'] for number, cell in rows)]
    assert cells(write("t.csv", text_of(quoted, delimiter, end)), Reading(delimiter=delimiter)) == rows
    assert cells(write("u.csv", text_of(quoted, delimiter, end).rstrip("\r\n")), Reading(delimiter=delimiter)) == rows


def with_a_long_row(place, cell):
    lines = [f"{number},row {number}" for number in range(2000)]
    lines[place] = f"{place},{cell}"
    return "a,text\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("place", [0, 1, 1000, 1999])
def test_a_row_may_be_longer_than_a_block(write, place):
    text = with_a_long_row(place, '"' + "w" * 3_000_000 + ',\n"')
    batches = list(open_table(write("t.csv", text)).batches())
    found = [row["a"] for batch in batches for row in batch.data.to_pylist()]
    assert found == [str(number) for number in range(2000)]
    assert [batch.first_row for batch in batches] == [1 + int(batch.data["a"][0].as_py()) for batch in batches]


def test_a_short_row_may_have_a_long_cell(write):
    rows = [*WHOLE[:12], ["1", "a"], *WHOLE[12:20], ["1", "b"], ["1", "w" * 300_000], *WHOLE[20:]]
    found = cells(write("t.csv", text_of(rows)))
    assert found == [row + [""] * (3 - len(row)) for row in rows[1:]]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            '"' + "w,1\n" * 1_500_000,
            "the quotation mark that opens a cell in line 1002 is not closed within 2097152 bytes",
        ),
        ("w" * 5_000_000, "expected rows of at most 2097152 bytes, got a longer one in line 1002"),
        ('"' + "w" * 5_000_000 + '"', "opens a cell in line 1002 is not closed within 2097152 bytes"),
    ],
)
def test_a_row_longer_than_allowed_is_refused_with_its_line(write, cell, message):
    path = write("t.csv", with_a_long_row(1000, cell))
    with pytest.raises(LimitError, match=message):
        cells(path, limits=Limits(row_bytes=1 << 21))


def test_a_text_that_is_rewritten_has_shorter_cells(write):
    text = with_a_long_row(1000, '"' + "w\n" * 100_000 + '"').replace(",", "，")
    with pytest.raises(FileError, match="opens a cell in line 1002 is not closed within 131072 bytes"):
        cells(write("t.csv", text))
