"""Rows without a label, empty rows, rows that are totals; and which labels are classes."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

import softargmax as sm
from softargmax.exceptions import TableError
from softargmax.tables.learning import encoded, learn_schema
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

X = [0.5, 0.25, 1.5, 4.0] * 15


def learned(y, x=None, reading=None, **more):
    return learn_schema(open_table({"x": X[: len(y)] if x is None else x, **more, "y": y}, reading).batches(), "y")


def texts(result, code):
    return [note.text for note in result.notes if note.code == code]


def test_rows_without_a_label_are_left_out_and_said():
    table = {"x": X, "y": ["a", None, "b"] * 20}
    found = learn_schema(open_table(table).batches(), "y")
    assert texts(found, "unlabelled") == ["20 of 60 rows have no label in 'y', first row 2 of the table: left out"]
    features, codes, _ = encoded(found, open_table(table).batches())
    assert codes.tolist() == [0, 1] * 20
    expected = found.schema.features(next(open_table({"x": X}).batches()))
    np.testing.assert_array_equal(features, expected[[row for row in range(60) if row % 3 != 1]])


def test_a_model_is_scored_on_the_rows_that_have_a_label():
    rows = {"x": X, "y": ["a", "b"] * 30}
    model = sm.TableClassifier(model="regression").fit(rows, target="y").model_
    some = model.evaluate({"x": [9.0, *X], "y": [None, *rows["y"]]})
    assert (some.n_rows, some.after) == (60, model.evaluate(rows).after)
    assert some.notes == ("1 of 61 rows have no label in 'y': left out",)
    with pytest.raises(TableError, match="expected labels in 'y', but all are missing"):
        model.evaluate({"x": [1.0, 2.0], "y": [None, None]})


def test_weights_of_rows_without_a_label_go_with_them():
    y, weight = ["a", "b", None] * 20, [1.0, 2.0, 50.0] * 20
    kept = [row for row in range(60) if y[row]]
    table = {"x": X, "w": weight, "y": y}
    options = {"model": "regression", "weight": "w", "kinds": {}}
    whole = sm.TableClassifier(**options).fit(table, target="y").model_
    few = {name: [values[row] for row in kept] for name, values in table.items()}
    assert whole.record.rows == sm.TableClassifier(**options).fit(few, target="y").model_.record.rows


def test_an_empty_row_is_none():
    found = learned(["a", "b", "a", None], [1.0, 2.0, 4.0, None], z=["u", "v", "u", None])
    assert [column.n_missing for column in found.schema.columns] == [0, 0]
    assert found.notes == ()


def test_a_table_without_labels_is_refused():
    with pytest.raises(TableError, match="target column 'y': expected labels, but all are missing"):
        learned(["", " ", ""])


def test_rows_that_are_called_totals_are_pointed_out():
    names = [f"town {i % 12}" for i in range(55)] + ["合　計", "Total", "Total", "Итого", "x"]
    found = learned(["a", "b"] * 30, place=names, wholes=["total", "part"] * 30)
    assert texts(found, "totals") == [
        "rows of 'place' look like totals of others: '合\\u3000計' (1), 'Total' (2), 'Итого' (1)"
    ]


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("labels", "classes"),
    [([1.0, 2.0], [1, 2]), ([1.5, 2.0], None), ([3, 4], [3, 4])],
)
def test_numbers_as_labels_are_the_same_in_text_and_in_types(tmp_path, form, labels, classes):
    table = pa.table({"x": X, "y": pa.array(labels * 30)})
    path = str(tmp_path / f"t.{form}")
    if form == "csv":
        rows = "".join(f"{x},{y}\n" for x, y in zip(X, table["y"].to_pylist(), strict=True))
        (tmp_path / "t.csv").write_text(f"x,y\n{rows}")
    else:
        pa.parquet.write_table(table, path)
    if classes is None:
        with pytest.raises(TableError, match="column 'y', row 1: expected a class, not a fractional quantity"):
            learn_schema(open_table(path).batches(), "y")
    else:
        assert learn_schema(open_table(path).batches(), "y").schema.labels.classes.tolist() == classes


def test_whole_labels_match_however_their_zeros_are_written():
    schema = learned(["1.0", "2.0"] * 30).schema
    for y in (["1", "2"], [1, 2], [1.0, 2.0], ["1.00", "2"]):
        (batch,) = open_table({"x": [1.0, 2.0], "y": y}).batches()
        assert schema.codes(batch).tolist() == [0, 1]


def test_labels_that_begin_with_a_zero_or_hold_a_word_are_text():
    assert learned(["01", "02"] * 30).schema.labels.classes.tolist() == ["01", "02"]
    assert learned(["1", "NA"] * 30).schema.labels.classes.tolist() == ["1", "NA"]


def test_labels_in_two_widths_or_with_other_blanks_are_one_class_and_said():
    found = learned(["Ａ", "A", "A", "b c", "b c", "b\u00a0c", "b  c"] * 8)
    assert found.schema.labels.classes.tolist() == ["A", "b c"]
    (said,) = texts(found, "label-forms")
    assert "'A', 'Ａ'" in said
    assert "<NO-BREAK SPACE>" in said
    (batch,) = open_table({"x": [1.0] * 3, "y": ["Ａ", "b\u00a0c", "b  c"]}).batches()
    assert found.schema.codes(batch).tolist() == [0, 1, 1]


def test_labels_and_levels_that_look_alike_in_two_scripts_stay_apart_and_are_pointed_out():
    found = learned(["cat", "c\u0430t", "cat", "dog"] * 15)
    assert len(found.schema.labels) == 3
    (said,) = texts(found, "look-alike")
    assert said.startswith("labels of 'y' that look alike are different ones: 'cat' (30) and 'c\u0430t' (15); ")
    assert said.endswith("the former has LATIN SMALL LETTER A where the latter has CYRILLIC SMALL LETTER A")
    assert not texts(learned(["cat", "\u043a\u043e\u0442", "\u0430", "b"] * 15), "look-alike")
    levels = {"x": ["A1", "\u0391\uff11", "B2", "B2"] * 15, "y": ["a", "b", "b", "a"] * 15}
    (said,) = texts(learn_schema(open_table(levels).batches(), "y"), "look-alike")
    assert said.startswith("levels of 'x' that look alike are different ones: 'A1' (15) and '\u0391\uff11' (15); ")


def test_labels_that_differ_in_case_stay_apart_and_are_pointed_out():
    found = learned(["Cat", "cat", "cat", "dog"] * 15)
    assert len(found.schema.labels) == 3
    assert texts(found, "label-case") == [
        "labels in 'y' that differ only in case are different classes: 'cat' (30) and 'Cat' (15)"
    ]


def test_many_whole_numbers_as_classes_are_asked_about():
    x = X * 4
    assert texts(learned([i % 40 for i in range(240)], x), "quantity")
    assert not texts(learned([i % 20 for i in range(240)], x), "quantity")


def test_a_decimal_comma_makes_a_quantity_only_where_it_is_one(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x;y\n" + "1,5;1,5\n2,5;2\n" * 30)
    with pytest.raises(TableError, match="fractional quantity"):
        learn_schema(open_table(path, Reading(decimal=",")).batches(), "y")


def test_whole_numbers_beyond_int64_are_text_in_memory_too():
    table = open_table({"x": 2**64, "y": "a"})
    assert [batch.data.to_pylist() for batch in table.batches()] == [[{"x": str(2**64), "y": "a"}]]
