"""A saved estimator predicts bit for bit as before, from either carrier, and says what it cannot do."""

import json

import numpy as np
import pytest
from sklearn.base import clone

import softargmax as sm
from softargmax._state import State
from softargmax.exceptions import ArtifactError, UnsupportedError

rng = np.random.default_rng(3)
X = rng.normal(size=(240, 5))
THREE = np.array(["ape", "bee", "cat"])[(X[:, 0] + rng.normal(size=240) > 0).astype(int) + (X[:, 1] > 0.5)]
TWO = THREE == "ape"
YES_NO = np.stack([X[:, 0] > 0, X[:, 1] > 0.3, X[:, 2] > 1], axis=1).astype(int)
COLUMNS = np.stack([np.digitize(X[:, 0], [-0.5, 0.5]), np.digitize(X[:, 1], [0.0, 1.0]) + 5], axis=1)
TARGETS = {"three": THREE, "two": TWO, "yes-no": YES_NO, "columns": COLUMNS, "integers": COLUMNS[:, 0] * 2**40}
MODELS = {
    "regression": lambda: sm.SoftmaxRegression(C=0.5, l1_ratio=0.2),
    "regression-free": lambda: sm.SoftmaxRegression(C=float("inf")),
    "cv": lambda: sm.SoftmaxRegressionCV(Cs=[0.1, 1.0], cv=3),
    "mlp": lambda: sm.SoftmaxMLP(hidden_layer_sizes=(6, 4), max_epochs=3, random_state=0),
    "members": lambda: sm.SoftmaxMLP(hidden_layer_sizes=(6,), max_epochs=2, random_state=0, n_members=3),
    "no-hidden": lambda: sm.SoftmaxMLP(hidden_layer_sizes=(), max_epochs=2, random_state=np.random.RandomState(0)),
}


def fitted(name, target, dtype=np.float64):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MODELS[name]().fit(X.astype(dtype), TARGETS[target])


def same(first, second):
    if isinstance(first, list):
        return all(same(a, b) for a, b in zip(first, second, strict=True))
    return first.dtype == second.dtype and np.array_equal(first, second)


@pytest.mark.parametrize("target", sorted(TARGETS))
@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_loaded_model_predicts_bit_for_bit(name, target, tmp_path):
    before = fitted(name, target)
    for file in ("m.json", "m.softargmax"):
        before.save(tmp_path / file)
        after = sm.load(tmp_path / file)
        assert type(after) is type(before)
        for method in ("predict_proba", "decision_function", "predict", "predict_log_proba"):
            assert same(getattr(after, method)(X), getattr(before, method)(X)), method
        assert same(after.classes_, before.classes_)


@pytest.mark.parametrize("name", ["regression", "mlp", "members"])
def test_single_precision_stays_what_it_is(name, tmp_path):
    before = fitted(name, "three", np.float32)
    before.save(tmp_path / "m.softargmax")
    after = sm.load(tmp_path / "m.softargmax")
    assert after.network_.flat.dtype == before.network_.flat.dtype
    assert same(after.predict_proba(X.astype(np.float32)), before.predict_proba(X.astype(np.float32)))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_what_a_user_reads_off_a_model_comes_back(name, tmp_path):
    before = fitted(name, "three")
    before.save(tmp_path / "m.json")
    after = sm.load(tmp_path / "m.json")
    hidden = ("network_", "output_layer_")
    shown = [word for word in vars(before) if word.endswith("_") and word not in hidden and not word.startswith("_")]
    missing = {word for word in shown if not hasattr(after, word)} - {"losses_"}
    assert not missing
    for word in set(shown) - {"losses_"}:
        np.testing.assert_array_equal(getattr(after, word), getattr(before, word), err_msg=word)


def test_parameters_come_back_and_a_loaded_model_can_be_fitted_anew(tmp_path):
    model = sm.SoftmaxRegression(C=float("inf"), class_weight={"ape": 2.0, "bee": 1.0, "cat": 0.5}, max_iter=500)
    model.fit(X, THREE).save(tmp_path / "m.json")
    after = sm.load(tmp_path / "m.json")
    assert after.get_params() == model.get_params()
    assert np.array_equal(clone(after).fit(X, THREE).coef_, model.coef_)


def test_names_of_features_come_back(tmp_path):
    import pandas as pd

    table = pd.DataFrame(X, columns=list("abcde"))
    before = sm.SoftmaxRegression().fit(table, THREE)
    before.save(tmp_path / "m.softargmax")
    after = sm.load(tmp_path / "m.softargmax")
    assert after.feature_names_in_.tolist() == list("abcde")
    assert same(after.predict_proba(table), before.predict_proba(table))
    with pytest.raises(ValueError, match="feature names"):
        after.predict_proba(table[list("edcba")])


def test_what_a_file_does_not_hold_is_named(tmp_path):
    fitted("regression-free", "three").save(tmp_path / "r.json")
    with pytest.raises(UnsupportedError, match="fit again to get a summary"):
        sm.load(tmp_path / "r.json").summary()
    fitted("mlp", "three").save(tmp_path / "n.json")
    with pytest.raises(UnsupportedError, match="warm_start=True"):
        sm.load(tmp_path / "n.json").partial_fit(X, THREE)


def test_a_loaded_network_goes_on_where_it_stopped(tmp_path):
    before = fitted("mlp", "three")
    before.save(tmp_path / "n.json")
    after = sm.load(tmp_path / "n.json").set_params(warm_start=True, random_state=1)
    again = after.fit(X, THREE)
    cold = MODELS["mlp"]().set_params(random_state=1).fit(X, THREE)
    assert again.training_loss_[0] < cold.training_loss_[0]


def test_a_model_that_is_not_fitted_cannot_be_saved(tmp_path):
    with pytest.raises(sm.exceptions.NotFittedError):
        sm.SoftmaxRegression().save(tmp_path / "m.json")


@pytest.mark.parametrize(
    "damage",
    [
        lambda v, a: v.update(parameters={"nonsense": 1}),
        lambda v, a: v.update(parameters=3),
        lambda v, a: v.update(output_layer="pickle"),
        lambda v, a: v.update(output_layer="sigmoid"),
        lambda v, a: v.update(output_layer="softmaxes"),
        lambda v, a: v.update(labels=[]),
        lambda v, a: v.update(labels=v["labels"] * 2),
        lambda v, a: v.update(clip=-1.0),
        lambda v, a: v.update(n_iter_=0.5),
        lambda v, a: v.update(feature_names_in_=["a"]),
        lambda v, a: a.update(layer_sizes=[5]),
        lambda v, a: a.update(layer_sizes=[5, 10**9, 3]),
        lambda v, a: a.update(layer_sizes=[5, 4]),
        lambda v, a: a.update(layer_sizes=[0, 3]),
        lambda v, a: a.update(scale=[0.0] * 5),
        lambda v, a: a.update(mean=[0.0] * 4),
        lambda v, a: a.update(flat=[[0.0] * 17]),
        lambda v, a: a.update(flat=[["inf"] + [0.0] * 17]),
        lambda v, a: a.update(flat=[]),
        lambda v, a: a.update(coef_=[[0.0] * 5] * 2),
        lambda v, a: a.update(intercept_=[0.0]),
        lambda v, a: a.pop("coef_"),
    ],
)
def test_a_damaged_state_is_refused(damage):
    data = json.loads(json.dumps(fitted("regression", "three").to_state().to_json()))
    damage(data["values"], data["arrays"])
    with pytest.raises(ArtifactError, match="damaged"):
        sm.SoftmaxRegression.from_state(State.from_json(data))


def test_one_estimators_file_is_not_anothers(tmp_path):
    fitted("regression", "three").save(tmp_path / "m.json")
    with pytest.raises(ArtifactError, match="expected the state of a softmax-mlp, got 'softmax-regression'"):
        sm.SoftmaxMLP.load(tmp_path / "m.json")
