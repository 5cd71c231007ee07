"""The estimator for tables, and the model it leaves behind, on tables in memory and in files."""

import dataclasses
import inspect
import pickle
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import estimator_checks_generator

import softargmax as sm
from softargmax.cli.fit import fit as command
from softargmax.exceptions import ArgumentError, NotFittedError, RenamedError, ShapeError, TableError
from softargmax.models.trees import Trees
from softargmax.pipeline import FitOptions
from softargmax.pipeline.members import TreesMember, pooled
from softargmax.tables.opening import open_table

FAST = {"model": "regression"}


@pytest.fixture(scope="module")
def animals():
    """A table of numbers, categories, dates, text and missing values, as pandas has it."""
    rng = np.random.default_rng(5)
    n = 240
    kind = rng.choice(["ape", "bee", "cat"], n)
    size = np.where(rng.random(n) < 0.1, np.nan, rng.normal(np.searchsorted(["ape", "bee", "cat"], kind), 0.7))
    colour = np.where(rng.random(n) < 0.1, None, rng.choice(["red", "green"], n))
    seen = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D")
    words = [
        f"{a} is the {b} animal here"
        for a, b in zip(rng.choice(["small", "big"], n), rng.choice(["old", "new"], n), strict=True)
    ]
    return pd.DataFrame(
        {"size": size, "colour": colour, "seen": seen, "note": words, "young": rng.random(n) < 0.5, "kind": kind}
    )


def same_model(one, other):
    return one.schema == other.schema and np.array_equal(one.members[0].network.flat, other.members[0].network.flat)


def test_labels_beside_a_frame_and_in_it_give_the_same_model(animals):
    inside = sm.TableClassifier(**FAST).fit(animals, target="kind")
    beside = sm.TableClassifier(**FAST).fit(animals.drop(columns="kind"), animals["kind"])
    assert same_model(inside.model_, beside.model_)
    assert beside.classes_.tolist() == ["ape", "bee", "cat"]
    assert beside.feature_names_in_.tolist() == ["size", "colour", "seen", "note", "young"]


@pytest.mark.parametrize("form", ["arrow", "batches", "parquet", "columns", "rows"])
def test_a_frame_gives_the_same_model_in_every_form(animals, tmp_path, form):
    table = pa.Table.from_pandas(animals, preserve_index=False)
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    forms = {
        "arrow": lambda: table,
        "batches": lambda: pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=7)),
        "parquet": lambda: tmp_path / "t.parquet",
        "columns": lambda: table.to_pydict(),
        "rows": table.to_pylist,
    }
    expected = sm.TableClassifier(**FAST).fit(animals, target="kind").model_
    assert same_model(sm.TableClassifier(**FAST).fit(forms[form](), target="kind").model_, expected)


def test_a_stream_of_batches_is_read_once_whatever_stands_beside_it(animals):
    table = pa.Table.from_pandas(animals, preserve_index=False)
    weights = np.arange(len(animals)) % 3
    stream = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=50))
    expected = sm.TableClassifier(**FAST).fit(table, sample_weight=weights, target="kind").model_
    assert same_model(sm.TableClassifier(**FAST).fit(stream, sample_weight=weights, target="kind").model_, expected)


def test_polars_frames_give_the_model_of_pandas(animals):
    polars = pytest.importorskip("polars")
    expected = sm.TableClassifier(**FAST).fit(animals, target="kind").model_
    frame = polars.from_pandas(animals)
    assert same_model(sm.TableClassifier(**FAST).fit(frame, target="kind").model_, expected)
    assert np.array_equal(expected.predict_proba(frame), expected.predict_proba(animals))


def test_an_index_is_no_column(animals):
    moved = animals.set_index(np.arange(len(animals))[::-1])
    expected = sm.TableClassifier(**FAST).fit(animals, target="kind").model_
    assert same_model(sm.TableClassifier(**FAST).fit(moved, target="kind").model_, expected)


def test_one_row_as_a_dictionary_gets_what_it_gets_in_the_frame(animals):
    model = sm.TableClassifier(**FAST).fit(animals, target="kind").model_
    together = model.predict_proba(animals)
    for row in (0, 17, 239):
        assert np.array_equal(model.predict_proba(animals.iloc[row].to_dict())[0], together[row])
    assert (
        model.predict([animals.iloc[row].to_dict() for row in range(3)]).tolist() == model.predict(animals)[:3].tolist()
    )


def test_the_model_predicts_the_same_after_its_file_and_without_scikit_learn(animals, tmp_path, monkeypatch):
    classifier = sm.TableClassifier(**FAST).fit(animals, target="kind")
    classifier.save(tmp_path / "m.softargmax")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    loaded = sm.load(tmp_path / "m.softargmax")
    assert isinstance(loaded, sm.TableModel)
    assert np.array_equal(loaded.predict_proba(animals), classifier.predict_proba(animals))
    assert loaded.evaluate(animals).after.accuracy.value == np.mean(loaded.predict(animals) == animals["kind"])


def test_two_classes_have_one_logit_a_row(animals):
    two = animals[animals["kind"] != "ape"]
    model = sm.TableClassifier(**FAST).fit(two, target="kind").model_
    z = model.decision_function(two)
    assert z.shape == (len(two),)
    np.testing.assert_allclose(sm.sigmoid(z), model.predict_proba(two)[:, 1], rtol=1e-12)


def test_logits_of_three_classes_have_the_softmax_that_is_predicted(animals):
    model = sm.TableClassifier(**FAST).fit(animals, target="kind").model_
    np.testing.assert_allclose(sm.softmax(model.decision_function(animals)), model.predict_proba(animals), rtol=1e-12)


def test_a_row_of_weight_two_counts_as_two_rows(animals):
    weights = np.random.default_rng(0).integers(0, 3, len(animals))
    options = FAST | {"calibration_fraction": 0.0, "score_fraction": 0.0}
    column = sm.TableClassifier(**options, weight="w").fit(animals.assign(w=weights), target="kind").model_
    argument = sm.TableClassifier(**options).fit(animals, sample_weight=weights, target="kind").model_
    assert same_model(column, argument) or column.schema != argument.schema  # "w" is a column that was left out
    assert np.array_equal(column.members[0].network.flat, argument.members[0].network.flat)
    unweighted = sm.TableClassifier(**options).fit(animals, target="kind").model_
    assert not np.allclose(column.members[0].network.flat, unweighted.members[0].network.flat)
    (dropped,) = column.schema.dropped
    assert (dropped.name, dropped.reason) == ("w", "it says how often a row counts")


def test_weights_stay_with_their_rows_where_some_have_no_label(animals):
    table = animals.assign(kind=animals["kind"].where(np.arange(len(animals)) % 5 != 0))
    unlabelled = table["kind"].isna().to_numpy()
    weights = np.random.default_rng(1).integers(1, 5, len(table))
    options = FAST | {"calibration_fraction": 0.0, "score_fraction": 0.0}

    def fitted(sample_weight):
        return sm.TableClassifier(**options).fit(table, sample_weight=sample_weight, target="kind").model_

    model = fitted(weights)
    assert same_model(model, fitted(np.where(unlabelled, 9, weights)))
    assert not same_model(model, fitted(np.roll(weights, 1)))
    column = sm.TableClassifier(**options, weight="w").fit(table.assign(w=weights), target="kind").model_
    assert np.array_equal(column.members[0].network.flat, model.members[0].network.flat)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([-1.0] + [1.0] * 239, "row 1: expected a weight"),
        ([np.nan] + [1.0] * 239, "expected a weight"),
        ([0.0] * 240, "every weight is 0"),
    ],
)
def test_weights_that_cannot_be_are_refused(animals, weights, message):
    with pytest.raises(TableError, match=message):
        sm.TableClassifier(**FAST, weight="w").fit(animals.assign(w=weights), target="kind")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda c, a: c.fit(a), ArgumentError, "target"),
        (lambda c, a: c.fit(a, a["kind"], target="kind"), ArgumentError, "both"),
        (lambda c, a: c.fit(a, a["kind"][:5]), ShapeError, "one label for each of 240 rows"),
        (lambda c, a: c.fit("t.csv", a["kind"]), ArgumentError, "target="),
        (lambda c, a: c.fit("t.csv", sample_weight=[1.0], target="kind"), ArgumentError, "weight="),
        (lambda c, a: c.fit(3, target="kind"), ArgumentError, "expected a table"),
        (lambda c, a: c.fit({"a": [1, 2], "kind": ["x"]}, target="kind"), TableError, "the table"),
        (lambda c, a: c.predict(a), NotFittedError, "fit"),
        (lambda c, a: c.fit(a, target="kind", options=None), RenamedError, "constructor"),
    ],
)
def test_what_does_not_fit_is_named(animals, call, error, message):
    with pytest.raises(error, match=message):
        call(sm.TableClassifier(**FAST), animals)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_scikit_learn_takes_it_apart_and_puts_it_together(animals, library):
    frame = animals.drop(columns="kind")
    if library == "polars":
        frame = pytest.importorskip("polars").from_pandas(frame)
    y = animals["kind"].to_numpy()
    assert cross_val_score(sm.TableClassifier(**FAST), frame, y, cv=3).mean() > 0.5
    search = GridSearchCV(sm.TableClassifier(**FAST), {"balanced": [False, True]}, cv=2).fit(frame, y)
    assert search.best_params_["balanced"] in (False, True)
    steps = make_pipeline(FunctionTransformer(), sm.TableClassifier(**FAST)).fit(frame, y)
    assert set(steps.predict(frame)) <= {"ape", "bee", "cat"}
    fitted = pickle.loads(pickle.dumps(steps[-1]))
    assert np.array_equal(fitted.predict_proba(frame), steps.predict_proba(frame))
    assert clone(fitted).get_params() == fitted.get_params()


def test_members_are_pooled_by_their_log_probabilities(animals):
    one, two = (sm.TableClassifier(**FAST, random_state=seed).fit(animals, target="kind").model_ for seed in (0, 1))
    (batch,) = one.open(animals).batches()
    features = one.schema.features(batch)
    members = one.members[0], two.members[0]
    expected = sum(0.5 * sm.log_softmax(member.logits(features)) for member in members)
    np.testing.assert_allclose(pooled(members, (0.5, 0.5), features), expected, rtol=1e-12)
    assert np.array_equal(pooled(members[:1], (1.0,), features), members[0].logits(features))


# What scikit-learn demands of estimators of matrices and a table need not do, by the name of its check.
NOT_FOR_TABLES = {
    "check_sample_weight_equivalence_on_dense_data": "the rows are dealt to parts, and twice a row may be in two of them",
}


@pytest.mark.parametrize(
    ("estimator", "check"),
    list(estimator_checks_generator(sm.TableClassifier(**FAST), expected_failed_checks=NOT_FOR_TABLES, mark="xfail")),
    ids=lambda it: getattr(getattr(it, "func", None), "__name__", ""),
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_what_is_left_as_it_is_means_the_same_for_function_class_and_command():
    options, called = FitOptions(), inspect.signature(sm.TableClassifier).parameters
    flags = {name.replace("_", "-"): each.default for name, each in inspect.signature(command).parameters.items()}
    flags |= {"hidden-layer-sizes": tuple(map(int, flags["hidden"].split(","))), "random-state": flags["seed"]}
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        for default in (called[field.name].default, flags.get(field.name.replace("_", "-"), value)):
            assert default == value or (not default and value in ((), {})), field.name


def test_a_model_of_one_member_gives_it_the_weight_1(animals):
    model = sm.TableClassifier(**FAST).fit(animals, target="kind").model_
    assert (len(model.members), model.weights) == (1, (1.0,))


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_a_model_of_trees_and_a_network_is_the_same_after_its_file(animals, tmp_path, n_outputs):
    rows = animals if n_outputs == 3 else animals[animals["kind"] != "cat"]
    model = sm.TableClassifier(**FAST).fit(rows, target="kind").model_
    stump = {"feature": [1, 1, 1], "threshold": [0.1, 0.0, 0.0], "missing_left": [0] * 3, "value": [0.0, -1.0, 2.0]}
    stump |= {"left": [1, 1, 2], "right": [2, 1, 2], "output": 0}
    trees = TreesMember(Trees.joined(model.schema.n_features, np.zeros(n_outputs), [stump]))
    both = dataclasses.replace(model, members=(*model.members, trees), weights=(0.75, 0.25))
    both.save(tmp_path / "both.softargmax")
    loaded = sm.load(tmp_path / "both.softargmax")
    assert [member.kind for member in loaded.members] == ["network", "trees"]
    assert loaded.to_state() == both.to_state()
    assert np.array_equal(loaded.predict_proba(rows), both.predict_proba(rows))
    assert not np.array_equal(loaded.predict_proba(rows), model.predict_proba(rows))


def test_the_target_tells_that_a_first_line_is_a_header(tmp_path):
    rows = "".join(f"a{i % 2},b{i % 3},c{i % 2}\n" for i in range(40))  # values of the same shape as the names
    (tmp_path / "t.csv").write_text("V1,V2,V3\n" + rows)
    with pytest.raises(TableError, match="cannot tell whether the first line"):
        open_table(tmp_path / "t.csv")
    model = sm.TableClassifier(model="regression").fit(tmp_path / "t.csv", target="V3").model_
    assert model.schema.names == ("V1", "V2", "V3")
    assert model.reading.target is None  # which the schema knows, and nothing says twice
