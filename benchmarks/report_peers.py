"""Pages and pictures of the same predictions, ours and other libraries', behind one signature."""

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

# From probabilities, codes of the true classes and a folder, into which files are written.
Make = Callable[[Any, Any, Path], None]
# One class against the others is drawn for so many classes at most.
DRAWN = 10


class Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A classifier whose features are the probabilities: what reports on an estimator are given."""

    def __init__(self, n_classes: int = 2) -> None:
        self.n_classes = n_classes
        self.classes_ = np.arange(n_classes)
        self.n_features_in_ = n_classes

    def fit(self, X: Any, y: Any) -> "Given":
        """Learn nothing."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict_proba(self, X: Any) -> Any:
        """Give the features."""
        return np.asarray(X)

    def predict(self, X: Any) -> Any:
        """Give the largest of them."""
        return np.argmax(X, axis=1)


def nothing(p: Any, y: Any, folder: Path) -> None:
    """Hold the predictions, and make nothing."""


def softargmax_report(p: Any, y: Any, folder: Path) -> None:
    """Make the page with everything that `softargmax report` measures of logits and labels."""
    from softargmax.pipeline.measuring import measure
    from softargmax.report import report

    found = measure(y, probabilities=p, keys=[(str(i),) for i in range(len(y))], keep_worst=8)
    report(found.now, path=folder / "page.html", key_names=("Row",))


def softargmax_displays(p: Any, y: Any, folder: Path) -> None:
    """Draw the displays that need one model only."""
    from softargmax import displays

    for name in ("ReliabilityDisplay", "RiskCoverageDisplay", "ConfusionDisplay", "SetSizeDisplay"):
        drawn = getattr(displays, name).from_predictions(y, probabilities=p)
        drawn.figure_.savefig(folder / f"{name}.svg")


def _skore(p: Any, y: Any) -> Any:
    skore: Any = importlib.import_module("skore")
    positive = {"pos_label": 1} if p.shape[1] == 2 else {}
    return skore.EstimatorReport(Given(p.shape[1]), X_test=p, y_test=y, **positive)


def skore_report(p: Any, y: Any, folder: Path) -> None:
    """Write what a notebook shows of skore's report."""
    (folder / "page.html").write_text(_skore(p, y)._repr_html_())


def skore_displays(p: Any, y: Any, folder: Path) -> None:
    """Draw skore's displays of probabilities."""
    report = _skore(p, y)
    metrics = report.metrics
    for draw in (metrics.confusion_matrix, metrics.roc, metrics.precision_recall, report.inspection.calibration_curve):
        draw().plot().savefig(folder / f"{draw.__name__}.svg")


def scikit_learn_displays(p: Any, y: Any, folder: Path) -> None:
    """Draw scikit-learn's displays; of more than two classes, a line for each of the first against the others."""
    from matplotlib.figure import Figure
    from sklearn.calibration import CalibrationDisplay
    from sklearn.metrics import ConfusionMatrixDisplay, DetCurveDisplay, PrecisionRecallDisplay, RocCurveDisplay

    n_classes = p.shape[1]
    figure = Figure(figsize=(8, 8))
    with_numbers = n_classes <= 50  # thousands of them are no picture
    ConfusionMatrixDisplay.from_predictions(y, p.argmax(axis=1), ax=figure.subplots(), include_values=with_numbers)
    figure.savefig(folder / "confusion.svg")
    classes = [1] if n_classes == 2 else range(min(n_classes, DRAWN))
    for display in (CalibrationDisplay, RocCurveDisplay, PrecisionRecallDisplay, DetCurveDisplay):
        figure = Figure()
        axes = figure.subplots()
        for code in classes:
            display.from_predictions(y == code, p[:, code], ax=axes, name=str(code))
        figure.savefig(folder / f"{display.__name__}.svg")


def evidently_report(p: Any, y: Any, folder: Path) -> None:
    """Write evidently's page with its preset for classifiers."""
    pd: Any = importlib.import_module("pandas")
    evidently: Any = importlib.import_module("evidently")
    presets: Any = importlib.import_module("evidently.presets")
    names = [f"class {code}" for code in range(p.shape[1])]
    frame = pd.DataFrame(p, columns=names)
    columns = {"target": np.take(names, y), "prediction": np.take(names, p.argmax(axis=1))}
    frame = pd.concat([frame, pd.DataFrame(columns)], axis=1)
    kind: dict[str, Any] = {"prediction_probas": names}
    if len(names) == 2:
        kind = {"prediction_probas": names[1], "pos_label": names[1]}
    task = evidently.BinaryClassification if len(names) == 2 else evidently.MulticlassClassification
    task = task(target="target", prediction_labels="prediction", **kind)
    given = evidently.Dataset.from_pandas(frame, data_definition=evidently.DataDefinition(classification=[task]))
    evidently.Report([presets.ClassificationPreset()]).run(given, None).save_html(str(folder / "page.html"))


# Name, the modules without which it is not there, and how it is made.
WAYS: dict[str, tuple[tuple[str, ...], Make]] = {
    "the predictions alone": ((), nothing),
    "softargmax: report": ((), softargmax_report),
    "softargmax: displays": (("matplotlib",), softargmax_displays),
    "skore: report": (("skore",), skore_report),
    "skore: displays": (("skore", "matplotlib"), skore_displays),
    "scikit-learn: displays": (("matplotlib",), scikit_learn_displays),
    "evidently: report": (("evidently", "pandas"), evidently_report),
}


def missing(modules: tuple[str, ...]) -> str:
    """Name what is not installed, or give nothing."""
    return ", ".join(name for name in modules if importlib.util.find_spec(name) is None)
