"""What columns are called, and how a name is found again."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from softargmax.exceptions import TableError
from softargmax.tables.names import counts_rows, difference, find, find_column, nearest, plain, position_of, settle
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading


@pytest.fixture
def opened(write):
    return lambda text, reading=None: open_table(write("t.csv", text), reading)


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "Unnamed: 0.1", "\u200b"])
@pytest.mark.parametrize("index", [("0", "1", "2"), ("7", "3", "5"), ("3", "2", "1")])
def test_a_first_column_that_only_counts_the_rows_is_left_out(opened, name, index):
    table = opened(f"{name},x,c\n" + "".join(f"{k},1.5,a\n" for k in index))
    assert table.names == ("x", "c")
    assert [note.code for note in table.notes][-1] == "index"
    assert table.notes[-1].option == "index"
    assert table.reading.index is True


def test_an_index_is_kept_where_that_is_asked_for(opened):
    table = opened(",x\n0,1\n1,2\n", Reading(index=False))
    assert table.names == ("column_1", "x")


@pytest.mark.parametrize("cells", [("1.5", "2.5"), ("a", "b"), ("1", "1"), ("2", "", "3")])
def test_a_first_column_without_a_name_that_does_not_count_is_kept(opened, cells):
    assert opened(",x,c\n" + "".join(f"{cell},1.5,a\n" for cell in cells)).names == ("column_1", "x", "c")


def test_a_model_that_learned_from_an_unnamed_column_finds_it(opened):
    known = Reading(delimiter=",", header=True, skip_rows=0, names=("Unnamed: 0", "x"))
    assert opened("Unnamed: 0,x\n0,1\n1,2\n", known).names == ("Unnamed: 0", "x")


def test_counting_may_begin_again():
    joined = [str(k % 20) for k in range(100)]
    assert counts_rows(joined)
    assert not counts_rows(["1", "1", "2", "2"])
    assert not counts_rows([])


def test_columns_without_a_name_and_with_the_name_of_another_get_one(opened):
    table = opened("x,,x,column_2,x\n1,2,3,4,5\n6,7,8,9,0\n")
    assert table.names == ("x", "column_2_2", "x_2", "column_2", "x_3")
    assert [note.code for note in table.notes] == ["name", "name"]
    assert "one column without" in table.notes[0].text
    assert "2 columns with the name of another: called 'x_2', 'x_3'" in table.notes[1].text


def test_the_name_that_a_repeated_one_gets_is_not_taken():
    assert settle(["x", "x", "x_2"], lambda _: [], None).names == ("x", "x_3", "x_2")


def test_invisible_characters_and_forms_of_unicode_make_no_difference_in_names(opened):
    table = opened("\u200ecou\u200bleur,cafe\u0301\n1,2\n3,4\n")
    assert table.names == ("couleur", "café")
    assert [note.code for note in table.notes] == ["name"]


def test_joiners_of_words_and_of_emoji_stay():
    for text in ("می\u200cروم", "क्\u200dष", "👩\u200d🚀"):
        assert plain(text) == text


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("a", ("b", "a"), "a"),
        ("Tempe\u0301rature", ("Température",), "Température"),
        ("Température", ("Tempe\u0301rature",), "Tempe\u0301rature"),
        ("x\u200b", ("x",), "x"),
        ("\u2068x\u2069", ("x",), "x"),  # as we print words that are written from right to left
        ("ＡＢ", ("AB", "x"), "AB"),
        ("トマト", ("ﾄﾏﾄ",), "ﾄﾏﾄ"),
        ("①", ("1", "１"), None),
        ("A", ("a",), None),
    ],
)
def test_a_name_is_found_in_another_form(name, known, found):
    assert find(name, known) == found


@pytest.mark.parametrize(
    ("name", "place"), [("b", 1), ("1", 0), ("-1", 2), ("3", 2), ("4", None), ("0", None), ("z", None)]
)
def test_a_column_is_found_by_its_name_or_position(name, place):
    assert position_of(name, ["a", "b", "c"]) == place


def test_a_name_that_is_a_number_goes_before_a_position():
    assert position_of("1", ["a", "1"]) == 1


def test_letters_of_two_scripts_that_look_alike_are_told_apart_in_words():
    words = nearest("Социальная", ["x", "Cоциальная"])
    assert "look alike" in words
    assert "CYRILLIC CAPITAL LETTER ES" in words
    assert "LATIN CAPITAL LETTER C" in words
    assert difference("weight", "height") == ""
    assert nearest("weigth", ["weight", "x"]) == "; did you mean 'weight'?"


def test_parquet_says_itself_which_column_is_the_index_of_pandas(tmp_path):
    frame = pd.DataFrame({"x": [1.5, 2.5, 3.5], "c": list("aba")}).iloc[[2, 0, 1]]
    frame.to_parquet(tmp_path / "t.parquet")
    assert "__index_level_0__" in pa.parquet.read_schema(tmp_path / "t.parquet").names
    table = open_table(tmp_path / "t.parquet")
    assert table.names == ("x", "c")
    assert [(note.code, note.option) for note in table.notes] == [("index", "index")]
    assert next(row for batch in table.batches() for row in batch.data.to_pylist()) == {"x": 3.5, "c": "a"}
    kept = open_table(tmp_path / "t.parquet", Reading(index=False))
    assert kept.names == ("x", "c", "__index_level_0__")


def test_an_index_is_left_out_of_every_kind_of_table_alike(tmp_path):
    frame = pd.DataFrame({"Unnamed: 0": [0, 1, 2], "x": [1.5, 2.5, 3.5], "c": list("aba")})
    frame.to_parquet(tmp_path / "t.parquet", index=False)
    frame.to_csv(tmp_path / "t.csv", index=False)
    tables = [open_table(source) for source in (frame, tmp_path / "t.parquet", tmp_path / "t.csv")]
    assert {table.names for table in tables} == {("x", "c")}
    assert len({table.notes for table in tables}) == 1


def test_a_column_that_is_not_there_is_an_error_that_names_those_that_are():
    assert find_column("-1", ["a", "b"], "t.csv", "drop") == "b"
    with pytest.raises(TableError, match=r"t.csv: no column '3'; the table has 'a', 'b'") as caught:
        find_column("3", ["a", "b"], "t.csv", "drop")
    assert caught.value.parameter == "drop"
    with pytest.raises(TableError, match="looks separated by ';': pass delimiter=';'$"):
        find_column("a", ["a;b"], "t.csv", "target")


def test_counting_may_begin_again_in_fewer_than_one_of_ten_rows():
    assert counts_rows([*map(str, range(6)), *map(str, range(5))])  # once in 11 rows
    assert not counts_rows([*map(str, range(5)), *map(str, range(5))])  # once in 10


def test_a_note_about_an_index_names_its_column(opened):
    assert opened("Unnamed: 0,x,c\n0,1.5,a\n1,2.5,b\n").notes[-1].column == "Unnamed: 0"
    assert opened(",x,c\n0,1.5,a\n1,2.5,b\n").notes[-1].column is None


def test_an_index_may_stand_beside_a_single_column_and_never_alone(opened):
    assert opened("Unnamed: 0,x\n0,1.5\n1,2.5\n").names == ("x",)
    assert opened("Unnamed: 0\n0\n1\n").names == ("Unnamed: 0",)


def test_only_a_single_column_with_a_delimiter_in_its_name_is_taken_for_several():
    with pytest.raises(TableError, match="pass delimiter=") as caught:
        find_column("z", ["a;b"], "t.csv", "target")
    assert caught.value.parameter == "delimiter"
    for known in (["a;b", "c"], ["a"]):
        with pytest.raises(TableError, match="no target column 'z'") as caught:
            find_column("z", known, "t.csv", "target")
        assert caught.value.parameter == "target"
        assert "delimiter" not in str(caught.value)
