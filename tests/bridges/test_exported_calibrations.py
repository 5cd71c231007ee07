"""A calibration as a graph of ONNX says what the calibration says."""

import warnings

import numpy as np
import pytest

import softargmax as sm
from softargmax.calibration import AdditiveCalibration, PlattScaling

onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
from softargmax.onnx import export  # noqa: E402

STRUCTURED = {"cv": 3, "Cs": (1e-3, 1e-2, 1e-1)}
ALL = {
    "temperature": sm.TemperatureScaling(),
    "vector": sm.VectorScaling(),
    "matrix": sm.MatrixScaling(),
    "structured": sm.StructuredMatrixScaling(**STRUCTURED),
    "structured-vector": sm.StructuredMatrixScaling(structure="vector", **STRUCTURED),
    "dirichlet": sm.DirichletCalibration(**STRUCTURED),
    "ensemble": sm.EnsembleTemperatureScaling(),
    "platt": PlattScaling(),
    "beta": sm.BetaCalibration(),
    "quadratic": sm.QuadraticCalibration(),
    "isotonic": sm.IsotonicCalibration(),
    "histogram": sm.HistogramBinning(),
    "venn-abers": sm.VennAbers(),
    "additive": AdditiveCalibration(cv=3),
    "auto": sm.AutoCalibration(cv=3),
    "chosen": sm.AutoCalibration(calibrations=[sm.VectorScaling()], cv=3),
}
every = pytest.mark.parametrize("calibration", ALL.values(), ids=ALL)
STEPPED = ("isotonic", "histogram", "venn-abers")


def labelled(rng, n_rows, n_classes, shape):
    """Logits whose curve is bent and that are mixed, and labels."""
    z = 2 * rng.normal(size=(n_rows, n_classes))
    if n_classes == 2:
        odds = z[:, 1] - z[:, 0]
        y = (rng.random(n_rows) < sm.sigmoid(np.where(odds > 0, odds / 2, 1.5 * odds))).astype(int)
        return (odds if shape == 1 else z), y
    honest = np.where(z > 0, z / 2, z) @ (np.eye(n_classes) + 0.3 * np.eye(n_classes, k=1))
    return z, sm.argmax(honest + rng.gumbel(size=z.shape))


def fitted(calibration, z, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return calibration.clone().fit(z, y)


def rows_of_all_sorts(rng, n_classes, one_column):
    """Ordinary rows, sure ones, classes that are ruled out, far too large numbers, and rows without a ranking."""
    size = np.resize([0.3, 2.0, 8.0, 40.0, 3000.0], 500)[:, np.newaxis]
    z = rng.normal(size=(500, n_classes)) * size
    sure = np.zeros((60, n_classes))
    sure[np.arange(60), rng.integers(n_classes, size=60)] = np.linspace(14.0, 40.0, 60)  # 1 - p down to 1e-17
    z = np.concatenate([z, sure, np.zeros((1, n_classes)), np.full((1, n_classes), 1e300)])
    z[:40:2, 0], z[1:40:4, -1] = -np.inf, -np.inf
    odd = np.zeros((4, n_classes))
    odd[0, 0], odd[1, 1], odd[2] = np.nan, np.inf, -np.inf
    odd[3, 0], odd[3, 1] = 1e308, -1e308
    z = np.concatenate([z, odd])
    return z[:, 1] if one_column else z


def answers(path, **given):
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["label", "probabilities"], given)


def assert_same(found, labels, expected, apart):
    """Compare labels where they are clear, and all probabilities."""
    label, p = found
    assert p.dtype == expected.dtype
    np.testing.assert_array_equal(np.isnan(p), np.isnan(expected))
    np.testing.assert_allclose(p, expected, rtol=0, atol=apart)
    best = np.sort(expected, axis=1)
    clear = best[:, -1] - best[:, -2] > 1e-9
    assert clear.any()
    np.testing.assert_array_equal(label[clear], labels[clear])


@every
@pytest.mark.parametrize("n_classes", [1, 2, 4])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_graph_says_what_the_calibration_says(tmp_path, rng, calibration, n_classes, dtype):
    one = fitted(calibration, *labelled(rng, 900, max(n_classes, 2), n_classes))
    if calibration.kind == "additive":
        assert len(one.knots_)  # it has a curve
    written = export(one, tmp_path / "m.onnx", dtype=dtype)
    z = rows_of_all_sorts(rng, max(n_classes, 2), n_classes == 1)
    with np.errstate(over="ignore"):
        z = z.astype(dtype)
    expected = one.predict_proba(z)
    found = answers(tmp_path / "m.onnx", logits=z)
    assert_same(found, expected.argmax(axis=1), expected, 1e-12 if dtype == "float64" else 2e-6)
    assert written.distance <= (1e-12 if dtype == "float64" else 2e-6)
    assert written.inputs == ("logits",)


def test_a_curve_through_thousands_of_rows_is_followed(tmp_path, rng):
    for calibration in (sm.VennAbers(), sm.IsotonicCalibration()):
        one = fitted(calibration, *labelled(rng, 6000, 3, 3))
        assert len(one.curves_[0]) > (4000 if calibration.kind == "venn-abers" else 60)
        export(one, tmp_path / "m.onnx")
        z = np.concatenate([2 * rng.normal(size=(3000, 3)), labelled(rng, 6000, 3, 3)[0][:1000]])
        expected = one.predict_proba(z)
        assert_same(answers(tmp_path / "m.onnx", logits=z), expected.argmax(axis=1), expected, 1e-12)


def test_a_curve_reads_log_odds_at_its_own_knots_as_the_calibration_does(tmp_path, rng):
    z, y = labelled(rng, 400, 2, 1)
    z = np.round(z, 1)  # so that rows fall on knots, and knots on each other
    for calibration in (sm.VennAbers(), sm.IsotonicCalibration(), sm.HistogramBinning()):
        one = fitted(calibration, z, y)
        export(one, tmp_path / "m.onnx")
        expected = one.predict_proba(z)
        assert_same(answers(tmp_path / "m.onnx", logits=z), expected.argmax(axis=1), expected, 1e-12)


def test_a_class_without_a_curve_keeps_its_log_odds(tmp_path, rng):
    z, y = labelled(rng, 900, 4, 4)
    for calibration in (sm.IsotonicCalibration(), sm.HistogramBinning(), sm.VennAbers(), sm.BetaCalibration()):
        one = fitted(calibration, z[y != 2], y[y != 2])
        if hasattr(one, "curves_"):
            assert [len(curve) > 0 for curve in one.curves_] == [True, True, False, True]
        export(one, tmp_path / "m.onnx")
        expected = one.predict_proba(z)
        assert_same(answers(tmp_path / "m.onnx", logits=z), expected.argmax(axis=1), expected, 1e-12)


def test_logits_that_say_nothing_give_the_classes_shares(tmp_path, rng):
    y = rng.integers(3, size=300)
    for calibration in (sm.VectorScaling(), sm.BetaCalibration(), sm.VennAbers(), AdditiveCalibration()):
        one = fitted(calibration, np.zeros((300, 3)), y)
        export(one, tmp_path / "m.onnx")
        z = rows_of_all_sorts(rng, 3, False)
        expected = one.predict_proba(z)
        np.testing.assert_allclose(
            answers(tmp_path / "m.onnx", logits=z)[1], expected, rtol=0, atol=1e-12, equal_nan=True
        )


def test_a_matrix_of_low_rank_is_applied_in_two_steps(tmp_path, rng):
    z, y = labelled(rng, 3000, 140, 140)
    one = fitted(sm.StructuredMatrixScaling(Cs=(1.0,), rank=7), z, y)
    assert one.basis_.shape == (140, 7)
    export(one, tmp_path / "m.onnx")
    expected = one.predict_proba(z)
    assert_same(answers(tmp_path / "m.onnx", logits=z), expected.argmax(axis=1), expected, 1e-12)


@every
@pytest.mark.parametrize("n_classes", [1, 3])
def test_probabilities_come_in_where_they_did_at_fit(tmp_path, rng, calibration, n_classes):
    z, y = labelled(rng, 900, max(n_classes, 2), n_classes)
    p = sm.sigmoid(z) if n_classes == 1 else sm.softmax(z)
    one = fitted(sm.ProbabilityCalibration(calibration), p, y)
    given = np.concatenate([p, [0.0, 1.0] if n_classes == 1 else np.eye(3)])
    expected = one.predict_proba(given)
    assert export(one, tmp_path / "m.onnx").inputs == ("model_probabilities",)
    found = answers(tmp_path / "m.onnx", model_probabilities=given)
    assert_same(found, expected.argmax(axis=1), expected, 1e-12)


def test_what_is_no_distribution_gives_nan(tmp_path, rng):
    z, y = labelled(rng, 900, 3, 3)
    export(fitted(sm.ProbabilityCalibration(sm.TemperatureScaling()), sm.softmax(z), y), tmp_path / "m.onnx")
    wrong = np.array([[0.5, 0.6, 0.0], [1.2, -0.2, 0.0], [np.nan, 0.5, 0.5], [0.2, 0.3, 0.5]])
    p = answers(tmp_path / "m.onnx", model_probabilities=wrong)[1]
    assert np.isnan(p).all(axis=1).tolist() == [True, True, True, False]


@pytest.mark.parametrize("are_probabilities", [False, True])
def test_every_label_has_a_calibration_of_its_own(tmp_path, rng, are_probabilities):
    z = rng.normal(size=(900, 3))
    y = (rng.random(z.shape) < sm.sigmoid(z * [1.0, 3.0, 0.5])).astype(int)
    given = sm.sigmoid(z) if are_probabilities else z
    inner = sm.ProbabilityCalibration(sm.VennAbers()) if are_probabilities else sm.VennAbers()
    one = fitted(sm.MultilabelCalibration(inner), given, y)
    (name,) = export(one, tmp_path / "m.onnx").inputs
    label, p = answers(tmp_path / "m.onnx", **{name: given})
    np.testing.assert_allclose(p, one.predict_proba(given), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(label, one.predict_proba(given) > 0.5)


@pytest.mark.parametrize("kind", STEPPED)
def test_steps_after_a_rounded_logarithm_are_refused(tmp_path, rng, kind):
    z, y = labelled(rng, 900, 3, 3)
    one = fitted(sm.ProbabilityCalibration(ALL[kind]), sm.softmax(z), y)
    with pytest.raises(
        sm.exceptions.UnsupportedError, match=r"expected 'float64', got 'float32': the curve of .* steps"
    ):
        export(one, tmp_path / "m.onnx", dtype="float32")
    assert not list(tmp_path.iterdir())


def test_names_of_classes_are_the_labels(tmp_path, rng):
    one = fitted(sm.TemperatureScaling(), *labelled(rng, 900, 3, 3))
    one.classes_ = ("zebra", "ant", "Ω")
    export(one, tmp_path / "m.onnx")
    assert answers(tmp_path / "m.onnx", logits=np.eye(3))[0].tolist() == ["zebra", "ant", "Ω"]


def test_every_calibration_has_a_formula_or_holds_one_that_has():
    from softargmax import kinds
    from softargmax.onnx import calibration_formulas

    holders = {"auto", "from-probabilities", "grouped", "multilabel"}
    assert set(kinds.names_in("softargmax.calibration")) - holders == set(calibration_formulas._FORMULAS)
