"""Read tables of every kind, whole and damaged: what comes out went in, or is what a plain reader sees, or an error.

A small table is made and written as text of any dialect, encoding and packing, or as Parquet, Arrow, JSON, SQLite or a
workbook. As it is, its cells come back. Damaged, it is refused by our error, or read: twice alike, alike by what was
decided the first time, in small blocks too, and text as Python's csv module reads it by the same delimiter. A sample of
a model predicts what was damaged, too. Run: python tools/fuzz_tables.py [seconds] [seed]
"""

import bz2
import contextlib
import csv
import gzip
import io
import json
import lzma
import sqlite3
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

import softargmax as sm
from fuzzing import Random, as_text, chosen, damaged_bytes, damaged_json, rounds_until
from handmade_workbooks import excel
from softargmax.exceptions import FileError, SoftargmaxError
from softargmax.tables.doors import delimited
from softargmax.tables.doors.beginning import lines_of
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

SAMPLE = Path(__file__).parents[1] / "tests" / "samples" / "version-0.2" / "table-classifier-10.softargmax"
SLOWEST = 10.0
DELIMITERS = (",", ";", "\t", "|", "，", "^")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "shift_jis")
PACKINGS = (lambda data: data, lambda data: data, gzip.compress, bz2.compress, lzma.compress)
WORDS = ("red", "blue", 'a "so called" b', "x, y; z", "two\nlines", " ", '5" pipe', '"', "-", "NA", "12", "a\tb|c")
Rows = list[list[Any]]


def made(rng: Random) -> tuple[list[str], Rows]:
    """Make the names and the rows of a table: numbers and words in columns, some cells empty."""
    width = int(rng.integers(1, 6))
    names = [f"c{place}" for place in range(width)]
    numeric = rng.random(width) < 0.5
    rows = [
        [
            "" if rng.random() < 0.05 else f"{rng.normal():.3f}" if numeric[place] else str(chosen(rng, WORDS))
            for place in range(width)
        ]
        for _ in range(int(rng.choice([2, 7, 40, 400])))
    ]
    return names, rows


def as_csv(rng: Random, names: list[str], rows: Rows) -> tuple[bytes, Reading]:
    """Write text in some dialect, and say which."""
    delimiter, encoding = str(chosen(rng, DELIMITERS)), str(chosen(rng, ENCODINGS))
    quoting = csv.QUOTE_ALL if rng.random() < 0.3 else csv.QUOTE_MINIMAL
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=str(chosen(rng, ("\n", "\r\n")))).writerows(
        [names, *rows]
    )
    if delimiter == "，" and encoding == "cp1252":
        encoding = "utf-8"
    known = {"header": True, "header_lines": 1, "skip_rows": 0, "index": False}
    reading = Reading(encoding=encoding.removesuffix("-sig"), delimiter=delimiter, **known)
    return text.getvalue().encode(encoding), reading


def as_other(rng: Random, names: list[str], rows: Rows, folder: Path) -> bytes:
    """Write the table as some kind of file that knows types; every cell is text."""
    table = pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    way, sink = int(rng.integers(6)), io.BytesIO()
    if way == 0:
        pa.parquet.write_table(table, sink)
    elif way == 1:
        pa.feather.write_feather(table, sink, compression="uncompressed")
    elif way == 2 or len(names) == 1:  # a row without a cell is none in a workbook
        return json.dumps(objects).encode()
    elif way == 3:
        return b"".join(json.dumps(each).encode() + b"\n" for each in objects)
    elif way == 4:
        file = folder / "made.db"
        file.unlink(missing_ok=True)
        with sqlite3.connect(file) as base:
            base.execute(f"create table t ({', '.join(f'{name} text' for name in names)})")
            base.executemany(f"insert into t values ({', '.join('?' * len(names))})", rows)
        base.close()
        return file.read_bytes()
    else:
        return excel({"one": [names, *([cell or None for cell in row] for row in rows)]})
    return sink.getvalue()


@contextlib.contextmanager
def in_blocks(size: int) -> Iterator[None]:
    """Let text be read in blocks of so many bytes."""
    before, delimited.BLOCK = delimited.BLOCK, size
    try:
        yield
    finally:
        delimited.BLOCK = before


def read(file: Path, reading: Reading | None = None, block: int = 1 << 20) -> tuple[Reading, list[str], Rows] | None:
    """Read a table, or None where it is refused in our words; soon, in either case."""
    began = time.process_time()
    try:
        with in_blocks(block):
            table = open_table(str(file), reading)
            rows = []
            for batch in table.batches():
                batch.data.validate(full=True)
                rows += [list(row) for row in zip(*(column.to_pylist() for column in batch.data.columns), strict=True)]
        return table.reading, list(table.names), rows
    except FileError as error:
        refused = str(error)
    finally:
        assert time.process_time() - began < SLOWEST, "took too long"
    assert str(file) in refused, f"the error does not name the file: {refused}"
    return None


def filled(rows: Rows) -> Rows:
    """Leave out rows without any cell, which are none; a cell that is missing is empty, as is one of blanks."""
    shown = [["" if cell is None else cell for cell in row] for row in rows]
    return [row for row in shown if len(row) == 1 or any(cell.strip() for cell in row)]


def whole_comes_back(rng: Random, folder: Path) -> None:
    """Write a table, and read its cells."""
    names, rows = made(rng)
    file = folder / "whole"
    if rng.random() < 0.6:
        data, reading = as_csv(rng, names, rows)
        file.write_bytes(chosen(rng, PACKINGS)(data))
        found = read(file, reading, int(chosen(rng, (1 << 20, 2000))))
    else:
        file.write_bytes(chosen(rng, PACKINGS)(as_other(rng, names, rows, folder)))
        found = read(file, Reading(index=False))
    assert found is not None, "a table that is whole is refused"
    assert found[1] == names, found[1]
    expected = [row for row in filled(rows) if row != names]
    assert [[cell.strip() for cell in row] for row in filled(found[2])] == [
        [cell.strip() for cell in row] for row in expected
    ], "other cells"


def by_csv(data: bytes, reading: Reading, names: list[str]) -> Rows | None:
    """Read text as Python does, by the delimiter and header that were decided; None where it is not to be compared."""
    if reading.comment or reading.short_rows or reading.delimiter in (None, " ", "\x1f") or not reading.encoding:
        return None
    text = data.decode(reading.encoding).removeprefix("\ufeff")
    reader = csv.reader(lines_of(text)[reading.skip_rows or 0 :], delimiter=str(reading.delimiter))
    try:
        records = list(reader)
    except csv.Error:
        return None
    while records and not any(cell.strip() for cell in records[0]):
        records = records[1:]  # before the header
    header, first = records[: reading.header_lines or 0], int(bool(reading.index))
    body = [record or [""] for record in records[reading.header_lines or 0 :] if record or len(names) == 1]
    if body:  # a byte order mark at the head of the rows is none of their cells, as at the head of a file
        body[0] = [body[0][0].removeprefix("\ufeff"), *body[0][1:]]
    rows = [record[first : first + len(names)] for record in body]
    return [row for record, row in zip(body, rows, strict=True) if len(header) != 1 or record != header[0]]


def damaged_stands(rng: Random, folder: Path) -> None:
    """Damage a table, and read it in several ways, which agree."""
    names, rows = made(rng)
    file, is_text = folder / "damaged", rng.random() < 0.6
    data = as_csv(rng, names, rows)[0] if is_text else as_other(rng, names, rows, folder)
    if data[:1] in (b"[", b"{") and rng.random() < 0.5:
        tree = json.loads(data) if data[:1] == b"[" else [json.loads(line) for line in data.splitlines()]
        data = as_text(damaged_json(rng, tree))
    else:
        data = damaged_bytes(rng, data)
    file.write_bytes(data if rng.random() < 0.8 else damaged_bytes(rng, gzip.compress(data)))
    found = read(file)
    assert read(file) == found or found is None, "read anew it is another table"
    if found is None:
        return
    reading, read_names, read_rows = found
    again = read(file, Reading.from_json(reading.to_json()))
    assert again is not None, "refused by what was decided about it"
    assert again[1:] == found[1:], "another table by what was decided about it"
    if file.read_bytes() == data and is_text:
        small = read(file, Reading.from_json(reading.to_json()), 300)
        assert small is not None, "refused in small blocks"
        assert small[1:] == found[1:], "another table in small blocks"
        expected = by_csv(data, reading, read_names)
        assert expected is None or filled(read_rows) == filled(expected), "not what Python's reader sees"


def predicted_stands(rng: Random, folder: Path) -> None:
    """Let a model predict a damaged table: in our words, or finite and the same in small blocks."""
    file = folder / "rows.csv"
    file.write_bytes(damaged_bytes(rng, SAMPLE.with_suffix(".csv").read_bytes()))
    model, found = sm.load(SAMPLE), []
    for block in (1 << 20, 9000):  # in less it may be decided otherwise
        try:
            with in_blocks(block):
                found.append(model.predict_proba(str(file)))
        except SoftargmaxError:
            found.append(np.zeros((0, 2)))
    assert np.isfinite(found[0]).all()
    assert np.allclose(found[0].sum(axis=1), 1.0)
    assert np.array_equal(*found), "other probabilities in small blocks"


def one_round(rng: Random, folder: Path) -> None:
    """Try one table; a fault leaves the file where it was found."""
    trial = chosen(rng, (whole_comes_back, damaged_stands, damaged_stands, damaged_stands, predicted_stands))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", sm.exceptions.SoftargmaxWarning)
        try:
            trial(rng, folder)
        except BaseException as error:
            kept = Path(tempfile.mkdtemp(prefix="fuzzed-"))
            for file in folder.iterdir():
                (kept / file.name).write_bytes(file.read_bytes())
            error.add_note(f"{trial.__name__}, with the files in {kept}")
            raise


def fuzz(seconds: float, seed: int) -> int:
    """Go on until time is up; give how many rounds that were."""
    with tempfile.TemporaryDirectory() as folder:
        return rounds_until(seconds, seed, lambda rng: one_round(rng, Path(folder)))


if __name__ == "__main__":
    given = sys.argv[1:]
    print(fuzz(float(given[0]) if given else 60.0, int(given[1]) if len(given) > 1 else 0), "rounds, nothing found")
