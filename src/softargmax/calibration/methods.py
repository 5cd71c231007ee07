"""Every calibration by its name, as a state or a command names it, and rebuilt from its state.

This is the top of the room: it knows all calibrations, and none of them knows it. `Calibration.load` reaches it by name
when it is called.
"""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.calibration._state import FORMAT, KIND, read_state
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
from softargmax.exceptions import ArtifactError

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


def read(path: str | os.PathLike[str]) -> Calibration:
    """Read a file that `Calibration.save` wrote."""
    return from_state(read_state(path))


def from_state(state: Any) -> Calibration:
    """Rebuild a calibration."""
    if not isinstance(state, Mapping) or state.get("softargmax") != KIND:
        raise ArtifactError("expected the state of a calibration written by softargmax, got something else")
    version = state.get("format")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= FORMAT:
        raise ArtifactError(
            f"a calibration of format {version}; this version reads formats up to {FORMAT}: upgrade softargmax"
        )
    try:
        return _rebuilt(state)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ArtifactError(f"the calibration is damaged: {type(error).__name__}: {error}") from error


def _rebuilt(state: Mapping[str, Any]) -> Calibration:
    if state["method"] not in METHODS:
        raise ValueError(f"unknown method {state['method']!r}")
    calibration = METHODS[state["method"]](**{name: _unplain(value) for name, value in state["parameters"].items()})
    n_logits = state["n_logits"]
    if not isinstance(n_logits, int) or isinstance(n_logits, bool) or n_logits < 1:
        raise ValueError(f"n_logits: {n_logits!r}")
    for name, shape in calibration.learned.items():
        setattr(
            calibration,
            name,
            _learned(state["learned"][name], name, shape, max(n_logits, 2) if n_logits == 1 else n_logits),
        )
    calibration.n_logits_ = n_logits
    if "classes" in state:
        calibration.classes_ = tuple(str(name) for name in state["classes"])
        if len(calibration.classes_) != (2 if n_logits == 1 else n_logits):
            raise ValueError(f"names for {len(calibration.classes_)} classes do not fit {n_logits} logits")
    calibration.check_learned()
    return calibration


def _learned(value: Any, name: str, shape: str, n_classes: int) -> Any:
    """Bring one attribute back; `shape` is "", "3", "K", "n,K", "lists of 2", "calibration" or "calibrations"."""
    if shape == "calibration":
        return from_state(value)
    if shape == "calibrations":
        return [from_state(item) for item in value]
    if shape.startswith("lists of "):
        return [_array(item, name, (None, int(shape.rpartition(" ")[2]))) for item in value]
    lengths = [n_classes if part == "K" else int(part) if part.isdigit() else None for part in shape.split(",") if part]
    array = _array(value, name, tuple(lengths))
    return float(array) if array.ndim == 0 else array


def _unplain(value: Any) -> Any:
    if isinstance(value, dict):
        return METHODS[value["method"]](**{name: _unplain(item) for name, item in value["parameters"].items()})
    return tuple(_unplain(item) for item in value) if isinstance(value, list) else value


def _array(value: Any, name: str, shape: tuple[int | None, ...]) -> Array:
    array = np.array(value, dtype=np.float64)
    if 0 in shape or (array.size == 0 and array.ndim == 1):
        array = array.reshape([0 if length is None else length for length in shape])
    matches = array.ndim == len(shape) and all(
        length in (None, actual) for length, actual in zip(shape, array.shape, strict=True)
    )
    if not matches or not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers of shape {shape}, got shape {array.shape}")
    return array
