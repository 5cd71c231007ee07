"""Whatever takes the rows of a data set takes one sigmoid per row, of shape (n,) or (n, 1), as the columns (0, z).

A new public name of these stages fails here until it stands in one of the tables.
"""

import numpy as np
import pytest

import softargmax as sm
from softargmax import calibration, decisions, metrics

COSTS = [[0.0, 1.0, 0.2], [5.0, 0.0, 0.2]]
FEW = metrics.Interval(n_resamples=50)


def fitted(name):
    """Fit a calibration to the rows, and give what it says of them."""

    def call(z, y):
        made = getattr(calibration, name)().fit(z, y)
        interval = made.predict_interval(z) if hasattr(made, "predict_interval") else None  # Venn-Abers has one
        return made.predict_proba(z), made.transform(z).shape == z.shape, interval

    return call


def of_probabilities(z, y):
    p = sm.sigmoid(z[:, 1]) if z.shape[1:] == (2,) else sm.sigmoid(z)
    p = np.stack([1.0 - p, p], axis=1) if z.shape[1:] == (2,) else p
    wrapped = sm.ProbabilityCalibration(sm.TemperatureScaling())
    return np.round(
        wrapped.fit(p, y).predict_proba(p), 9
    )  # log-odds of p, or the difference of two logarithms: last bits differ


def measured(name, **options):
    """Measure the rows."""
    return lambda z, y: getattr(metrics, name)(y, logits=z, **options)


def left_out(z, y):
    rows = calibration.out_of_fold(sm.TemperatureScaling(), z, y, np.arange(len(y)) % 4)
    return rows.reshape(len(y), -1)[:, -1] - (rows[:, 0] if rows.ndim == 2 and rows.shape[1] == 2 else 0.0)


def sets(z, y):
    it = sm.ConformalClassifier("aps", confidence=0.8).fit(z, y)
    quality = it.evaluate(z, y)
    it.update(z, y)
    return it.predict_set(z), it.p_values(z), it.predict(z), str(quality), it.thresholds_


def answers(z, y):
    it = sm.SelectiveClassifier(0.4).fit(z, y)
    return it.accepts(z), it.predict(z), str(it.evaluate(z, y))


TAKEN = {
    calibration: {
        **{
            name: fitted(name)
            for name in (
                "AdditiveCalibration",
                "AutoCalibration",
                "BetaCalibration",
                "DirichletCalibration",
                "EnsembleTemperatureScaling",
                "HistogramBinning",
                "IsotonicCalibration",
                "MatrixScaling",
                "PlattScaling",
                "QuadraticCalibration",
                "StructuredMatrixScaling",
                "TemperatureScaling",
                "VectorScaling",
                "VennAbers",
            )
        },
        "ProbabilityCalibration": of_probabilities,
        "out_of_fold": left_out,
    },
    decisions: {
        "ConformalClassifier": sets,
        "SelectiveClassifier": answers,
        "RiskControl": lambda z, y: decisions.RiskControl(risk=0.3).fit(z, y).predict_set(z),
        "bayes_decision": lambda z, y: sm.bayes_decision(COSTS, logits=z),
        "expected_cost": lambda z, y: sm.expected_cost(COSTS, logits=z),
        "out_of_distribution_score": lambda z, y: sm.out_of_distribution_score(z),
        "ThresholdClassifier": lambda z, y: decisions.ThresholdClassifier(sensitivity=0.8).fit(z, y).predict(z),
        "PriorShift": lambda z, y: decisions.PriorShift([0.5, 0.5]).fit(z, labelled=(z, y)).predict_proba(z),
    },
    metrics: {
        **{
            name: measured(name, interval=FEW)
            for name in (
                "accuracy",
                "assess",
                "auc",
                "augrc",
                "aurc",
                "brier_score",
                "calibration_intercept",
                "calibration_slope",
                "decision_curve",
                "observed_expected_ratio",
                "classwise_calibration_error",
                "d2_log_loss_score",
                "debiased_calibration_error",
                "expected_calibration_error",
                "log_loss",
                "maximum_calibration_error",
                "overconfidence",
                "reliability_curve",
                "scores",
                "smooth_calibration_error",
                "smooth_reliability_curve",
                "sweep_calibration_error",
                "top_k_accuracy",
                "top_label_calibration_error",
                "underconfidence",
            )
        },
        **{
            name: measured(name)
            for name in (
                "decompose",
                "kernel_calibration_test",
                "kolmogorov_smirnov",
                "kuiper",
                "risk_coverage",
                "spiegelhalter",
                "threshold_curve",
            )
        },
        "by_group": lambda z, y: metrics.by_group(metrics.accuracy, y, logits=z, groups=np.arange(len(y)) % 2),
        "net_benefit": measured("net_benefit", threshold=0.3),
        "Summary": lambda z, y: metrics.Summary(2).update(y, logits=z).assess(),
        "compare": lambda z, y: metrics.compare(y, logits=(z, z / 2), interval=FEW),
        "coverage_at_risk": measured("coverage_at_risk", risk=0.3, interval=FEW),
    },
}
# Names that take no rows of logits, and what they are about instead.
OTHERS = {
    calibration: {
        "CalibratedModel": "features",
        "GroupedCalibration": "rows with their groups; its own tests have one sigmoid per row",
        "Calibration": "the interface of those above",
        "MultilabelCalibration": "a yes or no in each column",
    },
    decisions: {
        **dict.fromkeys(("argmax", "sample", "top_k"), "single rows: a vector is one row of n classes"),
        **dict.fromkeys(("bias_logits", "filter_logits", "penalize_logits"), "single rows, as above"),
        **dict.fromkeys(("SelectiveQuality", "SetQuality", "ThresholdQuality", "TopK"), "results"),
        **dict.fromkeys(("EnsembleUncertainty", "ensemble_uncertainty"), "rows of several members, classes last"),
        "false_alarm_threshold": "scores",
    },
    metrics: {
        **dict.fromkeys(("Assessment", "Comparison", "Decomposition", "Estimate", "CalibrationTest"), "results"),
        **dict.fromkeys(("ReliabilityCurve", "RiskCoverage", "Scores", "ThresholdCurve"), "results"),
        **dict.fromkeys(("DecisionCurve", "GroupValue"), "results"),
        **dict.fromkeys(
            ("AnswerThreshold", "AnsweredRows", "ClassScore", "Confusion", "GroupDifference", "GroupScore"), "results"
        ),
        **dict.fromkeys(("Mistake", "Reliability", "RiskScores", "SetScore", "WrongRow"), "results"),
        **dict.fromkeys(("Baseline", "ToldShare"), "results"),
        **dict.fromkeys(("detection_auroc", "detection_fpr"), "scores"),
        "Interval": "an option",
    },
}


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(12)
    z = rng.normal(size=240) * 2
    return z, (rng.random(240) < sm.sigmoid(z / 1.5)).astype(int)


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        pytest.param(call, shape, id=f"{name}-{shape}")
        for table in TAKEN.values()
        for name, call in table.items()
        for shape in [(-1,), (-1, 1)]
    ],
)
def test_a_sigmoid_per_row_gives_what_the_columns_give(rows, call, shape):
    z, y = rows
    np.testing.assert_equal(call(z.reshape(shape), y), call(np.stack([0.0 * z, z], axis=1), y))


@pytest.mark.parametrize("stage", TAKEN, ids=lambda stage: stage.__name__)
def test_every_public_name_stands_in_a_table(stage):
    assert sorted([*TAKEN[stage], *OTHERS[stage]]) == sorted(stage.__all__)
