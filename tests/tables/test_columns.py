"""Summaries of columns, and learning from a table that is read twice in bounded memory."""

import json
import weakref

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.columns import chunked_moments, distinct, row_sample
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.encoder_fields import encoder_to_json
from softargmax.tables.encoders import ENCODERS
from softargmax.tables.gathering import Gathered
from softargmax.tables.learning import encoded, learn_schema


def cells_of(values, first_row=1):
    return Cells.of(Batch("t.csv", first_row, pa.RecordBatch.from_pydict({"x": pa.array(values)})), "x")


def summary_of(values, start=0, **options):
    return ColumnSummary.of(cells_of(values, start + 1), start, **options)


def facts(summary):
    """All that a summary says, as text."""
    said = {name: getattr(summary, name) for name in ("start", "end", "n_missing", "first_missing", "first", "example")}
    said |= {
        name: getattr(summary, name)
        for name in ("origins", "n_words", "succession", "n_codes", "n_distinct", "is_counted")
    }
    for name in ("numbers", "times", "flags"):
        found = vars(getattr(summary, name)) | {"moments": getattr(summary, name).moments.mean_and_scale()}
        said |= {f"{name} {key}": value for key, value in found.items()}
    return repr(said | {"holds": summary.holds(), "counts": list(summary.counts().items())})


TEXTS = st.sampled_from(
    ["1", "2", "2.5", "-1e3", "", "NA", "true", "false", "red", "a b c d", "2026-01-01", "inf", "x y"]
)
NUMBERS = st.one_of(st.none(), st.floats(-1e6, 1e6))
COLUMNS = st.one_of(
    st.lists(TEXTS, min_size=1, max_size=40),
    st.lists(st.sampled_from(["1", "2", "7.25", ""]), min_size=1, max_size=40).filter(lambda cells: any(cells)),
    st.lists(st.sampled_from(["2026-01-01", "2026-03-01 10:00:00", "2026-01-01T10:00:00Z"]), min_size=1, max_size=40),
    st.lists(NUMBERS, min_size=1, max_size=40),
    st.lists(st.one_of(st.none(), st.booleans()), min_size=1, max_size=40),
    st.integers(-3, 3).map(lambda first: [str(i) for i in range(first, first + 30)]),
)


@pytest.fixture
def small_bounds(monkeypatch):
    """Bounds that a few dozen rows reach."""
    monkeypatch.setattr(chunked_moments, "CHUNK", 5)
    monkeypatch.setattr(row_sample, "MOST_ROWS", 8)
    monkeypatch.setattr(distinct, "_FEWEST_TO_JOIN", 3)


@given(COLUMNS, st.data())
def test_a_summary_does_not_depend_on_where_the_rows_are_split(columns_of_any_type, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunked_moments, "CHUNK", 5)
        patch.setattr(row_sample, "MOST_ROWS", 8)
        patch.setattr(distinct, "_FEWEST_TO_JOIN", 3)
        most = data.draw(st.sampled_from([3, 50]))
        values = pa.array(columns_of_any_type)
        cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(values) - 1)), max_size=4)) | {0})
        parts = [
            summary_of(values[start:end], start, most=most)
            for start, end in zip(cuts, [*cuts[1:], len(values)], strict=True)
        ]
        while len(parts) > 1:  # merged in any order of neighbours
            at = data.draw(st.integers(0, len(parts) - 2))
            parts[at : at + 2] = [parts[at].merge(parts[at + 1])]
        assert facts(parts[0]) == facts(summary_of(values, most=most))


def test_an_update_is_a_merge_with_the_rows_that_follow():
    values = ["1", "2", "", "oops", "7"]
    summary = summary_of(values[:2])
    assert facts(summary.update(cells_of(values[2:], 3))) == facts(summary_of(values))
    assert summary.end == 2  # the first one is as it was


def test_mean_and_scale_are_those_of_all_rows(rng):
    values = rng.normal(size=200_000) * 1e3 + 1e6
    mean, scale = summary_of(values).numbers.moments.mean_and_scale()
    assert mean == pytest.approx(values.mean(), rel=1e-14)
    assert scale == pytest.approx(values.std(), rel=1e-12)


def test_values_are_counted_exactly_up_to_the_bound():
    values = ["a"] * 3 + ["b"] * 2 + ["c"]
    assert list(summary_of(values, most=3).counts().items()) == [("a", 3), ("b", 2), ("c", 1)]
    assert not summary_of(values, most=2).is_counted


def test_beyond_the_bound_a_sample_finds_what_is_frequent_and_estimates_how_many_differ(rng):
    names = [f"n{i}" for i in rng.integers(0, 60_000, 400_000)]
    values = np.array(names, object)
    values[rng.random(len(values)) < 0.2] = "often"
    summary = summary_of(np.sort(values.astype(str)))
    assert not summary.is_counted
    assert summary.n_distinct == pytest.approx(60_000, rel=0.1)
    assert summary.counts().most_common(1)[0][0] == "often"
    assert "often" in ENCODERS["category"].of(summary).levels


def test_text_that_differs_in_every_row_is_an_identifier_however_many_rows_there_are():
    assert summary_of([f"row {i}" for i in range(120_000)]).is_identifier
    assert not summary_of([f"row {i % 60_000}" for i in range(120_000)]).is_identifier


def test_a_sampled_row_is_chosen_by_its_position_alone(small_bounds):
    sample = summary_of([str(i) for i in range(100)]).sample
    assert len(sample.positions) == 8
    assert sample.cells.to_pylist() == [str(position) for position in sample.positions]
    other = summary_of(["a", "b"] * 50).sample
    assert other.positions.tolist() == sample.positions.tolist()


@pytest.mark.parametrize(
    ("values", "counts_by_one"),
    [
        (["0", "1", "2", "3"], True),
        ([5, 6, 7], True),
        (["1", "2", "4"], False),
        (["1", "2", ""], False),
        (["0.5", "1.5"], False),
        (["a", "b"], False),
    ],
)
def test_whole_numbers_that_go_up_by_one_count_by_one(values, counts_by_one):
    succession = summary_of(values).succession
    assert (succession is not None and succession.counts_by_one) == counts_by_one


def table(file, first_row, **columns):
    return Batch(file, first_row, pa.RecordBatch.from_pydict(columns))


def halves(n=40):
    color, label = ["red", "blue", "blue", "green"] * (n // 4), ["a", "b"] * (n // 2)
    number = [str(i * i % 17) for i in range(n)]
    whole = table("t.csv", 1, x=number, c=color, y=label)
    return [whole], [Batch("t.csv", 1 + i, whole.data.slice(i, 7)) for i in range(0, n, 7)]


def test_a_schema_and_features_do_not_depend_on_the_size_of_batches():
    whole, parts = (learn_schema(batches, "y") for batches in halves())
    assert json.dumps(whole.schema.to_json()) == json.dumps(parts.schema.to_json())
    (X, codes, _), (X_parts, codes_parts, _) = (encoded(whole, batches) for batches in halves())
    assert X.tobytes() == X_parts.tobytes()
    assert codes.tobytes() == codes_parts.tobytes()


def test_a_column_that_turns_out_to_be_text_in_a_later_file_is_text_in_all():
    typed = table("t.parquet", 1, x=[1.5, 2.0, None, 3.0], y=[1, 0, 1, 0])
    text = table("u.csv", 1, x=["red", "2", "red", "1.5"], y=["1", "0", "1", "0"])
    schemas = [learn_schema(batches, "y").schema for batches in ([typed, text], [text, typed])]
    levels = [next(column.encoder.levels for column in schema.columns if column.name == "x") for schema in schemas]
    assert levels[0] == levels[1] == ("1.5", "2", "red")
    assert schemas[0].labels == schemas[1].labels
    flag, date = (
        table("f", 1, x=[True] * 4, y=[1, 0, 1, 0]),
        table("d", 1, x=pa.array([1] * 4, pa.date32()), y=[1, 0] * 2),
    )
    assert learn_schema([flag, date, text], "y").types["x"] == pa.string()
    with pytest.raises(TableError, match=r"f: column 'x' differs from file to file.*bool vs date32"):
        learn_schema([flag, date, typed], "y")


@pytest.mark.parametrize("rows", [30, 50])
def test_a_table_that_changed_between_the_passes_is_an_error(rows):
    learned = learn_schema(halves(40)[0], "y")
    with pytest.raises(TableError, match=r"t.csv: expected the 40 rows .* changed meanwhile"):
        encoded(learned, halves(52)[0] if rows > 40 else halves(28)[0])


def test_few_batches_of_a_table_are_in_memory_at_a_time():
    alive: list[weakref.ref] = []
    most = 0

    class Rows:
        def __iter__(self):
            nonlocal most
            for part in range(12):
                rng = np.random.default_rng(part)
                numbers = rng.normal(size=70_000)
                batch = table("t", 1 + part * 70_000, x=numbers, y=(numbers > 0).astype(int))
                alive.append(weakref.ref(batch))
                most = max(most, sum(one() is not None for one in alive))
                yield batch

    learned = learn_schema(Rows(), "y")
    X, *_ = encoded(learned, Rows())
    assert len(X) == 12 * 70_000
    assert most <= 4


def test_small_batches_are_joined_with_their_neighbours_of_the_same_file():
    batches = [table("t", 1, x=[1]), table("t", 2, x=[2]), table("u", 1, x=[3]), table("u", 2, x=[4])]
    joined = list(Gathered(batches, {}))
    assert [(batch.file, batch.first_row, batch.column("x").to_pylist()) for batch in joined] == [
        ("t", 1, [1, 2]),
        ("u", 1, [3, 4]),
    ]


def test_words_and_levels_of_a_column_beyond_the_bound_come_from_the_sample(small_bounds):
    texts = [f"the penguin {i} has a {'broken' if i % 2 else 'whole'} egg" for i in range(60)]
    summary = summary_of(texts, kind="text", most=10)
    data = encoder_to_json(ENCODERS["text"].of(summary))
    assert {"the", "penguin", "egg"} <= set(data["words"])


def test_no_number_at_all_has_the_mean_0_and_the_scale_1():
    assert summary_of(["red", "blue"]).numbers.moments.mean_and_scale() == (0.0, 1.0)
