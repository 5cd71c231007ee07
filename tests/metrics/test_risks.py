"""The probability of class 1 of two: its order, its spread, and what acting on it gains."""

import numpy as np
import pytest

import softargmax as sm


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    z = rng.normal(size=3000) * 2 - 1.5
    return (rng.random(3000) < sm.sigmoid(0.7 * z + 0.3)).astype(int), np.round(z, 2)  # with ties


def test_slope_and_intercept_are_those_of_a_logistic_regression(rows):
    glm = pytest.importorskip("statsmodels.api")
    y, z = rows
    found = sm.assess(y, logits=z).risks
    binomial = glm.families.Binomial()
    slope = glm.GLM(y, np.stack([z, np.ones_like(z)], axis=1), family=binomial).fit(cov_type="HC0")
    intercept = glm.GLM(y, np.ones((len(z), 1)), offset=z, family=binomial).fit(cov_type="HC0")
    for mine, theirs, numbers in ((found.slope, slope, 2), (found.intercept, intercept, 1)):
        assert mine.value == pytest.approx(theirs.params[0], rel=1e-6)
        half = 1.959963984540054 * theirs.bse[0] * np.sqrt(3000 / (3000 - numbers))
        assert (mine.low, mine.high) == pytest.approx((mine.value - half, mine.value + half), rel=1e-6)


def test_auc_compares_all_pairs(rows):
    y, z = rows
    one, other = z[y == 1][:, np.newaxis], z[y == 0]
    auc = sm.assess(y, logits=z).risks.auc
    assert auc.value == pytest.approx(np.mean((one > other) + 0.5 * (one == other)), rel=1e-12)


def test_net_benefit_counts_right_alarms_less_the_others_by_their_odds(rows):
    y, z = rows
    p = sm.sigmoid(z)
    found = sm.assess(y, logits=z).risks
    for i in (0, 24, 49, 98):
        at = found.threshold[i]
        alarm = p >= at
        expected = np.mean(alarm & (y == 1)) - np.mean(alarm & (y == 0)) * at / (1 - at)
        assert found.net_benefit[i] == pytest.approx(expected, abs=1e-12)
        assert found.benefit_of_all[i] == pytest.approx(y.mean() - (1 - y.mean()) * at / (1 - at), rel=1e-12)


@pytest.mark.parametrize(
    ("y", "z"), [([1, 1, 1], [1.0, 2.0, 0.5]), ([0, 1], [-1.0, 1.0]), ([0, 1, 0], [0.5, 0.5, 0.5])]
)
def test_what_has_no_optimum_is_none(y, z):
    found = sm.assess(y, logits=z).risks
    assert found.slope is None
    assert (found.auc is None) == (len(set(y)) == 1)


def test_a_weight_is_a_row_that_is_there_so_often(rows):
    y, z = (column[:300] for column in rows)
    weight = np.arange(300) % 3
    weighted, repeated = (
        sm.assess(y, logits=z, sample_weight=weight),
        sm.assess(y.repeat(weight), logits=z.repeat(weight)),
    )
    for name in ("auc", "slope", "intercept"):
        assert getattr(weighted.risks, name).value == pytest.approx(getattr(repeated.risks, name).value, rel=1e-9)
    assert weighted.risks.net_benefit == pytest.approx(repeated.risks.net_benefit, rel=1e-9)
