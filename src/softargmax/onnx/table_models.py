"""A model of tables as a graph: columns → features → what its members say → their pool → calibrated answers."""

import warnings
from typing import Any

from softargmax._arrays import Array
from softargmax._words import listed
from softargmax.exceptions import UnsupportedError
from softargmax.onnx.calibration_formulas import calibrated
from softargmax.onnx.column_features import features_of_column, has_graph
from softargmax.onnx.draft import Answer, Draft, classes_named, refuse_steps
from softargmax.onnx.forests import outputs_of_trees
from softargmax.onnx.formulas import Distribution, joined, two_columns
from softargmax.onnx.graph import Graph, Value
from softargmax.onnx.layers import has_hidden_layers, outputs_of
from softargmax.onnx.made_rows import made_rows


def draft_of_table_model(model: Any, dtype: str) -> Draft:
    """Draft the graph of a `TableModel`.

    Raises
    ------
    UnsupportedError
        For columns that have no exact graph.
    """
    _refuse_texts(model.schema.columns)
    networks = (member.network for member in model.members if member.kind == "network")
    if any(map(has_hidden_layers, networks)):
        refuse_steps(model.calibration, dtype)
    graph, missing = Graph(f"TableModel of softargmax: {model.record.model}"), tuple(model.reading.missing or ())
    given: dict[str, str] = {}
    parts = []
    for column in model.schema.columns:
        given[column.name], features = features_of_column(graph, column.name, column.encoder, missing)
        parts.append(features)
    z = _pooled(model, joined(parts).cast("float64"), dtype)
    names = classes_named(graph, calibrated(model.calibration, z), model.classes_, dtype)
    columns, table = made_rows(model.schema, missing)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # these rows are unlike those at fit
        expected: Array = model.predict_proba(table)
    labels = model.schema.labels.argmax(expected)
    feeds = {given[name]: values for name, values in columns.items()}
    return Draft(graph, feeds, (Answer(*names, labels, expected.astype(dtype)),))


def _refuse_texts(columns: Any) -> None:
    texts = [column.name for column in columns if not has_graph(column.encoder)]
    if texts:
        which, out = ("column", "it") if len(texts) == 1 else ("columns", "them")
        raise UnsupportedError(
            f"{which} {listed(texts)}: words of a text have no exact graph, since ONNX cannot part texts as fit did; "
            f"leave {out} out at fit, or say there of which other kind {out} should be",
            parameter="model",
        )


def _pooled(model: Any, x: Value, dtype: str) -> Value:
    """Give the weighted sum of the members' log-probabilities; one member of weight 1 keeps its logits."""
    said = [_logits_of(member, x, dtype) for member in model.members]
    if len(said) == 1 and model.weights[0] == 1.0:
        return said[0]
    n_classes = len(model.classes_)
    weighted = [Distribution(z, n_classes).log_p * float(weight) for z, weight in zip(said, model.weights, strict=True)]
    total = weighted[0]
    for part in weighted[1:]:
        total = total + part
    return total


def _logits_of(member: Any, x: Value, dtype: str) -> Value:
    """Give one logit per class."""
    if member.kind == "network":
        raw, n_outputs = outputs_of(member.network, x, dtype), member.network.layer_sizes[-1]
    elif member.kind == "trees":
        raw, n_outputs = outputs_of_trees(member.trees, x), member.trees.n_outputs
    else:
        raise UnsupportedError(f"a member of kind {member.kind!r} has no form as a graph of ONNX", parameter="model")
    return two_columns(raw) if n_outputs == 1 else raw
