"""Columns that give the target away, and rows that stand in two parts."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import cli
from softargmax.pipeline.suspicions import leaks, repeated_rows
from softargmax.tables.learning import encoded, learn_schema
from softargmax.tables.looking import look
from softargmax.tables.opening import open_table


def leaking(n=200, **columns):
    """Name the columns that are taken for leaks beside one of noise."""
    rng = np.random.default_rng(0)
    table = {"noise": rng.normal(size=n).round(3).tolist(), **columns}
    learned = learn_schema(open_table(table).batches(), "y")
    features, codes, _ = encoded(learned, open_table(table).batches())
    return [note.column for note in leaks(features, codes, learned.schema)]


Y = ["no", "yes", "no", "no"] * 50


@pytest.mark.parametrize(
    ("column", "leaks"),
    [
        (["dead", "alive", "dead", "gone"] * 50, True),
        ([0, 1, 0, 2] * 50, True),
        (["2026-01-01", "2026-01-02", "2026-01-01", "2026-01-01"] * 50, True),
        ([*["dead", "alive", "dead", "gone"] * 49, "dead", "dead", "dead", "gone"], False),  # one row speaks against it
        (["red", "blue", "blue", "red"] * 50, False),
        ([float(i) for i in np.random.default_rng(1).permutation(5000)[:200]], False),  # no value occurs twice
    ],
)
def test_a_column_each_of_whose_repeated_values_goes_with_one_class_is_a_leak(column, leaks):
    assert leaking(column=column, y=Y) == (["column"] if leaks else [])


def test_few_rows_give_nothing_away():
    assert leaking(12, column=["dead", "alive", "dead"] * 4, y=["no", "yes", "no"] * 4) == []


def test_rows_in_the_training_and_the_score_part_are_counted():
    features = np.float32([[1, 2], [3, 4], [1, 2], [3, 4], [5, 6]])
    codes, training, scoring = np.array([0, 1, 0, 0, 1]), np.array([0, 1]), np.array([2, 3, 4])
    (note,) = repeated_rows(features, codes, [(training, scoring)])  # the fourth row has another label
    assert note.text.startswith("1 of the 3 rows to score on stand among the rows to train on too")
    assert repeated_rows(features, codes, [(training, scoring[2:])]) == ()


def test_fit_says_both_and_names_the_flag(tmp_path, capsys):
    rows = "".join(f"{'alive' if i % 3 else 'dead'},{i % 7},{int(i % 3 > 0)}\n" for i in range(210))
    (tmp_path / "t.csv").write_text(f"alive,n,survived\n{rows}")
    few = ["--target", "survived", "--model", "mlp", "--max-epochs", "2", "--hidden", "4", "-o", str(tmp_path / "m")]
    assert cli.run(["fit", str(tmp_path / "t.csv"), *few]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith("! 'alive' alone decides 'survived'") and "--drop" in line for line in lines)
    assert any("stand among the rows to train on too" in line for line in lines)
    assert {note.code for note in sm.load(tmp_path / "m").notes} >= {"leak", "repeated-rows"}


def test_twenty_rows_are_enough_to_give_the_target_away():
    assert leaking(20, column=["dead", "alive"] * 10, y=["no", "yes"] * 10) == ["column"]
    assert leaking(19, column=(["dead", "alive"] * 10)[:19], y=(["no", "yes"] * 10)[:19]) == []


def test_a_look_at_the_target_says_which_columns_give_it_away():
    survived = [0, 1, 1, 0, 1] * 20
    table = {
        "alive": ["yes" if one else "no" for one in survived],
        "boat": [None if one == 0 else "B" for one in survived],
        "fare": [value % 7 + 0.5 for value in range(100)],
        "name": [f"n{value}" for value in range(100)],
        "survived": survived,
    }
    found = look(open_table(table, again=True), "survived")
    assert [(note.code, note.column, note.option) for note in found.notes if note.code == "leak"] == [
        ("leak", "alive", "drop")
    ]
    assert not any(note.code == "leak" for note in look(open_table(table, again=True)).notes)
