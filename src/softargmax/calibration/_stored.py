"""A fitted calibration as a state, and back: its parameters, what it learned, and what its columns are called.

The fields of what was learned stand in each class (`_learned`), beside the code that makes them.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from softargmax import kinds
from softargmax._fields import Field, IntegerField, PlainField, TextsField, fields_of, infinite_ones, state_of
from softargmax._saved import older_calibration
from softargmax._state import State
from softargmax.exceptions import ArtifactError, SoftargmaxError

if TYPE_CHECKING:
    from softargmax.calibration.calibration import Calibration

_COMMON: dict[str, Field] = {
    "n_logits": IntegerField(low=1),
    "parameters": PlainField(),
    "classes": TextsField(optional=True),
}


def to_state(calibration: "Calibration") -> State:
    """Give everything that was learned as plain data."""
    values = {
        "n_logits": calibration.n_logits_,
        "parameters": _parameters(calibration),
        "classes": calibration.classes_,
        **{name: _inside(getattr(calibration, name)) for name in calibration._learned},
    }
    return state_of(calibration.kind, calibration._version, {**_COMMON, **calibration._learned}, values)


def from_state(state: Any) -> "Calibration":
    """Rebuild a calibration, from a `State` or from the dictionary that version 0.1 made.

    Raises
    ------
    ArtifactError
        For anything that is not the state of a calibration, whole and within its ranges.
    """
    if isinstance(state, dict):
        state = older_calibration(state) if state.get("softargmax") == "calibration" else State.from_json(state)
    if not isinstance(state, State):
        raise ArtifactError(f"expected the state of a calibration, got {type(state).__name__}")
    if state.kind not in kinds.names_in(__package__):
        raise ArtifactError(f"expected a calibration, got a file of kind {state.kind!r}")
    try:
        return _rebuilt(state)
    except ArtifactError:
        raise
    except (
        SoftargmaxError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise ArtifactError(f"the state of {state.kind!r} is damaged: {error}") from error


def _rebuilt(state: State) -> "Calibration":
    common = fields_of(state, _COMMON, newest=kinds.class_of(state.kind)._version)
    n_logits = common["n_logits"]
    calibration: Calibration = _unfitted({"kind": state.kind, "parameters": common["parameters"]})
    learned = fields_of(state, calibration._learned, newest=calibration._version, K=max(n_logits, 2))
    for name, value in learned.items():
        setattr(calibration, name, _outside(value))
    calibration.n_logits_ = n_logits
    if common["classes"] is not None:
        calibration.classes_ = common["classes"]
        if len(common["classes"]) != (2 if n_logits == 1 else n_logits):
            raise ValueError(f"names for {len(common['classes'])} classes do not fit {n_logits} logits")
    calibration._check_learned()
    return calibration


def _inside(value: Any) -> Any:
    """Turn calibrations that were learned into their states."""
    if isinstance(value, list) and value and hasattr(value[0], "to_state"):
        return [item.to_state() for item in value]
    return value.to_state() if hasattr(value, "to_state") else value


def _outside(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], State):
        return [from_state(item) for item in value]
    return from_state(value) if isinstance(value, State) else value


def _parameters(calibration: "Calibration") -> dict[str, Any]:
    """Give the constructor's parameters; a calibration among them is not fitted, and has only its own."""
    return {name: _plain(value) for name, value in calibration.get_params(deep=False).items()}


def _plain(value: Any) -> Any:
    if hasattr(value, "to_state"):
        return {"kind": value.kind, "parameters": _parameters(value)}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _unfitted(data: Any) -> Any:
    """Make a calibration of its kind and parameters; lists become tuples, in which nothing is changed by mistake."""
    if isinstance(data, dict):
        kind = data["kind"] if "kind" in data else data["method"]  # "method" in files of version 0.1
        if kind not in kinds.names_in(__package__):
            raise ValueError(f"unknown kind of calibration {kind!r}")
        # Words that were renamed since version 0.1, in what it wrote.
        names = {"methods": "calibrations"} if kind == "auto" else {}
        given = {names.get(name, name): _unfitted(value) for name, value in data["parameters"].items()}
        return kinds.class_of(kind)(**given)
    return tuple(_unfitted(item) for item in data) if isinstance(data, list) else infinite_ones(data)
