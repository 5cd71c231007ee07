"""Every kind of file there is, by the name that stands in it, and where the class lives that can read it.

Nothing is imported before a file asks for it. To add a kind: give its class a `kind`, `to_state` and `from_state`
(`softargmax._state` shows how), add a line here, and a sample file to ``tests/samples``.
"""

import os
from typing import Any

from softargmax import _lazy
from softargmax._saved import rebuilt_from
from softargmax._state import State, shown
from softargmax._words import did_you_mean
from softargmax.exceptions import ArtifactError

KINDS = {
    "additive": "softargmax.calibration.additive:AdditiveCalibration",
    "auto": "softargmax.calibration.auto:AutoCalibration",
    "beta": "softargmax.calibration.parametric:BetaCalibration",
    "class-labels": "softargmax.labels:ClassLabels",
    "dirichlet": "softargmax.calibration.structured:DirichletCalibration",
    "ensemble": "softargmax.calibration.ensemble:EnsembleTemperatureScaling",
    "from-probabilities": "softargmax.calibration.wrapped:ProbabilityCalibration",
    "grouped": "softargmax.calibration.by_group:GroupedCalibration",
    "histogram": "softargmax.calibration.nonparametric:HistogramBinning",
    "isotonic": "softargmax.calibration.nonparametric:IsotonicCalibration",
    "matrix": "softargmax.calibration.scaling:MatrixScaling",
    "multilabel": "softargmax.calibration.wrapped:MultilabelCalibration",
    "platt": "softargmax.calibration.parametric:PlattScaling",
    "quadratic": "softargmax.calibration.parametric:QuadraticCalibration",
    "structured": "softargmax.calibration.structured:StructuredMatrixScaling",
    "temperature": "softargmax.calibration.temperature:TemperatureScaling",
    "vector": "softargmax.calibration.scaling:VectorScaling",
    "venn-abers": "softargmax.calibration.venn_abers:VennAbers",
    "conformal": "softargmax.decisions.conformal:ConformalClassifier",
    "prior-shift": "softargmax.decisions.prior_shift:PriorShift",
    "risk-control": "softargmax.decisions.risk_control:RiskControl",
    "selective": "softargmax.decisions.selective:SelectiveClassifier",
    "threshold": "softargmax.decisions.threshold:ThresholdClassifier",
    "softmax-mlp": "softargmax.models.mlp:SoftmaxMLP",
    "softmax-regression": "softargmax.models.regression:SoftmaxRegression",
    "softmax-regression-cv": "softargmax.models.regression_cv:SoftmaxRegressionCV",
    "table-classifier": "softargmax.pipeline.table_model:TableModel",
}


def names_in(package: str) -> tuple[str, ...]:
    """Give the kinds whose classes live in a package, such as "softargmax.calibration"."""
    return tuple(kind for kind, place in KINDS.items() if place.startswith(f"{package}."))


def class_of(kind: Any) -> Any:
    """Give the class that a kind of file is read by.

    Raises
    ------
    ArtifactError
        For a kind that this version does not know.
    """
    place = KINDS.get(kind) if isinstance(kind, str) else None
    if place is None:
        hint = did_you_mean(kind, KINDS) if isinstance(kind, str) and len(kind) < 100 else ""
        raise ArtifactError(f"unknown kind {shown(kind)}{hint}; a newer version of softargmax may know it")
    module, _, name = place.partition(":")
    return getattr(_lazy.load(module), name)


def from_state(state: State) -> Any:
    """Rebuild whatever a state is of; nothing in it is executed.

    Raises
    ------
    ArtifactError
        If it is damaged, of an unknown kind, or newer than this library.
    """
    return class_of(state.kind).from_state(state)


def load(path: str | os.PathLike[str]) -> Any:
    """Read any file that softargmax wrote: a calibration, a model, prediction sets, whatever has `save`.

    Parameters
    ----------
    path : path
        A JSON file or a container of arrays; which one is seen from its first bytes, not from its name.

    Returns
    -------
    object
        What was saved: an instance of the class that `KINDS` names for the file's kind.

    Raises
    ------
    ArtifactError
        If the file is missing, damaged, of another kind, or newer than this library. Nothing in it is executed.

    See Also
    --------
    softargmax.Calibration.load : refuses anything but a calibration.

    Examples
    --------
    >>> import os, tempfile, softargmax as sm
    >>> calibration = sm.TemperatureScaling().fit([[2.0, 0.0]] * 4, [0, 0, 0, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     calibration.save(os.path.join(folder, "calibration.json"))
    ...     sm.load(os.path.join(folder, "calibration.json"))
    TemperatureScaling()
    """
    return rebuilt_from(path, from_state)
