"""Boosted trees come in by their raw scores, of which their own probabilities are the softmax or sigmoid."""

import functools

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import softargmax as sm
from softargmax.exceptions import ArgumentError, UnsupportedError

RNG = np.random.default_rng(31)
X = RNG.normal(size=(400, 4))
CODES = {2: (X[:, 0] > 0).astype(int), 3: (X[:, 0] > 0.3).astype(int) + (X[:, 1] > 0)}
LABELS = (X[:, :3] > 0).astype(int)
# A booster that takes large steps is sure beyond measure: margins of 40 and more, of which a probability keeps nothing.
STEPS = {"learning_rate": 60.0, "n_estimators": 3}


def xgboost_classifier(y, **options):
    library = pytest.importorskip("xgboost")
    model = library.XGBClassifier(**{"base_score": 0.5, "learning_rate": 1.0} | options).fit(X, y)
    return model, lambda rows: model.predict(rows, output_margin=True)


def xgboost_booster(y, **options):
    library = pytest.importorskip("xgboost")
    model = xgboost_classifier(y, **options)[0].get_booster()
    return model, lambda rows: model.predict(library.DMatrix(rows), output_margin=True)


def lightgbm_classifier(y, **options):
    library = pytest.importorskip("lightgbm")
    model = library.LGBMClassifier(verbose=-1, n_jobs=1, **options).fit(X, y)
    return model, lambda rows: model.predict(rows, raw_score=True)


def lightgbm_booster(y, **options):
    model = lightgbm_classifier(y, **options)[0].booster_
    return model, lambda rows: model.predict(rows, raw_score=True)


def catboost_classifier(y, **options):
    library = pytest.importorskip("catboost")
    quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1}
    model = library.CatBoostClassifier(**quiet, **options).fit(X, y)
    return model, lambda rows: model.predict(rows, prediction_type="RawFormulaVal")


CLASSIFIERS = [xgboost_classifier, lightgbm_classifier, catboost_classifier]
BOOSTERS = [*CLASSIFIERS, xgboost_booster, lightgbm_booster]


@functools.cache
def trained(make, n_classes, steps=True):
    return make(CODES[n_classes], **(STEPS if steps else {"n_estimators": 5, "learning_rate": 0.3}))


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("make", BOOSTERS, ids=lambda make: make.__name__)
def test_logits_are_the_raw_margins_however_large(make, n_classes):
    model, margins = trained(make, n_classes)
    raw = np.asarray(margins(X), np.float64)
    assert np.abs(raw).max() > 40
    z = sm.logits_of(model, X)
    assert z.shape == (400, n_classes)
    assert z.dtype == np.float64
    np.testing.assert_array_equal(z[:, 1] if n_classes == 2 else z, raw)
    assert n_classes == 3 or not z[:, 0].any()


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("make", CLASSIFIERS, ids=lambda make: make.__name__)
def test_their_softmax_is_the_model_s_own_probabilities(make, n_classes):
    model, _ = trained(make, n_classes, steps=False)
    np.testing.assert_allclose(sm.softmax(sm.logits_of(model, X)), model.predict_proba(X), atol=3e-7)


@pytest.mark.parametrize("make", CLASSIFIERS, ids=lambda make: make.__name__)
def test_margins_are_read_inside_of_pipelines_searches_and_frozen_estimators(make):
    model, margins = trained(make, 3, steps=False)
    scaler = StandardScaler().fit(X)
    for wrapped in (
        FrozenEstimator(model),
        make_pipeline(FrozenEstimator(model)),
        GridSearchCV(type(model)(**model.get_params()), {"n_estimators": [5]}, cv=2).fit(X, CODES[3]),
    ):
        np.testing.assert_array_equal(sm.logits_of(wrapped, X), margins(X))
    scaled = make_pipeline(scaler, FrozenEstimator(model))
    np.testing.assert_array_equal(sm.logits_of(scaled, X), margins(scaler.transform(X)))


def test_of_several_labels_there_is_a_logit_for_each():
    xgb, margins = xgboost_classifier(LABELS, n_estimators=3)
    np.testing.assert_array_equal(sm.logits_of(xgb, X), margins(X))
    cat, values = catboost_classifier(LABELS, n_estimators=3, loss_function="MultiLogloss")
    np.testing.assert_array_equal(sm.logits_of(cat, X), values(X))


def test_the_factor_in_a_sigmoid_of_lightgbm_belongs_to_the_logit():
    model, scores = lightgbm_classifier(CODES[2], n_estimators=5, sigmoid=2.0)
    z = sm.logits_of(model, X)
    np.testing.assert_array_equal(z[:, 1], 2.0 * scores(X))
    np.testing.assert_allclose(sm.softmax(z), model.predict_proba(X), atol=1e-15)


def test_a_booster_of_xgboost_takes_its_own_matrices():
    library = pytest.importorskip("xgboost")
    model, margins = trained(xgboost_booster, 3)
    np.testing.assert_array_equal(sm.logits_of(model, library.DMatrix(X)), margins(X))


@pytest.mark.parametrize("make", BOOSTERS, ids=lambda make: make.__name__)
def test_a_trained_booster_is_calibrated_on_its_margins(make):
    model, margins = trained(make, 2, steps=False)
    y = RNG.binomial(1, sm.sigmoid(0.5 * margins(X)))
    calibrated = sm.CalibratedModel(model, sm.TemperatureScaling(), cv="prefit").fit(X, y)
    by_hand = sm.TemperatureScaling().fit(sm.logits_of(model, X), y)
    assert calibrated.calibration_.temperature_ == by_hand.temperature_
    np.testing.assert_array_equal(calibrated.predict_proba(X), by_hand.predict_proba(sm.logits_of(model, X)))


@pytest.mark.parametrize("make", [lightgbm_classifier, catboost_classifier], ids=lambda make: make.__name__)
def test_classes_stay_the_model_s_whatever_rows_calibrate_it(make):
    names = np.array(["owl", "cat", "dog"])[CODES[3]]
    model, margins = make(names, n_estimators=5)
    z = np.asarray(margins(X))
    # Rows that lack a class, in an order in which the others are not the alphabet's.
    some = np.argsort(names)[::-1][: np.count_nonzero(names != "cat")]
    truth = np.where(RNG.random(len(some)) < 0.2, "dog", names[some])
    assert "cat" not in truth
    calibrated = sm.CalibratedModel(model, sm.TemperatureScaling(), cv="prefit").fit(X[some], truth)
    assert calibrated.classes_.tolist() == model.classes_.tolist() == ["cat", "dog", "owl"]
    np.testing.assert_allclose(
        calibrated.predict_proba(X), sm.softmax(z / calibrated.calibration_.temperature_), rtol=1e-14
    )


@pytest.mark.parametrize("make", CLASSIFIERS, ids=lambda make: make.__name__)
def test_a_booster_is_trained_and_calibrated_in_folds(make):
    y = np.where(RNG.random(400) < 0.2, 0, CODES[3])
    model, margins = make(y, n_estimators=5, learning_rate=0.3)
    calibrated = sm.CalibratedModel(type(model)(**model.get_params()), sm.TemperatureScaling(), cv=3).fit(X, y)
    assert calibrated.calibration_.kind == "temperature"
    np.testing.assert_array_equal(
        calibrated.decision_function(X), calibrated.calibration_.transform(np.asarray(margins(X), np.float64))
    )


def test_what_is_no_classifier_is_refused_by_its_loss():
    xgboost, lightgbm = pytest.importorskip("xgboost"), pytest.importorskip("lightgbm")
    y = X[:, 0]
    with pytest.raises(UnsupportedError, match="an? XGBRegressor trained with the objective 'reg:squarederror'"):
        sm.logits_of(xgboost.XGBRegressor(n_estimators=2).fit(X, y), X)
    with pytest.raises(UnsupportedError, match="Booster trained with the objective 'reg:squarederror'"):
        sm.logits_of(xgboost.XGBRegressor(n_estimators=2).fit(X, y).get_booster(), X)
    with pytest.raises(UnsupportedError, match="LGBMRegressor trained with the objective 'regression'"):
        sm.logits_of(lightgbm.LGBMRegressor(n_estimators=2, verbose=-1).fit(X, y), X)

    def own_loss(truth, z):
        return sm.sigmoid(z) - truth, np.full_like(z, 0.25)

    with pytest.raises(UnsupportedError, match="LGBMClassifier trained with the objective 'custom'"):
        sm.logits_of(lightgbm_classifier(CODES[2], n_estimators=2, objective=own_loss)[0], X)
    with pytest.raises(UnsupportedError, match="own_loss"):
        sm.logits_of(xgboost_classifier(CODES[2], n_estimators=2, objective=own_loss)[0], X)
    with pytest.raises(UnsupportedError, match="'binary:hinge', of which the margins are no logits; train it with"):
        sm.logits_of(xgboost_classifier(CODES[2], n_estimators=2, objective="binary:hinge")[0], X)


def test_a_regressor_of_catboost_is_refused_by_its_loss():
    library = pytest.importorskip("catboost")
    model = library.CatBoostRegressor(n_estimators=2, verbose=0, allow_writing_files=False).fit(X, X[:, 0])
    with pytest.raises(UnsupportedError, match="CatBoostRegressor trained with the loss 'RMSE'"):
        sm.logits_of(model, X)


def test_rows_that_are_missing_are_asked_for():
    with pytest.raises(ArgumentError, match="X: expected the rows") as caught:
        sm.logits_of(trained(lightgbm_classifier, 2)[0])
    assert caught.value.parameter == "X"
