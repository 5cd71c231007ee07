"""Fits of statsmodels come in by their linear predictors."""

import numpy as np
import pandas as pd
import pytest

import softargmax as sm
from softargmax.exceptions import UnsupportedError

api = pytest.importorskip("statsmodels.api")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))
NEW = RNG.normal(size=(20, 3)) * 60  # margins beyond 40
BINARY = RNG.binomial(1, sm.sigmoid(X[:, 0] + 0.3))
NAMES = np.array(["rent", "buy", "none"])[sm.argmax(X + RNG.gumbel(size=X.shape))]


def test_a_logit_s_linear_predictor_is_two_classes():
    fit = api.Logit(BINARY, X).fit(disp=0)
    z = sm.logits_of(fit, NEW)
    np.testing.assert_array_equal(z, np.stack([np.zeros(20), fit.predict(NEW, which="linear")], axis=1))
    assert np.abs(z).max() > 40
    np.testing.assert_allclose(sm.softmax(z)[:, 1], fit.predict(NEW), rtol=1e-12)
    assert sm.logits_of(fit).shape == (300, 2)
    binomial = api.GLM(BINARY, X, family=api.families.Binomial()).fit()
    np.testing.assert_allclose(sm.logits_of(binomial, NEW), z, rtol=1e-6)


@pytest.mark.parametrize("y", [NAMES, np.searchsorted(["buy", "none", "rent"], NAMES)], ids=["names", "codes"])
def test_a_multinomial_fit_has_a_column_of_zeros_for_its_base_category(y):
    target = pd.Series(y) if y.dtype.kind == "U" else y
    fit = api.MNLogit(target, pd.DataFrame(X) if y.dtype.kind == "U" else X).fit(disp=0)
    z = sm.logits_of(fit, NEW)
    assert z.shape == (20, 3)
    assert not z[:, 0].any()
    np.testing.assert_array_equal(z[:, 1:], NEW @ np.asarray(fit.params))
    assert np.abs(z).max() > 40
    np.testing.assert_allclose(sm.softmax(z), np.asarray(fit.predict(NEW)), rtol=1e-9, atol=1e-300)
    model = sm.CalibratedModel(fit, sm.TemperatureScaling(), cv="prefit").fit(X, y)
    assert sorted(model.classes_.tolist()) == sorted(set(y.tolist()))


def test_models_of_other_links_are_refused_by_name():
    with pytest.raises(UnsupportedError, match="of the model Probit, whose linear predictor is no logit"):
        sm.logits_of(api.Probit(BINARY, X).fit(disp=0), X)
    poisson = api.GLM(BINARY, X, family=api.families.Poisson()).fit()
    with pytest.raises(UnsupportedError, match="of the family Poisson with the link Log"):
        sm.logits_of(poisson, X)
    with pytest.raises(UnsupportedError, match="a Logit of statsmodels that is no result of a fit; give what its fit"):
        sm.logits_of(api.Logit(BINARY, X), X)
