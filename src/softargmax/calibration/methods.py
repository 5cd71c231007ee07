"""Every calibration by its kind: the name that files and the command line have for it.

The table holds words and imports nothing, so the interface of all calibrations can ask it, and a program that loads a
temperature loads no other calibration with it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from softargmax._lazy import load

_HOMES = {
    "auto": ("auto", "AutoCalibration"),
    "beta": ("parametric", "BetaCalibration"),
    "dirichlet": ("structured", "DirichletCalibration"),
    "ensemble": ("ensemble", "EnsembleTemperatureScaling"),
    "from-probabilities": ("wrapped", "ProbabilityCalibration"),
    "histogram": ("nonparametric", "HistogramBinning"),
    "isotonic": ("nonparametric", "IsotonicCalibration"),
    "matrix": ("scaling", "MatrixScaling"),
    "multilabel": ("wrapped", "MultilabelCalibration"),
    "quadratic": ("parametric", "QuadraticCalibration"),
    "structured": ("structured", "StructuredMatrixScaling"),
    "temperature": ("temperature", "TemperatureScaling"),
    "vector": ("scaling", "VectorScaling"),
    "venn-abers": ("venn_abers", "VennAbers"),
}


class _Calibrations(Mapping[str, Any]):
    """The classes by their kinds, each imported when it is asked for."""

    def __getitem__(self, kind: str) -> Any:
        module, name = _HOMES[kind]
        return getattr(load(f"{__package__}.{module}"), name)

    def __iter__(self) -> Iterator[str]:
        return iter(_HOMES)

    def __len__(self) -> int:
        return len(_HOMES)


METHODS = _Calibrations()
