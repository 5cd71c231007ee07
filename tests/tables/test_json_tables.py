import io
import json
import sys
import time

import pytest

from softargmax.exceptions import FileError, LimitError, TableError
from softargmax.tables.doors import json_text
from softargmax.tables.limits import Limits
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

ROWS = [{"a": 1, "b": "x", "c": 1.5, "d": True}, {"a": None, "b": "ä", "c": 2, "d": None}]
VALUES = {"a": [1, None], "b": ["x", "ä"], "c": [1.5, 2.0], "d": [True, None]}


@pytest.fixture
def read(write):
    """Write JSON and read it: its columns as lists."""

    def read(text, limits=None, name="t.json"):
        return columns(open_table(write(name, text), limits=limits or Limits()))

    return read


def columns(table):
    batches = list(table.batches())
    return {name: [v for b in batches for v in b.data.column(name).to_pylist()] for name in table.names}


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


FORMS = {
    "lines": lines(ROWS),
    "lines without the last end": lines(ROWS).rstrip(),
    "lines of Windows": lines(ROWS).replace("\n", "\r\n"),
    "blank lines": "\n\n" + lines(ROWS).replace("\n", "\n\n"),
    "a list": json.dumps(ROWS),
    "a list over many lines": "\n " + json.dumps(ROWS, indent=2) + "\n\n",
    "letters as they are": json.dumps(ROWS, ensure_ascii=False),
    "a byte order mark": "\ufeff" + json.dumps(ROWS, ensure_ascii=False),
    "no blanks": json.dumps(ROWS, separators=(",", ":")),
}
LAYOUTS = {
    "a list under a name": {"total": 2, "pages": [1], "data": ROWS},
    "pandas' columns": {name: dict(zip("01", values, strict=True)) for name, values in VALUES.items()},
    "pandas' index": dict(zip("01", ROWS, strict=True)),
    "pandas' split": {"columns": list("abcd"), "index": [0, 1], "data": [list(row.values()) for row in ROWS]},
    "pandas' table": {"schema": {"fields": [{"name": "a"}], "version": "1"}, "data": ROWS},
    "lists": VALUES,
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("name", ["t.json", "t"])
def test_json_in_its_many_forms(read, text, name):
    assert read(text, name=name) == VALUES


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_one_object_that_holds_the_table_is_understood_and_said(write, layout):
    table = open_table(write("t.json", json.dumps(layout)))
    assert columns(table) == VALUES
    assert [note.code for note in table.notes] == ["layout"]


def test_one_object_alone_is_one_row(write):
    table = open_table(write("t.json", json.dumps(ROWS[0])))
    assert columns(table) == {name: values[:1] for name, values in VALUES.items()}
    assert table.notes == ()


def test_json_comes_through_a_pipe(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines(ROWS).encode())))
    assert columns(open_table("-")) == VALUES


def test_objects_in_objects_are_columns_in_their_place(read):
    rows = [{"id": 1, "size": {"w": 2, "in": {"deep": "x"}}, "c": 3}, {"id": 2, "size": None, "c": 4}, {"id": 3}]
    assert read(lines(rows)) == {
        "id": [1, 2, 3],
        "size.w": [2, None, None],
        "size.in.deep": ["x", None, None],
        "c": [3, 4, None],
        "size": [None, None, None],
    }


def test_an_index_of_pandas_is_left_out_and_what_has_no_name_gets_one(write):
    rows = [{"Unnamed: 0": i, "": 5, "x": 1.5} for i in range(3)]
    table = open_table(write("t.json", lines(rows)))
    assert columns(table) == {"column_2": [5] * 3, "x": [1.5] * 3}
    assert [note.code for note in table.notes] == ["index", "name"]
    assert table.reading.index is True
    kept = open_table(write("t.json", lines(rows)), Reading(index=False))
    assert kept.names == ("Unnamed: 0", "column_2", "x")


def test_lists_are_left_out_and_said(write):
    table = open_table(write("t.json", lines([{"a": 1, "tags": None}, {"a": 2, "tags": ["x"]}])))
    assert columns(table) == {"a": [1, 2]}
    (note,) = table.notes
    assert note.code == "nested"
    assert "'tags'" in note.text


def test_a_column_may_come_first_in_the_last_row(read, monkeypatch):
    monkeypatch.setattr(json_text, "_CHUNK", 64)
    found = read(lines([{"a": 1}] * 1000 + [{"b": "x", "a": 2}]))
    assert found == {"a": [1] * 1000 + [2], "b": [None] * 1000 + ["x"]}


def test_values_that_differ_are_what_text_would_be(read, write):
    rows = [{"x": 1, "y": True}, {"x": 2.5, "y": "no"}, {"x": "NA", "y": 3}]
    expected = next(open_table(write("t.csv", "x,y\n1,true\n2.5,no\nNA,3\n")).batches()).data.to_pydict()
    assert read(lines(rows)) == expected


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**30])
def test_whole_numbers_that_nothing_holds_are_their_digits(read, value):
    assert read(lines([{"x": value}, {"x": 1}])) == {"x": [str(value), "1"]}


def test_half_a_character_is_the_mark_for_that(read):
    assert read('{"a": "x\\ud800y"}\n{"a": "\\ud83d\\ude00"}') == {"a": ["x\ufffdy", "😀"]}


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
@pytest.mark.parametrize("layout", ["lines", "list"])
def test_where_the_text_is_cut_while_it_is_read_makes_no_difference(read, monkeypatch, size, layout):
    monkeypatch.setattr(json_text, "_CHUNK", size)
    rows = [{"n": 12345678 + i, "t": f'a"\\ä😀 {i}' * (i % 40), "x": 1.5e-7, "u": {"v": None}} for i in range(200)]
    text = lines(rows) if layout == "lines" else json.dumps(rows)
    assert read(text)["t"] == [row["t"] for row in rows]
    assert read(text)["n"] == [row["n"] for row in rows]


def test_a_number_that_is_cut_while_it_is_read_is_read_to_its_end(read, monkeypatch):
    monkeypatch.setattr(json_text, "_CHUNK", 1)
    with pytest.raises(TableError, match="one for each row, got 12345"):
        read('[{"a": 1}, 12345]')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": }\n', r"object 2: expected JSON \(expecting value\), got '}'"),
        ('{"a": 1}\n{"a": 2', "object 2: the file ends in the middle of it"),
        ('[{"a": 1}, {"a": ', "object 2: the file ends in the middle of it"),
        ('[{"a": 1}', "a comma, or the end of the list, but the file ends there"),
        ('[{"a": 1} {"a": 2}]', 'a comma, or the end of the list, got \'{"a": 2}]\''),
        ('[{"a": 1}] 5', "nothing after the list, got '5'"),
        ('[{"a": 1}, 5]', "expected objects, one for each row, got 5"),
        ("[[1, 2], [3, 4]]", r"expected objects, one for each row, got \[1, 2\]"),
        ("[]", "got none"),
        ("{}", "got none"),
        ('{"a": 1, "a": 2}', "object 1 has two values for 'a'"),
        ('{"a.b": 1, "a": {"b": 2}}', r"object 1 has two values for 'a\.b'"),
        ('{"a": ' + "1" * 5000 + "}", "object 1: expected a number"),
        (b'{"a": "\xff"}', "expected JSON in UTF-8"),
        ('{"a": [{"x": 1}], "b": [{"y": 1}]}', "expected one list of objects, got 'a', 'b'"),
        ('{"u": {"x": 1}, "v": {"x": 2}}', "either could be the rows"),
    ],
)  # fmt: skip
def test_what_is_no_table_in_json_is_named(read, text, message):
    with pytest.raises(TableError, match=message) as caught:
        read(text)
    assert "t.json" in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("depth", [33, 10_000, 1_000_000])
@pytest.mark.parametrize("signs", ['{"a":}', "[]"])
def test_nesting_without_end_is_refused(read, depth, signs):
    begin, end = signs[:-1], signs[-1]
    text = '{"row": 1, "deep": ' + begin * depth + "1" + end * depth + "}"
    if depth == 33 and begin == "[":
        assert read(text) == {"row": [1]}
        return
    with pytest.raises(LimitError, match="object 1: expected objects in objects at most 32 deep"):
        read(text)


def test_nesting_up_to_the_limit_is_read(read):
    assert read('{"a":' * 32 + '{"b": 1}' + "}" * 32, Limits(nesting=32)) == {"a." * 32 + "b": [1]}


def test_names_without_end_and_rows_without_end_are_limits(read):
    with pytest.raises(LimitError, match="at most 10 columns"):
        read(lines({f"c{i}": 1} for i in range(1000)), Limits(columns=10))
    with pytest.raises(LimitError, match="at most 1000 characters"):
        read('{"a": "' + "x" * 3_000_000, Limits(row_bytes=1000))


def test_a_mistake_at_the_beginning_is_found_there(read):
    # Not after reading on, in the hope that the rest makes it right.
    begin = time.process_time()  # of this process: others may hold the machine
    with pytest.raises(TableError, match="object 1"):
        read('{"a": nonsense}\n' + '{"a": 1}\n' * 1_000_000)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("text", [FORMS["lines"], FORMS["a list"], json.dumps(LAYOUTS["pandas' columns"])])
def test_every_truncation_of_json_is_read_or_refused(read, text):
    for size in range(1, len(text)):
        try:
            found = read(text[:size])
        except FileError:
            continue
        assert found["a"] == VALUES["a"][: len(found["a"])]  # what is cut off after a whole line is a table


@pytest.mark.parametrize("header", ["[id],x", "{a},x", '"[a]",x'])
def test_names_of_columns_in_brackets_are_names(write, header):
    assert len(open_table(write("t.csv", f"{header}\n1,2\n")).names) == 2
