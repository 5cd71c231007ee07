"""How good were they: every metric is a value with an interval, every test has a p-value.

Conventions: ``targets`` are codes 0 ... n_classes-1; what is judged is passed by name, ``logits=`` or
``probabilities=``, and never guessed. An interval is for the value on the population the rows were drawn from; the
``method`` of an `Estimate` says how it was made. Nothing depends on the order of rows of equal top probability
(the largest of a row, which papers call confidence; here that word is the promise of an interval), and a weight of 2
gives the value, the interval and the p-value of a row that is there twice. Weights that say how much a row matters, and
not how often it was seen, are of no such rows: scaled to the number of rows that they are worth, (sum w)^2 / sum w^2,
they give its interval.
"""

from typing import TYPE_CHECKING

from softargmax._estimate import CalibrationTest, Estimate, Interval
from softargmax._renamed import gone_names
from softargmax.metrics.assessment import Assessment, assess
from softargmax.metrics.calibration_error import (
    debiased_calibration_error,
    expected_calibration_error,
    maximum_calibration_error,
    overconfidence,
    underconfidence,
)
from softargmax.metrics.calibration_tests import (
    kernel_calibration_test,
    kolmogorov_smirnov,
    kuiper,
    spiegelhalter,
)
from softargmax.metrics.classwise import classwise_calibration_error, top_label_calibration_error
from softargmax.metrics.comparison import Comparison, compare
from softargmax.metrics.decomposition import Decomposition, decompose
from softargmax.metrics.detection import detection_auroc, detection_fpr
from softargmax.metrics.findings import (
    AnsweredRows,
    AnswerThreshold,
    Baseline,
    ClassScore,
    Confusion,
    GroupDifference,
    GroupScore,
    Mistake,
    Reliability,
    RiskScores,
    SetScore,
    ToldShare,
    WrongRow,
)
from softargmax.metrics.grouped import GroupValue, by_group
from softargmax.metrics.net_benefit import DecisionCurve, decision_curve, net_benefit
from softargmax.metrics.ranking import auc
from softargmax.metrics.reliability import ReliabilityCurve, reliability_curve, smooth_reliability_curve
from softargmax.metrics.risk_and_coverage import RiskCoverage, augrc, aurc, coverage_at_risk, risk_coverage
from softargmax.metrics.scoring import accuracy, brier_score, log_loss, top_k_accuracy
from softargmax.metrics.skill import d2_log_loss_score
from softargmax.metrics.smooth import smooth_calibration_error
from softargmax.metrics.summary import Summary
from softargmax.metrics.sweep import sweep_calibration_error
from softargmax.metrics.thresholds import ThresholdCurve, threshold_curve
from softargmax.metrics.usual_scores import Scores, scores
from softargmax.metrics.weak_calibration import (
    calibration_intercept,
    calibration_slope,
    observed_expected_ratio,
)

__all__ = [
    "AnswerThreshold",
    "AnsweredRows",
    "Assessment",
    "Baseline",
    "CalibrationTest",
    "ClassScore",
    "Comparison",
    "Confusion",
    "DecisionCurve",
    "Decomposition",
    "Estimate",
    "GroupDifference",
    "GroupScore",
    "GroupValue",
    "Interval",
    "Mistake",
    "Reliability",
    "ReliabilityCurve",
    "RiskCoverage",
    "RiskScores",
    "Scores",
    "SetScore",
    "Summary",
    "ThresholdCurve",
    "ToldShare",
    "WrongRow",
    "accuracy",
    "assess",
    "auc",
    "augrc",
    "aurc",
    "brier_score",
    "by_group",
    "calibration_intercept",
    "calibration_slope",
    "classwise_calibration_error",
    "compare",
    "coverage_at_risk",
    "d2_log_loss_score",
    "debiased_calibration_error",
    "decision_curve",
    "decompose",
    "detection_auroc",
    "detection_fpr",
    "expected_calibration_error",
    "kernel_calibration_test",
    "kolmogorov_smirnov",
    "kuiper",
    "log_loss",
    "maximum_calibration_error",
    "net_benefit",
    "observed_expected_ratio",
    "overconfidence",
    "reliability_curve",
    "risk_coverage",
    "scores",
    "smooth_calibration_error",
    "smooth_reliability_curve",
    "spiegelhalter",
    "sweep_calibration_error",
    "threshold_curve",
    "top_k_accuracy",
    "top_label_calibration_error",
    "underconfidence",
]

if not TYPE_CHECKING:
    __getattr__ = gone_names(
        __name__,
        {
            "Bootstrap": "Interval(confidence, n_resamples, random_state)",
            "Test": "CalibrationTest",
            "score": "scores",
        },
    )
