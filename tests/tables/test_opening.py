import io
import pickle
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from softargmax.exceptions import ArgumentError, LimitError
from softargmax.tables.doors import delimited
from softargmax.tables.doors.source import Source
from softargmax.tables.limits import Limits
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading


def rows(batches):
    return [row for batch in batches for row in batch.data.to_pylist()]


def test_parts_can_be_read_by_another_process(write):
    paths = [write("1.csv", "a,b\n1,x\n"), write("2.csv", "a,b\n2,y\n3,z\n")]
    table = open_table(paths)
    parts = pickle.loads(pickle.dumps(table.parts()))
    assert [part.number for part in parts] == [0, 1]
    assert [rows(part.batches()) for part in parts] == [
        [{"a": "1", "b": "x"}],
        [{"a": "2", "b": "y"}, {"a": "3", "b": "z"}],
    ]
    assert rows(table.batches()) == [row for part in parts for row in rows(part.batches())]


def test_parts_keep_the_limits_of_their_table(write):
    limits = Limits(columns=3)
    for paths in ([write("1.csv", "a,b\n1,x\n")], [write("1.csv", "a,b\n1,x\n"), write("2.csv", "a,b\n2,y\n")]):
        assert {part.limits for part in open_table(paths, limits=limits).parts()} == {limits}


def test_a_table_is_read_as_often_as_one_wants(write):
    table = open_table(write("t.csv", "a,b\n1,x\n"))
    assert rows(table.batches()) == rows(table.batches()) == [{"a": "1", "b": "x"}]


def test_what_was_decided_is_given_back_and_decides_the_next_time(write):
    decided = open_table(write("t.csv", "a;b\n1;x\n"), Reading(delimiter=";")).reading
    assert (decided.encoding, decided.delimiter, decided.header) == ("utf-8", ";", True)
    assert rows(open_table(write("u.csv", "a;b\n2;y\n"), decided).batches()) == [{"a": "2", "b": "y"}]


def test_a_reading_survives_its_way_through_a_file():
    reading = Reading("cp1252", ";", True, 2, "#", ",", "Sheet 1", names=("a", "b"), target="b")
    assert Reading.from_json(reading.to_json()) == reading
    assert Reading.from_json({}) == Reading()


@pytest.mark.parametrize(
    "data",
    [
        {"encoding": 1},
        {"names": "ab"},
        {"names": [1]},
        {"header": "yes"},
        {"skip_rows": True},
        {"skip_rows": -1},
        {"delimiter": "ab"},
    ],
)
def test_a_reading_that_was_tampered_with_is_refused(data):
    with pytest.raises((ValueError, TypeError)):
        Reading.from_json(data)


@pytest.mark.parametrize("wrong", [{"delimiter": ",,"}, {"delimiter": "\n"}, {"decimal": "x"}, {"skip_rows": -1}])
def test_a_reading_names_the_option_that_cannot_be(wrong):
    (name,) = wrong
    with pytest.raises(ArgumentError, match=f"^{name}: expected") as caught:
        Reading(**wrong)
    assert caught.value.parameter == name


def test_standard_input_can_be_looked_at_before_it_is_read(monkeypatch):
    text = b"a,b\n" + b"1,x\n" * 1000
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    source = Source("-")
    assert source.head(3) == b"a,b"
    assert source.open().read() == source.open().read() == text
    assert source.open_once().read() == text


def test_standard_input_whose_kind_is_known_is_not_copied(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a,b\n1,x\n")))
    source = Source("-")
    assert source.head(3) == b"a,b"
    assert source.open_once().read() == b"a,b\n1,x\n"
    assert source._copy is None


def test_standard_input_that_is_read_again_is_copied_also_where_its_kind_is_known(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a,b\n1,x\n2,y\n")))
    table = open_table("-", Reading(encoding="utf-8", delimiter=",", header=True), again=True)
    assert [sum(batch.data.num_rows for batch in table.batches()) for _ in range(2)] == [2, 2]


def test_more_columns_than_the_limit_are_refused_in_one_sentence(write):
    with pytest.raises(LimitError, match=r"t.csv: expected at most 2 columns, got 3"):
        open_table(write("t.csv", "a,b,c\n1,2,3\n"), limits=Limits(columns=2))


def test_a_further_file_that_is_read_otherwise_is_named_once_it_was_read(write):
    first = write("a.csv", "größe;y\n1,5;a\n2,5;b\n")
    write("b.csv", "größe,y\n1.5,a\n2.5,b\n".encode("cp1252"))
    write("c.csv", "größe,y\n1.5,a\n2.5,b\n".encode("cp1252"))
    write("d.csv", "größe;y\n1,5;a\n2,5;b\n")
    folder = Path(first).parent
    table = open_table([str(folder / f"{name}.csv") for name in "abcd"])
    before = table.notes
    for _ in range(2):
        assert sum(batch.data.num_rows for batch in table.batches()) == 8
        (note,) = table.notes[len(before) :]
    assert (note.code, note.option) == ("files", None)
    assert note.text == (
        f"{folder / 'b.csv'}, {folder / 'c.csv'}: read otherwise than {folder / 'a.csv'}: "
        "encoding 'cp1252', delimiter ',', where that has 'utf-8', ';'"
    )


def test_further_files_that_are_read_alike_are_not_named(write):
    paths = [write(f"{name}.csv", "x,y\n1,a\n2,b\n") for name in "abc"]
    table = open_table(paths)
    assert sum(batch.data.num_rows for batch in table.batches()) == 6
    assert table.notes == ()


def test_what_only_a_further_file_shows_is_said_with_its_name(write):
    paths = [write("a.csv", "x,y\n1,a\n2,b\n"), write("b.csv", "x,y\n1,a\nx,y\n2,b\n")]
    table = open_table(paths)
    assert sum(batch.data.num_rows for batch in table.batches()) == 4
    (note,) = table.notes
    assert note.code == "repeated-header"
    assert note.text.startswith(f"{paths[1]}: the header occurs again")


@pytest.mark.parametrize("n_rows", [1, 400])
def test_a_line_end_that_is_cut_in_two_ends_no_table(write, monkeypatch, n_rows):
    monkeypatch.setattr(delimited, "BLOCK", 300)
    for n_bytes in range(290, 311):  # one of them puts a block's end between CR and LF
        first = "1," + "w" * (n_bytes - 7 - 3) + "\r\n"
        path = write("t.csv", "a,b\r\n" + first + "2,x\r\n" * n_rows)
        reading = Reading(encoding="utf-8", delimiter=",", header=True, header_lines=1, skip_rows=0, comment="#")
        for known in (reading, replace(reading, comment=None)):
            assert len(rows(open_table(path, known).batches())) == 1 + n_rows


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("names", ["a", "a,b"])
def test_a_header_alone_is_a_table_without_rows(write, end, names):
    table = open_table(write("t.csv", names + end), Reading(header=True))
    assert list(table.names) == names.split(",")
    assert rows(table.batches()) == []
