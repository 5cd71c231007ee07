"""The usual figures of two classes, beside other computations of them on three real tables, and their promises."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError, TargetError

Z = 1.959963984540054


@pytest.fixture(scope="module", params=["breast cancer", "digits", "affairs"])
def real(request):
    """Risks of rows left out, by a regression on a few columns; the last of weights 1 to 3."""
    datasets = pytest.importorskip("sklearn.datasets")
    linear, chosen = pytest.importorskip("sklearn.linear_model"), pytest.importorskip("sklearn.model_selection")
    if request.param == "breast cancer":
        X, y = datasets.load_breast_cancer(return_X_y=True)
        X = X[:, [1, 4, 9]]
    elif request.param == "digits":
        X, y = datasets.load_digits(return_X_y=True)
        X, y = X[:, 20:24], (y == 8).astype(int)
    else:
        table = pytest.importorskip("statsmodels.api").datasets.fair.load().data
        X, y = table[["rate_marriage", "age", "yrs_married"]].to_numpy(), (table["affairs"] > 0).to_numpy().astype(int)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    p = chosen.cross_val_predict(linear.LogisticRegression(), X, y, cv=5, method="predict_proba")[:, 1]
    return y, 1 / (1 + np.exp(-1.3 * np.log(p / (1 - p)) - 0.2))  # too sure and too high


def test_the_area_is_scikit_learns(real):
    y, p = real
    scores = pytest.importorskip("sklearn.metrics")
    assert metrics.auc(y, probabilities=p).value == pytest.approx(scores.roc_auc_score(y, p), rel=1e-12)


def test_slope_and_intercept_are_those_of_statsmodels(real):
    y, p = real
    models = pytest.importorskip("statsmodels.api")
    z, binomial = np.log(p / (1 - p)), models.families.Binomial()
    slope = models.GLM(y, models.add_constant(z), family=binomial).fit(cov_type="HC0")
    intercept = models.GLM(y, np.ones(len(z)), offset=z, family=binomial).fit(cov_type="HC0")
    for mine, theirs, numbers in (
        (metrics.calibration_slope(y, probabilities=p), slope, 2),
        (metrics.calibration_intercept(y, probabilities=p), intercept, 1),
    ):
        assert mine.value == pytest.approx(theirs.params[-1], rel=1e-6)
        half = Z * theirs.bse[-1] * np.sqrt(len(y) / (len(y) - numbers))
        assert mine.high - mine.value == pytest.approx(half, rel=1e-5)


def test_observed_over_expected_has_the_spread_of_a_ratio_of_means(real):
    y, p = real
    found = metrics.observed_expected_ratio(y, probabilities=p)
    ratio = y.mean() / p.mean()
    spread = np.std(y - ratio * p, ddof=1) / np.sqrt(len(y)) / y.mean()
    assert found.value == pytest.approx(ratio, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((ratio * np.exp(-Z * spread), ratio * np.exp(Z * spread)), rel=1e-9)


def test_net_benefit_is_counted_row_by_row(real):
    y, p = real
    curve = metrics.decision_curve(y, probabilities=p)
    for i in range(0, 99, 7):
        t = curve.threshold[i]
        odds, acts = t / (1 - t), p >= t
        assert curve.net_benefit[i] == pytest.approx(np.mean(acts * (y - odds * (1 - y))), abs=1e-12)
        assert curve.benefit_of_all[i] == pytest.approx(np.mean(y - odds * (1 - y)), abs=1e-12)
        assert curve.gain_over_all[i] == pytest.approx(
            curve.net_benefit[i] - curve.benefit_of_all[i], rel=1e-9, abs=1e-12
        )
        assert curve.low[i] <= curve.net_benefit[i] <= curve.high[i]
        alone = metrics.net_benefit(y, probabilities=p, threshold=t)
        assert (alone.value, alone.low, alone.high) == (curve.net_benefit[i], curve.low[i], curve.high[i])
        if acts.sum() > 300:  # then it is that of a mean
            half = Z * np.std(acts * (y - odds * (1 - y)), ddof=1) / np.sqrt(len(y))
            assert curve.high[i] - curve.low[i] == pytest.approx(2 * half, rel=0.02)


def test_assess_measures_the_same(real):
    y, p = real
    found = sm.assess(y, probabilities=p).risks
    assert found.slope == metrics.calibration_slope(y, probabilities=p)
    assert found.intercept == metrics.calibration_intercept(y, probabilities=p)
    assert found.observed_expected == metrics.observed_expected_ratio(y, probabilities=p)
    curve = metrics.decision_curve(y, probabilities=p)
    assert found.net_benefit_low == tuple(curve.low.tolist())


def test_intervals_hold_the_truth_as_often_as_promised():
    bench = pytest.importorskip("benchmarks.bench_two_classes")
    runs = 500
    for setting, n in (("calibrated, half events", 50), ("too sure, one in five", 200)):
        for name, (held, _) in bench.measure(bench.SETTINGS[setting], n, runs).items():
            assert abs(held - 0.95) <= 3.0 * (0.95 * 0.05 / runs) ** 0.5, (setting, name)


def test_rows_of_weight_2_are_there_twice():
    rng = np.random.default_rng(1)
    p, weight = rng.random(200), np.arange(200) % 3
    y = (rng.random(200) < p).astype(int)
    for name in ("calibration_slope", "calibration_intercept", "observed_expected_ratio"):
        one, other = (
            getattr(metrics, name)(y, probabilities=p, sample_weight=weight),
            getattr(metrics, name)(y.repeat(weight), probabilities=p.repeat(weight)),
        )
        assert one.value == pytest.approx(other.value, rel=1e-9)
    curve = metrics.decision_curve(y, probabilities=p, sample_weight=weight)
    repeated = metrics.decision_curve(y.repeat(weight), probabilities=p.repeat(weight))
    assert curve.net_benefit == pytest.approx(repeated.net_benefit, abs=1e-12)


def test_what_is_not_there_is_refused():
    with pytest.raises(TargetError, match="there is no slope"):
        metrics.calibration_slope([0, 0, 1, 1], probabilities=[0.1, 0.2, 0.8, 0.9])
    with pytest.raises(TargetError, match="there is no ratio"):
        metrics.observed_expected_ratio([0, 0], probabilities=[0.1, 0.2])
    with pytest.raises(ArgumentError, match="above 0 and below 1"):
        metrics.decision_curve([0, 1], probabilities=[0.1, 0.2], thresholds=[0.0, 0.5])
    with pytest.raises(ArgumentError, match="two classes, got 3"):
        metrics.net_benefit([0, 1, 2], logits=np.eye(3), threshold=0.5)
