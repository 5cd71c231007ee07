"""A row as a dictionary has the features that a table of this one row has, bit for bit."""

import datetime
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import softargmax as sm
from softargmax.exceptions import DriftWarning, SoftargmaxError
from softargmax.tables.single_row import MOST_ROWS, SingleRows

ROWS = {
    "size": [-30.5, None, 3.25, 70.0] * 10,
    "price": ["12.50 €", "3 €", "", "7.25 €"] * 10,
    "count": ["1", "20", "unknown", "3"] * 10,
    "wild": [1.5, 2.5, 4.5, 3.5] * 9 + [1.5, 2.5, 3.5, 1e9],
    "colour": ["red", "grün", None, "red"] * 10,
    "code": [101, 102, 103, None] * 10,
    "young": [True, False, None, True] * 10,
    "seen": [datetime.date(2024, 1 + i % 12, 1 + i) if i % 4 else None for i in range(20)] * 2,
    "when": ["2024-01-31 10:30:00", "2023-05-06 07:08:09", "", "2022-12-24 00:00:00"] * 10,
    "note": [f"the {a} one is {b} today" for a in ("small", "big") for b in ("here", "there")] * 10,
    "kind": ["ape", "bee", "ape", "cat"] * 10,
}
KINDS = {"code": "category", "note": "text", "count": "number", "price": "number"}
ROW = {
    "size": 2.5, "price": "1.50 €", "count": "7", "wild": 2.0, "colour": "red", "code": 101, "young": True,
    "seen": datetime.date(2024, 5, 6), "when": "2024-02-29 10:30:00", "note": "a big one", "kind": "ape",
}  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return sm.TableClassifier(model="regression", kinds=KINDS).fit(ROWS, target="kind").model_


def ordinary(values):
    """A row in which nothing is out of the ordinary, but for these values."""
    return ROW | {"price": None} | values


def the_short_way(model, row):
    return SingleRows(model.schema, model.reading).features(row)


def the_long_way(model, row):
    (batch,) = model.open(row).batches()
    return model.schema.features(batch)


def same_bits(one, other):
    return one.dtype == other.dtype and one.tobytes() == other.tobytes()


def test_all_kinds_of_columns_are_there(model):
    kinds = {column.name: column.encoder.kind for column in model.schema.columns}
    assert kinds == {
        "size": "number", "price": "number", "count": "number", "wild": "number", "colour": "category", "code": "category",
        "young": "boolean", "seen": "date", "when": "date", "note": "text",
    }  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"size": None}, {"size": float("nan")}, {"size": 3}, {"size": np.float64(1.1)}, {"size": np.float32(1.1)},
        {"size": np.int8(3)}, {"size": -0.0}, {"size": "2.5"}, {"size": " 007 "},
        {"size": "-3"}, {"size": "n/a"}, {"size": "Unknown"}, {"size": ""}, {"size": np.str_("2")},
        {"wild": 1e6}, {"wild": -1e6}, {"count": 12}, {"count": "12"}, {"count": "0.1"},
        {"colour": "grün"}, {"colour": "gru\u0308n"}, {"colour": "\u200bred "}, {"colour": "RED"}, {"colour": "never seen"},
        {"colour": ""}, {"colour": None}, {"colour": float("nan")}, {"colour": 5}, {"colour": True},
        {"code": "101"}, {"code": np.int64(102)}, {"code": 7}, {"code": -101},
        {"young": False}, {"young": None}, {"young": np.bool_(True)}, {"young": "yes"}, {"young": "Nein"}, {"young": "n/a"},
        {"seen": None}, {"seen": "2024-05-06"}, {"seen": "2024-05-06T23:59:59"}, {"seen": datetime.datetime(2024, 5, 6, 7, 8)},
        {"seen": datetime.datetime(2024, 5, 6, 7, 8, 9, 123456)}, {"seen": "unknown"},
        {"seen": pd.Timestamp("2024-05-06 07:08")},
        {"when": None},
        {"note": ""}, {"note": None}, {"note": "BIG, big and small"}, {"note": 12}, {"note": "nothing known"},
        {"price": "0"}, {"price": 3.0}, {"price": "1.50 €"}, {"price": "€1.5"}, {"price": "(3 €)"}, {"price": "−3 €"},
        {"wild": "1'234.5"}, {"price": "٣ €"}, {"size": "２"}, {"wild": "1,234"}, {"size": "+5"}, {"size": ".5"},
        {"another": "column"}, {"another": 1j},
    ],
    ids=repr,
)  # fmt: skip
def test_an_ordinary_row_has_the_bits_of_its_table(model, values):
    row = ordinary(values)
    short = the_short_way(model, row)
    assert short is not None
    assert same_bits(short, the_long_way(model, row))


@pytest.mark.parametrize(
    "values",
    [
        {"size": float("inf")}, {"size": "1,5"}, {"size": "1e3"}, {"size": "two"}, {"size": True},
        {"size": 2**70}, {"size": [1.0]}, {"size": pd.NA}, {"price": "3"}, {"price": "3 $"}, {"price": "0 $"}, {"price": "3e2 €"}, {"size": "1,23"},
        {"colour": 1.5}, {"colour": b"red"}, {"colour": "\ud800"}, {"colour": datetime.date(2024, 1, 1)},
        {"young": 1}, {"young": "maybe"}, {"young": float("nan")}, {"seen": "06.05.2024"}, {"seen": "2024-02-30"},
        {"seen": "2024-05-06 24:00:00"}, {"seen": 20240506}, {"seen": pd.NaT}, {"seen": pd.Timestamp(1, unit="ns")},
        {"seen": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)}, {"note": 2.5}, {"note": ["a", "b"]}, {"größe": 1},
        {"another": [1, 2]}, {"another": np.zeros(3)}, {3: 4}, {"size": 2**53 + 1}, {"size": 1e300}, {"size": 900.0},
        {"seen": datetime.date(1, 1, 1)}, {"seen": datetime.date(9999, 12, 31)}, {"when": "1900-01-01 00:00:00"},
        {"when": "2100-12-31"},
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_out_of_the_ordinary_goes_the_long_way(model, values):
    assert the_short_way(model, ordinary(values)) is None


@pytest.mark.parametrize("values", [{"size": 80.0}, {"note": "nothing known"}, {"colour": "pink"}, {"young": None}])
def test_rows_go_the_long_way_where_more_are_unlike_those_at_fit_than_chance_explains(model, values):
    usual = ordinary({"price": 3.0})
    row = usual | values
    assert the_short_way(model, row) is not None
    assert the_short_way(model, [usual, row]) is not None
    assert the_short_way(model, [usual] * 20) is not None
    assert the_short_way(model, [row] * 20) is None
    with pytest.warns(DriftWarning, match=f"column '{next(iter(values))}': 20 of 20"):
        model.predict([row] * 20)


def warned_of(model, table):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.predict(table)
    return [str(warning.message) for warning in caught]


def test_rows_are_warned_of_as_the_table_of_them_is_where_values_are_often_missing_and_where_some_are_wild(rng):
    size = np.append(rng.normal(size=392), 1e6 * rng.normal(size=8))
    colour = rng.choice(np.array(["red", "green", None, None], object), 400)
    table = {"size": size.tolist(), "colour": colour.tolist(), "kind": ["ape", "bee"] * 200}
    model = sm.TableClassifier(model="regression").fit(table, target="kind").model_
    usual, largest = {"size": 0.1, "colour": "red"}, float(size.max())
    for odd in ({"colour": "pink"}, {"size": 1.1 * largest}, {"size": largest}):
        warned = []
        for k in range(9):
            rows = [usual | odd] * k + [usual] * (8 - k) + [usual | {"colour": None}] * 8
            columns = {name: [row[name] for row in rows] for name in usual}
            warned.append(warned_of(model, rows))
            assert warned[-1] == warned_of(model, columns)
        assert not warned[0]
        assert bool(warned[-1]) == (odd != {"size": largest})


def test_a_name_that_is_written_otherwise_goes_the_long_way(model):
    row = {f"{name}\u200b" if name == "size" else name: value for name, value in ordinary({}).items()}
    assert the_short_way(model, row) is None
    assert np.array_equal(model.predict_proba(row), model.predict_proba(ordinary({})))


def test_a_row_without_a_column_says_which(model):
    row = ordinary({})
    del row["colour"]
    with pytest.raises(SoftargmaxError, match="'colour' is missing"):
        model.predict(row)


TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="0123456789.,-+ eE%$", max_size=9),
    st.sampled_from(
        ["red", "grün", " red", "2024-01-02", "2024-01-02 03:04:05", "yes", "no", "n/a", "-", "big small", "101"]
    ),
    st.dates(datetime.date(1890, 1, 1), datetime.date(2110, 1, 1)).map(str),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    st.dates(),
    st.datetimes(),
    st.floats(width=32).map(np.float32),
    st.integers(-128, 127).map(np.int8),
)


@given(st.sampled_from(sorted(ROW)), VALUES)
def test_whatever_stands_in_a_cell_a_short_way_gives_the_bits_of_the_long_one(model, name, value):
    row = ordinary({name: value})
    short = the_short_way(model, row)
    if short is not None:
        assert same_bits(short, the_long_way(model, row))


@given(
    st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=4),
    st.sampled_from(sorted(ROW)),
    st.sampled_from(sorted(ROW)),
)
def test_several_rows_have_the_bits_of_their_table(model, values, one, other):
    rows = [ordinary({one: first, other: second}) for first, second in values]
    short = the_short_way(model, rows)
    if short is not None:
        assert same_bits(short, the_long_way(model, rows))


def test_several_ordinary_rows_go_the_short_way_and_very_many_do_not(model):
    rows = [
        ordinary({"size": float(size), "colour": "red" if size % 3 else None, "price": 3.0})
        for size in range(MOST_ROWS)
    ]
    short = the_short_way(model, rows)
    assert short is not None
    assert same_bits(short, the_long_way(model, rows))
    assert the_short_way(model, [*rows, rows[0]]) is None
    assert np.array_equal(model.predict_proba(rows)[5:6], model.predict_proba(rows[5]))


def test_a_column_of_several_types_is_for_all_rows_to_tell(model):
    rows = [ordinary({"code": 101}), ordinary({"code": "102"})]
    assert the_short_way(model, rows) is None


@pytest.mark.parametrize(("mark", "value"), [("-999", -999), ("-999", -999.0), ("-999", " -0999.0"), ("red", "red")])
def test_marks_that_a_user_named_are_missing_in_a_single_row_too(mark, value):
    table = {"x": [1.0, 2.0, -999.0, 4.0] * 10, "c": ["red", "blue", "green", "red"] * 10, "y": ["a", "b"] * 20}
    model = sm.TableClassifier(model="regression", missing=(mark,)).fit(table, target="y").model_
    row = {"x": 1.0, "c": "blue"} | {"x" if mark == "-999" else "c": value}
    short = the_short_way(model, row)
    assert short is not None
    assert same_bits(short, the_long_way(model, row))
    missing = the_short_way(model, {name: None if cell is value else cell for name, cell in row.items()})
    assert same_bits(short, missing)


@pytest.mark.parametrize(
    ("decimal", "text", "is_ordinary"),
    [
        (None, "1.5", True), (None, "1.234", False), (None, "1234", True), (None, "0.123", True), (None, "1,5", False),
        (".", "1.234", True), (",", "1.5", False), (",", "1234", True), (",", "1,5", True), (",", "1.234", True), (",", "1.234e5", False), (None, "1 234", True),
    ],
)  # fmt: skip
def test_a_point_is_read_where_it_has_one_meaning(decimal, text, is_ordinary):
    table = {"x": [1.0, 2.0, 3.0, 2000.0] * 10, "y": ["a", "b"] * 20}
    model = sm.TableClassifier(model="regression", decimal=decimal).fit(table, target="y").model_
    assert model.reading.decimal == decimal
    short = the_short_way(model, {"x": text})
    assert (short is not None) == is_ordinary
    if is_ordinary:
        assert same_bits(short, the_long_way(model, {"x": text}))


@pytest.fixture(scope="module")
def models_of_amounts():
    table = {"x": ["1 €", "2 €", "3 €", "2000 €"] * 10, "n": ["1", "2", "3", "2000"] * 10, "y": ["a", "b"] * 20}
    fits = [sm.TableClassifier(model="regression", decimal=mark).fit(table, target="y") for mark in (None, ".", ",")]
    return [fit.model_ for fit in fits]


@given(st.text(alphabet="0123456789.,'-+ ()eE%€", max_size=9), st.sampled_from(["", "€", " €"]))
def test_whatever_an_amount_looks_like_a_short_way_gives_the_bits_of_the_long_one(models_of_amounts, text, unit):
    for model in models_of_amounts:
        row = {"x": f"{text}{unit}", "n": text}
        short = the_short_way(model, row)
        if short is not None:
            assert same_bits(short, the_long_way(model, row))


def test_a_loaded_model_predicts_a_row_without_arrow(model, tmp_path):
    model.save(tmp_path / "m.softargmax")
    code = (
        f"import sys, datetime, softargmax as sm; model = sm.load({str(tmp_path / 'm.softargmax')!r}); "
        f"model.predict({ordinary({})!r}); model.predict_proba([{ordinary({})!r}] * 3); "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'pyarrow', 'pandas', 'scipy', 'sklearn'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
