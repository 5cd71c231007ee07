import datetime
import decimal
import json

import numpy as np
import pyarrow as pa
import pytest

from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.encoder_fields import encoder_from_json, encoder_to_json
from softargmax.tables.learning import encoded, learn_schema
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading
from softargmax.tables.schema import Schema
from softargmax.tables.word_encoders import CategoryEncoder


def table(file="t.csv", first_row=1, **columns):
    return Batch(file, first_row, pa.RecordBatch.from_pydict(columns))


def schema_of(batches, *options):
    """Learn a schema, and encode the same rows with it."""
    learned = learn_schema(batches, *options)
    features, codes, _ = encoded(learned, batches)
    return learned.schema, features, codes


def learn(target="y", drop=(), kinds=None, **columns):
    n = len(next(iter(columns.values())))
    columns.setdefault("y", ["a", "b"] * (n // 2) + ["a"] * (n % 2))
    return schema_of([table(**columns)], target, drop, kinds)


def strangers(schema, batch):
    """Count values of which nothing is known, by column."""
    found = {}

    def watch(read):
        found.update({column.name: len(encoded.strange) for column, _, encoded in read if encoded.strange is not None})

    schema.features(batch, watch)
    return {name: count for name, count in found.items() if count}


def column_of(schema, name):
    return next(column for column in schema.columns if column.name == name)


def reasons(schema):
    return {column.name: column.reason for column in schema.dropped}


SIX = [str(i) for i in range(6)]


def test_numbers_are_standardised_and_missing_ones_flagged():
    schema, X, _ = learn(x=["1", " 2", "3.5", "NA", "-1e2", "?"])
    values = np.array([1, 2, 3.5, -100])
    expected = (values - values.mean()) / values.std()
    np.testing.assert_allclose(X[[0, 1, 2, 4], 0], expected, rtol=1e-6)
    assert X[[3, 5], 0].tolist() == [0, 0]
    assert X[:, 1].tolist() == [0, 0, 0, 1, 0, 1]
    assert column_of(schema, "x").describe() == "number: standardised; 2 missing, flagged"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3, 4, 5, 6], "number"),
        ([1.5, None, float("nan"), 2, 3, 4], "number"),
        ([decimal.Decimal("1.5")] * 5 + [decimal.Decimal("2.5")], "number"),
        ([True, False, None, True, True, False], "boolean"),
        (["true", "False", "", "TRUE", "true", "false"], "boolean"),
        (["yes", "no", "yes", "no", "yes", "yes"], "boolean"),
        (["yes", "no", "yes", "no", "maybe", "maybe"], "category"),
        (["2026-01-01", "2026-02-01", "NA", "2026-01-05", "2026-01-01", "2026-01-01"], "date"),
        ([datetime.date(2026, 1, i) for i in range(1, 7)], "date"),
        ([datetime.datetime(2026, 1, i, tzinfo=datetime.UTC) for i in range(1, 7)], "date"),
        (["a b", "a b", "c", "c", "c", "c"], "category"),
        (pa.array(["a", "b", "a", "b", "a", "b"]).dictionary_encode(), "category"),
        (pa.array(["a", "b", "a", "b", "a", "b"], pa.large_string()), "category"),
        (["007", "8", "007", "10", "8", "12"], "category"),
    ],
)
def test_kinds_of_columns(values, kind):
    schema, X, _ = learn(x=values)
    assert column_of(schema, "x").encoder.kind == kind
    assert X.dtype == np.float32
    assert np.isfinite(X).all()


@pytest.mark.parametrize("decimal", [".", ","])
def test_a_few_wild_numbers_do_not_ruin_a_column(rng, decimal):
    numbers = [f"{value:.3f}".replace(".", decimal) for value in rng.normal(5, 2, 98)] + ["-99999", "1e9"]
    table = {"x": numbers, "y": ["a", "b"] * 50}
    schema = learn_schema(open_table(table, Reading(decimal=decimal)).batches(), "y").schema
    (column,) = schema.columns
    assert column.encoder.describe() == "standardised by its middle half, and far values moved nearer"
    again = encoder_from_json(json.loads(json.dumps(encoder_to_json(column.encoder))))
    assert again == column.encoder
    (batch,) = open_table(table, Reading(decimal=decimal)).batches()
    features = schema.features(batch)[:, 0]
    assert features[-2:].tolist() == [-10.0, 10.0]
    assert np.std(features[:-2]) == pytest.approx(1.0, rel=0.3)


def test_long_tails_are_no_wild_numbers(rng):
    table = {"wage": rng.lognormal(10, 1, 500).tolist(), "spike": [0.0] * 450 + [1e6] * 50, "y": ["a", "b"] * 250}
    for column in learn_schema(open_table(table).batches(), "y").schema.columns:
        assert column.encoder.describe() == "standardised"


def test_free_text_becomes_words():
    texts = [f"the penguin number{i} has a {'broken' if i % 2 else 'whole'} egg" for i in range(60)]
    schema, X, _ = learn(x=texts)
    encoder = column_of(schema, "x").encoder
    assert encoder.kind == "text"
    assert {"broken", "whole", "egg"} <= set(encoder.words)
    assert "number7" not in encoder.words
    np.testing.assert_allclose(np.square(X).sum(axis=1), 1, rtol=1e-6)


def test_dates_show_their_place_in_the_year_and_the_week():
    schema, X, _ = learn(x=[f"2026-{m:02d}-01" for m in range(1, 7)])
    assert X.shape == (6, 5)
    # 2026-01-05 is a Monday: the same phase of the week as 1970-01-05.
    _, X, _ = learn(x=["2026-01-05", "1970-01-05", "2026-01-06", "2026-01-12", "2026-01-06", "2026-01-06"])
    np.testing.assert_allclose(X[0, 3:], X[1, 3:], atol=1e-5)
    np.testing.assert_allclose(X[0, 3:], X[3, 3:], atol=1e-5)
    assert not np.allclose(X[0, 3:], X[2, 3:], atol=0.1)
    schema, X, _ = learn(x=[f"2026-01-01 {h:02d}:30:00" for h in range(6)])
    assert column_of(schema, "x").encoder.cycles == ("year", "week", "day")


def test_useless_columns_are_left_out_with_a_word():
    schema, _, _ = learn(
        x=SIX,
        same=["k"] * 6,
        nothing=["NA", "", "?", "null", " ", "NaN"],
        none=pa.nulls(6),
        id=[f"N{i}A" for i in range(6)],
        deep=[[1], [2], [3], [1], [2], [3]],
    )
    assert reasons(schema) == {
        "same": "constant ('k')",
        "nothing": "all values are missing",
        "none": "all values are missing",
        "id": "an identifier: every value is different",
        "deep": "values of type list<item: int64> are not supported",
    }


def test_a_constant_with_gaps_is_kept_for_its_gaps():
    schema, X, _ = learn(x=["k", "", "k", "", "k", "k"])
    assert column_of(schema, "x").n_missing == 2
    assert X[:, -1].tolist() == [0, 1, 0, 1, 0, 0]


def test_the_user_may_decide():
    schema, _, _ = learn(x=["1", "2", "1", "2", "1", "2"], z=SIX, drop=["z"], kinds={"x": "category"})
    assert column_of(schema, "x").encoder.levels == ("1", "2")
    assert reasons(schema) == {"z": "left out as asked"}
    with pytest.raises(TableError, match="no column 'zz'; the table has .*did you mean 'z'"):
        learn(x=SIX, z=SIX, drop=["zz"])


def test_rare_levels_go_together():
    values = ["a"] * 4 + ["b"] * 4 + ["c", "d"]
    schema, X, _ = learn(x=values)
    assert column_of(schema, "x").describe() == "category: one-hot, 2 levels, 2 rare ones together"
    assert X[-1].tolist() == [0, 0]


def test_one_of_a_thing_is_said_in_the_singular():
    schema, _, _ = learn(x=["k"] * 9 + ["m"])
    assert column_of(schema, "x").describe() == "category: one-hot, 1 level, 1 rare one"


def test_a_stray_word_among_numbers_is_an_error_not_a_category():
    with pytest.raises(
        TableError, match=r"t.csv: column 'x', row 18: expected a number .* got 'oops'; .*kinds={'x': 'category'}"
    ):
        learn(x=[*map(str, range(17)), "oops", "3", "4"])


@pytest.mark.parametrize("infinity", [["1", "2", "inf", "3", "4", "5"], [1.0, 2.0, -np.inf, 3.0, 4.0, 5.0]])
def test_infinities_are_refused_with_their_place(infinity):
    with pytest.raises(TableError, match=r"column 'x', row 3: expected a finite number, got '?-?inf"):
        learn(x=infinity)


def test_numbers_that_floats_cannot_square_are_refused():
    with pytest.raises(TableError, match="below 1e150"):
        learn(x=["1e300", "-1e300", "1", "2", "3", "4"])


@pytest.mark.parametrize(
    ("labels", "classes", "kind"),
    [
        (["a", "b"] * 3, ["a", "b"], "text"),
        (["1", "0"] * 3, [0, 1], "integers"),
        (["01", "1"] * 3, ["01", "1"], "text"),
        ([3, 7] * 3, [3, 7], "integers"),
        ([1.0, 2.0] * 3, [1, 2], "integers"),
        ([True, False] * 3, [False, True], "booleans"),
        ([" a", "a "] * 2 + ["b", "b"], ["a", "b"], "text"),
    ],
)
def test_labels_keep_their_kind(labels, classes, kind):
    schema, _, codes = learn(x=SIX, y=labels)
    assert schema.labels.classes.tolist() == classes
    assert schema.labels.kind == kind
    assert schema.codes(table(x=SIX, y=labels)).tolist() == codes.tolist()


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"x": SIX, "y": ["a"] * 6}, {}, "at least two classes, got only 'a'"),
        ({"x": ["1"], "y": ["a"]}, {}, "got one"),
        ({"x": [], "y": []}, {}, "column names only"),
        ({"x": SIX, "y": ["", " "] * 3}, {}, "expected labels, but all are missing, from row 1 on"),
        ({"x": SIX, "y": [1.5, 2.0, 3.0, 1.0, 1.0, 1.0]}, {}, "fractional"),
        ({"x": SIX * 10, "y": [str(i) for i in range(60)]}, {}, "60 different values in 60 rows"),
        ({"x": SIX, "y": ["a", "b"] * 3}, {"target": "Y"}, "no target column 'Y'.*did you mean 'y'"),
        ({"x": SIX, "y": ["a", "b"] * 3}, {"target": "9"}, "no target column '9'; the table has 'x', 'y'"),
        ({"a;b": SIX}, {"target": "y"}, "delimiter="),
        ({"y": ["a", "b"] * 3}, {}, "only the target"),
        ({"x": ["k"] * 6, "y": ["a", "b"] * 3}, {}, r"no column is left.*constant"),
        ({"x": SIX, "y": [[1], [2]] * 3}, {}, "expected labels"),
    ],
)
def test_tables_that_teach_nothing_are_refused(columns, options, message):
    with pytest.raises(TableError, match=message):
        learn_schema(
            [table(**{k: pa.array(v, pa.string()) if v == [] else v for k, v in columns.items()})],
            options.get("target", "y"),
        )


@pytest.mark.parametrize(("position", "name"), [("1", "x"), ("-1", "y"), ("2", "y")])
def test_the_target_may_be_a_position(position, name):
    assert learn(target=position, x=["1", "2", "1", "2", "1", "2"])[0].target == name


def test_files_must_have_the_same_columns_in_any_order():
    first, second = table(x=SIX, y=["a", "b"] * 3), table("u.csv", y=["b", "a"] * 3, x=SIX)
    _, X, codes = schema_of([first, second], "y")
    assert X.shape == (12, 1)
    assert codes.tolist() == [0, 1] * 3 + [1, 0] * 3
    with pytest.raises(TableError, match=r"u.csv: expected the columns of t.csv; missing: 'x'; additional: 'z'"):
        learn_schema([first, table("u.csv", y=["a"] * 6, z=SIX)], "y")


@pytest.fixture
def mixed():
    columns = {
        "number": ["1", "2", "", "4", "5", "6"],
        "flag": ["true", "false"] * 3,
        "color": ["red", "blue"] * 3,
        "day": [f"2026-01-0{i}" for i in range(1, 7)],
    }
    return learn(**columns)[0], columns


def test_a_schema_survives_json(mixed):
    schema, columns = mixed
    again = Schema.from_json(json.loads(json.dumps(schema.to_json())))
    assert again == schema
    assert np.array_equal(again.features(table(**columns)), schema.features(table(**columns)))


def test_rows_encode_alike_in_any_batch_and_column_order(mixed):
    schema, columns = mixed
    whole = schema.features(table(**columns))
    for i in range(6):
        row = {name: values[i : i + 1] for name, values in reversed(columns.items())}
        assert np.array_equal(schema.features(table(**row, extra=["?"]))[0], whole[i])


def test_typed_columns_encode_as_their_text(mixed):
    schema, columns = mixed
    typed = {
        "number": [1, 2, None, 4, 5, 6],
        "flag": [True, False] * 3,
        "color": pa.array(columns["color"]).dictionary_encode(),
        "day": [datetime.date(2026, 1, i) for i in range(1, 7)],
    }
    assert np.array_equal(schema.features(table(**typed)), schema.features(table(**columns)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"color": None, "colour": ["red"]}, r"p.csv: column 'color' is missing.*did you mean 'colour'\?"),
        ({"number": ["ten"]}, r"p.csv: column 'number', row 101: expected a number, got 'ten'"),
        ({"number": ["inf"]}, "finite number"),
        ({"flag": ["maybe"]}, "expected true or false, got 'maybe'"),
        ({"flag": [3]}, "column 'flag': expected booleans, got int64"),
        ({"day": ["tomorrow"]}, "expected a date like .* got 'tomorrow'"),
        ({"day": [3]}, "expected dates"),
        ({"number": [[1]]}, "expected numbers"),
        ({"number": [True]}, "expected numbers, got bool"),
        ({"color": [[1]]}, "expected text"),
    ],
)
def test_a_table_that_differs_from_the_fit_is_one_clear_error(mixed, change, message):
    schema, columns = mixed
    row = {name: values[:1] for name, values in columns.items()} | change
    with pytest.raises(TableError, match=message):
        schema.features(table("p.csv", 101, **{name: values for name, values in row.items() if values is not None}))


def test_unknown_levels_are_counted_and_are_none_of_the_known(mixed):
    schema, columns = mixed
    changed = table(**(columns | {"color": ["red", "green", "", "pink", "red", "red"]}))
    assert strangers(schema, changed) == {"color": 2}
    assert np.isfinite(schema.features(changed)).all()


def test_unknown_labels_are_named_with_the_nearest_class(mixed):
    schema, columns = mixed
    with pytest.raises(
        TableError,
        match=r"p.csv: column 'y', row 1: expected one of 'a', 'b', got 'a\.'.*not seen at fit; did you mean 'a'\?",
    ):
        schema.codes(table("p.csv", y=["a."]))
    assert schema.codes(table("p.csv", y=["b", ""])).tolist() == [1, -1]
    with pytest.raises(TableError, match="column 'y' is missing"):
        schema.codes(table("p.csv", **columns))


def test_a_huge_value_at_prediction_stays_finite(mixed):
    schema, columns = mixed
    assert np.isfinite(schema.features(table(**(columns | {"number": ["1e300"] * 6})))).all()


def test_errors_name_the_file_and_row_they_come_from_when_several_are_fitted():
    first, second = table(x=SIX, y=["a", "b"] * 3), table("u.csv", x=["1", "2", "inf", "4", "5", "6"], y=["a", "b"] * 3)
    with pytest.raises(TableError, match="u.csv: column 'x', row 3: expected a finite number"):
        learn_schema([first, second], "y")
    third = table("v.csv", x=SIX, y=["a", "", "b", "a", "b", "a"])
    (note,) = learn_schema([first, third], "y").notes
    assert note.text == "1 of 12 rows have no label in 'y', first row 2 of v.csv: left out"


def test_a_csv_file_and_its_parquet_copy_may_be_fitted_together():
    text = table(x=SIX, c=["r", "g"] * 3, y=["1", "0"] * 3)
    typed = table("t.parquet", x=[0, 1, 2, 3, 4, 5], c=pa.array(["r", "g"] * 3).dictionary_encode(), y=[1, 0] * 3)
    schema, X, codes = schema_of([text, typed], "y")
    assert np.array_equal(X[:6], X[6:])
    assert codes.tolist() == [1, 0] * 6
    assert schema.labels.kind == "integers"


def test_files_whose_types_do_not_go_together_are_refused():
    with pytest.raises(TableError, match="column 'x' differs from file to file"):
        learn_schema([table(x=[1, 2], y=["a", "b"]), table("u", x=[[1], [2]], y=["a", "b"])], "y")


def test_integer_labels_beyond_2_to_the_53_stay_apart():
    labels = [2**53, 2**53 + 1] * 3
    assert learn(x=SIX, y=labels)[0].labels.classes.tolist() == labels[:2]


def test_dates_with_a_zone_are_dates():
    plain, X, _ = learn(x=[f"2026-01-0{i} 12:00:00" for i in range(1, 7)])
    for form in ("2026-01-0{}T12:00:00Z", "2026-01-0{}T14:00:00+02:00"):
        zoned, Z, _ = learn(x=[form.format(i) for i in range(1, 7)])
        assert zoned.columns == plain.columns
        assert np.array_equal(X, Z)
    mixed = ["2026-01-01T12:00:00Z", *[f"2026-01-0{i} 12:00:00" for i in range(2, 7)]]
    assert np.array_equal(plain.features(table(x=mixed)), X)


def test_rare_levels_are_told_from_unknown_ones():
    schema, _, _ = learn(x=["a"] * 4 + ["b"] * 4 + ["c", "d"])
    assert strangers(schema, table(x=["c", "QQQ", "a"])) == {"x": 1}


def test_the_target_can_be_neither_dropped_nor_given_a_kind():
    for options in ({"drop": ["y"]}, {"kinds": {"y": "number"}}):
        with pytest.raises(TableError, match="is the target"):
            learn(x=SIX, **options)


def test_dates_are_no_classes():
    with pytest.raises(TableError, match="write them as text"):
        learn(x=SIX, y=[datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)] * 3)


def test_dates_may_have_a_zone_in_some_rows_only():
    days = [f"2026-01-0{i}T10:00:00{'Z' if i % 2 else ''}" for i in range(1, 7)]
    assert column_of(learn(x=days)[0], "x").encoder.kind == "date"
    stamps = pa.array([datetime.datetime(2026, 1, i) for i in range(1, 7)], pa.timestamp("ns", "UTC"))
    csv_rows, parquet = table(x=days, y=["a", "b"] * 3), table("u", x=stamps, y=["a", "b"] * 3)
    assert column_of(schema_of([csv_rows, parquet], "y")[0], "x").encoder.kind == "date"


def test_nanoseconds_are_rounded_not_refused():
    stamps = pa.array([10**18 + i for i in range(6)], pa.int64()).cast(pa.timestamp("ns", "UTC"))
    _, X, _ = learn(x=stamps, z=SIX)
    assert np.isfinite(X).all()


def test_booleans_are_the_same_labels_in_csv_and_parquet():
    text, typed = table(x=SIX, y=["True", "False"] * 3), table("u", x=SIX, y=[True, False] * 3)
    schema, _, codes = schema_of([text, typed], "y")
    assert schema.labels.classes.tolist() == [False, True]
    assert codes.tolist() == [1, 0] * 6


def test_a_file_without_rows_decides_no_types():
    nothing = Batch(
        "empty.csv", 1, pa.RecordBatch.from_pydict({"x": pa.array([], pa.string()), "y": pa.array([], pa.string())})
    )
    schema, _, _ = schema_of([nothing, table("u", x=[1, 2, 3, 4], y=[True, False] * 2)], "y")
    assert schema.labels.kind == "booleans"


def test_columns_and_labels_are_found_in_other_forms_of_unicode_and_width():
    schema, features, codes = learn(température=SIX, ＡＢ=["k", "m"] * 3, y=["café", "thé"] * 3)
    other = {"tempe\u0301rature\u200b": SIX, "AB": ["k", "m"] * 3, "y": ["cafe\u0301", "ｔhé"] * 3}
    np.testing.assert_array_equal(schema.features(table(**other)), features)
    assert schema.codes(table(**other)).tolist() == codes.tolist()


def test_letters_that_only_look_alike_are_named():
    schema, _, _ = learn("Cклад", x=SIX, Cклад=["k", "m"] * 3)
    with pytest.raises(TableError, match="look alike, but the former has LATIN CAPITAL LETTER C"):
        schema.codes(table(x=SIX, Склад=["k", "m"] * 3))


def test_columns_are_dropped_by_name_or_position():
    schema, _, _ = learn(drop=("1", "-2", "c"), a=SIX, b=SIX, c=SIX, d=SIX, y=["k", "m"] * 3)
    assert [column.name for column in schema.columns] == ["b"]
    with pytest.raises(TableError, match="no column '7'; the table has"):
        learn(drop=("7",), a=SIX, y=["k", "m"] * 3)


def test_levels_of_an_older_model_are_found_in_the_form_that_cells_have():
    older = CategoryEncoder(("cafe\u0301", "tea"), ("the\u0301",), 1, False)
    cells = Cells.of(table(x=["cafe\u0301", "tea", "thé"]), "x")
    encoded = older.encode(cells)
    assert encoded.features.tolist() == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    assert encoded.strange.tolist() == []


@pytest.mark.parametrize(("n_rows", "n_classes"), [(20, 20), (40, 20), (42, 21)])
def test_up_to_twenty_classes_need_no_second_row_and_more_need_two_on_average(n_rows, n_classes):
    def learned(n_rows):
        classes = [chr(97 + i % n_classes) for i in range(n_rows)]
        return learn_schema([table(x=[0.5 * i for i in range(n_rows)], y=classes)], "y").schema

    assert len(learned(n_rows).labels) == n_classes
    if n_classes > 20:
        with pytest.raises(TableError, match="21 different values in 41 rows"):
            learned(n_rows - 1)
