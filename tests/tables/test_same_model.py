"""One table, however it is written, gives one model: the same columns, the same parameters, bit for bit."""

import contextlib
import datetime
import json
import sqlite3

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

import softargmax as sm
from handmade_workbooks import document, excel

TYPES = pa.schema(
    {
        "size": pa.float64(), "legs": pa.int64(), "colour": pa.string(), "seen": pa.date32(), "at": pa.timestamp("us"),
        "note": pa.string(), "young": pa.bool_(), "kind": pa.string(),
    }.items()
)  # fmt: skip


def animals():
    """Rows of numbers, whole numbers, categories, dates, times, text and booleans; some values are missing."""
    rng = np.random.default_rng(5)
    rows = []
    for i in range(120):
        kind = int(rng.integers(3))
        rows.append(
            {
                "size": None if i % 11 == 5 else round(float(rng.normal(kind, 0.7)), 3),
                "legs": None if i % 17 == 6 else int(rng.integers(2, 9)),
                "colour": (None, "red", "grün")[rng.integers(3)],
                "seen": None if i % 13 == 7 else datetime.date(2024, 1, 1) + datetime.timedelta(int(rng.integers(700))),
                "at": datetime.datetime(2024, 1, 1) + datetime.timedelta(minutes=int(rng.integers(400_000))),
                "note": f"{('small', 'big', 'very big')[kind]}, seen {i % 7} times by {('us', 'them')[i % 2]} all",
                "young": bool(rng.integers(2)),
                "kind": ("ape", "bee", "cat")[kind],
            }
        )
    return rows


ROWS = animals()
TYPED = pa.Table.from_pylist(ROWS, schema=TYPES)
NAMES = TYPED.column_names


def written(value):
    """A value as a person writes it into a file of text."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


TEXTS = pa.table({name: [written(row[name]) for row in ROWS] for name in NAMES})


def learned(table, **options):
    model = sm.TableClassifier(model="regression", **options).fit(table, target="kind").model_
    state = model.to_state()
    return model.schema, state.values["members"][0].arrays["parameters"].tobytes(), state.values["calibration"]


@pytest.fixture(scope="module")
def expected():
    return learned(TYPED)


def lines(path):
    path.write_text("".join(json.dumps(row, default=str) + "\n" for row in ROWS))


def in_lists(rows):
    return [NAMES, *([row[name] for name in NAMES] for row in rows)]


FILES = {
    "CSV": ("t.csv", lambda path: pa.csv.write_csv(TEXTS, path)),
    "Parquet of text": ("t.parquet", lambda path: pa.parquet.write_table(TEXTS, path)),
    "Arrow of text": ("t.arrow", lambda path: pa.feather.write_feather(TEXTS, path)),
    "Parquet": ("t.parquet", lambda path: pa.parquet.write_table(TYPED, path)),
    "Feather": ("t.feather", lambda path: pa.feather.write_feather(TYPED, path)),
    "JSON lines": ("t.jsonl", lines),
    "JSON": ("t.json", lambda path: path.write_text(json.dumps(ROWS, default=str))),
    "Excel": ("t.xlsx", lambda path: path.write_bytes(excel({"t": in_lists(ROWS)}))),
    "OpenDocument": ("t.ods", lambda path: path.write_bytes(document({"t": in_lists(ROWS)}))),
}
FRAMES = {
    "Arrow": lambda: TYPED,
    "Arrow of text": lambda: TEXTS,
    "pandas": TYPED.to_pandas,
    "pandas with Arrow's types": lambda: TYPED.to_pandas(types_mapper=pd.ArrowDtype),
    "pandas with its own types that can be missing": lambda: TYPED.to_pandas().convert_dtypes(),
    "rows": lambda: ROWS,
    "columns": TYPED.to_pydict,
}


@pytest.mark.parametrize("form", FILES)
def test_a_file_of_any_kind_gives_the_model_of_the_typed_table(form, expected, tmp_path):
    name, write = FILES[form]
    write(tmp_path / name)
    assert learned(tmp_path / name) == expected


@pytest.mark.parametrize("form", FRAMES)
def test_a_table_in_memory_gives_the_model_of_the_typed_table(form, expected):
    assert learned(FRAMES[form]()) == expected


def test_polars_and_duckdb_give_the_model_of_the_typed_table(expected):
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    assert learned(polars.from_arrow(TYPED)) == expected
    assert learned(duckdb.from_arrow(TYPED)) == expected


def test_a_database_gives_the_model_of_the_typed_table_but_for_booleans(expected, tmp_path):
    # SQLite has neither dates, which are text in it, nor booleans: true is 1.
    with contextlib.closing(sqlite3.connect(tmp_path / "t.db")) as database:
        database.execute(f"CREATE TABLE t ({', '.join(NAMES)})")
        cells = [[str(v) if isinstance(v, datetime.date) else v for v in row] for row in in_lists(ROWS)[1:]]
        database.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(NAMES))})", cells)
        database.commit()
    whole = TYPED.set_column(NAMES.index("young"), "young", TYPED["young"].cast(pa.int64()))
    assert learned(tmp_path / "t.db") == learned(whole)
    assert learned(tmp_path / "t.db", kinds={"young": "category"}) != expected


def test_a_lazy_frame_is_collected(expected):
    polars = pytest.importorskip("polars")
    assert learned(polars.from_arrow(TYPED).lazy()) == expected
