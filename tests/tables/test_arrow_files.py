import contextlib
import io
import re
import sys

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from softargmax.exceptions import FileError
from softargmax.tables.opening import open_table

TABLE = pa.table(
    {
        "n": [1, None, 3],
        "x": [1.5, 2.0, None],
        "t": ["ä", None, "b"],
        "d": pa.array(["u", "v", "u"]).dictionary_encode(),
    }
)
VALUES = TABLE.to_pydict()


def file(table, **options):
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema, **options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def stream(table):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def feather(table):
    sink = io.BytesIO()
    pa.feather.write_feather(table, sink)
    return sink.getvalue()


def parquet(table):
    sink = io.BytesIO()
    pa.parquet.write_table(table, sink)
    return sink.getvalue()


def compressed(codec):
    return lambda table: file(table, options=pa.ipc.IpcWriteOptions(compression=codec))


FORMS = {
    "file": file,
    "stream": stream,
    "lz4": compressed("lz4"),
    "zstd": compressed("zstd"),
    "feather": feather,
    "parquet": parquet,
}
each_form = pytest.mark.parametrize("make", FORMS.values(), ids=FORMS.keys())


def columns(table):
    batches = list(table.batches())
    return {name: [v for b in batches for v in b.data.column(name).to_pylist()] for name in table.names}


@each_form
def test_a_file_of_columns_keeps_their_types_whatever_it_is_called(write, make):
    table = open_table(write("t", make(TABLE)))
    assert columns(table) == columns(table) == VALUES
    (batch,) = table.batches()
    assert str(batch.data.schema.types[0]) == "int64"


@each_form
def test_a_file_of_columns_comes_through_a_pipe(monkeypatch, make):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(make(TABLE))))
    assert columns(open_table("-")) == VALUES


@each_form
def test_rows_that_lie_together_are_handed_on_in_parts(write, make):
    table = open_table(write("t", make(pa.table({"x": range(20_000)}))))
    parts = [(batch.first_row, batch.data.num_rows) for batch in table.batches()]
    assert parts == [(1, 8192), (8193, 8192), (16385, 3616)]


@each_form
def test_a_file_of_columns_without_rows_is_one_empty_batch(write, make):
    (batch,) = open_table(write("t", make(TABLE.slice(0, 0)))).batches()
    assert (batch.names, batch.data.num_rows) == (list(TABLE.column_names), 0)


@each_form
def test_columns_with_one_name_are_told_apart(write, make):
    if make is feather:
        pytest.skip("Feather has no two columns of one name")
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])
    assert columns(open_table(write("t.arrow", make(twice)))) == {"x": [1], "x_2": [2]}


@each_form
def test_the_index_of_pandas_is_left_out_and_said(write, make):
    indexed = pa.Table.from_pandas(pa.table({"x": [1.5, 2.5, 3.5]}).to_pandas().set_index([[7, 3, 9]]))
    table = open_table(write("t.arrow", make(indexed)))
    assert columns(table) == {"x": [1.5, 2.5, 3.5]}
    assert [note.code for note in table.notes] == ["index"]


@each_form
def test_every_truncation_of_a_file_of_columns_is_an_error_that_names_it(write, make):
    whole = make(TABLE)
    ends = re.escape("t.arrow")
    for size in range(6, len(whole) - 9, 3):
        try:
            found = columns(open_table(write("t.arrow", whole[:size])))
        except FileError as error:
            assert re.search(ends, str(error))  # noqa: PT017
            continue
        # A stream may end after any batch, or before the first.
        assert make is stream
        assert found == {name: [] for name in VALUES}


@each_form
def test_every_damaged_byte_of_a_file_of_columns_is_read_or_refused(write, make):
    whole = make(TABLE)
    for place in range(6, len(whole), 3):
        for wrong in (0xFF, 0x01):
            with contextlib.suppress(FileError):
                columns(
                    open_table(write("t.arrow", whole[:place] + bytes([whole[place] ^ wrong]) + whole[place + 1 :]))
                )
