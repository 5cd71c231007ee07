import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris, make_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC, LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

import softargmax as sm
from softargmax.exceptions import ArgumentError, CalibrationWarning, LabelError, ShapeError, UnsupportedError


@pytest.fixture(scope="module")
def table():
    X, y = make_classification(1200, 10, n_informative=6, n_redundant=4, n_classes=3, random_state=0)
    return X, np.array(["a", "b", "c"])[y]


@pytest.mark.parametrize("estimator", [GaussianNB(), LinearSVC(), RandomForestClassifier(20, random_state=0)])
def test_probabilities_are_better_than_the_classifier_s_own(estimator, table):
    X, y = table
    model = sm.CalibratedModel(estimator, sm.TemperatureScaling()).fit(X[:800], y[:800])
    codes = np.searchsorted(model.classes_, y[800:])
    after = sm.metrics.log_loss(codes, probabilities=model.predict_proba(X[800:])).value
    if hasattr(estimator, "predict_proba"):
        own = np.clip(model.estimator_.predict_proba(X[800:]), 1e-6, 1)
        before = -np.mean(np.log(own[np.arange(400), codes]))
    else:
        before = np.log(3)
    assert after < before
    np.testing.assert_array_equal(model.predict(X), model.classes_[model.predict_proba(X).argmax(axis=1)])
    assert model.decision_function(X).shape == (1200, 3)


def test_a_trained_classifier_stays_as_it_is(table):
    X, y = table
    estimator = LogisticRegression().fit(X[:600], y[:600])
    model = sm.CalibratedModel(estimator, sm.TemperatureScaling(), cv="prefit").fit(X[600:], y[600:])
    assert model.estimator_ is estimator
    scaling = sm.TemperatureScaling().fit(
        estimator.decision_function(X[600:]), np.searchsorted(["a", "b", "c"], y[600:])
    )
    assert model.calibration_.temperature_ == scaling.temperature_


def test_the_same_row_alone_and_in_a_batch():
    # scikit-learn 1.9 takes [.2, .3, .5] for probabilities, because they sum to 1, and rows in a batch for logits.
    class Given(BaseEstimator):
        classes_ = np.arange(3)

        def fit(self, X, y):
            return self

        def __sklearn_is_fitted__(self):
            return True

        def decision_function(self, X):
            return X

    Z = np.random.default_rng(0).normal(size=(300, 3))
    y = sm.argmax(Z + np.random.default_rng(1).gumbel(size=Z.shape))
    row = np.array([[0.2, 0.3, 0.5]])
    model = sm.CalibratedModel(Given(), sm.TemperatureScaling(), cv="prefit").fit(Z, y)
    np.testing.assert_array_equal(model.predict_proba(row)[0], model.predict_proba(np.vstack([row, Z]))[0])

    from sklearn import calibration as scikit_learn
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator

    class Classifier(Given):
        _estimator_type = "classifier"

        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.estimator_type = "classifier"
            return tags

        def predict(self, X):
            return X.argmax(axis=1)

    if not hasattr(scikit_learn, "_TemperatureScaling"):
        pytest.skip("scikit-learn has no temperature before 1.8")
    theirs = CalibratedClassifierCV(FrozenEstimator(Classifier()), method="temperature").fit(Z, y)
    alone, together = theirs.predict_proba(row)[0], theirs.predict_proba(np.vstack([row, Z]))[0]
    assert np.abs(alone - together).max() > 0.01, "scikit-learn no longer guesses: take this comparison out"


def test_classes_that_calibration_rows_lack_keep_their_column(table):
    # scikit-learn raises an IndexError here (#29551).
    X, y = table
    estimator = LogisticRegression().fit(X[:600], y[:600])
    some = np.flatnonzero(y[600:] != "c") + 600
    model = sm.CalibratedModel(estimator, sm.TemperatureScaling(), cv="prefit").fit(X[some], y[some])
    assert model.predict_proba(X).shape == (1200, 3)


def test_a_class_with_one_row_is_left_out_of_calibration_with_a_warning(table):
    X, y = table
    y = y.copy()
    y[y == "c"] = "b"
    y[7] = "z"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = sm.CalibratedModel(LogisticRegression(), sm.TemperatureScaling(), cv=3).fit(X, y)
    assert any("1 of 1200 rows give their true class a logit of -inf" in str(each.message) for each in caught)
    assert model.predict_proba(X).shape == (1200, 3)
    assert np.isfinite(model.predict_proba(X)).all()


def test_two_classes_have_one_logit():
    X, y = load_iris(return_X_y=True)
    X, y = X[50:], np.array(["no", "yes"])[y[50:] - 1]
    model = sm.CalibratedModel(RidgeClassifier(), sm.TemperatureScaling()).fit(X, y)
    assert model.decision_function(X).shape == (100,)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], sm.sigmoid(model.decision_function(X)), rtol=1e-12)


def test_probabilities_are_taken_only_when_told_or_alone(table):
    X, y = table
    told = sm.CalibratedModel(LogisticRegression(), sm.TemperatureScaling(), response_method="predict_proba").fit(X, y)
    assert told.calibration_.kind == "from-probabilities"
    assert (
        sm.CalibratedModel(LogisticRegression(), sm.TemperatureScaling()).fit(X, y).calibration_.kind == "temperature"
    )


def test_weights_go_to_classifier_and_calibration(table):
    X, y = table
    weight = np.where(y == "a", 3.0, 1.0)
    model = sm.CalibratedModel(LogisticRegression(), sm.TemperatureScaling()).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(model.estimator_.coef_, LogisticRegression().fit(X, y, sample_weight=weight).coef_)


def test_what_cannot_be_calibrated_is_refused(table):
    X, y = table
    with pytest.raises(UnsupportedError, match="decision_function or predict_proba"):
        sm.CalibratedModel(BaseEstimator()).fit(X, y)
    with pytest.raises(ArgumentError, match="response_method"):
        sm.CalibratedModel(LogisticRegression(), response_method="guess").fit(X, y)
    with pytest.raises(LabelError, match="one class"):
        sm.CalibratedModel(LogisticRegression()).fit(X, np.zeros(1200))
    estimator = LogisticRegression().fit(X, y)
    with pytest.raises(LabelError, match="'d'"):
        sm.CalibratedModel(estimator, cv="prefit").fit(X, np.where(y == "a", "d", y))
    with pytest.raises(ShapeError, match="one column for each"):
        sm.CalibratedModel(SVC(decision_function_shape="ovo"), cv=2).fit(X, np.arange(1200) % 4)


def test_a_classifier_of_another_library_is_not_saved_but_its_calibration_is(table, tmp_path):
    X, y = table
    model = sm.CalibratedModel(LogisticRegression(), sm.TemperatureScaling()).fit(X, y)
    with pytest.raises(UnsupportedError, match=r"LogisticRegression.*calibration_\.save"):
        model.to_state()
    model.calibration_.save(tmp_path / "c.json")
    loaded = sm.load(tmp_path / "c.json")
    np.testing.assert_array_equal(loaded.predict_proba(model.estimator_.decision_function(X)), model.predict_proba(X))


@parametrize_with_checks([sm.CalibratedModel(LogisticRegression(), sm.TemperatureScaling(), cv=2)])
def test_it_is_an_estimator(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.exceptions.CalibrationWarning)
        check(estimator)


def test_what_is_no_calibration_is_refused_before_anything_is_trained():
    with pytest.raises(ArgumentError, match="expected a Calibration") as caught:
        sm.CalibratedModel(LogisticRegression(), calibration="temperature").fit([[0.0], [1.0]], [0, 1])
    assert caught.value.parameter == "calibration"


def test_the_old_word_is_named_by_set_params_too():
    with pytest.raises(sm.exceptions.RenamedError, match="method= is now calibration="):
        sm.CalibratedModel(LogisticRegression()).set_params(method=None)
    assert sm.CalibratedModel(LogisticRegression()).set_params(estimator__C=3.0).estimator.C == 3.0


def test_saving_says_what_to_save_instead(tmp_path):
    with pytest.raises(UnsupportedError, match="calibration_.save"):
        sm.CalibratedModel(LogisticRegression()).save(tmp_path / "m.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("weight", [300.0, 1000.0])
def test_a_model_of_weighted_classes_is_calibrated_to_the_true_rate(weight):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(12_000, 3))
    true = X @ [1.5, -1.0, 0.5] - 4.0
    y = (true + rng.logistic(size=12_000) > 0).astype(int)
    model = sm.SoftmaxRegression(class_weight={0: 1.0, 1: weight}).fit(X[:2000], y[:2000])
    known = sm.binary_cross_entropy(true[6000:], y[6000:])
    assert sm.binary_cross_entropy(model.decision_function(X[6000:]), y[6000:]) > known + 0.5
    calibrated = sm.CalibratedModel(FrozenEstimator(model)).fit(X[2000:6000], y[2000:6000])
    p = calibrated.predict_proba(X[6000:])[:, 1]
    assert p.mean() == pytest.approx(y[2000:6000].mean(), abs=0.004)  # of the rows that it was calibrated on
    assert sm.metrics.log_loss(y[6000:], probabilities=p).value < known + 0.004


def test_a_classifier_that_says_nothing_is_calibrated_to_the_share_of_events(table):
    X, y = table
    with pytest.warns(CalibrationWarning, match="carry no signal"):
        found = sm.CalibratedModel(DummyClassifier(strategy="uniform", random_state=0)).fit(X, y == y[0])
    np.testing.assert_allclose(found.predict_proba(X)[:, 1], (y == y[0]).mean(), atol=5e-3)
