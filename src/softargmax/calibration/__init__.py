"""logits → logits that mean what they say.

==================  ==================================================================
`calibration`       the interface of all: fit, transform, predict_proba, save, load
`temperature`       one number
`structured`        one or two numbers per class, and a matrix between classes
`ensemble`          a mixture with plain and uniform probabilities
`parametric`        binary: three numbers (beta, quadratic)
`nonparametric`     binary: an increasing curve (isotonic), or bins
`venn_abers`        binary: a pair of increasing curves, and so an interval
`auto`              whichever does best on rows left out
`wrapped`           for probabilities, and for several labels per row
`calibrated_model`  for scikit-learn's classifiers
==================  ==================================================================

Importing this package is cheap. NumPy is enough, but to fit affine maps and isotonic curves, which takes SciPy;
applying them does not. `CalibratedModel` needs scikit-learn.
"""

from typing import TYPE_CHECKING

from softargmax._lazy import attach

if TYPE_CHECKING:
    from softargmax.calibration.auto import AutoCalibration as AutoCalibration
    from softargmax.calibration.calibrated_model import CalibratedModel as CalibratedModel
    from softargmax.calibration.calibration import Calibration as Calibration
    from softargmax.calibration.ensemble import EnsembleTemperatureScaling as EnsembleTemperatureScaling
    from softargmax.calibration.nonparametric import HistogramBinning as HistogramBinning
    from softargmax.calibration.nonparametric import IsotonicCalibration as IsotonicCalibration
    from softargmax.calibration.parametric import BetaCalibration as BetaCalibration
    from softargmax.calibration.parametric import QuadraticCalibration as QuadraticCalibration
    from softargmax.calibration.structured import DirichletCalibration as DirichletCalibration
    from softargmax.calibration.structured import MatrixScaling as MatrixScaling
    from softargmax.calibration.structured import StructuredMatrixScaling as StructuredMatrixScaling
    from softargmax.calibration.structured import VectorScaling as VectorScaling
    from softargmax.calibration.temperature import TemperatureScaling as TemperatureScaling
    from softargmax.calibration.venn_abers import VennAbers as VennAbers
    from softargmax.calibration.wrapped import MultilabelCalibration as MultilabelCalibration

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "auto": ["AutoCalibration"],
        "calibrated_model": ["CalibratedModel"],
        "calibration": ["Calibration"],
        "ensemble": ["EnsembleTemperatureScaling"],
        "nonparametric": ["HistogramBinning", "IsotonicCalibration"],
        "parametric": ["BetaCalibration", "QuadraticCalibration"],
        "structured": ["DirichletCalibration", "MatrixScaling", "StructuredMatrixScaling", "VectorScaling"],
        "temperature": ["TemperatureScaling"],
        "venn_abers": ["VennAbers"],
        "wrapped": ["MultilabelCalibration"],
    },
)
