"""Rows that lack cells at their end: filled and said where a file has them by habit, else an error with its line."""

import random
from itertools import pairwise

import pytest

from softargmax.exceptions import TableError
from softargmax.tables.doors import delimited
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

HEADER = ["name", "a", "b", "c"]


def rows_of(table):
    return [list(row.values()) for batch in table.batches() for row in batch.data.to_pylist()]


def text_of(rows, mark=","):
    return "".join(mark.join([f'"{cell}"' if "\n" in cell else cell for cell in row]) + "\n" for row in [HEADER, *rows])


@pytest.mark.parametrize("block", [1 << 20, 600])
@pytest.mark.parametrize("mark", [",", ";", "，"])
def test_short_rows_stay_in_their_places_and_get_empty_cells(write, monkeypatch, block, mark):
    monkeypatch.setattr(delimited, "BLOCK", block)
    rng = random.Random(block)
    rows = [[f"r{i}", *(f"{rng.random():.3f}" for _ in range(2 + (rng.random() < 0.5)))] for i in range(400)]
    rows[1][1] = "two\n\nlines"
    rows[-2:] = [["x", "1", "2"], ["y", "1", "2"]]
    text = text_of(rows, mark).replace("r7" + mark, "\nr7" + mark)  # a blank line is no row
    table = open_table(write("t.csv", text))
    assert rows_of(table) == [row + [""] * (4 - len(row)) for row in rows]
    (note,) = [note for note in table.notes if note.code == "short-rows"]
    assert "shorter than the header: the cells that they lack at their end are missing" in note.text


@pytest.mark.parametrize("rows", [[["x", "1"]], [["x", "1", "2", "3"], ["y", "1", "2"]], [["x", "1", "2", "3"]]])
def test_a_habit_is_known_of_later_files(write, rows):
    learned = open_table(write("fit.csv", text_of([["r", "1", "2"], ["s", "1", "2"], ["t", "1", "2", "3"]])))
    reading = Reading.from_json(learned.reading.to_json())
    assert reading.short_rows
    assert rows_of(open_table(write("t.csv", text_of(rows)), reading)) == [row + [""] * (4 - len(row)) for row in rows]


def test_no_habit_is_known_of_files_with_whole_rows(write):
    learned = open_table(write("fit.csv", text_of([["r", "1", "2", "3"]])))
    assert learned.reading.short_rows is None
    with pytest.raises(TableError, match="has 3 values"):
        rows_of(open_table(write("t.csv", text_of([["x", "1", "2"]])), learned.reading))


def test_a_single_cell_is_no_short_row_of_any_file(write):
    with pytest.raises(TableError, match="has 1 values"):
        rows_of(open_table(write("t.csv", text_of([["x", "1", "2", "3"], ["y"]])), Reading(short_rows=True)))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["s", "1", "2"]], "has 3 values"),  # one alone may be cut off
        ([["s", "1", "2"], ["t", "1"]], "has 3 values"),  # half of the cells are missing
        ([["s", "1", "2"], ["t", "1", "2", "3"], ["u", "1", "2"], ["too", "1", "2", "3", "4"]], "has 5 values"),
    ],
)
def test_a_mistake_is_an_error_that_names_its_line(write, rows, message):
    full = [["r", "1", "2", "3"]] * 3
    with pytest.raises(TableError, match=rf"t.csv: line \d+ {message} where the first line has 4") as raised:
        rows_of(open_table(write("t.csv", text_of(full + rows + full))))
    assert ("add the cells that the line lacks" in str(raised.value)) == ("has 3" in message)


def test_a_line_that_was_broken_in_two_is_no_habit(write):
    full = [["r", "1", "2", "3", "4"]] * 3
    broken = [["r", "1", "a cell"], ["that goes on", "3", "4"]]
    text = "name,a,b,c,d\n" + "".join(",".join(row) + "\n" for row in [*full, *broken, *full, *broken])
    with pytest.raises(TableError, match="line 5 has 3 values where the first line has 5"):
        rows_of(open_table(write("t.csv", text)))


def test_a_header_that_all_rows_are_shorter_than_names_something_else(write):
    with pytest.raises(TableError, match="line 2 has 3 values where the first line has 4"):
        rows_of(open_table(write("t.csv", text_of([[f"r{i}", "1.5", "2.5"] for i in range(9)]))))


def test_neighbours_that_would_be_one_row_by_chance_are_a_habit(write):
    rng = random.Random(0)
    rows = [
        [f"r{i}", *(f"{rng.random():.3f}" for _ in range(3 if i % 7 == 0 else rng.choice([2, 3, 4])))]
        for i in range(90)
    ]
    text = "name,a,b,c,d\n" + "".join(",".join([*row, "z"][: rng.choice([3, 4, 5])]) + "\n" for row in rows)
    lengths = [line.count(",") + 1 for line in text.splitlines()[1:]]
    assert any(a + b == 6 for a, b in pairwise(lengths) if max(a, b) < 5)
    assert [5 - len([cell for cell in row if cell]) for row in rows_of(open_table(write("t.csv", text)))] == [
        5 - length for length in lengths
    ]


def test_lines_that_were_broken_one_behind_another_are_no_habit(write):
    full, broken = ["r", "1", "2", "3", "4"], [["r", "1", "a cell"], ["that goes on", "3", "4"]]
    rows = [full, *broken, full, *broken, *broken, full, full, *broken, full, ["cut", "1", "2", "3"], full, *broken]
    with pytest.raises(TableError, match="line 3 has 3 values where the first line has 5"):
        rows_of(open_table(write("t.csv", "name,a,b,c,d\n" + "".join(",".join(row) + "\n" for row in rows))))
