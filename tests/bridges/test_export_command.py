"""`softargmax export`."""

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

import softargmax as sm
from softargmax import cli

onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model file in the current folder, of columns with names in another script."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    size, place = rng.normal(size=200), rng.choice(["猫", "犬"], size=200)
    table = {"größe": size, "場所": place, "[b]": rng.normal(size=200), "kind": np.where(size > 0, "oben", "unten")}
    sm.TableClassifier("regression").fit(pa.table(table), target="kind").model_.save("мodel.softargmax")
    return "мodel.softargmax"


def run(path, **columns):
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["label", "probabilities"], columns)


def test_a_model_file_becomes_a_graph(model, capfd):
    assert cli.run(["export", model, "-o", "граф.onnx"]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(
        "граф.onnx written: 3 inputs ('größe', '場所', '[b]'), opset 18 of ai.onnx and opset 3 of ai.onnx.ml\n"
    )
    assert "checked on 400 rows made for it, by onnxruntime" in err
    columns = {"größe": np.array([2.0]), "場所": np.array(["猫"], object), "[b]": np.array([0.5])}
    label, p = run("граф.onnx", **columns)
    assert label.tolist() == ["oben"]
    row = {"größe": 2.0, "場所": "猫", "[b]": 0.5}
    np.testing.assert_allclose(p, sm.load(model).predict_proba(row), rtol=0, atol=1e-12)


def test_json_has_everything_that_was_checked(model, capfd):
    assert cli.run(["export", model, "-o", "m.onnx", "--dtype", "float32", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said["inputs"] == ["größe", "場所", "[b]"]
    assert said["outputs"] == ["label", "probabilities"]
    assert said["opsets"] == {"ai.onnx": 18, "ai.onnx.ml": 3}
    assert said["n_rows"] == 400
    assert 0.0 <= said["distance"] < 2e-6
    assert (
        run("m.onnx", **{"größe": np.ones(1), "場所": np.array([""], object), "[b]": np.ones(1)})[1].dtype == np.float32
    )


def test_a_calibration_file_becomes_a_graph(tmp_path, monkeypatch, rng):
    monkeypatch.chdir(tmp_path)
    z = 3 * rng.normal(size=(300, 3))
    sm.VectorScaling().fit(z, sm.argmax(z + rng.gumbel(size=z.shape))).save("c.json")
    assert cli.run(["export", "c.json", "-o", "c.onnx"]) == 0
    np.testing.assert_allclose(run("c.onnx", logits=z)[1], sm.load("c.json").predict_proba(z), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["missing.json", "-o", "m.onnx"], 1, "missing.json"),
        (["c.json", "-o", "c.json"], 2, "this file is also read"),
        (["c.json", "-o", "nowhere/m.onnx"], 1, "there is no folder"),
        (["c.json", "-o", "m.onnx", "--dtype", "float16"], 2, "float64"),
        (["c.json"], 2, "--output is missing"),
        (
            ["p.json", "-o", "m.onnx", "--dtype", "float32"],
            1,
            "--dtype: expected 'float64', got 'float32': the curve of",
        ),
        (["s.json", "-o", "m.onnx"], 1, "got SelectiveClassifier"),
    ],
)
def test_what_is_amiss_is_one_sentence(tmp_path, monkeypatch, rng, capfd, arguments, status, said):
    monkeypatch.chdir(tmp_path)
    z = 3 * rng.normal(size=(300, 3))
    y = sm.argmax(z + rng.gumbel(size=z.shape))
    sm.TemperatureScaling().fit(z, y).save("c.json")
    sm.ProbabilityCalibration(sm.HistogramBinning()).fit(sm.softmax(z), y).save("p.json")
    sm.SelectiveClassifier(risk=0.2).fit(z, y).save("s.json")
    assert cli.run(["export", *arguments]) == status
    err = capfd.readouterr().err
    assert said in err
    assert "bug" not in err
    assert not (tmp_path / "m.onnx").exists()


def test_without_onnx_a_sentence_says_what_to_install(model):
    code = f"import sys; sys.modules['onnx'] = None; from softargmax import cli; sys.exit(cli.run(['export', {model!r}, '-o', 'm']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        'softargmax: this needs onnx, which is not installed; run: python -m pip install "softargmax[onnx]"\n'
    )
