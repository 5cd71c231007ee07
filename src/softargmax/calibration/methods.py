"""Every calibration by its name, as a state or a command names it."""

from softargmax.calibration.auto import AutoCalibration
from softargmax.calibration.calibration import Calibration
from softargmax.calibration.ensemble import EnsembleTemperatureScaling
from softargmax.calibration.nonparametric import HistogramBinning, IsotonicCalibration
from softargmax.calibration.parametric import BetaCalibration, QuadraticCalibration
from softargmax.calibration.structured import (
    DirichletCalibration,
    MatrixScaling,
    StructuredMatrixScaling,
    VectorScaling,
)
from softargmax.calibration.temperature import TemperatureScaling
from softargmax.calibration.venn_abers import VennAbers
from softargmax.calibration.wrapped import FromProbabilities, MultilabelCalibration

METHODS: dict[str, type[Calibration]] = {
    kind.method: kind
    for kind in (
        AutoCalibration,
        BetaCalibration,
        DirichletCalibration,
        EnsembleTemperatureScaling,
        FromProbabilities,
        HistogramBinning,
        IsotonicCalibration,
        MatrixScaling,
        MultilabelCalibration,
        QuadraticCalibration,
        StructuredMatrixScaling,
        TemperatureScaling,
        VectorScaling,
        VennAbers,
    )
}
