"""A classifier that is trained already keeps its classes and their order, whatever the rows to calibrate on hold."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import softargmax as sm
from softargmax.exceptions import CalibrationWarning, LabelError


@pytest.fixture(scope="module", params=[3, 4])
def trained(request):
    """A model that knows a, b, c (and d), rows it has not seen, and their labels."""
    rng = np.random.default_rng(5)
    names = np.array(list("abcd"))[: request.param]
    centres = rng.normal(size=(len(names), 3)) * 1.5
    codes = rng.integers(len(names), size=600)
    X = centres[codes] + rng.normal(size=(600, 3))
    return LogisticRegression().fit(X[:300], names[codes[:300]]), X[300:], names[codes[300:]]


def calibrated(estimator, X, y, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)  # of classes without a row
        return sm.CalibratedModel(estimator, sm.TemperatureScaling(), **options).fit(X, y)


@pytest.mark.parametrize("missing", ["a", "b", "c", "d", "bc"])
@pytest.mark.parametrize("method", ["auto", "predict_proba"])
def test_no_class_is_dropped_and_none_is_renamed(trained, missing, method):
    model, X, y = trained
    some = ~np.isin(y, list(missing))
    found = calibrated(FrozenEstimator(model), X[some], y[some], response_method=method)
    assert found.classes_.tolist() == model.classes_.tolist()
    assert found.predict_proba(X).shape == (300, len(model.classes_))
    # One temperature changes no ranking: what the model calls b stays b.
    np.testing.assert_array_equal(found.predict(X), model.predict(X))
    prefit = calibrated(model, X[some], y[some], cv="prefit", response_method=method)
    np.testing.assert_array_equal(found.predict_proba(X), prefit.predict_proba(X))
    scaling = found.chosen_
    expected = sm.softmax(model.predict_log_proba(X), temperature=scaling.temperature_)
    # What is below the smallest probability that was seen counts as half of that.
    seen = model.predict_proba(X).min(axis=1) > (found.calibration_.floor_ if method == "predict_proba" else 0.0)
    assert np.mean(seen) > 0.9
    np.testing.assert_allclose(found.predict_proba(X)[seen], expected[seen], rtol=1e-9)


@pytest.mark.parametrize("labels", [lambda y: np.searchsorted(list("abcd"), y), lambda y: np.where(y == "a", "e", y)])
@pytest.mark.parametrize("wrap", [FrozenEstimator, lambda model: model])
def test_labels_that_the_model_does_not_know_are_refused(trained, labels, wrap):
    model, X, y = trained
    with pytest.raises(LabelError, match="integers|'e'"):
        sm.CalibratedModel(wrap(model), cv="prefit").fit(X, labels(y))


def test_a_frozen_model_is_not_trained_again(trained):
    model, X, y = trained
    before = model.coef_.copy()
    found = calibrated(FrozenEstimator(model), X, y, cv=3)
    assert found.estimator_.estimator is model
    np.testing.assert_array_equal(model.coef_, before)
    assert found.n_features_in_ == 3


@pytest.mark.parametrize("wrap", [lambda model, X, y: FrozenEstimator(model.fit(X, y)), lambda model, X, y: model])
def test_the_order_of_the_classes_is_the_model_s(trained, wrap, in_its_own_order):
    _, X, y = trained
    found = calibrated(wrap(in_its_own_order(), X[:150], y[:150]), X[150:], y[150:], cv=3)
    assert found.classes_.tolist() == sorted(set(y), reverse=True)
    usual = calibrated(
        FrozenEstimator(LogisticRegression().fit(X[:150], y[:150])),
        X[150:],
        y[150:],
        response_method="predict_proba",
    )
    if wrap(in_its_own_order(), X, y).__class__ is FrozenEstimator:
        np.testing.assert_allclose(found.predict_proba(X)[:, ::-1], usual.predict_proba(X), rtol=1e-6)
    assert np.mean(found.predict(X) == y) > 0.6


def test_weights_that_the_classifier_cannot_take_are_told(trained):
    _, X, y = trained
    weight = np.where(y == "a", 2.0, 1.0)
    model = sm.CalibratedModel(KNeighborsClassifier(), sm.TemperatureScaling(), cv=3)
    with pytest.warns(CalibrationWarning, match="KNeighborsClassifier takes no sample_weight") as caught:
        model.fit(X, y, sample_weight=weight)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sm.CalibratedModel(LogisticRegression(), sm.TemperatureScaling(), cv=3).fit(X, y, sample_weight=weight)
        frozen = FrozenEstimator(KNeighborsClassifier().fit(X, y))
        sm.CalibratedModel(frozen, sm.TemperatureScaling()).fit(X, y, sample_weight=weight)
        model.fit(X, y)


def test_a_pipeline_hands_weights_to_its_last_step(trained):
    _, X, y = trained
    weight = np.where(y == "a", 5.0, 1.0)
    found = sm.CalibratedModel(make_pipeline(StandardScaler(), LogisticRegression()), sm.TemperatureScaling(), cv=3)
    found.fit(X, y, sample_weight=weight)
    expected = LogisticRegression().fit(StandardScaler().fit_transform(X), y, sample_weight=weight)
    np.testing.assert_allclose(found.estimator_[-1].coef_, expected.coef_)


def test_tables_go_through_as_they_are():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"colour": rng.choice(["red", "green"], 200), "size": rng.normal(size=200)})
    y = pd.Series(np.where(table["size"] + (table["colour"] == "red") + rng.normal(size=200) > 0.5, "yes", "no"))
    encoder = make_column_transformer((OneHotEncoder(), ["colour"]), remainder="passthrough")
    model = make_pipeline(encoder, LogisticRegression())
    found = sm.CalibratedModel(model, sm.TemperatureScaling(), cv=3).fit(table, y)
    assert found.feature_names_in_.tolist() == ["colour", "size"]
    assert found.classes_.tolist() == ["no", "yes"]
    assert found.predict_proba(table[::-1]).shape == (200, 2)
    np.testing.assert_array_equal(found.predict_proba(table[::-1])[::-1], found.predict_proba(table))
    frozen = sm.CalibratedModel(FrozenEstimator(model.fit(table, y)), sm.TemperatureScaling()).fit(table, y)
    assert set(frozen.predict(table)) == {"no", "yes"}


def test_what_was_chosen_is_one_attribute_away(trained):
    _, X, y = trained
    found = sm.CalibratedModel(GaussianNB(), cv=3).fit(X, y)
    assert found.calibration_.kind == "from-probabilities"
    inner = found.calibration_.calibration_.calibration_
    assert found.chosen_ is found.calibration_.chosen_ is inner
    assert inner.chosen_ is inner


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize(
    "make", [lambda: OneVsRestClassifier(LogisticRegression()), lambda: RandomForestClassifier(20)]
)
def test_several_labels_are_calibrated_one_by_one(make, frozen):
    X, Y = make_multilabel_classification(600, 8, n_classes=3, random_state=0)
    model = FrozenEstimator(make().fit(X[:300], Y[:300])) if frozen else make()
    found = sm.CalibratedModel(model, sm.TemperatureScaling(), cv=3).fit(X[300:], Y[300:])
    p = found.predict_proba(X)
    assert p.shape == (600, 3)
    np.testing.assert_array_equal(found.predict(X), (p > 0.5).astype(int))
    np.testing.assert_allclose(sm.sigmoid(found.decision_function(X)), p, rtol=1e-9)
    assert [classes.tolist() for classes in found.classes_] == [[0, 1]] * 3
    assert len(found.calibration_.calibrations_) == 3
    assert np.mean(found.predict(X) == Y) > 0.7


def test_labels_of_another_kind_than_the_model_s_are_refused(trained):
    model, X, y = trained
    several = np.stack([y == "a", y == "b"], axis=1).astype(int)
    with pytest.raises(LabelError, match="expected one column of labels, as the classifier has, got several"):
        sm.CalibratedModel(FrozenEstimator(model)).fit(X, several)
    labels = FrozenEstimator(OneVsRestClassifier(LogisticRegression()).fit(X, several))
    with pytest.raises(LabelError, match="expected several yes/no labels, as the classifier has, got one column"):
        sm.CalibratedModel(labels).fit(X, y)
    with pytest.raises(LabelError, match="several of zeros and ones"):
        sm.CalibratedModel(LogisticRegression()).fit(X, np.stack([several[:, 0], np.arange(300) % 3], axis=1))
