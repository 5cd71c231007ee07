"""Logits of an ONNX Runtime session: an output called logits, or what goes into the softmax that the graph ends in.

A session does not show its graph, but knows the file or the bytes that it was made of. They are read by ``onnx``, if
the user has imported it; the number before the softmax then becomes an output of a second session, which is kept as
long as the first one is there.
"""

import sys
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from softargmax._words import listed
from softargmax.exceptions import ArgumentError
from softargmax.responses.answer import Response, imported, refuse

# Which session gives a session's logits, by which output, and what comes after them.
_FOUND: WeakKeyDictionary[Any, tuple[Any, str, str]] = WeakKeyDictionary()
# What changes no number on the way to the softmax's output, or not which class it is of.
_PASSES = ("Identity", "Cast")
# A graph that ends in one of these ends in a linear layer.
_LINEAR = ("Gemm", "MatMul", "Add")
_INSTEAD = "run it yourself and give the logits: session.run(['name of the output'], {'name of the input': X})[0]"


def of_onnx_runtime(session: Any, X: Any) -> Response:
    """Run a session up to its logits; rows are one array, or a dictionary of an array for each of its inputs."""
    if not hasattr(session, "get_inputs"):
        refuse(session, "of ONNX Runtime that is no session", "give an InferenceSession")
    if session not in _FOUND:
        _FOUND[session] = _logits_in(session)
    source, output, link = _FOUND[session]
    z = np.asarray(source.run([output], _fed(session, X))[0])
    return Response.of_logits(z, are_labels=link == "Sigmoid" and z.ndim == 2 and z.shape[1] > 1)


def _fed(session: Any, X: Any) -> dict[str, Any]:
    inputs = {each.name: each.type for each in session.get_inputs()}
    if not isinstance(X, Mapping):
        if len(inputs) != 1:
            raise ArgumentError(
                f"X: expected a dictionary of an array for each of the inputs {listed(list(inputs))}, got one array",
                parameter="X",
            )
        X = dict.fromkeys(inputs, X)
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}
    return {name: np.asarray(x, types.get(inputs.get(name, ""))) for name, x in X.items()}


def _logits_in(session: Any) -> tuple[Any, str, str]:
    """Find which output of which session is logits."""
    named = [each.name for each in session.get_outputs()]
    if "logits" in named:
        return session, "logits", ""
    source = getattr(session, "_model_path", None) or getattr(session, "_model_bytes", None)
    has_no_name = f"with the outputs {listed(named)}, none of them called 'logits',"
    if source is None:
        refuse(session, f"{has_no_name} whose file is not known", _INSTEAD)
    if "onnx" not in sys.modules:
        refuse(session, f"{has_no_name} and no onnx to read its graph with", f"import onnx before, or {_INSTEAD}")
    onnx = imported("onnx")
    model = onnx.load_model_from_string(source) if isinstance(source, bytes) else onnx.load(source)
    output, link = _before_link(session, model.graph, named)
    if output in named:
        return session, output, link
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(output))
    again = type(session)(model.SerializeToString(), providers=session.get_providers())
    return again, output, link


def _before_link(session: Any, graph: Any, named: list[str]) -> tuple[str, str]:
    """Give the number that goes into the softmax or sigmoid at the end of a graph, and which of them that is."""
    makers = {output: node for node in graph.node for output in node.output}
    ends, links = [], set()
    for name in named:
        node = makers.get(name)
        while node is not None and node.op_type in _PASSES:
            node = makers.get(node.input[0])
        op = "" if node is None else node.op_type
        links.add(op)
        if node is not None and op in ("Softmax", "LogSoftmax", "Sigmoid"):
            ends.append((node.input[0], op))
        elif node is not None and op in _LINEAR:
            ends.append((name, op))
    if len(set(ends)) == 1:
        return ends[0]
    converted = (
        "convert the model with skl2onnx's options={type(model): {'raw_scores': True, 'zipmap': False}}, or "
        if any(op in ("ZipMap", "Normalizer", "LinearClassifier", "TreeEnsembleClassifier") for op in links)
        else ""
    )
    refuse(
        session,
        f"whose outputs {listed(named)} come from {', '.join(sorted(op or 'no node' for op in links))}, not from one "
        "Softmax, Sigmoid or linear layer",
        converted + _INSTEAD,
    )
