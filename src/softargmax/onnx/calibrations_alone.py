"""A calibration alone: logits of any model in, or probabilities where it takes those, and its answers out."""

from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.onnx.calibration_formulas import calibrated
from softargmax.onnx.draft import Answer, Draft, classes_named, refuse_steps
from softargmax.onnx.formulas import absolute, any_of, is_nan, joined, log, maximum, softmax, total, two_columns, where
from softargmax.onnx.graph import ROWS, Graph, Value
from softargmax.onnx.map_formulas import n_classes_of
from softargmax.probabilities import softmax as softmax_of

# Rows that a graph is checked on, and how far apart their logits are, in turn.
_MADE, _WIDE = 400, (0.1, 1.0, 5.0, 30.0, 1000.0)
# A row in so many has a class that is ruled out.
_RULED_OUT = 17


def draft_of_calibration(calibration: Any, dtype: str) -> Draft:
    """Draft the graph of a calibration."""
    if calibration.kind == "multilabel":
        return _of_labels(calibration, dtype)
    graph = Graph(f"{type(calibration).__name__} of softargmax")
    n_classes, one_column = n_classes_of(calibration), calibration.n_logits_ == 1
    shape: list[int | str] = [ROWS] if one_column else [ROWS, n_classes]
    given = graph.input(_called(calibration), dtype, shape, "of class 1" if one_column else "one column per class")
    z = _logits_of(calibration, given.as_column() if one_column else given)
    classes, made = _classes(calibration, n_classes), _made(calibration, dtype)
    names = classes_named(graph, calibrated(calibration, z), classes, dtype)
    expected = calibration.predict_proba(made)
    return Draft(graph, {given.name: made}, (Answer(*names, classes[expected.argmax(axis=1)], expected),))


def _classes(calibration: Any, n_classes: int) -> Array:
    """Give the names of the classes, or their codes."""
    return np.arange(n_classes) if calibration.classes_ is None else np.array(calibration.classes_)


def _of_labels(calibration: Any, dtype: str) -> Draft:
    """Draft a graph of several yes/no labels, each with a calibration of its own."""
    graph = Graph("MultilabelCalibration of softargmax")
    parts = calibration.calibrations_
    shape: list[int | str] = [ROWS, len(parts)]
    given = graph.input(_called(parts[0]), dtype, shape, "one column per label")
    columns = [_logits_of(each, given.columns(j, j + 1)) for j, each in enumerate(parts)]
    of_yes = [softmax(calibrated(each, z)).columns(1, 2) for each, z in zip(parts, columns, strict=True)]
    p = joined(of_yes)
    label = graph.output("label", (p > 0.5).cast("int64"), shape, "1 where yes is likelier")
    probabilities = graph.output("probabilities", p.cast(dtype), shape, "of yes")
    made = np.stack([np.roll(_made(each, dtype), 7 * j) for j, each in enumerate(parts)], axis=1)
    expected = calibration.predict_proba(made)
    answer = Answer(label, probabilities, (expected > 0.5).astype(np.int64), expected, True)
    return Draft(graph, {given.name: made}, (answer,))


def _takes_probabilities(calibration: Any) -> bool:
    return bool(calibration.kind == "from-probabilities")


def _called(calibration: Any) -> str:
    """Name the input; what comes out has the name of probabilities."""
    return "model_probabilities" if _takes_probabilities(calibration) else "logits"


def _made(calibration: Any, dtype: str) -> Array:
    """Make logits of many sizes, some of them -inf, or probabilities of these."""
    rng, one_column = np.random.default_rng(0), calibration.n_logits_ == 1
    z: Array = rng.normal(size=(_MADE, n_classes_of(calibration))) * np.resize(_WIDE, _MADE)[:, np.newaxis]
    z[::_RULED_OUT, 0] = 0.0 if one_column else -np.inf
    made = np.asarray(softmax_of(z)) if _takes_probabilities(calibration) else z
    return (made[:, 1] if one_column else made).astype(dtype)


def _logits_of(calibration: Any, given: Value) -> Value:
    """Give what a calibration is a formula of, as float64, for what it is given: one column is of class 1."""
    x, one_column = given.cast("float64"), calibration.n_logits_ == 1
    if not _takes_probabilities(calibration):
        return two_columns(x) if one_column else x
    refuse_steps(calibration, given.dtype)  # the logarithms of float32 are rounded
    if one_column:
        rest = -x + 1.0
        odds = log(maximum(x, calibration.floor_)) - log(maximum(rest, calibration.floor_))
        return two_columns(where((x < 0.0) | (rest < 0.0) | is_nan(x), np.nan, odds))
    # Such rows are refused by predict_proba: NaN is what says so here.
    off = max(1e-6, float(np.finfo(given.dtype).eps) ** 0.5)
    wrong = any_of((x < 0.0) | is_nan(x)) | (absolute(total(x) - 1.0) > off)
    return where(wrong, np.nan, log(maximum(x, calibration.floor_)))
