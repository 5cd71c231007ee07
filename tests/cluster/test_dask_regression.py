"""A linear model of rows on a cluster is the one of rows in memory."""

import os
import signal

import numpy as np
import pytest

import softargmax as sm
from softargmax._engine import LocalEngine, _on
from softargmax.exceptions import ArgumentError, EngineError, ShapeError, TableError
from softargmax.models.row_memory import remembered

pytest.importorskip("distributed")

import dask.array as da
import pyarrow as pa
import pyarrow.parquet as pq

from softargmax.dask import SoftmaxRegression, on

RNG = np.random.default_rng(34)
N, D, K = 6000, 5, 4
Z = RNG.normal(size=(N, D))
X = Z * np.logspace(-1, 2, D) + 3.0
Y = (Z @ RNG.normal(size=(D, K)) + RNG.gumbel(size=(N, K))).argmax(axis=1)
LABELS = np.array(["ant", "bee", "cat", "dog"])[Y]
WEIGHT = RNG.integers(0, 3, N).astype(float)
EXACT = {"tol": 1e-10}


def write(path, rows, columns):
    pq.write_table(pa.table({name: column[rows] for name, column in columns.items()}), path, row_group_size=256)


COLUMNS = {**{f"x{j}": X[:, j] for j in range(D)}, "animal": LABELS, "weight": WEIGHT}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    for number, start in enumerate(range(0, N, 1000)):
        write(
            folder / f"part-{number}.parquet",
            slice(start, start + 1000),
            {k: COLUMNS[k] for k in [*list(COLUMNS)[:-1]]},
        )
    return folder


def same(there, here):
    np.testing.assert_allclose(there.coef_, here.coef_, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(there.intercept_, here.intercept_, rtol=1e-10, atol=1e-12)
    assert there.duality_gap_ < 1e-12
    assert there.classes_.tolist() == here.classes_.tolist()


def test_a_folder_gives_the_coefficients_of_rows_in_memory(client, folder):
    here = sm.SoftmaxRegression(**EXACT).fit(X, LABELS)
    same(SoftmaxRegression(**EXACT).fit(folder, "animal", client=client), here)
    same(sm.SoftmaxRegression(**EXACT).fit(folder, "animal"), here)


def test_bits_do_not_depend_on_who_does_the_work(client, folder):
    with on(client):
        there = sm.SoftmaxRegression().fit(folder, "animal")
    for threads in (1, 2):
        with _on(LocalEngine(threads)):
            here = sm.SoftmaxRegression().fit(folder, "animal")
        np.testing.assert_array_equal(here.coef_, there.coef_)
        np.testing.assert_array_equal(here.intercept_, there.intercept_)


@pytest.mark.parametrize(
    "options", [{"class_weight": "balanced"}, {"l1_ratio": 0.5, "C": 0.1}, {"fit_intercept": False}]
)
def test_all_solvers_see_the_rows_there(client, options):
    rows = da.from_array(X, chunks=(1700, 2)), da.from_array(LABELS, chunks=900)
    there = SoftmaxRegression(**EXACT, **options).fit(*rows, client=client)
    here = sm.SoftmaxRegression(**EXACT, **options).fit(X, LABELS)
    np.testing.assert_allclose(there.coef_, here.coef_, rtol=1e-7, atol=1e-10)


def test_weights_count_there_too(client):
    rows = [da.from_array(each, chunks=2000) for each in (LABELS, WEIGHT)]
    there = SoftmaxRegression(**EXACT).fit(da.from_array(X, chunks=(2000, D)), *rows, client=client)
    same(there, sm.SoftmaxRegression(**EXACT).fit(X, LABELS, WEIGHT))


def test_without_a_penalty_there_is_a_summary_and_separable_classes_are_seen(client):
    rows = da.from_array(X, chunks=(2000, D))
    there = SoftmaxRegression(C=np.inf, **EXACT).fit(rows, da.from_array(LABELS, chunks=2000), client=client)
    here = sm.SoftmaxRegression(C=np.inf, **EXACT).fit(X, LABELS)
    np.testing.assert_allclose(there.summary().standard_error, here.summary().standard_error, rtol=1e-8)
    with pytest.warns(sm.exceptions.SeparationWarning):
        SoftmaxRegression(C=np.inf).fit(rows, da.from_array(X[:, 0] > 3, chunks=2000), client=client)


def test_a_dataframe_names_its_features_and_its_predictions(client):
    pd, dd = pytest.importorskip("pandas"), pytest.importorskip("dask.dataframe")
    frame = pd.DataFrame(COLUMNS)
    rows = dd.from_pandas(frame, npartitions=3)
    here = sm.SoftmaxRegression(**EXACT).fit(frame.drop(columns=["animal", "weight"]), LABELS, WEIGHT)
    there = SoftmaxRegression(**EXACT).fit(rows, "animal", "weight", client=client)
    same(there, here)
    assert there.feature_names_in_.tolist() == [f"x{j}" for j in range(D)]
    features = rows.drop(columns=["animal", "weight"])
    probabilities, labels = there.predict_proba(features), there.predict(features)
    assert probabilities.columns.tolist() == ["ant", "bee", "cat", "dog"]
    made = client.compute(probabilities).result()
    np.testing.assert_allclose(made, here.predict_proba(frame.drop(columns=["animal", "weight"])), rtol=1e-9)
    assert made.dtypes.tolist() == probabilities.dtypes.tolist()
    assert client.compute(labels).result().tolist() == here.predict(features.compute()).tolist()
    assert labels.name == "prediction"
    plain = sm.SoftmaxRegression(**EXACT).fit(X, LABELS)
    for given in (features, features.to_dask_array(), features.to_dask_array(lengths=True)):
        series = SoftmaxRegression(**EXACT).fit(given, rows["animal"], client=client)
        np.testing.assert_allclose(series.coef_, plain.coef_, rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
@pytest.mark.parametrize("classes", [2, 4])
def test_predictions_are_lazy_and_those_of_rows_in_memory(method, dtype, classes):
    model = SoftmaxRegression()
    sm.SoftmaxRegression.fit(model, X, Y % classes)
    given = X.astype(dtype)
    lazy = getattr(model, method)(da.from_array(given, chunks=(2500, 2)))
    plain = getattr(model, method)(given)
    assert (lazy.shape, lazy.dtype) == (plain.shape, plain.dtype)
    assert lazy.chunks[0] == (2500, 2500, 1000)
    np.testing.assert_array_equal(lazy.compute(scheduler="sync"), plain)


@pytest.mark.parametrize("kind", ["array", "dataframe"])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
@pytest.mark.parametrize("classes", [2, 4])
def test_blocks_that_lost_all_their_rows_are_predicted_too(method, classes, kind):
    pd, dd = pytest.importorskip("pandas"), pytest.importorskip("dask.dataframe")
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(D)])
    given = frame if kind == "dataframe" else X
    model = SoftmaxRegression()
    sm.SoftmaxRegression.fit(model, given, Y % classes)
    rows = dd.from_pandas(frame, npartitions=4)
    few = rows.map_partitions(lambda part: part[part.index < 2000])  # none of the second half of the partitions
    lazy = getattr(model, method)(few if kind == "dataframe" else few.to_dask_array())
    plain = getattr(model, method)(given[:2000])
    made = lazy.compute(scheduler="sync")
    assert (made.shape, made.ndim) == (plain.shape, lazy.ndim)
    np.testing.assert_array_equal(made, plain)
    without = lazy.partitions[3].compute(scheduler="sync")
    assert (type(without), without.shape) == (type(made), (0, *made.shape[1:]))


def test_single_precision_ends_at_the_same_optimum(client):
    rows = da.from_array(X.astype(np.float32), chunks=(1500, D)), da.from_array(LABELS, chunks=1500)
    there = SoftmaxRegression(**EXACT).fit(*rows, client=client)
    here = sm.SoftmaxRegression(**EXACT).fit(X.astype(np.float32), LABELS)
    assert there.coef_.dtype == np.float32
    # Means of features are rounded to single precision, so the standardised ones may differ by that; their optimum not.
    networks = [model.network_ for model in (there, here)]
    exact = [network.weights[0] / network.scale[:, np.newaxis] for network in networks]
    np.testing.assert_allclose(*exact, rtol=1e-10, atol=1e-12)


def test_a_saved_model_is_that_of_one_machine(client, folder, tmp_path):
    with on(client):
        SoftmaxRegression().fit(folder, "animal").save(tmp_path / "there.json")
    sm.SoftmaxRegression().fit(folder, "animal").save(tmp_path / "here.json")
    assert (tmp_path / "there.json").read_bytes() == (tmp_path / "here.json").read_bytes()


class Killer:
    """Kills a worker after some iterations."""

    def __init__(self, client, iteration):
        self.client, self.iteration = client, iteration

    def __call__(self, progress):
        if progress.done == self.iteration:
            pids = self.client.run(os.getpid)
            os.kill(sorted(pids.values())[0], signal.SIGKILL)


@pytest.mark.parametrize("kind", ["folder", "array"])
def test_a_worker_killed_in_the_middle_changes_no_bit(client, folder, kind):
    rows = (folder, "animal")
    if kind == "array":
        rows = da.from_array(X, chunks=(1000, D)), da.from_array(LABELS, chunks=1000)
    with on(client):
        whole = SoftmaxRegression().fit(*rows)
        killed = SoftmaxRegression().fit(*rows, progress=Killer(client, 3))
    np.testing.assert_array_equal(killed.coef_, whole.coef_)
    assert killed.n_iter_ == whole.n_iter_


def test_rows_are_remembered_within_a_limit_and_forgotten_after_the_fit(monkeypatch, folder):
    held = []

    def note(progress):
        held.append(len(remembered._blocks))

    whole = sm.SoftmaxRegression().fit(folder, "animal", progress=note)
    assert set(held) == {6}
    assert remembered._blocks == {}
    held.clear()
    monkeypatch.setattr("softargmax.models.row_memory._limit", lambda: 110_000)  # two parts of 48,000 bytes
    few = sm.SoftmaxRegression().fit(folder, "animal", progress=note)
    assert set(held) == {2}
    np.testing.assert_array_equal(few.coef_, whole.coef_)


def test_a_folder_is_refused_with_the_file_at_fault(tmp_path, client):
    with pytest.raises(TableError, match=r"expected a folder with files whose names end in .parquet"):
        sm.SoftmaxRegression().fit(tmp_path, "animal")
    write(tmp_path / "a.parquet", slice(0, 50), COLUMNS)
    write(tmp_path / "b.parquet", slice(0, 50), {k: v for k, v in COLUMNS.items() if k != "x1"})
    with pytest.raises(TableError, match=r"b.parquet: expected the columns of .*a.parquet, but x1 is in one only"):
        sm.SoftmaxRegression().fit(tmp_path, "animal", "weight")
    pq.write_table(
        pa.table({**{k: v[:50] for k, v in COLUMNS.items()}, "x1": pa.array([None] * 50, pa.float64())}),
        tmp_path / "b.parquet",
    )
    with pytest.raises(TableError, match=r"b.parquet: has missing values"):
        SoftmaxRegression().fit(tmp_path, "animal", "weight", client=client)
    (tmp_path / "b.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(TableError, match=r"b.parquet: expected a Parquet file"):
        sm.SoftmaxRegression().fit(tmp_path, "animal")


def test_the_columns_of_a_folder_may_come_in_any_order(tmp_path, folder):
    for number, order in enumerate((list(COLUMNS), list(COLUMNS)[::-1])):
        write(tmp_path / f"{number}.parquet", slice(3000 * number, 3000 * (number + 1)), {k: COLUMNS[k] for k in order})
    model = sm.SoftmaxRegression(**EXACT).fit(tmp_path, "animal", "weight")
    same(model, sm.SoftmaxRegression(**EXACT).fit(X, LABELS, WEIGHT))


def test_parts_of_another_form_are_refused(client):
    rows = da.from_array(X, chunks=(2000, D))
    for given, error, message in (
        ((X, LABELS), ArgumentError, "expected a Dask array or dataframe, or the path"),
        ((rows,), ArgumentError, "y: expected the labels"),
        ((rows, LABELS[:-1]), ShapeError, "a number for each of 6000 rows, got 5999"),
        ((rows, X), ShapeError, "y: expected a number for each row"),
        (
            (rows[rows[:, 0] > 3], LABELS),
            ArgumentError,
            r"y: expected a Dask array .* got ndarray; .* compute_chunk_sizes",
        ),
        (
            (rows[rows[:, 0] > 3], da.from_array(LABELS, chunks=3000)),
            ShapeError,
            r"^X, y: expected as many .* got 3, 2",
        ),
    ):
        with pytest.raises(error, match=message):
            SoftmaxRegression().fit(*given, client=client)
    dd, pd = pytest.importorskip("dask.dataframe"), pytest.importorskip("pandas")
    frame = dd.from_pandas(pd.DataFrame(COLUMNS), npartitions=2)
    with pytest.raises(
        ArgumentError, match="sample_weight: expected a column of X, which has x0, .* got 'heft'"
    ) as caught:
        SoftmaxRegression().fit(frame, "animal", "heft", client=client)
    assert caught.value.parameter == "sample_weight"
    odd = dd.from_map(
        lambda n: pd.DataFrame({"a": [1.0, 2.0], "b" if n else "c": [0.0, 1.0], "y": [0, 1]}),
        [0, 1],
        enforce_metadata=False,
    )
    with pytest.raises(
        ArgumentError, match=r"the same features in all parts, got a, c, y in block 0 and a, b, y in block 1"
    ):
        SoftmaxRegression().fit(odd, odd["y"], client=client)


def test_a_block_that_cannot_be_made_is_named(client):
    def fail(block):
        raise ZeroDivisionError("no such block")

    rows = da.from_array(X, chunks=(2000, D)).map_blocks(fail, dtype=float, meta=np.empty((0, 0)))
    with pytest.raises(EngineError, match=r"part \d \(from 0\) failed with ZeroDivisionError: no such block"):
        SoftmaxRegression().fit(rows, LABELS, client=client)


def test_without_a_client_the_error_says_how_to_get_one():
    with pytest.raises(ArgumentError, match=r"Client\(\) starts workers on this machine"):
        SoftmaxRegression().fit(da.from_array(X), LABELS)
