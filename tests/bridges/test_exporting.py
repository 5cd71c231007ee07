"""What holds for every export: checked by what it says, whole or not at all, and nothing loaded before it is used."""

import subprocess
import sys

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, ArtifactError, UnsupportedError

onnx = pytest.importorskip("onnx")
from softargmax.onnx import export, map_formulas, self_check  # noqa: E402

RNG = np.random.default_rng(0)
Z = 3 * RNG.normal(size=(500, 3))
Y = sm.argmax(Z + RNG.gumbel(size=Z.shape))


def calibration():
    return sm.TemperatureScaling().fit(Z, Y)


@pytest.fixture
def wrong(monkeypatch):
    """Let formulas of temperatures be wrong by a little."""
    from softargmax.onnx import calibration_formulas

    monkeypatch.setitem(
        calibration_formulas._FORMULAS,
        "temperature",
        lambda calibration, z: map_formulas.of_temperature(calibration, z) * (1.0 + 1e-9),
    )


def test_a_graph_that_disagrees_is_not_written(tmp_path, wrong):
    with pytest.raises(
        UnsupportedError, match=r"of 400 rows .* up to \d\.\de-10 from .* at most 1e-12 is allowed. Nothing"
    ):
        export(calibration(), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_file_that_was_there_stays_where_a_graph_disagrees(tmp_path, wrong):
    (tmp_path / "m.onnx").write_bytes(b"before")
    with pytest.raises(UnsupportedError):
        export(calibration(), tmp_path / "m.onnx")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"before"]


def test_other_labels_are_noticed(tmp_path, monkeypatch):
    from softargmax.onnx import draft

    monkeypatch.setattr(
        draft, "first_of_largest", lambda p: p.graph.node("ArgMin", p, axis=-1, keepdims=0, gives="int64")
    )
    with pytest.raises(UnsupportedError, match="gave other labels in 4.. of them, and probabilities"):
        export(calibration(), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_nan_where_the_model_has_none_is_noticed(tmp_path, monkeypatch):
    from softargmax.onnx import draft

    whole = draft.softmax
    monkeypatch.setattr(draft, "softmax", lambda z: whole(z * np.array([1.0, 1.0, np.nan])))
    with pytest.raises(UnsupportedError, match="probabilities that are up to inf from"):
        export(calibration(), tmp_path / "m.onnx")


def test_the_reference_of_onnx_checks_where_there_is_no_runtime(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    written = export(sm.VennAbers().fit(Z, Y), tmp_path / "m.onnx")
    assert written.runtime == f"the reference of onnx {onnx.__version__}"
    assert written.distance < 1e-12


def test_the_file_says_which_operators_it_needs_and_they_are_of_onnx_itself(tmp_path):
    written = export(calibration(), tmp_path / "m.onnx")
    model = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert {each.domain or "ai.onnx": each.version for each in model.opset_import} == written.opsets == {"ai.onnx": 18}
    assert {node.domain for node in model.graph.node} == {""}
    assert model.producer_name == "softargmax"


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [("nowhere/m.onnx", ArtifactError, "there is no folder"), (".", ArtifactError, "got a folder")],
)
def test_a_file_that_cannot_be_written_is_refused_first(tmp_path, path, error, said):
    with pytest.raises(error, match=said):
        export(calibration(), tmp_path / path)


def test_only_two_types_are_known(tmp_path):
    with pytest.raises(ArgumentError, match="dtype: expected one of 'float64', 'float32'") as caught:
        export(calibration(), tmp_path / "m.onnx", dtype="float16")
    assert caught.value.parameter == "dtype"


def test_nothing_is_loaded_before_it_is_used():
    code = "import sys, softargmax, softargmax.onnx; print('onnx' in sys.modules, 'onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False False\n"


def test_a_calibration_is_exported_without_scikit_learn(tmp_path):
    code = (
        "import sys; sys.modules['sklearn'] = None; sys.modules['scipy'] = None; sys.modules['pyarrow'] = None\n"
        "import softargmax as sm; from softargmax.onnx import export\n"
        f"print(export(sm.TemperatureScaling.known(2.0, n_logits=3), {str(tmp_path / 'm.onnx')!r}).n_rows)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "400\n"


def test_without_onnx_a_sentence_says_what_to_install():
    code = (
        "import sys; sys.modules['onnx'] = None; import softargmax.onnx\n"
        "try: softargmax.onnx.export\n"
        "except softargmax.exceptions.MissingDependencyError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert 'pip install "softargmax[onnx]"' in said


def test_rows_are_compared_only_where_their_label_is_clear():
    answer = self_check.Answer("l", "p", np.array([0, 0]), np.array([[0.5, 0.5], [0.5 + 1e-8, 0.5 - 1e-8]]))
    assert self_check._clear(answer).tolist() == [False, True]
