"""For two classes the whole line runs on one logit per row, and gives what the columns (0, z) give.

`SoftmaxRegression.decision_function` gives shape (n,) for two classes. Those logits go as they are through calibration,
measures and decisions; no stage may ask for another shape, or answer about n rows as if they were n classes.
"""

import numpy as np
import pytest

import softargmax as sm

CALIBRATIONS = [
    sm.TemperatureScaling,
    sm.EnsembleTemperatureScaling,
    sm.VectorScaling,
    sm.MatrixScaling,
    sm.StructuredMatrixScaling,
    sm.DirichletCalibration,
    sm.BetaCalibration,
    sm.QuadraticCalibration,
    sm.HistogramBinning,
    sm.IsotonicCalibration,
    sm.VennAbers,
    sm.AutoCalibration,
]
CLASSIFIERS = [
    lambda: sm.ConformalClassifier("aps", confidence=0.8),
    lambda: sm.ConformalClassifier("lac", conditional="class"),
    lambda: sm.SelectiveClassifier(0.2),
]


def columns(z):
    return np.stack([0.0 * z, z], axis=1)


class Line:
    """A model of two classes, its logits of rows it has not seen, and their codes."""

    def __init__(self):
        rng = np.random.default_rng(3)
        X = rng.normal(size=(900, 4))
        y = (X @ [2.0, -1.0, 0.5, 0.0] + rng.logistic(size=900) > 0).astype(int)
        model = sm.SoftmaxRegression().fit(X[:300], y[:300])
        self.z, self.y = model.decision_function(X[300:600]), y[300:600]
        self.new_z, self.new_y = model.decision_function(X[600:]), y[600:]


@pytest.fixture(scope="module")
def line():
    return Line()


@pytest.fixture(scope="module")
def calibrated(line):
    return sm.AutoCalibration().fit(line.z, line.y).transform(line.new_z)


def test_a_model_of_two_classes_gives_one_logit_per_row(line):
    assert line.z.shape == (300,)


@pytest.mark.parametrize("calibration", CALIBRATIONS, ids=lambda each: each.__name__)
def test_a_calibration_maps_one_logit_as_the_difference_of_two(line, calibration):
    z = calibration().fit(line.z, line.y).transform(line.new_z)
    both = calibration().fit(columns(line.z), line.y).transform(columns(line.new_z))
    assert z.shape == (300,)
    assert np.array_equal(z, both[:, 1] - both[:, 0])


@pytest.mark.parametrize("calibration", CALIBRATIONS, ids=lambda each: each.__name__)
def test_what_a_calibration_gives_is_judged_and_decided_upon(line, calibration):
    z = calibration().fit(line.z, line.y).transform(line.new_z)
    assert sm.metrics.log_loss(line.new_y, logits=z) == sm.metrics.log_loss(line.new_y, logits=columns(z))
    sets = sm.ConformalClassifier().fit(z, line.new_y).predict_set(z)
    assert np.array_equal(sets, sm.ConformalClassifier().fit(columns(z), line.new_y).predict_set(columns(z)))


def test_the_line_measures_what_the_columns_measure(line, calibrated):
    assert sm.assess(line.new_y, logits=calibrated) == sm.assess(line.new_y, logits=columns(calibrated))
    assert sm.compare(line.new_y, logits=(line.new_z, calibrated)) == sm.compare(
        line.new_y, logits=(columns(line.new_z), columns(calibrated))
    )
    assert sm.metrics.log_loss(line.new_y, logits=calibrated) == sm.metrics.log_loss(
        line.new_y, logits=columns(calibrated)
    )


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)], ids=["(n,)", "(n, 1)"])
@pytest.mark.parametrize("make", CLASSIFIERS)
def test_decisions_are_those_of_the_columns(line, make, shape):
    one, both = make().fit(line.z.reshape(shape), line.y), make().fit(columns(line.z), line.y)
    new_z = line.new_z.reshape(shape)
    assert np.array_equal(one.predict(new_z), both.predict(columns(line.new_z)))
    assert str(one.evaluate(new_z, line.new_y)) == str(both.evaluate(columns(line.new_z), line.new_y))
    assert one.n_classes_ == 2
    if isinstance(one, sm.ConformalClassifier):
        assert np.array_equal(one.predict_set(new_z), both.predict_set(columns(line.new_z)))
        assert np.array_equal(one.p_values(new_z), both.p_values(columns(line.new_z)))
        one.update(new_z, line.new_y)
        both.update(columns(line.new_z), line.new_y)
        assert np.array_equal(one.thresholds_, both.thresholds_)
    else:
        assert np.array_equal(one.accepts(new_z), both.accepts(columns(line.new_z)))


@pytest.mark.parametrize("make", CLASSIFIERS)
def test_what_was_fitted_on_one_shape_decides_about_the_other(line, make):
    fitted = make().fit(line.z, line.y)
    assert np.array_equal(fitted.predict(line.new_z), fitted.predict(columns(line.new_z)))


def test_the_cheapest_action_is_that_of_the_columns(line, calibrated):
    costs = [[0.0, 1.0, 0.2], [5.0, 0.0, 0.2]]  # the third action is to ask somebody
    actions = sm.bayes_decision(costs, logits=calibrated)
    assert np.array_equal(actions, sm.bayes_decision(costs, logits=columns(calibrated)))
    assert set(actions) == {0, 1, 2}
    p = np.asarray(sm.sigmoid(calibrated))
    assert np.array_equal(sm.bayes_decision(costs, probabilities=p), actions)


def test_a_network_of_two_classes_starts_the_same_line():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(400, 3))
    y = (X[:, 0] + rng.logistic(size=400) > 0).astype(int)
    z = sm.SoftmaxMLP((4,), max_epochs=5, random_state=0).fit(X[:200], y[:200]).decision_function(X[200:])
    assert z.shape == (200,)
    temperature = sm.TemperatureScaling().fit(z, y[200:])
    assert sm.assess(y[200:], logits=temperature.transform(z)).n == 200


def test_a_calibrated_model_of_two_classes_starts_the_same_line():
    rng = np.random.default_rng(6)
    X = rng.normal(size=(400, 3))
    y = (X[:, 0] + rng.logistic(size=400) > 0).astype(int)
    model = sm.CalibratedModel(sm.SoftmaxRegression(), cv=3).fit(X[:300], y[:300])
    z = model.decision_function(X[300:])
    assert z.shape == (100,)
    assert sm.ConformalClassifier("lac").fit(z, y[300:]).predict_set(z).shape == (100, 2)


def test_rows_that_come_in_parts_may_be_one_logit_each(line):
    parts = sm.metrics.Summary(2).update(line.y[:100], logits=line.z[:100])
    parts = parts.update(line.y[100:], logits=line.z[100:])
    both = sm.metrics.Summary(2).update(line.y[:100], logits=columns(line.z[:100]))
    both = both.update(line.y[100:], logits=columns(line.z[100:]))
    assert parts.assess() == both.assess()


@pytest.mark.parametrize("make", [sm.AutoCalibration, *CLASSIFIERS])
def test_what_was_fitted_on_one_logit_per_row_is_saved_and_goes_on(line, make, tmp_path):
    fitted = make().fit(line.z, line.y)
    fitted.save(tmp_path / "it.json")
    loaded = sm.load(tmp_path / "it.json")
    answer = "transform" if make is sm.AutoCalibration else "predict"
    assert np.array_equal(getattr(loaded, answer)(line.new_z), getattr(fitted, answer)(line.new_z))


def test_functions_of_one_row_still_take_a_vector_for_one_row(line):
    assert np.ndim(sm.argmax(line.z)) == np.ndim(sm.sample(line.z, rng=0)) == 0
    assert sm.softmax(line.z).sum() == pytest.approx(1.0)
