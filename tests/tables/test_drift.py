"""New rows that are unlike those at fit are counted and named; rows that are like them are not."""

import datetime
import math
import re

import numpy as np
import pyarrow as pa
import pytest

from softargmax._binomial import binomial_cdf
from softargmax.tables.batch import Batch
from softargmax.tables.columns.extremes import MOST, Extremes
from softargmax.tables.drift import Drift
from softargmax.tables.drift_notes import CHANCE, FAR, DriftReport, beyond_chance
from softargmax.tables.learning import learn_schema
from softargmax.tables.reach import End, Reach
from softargmax.tables.schema import Schema

N = 400
DAYS = [datetime.date(2020, 1, 1) + datetime.timedelta(days=i % 366) for i in range(N)]
WORDS = [
    "the", "a", "big", "small", "old", "new", "red", "cat", "dog", "house", "walks", "runs", "sleeps", "here", "there",
    "now",
]  # fmt: skip


def columns(rng, n=N):
    """Give a table with a column of every kind, drawn anew."""
    return {
        "size": rng.normal(size=n).tolist(),
        "pay": rng.lognormal(8, 1.5, n).round().astype(int).tolist(),
        "grade": rng.integers(1, 6, n).tolist(),
        "colour": rng.choice(["red", "green", "blue"], n).tolist(),
        "young": (rng.random(n) < 0.5).tolist(),
        "seen": rng.choice(DAYS, n).tolist(),
        "note": [" ".join(rng.choice(WORDS, 6)) for _ in range(n)],
        "often": np.where(rng.random(n) < 0.3, None, rng.random(n)).tolist(),
    }


def batch(table, start=0, stop=None):
    rows = pa.RecordBatch.from_pydict({name: values[start:stop] for name, values in table.items()})
    return Batch("new.csv", 1 + start, rows)


@pytest.fixture(scope="module")
def schema():
    table = columns(np.random.default_rng(1)) | {"y": ["a", "b"] * (N // 2)}
    learned = learn_schema([batch(table)], "y").schema
    kinds = {column.name: column.encoder.kind for column in learned.columns}
    assert sorted(kinds.values()) == ["boolean", "category", "date", "number", "number", "number", "number", "text"]
    return learned


def drift_of(schema, *batches):
    drift = Drift()
    for each in batches:

        def watch(read):
            nonlocal drift
            drift = drift.update(read)

        schema.features(each, watch)
    return drift


def report_of(schema, table):
    return DriftReport.of(drift_of(schema, batch(table)), schema)


def changed(name, change, n=60, seed=2):
    table = columns(np.random.default_rng(seed), n)
    return table | {name: change(table[name])}


def first(k, value):
    return lambda values: [value] * k + values[k:]


@pytest.mark.parametrize("seed", range(20))
def test_rows_like_those_at_fit_are_not_named(schema, seed):
    for n in (1, 60, 1000):
        assert report_of(schema, columns(np.random.default_rng(100 + seed), n)).notes == ()


@pytest.mark.parametrize(
    ("name", "change", "code", "words"),
    [
        ("size", first(20, None), "drift-missing", r"20 of 60 values are missing, where none of 400 was at fit"),
        ("size", first(1, None), "unlearned-missing", r"1 of 60 values is missing.*: it counts as the average"),
        ("note", first(20, ""), "drift-missing", r"20 of 60 texts are empty, where none of 400 was at fit"),
        ("young", first(20, None), "drift-missing", r"they count as neither"),
        ("often", first(55, None), "drift-missing", r"5\d of 60 values are missing, where 1\d\d of 400 were at fit$"),
        ("size", first(1, 60.0), "drift-range", r"outside -\S+ to \S+, all .* the farthest is 60.0, in row 1 of new.csv"),
        ("pay", first(1, -999999), "drift-range", r"the farthest is -999999"),
        ("grade", first(1, 500), "drift-range", r"1 of 60 values lies outside 1 to 5"),
        ("size", lambda values: [value + 4 for value in values], "drift-range", r"\d\d of 60 values lie outside"),
        ("colour", first(1, "pink"), "unlearned-category", r"1 of 60 values was not seen at fit \('pink'\) and counts as"),
        ("colour", first(20, "pink"), "drift-category", r"20 of 60 values were not seen at fit \('pink'\) and count as"),
        ("colour", lambda values: list(map(str, range(60))), "drift-category", "60 of 60 values are numbers"),
        ("seen", first(1, datetime.date(2563, 5, 1)), "drift-date", r"farthest is 2563-05-01.*the Buddhist calendar$"),
        ("seen", first(1, datetime.date(2050, 5, 1)), "drift-date", r"1 of 60 dates lies outside 2020-01-01 to 2020-12-2"),
        ("note", first(30, "xyzzy plugh"), "drift-text", r"30 of 60 texts have none of the known words \('xyzzy plugh'\)"),
    ],
)  # fmt: skip
def test_rows_unlike_those_at_fit_are_named_once(schema, name, change, code, words):
    (note,) = report_of(schema, changed(name, change)).notes
    assert (note.code, note.column) == (code, name)
    assert note.text.startswith(f"column {name!r}: ")
    assert re.search(words, note.text), note.text


def test_time_goes_on_and_that_is_no_drift(schema):
    later = [datetime.date(2021, 1, 1) + datetime.timedelta(days=i) for i in range(60)]
    report = report_of(schema, changed("seen", lambda _: later))
    assert report.notes == ()
    assert report.columns["seen"] == {"missing": 0, "unknown": 0, "outside": 60}


def test_years_of_another_calendar_are_named_though_they_are_read():
    texts = [day.isoformat() for day in DAYS]
    schema = learn_schema([batch({"seen": texts, "y": ["a", "b"] * (N // 2)})], "y").schema
    report = report_of(schema, {"seen": ["2563-05-01", "2020-05-02"]})
    (note,) = report.notes
    assert (note.code, note.option) == ("drift-calendar", "calendar")
    assert report_of(schema, {"seen": ["2020-05-01", "2020-05-02"]}).notes == ()


def test_rows_that_hold_nothing_are_said_once_and_not_for_every_column(schema):
    table = columns(np.random.default_rng(3), 60)
    table = {name: [None] * 5 + values[5:] for name, values in table.items()}
    (note,) = report_of(schema, table).notes
    assert (note.code, note.column) == ("empty-rows", None)
    assert note.text.startswith("5 of 60 rows hold nothing")


def test_the_counts_do_not_depend_on_where_the_table_is_split(schema):
    table = columns(np.random.default_rng(4), 90)
    table["size"][3:60:7] = [None] * len(table["size"][3:60:7])
    table["size"][80], table["pay"][10], table["colour"][11] = -77.0, 10**9, "pink"
    whole = drift_of(schema, batch(table))
    parts = [batch(table, start, start + 30) for start in (0, 30, 60)]
    assert drift_of(schema, *parts) == whole
    assert drift_of(schema, parts[0]).merge(drift_of(schema, *parts[1:])) == whole
    assert whole.columns["size"].lowest.row == 81


def test_a_row_alone_is_counted_as_in_the_table(schema):
    table = changed("size", first(3, 9.5))
    alone = drift_of(schema, batch(table, 0, 1)).columns["size"]
    assert (alone.n_outside, alone.highest.cell) == (1, 9.5)


def test_a_model_of_before_says_what_it_can(schema):
    data = schema.to_json()
    for column in data["columns"]:
        del column["remembered"]
    older = Schema.from_json(data)
    assert report_of(older, changed("size", first(1, 1e9))).notes == ()
    (note,) = report_of(older, changed("size", first(30, None))).notes
    assert note.code == "unlearned-missing"
    assert "30 of 60 values are missing, where none was at fit" in note.text
    (note,) = report_of(older, changed("colour", first(30, "pink"))).notes
    assert note.code == "unlearned-category"


def test_what_is_remembered_comes_back_from_a_file(schema):
    assert Schema.from_json(schema.to_json()) == schema


def test_counts_are_beyond_chance_in_no_more_tables_than_promised():
    n_before, n_rows = 80, 50

    def fewest(before):
        return next((k for k in range(1, n_rows + 1) if beyond_chance(k, n_rows, before, n_before)), n_rows + 1)

    needed = [fewest(before) for before in range(n_before + 1)]
    for share in (0.001, 0.01, 0.05, 0.2, 0.5, 0.9):
        chances = np.diff([0.0, *(binomial_cdf(before, n_before, share) for before in range(n_before + 1))])
        alarm = sum(
            chance * (1.0 - binomial_cdf(count - 1, n_rows, share))
            for chance, count in zip(chances, needed, strict=True)
        )
        assert alarm < CHANCE
    assert fewest(0) < 15


def test_what_is_always_beyond_chance_is_found():
    assert beyond_chance(30, 60, 0, 300)
    assert not beyond_chance(1, 1, 0, 300)
    assert not beyond_chance(30, 60, 150, 300)
    assert not beyond_chance(5, 5, 10, 10)
    assert not beyond_chance(0, 5, 0, 10)


@pytest.mark.parametrize("splits", [(), (1, 2, 500), (130, 131, 700)])
def test_the_outermost_values_do_not_depend_on_where_the_rows_are_split(rng, splits):
    values = np.where(rng.random(1000) < 0.1, np.nan, rng.normal(size=1000))
    found = Extremes()
    for part in np.split(values, splits):
        found = found.merge(Extremes.of(part))
    present = np.sort(values[~np.isnan(values)])
    assert np.array_equal(np.sort(found.lowest), present[:MOST])
    assert np.array_equal(np.sort(found.highest), present[-MOST:])


DRAWS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "uniform": lambda rng, n: rng.random(n),
    "lognormal": lambda rng, n: rng.lognormal(0, 2, n),
    "three degrees of freedom": lambda rng, n: rng.standard_t(3, n),
    "power": lambda rng, n: rng.pareto(1, n),
    "rare": lambda rng, n: rng.poisson(0.05, n).astype(float),
    "few values": lambda rng, n: rng.integers(1, 6, n).astype(float),
    "with gross errors": lambda rng, n: np.where(rng.random(n) < 0.02, 1000 * rng.normal(size=n), rng.normal(size=n)),
}


@pytest.mark.parametrize("draw", DRAWS)
def test_values_like_those_at_fit_are_rarely_far_away(draw, rng):
    alarms = 0
    for _ in range(100):
        before, after = DRAWS[draw](rng, 500), DRAWS[draw](rng, 500)
        reach = Reach.of(Extremes.of(before), len(before))
        far = [value for value in (after.min(), after.max()) if reach.is_far(value)]
        alarms += any(reach.chance(value, 500, 500) < 0.5 * FAR for value in far)
    assert alarms <= 5


@pytest.mark.parametrize("draw", ["normal", "uniform", "few values"])
def test_a_value_forty_deviations_away_is_far(draw, rng):
    for _ in range(20):
        before = DRAWS[draw](rng, 1000)
        reach = Reach.of(Extremes.of(before), 1000)
        for sign in (-1.0, 1.0):
            value = before.mean() + sign * 40 * before.std()
            assert reach.is_far(value)
            assert reach.chance(value, 1000, 1000) < 0.5 * FAR


def test_the_chance_of_a_value_is_exact_where_an_end_thins_out_as_a_power(rng):
    found = []
    for _ in range(5000):
        *distances, new = np.exp(rng.exponential(2.0, 6))
        found.append(End.of(np.array([*distances, 1.0])).share_beyond(new) < 0.1)
    assert np.mean(found) == pytest.approx(0.1, abs=0.02)


def test_nothing_is_known_of_ends_of_one_value():
    reach = Reach.of(Extremes.of(np.array([0.0] * 99 + [5.0])), 100)
    assert (reach.below, reach.above) == (None, None)
    assert reach.chance(1e9, 100, 100) == 1.0
    assert Reach.of(Extremes(), 0) is None
    assert math.isfinite(reach.middle)


def test_far_values_that_are_moved_nearer_are_told_by_how_far_they_were(rng):
    values = rng.normal(size=N)
    values[:8] = rng.normal(size=8) * 1e6
    schema = learn_schema([batch({"x": values.tolist(), "y": ["a", "b"] * (N // 2)})], "y").schema
    (column,) = schema.columns
    assert column.encoder.limit < np.inf
    outside = {"x": [0.0, 1e30, -1e30, values.max(), values.min()]}
    met = drift_of(schema, batch(outside)).columns["x"]
    assert (met.n_outside, met.highest.cell, met.lowest.cell) == (2, 1e30, -1e30)
    assert met.highest.value == pytest.approx(1e30, rel=1e-6)
    assert drift_of(schema, batch({"x": [values.max(), values.min(), None, 0.5]})).columns["x"].n_outside == 0
