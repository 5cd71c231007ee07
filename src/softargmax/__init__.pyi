"""Every public name and the submodule it lives in: read by type checkers, and by `_lazy` when the package is imported.

One name to a line, ``from .submodule import name as name``. At most 70: tests/test_scope.py says what a new one needs.
A function that has its submodule's name is imported from there: mypy might take the package's name for the module.
"""

from typing import TYPE_CHECKING

# A stub is for type checkers alone; but mypy follows what stands under this line last, so that a file which imports the
# package does not come before what the package imports.
if TYPE_CHECKING:
    from . import calibration as calibration
    from . import decisions as decisions
    from . import exceptions as exceptions
    from . import metrics as metrics
    from . import models as models
    from . import pipeline as pipeline
    from ._headers import get_include as get_include
    from ._settings import cpu_features as cpu_features
    from ._settings import get_num_threads as get_num_threads
    from ._settings import set_num_threads as set_num_threads
    from ._versions import show_versions as show_versions
    from .calibration import AutoCalibration as AutoCalibration
    from .calibration import BetaCalibration as BetaCalibration
    from .calibration import CalibratedModel as CalibratedModel
    from .calibration import Calibration as Calibration
    from .calibration import DirichletCalibration as DirichletCalibration
    from .calibration import EnsembleTemperatureScaling as EnsembleTemperatureScaling
    from .calibration import HistogramBinning as HistogramBinning
    from .calibration import IsotonicCalibration as IsotonicCalibration
    from .calibration import MatrixScaling as MatrixScaling
    from .calibration import MultilabelCalibration as MultilabelCalibration
    from .calibration import ProbabilityCalibration as ProbabilityCalibration
    from .calibration import QuadraticCalibration as QuadraticCalibration
    from .calibration import StructuredMatrixScaling as StructuredMatrixScaling
    from .calibration import TemperatureScaling as TemperatureScaling
    from .calibration import VectorScaling as VectorScaling
    from .calibration import VennAbers as VennAbers
    from .decisions import ConformalClassifier as ConformalClassifier
    from .decisions import SelectiveClassifier as SelectiveClassifier
    from .decisions import argmax as argmax
    from .decisions import bayes_decision as bayes_decision
    from .decisions import expected_cost as expected_cost
    from .decisions import false_alarm_threshold as false_alarm_threshold
    from .decisions import out_of_distribution_score as out_of_distribution_score
    from .decisions import sample as sample
    from .decisions import top_k as top_k
    from .kinds import load as load
    from .labels import ClassLabels as ClassLabels
    from .metrics import assess as assess
    from .metrics import compare as compare
    from .models import SoftmaxMLP as SoftmaxMLP
    from .models import SoftmaxRegression as SoftmaxRegression
    from .models import SoftmaxRegressionCV as SoftmaxRegressionCV
    from .pipeline import TableClassifier as TableClassifier
    from .pipeline import TableModel as TableModel
    from .probabilities import LogSumExp as LogSumExp
    from .probabilities import binary_cross_entropy as binary_cross_entropy
    from .probabilities import cross_entropy_and_gradient as cross_entropy_and_gradient
    from .probabilities import entmax15 as entmax15
    from .probabilities import entmax15_loss as entmax15_loss
    from .probabilities import entropy as entropy
    from .probabilities import hardmax as hardmax
    from .probabilities import kl_divergence as kl_divergence
    from .probabilities import log_sigmoid as log_sigmoid
    from .probabilities import log_softmax as log_softmax
    from .probabilities import log_softmax_backward as log_softmax_backward
    from .probabilities import logsumexp as logsumexp
    from .probabilities import sigmoid as sigmoid
    from .probabilities import softmax_backward as softmax_backward
    from .probabilities import softplus as softplus
    from .probabilities import sparsemax as sparsemax
    from .probabilities import sparsemax_loss as sparsemax_loss
    from .probabilities.cross_entropy import cross_entropy as cross_entropy
    from .probabilities.one_hot import one_hot as one_hot
    from .probabilities.softmax import softmax as softmax
    from .responses import logits_of as logits_of

__version__: str
