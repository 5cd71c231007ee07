"""What people wrote into real tables, read as a person reads it.

`real-heads.txt` says what a person reads in sixty real tables. The tables are not kept here: the test of them runs where
the environment's SOFTARGMAX_TABLE_HEADS names a folder with them, and `real-columns.tsv` has some of their columns.
"""

import csv
import hashlib
import os
from pathlib import Path

import pytest

from softargmax.tables.looking import look
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

HERE = Path(__file__).parent
COLUMNS = [
    line.rstrip("\n").split("\t")
    for line in (HERE / "real-columns.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
HEADS = [line.split(": ") for line in (HERE / "real-heads.txt").read_text().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(("kinds", "name", "cells"), [(kinds, name, cells) for kinds, name, *cells in COLUMNS])
def test_a_real_column_is_what_a_person_reads_in_it(tmp_path, kinds, name, cells):
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([name, "weight"])
        rows.writerows((cell, f"{index % 7}.5") for index, cell in enumerate(cells))
    found = look(open_table(tmp_path / "t.csv", again=True))
    assert found.columns[0].kind in kinds.split("|")
    assert found.columns[0].name == name


def kinds_of(answer):
    """Give the kinds that are right for each column, and whether it may be left out."""
    for word in answer.split():
        kinds, _, count = word.partition("*")
        yield from [(kinds.strip("()").split("|"), kinds.startswith("("))] * int(count or 1)


@pytest.mark.skipif(
    "SOFTARGMAX_TABLE_HEADS" not in os.environ, reason="SOFTARGMAX_TABLE_HEADS names no folder of heads"
)
def test_of_sixty_real_tables_97_columns_in_100_are_what_a_person_reads_in_them():
    files = {}
    for path in Path(os.environ["SOFTARGMAX_TABLE_HEADS"]).rglob("*"):
        if path.is_file():
            files[hashlib.sha256(path.read_bytes()).hexdigest()[:16]] = path
    n_columns, wrong = 0, []
    for said, answer in HEADS:
        name, digest, *options = said.split()
        table = open_table(files[digest], Reading(**dict(option.split("=") for option in options)), again=True)
        columns, right = list(look(table).columns), list(kinds_of(answer))
        n_columns += len(right)
        if len(columns) < len(right):
            right = [kinds for kinds in right if not kinds[1]]
            assert any(note.code in ("index", "row-names", "delimiter") for note in table.notes), name
        assert len(columns) == len(right), name
        wrong += [(name, column) for column, (kinds, _) in zip(columns, right, strict=True) if column.kind not in kinds]
    assert len(HEADS) == 60
    assert len(wrong) <= 0.03 * n_columns, wrong
