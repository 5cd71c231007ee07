"""Errors that hold where the model is only nearly right, and effects on probabilities, beside statsmodels' figures."""

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError
from softargmax.models.marginal_effects import marginal_effects


@pytest.fixture(scope="module")
def anes():
    import statsmodels.api as statsmodels

    data = statsmodels.datasets.anes96.load_pandas()
    names = ["logpopul", "selfLR", "age", "educ", "income"]
    return data.exog[names], data.endog.astype(int)


@pytest.fixture(scope="module")
def spector():
    import statsmodels.api as statsmodels

    data = statsmodels.datasets.spector.load_pandas()
    return data.exog[["GPA", "TUCE", "PSI"]], data.endog.astype(int)


def fitted(X, y, **options):
    return sm.SoftmaxRegression(C=np.inf, tol=1e-9, **options).fit(X, y)


def test_robust_errors_are_statsmodels_of_several_classes(anes):
    import statsmodels.api as statsmodels

    X, y = anes
    theirs = statsmodels.MNLogit(y, statsmodels.add_constant(X)).fit(disp=0, tol=1e-12, cov_type="HC0")
    ours = fitted(X, y).summary(covariance="robust")
    np.testing.assert_allclose(ours.standard_error, np.roll(theirs.bse.to_numpy().T, -1, axis=1), rtol=1e-5)
    assert "robust" in str(ours)
    assert not np.allclose(ours.standard_error, fitted(X, y).summary().standard_error, rtol=0.01)


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_robust_errors_are_statsmodels_of_two_classes(spector, output):
    import statsmodels.api as statsmodels

    X, y = spector
    theirs = statsmodels.Logit(y, statsmodels.add_constant(X)).fit(disp=0, tol=1e-12, cov_type="HC0")
    ours = fitted(X, y, output=output).summary(covariance="robust")
    np.testing.assert_allclose(ours.standard_error[0], np.roll(theirs.bse.to_numpy(), -1), rtol=1e-5)


def test_robust_errors_do_not_hang_on_the_reference(anes):
    model = fitted(*anes)
    one, other = model.summary(covariance="robust"), model.summary(covariance="robust", reference=3)
    np.testing.assert_allclose(other.standard_error[0], one.standard_error[2], rtol=1e-6)


def test_a_weight_of_two_is_a_row_that_is_there_twice(spector):
    X, y = spector[0].to_numpy(), spector[1].to_numpy()
    weight = 1 + np.arange(len(y)) % 3
    weighted, repeated = sm.SoftmaxRegression(C=np.inf, tol=1e-9), fitted(X.repeat(weight, axis=0), y.repeat(weight))
    weighted.fit(X, y, sample_weight=weight)
    for kind in ("information", "robust"):
        errors = [model.summary(covariance=kind).standard_error for model in (weighted, repeated)]
        np.testing.assert_allclose(*errors, rtol=1e-6)
    effects = (
        marginal_effects(weighted, X, sample_weight=weight, covariance="robust"),
        marginal_effects(repeated, X.repeat(weight, axis=0), covariance="robust"),
    )
    np.testing.assert_allclose(effects[0].standard_error, effects[1].standard_error, rtol=1e-6)


def test_sparse_rows_have_the_same_robust_errors(anes):
    from scipy import sparse

    X, y = anes
    dense, thin = fitted(X.to_numpy(), y), fitted(sparse.csr_matrix(X.to_numpy()), y)
    np.testing.assert_allclose(
        dense.summary(covariance="robust").standard_error,
        thin.summary(covariance="robust").standard_error,
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        marginal_effects(dense, X.to_numpy()).standard_error,
        marginal_effects(thin, sparse.csr_matrix(X.to_numpy())).standard_error,
        rtol=1e-6,
    )


def test_robust_errors_hold_where_rows_come_in_pairs_of_the_same(rng):
    """The spread of a coefficient over many samples of a wrong model is the robust error, and not the other."""
    found = []
    for _ in range(300):
        x = rng.normal(size=(300, 1))
        risk = 0.5 + 0.35 * np.sign(x[:, 0]) * (np.abs(x[:, 0]) < 0.7)  # no line of log-odds
        model = sm.SoftmaxRegression(C=np.inf).fit(x, rng.random(300) < risk)
        found.append([model.coef_[0, 0], *(model.summary(covariance=k).standard_error[0, 0] for k in KINDS)])
    spread, (_, usual, robust) = np.std([row[0] for row in found]), np.mean(found, axis=0)
    assert abs(robust / spread - 1.0) < 0.12
    assert abs(usual / spread - 1.0) > abs(robust / spread - 1.0)


KINDS = ("information", "robust")


def test_an_unknown_covariance_is_refused(spector):
    with pytest.raises(ArgumentError, match="covariance: expected one of 'information', 'robust'"):
        fitted(*spector).summary(covariance="sandwich")


def test_intervals_of_probabilities_may_be_robust(spector):
    model = fitted(*spector)
    ends = [model.predict_interval(spector[0], covariance=kind).low for kind in KINDS]
    assert not np.allclose(*ends, rtol=0.01)


def test_marginal_effects_are_statsmodels_of_several_classes(anes):
    import statsmodels.api as statsmodels

    X, y = anes
    theirs = statsmodels.MNLogit(y, statsmodels.add_constant(X)).fit(disp=0, tol=1e-12).get_margeff()
    ours = marginal_effects(fitted(X, y), X)
    np.testing.assert_allclose(ours.effect, theirs.margeff.T, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(ours.standard_error, theirs.margeff_se.T, rtol=1e-4)
    np.testing.assert_allclose(ours.effect.sum(axis=0), 0.0, atol=1e-12)


def test_marginal_effects_are_the_published_ones(spector):
    """Greene, *Econometric Analysis*, Spector and Mazzeo's data: statsmodels' and Stata's figures of the logit model."""
    ours = marginal_effects(fitted(*spector, output="softmax"), spector[0])
    np.testing.assert_allclose(ours.effect[1], [0.3626, 0.0122, 0.3052], atol=5e-5)
    np.testing.assert_allclose(ours.standard_error[1], [0.109, 0.018, 0.092], atol=5e-4)
    assert "probability of 1" in str(ours)
    frame = ours.to_frame()
    assert frame.loc[(1, "GPA"), "effect"] == ours.effect[1, 0]
    assert frame.loc[(0, "PSI"), "high"] == ours.high[0, 2]


def test_an_effect_is_the_slope_of_the_mean_probability(anes):
    X, y = anes
    model = fitted(X, y)
    step = 1e-4
    moved = X.assign(educ=X["educ"] + step), X.assign(educ=X["educ"] - step)
    slope = np.subtract(*(model.predict_proba(each).mean(axis=0) for each in moved)) / (2 * step)
    np.testing.assert_allclose(marginal_effects(model, X).effect[:, 3], slope, rtol=1e-5, atol=1e-9)


def test_a_feature_may_be_called_intercept(spector):
    X, y = spector
    called = X.rename(columns={"PSI": "intercept"})
    one, other = (fitted(each, y, fit_intercept=False) for each in (X, called))
    effects = marginal_effects(one, X).effect, marginal_effects(other, called).effect
    np.testing.assert_array_equal(*effects)
    np.testing.assert_array_equal(one.predict_interval(X).low, other.predict_interval(called).low)


def test_penalised_fits_have_no_marginal_effects(spector):
    with pytest.raises(ArgumentError, match="expected a fit with C=inf"):
        marginal_effects(sm.SoftmaxRegression().fit(*spector), spector[0])
