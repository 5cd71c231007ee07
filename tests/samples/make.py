"""Write one small file of every kind, with what it must give, for tests/samples: `python tests/samples/make.py FOLDER`.

Run it once for a release, before it goes out; never again for the same version: what it wrote is the promise.
"""

import json
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

import softargmax as sm
from softargmax.calibration import AdditiveCalibration, GroupedCalibration, PlattScaling
from softargmax.decisions import PriorShift, RiskControl, ThresholdClassifier

RNG = np.random.default_rng(7)
Y3 = RNG.integers(3, size=60)
Z3 = 2.0 * (np.eye(3)[Y3] + RNG.normal(size=(60, 3)))
Y2 = RNG.integers(2, size=60)
Z2 = 2.0 * (Y2 - 0.5) + 1.5 * RNG.normal(size=60)
NEW3, NEW2 = np.round(3 * RNG.normal(size=(5, 3)), 2), np.round(3 * RNG.normal(size=5), 2)
X = RNG.normal(size=(60, 4))
LABELS = np.array(["ape", "bee", "cat"])[Y3]
COLOURS = ("red", "green", "blue")
NEW_X = np.round(RNG.normal(size=(5, 4)), 2)


def probabilities(z):
    """Give softmax of columns, or sigmoid of a single one."""
    return sm.softmax(z) if np.ndim(z) == 2 else sm.sigmoid(z)


def things():
    """Give every sample: a name, what is saved, a method, what that is given, and by name what else if it is anything."""
    plain = [
        AdditiveCalibration,
        sm.AutoCalibration,
        sm.BetaCalibration,
        sm.DirichletCalibration,
        sm.EnsembleTemperatureScaling,
        sm.HistogramBinning,
        sm.IsotonicCalibration,
        sm.MatrixScaling,
        PlattScaling,
        sm.QuadraticCalibration,
        sm.StructuredMatrixScaling,
        sm.TemperatureScaling,
        sm.VectorScaling,
        sm.VennAbers,
    ]
    for make in plain:
        yield f"{make.kind}-3", make().fit(Z3, Y3), "predict_proba", NEW3
        yield f"{make.kind}-sigmoid", make().fit(Z2, Y2), "predict_proba", NEW2
    inner = sm.ProbabilityCalibration(sm.TemperatureScaling())
    yield f"{inner.kind}-3", inner.fit(probabilities(Z3), Y3), "predict_proba", probabilities(NEW3)
    two = np.stack([Z2, Z2[::-1]], axis=1), np.stack([Y2, Y2[::-1]], axis=1)
    labels = sm.MultilabelCalibration(sm.TemperatureScaling()).fit(*two)
    yield f"{labels.kind}-2", labels, "predict_proba", np.stack([NEW2, NEW2[::-1]], axis=1)
    wards = np.array(["north", "south"])[np.arange(60) % 2]
    apart = Z2 + np.where(wards == "north", 4.0, -4.0)
    grouped = GroupedCalibration(sm.TemperatureScaling()).fit(apart, Y2, groups=wards)
    yield "grouped-sigmoid", grouped, "predict_proba", NEW2, {"groups": ["south", "north", "east", "north", "south"]}
    for score in ("aps", "lac", "saps", "top_k"):
        sets = sm.ConformalClassifier(score, confidence=0.8).fit(Z3, Y3)
        yield f"conformal-{score}", sets, "predict_set", NEW3
    by_class = sm.ConformalClassifier("raps", confidence=0.6, conditional="class").fit(Z3, Y3)
    yield "conformal-by-class", by_class, "predict_set", NEW3
    yield "conformal-sigmoid", sm.ConformalClassifier(confidence=0.8).fit(Z2, Y2), "predict_set", NEW2
    yield "selective-entropy", sm.SelectiveClassifier(0.4, score="entropy").fit(Z3, Y3), "predict", NEW3
    yield "selective-3", sm.SelectiveClassifier(0.4).fit(Z3, Y3), "predict", NEW3
    yield "risk-control-3", RiskControl(risk=0.4).fit(Z3, Y3), "predict_set", NEW3
    control = RiskControl("any_missed", risk=0.4).fit(Z3, Z3 > 0.5)
    yield "risk-control-labels", control, "predict_set", NEW3
    shift = PriorShift([0.5, 0.3, 0.2]).fit(Z3, labelled=(Z3[::-1], Y3[::-1]))
    yield "prior-shift-3", shift, "predict_proba", NEW3
    yield "threshold-2", ThresholdClassifier(sensitivity=0.8).fit(Z2, Y2), "predict", NEW2
    yield "class-labels", sm.ClassLabels.of(LABELS), "codes", ["cat", "ape"]
    network = sm.SoftmaxMLP(hidden_layer_sizes=(3,), max_epochs=5, random_state=0)
    yield "softmax-mlp", network.fit(X, LABELS), "predict_proba", NEW_X
    yield "softmax-regression", sm.SoftmaxRegression().fit(X, LABELS), "predict_proba", NEW_X
    yield "softmax-regression-2", sm.SoftmaxRegression().fit(X, Y2), "predict_proba", NEW_X
    several = np.stack([Y3, Y2 + 5], axis=1)
    yield "softmax-regression-columns", sm.SoftmaxRegression().fit(X, several), "predict_proba", NEW_X
    yield "softmax-regression-cv", sm.SoftmaxRegressionCV(Cs=[0.1, 1.0], cv=3).fit(X, LABELS), "predict_proba", NEW_X


def plain(value):
    """Turn a result into what JSON has."""
    return [plain(item) for item in value] if isinstance(value, list) else np.asarray(value).tolist()


def write_table_model(folder, name, noise=1.0, n_rows=90, **options):
    """Write a model of tables, the first rows of its table, and what it predicts for them."""
    rows = ["size,colour,seen,kind"]
    for row in range(n_rows):
        size = "" if row % 17 == 0 else f"{noise * X[row % 60, 0] + Y3[row % 60]:.3f}"
        rows.append(f"{size},{COLOURS[row % 3]},2024-0{1 + row % 9}-11,{LABELS[row % 60]}")
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "t.csv").write_text("\n".join(rows) + "\n")
        classifier = sm.TableClassifier(**{"model": "mlp", "max_epochs": 30, "hidden_layer_sizes": (4,)} | options)
        model = classifier.fit(Path(scratch) / "t.csv", target="kind").model_
    model.save(folder / f"{name}.softargmax")
    (folder / f"{name}.csv").write_text("\n".join(rows[:9]) + "\n")
    model.predict_file([folder / f"{name}.csv"], str(folder / f"{name}-expected.csv"))


def main(folder):
    """Write all of it."""
    folder.mkdir(parents=True)
    expected = {}
    for number, (name, thing, method, given, *options) in enumerate(things()):
        if hasattr(thing, "save"):
            # Either carrier in turn, so that both are kept for every family.
            thing.save(folder / (f"{name}.softargmax" if number % 2 else f"{name}.json"))
        (named,) = options or ({},)
        found = getattr(thing, method)(given, **named)
        expected[name] = {"method": method, "given": plain(given), "found": plain(found)} | (
            {"options": named} if named else {}
        )
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    write_table_model(folder, "table-classifier")
    write_table_model(folder, "table-classifier-6", group="colour", time="seen", folds=2)
    write_table_model(folder, "table-classifier-7")
    write_table_model(folder, "table-classifier-8", model="ensemble")
    promises = {"confidence": 0.95, "risk": 0.25}
    write_table_model(folder, "table-classifier-10", 0.6, 400, model="regression", **promises)
    model = sm.load(folder / "table-classifier-10.softargmax")
    model.predict_file(
        [folder / "table-classifier-10.csv"], str(folder / "table-classifier-10-decided.csv"), **promises
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]))
