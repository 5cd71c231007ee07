"""Sessions of ONNX Runtime come in by the output called logits, or by what goes into the softmax of their graph."""

import subprocess
import sys

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, UnsupportedError

onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
helper, FLOAT = onnx.helper, onnx.TensorProto.FLOAT

RNG = np.random.default_rng(0)
X = (RNG.normal(size=(40, 4)) * 40).astype(np.float32)  # margins beyond 40
W = RNG.normal(size=(4, 3)).astype(np.float32)


def graph(*nodes, n=3, outputs=("y",), inputs=("x",)):
    """Give a linear layer z, and what the nodes make of it."""
    linear = helper.make_node("MatMul", ["x", "W"], ["z"])
    made = [helper.make_node(op, [came, *more], [gives], **how) for op, came, gives, *more, how in nodes]
    described = helper.make_graph(
        [linear, *made],
        "g",
        [helper.make_tensor_value_info(name, FLOAT, [None, 4]) for name in inputs],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
        [onnx.numpy_helper.from_array(W[:, :n], "W")],
    )
    model = helper.make_model(described, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return model.SerializeToString()


def session(source):
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    return runtime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def wanted(n=3):
    z = session(graph(n=n, outputs=["z"])).run(["z"], {"x": X})[0]
    assert np.abs(z).max() > 40
    return z.astype(np.float64)


SOFTMAXES = {
    "softmax": [("Softmax", "z", "y", {})],
    "log_softmax": [("LogSoftmax", "z", "y", {"axis": 1})],
    "cast": [("Softmax", "z", "p", {}), ("Cast", "p", "q", {"to": FLOAT}), ("Identity", "q", "y", {})],
}


@pytest.mark.parametrize("nodes", SOFTMAXES.values(), ids=SOFTMAXES)
@pytest.mark.parametrize("from_file", [True, False])
def test_logits_are_what_goes_into_the_softmax(tmp_path, nodes, from_file):
    source = graph(*nodes)
    if from_file:
        (tmp_path / "m.onnx").write_bytes(source)
        source = str(tmp_path / "m.onnx")
    z = sm.logits_of(session(source), X)
    assert z.dtype == np.float64
    np.testing.assert_array_equal(z, wanted())


def test_an_output_called_logits_is_taken_before_any_other():
    nodes = [("Identity", "z", "logits", {}), ("Softmax", "z", "y", {})]
    both = session(graph(*nodes, outputs=["y", "logits"]))
    np.testing.assert_array_equal(sm.logits_of(both, X), wanted())


def test_a_linear_layer_at_the_end_gives_logits():
    np.testing.assert_array_equal(sm.logits_of(session(graph(outputs=["z"])), X), wanted())


def test_a_sigmoid_is_two_classes_and_several_are_labels():
    one = sm.logits_of(session(graph(("Sigmoid", "z", "y", {}), n=1)), X)
    np.testing.assert_array_equal(one, np.stack([np.zeros(40), wanted(1)[:, 0]], axis=1))
    several = session(graph(("Sigmoid", "z", "y", {})))
    model = sm.CalibratedModel(several, sm.TemperatureScaling(), cv="prefit").fit(
        X, RNG.binomial(1, sm.sigmoid(wanted() / 50))
    )
    assert model.predict_proba(X).shape == (40, 3)


def test_a_session_is_calibrated_on_its_logits():
    y = sm.sample(wanted() / 50, rng=0)
    source = session(graph(("Softmax", "z", "y", {})))
    model = sm.CalibratedModel(source, sm.TemperatureScaling(), cv="prefit").fit(X, y)
    assert model.calibration_.temperature_ == sm.TemperatureScaling().fit(wanted(), y).temperature_


def test_rows_come_in_as_an_array_or_by_the_names_of_inputs():
    one = session(graph(("Softmax", "z", "y", {})))
    np.testing.assert_array_equal(sm.logits_of(one, {"x": X.astype(np.float64)}), wanted())
    two = session(graph(("Add", "z", "logits", "z", {}), outputs=["logits"], inputs=["x", "mask"]))
    with pytest.raises(ArgumentError, match=r"each of the inputs 'x', 'mask', got one array"):
        sm.logits_of(two, X)


def test_a_graph_that_ends_in_something_else_is_refused_by_its_nodes():
    with pytest.raises(UnsupportedError, match=r"whose outputs 'y' come from Relu, .*session\.run"):
        sm.logits_of(session(graph(("Relu", "z", "y", {}))), X)
    both = [("Softmax", "z", "y", {}), ("Exp", "z", "e", {}), ("Softmax", "e", "w", {})]
    with pytest.raises(UnsupportedError, match="come from Softmax, not from one Softmax"):
        sm.logits_of(session(graph(*both, outputs=["y", "w"])), X)


def test_trees_converted_for_their_probabilities_are_refused_with_the_option_for_scores():
    scores = helper.make_node("LinearClassifier", ["x"], ["label", "y"], domain="ai.onnx.ml", post_transform="SOFTMAX",
                              coefficients=W.T.ravel().tolist(), intercepts=[0.0] * 3, classlabels_ints=[0, 1, 2])  # fmt: skip
    described = helper.make_graph(
        [scores],
        "g",
        [helper.make_tensor_value_info("x", FLOAT, [None, 4])],
        [
            helper.make_tensor_value_info("label", onnx.TensorProto.INT64, None),
            helper.make_tensor_value_info("y", FLOAT, None),
        ],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(described, opset_imports=opsets, ir_version=10)
    with pytest.raises(UnsupportedError, match="come from LinearClassifier, .*'raw_scores': True"):
        sm.logits_of(session(model.SerializeToString()), X)


def test_without_onnx_a_graph_is_not_read_and_onnx_not_imported(tmp_path):
    (tmp_path / "m.onnx").write_bytes(graph(("Softmax", "z", "y", {})))
    code = (
        "import sys, numpy, onnxruntime, softargmax as sm\n"
        f"s = onnxruntime.InferenceSession({str(tmp_path / 'm.onnx')!r}, providers=['CPUExecutionProvider'])\n"
        "try: sm.logits_of(s, numpy.ones((2, 4), numpy.float32))\n"
        "except sm.exceptions.UnsupportedError as error: print(error)\n"
        "print('onnx' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "no onnx to read its graph with; import onnx before, or run it yourself" in said
    assert said.endswith("False\n")
