"""Every public name of this package and the submodule it lives in: read by type checkers, and when it is imported."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # as in the stub of the root, which says why
    from ._out_of_fold import out_of_fold as out_of_fold
    from .additive import AdditiveCalibration as AdditiveCalibration
    from .auto import AutoCalibration as AutoCalibration
    from .by_group import GroupedCalibration as GroupedCalibration
    from .calibrated_model import CalibratedModel as CalibratedModel
    from .calibration import Calibration as Calibration
    from .ensemble import EnsembleTemperatureScaling as EnsembleTemperatureScaling
    from .nonparametric import HistogramBinning as HistogramBinning
    from .nonparametric import IsotonicCalibration as IsotonicCalibration
    from .parametric import BetaCalibration as BetaCalibration
    from .parametric import PlattScaling as PlattScaling
    from .parametric import QuadraticCalibration as QuadraticCalibration
    from .scaling import MatrixScaling as MatrixScaling
    from .scaling import VectorScaling as VectorScaling
    from .structured import DirichletCalibration as DirichletCalibration
    from .structured import StructuredMatrixScaling as StructuredMatrixScaling
    from .temperature import TemperatureScaling as TemperatureScaling
    from .venn_abers import VennAbers as VennAbers
    from .wrapped import MultilabelCalibration as MultilabelCalibration
    from .wrapped import ProbabilityCalibration as ProbabilityCalibration
