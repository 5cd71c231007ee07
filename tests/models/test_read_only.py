"""What a fit shows cannot be changed without effect: predictions do not come from it."""

import copy
import pickle

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, UnsupportedError

X = np.arange(12.0).reshape(6, 2) % 5
Y = ["a", "b", "c", "a", "b", "c"]


@pytest.fixture(params=["regression", "cv", "mlp"])
def model(request):
    made = {
        "regression": lambda: sm.SoftmaxRegression(),
        "cv": lambda: sm.SoftmaxRegressionCV(Cs=[0.1, 1.0], cv=2),
        "mlp": lambda: sm.SoftmaxMLP((2,), max_epochs=2, random_state=0),
    }
    return made[request.param]().fit(X, Y)


def shown(model):
    return [name for name in ("coef_", "intercept_", "temperature_", "classes_") if hasattr(model, name)]


def test_what_predictions_do_not_come_from_cannot_be_assigned(model):
    assert shown(model)[-2:] == (
        ["intercept_", "classes_"] if hasattr(model, "coef_") else ["temperature_", "classes_"]
    )
    for name in shown(model):
        before = getattr(model, name)
        with pytest.raises(UnsupportedError, match=f"{name}: it shows what fit learned and is read-only"):
            setattr(model, name, before)
        with pytest.raises(AttributeError):
            delattr(model, name)
        assert getattr(model, name) is before


@pytest.mark.parametrize(
    "again",
    [
        lambda model, path: model,
        lambda model, path: pickle.loads(pickle.dumps(model)),
        lambda model, path: copy.deepcopy(model),
        lambda model, path: copy.copy(model),
        lambda model, path: (model.save(path / "m.json"), sm.load(path / "m.json"))[1],
    ],
    ids=["fitted", "pickled", "deep copy", "copy", "loaded"],
)
def test_coefficients_cannot_be_written_to(again, tmp_path):
    model = sm.SoftmaxRegression().fit(X, Y)
    other = again(model, tmp_path)
    for array in (other.coef_, other.intercept_):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0
    assert np.array_equal(other.decision_function(X), model.decision_function(X))
    with pytest.raises(UnsupportedError):
        other.coef_ = np.zeros((3, 2))


def test_before_a_fit_there_is_nothing_to_read():
    for estimator in (sm.SoftmaxRegression(), sm.SoftmaxMLP()):
        for name in ("coef_", "intercept_", "temperature_", "classes_"):
            assert not hasattr(estimator, name)
            with pytest.raises(AttributeError, match=f"object has no attribute '{name}'"):
                getattr(estimator, name)


def test_another_fit_writes_anew(model):
    model.fit(X, ["x", "y", "z", "x", "y", "z"])
    assert model.classes_.tolist() == ["x", "y", "z"]


def test_a_warm_start_with_other_classes_is_refused():
    model = sm.SoftmaxMLP((2,), max_epochs=2, warm_start=True, random_state=0).fit(X, [0, 1, 2, 0, 1, 2])
    before = model.predict_proba(X)
    for labels in ([0, 1, 3, 0, 1, 3], [0, 1, 0, 1, 0, 1], ["0", "1", "2", "0", "1", "2"]):
        with pytest.raises(
            ArgumentError, match=r"warm_start: expected the classes of the last fit .*0, 1, 2|\[0 1 2\]"
        ):
            model.fit(X, labels)
    assert np.array_equal(model.predict_proba(X), before)
    assert model.set_params(warm_start=False).fit(X, [0, 1, 3, 0, 1, 3]).classes_.tolist() == [0, 1, 3]
