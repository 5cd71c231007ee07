"""What a trained classifier says: its logits, in the order of its classes."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

import softargmax as sm
from softargmax.exceptions import ShapeError, UnsupportedError
from softargmax.responses.asking import logits_of, response_of
from softargmax.responses.conventions import is_frozen


@pytest.fixture(scope="module", params=[2, 3])
def rows(request):
    X, y = make_classification(200, 6, n_informative=5, n_redundant=1, n_classes=request.param, random_state=0)
    return X, np.array(["a", "b", "c"])[y]


WITH_LOGITS = [
    LogisticRegression(),
    HistGradientBoostingClassifier(max_iter=3),
    GradientBoostingClassifier(n_estimators=3),
    make_pipeline(StandardScaler(), LogisticRegression()),
    GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2),
    sm.SoftmaxRegression(),
]
WITHOUT = [GaussianNB(), RandomForestClassifier(5, random_state=0), KNeighborsClassifier(), DummyClassifier()]


@pytest.mark.parametrize("model", WITH_LOGITS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("wrap", [lambda model: model, FrozenEstimator], ids=["itself", "frozen"])
def test_logits_are_those_whose_softmax_is_its_probabilities(model, wrap, rows):
    X, y = rows
    model = wrap(model.fit(X, y))
    z = logits_of(model, X)
    assert z.shape == (200, len(np.unique(y)))
    assert z.dtype == np.float64
    np.testing.assert_allclose(sm.softmax(z), model.predict_proba(X), rtol=1e-7)
    assert not response_of(model, X).are_probabilities


@pytest.mark.parametrize("model", WITHOUT, ids=lambda model: type(model).__name__)
def test_without_logits_they_are_the_logarithms_of_probabilities(model, rows):
    X, y = rows
    model.fit(X, y)
    said = response_of(model, X)
    assert said.are_probabilities
    np.testing.assert_array_equal(said.values, model.predict_proba(X))
    np.testing.assert_allclose(np.exp(logits_of(model, X)), model.predict_proba(X), rtol=1e-14)
    assert said.classes.tolist() == model.classes_.tolist()


def test_a_method_can_be_asked_for(rows):
    X, y = rows
    model = LogisticRegression().fit(X, y)
    np.testing.assert_array_equal(response_of(model, X, "predict_proba").values, model.predict_proba(X))
    with pytest.raises(UnsupportedError, match="expected a classifier with decision_function, got GaussianNB"):
        response_of(GaussianNB().fit(X, y), X, "decision_function")


@pytest.mark.parametrize("n_classes", [3, 4])
def test_votes_of_pairs_are_no_logits(n_classes):
    # Of three classes there are three pairs, so that the shape does not tell.
    X, y = make_classification(200, 6, n_informative=5, n_redundant=1, n_classes=n_classes, random_state=0)
    for model in (SVC(decision_function_shape="ovo"), make_pipeline(SVC(decision_function_shape="ovo"))):
        with pytest.raises(ShapeError, match='decision_function_shape="ovr"'):
            logits_of(model.fit(X, y), X)

    class WithProbabilities(SVC):
        def predict_proba(self, X):
            return np.full((len(X), n_classes), 1 / n_classes)

    said = response_of(WithProbabilities(decision_function_shape="ovo").fit(X, y), X)
    assert said.are_probabilities
    assert said.values.shape == (200, n_classes)
    assert logits_of(SVC().fit(X, y), X).shape == (200, n_classes)


def test_columns_are_in_the_order_of_the_model_s_classes(rows, in_its_own_order):
    X, y = rows
    said = response_of(in_its_own_order().fit(X, y), X)
    assert said.classes.tolist() == sorted(set(y), reverse=True)
    wider = said.of_classes(np.array(["a", "b", "c", "d"]))
    for place, label in enumerate("abcd"):
        if label in said.classes:
            np.testing.assert_array_equal(wider[:, place], said.values[:, said.classes.tolist().index(label)])
        else:
            assert not wider[:, place].any()
    logits = response_of(LogisticRegression().fit(X, y), X).of_classes(np.array(["a", "b", "c", "d"]))
    assert np.all(logits[:, 3] == -np.inf)


@pytest.mark.parametrize(
    "model",
    [
        OneVsRestClassifier(LogisticRegression()),
        MultiOutputClassifier(LogisticRegression()),
        ClassifierChain(LogisticRegression()),
        KNeighborsClassifier(),
        MLPClassifier((3,), solver="lbfgs", alpha=1.0, max_iter=5000, random_state=0),
        RandomForestClassifier(5, random_state=0),
        RidgeClassifier(),
        sm.SoftmaxRegression(),
        FrozenEstimator(OneVsRestClassifier(LogisticRegression())),
    ],
    ids=lambda model: type(model).__name__,
)
def test_of_several_labels_there_is_a_logit_for_each(model):
    X, Y = make_multilabel_classification(150, 6, n_classes=3, random_state=0)
    (model.estimator if is_frozen(model) else model).fit(X, Y)
    said = response_of(model, X)
    assert said.classes is None
    z = logits_of(model, X)
    assert z.shape == (150, 3)
    if isinstance(model, RidgeClassifier):
        return
    p = model.predict_proba(X)
    p = np.stack([each[:, 1] for each in p], axis=1) if isinstance(p, list) else p
    if said.are_probabilities:
        np.testing.assert_array_equal(said.values, p)
    if not isinstance(model, ClassifierChain):  # whose later links see the labels before them
        np.testing.assert_allclose(sm.sigmoid(z), p, rtol=1e-7, atol=1e-15)


def test_what_has_no_logits_is_refused():
    X, y = make_classification(60, 4, random_state=0)
    with pytest.raises(UnsupportedError, match="decision_function or predict_proba"):
        logits_of(StandardScaler().fit(X), X)
    with pytest.raises(UnsupportedError, match="trained classifier"):
        logits_of(LogisticRegression(), X)
    several = MultiOutputClassifier(GaussianNB()).fit(X, np.stack([y, np.arange(60) % 3], axis=1))
    with pytest.raises(UnsupportedError, match=r"2 targets, 1 of them with others \(3 classes\)"):
        logits_of(several, X)


def test_tables_go_through_as_they_are():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"colour": rng.choice(["red", "green"], 100), "size": rng.normal(size=100)})
    y = (table["size"] + (table["colour"] == "red") > 0.5).astype(int)
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["colour"]), remainder="passthrough"), LogisticRegression()
    ).fit(table, y)
    np.testing.assert_allclose(sm.softmax(logits_of(model, table)), model.predict_proba(table), rtol=1e-12)
