import numpy as np
import pandas as pd
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError


def simulated(rng, n, n_classes):
    X = rng.normal(size=(n, 2))
    W = np.array([[0.0, 1.0, -0.7], [0.0, -0.5, 0.8]])[:, :n_classes]
    logits = X @ W + np.array([0.0, 0.3, -0.2])[:n_classes]
    return X, (logits + rng.gumbel(size=logits.shape)).argmax(axis=1), sm.softmax(logits)


def test_of_two_classes_they_are_those_of_statsmodels(rng):
    import statsmodels.api as statsmodels

    X, y, _ = simulated(rng, 300, 2)
    found = sm.SoftmaxRegression(C=np.inf, tol=1e-9).fit(X, y).predict_interval(X, confidence=0.9)
    fit = statsmodels.GLM(y, statsmodels.add_constant(X), family=statsmodels.families.Binomial()).fit(tol=1e-12)
    theirs = fit.get_prediction().summary_frame(alpha=0.1)
    assert found.low[:, 1] == pytest.approx(theirs["mean_ci_lower"].to_numpy(), rel=1e-5)
    assert found.high[:, 1] == pytest.approx(theirs["mean_ci_upper"].to_numpy(), rel=1e-5)
    assert found.low[:, 0] == pytest.approx(1.0 - found.high[:, 1], rel=1e-9)


def test_of_more_classes_they_cover_as_often_as_promised():
    held, repetitions = [], 150
    for number in range(repetitions):
        X, y, truth = simulated(np.random.default_rng(number), 250, 3)
        found = sm.SoftmaxRegression(C=np.inf).fit(X, y).predict_interval(X[:5])
        held.append(np.mean((found.low <= truth[:5]) & (truth[:5] <= found.high)))
    assert np.mean(held) == pytest.approx(0.95, abs=3.0 * np.std(held) / np.sqrt(repetitions))


def test_they_do_not_depend_on_the_last_layer_or_the_kind_of_table(rng):
    X, y, _ = simulated(rng, 300, 2)
    one, two = (
        sm.SoftmaxRegression(C=np.inf, tol=1e-10, output=output).fit(X, y).predict_interval(X[:9])
        for output in ("sigmoid", "softmax")
    )
    for here, there in zip(one, two, strict=True):
        assert here == pytest.approx(there, rel=1e-5)
    frame = pd.DataFrame(X, columns=["a", "b"])
    named = sm.SoftmaxRegression(C=np.inf, tol=1e-10).fit(frame, y).predict_interval(frame[:9])
    assert named.high == pytest.approx(one.high, rel=1e-9)


def test_a_penalised_fit_has_none(rng):
    X, y, _ = simulated(rng, 60, 3)
    with pytest.raises(ArgumentError, match="C=inf"):
        sm.SoftmaxRegression().fit(X, y).predict_interval(X)
