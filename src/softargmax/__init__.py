"""Everything between a classifier's logits and a decision you can trust.

>>> import softargmax as sm
>>> sm.softmax([1, 3, 2])
array([0.09003057, 0.66524096, 0.24472847])

Public names are imported when they are first used: ``import softargmax`` loads nothing beyond NumPy and one
extension module.
"""

from typing import TYPE_CHECKING

from softargmax import _settings  # noqa: F401
from softargmax._lazy import attach

if TYPE_CHECKING:
    from softargmax import exceptions as exceptions
    from softargmax import metrics as metrics
    from softargmax._settings import cpu_features as cpu_features
    from softargmax._settings import get_num_threads as get_num_threads
    from softargmax._settings import set_num_threads as set_num_threads
    from softargmax.calibration import AutoCalibration as AutoCalibration
    from softargmax.calibration import BetaCalibration as BetaCalibration
    from softargmax.calibration import CalibratedModel as CalibratedModel
    from softargmax.calibration import Calibration as Calibration
    from softargmax.calibration import DirichletCalibration as DirichletCalibration
    from softargmax.calibration import EnsembleTemperatureScaling as EnsembleTemperatureScaling
    from softargmax.calibration import HistogramBinning as HistogramBinning
    from softargmax.calibration import IsotonicCalibration as IsotonicCalibration
    from softargmax.calibration import MatrixScaling as MatrixScaling
    from softargmax.calibration import MultilabelCalibration as MultilabelCalibration
    from softargmax.calibration import QuadraticCalibration as QuadraticCalibration
    from softargmax.calibration import StructuredMatrixScaling as StructuredMatrixScaling
    from softargmax.calibration import TemperatureScaling as TemperatureScaling
    from softargmax.calibration import VectorScaling as VectorScaling
    from softargmax.calibration import VennAbers as VennAbers
    from softargmax.decisions import ConformalClassifier as ConformalClassifier
    from softargmax.decisions import SelectiveClassifier as SelectiveClassifier
    from softargmax.decisions import argmax as argmax
    from softargmax.decisions import auroc as auroc
    from softargmax.decisions import bayes_decision as bayes_decision
    from softargmax.decisions import expected_cost as expected_cost
    from softargmax.decisions import false_alarm_threshold as false_alarm_threshold
    from softargmax.decisions import fpr_at_tpr as fpr_at_tpr
    from softargmax.decisions import out_of_distribution_score as out_of_distribution_score
    from softargmax.decisions import sample as sample
    from softargmax.decisions import top_k as top_k
    from softargmax.labels import ClassLabels as ClassLabels
    from softargmax.metrics import assess as assess
    from softargmax.metrics import compare as compare
    from softargmax.models import SoftmaxMLP as SoftmaxMLP
    from softargmax.models import SoftmaxRegression as SoftmaxRegression
    from softargmax.models import SoftmaxRegressionCV as SoftmaxRegressionCV
    from softargmax.pipeline import TableClassifier as TableClassifier
    from softargmax.probabilities import LogSumExp as LogSumExp
    from softargmax.probabilities import binary_cross_entropy as binary_cross_entropy
    from softargmax.probabilities import cross_entropy_and_gradient as cross_entropy_and_gradient
    from softargmax.probabilities import entmax15 as entmax15
    from softargmax.probabilities import entmax15_loss as entmax15_loss
    from softargmax.probabilities import entropy as entropy
    from softargmax.probabilities import hardmax as hardmax
    from softargmax.probabilities import kl_divergence as kl_divergence
    from softargmax.probabilities import log_sigmoid as log_sigmoid
    from softargmax.probabilities import log_softmax as log_softmax
    from softargmax.probabilities import log_softmax_backward as log_softmax_backward
    from softargmax.probabilities import logsumexp as logsumexp
    from softargmax.probabilities import sigmoid as sigmoid
    from softargmax.probabilities import softmax_backward as softmax_backward
    from softargmax.probabilities import softplus as softplus
    from softargmax.probabilities import sparsemax as sparsemax
    from softargmax.probabilities import sparsemax_loss as sparsemax_loss
    from softargmax.probabilities.cross_entropy import cross_entropy as cross_entropy
    from softargmax.probabilities.one_hot import one_hot as one_hot
    from softargmax.probabilities.softmax import softmax as softmax

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "exceptions": ["exceptions"],
        "_settings": ["cpu_features", "get_num_threads", "set_num_threads"],
        "decisions": [
            "ConformalClassifier",
            "SelectiveClassifier",
            "argmax",
            "auroc",
            "bayes_decision",
            "expected_cost",
            "false_alarm_threshold",
            "fpr_at_tpr",
            "out_of_distribution_score",
            "sample",
            "top_k",
        ],
        "probabilities": [
            "LogSumExp",
            "binary_cross_entropy",
            "cross_entropy",
            "cross_entropy_and_gradient",
            "entmax15",
            "entmax15_loss",
            "entropy",
            "hardmax",
            "kl_divergence",
            "log_sigmoid",
            "log_softmax",
            "log_softmax_backward",
            "logsumexp",
            "one_hot",
            "sigmoid",
            "softmax",
            "softmax_backward",
            "softplus",
            "sparsemax",
            "sparsemax_loss",
        ],
        "labels": ["ClassLabels"],
        "models": ["SoftmaxMLP", "SoftmaxRegression", "SoftmaxRegressionCV"],
        "calibration": [
            "AutoCalibration",
            "BetaCalibration",
            "CalibratedModel",
            "Calibration",
            "DirichletCalibration",
            "EnsembleTemperatureScaling",
            "HistogramBinning",
            "IsotonicCalibration",
            "MatrixScaling",
            "MultilabelCalibration",
            "QuadraticCalibration",
            "StructuredMatrixScaling",
            "TemperatureScaling",
            "VectorScaling",
            "VennAbers",
        ],
        "metrics": ["assess", "compare", "metrics"],
        "pipeline": ["TableClassifier"],
    },
)
