"""What an estimator has learned, as a state and back: enough to predict bit for bit as before, and to fit anew.

The network and its last layer are all that predicting takes; the rest is what a user reads off a fitted estimator. What
only training needs (the optimiser's memory of `partial_fit`, the information matrix of `summary`) stays behind, and
asking for it afterwards is an error that says so.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from softargmax._fields import (
    ArrayField,
    Field,
    IntegerField,
    PlainField,
    RealField,
    StatesField,
    TextField,
    TextsField,
    fields_of,
    infinite_ones,
    state_of,
)
from softargmax._state import State
from softargmax.exceptions import ArtifactError, SoftargmaxError, UnsupportedError
from softargmax.labels import ClassLabels
from softargmax.models.network import Network
from softargmax.models.outputs import OutputLayer, SigmoidOutput, SigmoidsOutput, SoftmaxesOutput, SoftmaxOutput
from softargmax.models.read_only import keep

VERSION = 1
OUTPUTS: dict[str, Any] = {
    "sigmoid": SigmoidOutput,
    "softmax": SoftmaxOutput,
    "sigmoids": SigmoidsOutput,
    "softmaxes": SoftmaxesOutput,
}
# Larger numbers would overflow in a sum of products; no fit leaves any, since features have a limit of their own.
LARGEST = 1e150
_NETWORK: dict[str, Field] = {
    "parameters": PlainField(),
    "layer_sizes": ArrayField("", dtype=np.int64, low=1, high=2**31),
    "clip": RealField(low=0.0, open_low=True, optional=True),
    "mean": ArrayField("d", dtype=None, low=-LARGEST, high=LARGEST),
    "scale": ArrayField("d", dtype=None, low=0.0, open_low=True),
    "flat": ArrayField("members", "", dtype=None, low=-LARGEST, high=LARGEST),
    "output_layer": TextField(tuple(OUTPUTS)),
    "labels": StatesField(),
    "feature_names_in_": TextsField("d", optional=True),
}
_LINEAR: dict[str, Field] = {
    "coef_": ArrayField("", "d", dtype=None),
    "intercept_": ArrayField("", dtype=None),
    "n_iter_": IntegerField(),
    "optimality_": RealField(infinite=True),
    "duality_gap_": RealField(infinite=True),
    "loss_": RealField(),
    "solver_": TextField(),
}
# What a user reads off a fitted estimator, for each kind.
LEARNED: dict[str, dict[str, Field]] = {
    "softmax-regression": _LINEAR,
    "softmax-regression-cv": {
        **_LINEAR,
        "C_": RealField(low=0.0, open_low=True, infinite=True),
        "Cs_": ArrayField("", low=0.0, infinite=True),
    },
    "softmax-mlp": {
        "n_iter_": IntegerField(),
        "best_epoch_": IntegerField(),
        "temperature_": RealField(low=0.0, open_low=True),
        "training_loss_": ArrayField(""),
        "validation_loss_": ArrayField(""),
    },
}


def to_state(estimator: Any) -> State:
    """Give everything that predicting takes, and what the estimator shows, as plain data."""
    network, layer = estimator.network_, estimator.output_layer_
    names = getattr(estimator, "feature_names_in_", None)
    values = {
        "parameters": {name: _plain(value) for name, value in estimator.get_params(deep=False).items()},
        "layer_sizes": np.array(network.layer_sizes),
        "clip": network.clip,
        "mean": network.mean,
        "scale": network.scale,
        # One member's parameters are a row, and stay one where there is one member only.
        "flat": np.atleast_2d(network.flat),
        "output_layer": next(name for name, kind in OUTPUTS.items() if type(layer) is kind),
        "labels": [labels.to_state() for labels in layer.columns],
        "feature_names_in_": None if names is None else names.tolist(),
        **{name: getattr(estimator, name) for name in LEARNED[estimator.kind]},
    }
    return state_of(estimator.kind, VERSION, {**_NETWORK, **LEARNED[estimator.kind]}, values)


def restore(estimator_class: Any, state: State) -> Any:
    """Make an estimator that predicts as the saved one did.

    Raises
    ------
    ArtifactError
        For anything amiss.
    """
    kind = estimator_class.kind
    if not isinstance(state, State) or state.kind != kind:
        raise ArtifactError(f"expected the state of a {kind}, got {getattr(state, 'kind', type(state).__name__)!r}")
    data = fields_of(state, {**_NETWORK, **LEARNED[kind]}, newest=VERSION)
    try:
        estimator = estimator_class(**_parameters(data["parameters"], estimator_class))
        estimator.output_layer_ = layer = _output_layer(data["output_layer"], data["labels"])
        estimator.network_ = network = _network(data, layer)
    except ArtifactError:
        raise
    except (SoftargmaxError, LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ArtifactError(f"the state of {kind!r} is damaged: {error}") from error
    # A network's losses are lists, one entry for each epoch.
    lists = ("training_loss_", "validation_loss_")
    learned = {name: data[name].tolist() if name in lists else data[name] for name in LEARNED[kind]}
    heads = [data[name].shape[0] for name in ("coef_", "intercept_") if name in LEARNED[kind]]
    if any(number != layer.n_outputs for number in heads):
        raise ArtifactError(f"the state of {kind!r} is damaged: coef_ and intercept_ do not fit the classes")
    keep(estimator, classes_=layer.classes, **learned)
    estimator.n_features_in_ = network.layer_sizes[0]
    if data["feature_names_in_"] is not None:
        estimator.feature_names_in_ = np.array(data["feature_names_in_"], dtype=object)
    return estimator


def left_behind(what: str, instead: str) -> UnsupportedError:
    """Make the error for what a file does not hold."""
    return UnsupportedError(f"this model was loaded from a file, which does not hold {what}; {instead}")


def _network(data: dict[str, Any], layer: OutputLayer) -> Network:
    sizes = tuple(data["layer_sizes"].tolist())
    flat = data["flat"] if len(data["flat"]) != 1 else data["flat"][0]
    if len(sizes) < 2 or sizes[-1] != layer.n_outputs:
        raise ValueError(f"layers {sizes} do not lead to {layer.n_outputs} outputs")
    return Network(data["mean"], data["scale"], sizes, flat, data["clip"])


def _output_layer(name: str, states: list[State]) -> OutputLayer:
    columns = tuple(ClassLabels.from_state(state) for state in states)
    several = name in ("sigmoids", "softmaxes")
    if several != (len(columns) > 1) or not columns:
        raise ValueError(
            f"labels: expected those of {'several columns' if several else 'one column'}, got {len(columns)}"
        )
    layer: OutputLayer = OUTPUTS[name](columns if several else columns[0])
    return layer


def _plain(value: Any) -> Any:
    """Turn a constructor's parameter into what JSON has."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):  # class weights, by label
        return {"pairs": [[_plain(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    # A source of random numbers, or a splitter: an object, whose class would be code. The default stands in for it.
    return {"left_out": type(value).__name__}


def _parameters(data: Any, estimator_class: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise TypeError("parameters: expected names and values")
    unknown = set(data) - set(estimator_class().get_params(deep=False))
    if unknown:
        raise ValueError(f"parameters: unknown {sorted(map(str, unknown))}")
    given = {name: _unplain(value) for name, value in data.items()}
    return {name: value for name, value in given.items() if value is not _LEFT_OUT}


_LEFT_OUT = object()


def _unplain(value: Any) -> Any:
    if isinstance(value, dict):
        if "left_out" in value:
            return _LEFT_OUT
        return {_unplain(key): _unplain(item) for key, item in value["pairs"]}
    if isinstance(value, list):
        items = [_unplain(item) for item in value]
        # A list of dictionaries is one of class weights; anything else was a sequence that nobody changes.
        return items if any(isinstance(item, dict) for item in items) else tuple(items)
    return infinite_ones(value)
