"""A file of any released version becomes a graph that says the same, or is refused by name."""

from pathlib import Path

import pytest

import softargmax as sm
from softargmax.calibration import GroupedCalibration
from softargmax.exceptions import UnsupportedError

pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
from softargmax.onnx import export  # noqa: E402

SAMPLES = Path(__file__).parents[1] / "samples"
FILES = sorted(
    file for file in SAMPLES.glob("version-*/*") if file.suffix in (".json", ".softargmax") and file.stem != "expected"
)
# Whatever else is saved decides about logits or probabilities that are there, and has no graph of its own.
HAVE_GRAPHS = sm.Calibration | sm.SoftmaxMLP | sm.SoftmaxRegression | sm.TableModel


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_what_was_saved_once_is_exported(tmp_path, file):
    model = sm.load(file)
    texts = [
        each.name for each in getattr(getattr(model, "schema", None), "columns", ()) if each.encoder.kind == "text"
    ]
    if isinstance(model, GroupedCalibration):  # which needs to be told the group of each row
        with pytest.raises(UnsupportedError, match=r"^GroupedCalibration: .*; those that have are"):
            export(model, tmp_path / "m.onnx")
    elif not isinstance(model, HAVE_GRAPHS) or texts:
        with pytest.raises(UnsupportedError, match=texts[0] if texts else f"got {type(model).__name__}"):
            export(model, tmp_path / "m.onnx")
    else:
        assert export(model, tmp_path / "m.onnx").distance <= 1e-12
