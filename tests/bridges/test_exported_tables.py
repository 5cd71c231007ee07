"""A model of tables as a graph of ONNX: one input for each column, and the answers of the model."""

import datetime
import sys
import warnings
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

import softargmax as sm
from softargmax.exceptions import NotFittedError, UnsupportedError

onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
from softargmax.onnx import export  # noqa: E402

N = 600
SMALL = {"hidden_layer_sizes": (16,), "max_epochs": 6, "random_state": 0}
EPOCH = datetime.datetime(1970, 1, 1)


def made(seed):
    """Columns as a graph takes them: of every kind, with what is missing, and the target."""
    rng = np.random.default_rng(seed)
    place = np.array(["Ober-Ulm", "Zürich", "", "N. N.", "東京"])[rng.integers(5, size=N)]
    columns = {
        "size (mm)": np.where(rng.random(N) < 0.1, np.nan, rng.normal(40.0, 7.0, N)),
        "count": rng.integers(0, 9, N).astype(float),
        "label": np.where(rng.random(N) < 0.01, 1e9, rng.normal(size=N)),  # wild, and called as an output is
        "place": place,
        "open": np.where(rng.random(N) < 0.1, np.nan, rng.integers(2, size=N)),
        "seen on": 86400.0 * rng.integers(17000, 19000, N) + 3600.0 * rng.integers(24, size=N),
    }
    columns["seen on"][rng.random(N) < 0.05] = np.nan
    columns["count"][::50] = -9.0
    hint = np.nan_to_num(columns["size (mm)"], nan=40.0) / 7 + (place == "Zürich") + np.nan_to_num(columns["open"])
    target = np.array(["low", "mid", "top"])[np.digitize(hint + 0.3 * rng.normal(size=N), [6.0, 7.5])]
    return columns, target


def as_table(columns, target=None):
    """Give the same rows as a data frame has them."""

    def dates(seconds):
        return pa.array([None if s != s else EPOCH + datetime.timedelta(seconds=s) for s in seconds.tolist()])

    table = {
        name: pa.array(
            [None if value == "" else value for value in values.tolist()]
            if values.dtype.kind == "U"
            else [None if value != value else bool(value) for value in values.tolist()]
            if name == "open"
            else values
        )
        for name, values in columns.items()
    }
    table["seen on"] = dates(columns["seen on"])
    return pa.table(table if target is None else {**table, "kind": target})


@pytest.fixture(scope="module", params=["regression", "mlp", "trees", "ensemble"])
def model(request):
    return (
        sm.TableClassifier(request.param, missing=["N. N.", "-9"], **SMALL)
        .fit(as_table(*made(0)), target="kind")
        .model_
    )


def run(path, columns):
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    fed = {name: values.astype(object) if values.dtype.kind == "U" else values for name, values in columns.items()}
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(None, fed), strict=True))


def predicted(model, columns):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.exceptions.DriftWarning)
        return model.predict(as_table(columns)), model.predict_proba(as_table(columns))


@pytest.mark.parametrize(("dtype", "apart"), [("float64", 1e-12), ("float32", 2e-6)])
def test_a_graph_says_of_new_rows_what_the_model_says(tmp_path, model, dtype, apart):
    written = export(model, tmp_path / "m.onnx", dtype=dtype)
    assert written.inputs == ("size (mm)", "count", "label", "place", "open", "seen on")
    assert written.outputs == ("label_2", "probabilities")
    columns, _ = made(1)
    labels, expected = predicted(model, columns)
    found = run(tmp_path / "m.onnx", columns)
    assert found["probabilities"].dtype == dtype
    np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=apart)
    best = np.sort(expected, axis=1)
    clear = best[:, -1] - best[:, -2] > 1e-9
    np.testing.assert_array_equal(found["label_2"][clear], labels[clear])


def test_rare_values_are_taken_as_predict_takes_them(tmp_path, model):
    kinds = ["number", "number", "number", "category", "boolean", "date"]
    assert [column.encoder.kind for column in model.schema.columns] == kinds
    assert [column.encoder.flags_missing for column in model.schema.columns] == [True, True, False, True, True, True]
    assert model.schema.columns[2].encoder.limit < np.inf
    export(model, tmp_path / "m.onnx")
    columns = {name: values[:14].copy() for name, values in made(2)[0].items()}
    columns["place"][:4] = ["Nowhere", "", "N. N.", "zürich"]  # unknown, missing, named as missing, another case
    columns["size (mm)"][4:8] = [1e300, -1e300, np.nan, 5e-324]
    columns["label"][8:10] = [1e12, -1e12]
    columns["count"][10] = -9.0
    columns["seen on"][11:13] = [-5e9, 9e9]
    labels, expected = predicted(model, columns)
    found = run(tmp_path / "m.onnx", columns)
    np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found["label_2"], labels)


def test_members_are_pooled_by_their_weights(tmp_path):
    first, second = (
        sm.TableClassifier(kind, **SMALL).fit(as_table(*made(0)), target="kind").model_ for kind in ("trees", "mlp")
    )
    model = replace(first, members=first.members + second.members, weights=(0.7, 0.6))
    export(model, tmp_path / "m.onnx")
    found = run(tmp_path / "m.onnx", made(1)[0])["probabilities"]
    np.testing.assert_allclose(found, predicted(model, made(1)[0])[1], rtol=0, atol=1e-12)


def test_what_predict_refuses_gives_nan(tmp_path, model):
    export(model, tmp_path / "m.onnx")
    columns = {name: values[20:26].copy() for name, values in made(2)[0].items()}
    columns["size (mm)"][0], columns["label"][1], columns["seen on"][2], columns["open"][3] = (
        np.inf,
        -np.inf,
        np.inf,
        0.5,
    )
    p = run(tmp_path / "m.onnx", columns)["probabilities"]
    assert np.isnan(p).all(axis=1).tolist() == [True, True, True, True, False, False]
    assert not np.isnan(p[4:]).any()
    with pytest.raises(sm.exceptions.TableError, match="expected a finite number, got inf"):
        model.predict(as_table({name: values[:1] for name, values in columns.items()}))


def test_every_input_says_what_it_takes(tmp_path, model):
    export(model, tmp_path / "m.onnx")
    graph = onnx.load(tmp_path / "m.onnx").graph
    said = {each.name: each.doc_string for each in graph.input}
    assert said["open"].startswith("1 for true and 0 for false")
    assert said["seen on"].startswith("seconds since the beginning of 1970, UTC")
    assert graph.output[1].doc_string == "in the order low, mid, top"


def test_the_operators_are_of_onnx_itself(tmp_path, model):
    written = export(model, tmp_path / "m.onnx")
    has_trees = any(member.kind == "trees" for member in model.members)
    assert written.opsets == {"ai.onnx": 18, "ai.onnx.ml": 5 if has_trees else 3}
    graph = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(graph, full_check=True)
    assert {node.domain for node in graph.graph.node} == {"", "ai.onnx.ml"}


def test_the_reference_of_onnx_says_the_same(tmp_path, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert export(model, tmp_path / "m.onnx").distance < 1e-12


def test_one_sigmoid_is_two_classes(tmp_path):
    columns, target = made(3)
    target = np.where(target == "mid", "low", target)
    for kind in ("trees", "mlp", "regression"):
        model = sm.TableClassifier(kind, **SMALL).fit(as_table(columns, target), target="kind").model_
        export(model, tmp_path / "m.onnx")
        found = run(tmp_path / "m.onnx", made(4)[0])["probabilities"]
        np.testing.assert_allclose(found, predicted(model, made(4)[0])[1], rtol=0, atol=1e-12)


def test_words_of_a_text_are_refused_by_the_name_of_the_column(tmp_path):
    columns, target = made(0)
    words = [f"{a} {b} and {c}" for a, b, c in np.random.default_rng(0).choice(list("abcdefgh"), size=(N, 3))]
    table = as_table(columns, target).append_column("what was said", pa.array(words))
    fit = sm.TableClassifier("regression", kinds={"what was said": "text"}).fit(table, target="kind")
    with pytest.raises(UnsupportedError, match="column 'what was said': words of a text have no exact graph"):
        export(fit, tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_classifier_of_tables_hands_on_its_model(tmp_path):
    fit = sm.TableClassifier("regression")
    with pytest.raises(NotFittedError, match="this TableClassifier is not fitted yet"):
        export(fit, tmp_path / "m.onnx")
    export(fit.fit(as_table(*made(0)), target="kind"), tmp_path / "m.onnx")


def test_a_file_with_steps_and_hidden_layers_is_refused_in_float32(tmp_path):
    table = as_table(*made(0))
    for kind in ("mlp", "trees"):
        model = sm.TableClassifier(kind, **SMALL).fit(table, target="kind").model_
        z, y = 2 * np.random.default_rng(0).normal(size=(400, 3)), np.arange(400) % 3
        stepped = replace(model, calibration=sm.VennAbers().fit(z, y))
        if kind == "trees":
            assert export(stepped, tmp_path / "m.onnx", dtype="float32").distance < 1e-7
            continue
        with pytest.raises(UnsupportedError, match="the curve of VennAbers has steps"):
            export(stepped, tmp_path / "m.onnx", dtype="float32")
