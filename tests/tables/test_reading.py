import gzip
import io
import sys

import pyarrow as pa
import pyarrow.parquet
import pytest

from softargmax.exceptions import TableError
from softargmax.tables import gathering
from softargmax.tables.doors import delimited
from softargmax.tables.files import resolve
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading


def read(path, reading=None):
    """All rows as one dict of lists."""
    batches = list(open_table(path, reading).batches())
    return {name: [v for b in batches for v in b.data.column(name).to_pylist()] for name in batches[0].names}


PLAIN = {"a": ["1", "2"], "b": ["x", "y"]}


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,x\n2,y\n",
        "a,b\n1,x\n2,y",
        "a,b\r\n1,x\r\n2,y\r\n",
        "\ufeffa,b\n1,x\n2,y\n",
        " a , b \n1,x\n2,y\n",
        '"a","b"\n"1","x"\n2,y\n',
        "a,b\n1,x\n\n2,y\n\n",
        "\n , \na,b\n1,x\n2,y\n",
        "a,b\r1,x\r2,y",
        "a,b\r1,x\r\n2,y\n",
    ],
)
def test_csv_in_its_many_forms(write, text):
    assert read(write("t.csv", text)) == PLAIN


def test_cells_stay_text_and_may_hold_delimiters_and_line_ends(write):
    assert read(write("t.csv", 'a,b\n007,"x, y"\n,"line 1\nline 2"\n')) == {
        "a": ["007", ""],
        "b": ["x, y", "line 1\nline 2"],
    }


def test_gzip_is_known_by_its_bytes_not_its_name(write):
    packed = gzip.compress(b"a,b\n1,x\n2,y\n")
    assert read(write("t.csv.gz", packed)) == PLAIN
    assert read(write("t.csv", packed)) == PLAIN


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a,b\n1,x\n2,y\n")))
    assert read("-") == PLAIN


def test_parquet_on_standard_input_is_copied_and_read(monkeypatch, tmp_path):
    pa.parquet.write_table(pa.table({"a": ["1", "2"], "b": ["x", "y"]}), tmp_path / "t.parquet")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((tmp_path / "t.parquet").read_bytes())))
    assert read("-") == PLAIN


def test_other_delimiters(write):
    assert read(write("t.tsv", "a\tb\n1\tx\n2\ty\n"), Reading(delimiter="\t")) == PLAIN


def test_parquet_keeps_its_types(tmp_path):
    pa.parquet.write_table(pa.table({"a": [1, None], "b": ["x", "y"]}), tmp_path / "t.parquet")
    assert read(str(tmp_path / "t.parquet")) == {"a": [1, None], "b": ["x", "y"]}


def test_folders_and_several_files_are_read_in_order(write, tmp_path):
    write("2.csv", "a,b\n2,y\n")
    write("1.csv", "a,b\n1,x\n")
    write("notes.md", "not a table")
    write(".hidden.csv", "a,b\n9,z\n")
    assert read(str(tmp_path)) == PLAIN
    assert read([str(tmp_path / "1.csv"), str(tmp_path / "2.csv")]) == PLAIN


def test_without_header_columns_are_numbered(write):
    assert read(write("t.csv", "1,x\n2,y\n"), Reading(header=False)) == {
        "column_1": ["1", "2"],
        "column_2": ["x", "y"],
    }


def test_without_header_known_names_must_fit_the_first_line(write):
    path = write("t.csv", "|1x3 Cross validator\n1,x\n")
    with pytest.raises(
        TableError, match=r"line 1 has 1 values where 2 are expected: '\|1x3 Cross validator'.*remove it"
    ):
        read(path, Reading(delimiter=",", header=False, skip_rows=0, names=("a", "b")))


def test_whether_there_is_a_header_can_be_said(write):
    path = write("t.csv", "39, State-gov\n50, Private\n")
    assert read(path, Reading(header=True)) == {"39": ["50"], "State-gov": [" Private"]}
    assert read(path, Reading(header=False)) == {"column_1": ["39", "50"], "column_2": [" State-gov", " Private"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty file"),
        ("\n\n", "empty file"),
        (" \n , \n", "empty file|blank lines only"),
        ("a,b\n1,x\n2\n", "line 3 has 1 values where the first line has 2: '2'"),
        ("a,b\n1,x,z\n", "has 3 values"),
        (b"a,b\n\xff\xfe,x\n", "UTF-8"),
    ],
)
def test_what_is_no_table_is_named(write, text, message):
    path = write("bad.csv", text)
    with pytest.raises(TableError, match=message) as caught:
        read(path)
    assert "bad.csv" in str(caught.value)


def test_bytes_that_are_not_utf8_far_into_the_file_are_named(write, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK", 64)
    with pytest.raises(TableError, match="UTF-8"):
        read(write("bad.csv", b"a,b\n" + b"1,x\n" * 100 + b"2,\xff\n"))


def test_a_first_block_may_end_inside_a_character(write, monkeypatch):
    text = ("a,b\n" + "1,x\n" * 14 + "2,").encode().ljust(63, b"y") + "ä\n3,z\n".encode()
    assert text[63:65] == "ä".encode()
    for size in (63, 64, 65):
        monkeypatch.setattr(delimited, "BLOCK", size)
        assert read(write("t.csv", text))["b"][-2:] == [text[62:65].decode().lstrip(","), "z"]


def test_a_table_of_thousands_of_columns_is_read_many_rows_at_a_time(write, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK", 1 << 15)
    monkeypatch.setattr(gathering, "_ENOUGH_BYTES", 1 << 17)
    lines = [",".join(f"{name}{column}" for column in range(4096)) for name in ["x", *range(10, 90)]]
    table = open_table(write("wide.csv", "\n".join(lines) + "\n"))
    assert len(list(table.batches())) < 10
    assert len(list(gathering.Gathered(table.batches(), {}))) == 1


def test_a_quotation_mark_left_open_is_named(write, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK", 64)
    with pytest.raises(TableError):
        read(write("bad.csv", 'a,b\n1,"x\n' + "2,y\n" * 100))


def test_a_damaged_parquet_file_is_named(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(TableError, match="t.parquet"):
        read(str(tmp_path / "t.parquet"))


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(TableError, match="no such file"):
        resolve([str(tmp_path / "absent.csv")])
    with pytest.raises(TableError, match="found none"):
        resolve([str(tmp_path)])
    with pytest.raises(TableError, match="at least one"):
        resolve([])


def test_rows_are_counted_across_batches(write, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK", 64)
    batches = list(open_table(write("t.csv", "a,b\n" + "1,x\n" * 100)).batches())
    assert len(batches) > 3
    assert [b.first_row for b in batches[1:]] == [
        1 + sum(b.data.num_rows for b in batches[:i]) for i in range(1, len(batches))
    ]


def test_a_header_alone_gives_one_empty_batch(write):
    (batch,) = open_table(write("t.csv", "a,b\n")).batches()
    assert batch.names == ["a", "b"]
    assert batch.data.num_rows == 0


def test_an_empty_line_of_a_one_column_table_is_a_missing_value(write):
    assert read(write("t.csv", "x\n1\n\n3\n")) == {"x": ["1", "", "3"]}


def test_without_header_the_target_may_be_absent(write):
    known = Reading(header=False, names=("a", "y", "b"), target="y")
    assert read(write("t.csv", "1,x\n2,y\n"), known) == PLAIN


def test_parquet_columns_of_one_name_get_different_ones(tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    assert read(str(tmp_path / "t.parquet")) == {"x": [1], "x_2": [2]}


def test_files_that_were_found_are_not_looked_for_again(tmp_path, write):
    write("a.csv", "x\n1\n")
    found = resolve([str(tmp_path)])
    write("b.csv", "x\n1\n")
    assert resolve(found) is found
    assert len(resolve([str(tmp_path)])) == 2
