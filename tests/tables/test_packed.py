import bz2
import contextlib
import gzip
import io
import lzma
import sys
import zipfile

import pyarrow as pa
import pyarrow.parquet
import pytest

from softargmax.exceptions import FileError, LimitError, TableError
from softargmax.tables.doors import packed
from softargmax.tables.limits import Limits
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

TEXT = b"a,b\n1,x\n2,y\n"
ROWS = [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]


def by_arrow(codec):
    return lambda data: pa.Codec(codec).compress(data, asbytes=True)


def zipped(files, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


PACKERS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": by_arrow("zstd"),
    "lz4": by_arrow("lz4"),
    "zip": lambda data: zipped({"table.csv": data}),
    "stored.zip": lambda data: zipped({"table.csv": data}, zipfile.ZIP_STORED),
    "zip.gz": lambda data: gzip.compress(zipped({"table.csv": data})),
    "gz.zip": lambda data: zipped({"table.csv.gz": gzip.compress(data)}),
}
STREAMS = ["gz", "bz2", "xz", "zst", "lz4"]
each_packing = pytest.mark.parametrize("packing", PACKERS)


def rows(path, *args, **kwargs):
    return [row for batch in open_table(path, *args, **kwargs).batches() for row in batch.data.to_pylist()]


@each_packing
@pytest.mark.parametrize("name", ["t.csv", "t"])
def test_what_is_packed_is_known_by_its_bytes_and_not_by_its_name(write, packing, name):
    path = write(name, PACKERS[packing](TEXT))
    assert rows(path) == ROWS


@each_packing
def test_packed_tables_come_through_a_pipe(packing, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PACKERS[packing](TEXT))))
    assert rows("-") == ROWS


@pytest.mark.parametrize("packing", [*STREAMS, "zip"])
def test_parquet_that_is_packed_is_unpacked_into_a_file_that_does_not_stay(write, packing, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    pa.parquet.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), tmp_path / "t.parquet")
    data = (tmp_path / "t.parquet").read_bytes()
    path = write("packed", PACKERS[packing](data) if "zip" not in packing else zipped({"t.parquet": data}))
    assert rows(path) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize("packing", STREAMS)
def test_several_packed_files_in_a_row_are_one_text(write, packing):
    assert rows(write("t.csv", PACKERS[packing](TEXT) + PACKERS[packing](b"3,z\n"))) == [*ROWS, {"a": "3", "b": "z"}]


@each_packing
def test_every_truncation_is_one_error_that_names_the_file(write, packing):
    data = PACKERS[packing](TEXT)
    for size in range(20 if "zip" in packing else 11, len(data)):
        path = write("cut.csv", data[:size])
        with pytest.raises(FileError, match=r"cut\.csv") as caught:
            rows(path)
        assert "\n" not in str(caught.value)


@each_packing
def test_every_damaged_byte_is_read_or_refused(write, packing):
    data = PACKERS[packing](TEXT)
    for place in range(len(data)):
        path = write("t.csv", data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        with contextlib.suppress(FileError):
            rows(path)


@pytest.mark.parametrize("packing", [*STREAMS, "zip"])
def test_a_bomb_ends_in_a_limit(write, packing):
    path = write("bomb.csv", PACKERS[packing](TEXT + b"1,x\n" * 50_000))
    with pytest.raises(LimitError, match=r"bomb\.csv: more than \d+ bytes come out of \d+ packed"):
        rows(path, limits=Limits(expansion=2, unpacked_bytes=1 << 15))
    assert len(rows(path, limits=Limits(expansion=2, unpacked_bytes=1 << 18))) == 50_002


def test_a_bomb_is_not_unpacked_into_memory_or_a_file(write, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    inner = gzip.compress(b"PAR1" + bytes(1 << 26))
    with pytest.raises(LimitError):
        rows(write("bomb.parquet", inner), limits=Limits(unpacked_bytes=1 << 20))
    assert [file.name for file in tmp_path.iterdir()] == ["bomb.parquet"]


def test_a_file_of_xz_that_needs_more_memory_than_allowed_is_refused(write, monkeypatch):
    path = write("t.csv", lzma.compress(TEXT))
    assert rows(path)
    monkeypatch.setattr(packed, "_XZ_MEMORY", 1 << 18)
    with pytest.raises(FileError, match=r"t\.csv: cannot be unpacked"):
        rows(path)


def test_what_is_packed_without_end_is_refused(write):
    data = TEXT
    for _ in range(6):
        data = gzip.compress(data)
    with pytest.raises(LimitError, match=r"t\.csv: expected a table that is packed at most 3 times"):
        rows(write("t.csv", data))


def test_the_one_table_of_an_archive_is_taken_and_said(write):
    table = open_table(write("t.zip", zipped({"in/t.csv": TEXT, "in/readme.md": "hello", "__MACOSX/in/._t.csv": "x"})))
    assert [row for batch in table.batches() for row in batch.data.to_pylist()] == ROWS
    (note,) = table.notes
    assert (note.code, note.option) == ("member", "member")
    assert "'in/t.csv' was taken" in note.text
    assert "'in/readme.md'" in note.text
    assert "MACOSX" not in note.text


def test_an_archive_of_one_file_leaves_nothing_to_say(write):
    assert open_table(write("t.zip", zipped({"anything": TEXT}))).notes == ()


def test_one_of_several_tables_in_an_archive_is_asked_for(write):
    path = write("t.zip", zipped({"in/a.csv": TEXT, "in/b.csv": "c\n5\n"}))
    with pytest.raises(TableError, match=r"expected one table in this archive, got 'in/a.csv', 'in/b.csv'") as caught:
        rows(path)
    assert caught.value.parameter == "member"
    assert rows(path, Reading(member="b.csv")) == rows(path, Reading(member="in/b.csv")) == [{"c": "5"}]
    with pytest.raises(TableError, match=r"there is no file 'c.csv' in it") as caught:
        rows(path, Reading(member="c.csv"))
    assert caught.value.parameter == "member"


def test_an_empty_archive_and_one_with_a_password_are_named(write):
    with pytest.raises(TableError, match="holds no files"):
        rows(write("t.zip", zipped({})))
    data = bytearray(zipped({"t.csv": TEXT}, zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(TableError, match="encrypted"):
        rows(write("t.zip", bytes(data)))


def test_a_folder_with_packed_tables_is_a_table(write, tmp_path):
    write("1.csv.zst", PACKERS["zst"](TEXT))
    write("2.csv.zip", PACKERS["zip"](TEXT))
    assert rows(str(tmp_path)) == ROWS * 2
