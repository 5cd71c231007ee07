import contextlib
import sqlite3

import pytest

from softargmax.exceptions import FileError, LimitError, TableError
from softargmax.tables.doors import values
from softargmax.tables.limits import Limits
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading


@pytest.fixture
def database(tmp_path):
    """Make a database by a script and give its path."""

    def database(script, name="t.db"):
        path = tmp_path / name
        path.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)
        return str(path)

    return database


def read(path, limits=None, **reading):
    table = open_table(path, Reading(**reading), limits or Limits())
    batches = list(table.batches())
    return {name: [v for b in batches for v in b.data.column(name).to_pylist()] for name in table.names}


ONE = """
CREATE TABLE animals (n INTEGER, x REAL, name TEXT, mixed, "odd ""name");
INSERT INTO animals VALUES (1, 1.5, 'ä', 1, 1), (2, 2, NULL, 'a', 2), (NULL, NULL, 'b', 2.5, 3);
"""
VALUES = {"n": [1, 2, None], "x": [1.5, 2.0, None], "name": ["ä", None, "b"], "mixed": ["1", "a", "2.5"],
          'odd "name': [1, 2, 3]}  # fmt: skip
TWO = ONE + 'CREATE TABLE "it\'s" (y); INSERT INTO "it\'s" VALUES (7); CREATE VIEW seen AS SELECT n FROM animals;'


@pytest.mark.parametrize("name", ["t.db", "t.sqlite", "t"])
def test_the_only_table_is_read_with_the_types_of_its_values_and_said(database, name):
    path = database(ONE, name)
    assert read(path) == VALUES
    (note,) = open_table(path).notes
    assert (note.code, note.option) == ("table", "table")
    assert "'animals'" in note.text


def test_one_of_several_tables_is_asked_for(database):
    path = database(TWO)
    with pytest.raises(TableError, match="got 'animals', \"it's\"; choose one with table=") as caught:
        read(path)
    assert caught.value.parameter == "table"
    assert read(path, table="it's") == {"y": [7]}
    assert read(path, table="seen") == {"n": [1, 2, None]}
    assert open_table(path, Reading(table="seen")).notes == ()
    with pytest.raises(TableError, match="there is no table 'x' in it, only") as caught:
        read(path, table="x")
    assert caught.value.parameter == "table"


def test_a_query_is_answered(database):
    query = 'SELECT a.n AS number, b.y + 1 AS next FROM animals a JOIN "it\'s" b WHERE a.n > 1 -- a remark'
    assert read(database(TWO), query=query) == {"number": [2], "next": [8]}


def test_columns_with_one_name_are_told_apart(database):
    assert read(database(ONE), query="SELECT 1 AS a, 2 AS a") == {"a": [1], "a_2": [2]}


def test_a_table_or_a_query_but_not_both(database):
    with pytest.raises(TableError, match="got both"):
        read(database(ONE), table="animals", query="SELECT 1")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM animals",
        "INSERT INTO animals (n) VALUES (9)",
        "DROP TABLE animals",
        "CREATE TABLE z (a)",
        "ATTACH 'other.db' AS other",
        "PRAGMA user_version = 7",
        "PRAGMA table_info(animals)",
        "VACUUM INTO 'copy.db'",
        "BEGIN",
        "SELECT 1 AS a; DROP TABLE animals",
        "SELECT load_extension('x')",
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
        "SELECT * FROM nowhere",
        "SELECT",
        "",
        "-- only a remark",
        "SELECT 1 AS a\0, 2",
    ],
)
def test_what_is_no_single_selection_is_refused_and_changes_nothing(database, tmp_path, query):
    path = database(ONE)
    before = (tmp_path / "t.db").read_bytes()
    with pytest.raises(TableError, match=r"t\.db"):
        read(path, query=query)
    assert (tmp_path / "t.db").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["t.db"]


HOSTILE = {
    "a view that does not end": "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
    "a view that asks for memory": "CREATE VIEW v AS SELECT zeroblob(900000000) AS x",
    "a view that loads a program": "CREATE VIEW v AS SELECT load_extension('evil') AS x",
    "a view of itself": "CREATE VIEW v AS SELECT * FROM w; CREATE VIEW w AS SELECT * FROM v",
    "a view of nothing": "CREATE VIEW v AS SELECT * FROM absent",
}


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_view_is_one_error(database, script):
    with pytest.raises(FileError, match=r"t\.db"):
        read(database(script), table="v")


def test_a_trigger_does_not_fire(database):
    path = database(ONE + "CREATE TRIGGER t AFTER INSERT ON animals BEGIN DELETE FROM animals; END;")
    assert read(path) == VALUES


def test_a_long_value_is_a_limit(database):
    path = database("CREATE TABLE t (x); INSERT INTO t VALUES (printf('%.*c', 100000, 'x'))")
    with pytest.raises(LimitError, match="too big"):
        read(path, Limits(row_bytes=1000))


def test_a_database_without_a_table_and_a_table_without_rows(database):
    with pytest.raises(TableError, match="holds none"):
        read(database("PRAGMA user_version = 1"))
    assert read(database("CREATE TABLE t (a, b)")) == {"a": [], "b": []}


def test_bytes_stay_bytes_and_what_is_no_text_is_an_error(database):
    assert read(database("CREATE TABLE t (a); INSERT INTO t VALUES (x'00ff')")) == {"a": [b"\x00\xff"]}
    with pytest.raises(TableError, match="UTF-8"):
        read(database("CREATE TABLE t (a); INSERT INTO t VALUES (CAST(x'ff' AS TEXT))"))


def test_rows_come_in_batches(database):
    path = database(
        "CREATE TABLE t (x); INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 20000) SELECT x FROM c"
    )
    batches = list(open_table(path).batches())
    assert [batch.first_row for batch in batches] == [1, 8193, 16385]
    assert [value for batch in batches for value in batch.data.column("x").to_pylist()] == list(range(1, 20001))


def test_every_truncation_and_damage_of_a_database_is_read_or_refused(database, write, tmp_path):
    whole = (tmp_path / database(ONE)).read_bytes()
    for size in range(16, len(whole), 97):
        with contextlib.suppress(FileError):
            read(write("cut.db", whole[:size]))
    for place in range(16, len(whole), 41):
        with contextlib.suppress(FileError):
            read(write("cut.db", whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]))
    with pytest.raises(FileError, match=r"cut\.db"):
        read(write("cut.db", whole[:3000]))


def test_whole_numbers_stay_whole_beside_missing_ones_and_not_beside_others(database):
    path = database("CREATE TABLE t (n, x); INSERT INTO t VALUES (1, 1), (NULL, 2.5), (2, NULL)")
    table = read(path)
    assert table == {"n": [1, None, 2], "x": [1.0, 2.5, None]}
    assert [type(value) for value in table["n"]] == [int, type(None), int]


def test_rows_of_many_cells_are_held_a_few_at_a_time(database, monkeypatch):
    monkeypatch.setattr(values, "_CELLS", 7)
    path = database("CREATE TABLE t (a, b, c); INSERT INTO t VALUES (1, 2, 3), (4, 5, 6), (7, 8, 9)")
    assert [batch.data.num_rows for batch in open_table(path).batches()] == [2, 1]
    assert read(path) == {"a": [1, 4, 7], "b": [2, 5, 8], "c": [3, 6, 9]}
