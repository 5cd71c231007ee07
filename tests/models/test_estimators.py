import functools
import io
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning as SklearnConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

import softargmax as sm
from softargmax.exceptions import ArgumentError, ConvergenceWarning, DivergenceError, LabelError, NotFittedError
from softargmax.models import training
from softargmax.models.training import AdamW
from softargmax.models.validation_temperature import Tempered

SMALL = {"hidden_layer_sizes": (32,), "max_epochs": 40, "random_state": 0}


@pytest.fixture
def three():
    X, y = make_classification(400, 6, n_informative=5, n_redundant=0, n_classes=3, random_state=1)
    return X, np.array(["low", "mid", "top"])[y]


@pytest.fixture
def fifteen(rng):
    """Fifteen outputs that are each -1, 0 or 1."""
    X = rng.normal(size=(600, 8))
    return X, np.sign(np.round(X @ rng.normal(size=(8, 15)) * 0.5)).astype(int)


@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_regression_finds_scikit_learns_optimum(C, fit_intercept, n_classes):
    X, y = make_classification(500, 6, n_informative=5, n_redundant=0, n_classes=n_classes, random_state=3)
    X = X * [1, 1, 1, 1, 30, 0.1] + 1
    w = np.random.default_rng(0).random(500)
    ours = sm.SoftmaxRegression(C=C, fit_intercept=fit_intercept, tol=1e-7).fit(X, y, sample_weight=w)
    theirs = LogisticRegression(C=C, fit_intercept=fit_intercept, tol=1e-10, max_iter=10000, solver="newton-cg")
    theirs.fit(X, y, sample_weight=w)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)


def test_regression_carries_a_certificate_and_says_when_it_stopped_short(three):
    X, y = three
    assert sm.SoftmaxRegression().fit(X, y).optimality_ <= 1e-6
    with pytest.warns(ConvergenceWarning, match="stopped after 2 iterations .* raise max_iter") as caught:
        sm.SoftmaxRegression(max_iter=2).fit(X, y)
    assert issubclass(caught[0].category, SklearnConvergenceWarning)


def test_regression_needs_no_scaling(three):
    X, y = three
    wild = X * 10.0 ** np.arange(-3, 3) + 1e3
    plain = sm.SoftmaxRegression(C=np.inf).fit(X, y)
    scaled = sm.SoftmaxRegression(C=np.inf).fit(wild, y)
    np.testing.assert_allclose(scaled.predict_proba(wild), plain.predict_proba(X), atol=1e-4)


def test_regression_coefficients_give_its_logits(three):
    X, y = three
    model = sm.SoftmaxRegression().fit(X, y)
    np.testing.assert_allclose(model.decision_function(X), X @ model.coef_.T + model.intercept_, atol=1e-10)
    np.testing.assert_allclose(model.intercept_.sum(), 0, atol=1e-6)


def test_mlp_reads_digits():
    X, y = load_digits(return_X_y=True)
    model = sm.SoftmaxMLP(random_state=0).fit(X[::2].astype(np.float32), y[::2])
    assert model.score(X[1::2], y[1::2]) > 0.95
    assert model.validation_loss_[model.best_epoch_ - 1] == min(model.validation_loss_)


def test_mlp_learns_what_is_not_linear(rng):
    X = rng.normal(size=(600, 2))
    y = X[:, 0] * X[:, 1] > 0
    assert sm.SoftmaxMLP(**SMALL).fit(X, y).score(X, y) > 0.9
    assert sm.SoftmaxRegression().fit(X, y).score(X, y) < 0.7


@pytest.mark.parametrize("estimator", [sm.SoftmaxMLP(**SMALL), sm.SoftmaxRegression()], ids=["mlp", "regression"])
class TestOutputs:
    def test_two_classes_are_one_logit_and_a_sigmoid(self, estimator, three):
        X, y = three
        keep = y != "mid"
        model = estimator.fit(X[keep], y[keep])
        z = model.decision_function(X)
        assert z.shape == (400,)
        np.testing.assert_allclose(model.predict_proba(X)[:, 1], sm.sigmoid(z), rtol=1e-12)
        assert np.array_equal(model.predict(X) == "top", z > 0)

    def test_more_classes_are_a_softmax(self, estimator, three):
        X, y = three
        model = estimator.fit(X, y)
        z = model.decision_function(X)
        assert z.shape == (400, 3)
        np.testing.assert_allclose(model.predict_proba(X), sm.softmax(z), rtol=1e-12)
        np.testing.assert_allclose(model.predict_log_proba(X), sm.log_softmax(z), rtol=1e-12)
        assert model.score(X, y) > 0.6

    def test_two_classes_may_be_a_softmax_too(self, estimator, three):
        X, y = three
        keep = y != "mid"
        model = type(estimator)(**(estimator.get_params() | {"output": "softmax"})).fit(X[keep], y[keep])
        assert model.decision_function(X).shape == (400, 2)

    def test_several_yes_no_columns_are_a_sigmoid_each(self, estimator, rng):
        X = rng.normal(size=(500, 6))
        Y = (X[:, :4] + X[:, 1:5] > 0).astype(int)
        model = estimator.fit(X, Y)
        p = model.predict_proba(X)
        assert p.shape == (500, 4)
        np.testing.assert_allclose(p, sm.sigmoid(model.decision_function(X)), rtol=1e-12)
        assert np.mean(model.predict(X) == Y) > 0.9
        assert np.array_equal(model.classes_, np.arange(4))

    def test_several_class_columns_are_a_softmax_each(self, estimator, fifteen):
        X, Y = fifteen
        model = estimator.fit(X, Y)
        p = model.predict_proba(X)
        assert [part.shape for part in p] == [(600, 3)] * 15
        for part, z in zip(p, model.decision_function(X), strict=True):
            np.testing.assert_allclose(part, sm.softmax(z), rtol=1e-12)
        assert model.predict(X).shape == Y.shape
        assert np.mean(model.predict(X) == Y) > 0.6
        assert [c.tolist() for c in model.classes_] == [[-1, 0, 1]] * 15
        assert [np.shape(log_p) for log_p in model.predict_log_proba(X)] == [(600, 3)] * 15

    def test_a_linear_output_is_refused_with_the_reason(self, estimator, three):
        model = type(estimator)(**(estimator.get_params() | {"output": "linear"}))
        with pytest.raises(ArgumentError, match="unbounded numbers, not probabilities"):
            model.fit(*three)

    def test_one_sigmoid_cannot_serve_three_exclusive_classes(self, estimator, three):
        model = type(estimator)(**(estimator.get_params() | {"output": "sigmoid"}))
        with pytest.raises(ArgumentError, match="must sum to 1"):
            model.fit(*three)

    def test_a_single_class_is_refused(self, estimator, three):
        X, _ = three
        with pytest.raises(LabelError, match="one class"):
            estimator.fit(X, np.zeros(400, int))
        with pytest.raises(LabelError, match="target column 1"):
            estimator.fit(X, np.column_stack([np.arange(400) % 3, np.full(400, 7)]))

    def test_labels_keep_their_kind(self, estimator, three):
        X, y = three
        for labels in (y == "low", (y == "low").astype(int) * 5, np.where(y == "low", "a", "b").astype(object)):
            predicted = estimator.fit(X, labels).predict(X[:5])
            assert set(predicted.tolist()) <= set(np.unique(labels).tolist())

    def test_float32_in_is_float32_out(self, estimator, three):
        X, y = three
        model = estimator.fit(X.astype(np.float32), y)
        assert model.predict_proba(X.astype(np.float32)).dtype == np.float32
        assert model.decision_function(X).dtype == np.float64

    def test_pickle_keeps_the_predictions(self, estimator, three):
        X, y = three
        model = estimator.fit(X, y)
        assert np.array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), model.predict_proba(X))

    def test_class_weights_are_sample_weights(self, estimator, three):
        X, y = three
        weights = {"low": 1.0, "mid": 5.0, "top": 0.5}
        row_weights = np.array([weights[label] for label in y])
        options = estimator.get_params() | {"class_weight": weights}
        options |= {"dropout": 0.0} if "dropout" in options else {}
        by_class = type(estimator)(**options).fit(X, y)
        by_row = type(estimator)(**(options | {"class_weight": None})).fit(X, y, sample_weight=row_weights)
        if isinstance(estimator, sm.SoftmaxRegression):
            np.testing.assert_allclose(by_class.predict_proba(X), by_row.predict_proba(X), atol=1e-5)
        assert np.mean(by_class.predict(X) == "mid") > np.mean(y == "mid")

    def test_balanced_weights_lift_the_rare_class(self, estimator, rng):
        X = rng.normal(size=(1000, 3))
        y = (X[:, 0] + rng.normal(size=1000) > 2).astype(int)
        options = estimator.get_params()
        plain = type(estimator)(**options).fit(X, y).predict_proba(X)[:, 1].mean()
        balanced = type(estimator)(**(options | {"class_weight": "balanced"})).fit(X, y).predict_proba(X)[:, 1].mean()
        assert balanced > 2 * plain

    def test_several_columns_take_balanced_or_one_dict_each(self, estimator, fifteen):
        X, Y = fifteen
        options = estimator.get_params()
        type(estimator)(**(options | {"class_weight": "balanced"})).fit(X, Y)
        type(estimator)(**(options | {"class_weight": [{-1: 1, 0: 1, 1: 2}] * 15})).fit(X, Y)
        with pytest.raises(ArgumentError, match="one dict per column"):
            type(estimator)(**(options | {"class_weight": {1: 2}})).fit(X, Y)
        with pytest.raises(ArgumentError, match="one dict per target column"):
            type(estimator)(**(options | {"class_weight": [{1: 2}]})).fit(X, Y)

    def test_progress_is_reported(self, estimator, three, capsys):
        steps = []
        estimator.fit(*three, progress=steps.append)
        assert [step.done for step in steps] == list(range(1, len(steps) + 1))
        assert steps[-1].training_loss < steps[0].training_loss
        type(estimator)(**(estimator.get_params() | {"verbose": True, "random_state": 0})).fit(*three)
        assert capsys.readouterr().out == ""

    def test_it_must_be_fitted_first(self, estimator):
        with pytest.raises(NotFittedError, match="fit"):
            type(estimator)().predict([[1.0]])

    def test_weights_of_zero_everywhere_are_refused(self, estimator, three):
        with pytest.raises(ArgumentError, match="positive weight"):
            estimator.fit(*three, sample_weight=np.zeros(400))


def test_the_same_seed_gives_the_same_model(three):
    X, y = three
    a, b, c = (sm.SoftmaxMLP(**(SMALL | {"random_state": seed})).fit(X, y).predict_proba(X) for seed in (0, 0, 1))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_grid_search_takes_the_estimator(three):
    X, y = three
    search = GridSearchCV(sm.SoftmaxRegression(), {"C": [0.1, 1.0]}, cv=3, scoring="neg_log_loss").fit(X, y)
    assert search.best_params_["C"] in (0.1, 1.0)


def test_validation_data_decides_the_best_epoch(rng):
    X, y = rng.normal(size=(400, 10)), rng.integers(0, 3, size=400)  # nothing to learn: later epochs are worse
    model = sm.SoftmaxMLP((64,), random_state=0).fit(X[:300], y[:300], validation_data=(X[300:], y[300:]))
    assert model.best_epoch_ < model.n_iter_ == len(model.validation_loss_)
    loss = sm.cross_entropy(model.decision_function(X[300:]), y[300:])
    assert loss == pytest.approx(min(model.validation_loss_), rel=1e-6)
    assert loss < model.validation_loss_[-1]


def test_gains_that_chance_could_make_do_not_keep_a_fit_from_its_end(rng, monkeypatch):
    X, y = rng.normal(size=(600, 2)), rng.integers(0, 2, 600)
    for share, epochs in ((0.001, 4), (0.1, 20)):  # by how much every epoch is better than the one before
        score = (Tempered(1.0, loss, loss) for loss in 0.7 * (1.0 - share) ** np.arange(20))
        monkeypatch.setattr(training, "fit_temperature", lambda *given, score=score: next(score))
        model = sm.SoftmaxMLP((4,), patience=3, max_epochs=20, random_state=0).fit(X, y)
        assert (model.n_iter_, model.best_epoch_) == (epochs, epochs)


def test_early_stopping_stops_after_patience(rng):
    X, y = rng.normal(size=(600, 20)), rng.integers(0, 2, size=600)
    model = sm.SoftmaxMLP((64,), patience=3, random_state=0).fit(X, y)
    assert model.n_iter_ <= model.best_epoch_ + 3 < 100


def test_partial_fit_learns_batch_by_batch(three):
    X, y = three
    model = sm.SoftmaxMLP((32,), random_state=0)
    for epoch in range(30):
        for start in range(0, 400, 100):
            rows = slice(start, start + 100)
            model.partial_fit(X[rows], y[rows], classes=["low", "mid", "top"] if epoch == start == 0 else None)
    assert model.score(X, y) > 0.75
    assert model.n_iter_ == 120
    assert model.training_loss_[-1] < model.training_loss_[0]


def test_partial_fit_takes_up_the_scale_of_later_batches(rng):
    X = rng.normal(size=(500, 2)) * [1000, 1] + [5e4, 0]
    y = (X[:, 0] > 5e4).astype(int)
    model = sm.SoftmaxMLP((16,), random_state=0).partial_fit(X[:1], y[:1], classes=[0, 1])
    for _ in range(40):
        model.partial_fit(X, y)
    assert model.score(X, y) > 0.95


def test_partial_fit_needs_its_classes_once_and_never_others(three):
    X, y = three
    with pytest.raises(ArgumentError, match="all classes at the first call"):
        sm.SoftmaxMLP(**SMALL).partial_fit(X, y)
    model = sm.SoftmaxMLP(**SMALL).partial_fit(X, y, classes=np.unique(y))
    with pytest.raises(ArgumentError, match="those of the first call"):
        model.partial_fit(X, y, classes=["low", "other"])
    with pytest.raises(LabelError, match="'new'"):
        model.partial_fit(X[:1], ["new"])


def test_partial_fit_goes_on_where_fit_ended(three):
    X, y = three
    model = sm.SoftmaxMLP(**SMALL).fit(X, y)
    before = model.score(X, y)
    assert model.partial_fit(X, y).score(X, y) > before - 0.05


@pytest.mark.parametrize(
    "wrong",
    [
        {"hidden_layer_sizes": (0,)},
        {"hidden_layer_sizes": 10},
        {"batch_size": 0},
        {"batch_size": "big"},
        {"learning_rate": 0.0},
        {"weight_decay": -1.0},
        {"dropout": 1.0},
        {"validation_fraction": 1.0},
        {"max_epochs": 0},
        {"patience": 0},
    ],
)
def test_impossible_parameters_of_the_mlp_are_refused(three, wrong):
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        sm.SoftmaxMLP(**wrong).fit(*three)


@pytest.mark.parametrize("wrong", [{"C": 0.0}, {"tol": 0.0}, {"max_iter": 0}])
def test_impossible_parameters_of_the_regression_are_refused(three, wrong):
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        sm.SoftmaxRegression(**wrong).fit(*three)


def test_an_unpickled_network_learns_on_as_the_original_does(three):
    X, y = three
    model = sm.SoftmaxMLP((32,), random_state=0).partial_fit(X, y, classes=np.unique(y))
    again = pickle.loads(pickle.dumps(model))
    for _ in range(5):
        model.partial_fit(X, y)
        again.partial_fit(X, y)
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))


def test_partial_fit_after_fit_keeps_the_scale_of_all_rows(three):
    X, y = three
    model = sm.SoftmaxMLP(**SMALL).fit(X * 1000, y)
    before = model.score(X * 1000, y)
    assert model.partial_fit(X[:1] * 1000, y[:1]).score(X * 1000, y) > before - 0.05


def test_a_failed_refit_keeps_the_old_model(three):
    X, y = three
    for model in (sm.SoftmaxMLP(**SMALL), sm.SoftmaxRegression()):
        before = model.fit(X, y).predict(X)
        with pytest.raises(LabelError):
            model.fit(X[:, :2], np.zeros(400, int))
        assert np.array_equal(model.predict(X), before)


def test_a_first_partial_fit_that_fails_may_be_tried_again(three):
    X, y = three
    model = sm.SoftmaxMLP(**SMALL)
    with pytest.raises(LabelError):
        model.partial_fit(X, y, classes=["low", "mid"])
    model.partial_fit(X, y, classes=["low", "mid", "top"])


def test_partial_fit_takes_the_classes_of_every_column(fifteen):
    X, Y = fifteen
    model = sm.SoftmaxMLP(**SMALL).partial_fit(X[:1], Y[:1], classes=[[-1, 0, 1]] * 15)
    assert len(model.partial_fit(X, Y, classes=[[-1, 0, 1]] * 15).predict_proba(X)) == 15


@pytest.mark.parametrize(
    "weights", [{"low": np.nan}, {"low": -1.0}, {"low": None}, {"low": 0, "mid": 0, "top": 0}, "even"]
)
def test_impossible_class_weights_are_refused(three, weights):
    for model in (sm.SoftmaxMLP(class_weight=weights), sm.SoftmaxRegression(class_weight=weights)):
        with pytest.raises(ArgumentError, match="class_weight"):
            model.fit(*three)


def test_mixed_and_masked_labels_are_refused_not_unified(three):
    X, y = three
    with pytest.raises(LabelError, match="one type"):
        sm.SoftmaxRegression().fit(X, [1] * 200 + ["a"] * 200)
    with pytest.raises(LabelError, match="missing, first in row 2"):
        sm.SoftmaxRegression().fit(X, ["a", None, *y[2:].tolist()])
    with pytest.raises(TypeError, match="masked"):
        sm.SoftmaxRegression().fit(np.ma.array(X, mask=X > 1), y)


def test_score_of_several_columns_counts_rows_that_are_right_throughout(fifteen):
    X, Y = fifteen
    model = sm.SoftmaxRegression().fit(X, Y)
    assert model.score(X, Y) == np.mean((model.predict(X) == Y).all(axis=1))


@pytest.mark.parametrize("C", [1e-3, 1.0])
def test_regression_converges_on_unscaled_features(C):
    X, y = load_breast_cancer(return_X_y=True)
    model = sm.SoftmaxRegression(C=C).fit(X, y)
    assert model.optimality_ <= 1e-6
    theirs = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-10).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), theirs.predict_proba(X), atol=5e-4)


def test_an_interrupted_partial_fit_leaves_the_model_as_it_was(three, monkeypatch):
    X, y = three
    model = sm.SoftmaxMLP((32,), random_state=0).partial_fit(X, y, classes=np.unique(y))
    before = model.predict_proba(X)
    steps = iter(range(100))
    original = AdamW.update

    def interrupt(*arguments):
        if next(steps) == 3:
            raise KeyboardInterrupt
        original(*arguments)

    monkeypatch.setattr(AdamW, "update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(X + 5, y)
    monkeypatch.undo()
    assert np.array_equal(model.predict_proba(X), before)
    assert model._moments.weight == 400


def test_divergence_is_an_error_not_nan(three):
    with pytest.raises(DivergenceError, match="lower learning_rate"):
        sm.SoftmaxMLP((16,), learning_rate=1e20, max_epochs=3, random_state=0).fit(*three)


@pytest.mark.parametrize("weighted_by", ["rows", "classes"])
def test_a_network_learns_from_doubled_weights_what_it_learns_from_doubled_rows(three, weighted_by):
    # In one batch and without dropout there is no chance left. 700 rows, for decay to be below its limit.
    X, y = (np.concatenate([given, given[:300]]) for given in three)
    options = {"dropout": 0.0, "early_stopping": False, "max_epochs": 30, "random_state": 0}
    network = functools.partial(sm.SoftmaxMLP, (8,), **options)
    twice = network(batch_size=1400).fit(np.repeat(X, 2, axis=0), np.repeat(y, 2))
    if weighted_by == "rows":
        heavy = network(batch_size=700).fit(X, y, sample_weight=np.full(700, 2.0))
    else:
        heavy = network(batch_size=700, class_weight=dict.fromkeys(("low", "mid", "top"), 2.0)).fit(X, y)
    once = network(batch_size=700).fit(X, y)
    np.testing.assert_allclose(heavy.decision_function(X), twice.decision_function(X), rtol=1e-7, atol=1e-9)
    assert np.abs(once.decision_function(X) - twice.decision_function(X)).max() > 1e-3


def test_float32_networks_take_weights_float32_cannot_hold(three):
    X, y = three
    X, model = X.astype(np.float32), sm.SoftmaxMLP(**SMALL, weight_decay=0.1)
    plain = model.fit(X, y).predict_proba(X)
    for factor in (1e40, 1e-60):
        weighted = model.fit(X, y, sample_weight=np.full(400, factor))
        np.testing.assert_allclose(weighted.predict_proba(X), plain, atol=1e-3)


def test_features_whose_squares_overflow_are_refused(three):
    X, y = three
    for model in (sm.SoftmaxMLP(**SMALL), sm.SoftmaxRegression()):
        with pytest.raises(ArgumentError, match="squares are finite"):
            model.fit(X * 1e160, y)


def test_a_constant_column_gets_no_coefficient(three):
    X, y = three
    model = sm.SoftmaxRegression(C=np.inf).fit(np.column_stack([X, np.full(400, 1 / 3)]), y)
    assert np.abs(model.coef_[:, -1]).max() < 1e-6


def test_regression_without_intercept_takes_features_far_from_zero(three):
    X, y = three
    shifted = X + np.array([0, 0, 1e4, 0, 0, 0])
    model = sm.SoftmaxRegression(fit_intercept=False).fit(shifted, y)
    theirs = LogisticRegression(fit_intercept=False, solver="newton-cholesky", tol=1e-10).fit(shifted, y)
    np.testing.assert_allclose(model.predict_proba(shifted), theirs.predict_proba(shifted), atol=1e-3)


def test_columns_of_different_types_are_read_each_as_its_own(three):
    X, y = three
    Y = np.column_stack([np.arange(400) % 2, np.arange(400) % 3]).astype(object)
    Y[:, 1] = y
    assert [c.tolist() for c in sm.SoftmaxRegression().fit(X, Y).classes_] == [[0, 1], ["low", "mid", "top"]]


def test_new_parameters_take_effect_between_partial_fits(three):
    X, y = three
    models = [sm.SoftmaxMLP((16,), random_state=0).partial_fit(X, y, classes=np.unique(y)) for _ in range(2)]
    models[1].set_params(weight_decay=50.0)
    weights = [np.abs(model.partial_fit(X, y).network_.flat).sum() for model in models]
    assert weights[1] < weights[0]


def test_data_frames_keep_their_column_names(three):
    X, y = three
    frame = pd.DataFrame(X, columns=list("abcdef"))
    model = sm.SoftmaxRegression().fit(frame, pd.Series(y))
    assert model.feature_names_in_.tolist() == list("abcdef")
    assert np.array_equal(model.predict(frame), sm.SoftmaxRegression().fit(X, y).predict(X))


TARGETS = {
    "sigmoid": lambda X: (X[:, 0] > 0).astype(int),
    "softmax": lambda X: np.digitize(X[:, 0], [-0.5, 0.5]),
    "sigmoids": lambda X: (X[:, :2] > 0).astype(int),
    "softmaxes": lambda X: np.digitize(X[:, :2], [-0.5, 0.5]),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_members_average_their_probabilities(rng, kind):
    X = rng.normal(size=(600, 4))
    model = sm.SoftmaxMLP((16,), n_members=3, max_epochs=15, random_state=0).fit(X, TARGETS[kind](X))
    raw = model.network_.logits(X[:5])
    assert raw.shape[0] == 3
    alone = [model.output_layer_.probabilities(member) for member in raw]
    expected = (
        [np.mean(parts, axis=0) for parts in zip(*alone, strict=True)] if kind == "softmaxes" else np.mean(alone, 0)
    )
    np.testing.assert_allclose(np.asarray(model.predict_proba(X[:5])), np.asarray(expected), rtol=1e-6)
    assert not np.allclose(raw[0], raw[1])
    assert model.score(X, TARGETS[kind](X)) > 0.7
    before = model.predict_proba(X)
    model.partial_fit(X, TARGETS[kind](X))
    assert not np.array_equal(np.asarray(before), np.asarray(model.predict_proba(X)))


def test_the_temperature_is_in_the_logits(rng):
    X, y = load_digits(return_X_y=True)
    model = sm.SoftmaxMLP((32,), max_epochs=20, random_state=0).fit(
        X[:800], y[:800], validation_data=(X[800:], y[800:])
    )
    assert model.temperature_ != 1.0
    best = sm.TemperatureScaling().fit(model.decision_function(X[800:]), y[800:])
    assert best.temperature_ == pytest.approx(1.0, abs=0.1)


def test_a_little_smoothing_and_a_temperature_make_better_probabilities():
    X, y = load_digits(return_X_y=True)
    losses = [
        sm.cross_entropy(
            sm.SoftmaxMLP(label_smoothing=s, max_epochs=30, random_state=0)
            .fit(X[::2], y[::2])
            .decision_function(X[1::2]),
            y[1::2],
        )
        for s in (0.0, 0.02)
    ]
    assert losses[1] < losses[0] < 0.15


def test_warm_start_goes_on_from_the_last_network(three):
    X, y = three
    model = sm.SoftmaxMLP(**(SMALL | {"warm_start": True})).fit(X, y)
    before = model.training_loss_[-1]
    assert model.fit(X, y).training_loss_[0] < before + 0.1
    cold = sm.SoftmaxMLP(**SMALL).fit(X, y)
    assert cold.training_loss_[0] > before + 0.1
    model.set_params(hidden_layer_sizes=(8,)).fit(X, y)  # another shape begins anew


def test_the_number_of_threads_changes_no_bit_of_the_network(three):
    X, y = three
    before, fits = sm.get_num_threads(), []
    try:
        for threads in (1, 3):
            sm.set_num_threads(threads)
            fits.append(sm.SoftmaxMLP((64,), max_epochs=5, random_state=0).fit(X, y).network_.flat)
    finally:
        sm.set_num_threads(before)
    assert np.array_equal(*fits)


def test_a_network_that_joblib_stored_learns_on(three):
    X, y = three
    model = sm.SoftmaxMLP((16,), max_epochs=4, random_state=0).fit(X, y)
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    again = joblib.load(file)
    assert np.array_equal(again.partial_fit(X, y).predict_proba(X), model.partial_fit(X, y).predict_proba(X))


def test_weights_that_leave_nothing_to_validate_by_are_no_error():
    y = np.zeros(700, int)
    y[0] = 1
    X = np.arange(700.0)[:, np.newaxis]
    sm.SoftmaxMLP((4,), max_epochs=2, class_weight={0: 0.0, 1: 1.0}, random_state=0).fit(X, y)


@pytest.mark.parametrize("estimator", [sm.SoftmaxRegression(), sm.SoftmaxMLP(**SMALL)], ids=["regression", "mlp"])
def test_a_fit_that_fails_late_changes_nothing(estimator, three, monkeypatch):
    X, y = three
    before = vars(estimator.fit(X, y)).copy()
    told = []

    def fail(progress):
        told.append(progress)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X[:, :1], np.where(y == y[0], "a", "b"), progress=fail)
    assert told
    assert vars(estimator).keys() == before.keys()
    assert all(vars(estimator)[name] is value for name, value in before.items())


def test_a_warning_that_is_an_error_leaves_the_model_as_it_was(three):
    X, y = three
    model = sm.SoftmaxRegression().fit(X, y)
    coefficients = model.coef_
    with pytest.raises(sm.exceptions.ConvergenceWarning):
        model.set_params(max_iter=1).fit(X, y)
    assert model.coef_ is coefficients


@pytest.mark.filterwarnings("always::softargmax.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("call", ["fit", "path", "cv"])
def test_a_warning_points_at_the_line_that_called(three, call):
    X, y = three
    model = (sm.SoftmaxRegressionCV(Cs=[10.0, 100.0]) if call == "cv" else sm.SoftmaxRegression()).set_params(
        max_iter=1
    )
    with pytest.warns(sm.exceptions.ConvergenceWarning) as caught:
        model.path(X, y, Cs=2) if call == "path" else model.fit(X, y)
    assert {warning.filename for warning in caught} == {__file__}


def test_weights_that_make_a_penalty_infinite_are_refused_beside_it(three):
    X, y = three
    with pytest.raises(
        ArgumentError, match="C, sample_weight: .* product is neither 0 nor infinite, got C=1 and weights"
    ):
        sm.SoftmaxRegression().fit(X, y, sample_weight=np.full(len(y), 1e-313))
