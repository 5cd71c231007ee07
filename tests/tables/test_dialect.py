"""How text is parted into cells: decided by looking, and said."""

import random

import pytest

from softargmax.exceptions import TableError
from softargmax.tables.doors import delimited
from softargmax.tables.doors.dialect import decide_dialect
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

ROWS = [("1.5", "red", "yes"), ("2.5", "blue", "no"), ("3.5", "red", "no"), ("4.5", "blue", "yes")]
NAMES = ("size", "colour", "y")
COLUMNS = dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))


def written(delimiter=",", end="\n", names=NAMES, above="", behind=""):
    lines = [delimiter.join(cells) + behind for cells in ([names] if names else []) + ROWS]
    return above + "".join(line + end for line in lines)


def read(path, reading=None):
    table = open_table(path, reading)
    batches = list(table.batches())
    return {name: [v for b in batches for v in b.data.column(name).to_pylist()] for name in table.names}


def codes(path, reading=None):
    return [note.code for note in open_table(path, reading).notes]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，", "；", "%", "^", "   "])
def test_the_delimiter_is_found_whatever_ends_the_lines(write, delimiter, end):
    assert read(write("t.csv", written(delimiter, end))) == COLUMNS


def test_a_delimiter_other_than_a_comma_is_said_with_the_option_that_decides_otherwise(write):
    (note,) = open_table(write("t.csv", written(";"))).notes
    assert (note.code, note.option) == ("delimiter", "delimiter")
    assert "';'" in note.text
    assert not codes(write("t.csv", written(",")))
    assert not codes(write("t.csv", written(";")), Reading(delimiter=";"))


@pytest.mark.parametrize("delimiter", [":", "~", "ж", "，", " "])
def test_any_one_character_can_be_the_delimiter(write, delimiter):
    assert read(write("t.csv", written(delimiter)), Reading(delimiter=delimiter)) == COLUMNS


@pytest.mark.parametrize("delimiter", ["，", " ", "；"])
def test_cells_in_quotes_may_hold_any_delimiter_and_line_ends(write, delimiter):
    text = f'a{delimiter}b\n1{delimiter}"x{delimiter}, ""y""\nz"\n2{delimiter}w\n'
    assert read(write("t.csv", text), Reading(delimiter=delimiter)) == {
        "a": ["1", "2"],
        "b": [f'x{delimiter}, "y"\nz', "w"],
    }


def test_runs_of_blanks_and_tabs_are_one_delimiter(write):
    text = '  x   "a name"\ty \n1     one    2\n10 \t "t w"   3  \n'
    assert read(write("t.txt", text)) == {"x": ["1", "10"], "a name": ["one", "t w"], "y": ["2", "3"]}


def test_decimal_commas_part_no_cells(write):
    assert read(write("t.csv", "x;c\n1,5;a\n2,5;b\n3,5;a\n")) == {"x": ["1,5", "2,5", "3,5"], "c": ["a", "b", "a"]}
    assert read(write("t.csv", "1,5;7,5\n2,5;8,5\n"), Reading(header=False)) == {
        "column_1": ["1,5", "2,5"],
        "column_2": ["7,5", "8,5"],
    }


def test_a_list_inside_cells_parts_no_cells(write):
    text = "film,kind\n1,drama|comedy\n2,drama\n3,drama|war|comedy\n"
    assert read(write("t.csv", text))["kind"] == ["drama|comedy", "drama", "drama|war|comedy"]


def test_a_tsv_is_parted_by_tabs_though_its_cells_hold_commas(write):
    text = "a,1\tb,2\n1,5\tx, y\n"
    assert read(write("t.tsv", text)) == {"a,1": ["1,5"], "b,2": ["x, y"]}
    assert not codes(write("t.tsv", text))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_excels_first_line_names_the_delimiter_and_is_no_header(write, mark, line):
    path = write("t.csv", f"{mark}{line}\r\n" + written(";", "\r\n"))
    assert read(path) == COLUMNS
    assert codes(path) == ["delimiter"]
    assert open_table(path).reading.skip_rows == 1


def test_excels_first_line_may_name_a_tab(write):
    assert read(write("t.csv", "sep=\t\n" + written("\t"))) == COLUMNS


def test_comments_are_left_out_at_the_beginning_and_between_rows(write):
    path = write("t.csv", "# made, by\n# us\nsize,c\n1.5,a\n# here, too, and there\n2.5,b\n")
    assert read(path) == {"size": ["1.5", "2.5"], "c": ["a", "b"]}
    assert codes(path) == ["comment"]
    assert open_table(path).reading.comment == "#"


def test_another_mark_of_comments_can_be_said(write):
    text = '%, a, b\nsize,c\n1.5,"x\n% no comment"\n%\n2.5,b\n'
    assert read(write("t.csv", text), Reading(comment="%")) == {"size": ["1.5", "2.5"], "c": ["x\n% no comment", "b"]}


def test_a_row_that_begins_with_the_mark_of_comments_is_a_row(write):
    assert read(write("t.csv", "size,c\n1.5,a\n#N/A,b\n")) == {"size": ["1.5", "#N/A"], "c": ["a", "b"]}
    assert read(write("t.csv", "# note\nsize,c\n1.5,a\n#N/A,b\n")) == {"size": ["1.5", "#N/A"], "c": ["a", "b"]}


def test_a_header_may_begin_with_the_mark_of_comments(write):
    assert read(write("t.csv", "# made by us\n#size,c\n1.5,a\n2.5,b\n")) == {"size": ["1.5", "2.5"], "c": ["a", "b"]}
    assert read(write("t.csv", "#,c\n1.5,a\n2.5,b\n")) == {"#": ["1.5", "2.5"], "c": ["a", "b"]}


@pytest.mark.parametrize("names", [NAMES, (*NAMES, "")])
def test_delimiters_at_the_end_of_every_line_part_nothing(write, names):
    path = write("t.csv", ",".join(names) + "\n" + "".join(",".join(row) + ",\n" for row in ROWS))
    assert read(path) == COLUMNS
    assert codes(path) == ["delimiter"]


def test_a_delimiter_at_the_end_of_the_header_alone_parts_nothing(write):
    assert read(write("t.csv", written(names=(*NAMES, "")))) == COLUMNS


def test_what_stands_behind_the_last_delimiter_later_is_an_error(write, monkeypatch):
    monkeypatch.setattr(delimited, "_LOOK", 40)
    monkeypatch.setattr(delimited, "_FEW", 1)
    path = write("t.csv", "a,b,\n" + "1,x,\n" * 100 + "2,y,lost\n")
    with pytest.raises(TableError, match="nothing behind the last delimiter .* got 'lost'"):
        read(path)


def test_rows_of_empty_cells_are_no_rows(write):
    assert read(write("t.csv", written() + ",,\n" * 50)) == COLUMNS
    assert read(write("t.csv", written(";", above=";;\n") + ";;\n;;\n")) == COLUMNS


def test_a_row_with_an_index_alone_is_a_row(write):
    text = ",a,b\n0,1,x\n1,,\n2,3,y\n"
    assert read(write("t.csv", text)) == {"a": ["1", "", "3"], "b": ["x", "", "y"]}


def test_ragged_rows_are_an_error_that_names_their_line(write):
    with pytest.raises(TableError, match="line 8 has 2 values where the first line has 3"):
        read(write("t.csv", written(above="a title\n\n") + "5.5,red\n"))


def test_a_table_of_one_column_may_hold_some_commas(write):
    words = [f"word {random.Random(k).random()}" for k in range(20)]
    text = "x\n" + "\n".join([*words[:10], "one, two", *words[10:]]) + "\n"
    path = write("t.csv", text)
    assert read(path) == {"x": [*words[:10], "one, two", *words[10:]]}
    assert codes(path)[0] == "delimiter"
    with pytest.raises(TableError, match="line 3 has 2 values where the first line has 1"):
        read(write("t.csv", "x\n1\n2,3\n"))


@pytest.mark.parametrize(
    "text",
    [
        written(";", above="A title\n\n"),
        written("，"),
        written("\t", above="# a comment\n"),
        written(";", above="sep=;\n"),
        written(";", behind=";"),
        "x,y\nkg,m\n1,2\n3,4\n",
        "\n".join(",".join(row) for row in ROWS),
        'x y\n"a" 1 2\n"b" 3 4\n',
        ",x\n0,1\n1,2\n",
    ],
)
def test_what_was_decided_reads_the_file_alike_and_says_no_more(write, text):
    path = write("t.csv", text)
    table = open_table(path)
    again = open_table(path, table.reading)
    assert again.reading == table.reading
    assert again.notes == ()
    assert read(path, table.reading) == read(path)


def test_what_is_given_is_not_looked_at(write):
    path = write("t.csv", "1;2\n3;4\n5;6\n")
    assert read(path, Reading(delimiter=",", header=False)) == {"column_1": ["1;2", "3;4", "5;6"]}
    assert read(path, Reading(header=True, skip_rows=1)) == {"3": ["5"], "4": ["6"]}


def test_a_rewritten_table_of_any_length_is_read_in_pieces(write, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK", 1 << 12)
    path = write("t.csv", "a；b\n" + "".join(f"{k}；x\n" for k in range(5000)))
    batches = list(open_table(path).batches())
    assert len(batches) > 3
    assert sum(batch.data.num_rows for batch in batches) == 5000


def test_a_column_that_is_empty_now_keeps_its_name_where_names_are_known(write):
    known = Reading(delimiter=",", header=False, skip_rows=0, names=("y", "a", "b"), target="y")
    assert read(write("t.csv", "no,1,\nyes,2,\n"), known) == {"y": ["no", "yes"], "a": ["1", "2"], "b": ["", ""]}
    assert read(write("t.csv", "1,3\n2,4\n"), known) == {"a": ["1", "2"], "b": ["3", "4"]}


def test_lines_without_a_delimiter_above_a_table_may_be_as_many_as_its_rows(write):
    assert read(write("t.csv", "a title\n" * 3 + "x,y\n1,a\n2,b\n")) == {"x": ["1", "2"], "y": ["a", "b"]}
    assert read(write("t.csv", "a title\nx,y\n1,a\n")) == {"x": ["1"], "y": ["a"]}


@pytest.mark.parametrize(
    "lines",
    [
        ["Some words above", "and, as it is, a comma"],  # a single line with one
        [*["a line"] * 6, "one, two", "three, four"],  # more without one, above
        ["name, given", *["a line"] * 9],  # and below
    ],
)
def test_a_comma_in_fewer_lines_than_not_parts_nothing(lines):
    dialect = decide_dialect("t.csv", [line + "\n" for line in lines], is_whole=True, reading=Reading(header=True))
    assert dialect.width == 1


def test_as_many_lines_with_a_comma_as_without_are_an_uneven_table(write):
    with pytest.raises(TableError, match="line 2 has 1 values where the first line has 2"):
        read(write("t.csv", "x,y\n1\n2,3\n4\n"), Reading(header=True))


def test_lines_of_two_words_below_a_single_one_are_a_column(write):
    path = write("t.txt", "Contents\nalpha 1\nbeta 2\ngamma 3\n")
    assert read(path, Reading(header=True)) == {"Contents": ["alpha 1", "beta 2", "gamma 3"]}
