"""Estimators whose features are one array: a network, its output layer, and perhaps a calibration."""

import warnings
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.exceptions import UnsupportedError
from softargmax.models.outputs import SigmoidOutput, SigmoidsOutput, SoftmaxOutput
from softargmax.onnx.calibration_formulas import calibrated
from softargmax.onnx.draft import Answer, Draft, as_constant, classes_named, refuse_steps
from softargmax.onnx.formulas import Distribution, exp, joined, log, log_sigmoid, taken, total, two_columns
from softargmax.onnx.graph import ROWS, Graph, Value
from softargmax.onnx.layers import has_hidden_layers, outputs_of

# Rows that a graph is checked on, and how far from the mean they lie, in standard deviations, in turn.
_MADE, _FAR = 300, (0.5, 1.0, 3.0, 10.0, 100.0)


def draft_of_estimator(estimator: Any, dtype: str) -> Draft:
    """Draft the graph of a `SoftmaxMLP` or a `SoftmaxRegression`."""
    graph = Graph(f"{type(estimator).__name__} of softargmax")
    raw, feeds, X = _raw_outputs(graph, estimator, dtype)
    layer = estimator.output_layer_
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names of features, which made rows have none of
        expected, labels = estimator.predict_proba(X), estimator.predict(X)
    if isinstance(layer, SigmoidsOutput):
        answers: tuple[Answer, ...] = (_yes_or_no(graph, layer, raw, dtype, labels, expected),)
    elif isinstance(layer, SigmoidOutput | SoftmaxOutput):
        z = two_columns(raw) if isinstance(layer, SigmoidOutput) else raw
        answers = (Answer(*classes_named(graph, z, layer.classes, dtype), labels, expected),)
    else:
        answers = _several_columns(graph, layer, raw, dtype, labels, expected)
    return Draft(graph, feeds, answers)


def draft_of_calibrated(model: Any, dtype: str) -> Draft:
    """Draft the graph of a `CalibratedModel` that holds one of the two.

    Raises
    ------
    UnsupportedError
        If it holds a classifier of another library.
    """
    estimator = getattr(model.estimator_, "estimator", model.estimator_)  # in a FrozenEstimator
    layer = getattr(estimator, "output_layer_", None)
    if not isinstance(layer, SigmoidOutput | SoftmaxOutput) or model.response_method == "predict_proba":
        raise UnsupportedError(
            f"model: expected a CalibratedModel of a SoftmaxMLP or SoftmaxRegression whose logits are calibrated, got "
            f"one of {type(estimator).__name__}; export the classifier by its own library's means and the calibration "
            "alone: softargmax.onnx.export(model.calibration_, path)",
            parameter="model",
        )
    if has_hidden_layers(estimator.network_):
        refuse_steps(model.calibration_, dtype)
    graph = Graph("CalibratedModel of softargmax")
    raw, feeds, X = _raw_outputs(graph, estimator, dtype)
    z = two_columns(raw) if isinstance(layer, SigmoidOutput) else raw
    names = classes_named(graph, calibrated(model.calibration_, z), layer.classes, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Draft(graph, feeds, (Answer(*names, model.predict(X), model.predict_proba(X)),))


def _raw_outputs(graph: Graph, estimator: Any, dtype: str) -> tuple[Value, dict[str, Array], Array]:
    """Give the outputs of an estimator's network, members averaged, and rows made around the mean of its features."""
    network = estimator.network_
    x = graph.input("features", dtype, [ROWS, network.n_features], "one row per example").cast("float64")
    # predict refuses what is not finite; x - x turns it into NaN, which no layer makes a number again.
    raw = outputs_of(network, x + (x - x), dtype)
    rng = np.random.default_rng(0)
    far = np.resize(_FAR, _MADE)[:, np.newaxis]
    X = (network.mean + network.scale * far * rng.normal(size=(_MADE, network.n_features))).astype(dtype)
    return (_averaged(estimator.output_layer_, raw) if network.flat.ndim == 2 else raw), {"features": X}, X


def _averaged(layer: Any, raw: Value) -> Value:
    """Give outputs whose probabilities are the means of those of the members, the leading axis."""
    if isinstance(layer, SoftmaxOutput):
        return _log_total(Distribution(raw, layer.n_outputs).log_p)
    if isinstance(layer, SigmoidOutput | SigmoidsOutput):
        return _log_total(log_sigmoid(raw)) - _log_total(log_sigmoid(-raw))
    return joined([_log_total(Distribution(part, size).log_p) for part, size in _parts(layer, raw)])


def _log_total(x: Value) -> Value:
    """Give log sum exp over the members."""
    top = x.graph.node("ReduceMax", x, np.array([0]), keepdims=1)
    return log(total(exp(x - top), 0, keep=False)) + x.graph.node("Squeeze", top, np.array([0]))


def _parts(layer: Any, raw: Value) -> list[tuple[Value, int]]:
    """Give the outputs of every target column, and how many they are."""
    ends = np.cumsum([len(labels) for labels in layer.columns]).tolist()
    return [(raw.columns(start, end), end - start) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _several_columns(
    graph: Graph, layer: Any, raw: Value, dtype: str, labels: Array, expected: list[Array]
) -> tuple[Answer, ...]:
    """Make a label and probabilities for each of several columns of classes."""
    answers = []
    for j, (part, _) in enumerate(_parts(layer, raw)):
        classes = layer.columns[j].classes
        names = classes_named(graph, part, classes, dtype, f"_{j + 1}")
        answers.append(Answer(*names, labels[:, j].astype(classes.dtype), expected[j]))
    return tuple(answers)


def _yes_or_no(graph: Graph, layer: SigmoidsOutput, raw: Value, dtype: str, labels: Array, expected: Array) -> Answer:
    """Make the labels and the probabilities of yes of several columns."""
    n_columns = len(layer.columns)
    yes = (raw > 0.0).cast("int64")
    classes = np.concatenate([column.classes for column in layer.columns])
    starts = np.cumsum([0, *(len(column) for column in layer.columns[:-1])])
    label = graph.output("label", taken(as_constant(classes), yes + starts), [ROWS, n_columns])
    p = graph.node("Sigmoid", raw).cast(dtype)
    return Answer(label, graph.output("probabilities", p, [ROWS, n_columns], "of yes"), labels, expected, True)
