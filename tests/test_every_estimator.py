"""From every estimator, and for any number of classes, the whole line runs to the same ends.

Model, logits, calibration, measures, sets, answers, costs, and all of it back from a file.
"""

import functools

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import softargmax as sm

ESTIMATORS = {
    "SoftmaxRegression": lambda: sm.SoftmaxRegression(),
    "SoftmaxRegressionCV": lambda: sm.SoftmaxRegressionCV(Cs=2, cv=2),
    "SoftmaxMLP": lambda: sm.SoftmaxMLP((16,), max_epochs=10, random_state=0),
    "LogisticRegression": lambda: LogisticRegression(max_iter=1000),
    "RandomForestClassifier": lambda: RandomForestClassifier(20, max_depth=8, random_state=0),
    "HistGradientBoostingClassifier": lambda: HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "Pipeline": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
}
N_CLASSES = (2, 3, 100)


class Line:
    """A trained model, what it says of two sets of rows that it has not seen, and what becomes of that."""

    def __init__(self, name, n_classes):
        n = 500 if n_classes < 100 else 1000
        X, y = make_blobs(
            3 * n, 8, centers=n_classes, cluster_std=4.0 if n_classes < 100 else 2.5, random_state=n_classes
        )
        self.n_classes = n_classes
        self.model = ESTIMATORS[name]().fit(X[:n], y[:n])
        self.X, self.y = X[2 * n :], y[2 * n :]
        self.logits = sm.logits_of(self.model, self.X)
        self.calibration = sm.AutoCalibration(cv=2)
        if name == "RandomForestClassifier":  # no tree may have seen a class, whose logit is -inf then
            self.calibration = sm.ProbabilityCalibration(self.calibration)
        fitted_to, self.y_fit = sm.logits_of(self.model, X[n : 2 * n]), y[n : 2 * n]
        self.calibration.fit(self.given(fitted_to), self.y_fit)
        self.z_fit = self.calibration.transform(self.given(fitted_to))
        self.z = self.calibration.transform(self.given(self.logits))

    def given(self, logits):
        return np.exp(logits) if isinstance(self.calibration, sm.ProbabilityCalibration) else logits


@functools.cache
def line_of(name, n_classes):
    return Line(name, n_classes)


@pytest.fixture(
    params=[(name, k) for k in N_CLASSES for name in ESTIMATORS], ids=lambda param: f"{param[0]}-{param[1]}"
)
def line(request):
    return line_of(*request.param)


def come_back(fitted, folder):
    """Save something and load it again."""
    fitted.save(folder / "it.softargmax")
    return sm.load(folder / "it.softargmax")


def test_logits_have_a_column_for_each_class(line):
    assert line.logits.shape == (len(line.y), line.n_classes)
    assert np.array_equal(sm.argmax(line.logits), line.model.predict(line.X))


def test_calibration_does_no_harm_and_measures_say_so(line):
    before = sm.assess(line.y, probabilities=sm.softmax(line.logits))
    after = sm.assess(line.y, logits=line.z)
    assert after.n_classes == line.n_classes
    assert after.log_loss.value < before.log_loss.value + 0.03
    assert after.expected_calibration_error.low < 0.06
    assert after.accuracy.value == np.mean(sm.argmax(line.z) == line.y)


def test_sets_hold_the_true_class_as_often_as_promised(line, tmp_path):
    # Rows that the calibration was fitted to promise too much: what it says of them is better than of others.
    z, y = line.z[1::2], line.y[1::2]
    conformal = sm.ConformalClassifier("aps", confidence=0.95).fit(line.z[::2], line.y[::2])
    sets = conformal.predict_set(z)
    assert sets.shape == z.shape
    # Chance alone, of the rows of both halves, seldom takes more than four standard deviations off.
    assert np.mean(sets[np.arange(len(y)), y]) > 0.95 - 4.0 * np.sqrt(0.05 * 0.95 * 2 / len(y))
    assert sets.mean() < 0.75
    assert np.array_equal(come_back(conformal, tmp_path).predict_set(z), sets)


def test_answers_are_wrong_as_seldom_as_promised(line, tmp_path):
    risk = 0.4 if line.n_classes == 100 else 0.15
    selective = sm.SelectiveClassifier(risk).fit(line.z_fit, line.y_fit)
    answered = selective.accepts(line.z)
    assert answered.mean() > 0.3
    assert np.mean(selective.predict(line.z)[answered] != line.y[answered]) < risk + 0.05
    assert np.array_equal(come_back(selective, tmp_path).predict(line.z), selective.predict(line.z))


def test_the_cheapest_action_is_to_answer_where_one_is_sure_and_else_to_ask(line):
    costs = np.column_stack([1.0 - np.eye(line.n_classes), np.full(line.n_classes, 0.3)])
    top = sm.softmax(line.z).max(axis=1)
    clear = np.abs(top - 0.7) > 1e-5
    expected = np.where(top > 0.7, sm.argmax(line.z), line.n_classes)
    assert np.array_equal(sm.bayes_decision(costs, logits=line.z)[clear], expected[clear])


def test_what_is_loaded_says_the_same(line, tmp_path):
    rows = line.given(line.logits)
    assert np.array_equal(
        come_back(line.calibration, tmp_path).predict_proba(rows), line.calibration.predict_proba(rows)
    )
    if hasattr(line.model, "save"):
        assert np.array_equal(sm.logits_of(come_back(line.model, tmp_path), line.X), line.logits)
