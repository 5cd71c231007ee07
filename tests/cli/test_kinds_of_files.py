"""The same rows in files of every kind, through the command line."""

import contextlib
import json
import sqlite3

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from softargmax import cli


def json_lines(table, path):
    with open(path, "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in table.to_pylist())


def database(table, path):
    columns = ", ".join(table.column_names)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE animals ({columns})")
        connection.execute("CREATE TABLE other (x)")
        rows = [tuple(row.values()) for row in table.to_pylist()]
        connection.executemany(f"INSERT INTO animals VALUES ({', '.join('?' * len(table.column_names))})", rows)


def packed(table, path):
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(table, sink)
    with pa.output_stream(path, compression="zstd") as file:
        file.write(sink.getvalue())


KINDS = {
    "t.jsonl": (json_lines, ()),
    "t.feather": (pa.feather.write_feather, ()),
    "t.db": (database, ("--table", "animals")),
    "query.db": (database, ("--query", "SELECT * FROM animals WHERE size IS NOT NULL")),
    "t.parquet.zst": (packed, ()),
}
FEW = ("--target", "kind", "--model", "regression")


def predictions(model, *arguments):
    assert cli.run(["predict", model, *arguments, "-o", "p.parquet"]) == 0
    return pa.parquet.read_table("p.parquet")


@pytest.mark.parametrize("name", KINDS)
def test_the_same_rows_give_the_same_model_and_predictions_from_a_file_of_any_kind(folder, make_rows, name):
    write, flags = KINDS[name]
    pa.parquet.write_table(make_rows(200), "t.parquet")
    write(make_rows(200), name)
    assert cli.run(["fit", "t.parquet", *FEW, "-o", "a.softargmax"]) == 0
    assert cli.run(["fit", name, *FEW, *flags, "-o", "b.softargmax"]) == 0
    expected = predictions("a.softargmax", "test.parquet")
    assert predictions("b.softargmax", "test.parquet").equals(expected)
    write(make_rows(60, 1), "test" + name)
    # What was said at fit is known to the model.
    assert predictions("b.softargmax", "test" + name).equals(expected)


def test_what_must_be_chosen_is_asked_in_flags(folder, make_rows, capsys):
    database(make_rows(20), "t.db")
    assert cli.run(["fit", "t.db", *FEW, "-o", "a.softargmax"]) == 1
    assert "choose one with --table\n" in capsys.readouterr().err
