"""A fitted calibration as plain data, and back: versioned JSON, every field checked on the way in.

``{"softargmax": "calibration", "format": 1, "method": "temperature", "n_logits": 10, "parameters": {...},
"learned": {"temperature_": 2.5, ...}}``: floats are written with all their digits. The format number grows when
an older library could misread a newer state.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from softargmax._arrays import Array
from softargmax._atomic import written_whole
from softargmax.calibration.methods import METHODS
from softargmax.exceptions import ArtifactError

if TYPE_CHECKING:
    from softargmax.calibration.calibration import Calibration

FORMAT = 1
KIND = "calibration"


def to_state(calibration: "Calibration") -> dict[str, Any]:
    """Give everything that was learned as plain data."""
    names = {} if calibration.classes_ is None else {"classes": list(calibration.classes_)}
    return {
        "softargmax": KIND,
        "format": FORMAT,
        "method": calibration.kind,
        "n_logits": calibration.n_logits_,
        "parameters": {name: _plain(value) for name, value in calibration.get_params(deep=False).items()},
        "learned": {name: _plain(getattr(calibration, name)) for name in calibration._learned},
        **names,
    }


def from_state(state: Any) -> "Calibration":
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


def _rebuilt(state: Mapping[str, Any]) -> "Calibration":
    if state["method"] not in METHODS:
        raise ValueError(f"unknown method {state['method']!r}")
    calibration: Calibration = METHODS[state["method"]](
        **{name: _unplain(value) for name, value in state["parameters"].items()}
    )
    n_logits = state["n_logits"]
    if not isinstance(n_logits, int) or isinstance(n_logits, bool) or n_logits < 1:
        raise ValueError(f"n_logits: {n_logits!r}")
    for name, shape in calibration._learned.items():
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
    calibration._check_learned()
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


def _plain(value: Any) -> Any:
    """Turn a parameter or something learned into what JSON has."""
    if hasattr(value, "to_state"):
        return value.to_state() if hasattr(value, "n_logits_") else _unfitted(value)
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _unfitted(calibration: "Calibration") -> dict[str, Any]:
    parameters = {name: _plain(value) for name, value in calibration.get_params(deep=False).items()}
    return {"method": calibration.kind, "parameters": parameters}


def write_state(path: str | os.PathLike[str], state: dict[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    try:
        text = json.dumps(state, allow_nan=False)
        with written_whole(Path(path)) as temporary, open(temporary, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except (OSError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArtifactError(f"{path}: the calibration cannot be written: {reason}") from error


def read_state(path: str | os.PathLike[str]) -> Any:
    """Read a JSON file."""
    if not os.path.isfile(path):
        raise ArtifactError(f"{path}: expected a calibration file, but there is none")
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise ArtifactError(
            f"{path}: expected a calibration written by softargmax, got something else ({error})"
        ) from None
