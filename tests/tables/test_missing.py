"""What stands for a missing value: where nobody says so, beside numbers and dates only; and what a user says."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import cli
from softargmax.exceptions import ArgumentError
from softargmax.tables.learning import encoded, learn_schema
from softargmax.tables.looking import look
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading
from softargmax.tables.vocabulary import MISSING_MARKS, YES_NO

LABELS = ["a", "b", "b"] * 20


def learned(**columns):
    return learn_schema(open_table(columns | {"y": LABELS}).batches(), "y")


def column(result, name):
    return next(column for column in result.schema.columns if column.name == name)


@pytest.mark.parametrize("mark", [*MISSING_MARKS, "NuLL", "UNKNOWN", "N/a", "Н/Д"])
def test_a_mark_beside_numbers_or_dates_is_missing_and_beside_words_it_is_one_of_them(mark):
    found = learned(
        x=["1.5", mark, "2"] * 20, day=["2026-01-02", "2026-01-05", mark] * 20, word=["red", mark, "blue"] * 20
    )
    kinds = {column.name: (column.encoder.kind, column.n_missing) for column in found.schema.columns}
    assert kinds == {"x": ("number", 20), "day": ("date", 20), "word": ("category", 0)}
    assert mark in column(found, "word").encoder.levels


def test_marks_of_all_columns_are_said_in_one_sentence():
    table = {"x": ["1.5", "-", "2"] * 20, "z": ["1", "unknown", "Unknown", "4"] * 15, "y": LABELS}
    (note,) = learn_schema(open_table(table).batches(), "y").notes
    assert note.text == "taken for missing: '-' in 20 rows of 'x'; 'unknown' in 15 rows, 'Unknown' in 15 rows of 'z'"
    assert note in look(open_table(table, again=True)).notes


@pytest.mark.parametrize(
    ("marks", "asked"), [(["-", "."], True), (["—", "…"], True), (["-", "n/a"], False), (["."], False)]
)
def test_a_dash_beside_points_may_be_the_zero_of_offices_of_statistics(marks, asked):
    cells = [*(str(k) for k in range(2, 50, 2)), *marks]
    table = {"x": cells * 2, "z": [0.5, 1.5] * len(cells), "y": ["a", "b"] * len(cells)}
    notes = learn_schema(open_table(table).batches(), "y").notes
    texts = [note.text for note in notes if note.code == "dash"]
    assert len(texts) == asked
    assert all(f"write {marks[0]!r} for zero where {marks[-1]!r} is unknown" in text for text in texts)


def test_what_is_missing_at_fit_is_missing_at_prediction_and_in_another_spelling_too():
    found = learned(x=["1.5", "unknown", "2"] * 20)
    X, *_ = encoded(found, open_table({"x": ["1.5", "NULL", "-"] * 20, "y": LABELS}).batches())
    assert X[:3, 1].tolist() == [0, 1, 1]
    assert np.isfinite(X).all()


def test_a_column_of_nothing_but_marks_is_empty_and_one_of_other_words_is_not():
    found = learned(none=["NA", "", "?"] * 20, has=["無", "", "無"] * 20, x=["1", "2", "2"] * 20)
    assert [(column.name, column.reason) for column in found.schema.dropped] == [("none", "all values are missing")]
    assert column(found, "has").encoder.levels == ("無",)


@pytest.mark.parametrize("values", [["-999", "-999.0", "7", "5"], [-999, -999, 7, 5], [-999.0, -999.0, 7.0, 5.0]])
def test_a_user_says_what_is_missing_in_text_and_in_numbers(values):
    table = {"x": values * 15, "y": LABELS}
    found = learn_schema(open_table(table, Reading(missing=("-999", "refused"))).batches(), "y")
    assert column(found, "x").n_missing == 30
    assert column(learn_schema(open_table(table).batches(), "y"), "x").n_missing == 0


def test_in_the_target_only_what_is_empty_or_named_is_missing():
    table = {"x": ["1", "2", "4"] * 20, "country": ["NA", "None", "?"] * 20}
    found = learn_schema(open_table(table).batches(), "country")
    assert found.schema.labels.classes.tolist() == ["?", "NA", "None"]
    found = learn_schema(open_table(table, Reading(missing="?")).batches(), "country")
    assert (found.schema.labels.classes.tolist(), found.n_unlabelled) == (["NA", "None"], 20)


def test_words_among_numbers_are_refused_in_all_columns_at_once_with_every_way_out(tmp_path, capsys):
    rows = "".join(f"{i * i},{i * i % 7},{'ab'[i % 2]}\n" for i in range(30))
    (tmp_path / "t.csv").write_text(f"x,z,y\n{rows}oops,3,a\n4,ah,b\n")
    arguments = ["fit", str(tmp_path / "t.csv"), "--target", "y", "-o", str(tmp_path / "m")]
    assert cli.run(arguments) == 1
    said = capsys.readouterr().err
    assert "column 'x', row 31" in said
    assert "column 'z': 'ah' in row 32" in said
    assert "--missing oops" in said
    assert "--kind x=category" in said
    few = ["--max-epochs", "1", "--hidden", "4"]
    assert cli.run([*arguments, *few, "--missing", "oops", "--missing", "ah"]) == 0
    assert sm.load(tmp_path / "m").reading.missing == ("oops", "ah")


def test_a_constant_far_outside_is_pointed_out_and_stays():
    values = np.random.default_rng(0).normal(50, 10, 60).round(1)
    found = learned(x=np.where(np.arange(60) % 15, values, -999).tolist(), z=values.tolist())
    (note,) = found.notes
    assert note.text.startswith("'x': -999 stands in 4 rows, far from all others (")
    assert (note.column, note.option) == ("x", "missing")
    assert column(found, "x").n_missing == 0


def test_the_estimator_takes_and_keeps_the_marks():
    table = {"x": ["1", "2", "gone", "3"] * 15, "y": ["a", "b"] * 30}
    model = sm.TableClassifier(model="regression", missing=["gone"]).fit(table, target="y").model_
    assert model.schema.columns[0].encoder.kind == "number"
    np.testing.assert_array_equal(model.predict_proba({"x": "gone"}), model.predict_proba({"x": None}))
    assert Reading.from_json(model.reading.to_json()).missing == ("gone",)


def test_marks_that_are_no_texts_are_refused():
    with pytest.raises(ArgumentError, match="missing: expected texts"):
        Reading(missing=(3,))


@pytest.mark.parametrize(("yes", "no"), [*YES_NO, ("Yes", "NO"), ("ДА", "нет")])
def test_yes_and_no_of_one_language_are_booleans_also_where_no_is_a_mark_elsewhere(yes, no):
    found = learned(x=[yes, no, None] * 20, both=["1", yes, no] * 20)
    kinds = {column.name: (column.encoder.kind, column.n_missing) for column in found.schema.columns}
    assert kinds == {"x": ("boolean", 20), "both": ("category", 0)}
    X, *_ = encoded(found, open_table({"x": [yes, no, None] * 20, "both": ["1", yes, no] * 20, "y": LABELS}).batches())
    assert X[:3, :2].tolist() == [[1, 0], [-1, 0], [0, 1]]
    looked = look(open_table({"x": [yes, no, None]}, again=True))
    assert (looked.columns[0].kind, looked.columns[0].first) == ("boolean", (True, False, None))


def test_yes_and_no_may_be_written_in_eight_forms():
    forms = ["yes", "Yes", "YES", "yES", "no", "No", "NO", "nO"]
    assert column(learned(x=[forms[k % 8] for k in range(60)]), "x").encoder.kind == "boolean"


def test_a_yes_of_one_language_and_a_no_of_another_are_words():
    assert column(learned(x=["yes", "nein"] * 30), "x").encoder.kind == "category"
