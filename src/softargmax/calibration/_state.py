"""A fitted calibration as plain data: versioned JSON. The way back, which has to know every calibration, is `methods`.

``{"softargmax": "calibration", "format": 1, "method": "temperature", "n_logits": 10, "parameters": {...},
"learned": {"temperature_": 2.5, ...}}``: floats are written with all their digits. The format number grows when
an older library could misread a newer state.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from softargmax._atomic import written_whole
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
        "method": calibration.method,
        "n_logits": calibration.n_logits_,
        "parameters": {name: _plain(value) for name, value in calibration.get_params(deep=False).items()},
        "learned": {name: _plain(getattr(calibration, name)) for name in calibration.learned},
        **names,
    }


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
    return {"method": calibration.method, "parameters": parameters}


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
