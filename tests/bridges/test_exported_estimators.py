"""Networks and linear models as graphs of ONNX say what they say."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

import softargmax as sm
from softargmax.exceptions import NotFittedError, UnsupportedError

onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
from softargmax.onnx import export  # noqa: E402

X, CODES = load_digits(return_X_y=True)
X_NEW = X[1200:]
NAMES = np.array(["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"])
TOLERANCES = {"float64": 1e-12, "float32": 2e-6}
TARGETS = {
    "text": NAMES[CODES],
    "integers": CODES * 100,
    "booleans": CODES > 4,
    "numbers": CODES * 1.0,
    "two": NAMES[CODES % 2],
    "labels": np.stack([CODES > 4, CODES % 2, CODES == 3], axis=1).astype(int),
    "columns": np.stack([NAMES[CODES], NAMES[CODES % 3]], axis=1),
}


def run(path, rows):
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return dict(zip([each.name for each in session.get_outputs()], session.run(None, {"features": rows}), strict=True))


def mlp(**more):
    return sm.SoftmaxMLP((32, 16), max_epochs=4, random_state=0, **more)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(
    "model", [mlp(), mlp(n_members=3), sm.SoftmaxRegression(C=0.01)], ids=["mlp", "three", "linear"]
)
@pytest.mark.parametrize("target", TARGETS)
def test_a_graph_says_what_the_estimator_says(tmp_path, dtype, model, target):
    if target == "columns" and isinstance(model, sm.SoftmaxRegression):
        pytest.skip("one of them for each column does the same")
    y = TARGETS[target]
    model = model.fit(X[:600].astype(dtype), y[:600])
    written = export(model, tmp_path / "m.onnx", dtype=dtype)
    assert written.distance <= TOLERANCES[dtype]
    rows = X_NEW.astype(dtype)
    found, expected, labels = run(tmp_path / "m.onnx", rows), model.predict_proba(rows), model.predict(rows)
    if target == "columns":
        pairs = [(found[f"label_{j}"], found[f"probabilities_{j}"], labels[:, j - 1], expected[j - 1]) for j in (1, 2)]
    else:
        pairs = [(found["label"], found["probabilities"], labels, expected)]
    for label, p, its_labels, its_p in pairs:
        assert p.dtype == dtype
        np.testing.assert_allclose(p, its_p, rtol=0, atol=TOLERANCES[dtype])
        np.testing.assert_array_equal(label, its_labels)


def test_labels_keep_their_type(tmp_path):
    for target, kind in (("text", "O"), ("integers", "i"), ("booleans", "b"), ("numbers", "f")):
        export(sm.SoftmaxRegression(C=0.01).fit(X[:200], TARGETS[target][:200]), tmp_path / "m.onnx")
        assert run(tmp_path / "m.onnx", X_NEW)["label"].dtype.kind == kind


def test_a_column_far_from_zero_keeps_its_digits_in_a_float_graph(tmp_path):
    rng = np.random.default_rng(0)
    rows = (4096.5 + rng.normal(size=(500, 3)) * 0.01).astype(np.float32)  # a float has five bits left for what differs
    y = (rows[:, 0] > 4096.5).astype(int) + (rows[:, 1] > 4096.5)
    model = mlp().fit(rows, y)
    export(model, tmp_path / "m.onnx", dtype="float32")
    found = run(tmp_path / "m.onnx", rows)["probabilities"]
    np.testing.assert_allclose(found, model.predict_proba(rows), rtol=0, atol=2e-6)


@pytest.mark.parametrize("model", [mlp(), sm.SoftmaxRegression(C=0.01)], ids=["mlp", "linear"])
def test_what_predict_refuses_gives_nan(tmp_path, model):
    for y in (TARGETS["text"], TARGETS["two"]):
        export(model.fit(X[:300], y[:300]), tmp_path / "m.onnx")
        rows = X_NEW[:5].copy()
        rows[0, 20], rows[1, 20], rows[2, 20], rows[3, 20] = np.nan, np.inf, -np.inf, 1e100
        p = run(tmp_path / "m.onnx", rows)["probabilities"]
        assert np.isnan(p).all(axis=1).tolist() == [True, True, True, False, False]
        np.testing.assert_allclose(p[3:], model.predict_proba(rows[3:]), rtol=0, atol=1e-12)


def test_a_model_that_was_loaded_is_exported_as_it_was(tmp_path):
    model = mlp().fit(X[:300], TARGETS["text"][:300])
    model.save(tmp_path / "m.softargmax")
    export(model, tmp_path / "before.onnx")
    export(sm.load(tmp_path / "m.softargmax"), tmp_path / "after.onnx")
    assert (tmp_path / "before.onnx").read_bytes() == (tmp_path / "after.onnx").read_bytes()


@pytest.mark.parametrize("target", ["text", "two"])
@pytest.mark.parametrize("frozen", [True, False])
def test_a_calibrated_model_of_ours_is_one_graph(tmp_path, target, frozen):
    y = TARGETS[target]
    inner = mlp().fit(X[:300], y[:300])
    model = sm.CalibratedModel(FrozenEstimator(inner) if frozen else inner, sm.VennAbers(), cv="prefit")
    model.fit(X[300:1200], y[300:1200])
    export(model, tmp_path / "m.onnx")
    found = run(tmp_path / "m.onnx", X_NEW)
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(X_NEW), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found["label"], model.predict(X_NEW))


def test_steps_after_hidden_layers_in_float32_are_refused(tmp_path):
    y = TARGETS["two"]
    for inner in (mlp(), sm.SoftmaxRegression(C=0.01)):
        model = sm.CalibratedModel(inner.fit(X[:300], y[:300]), sm.HistogramBinning(), cv="prefit")
        model.fit(X[300:1200], y[300:1200])
        if inner.kind == "softmax-regression":  # is computed in float64 all the way
            assert export(model, tmp_path / "m.onnx", dtype="float32").distance < 1e-6
            continue
        with pytest.raises(UnsupportedError, match="the curve of HistogramBinning has steps") as caught:
            export(model, tmp_path / "m.onnx", dtype="float32")
        assert caught.value.parameter == "dtype"


def test_a_classifier_of_another_library_is_refused_with_a_way_to_go_on(tmp_path):
    model = sm.CalibratedModel(LogisticRegression(), cv=2).fit(X[:300] / 16, CODES[:300])
    with pytest.raises(UnsupportedError, match=r"got one of LogisticRegression; .*export\(model\.calibration_, path\)"):
        export(model, tmp_path / "m.onnx")
    with pytest.raises(UnsupportedError, match="got LogisticRegression; a classifier of another library"):
        export(model.estimator_, tmp_path / "m.onnx")
    export(model.calibration_, tmp_path / "m.onnx")


@pytest.mark.parametrize("model", [sm.SoftmaxMLP(), sm.CalibratedModel(sm.SoftmaxMLP()), sm.TemperatureScaling()])
def test_what_is_not_fitted_is_refused(tmp_path, model):
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        export(model, tmp_path / "m.onnx")
