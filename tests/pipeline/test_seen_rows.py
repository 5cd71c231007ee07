"""A model knows the rows it learned from, and says so when it is judged by them."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import softargmax as sm
from softargmax.exceptions import ArtifactError
from softargmax.pipeline import seen_rows
from softargmax.pipeline.pairing import compare_models
from softargmax.pipeline.seen_rows import SeenRows, SeenShare, numbers_of


def rows(n, seed, levels=None):
    """Draw features and codes; with levels from so many values each, so that rows repeat."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)) if levels is None else rng.integers(levels, size=(n, 3))
    return numbers_of(x.astype(np.float32), rng.integers(2, size=n))


def judged(seen, numbers):
    return seen.share(*seen.count(numbers))


@pytest.mark.parametrize("n", [150, 3000, 50_000])
def test_rows_that_were_learned_from_are_known_and_new_ones_are_not(n):
    seen, mine, others = SeenRows.of(rows(n, 0)), rows(n, 0), rows(n, 1)
    assert len(seen.numbers) == min(n, seen_rows.MOST)
    assert judged(seen, mine).share == 1.0
    assert judged(seen, others).share == 0.0
    half = judged(seen, np.concatenate([mine[: n // 2], others[: n // 2]])).share
    assert half == pytest.approx(0.5, abs=0.0 if n <= seen_rows.MOST else 0.06)


def test_a_class_that_is_another_one_makes_another_row():
    x = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    y = np.arange(500) % 2
    assert judged(SeenRows.of(numbers_of(x, y)), numbers_of(x, 1 - y)).n_seen == 0


@pytest.mark.parametrize("levels", [3, 6, 12, 30])
def test_new_rows_that_equal_others_by_chance_are_not_taken_for_those(levels):
    for seed in range(40):
        seen = SeenRows.of(rows(1000, seed, levels))
        assert judged(seen, rows(1000, 1000 + seed, levels)).share == 0.0


@pytest.mark.parametrize(("levels", "most"), [(12, 0.1), (30, 0.05)])
def test_where_rows_repeat_the_share_that_was_learned_from_is_still_found(levels, most):
    shares = []
    for seed in range(20):
        mine, others = rows(1000, seed, levels), rows(500, 1000 + seed, levels)
        seen = SeenRows.of(mine)
        assert judged(seen, mine).share == 1.0
        shares.append(judged(seen, np.concatenate([mine[:500], others])).share)
    assert np.mean(shares) == pytest.approx(0.5, abs=most)


def test_where_most_rows_repeat_nothing_is_said():
    for levels in (2, 6):
        mine = rows(1000, 0, levels)
        assert judged(SeenRows.of(mine), mine).share == 0.0


def test_a_row_or_two_are_too_few_to_say_so_and_none_say_nothing():
    seen = SeenRows.of(rows(100, 0))
    assert judged(seen, rows(100, 0)[:1]).share == 0.0
    assert judged(seen, rows(100, 0)[:8]).share == 1.0
    assert judged(seen, rows(100, 0)[:0]).share == 0.0
    assert judged(SeenRows.of(rows(0, 0)), rows(5, 0)).share == 0.0


def test_it_is_said_in_words_for_all_and_for_some():
    assert SeenShare(10, 0, 0.0).sentence == ""
    assert SeenShare(10, 10, 1.0).sentence.startswith("the model learned from these rows: ")
    assert "from about 43 % of these rows" in SeenShare(100, 43, 0.43).sentence
    assert "from about 3.2 % of these rows" in SeenShare(1000, 32, 0.032).sentence


def test_digits_that_another_kind_of_file_has_lost_make_no_other_row():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2000, 4)).astype(np.float32), rng.integers(2, size=2000)
    seen = SeenRows.of(numbers_of(x, y))
    assert judged(seen, numbers_of(x * np.float32(1.0 + 1e-7), y)).share > 0.98
    assert judged(seen, numbers_of(-0.0 * x, y)).n_seen == 0


def test_numbers_of_rows_stay_what_they_are_in_files():
    x = np.array([[0.5, -1.25], [0.0, 3.0]], np.float32)
    assert numbers_of(x, np.array([0, 1])).tolist() == numbers_of(x.astype(np.float64), np.array([0, 1])).tolist()
    assert numbers_of(x, np.array([0, 1])).tolist() == [16915510458787501115, 16968638996678420828]


@pytest.mark.parametrize(
    "harm",
    [
        {"numbers": np.array([3, 2, 1], np.uint64)},
        {"numbers": np.array([1, 2], np.uint64)},
        {"numbers": np.arange(5000, dtype=np.uint64), "n_single": 5000, "n_rows": 5000},
        {"n_rows": 2},
        {"n_twice": -1},
        {"numbers": np.array([0.5, 1.5, 2.5])},
    ],
)
def test_a_damaged_one_is_refused(harm):
    state = SeenRows(3, 3, 0, np.array([1, 2, 3], np.uint64)).to_state()
    assert SeenRows.from_state(state).numbers.tolist() == [1, 2, 3]
    for name, value in harm.items():
        (state.arrays if name == "numbers" else state.values)[name] = value
    with pytest.raises(ArtifactError):
        SeenRows.from_state(state)


# In a model of tables


def drawn(n, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2)).round(4)
    day = np.datetime64("2024-01-01") + rng.integers(400, size=n)
    y = np.where(x[:, 0] + rng.logistic(size=n) > 0.0, "yes", "no")
    color = np.array(["red", "grün", "bl,ue"])[rng.integers(3, size=n)]
    return pa.table({"a": x[:, 0], "b": x[:, 1], "day": day, "color": color, "y": y})


def fitted(table, **options):
    return sm.TableClassifier(model="regression", **options).fit(table, target="y").model_


@pytest.fixture(scope="module")
def model():
    return fitted(drawn(400))


def test_a_model_says_so_when_it_is_judged_by_the_rows_it_learned_from(model):
    found = model.evaluate(drawn(400))
    assert found.seen.share == 1.0
    assert found.seen.sentence in found.notes
    assert model.evaluate(drawn(400, 1)).seen.share == 0.0
    assert not any("learned from" in note for note in model.evaluate(drawn(400, 1)).notes)
    half = model.evaluate(pa.concat_tables([drawn(400)[:200], drawn(200, 1)]))
    assert any("about 50 %" in note for note in half.notes)


def test_rows_are_known_whatever_kind_of_file_holds_them_and_in_which_order(model, tmp_path):
    table = drawn(400).take(np.random.default_rng(0).permutation(400))
    pa.csv.write_csv(table, tmp_path / "t.csv")
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    single = table.set_column(0, "a", table["a"].cast(pa.float32()))
    pa.parquet.write_table(single, tmp_path / "single.parquet")
    assert model.evaluate(tmp_path / "t.csv").seen == model.evaluate(tmp_path / "t.parquet").seen
    assert model.evaluate(tmp_path / "t.csv").seen.share == 1.0
    assert model.evaluate(tmp_path / "single.parquet").seen.share == 1.0
    from_file = fitted(tmp_path / "t.csv")
    assert from_file.evaluate(tmp_path / "t.parquet").seen.share == 1.0


def test_a_model_that_was_not_fitted_again_does_not_know_the_rows_that_scored_it():
    table = drawn(1000)
    model = fitted(table, refit=False)
    assert model.seen.n_rows == 900
    assert model.evaluate(table).seen.share == pytest.approx(0.9, abs=1e-9)
    assert fitted(table).seen.n_rows == fitted(table, folds=3).seen.n_rows == 1000


def test_a_file_keeps_them_and_one_of_before_says_nothing(model, tmp_path):
    model.save(tmp_path / "m")
    again = sm.load(tmp_path / "m")
    assert again.seen.numbers.tolist() == model.seen.numbers.tolist()
    assert again.evaluate(drawn(400)).seen == model.evaluate(drawn(400)).seen
    before = replace(model, seen=None).evaluate(drawn(400))
    assert before.seen is None
    assert not any("learned from" in note for note in before.notes)


def test_two_models_are_compared_by_new_rows_or_it_is_said(model):
    other = fitted(drawn(400, 5))
    _, notes = compare_models(model, other, tuple(one.open(drawn(400)) for one in (model, other)))
    assert notes == (f"of the first model: {SeenShare(1, 1, 1.0).sentence}",)
