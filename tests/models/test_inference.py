"""What a summary shows beside the published numbers that test_regression.py compares."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError
from softargmax.models.inference import likelihood_ratio_test


@pytest.fixture
def rows(rng):
    """Assets in euros, an age, a city, and what they decide."""
    age, city = rng.normal(size=400), rng.integers(3, size=400)
    assets = rng.normal(size=400) * 1e6 + 3e6
    logits = np.stack([0 * age, age, 2e-6 * (assets - 3e6)], axis=1)
    dummies = {f"city={name}": (city == code) * 1.0 for code, name in enumerate("abc")}
    return pd.DataFrame({"assets": assets, "age": age, **dummies}), np.array(["x", "y", "z"])[
        sm.argmax(logits + rng.gumbel(size=logits.shape))
    ]


def fitted(X, y, **options):
    return sm.SoftmaxRegression(C=np.inf, **options).fit(X, y).summary()


def test_small_coefficients_keep_their_digits_in_print(rows):
    X, y = rows
    summary = fitted(X[["assets", "age"]], y)
    line = next(line for line in str(summary).splitlines()[8:] if line.startswith("assets"))
    numbers = re.findall(r"-?\d[\d.]*(?:e[+-]\d+)?", line)
    assert 0 < abs(summary.coef[0, 0]) < 1e-5
    for shown, exact in zip(numbers, (summary.coef[1, 0], summary.standard_error[1, 0]), strict=False):
        assert float(shown) == pytest.approx(exact, rel=1e-4)
    assert "<0.0001" in line
    assert " 0.0000" not in str(summary)


def test_columns_of_huge_numbers_stay_apart(rows):
    _, y = rows
    with pytest.warns(sm.exceptions.SeparationWarning):
        summary = fitted((y == "x").astype(float)[:, np.newaxis], y == "x")
    line = next(line for line in str(summary).splitlines() if line.startswith("x0"))
    assert len(line.split()) == 8  # name, coefficient, error, z, p, and the ends with dots between them


def test_the_covariance_is_that_of_all_coefficients(rows):
    X, y = rows
    summary = fitted(X[["assets", "age"]], y)
    errors = np.sqrt(np.diag(summary.covariance)).reshape(summary.coef.shape)
    np.testing.assert_allclose(errors, summary.standard_error, rtol=1e-12)
    import statsmodels.api as statsmodels

    scaled = X[["age"]].to_numpy()
    theirs = statsmodels.MNLogit(pd.Categorical(y).codes, np.column_stack([scaled, np.ones(400)])).fit(
        disp=0, tol=1e-12
    )
    np.testing.assert_allclose(fitted(scaled, y, tol=1e-9).covariance, theirs.cov_params(), rtol=1e-5, atol=1e-10)


def test_the_old_word_for_the_confidence_is_named(rows):
    X, y = rows
    with pytest.raises(AttributeError, match="level is now confidence"):
        fitted(X[["age"]], y).level  # noqa: B018


def test_odds_ratios_are_exponentials(rows):
    X, y = rows
    summary = fitted(X[["age"]], y)
    ratios = summary.odds_ratios
    np.testing.assert_allclose(np.log(ratios.ratio), summary.coef, rtol=1e-12)
    np.testing.assert_allclose(np.log(ratios.low), summary.low, rtol=1e-12)
    np.testing.assert_allclose(np.log(ratios.high), summary.high, rtol=1e-12)


def test_a_frame_has_a_row_for_each_coefficient(rows):
    X, y = rows
    summary = fitted(X[["assets", "age"]], y)
    frame = summary.to_frame()
    assert frame.index.names == ["class", "coefficient"]
    assert frame.loc[("z", "age"), "coef"] == summary.coef[1, 1]
    assert frame.loc[("y", "intercept"), "p_value"] == summary.p_value[0, 2]
    assert frame.loc[("z", "age"), "odds_ratio"] == np.exp(summary.coef[1, 1])


def test_likelihood_ratios_are_those_of_statsmodels():
    import statsmodels.api as statsmodels

    data = statsmodels.datasets.anes96.load_pandas()
    X, y = data.exog, data.endog.astype(int)
    large, small = (fitted(X[names], y, tol=1e-9) for names in (list(X), list(X)[:-2]))
    theirs = statsmodels.MNLogit(data.endog, statsmodels.add_constant(X)).fit(disp=0, tol=1e-12)
    statistic, degrees, p_value = large.likelihood_ratio
    assert statistic == pytest.approx(theirs.llr, rel=1e-8)
    assert degrees == theirs.df_model == 30
    assert p_value == pytest.approx(theirs.llr_pvalue, rel=1e-6)
    within = statsmodels.MNLogit(data.endog, statsmodels.add_constant(X[list(X)[:-2]])).fit(disp=0, tol=1e-12)
    test = likelihood_ratio_test(small, large)
    assert test.statistic == pytest.approx(2 * (theirs.llf - within.llf), rel=1e-7)
    assert test.degrees_of_freedom == 12
    from scipy import stats

    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic, 12), rel=1e-12)


def test_a_fit_without_intercept_has_no_null_model_within(rows):
    X, y = rows
    assert np.isnan(fitted(X[["age"]], y, fit_intercept=False).likelihood_ratio.p_value)


def test_what_explains_nothing_more_is_no_surprise(rows):
    X, y = rows
    small, large = fitted(X[["age"]], y), fitted(X[["age", "assets"]], y)
    for more, p_value in ((0.01, np.exp(-0.01)), (0.0, 1.0), (-1e-9, 1.0)):  # with two degrees of freedom
        better = dataclasses.replace(large, log_likelihood=small.log_likelihood + more)
        assert likelihood_ratio_test(small, better).p_value == pytest.approx(p_value, rel=1e-9)


def test_fits_to_rows_of_other_classes_are_not_nested(rows):
    X, y = rows
    small, large = fitted(X[["age"]], y), fitted(X[["age", "assets"]], y)
    for more in (0.05, 5.0):
        other = dataclasses.replace(small, null_log_likelihood=small.null_log_likelihood + more)
        with pytest.raises(ArgumentError, match="the same rows and classes"):
            likelihood_ratio_test(other, large)


def test_what_is_not_nested_is_refused(rows):
    X, y = rows
    age, both = fitted(X[["age"]], y), fitted(X[["assets", "age"]], y)
    with pytest.raises(ArgumentError, match="expected more coefficients in the second, got 6 and 4"):
        likelihood_ratio_test(both, age)
    with pytest.raises(ArgumentError, match="the same rows and classes"):
        likelihood_ratio_test(fitted(X[["age"]][1:], y[1:]), both)
    with pytest.raises(ArgumentError, match="within another"):
        likelihood_ratio_test(fitted(X[["assets"]], y), fitted(X[["age", "city=a"]], y))


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({}, r"'city=a', 'city=b', 'city=c', 'intercept' depend on each other.* drop one level"),
        ({"twice": "age"}, r"'age', 'twice' depend on each other"),
        ({"constant": None}, r"'constant', 'intercept' depend"),
    ],
)
def test_columns_that_depend_on_each_other_are_named(rows, more, named):
    X, y = rows
    names = ["assets", "age"] if more else list(X)
    added = {name: 2 * X[of] if of else np.full(400, 3.0) for name, of in more.items()}
    with pytest.raises(ArgumentError, match=named):
        fitted(X[names].assign(**added), y)


def test_all_levels_without_an_intercept_are_no_combination(rows):
    X, y = rows
    assert fitted(X.drop(columns="assets"), y, fit_intercept=False).n_parameters == 8
