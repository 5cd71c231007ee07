"""Where a table begins, and whether it begins with names."""

import pytest

from softargmax.exceptions import TableError
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading


@pytest.fixture
def opened(write):
    return lambda text, reading=None: open_table(write("t.csv", text), reading)


def rows(table):
    return [tuple(row.values()) for batch in table.batches() for row in batch.data.to_pylist()]


def codes(table):
    return [note.code for note in table.notes]


BODY = "1,a\n2,b\n3,a\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x,y\n" + BODY, ("x", "y")),
        ("when,y\n2021-03-04,a\n2021-03-05,b\n", ("when", "y")),
        ("country,1990,1991,1992\nA,1.5,2.5,3.5\nB,2.5,3.5,4.5\n", ("country", "1990", "1991", "1992")),
        ("district,2021\nAK-1,-12.5\nAL-1,7.25\n", ("district", "2021")),
        ("kind,colour\n" + "cat,red\ndog,blue\n" * 6, ("kind", "colour")),
    ],
)
def test_names_differ_from_what_stands_below_them(opened, text, names):
    table = opened(text)
    assert table.names == names
    assert codes(table) == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("39,State-gov,77516\n50,Private,83311\n38,Private,215646\n", ("39", "State-gov", "77516")),
        ("2021-03-04,a\n2021-03-05,b\n2021-03-06,a\n", ("2021-03-04", "a")),
        ("cat,red\ndog,blue\n" * 6, ("cat", "red")),
        ("0\n1\n0\n", ("0",)),
    ],
)
def test_a_first_line_that_looks_like_the_others_is_a_row_and_that_is_said(opened, text, first):
    table = opened(text)
    assert table.names == tuple(f"column_{k}" for k in range(1, len(first) + 1))
    assert rows(table)[0] == first
    (note,) = table.notes
    assert (note.code, note.option, note.choice) == ("header", "header", True)
    assert table.reading.header is False


@pytest.mark.parametrize(
    "text",
    [
        "x,5\n1,2\n3,4\n",
        "\n".join(["Anna Berg", "Ben Holm", *(f"Cara L{c}nd" for c in "abcdefghij")]),
    ],
)
def test_what_cannot_be_decided_is_asked_for(opened, text):
    with pytest.raises(TableError, match=r"cannot tell whether the first line .*pass header=True .* header=False") as e:
        opened(text)
    assert e.value.parameter == "header"
    assert opened(text, Reading(header=True)).reading.header
    assert not opened(text, Reading(header=False)).reading.header


def test_a_first_line_that_names_the_target_is_a_header(opened):
    text = "x,5\n1,2\n3,4\n"
    assert opened(text, Reading(target="x")).names == ("x", "5")
    with pytest.raises(TableError, match="cannot tell whether the first line"):
        opened(text, Reading(target="5"))  # which may be a position, and a value


def test_names_of_which_nothing_tells_are_taken_for_names_with_a_word(opened):
    table = opened("p,q\nx,y\nv,w\n")
    assert table.names == ("p", "q")
    assert codes(table) == ["header"]


def test_a_target_that_is_known_tells_names(opened):
    assert opened("x,5\n1,2\n3,4\n", Reading(target="x")).names == ("x", "5")


@pytest.mark.parametrize(
    "above",
    ["A title\n", "A title\n\nand more\n", "A title, with, commas\n", "Titel,Einheit: €\n", "\n\n"],
)
def test_titles_above_the_table_are_left_out(opened, above):
    table = opened(above + "x,y,z,w\n" + "1,a,2,3\n" * 4)
    assert table.names == ("x", "y", "z", "w")
    assert len(rows(table)) == 4
    assert codes(table) == (["title-lines"] if above.strip() else [])
    assert table.reading.skip_rows == (above.count("\n") if above.strip() else 0)


def test_titles_that_delimiters_pad_are_left_out(opened):
    table = opened("表題,単位：円,,\n,,,\n年,地区,金額,区分\n2024,北町,1200,上\n2023,丘,1300,並\n")
    assert table.names == ("年", "地区", "金額", "区分")
    assert rows(table)[0] == ("2024", "北町", "1200", "上")
    assert codes(table) == ["title-lines"]
    assert "表題 単位：円" in table.notes[0].text


def test_lines_to_skip_can_be_said(opened):
    table = opened("1,2\nx,y\n" + BODY, Reading(skip_rows=1))
    assert (table.names, rows(table)[0], table.notes) == (("x", "y"), ("1", "a"), ())


def test_a_table_may_begin_far_below_its_title(opened):
    table = opened("a line of the title\n" * 25 + "x,y,z\n" + "1,a,2\n" * 30)
    assert table.names == ("x", "y", "z")
    assert table.reading.skip_rows == 25


def test_half_of_the_names_are_enough(opened):
    assert opened("a,b,,\nnorth,x,y,u\nsouth,z,w,v\n").names == ("a", "b", "column_3", "column_4")
    assert opened("a,\nnorth,x\nsouth,z\n").names == ("a", "column_2")


@pytest.mark.parametrize("text", ["a title,,,,\nnorth,1,2,3,4\nsouth,5,6,7,8\n", "a title,,\nnorth,x,y\nsouth,z,w\n"])
def test_where_hardly_a_column_has_a_name_the_header_is_asked_for(opened, text):
    with pytest.raises(TableError, match="cannot tell which line holds the names .* pass skip_rows=") as caught:
        opened(text)
    assert caught.value.parameter == "skip_rows"


def test_units_below_the_names_join_them(opened):
    table = opened("name,weight,height\n,kg,(cm)\nanna,60,170\nben,70,180\n")
    assert table.names == ("name", "weight (kg)", "height (cm)")
    assert rows(table) == [("anna", "60", "170"), ("ben", "70", "180")]
    (note,) = table.notes
    assert (note.code, note.option) == ("header-lines", "header_lines")
    assert opened("name,weight\n,kg\nanna,60\nben,70\n", Reading(header_lines=1)).names == ("name", "weight")


def test_a_name_above_several_columns_belongs_to_each_of_them(opened):
    table = opened("town,before,,after,\n,men,women,men,women\nA,1,2,3,4\nB,5,6,7,8\n")
    assert table.names == ("town", "before (men)", "before (women)", "after (men)", "after (women)")


def test_more_lines_of_names_than_there_are_lines_are_refused(opened):
    with pytest.raises(TableError, match="expected 3 lines of names, got a table of 2 lines") as caught:
        opened("x,y\n1,2\n", Reading(header_lines=3))
    assert caught.value.parameter == "header_lines"


def test_a_second_language_and_units_join_the_names(opened):
    table = opened("年,金額\nyear,amount\n,円\n2024,1200\n2023,1300\n2022,1400\n")
    assert table.names == ("年 (year)", "金額 (amount 円)")
    assert table.reading.header_lines == 3
    assert len(rows(table)) == 3


def test_a_first_row_with_a_mark_for_a_missing_number_is_a_row(opened):
    table = opened("name,a,b\nanna,?,\nben,1,2\ncarl,2,3\n")
    assert table.names == ("name", "a", "b")
    assert len(rows(table)) == 3


def test_a_header_that_is_one_short_stands_above_the_names_of_rows(opened):
    table = opened('"mpg" "cyl"\n"Mazda RX4" 21.0 6\n"Datsun 710" 22.8 4\n"Valiant" 18.1 6\n')
    assert table.names == ("mpg", "cyl")
    assert rows(table)[0] == ("21.0", "6")
    assert codes(table) == ["delimiter", "row-names"]
    assert opened("x,y\n1,2,a\n2,3,b\n", Reading(index=False, header=True)).reading.index is False


def test_a_row_that_is_one_too_long_is_no_name_of_a_row(opened):
    with pytest.raises(TableError, match="line 2 has 3 values where the first line has 2"):
        rows(opened("a,b\n1,2,3\n"))


def test_a_header_that_occurs_again_is_no_row(opened):
    table = opened("x,y\n1,a\n2,b\nx,y\n3,a\n")
    assert rows(table) == [("1", "a"), ("2", "b"), ("3", "a")]
    assert codes(table) == ["repeated-header"]


def test_a_value_that_is_called_like_its_column_is_a_row(opened):
    assert rows(opened("x,y\n1,y\n2,b\nx,b\n", Reading(header=True))) == [("1", "y"), ("2", "b"), ("x", "b")]


def test_numbers_that_go_up_by_one_are_names(opened):
    assert opened("sample,1,2,3\nA,5.5,6.5,7.5\nB,4.5,6.5,8.5\n").names == ("sample", "1", "2", "3")
    for numbers in ("1,2,4", "1,3,4", "3,2,1"):
        assert opened(f"sample,{numbers}\nA,5.5,6.5,7.5\nB,4.5,6.5,8.5\n").reading.header is False


def test_one_line_more_belongs_to_the_names_where_it_is_in_brackets_or_says_nothing_else(opened):
    rows = "A,1\nB,2\nC,3\n"
    assert opened("town,area\nname of it,(km2)\n" + rows).names == ("town (name of it)", "area (km2)")
    assert opened("town,area\nname of it,[km2]\n" + rows).names == ("town (name of it)", "area (km2)")
    assert opened("town,area\n,km2\n" + rows).names == ("town", "area (km2)")
    assert opened("town,area\nname of it,km2\n" + rows).names == ("town", "area")
