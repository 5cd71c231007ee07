"""Calibrations and prediction sets of others, behind one signature each; what is not installed is not there."""

import contextlib
import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

import softargmax as sm

# From logits and codes to a function from logits to probabilities.
Fit = Callable[[Any, Any], Callable[[Any], Any]]
# From logits and codes to a function from logits to sets, at the given alpha.
FitSets = Callable[[Any, Any, float], Callable[[Any], Any]]


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


class Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose features are the logits: what estimators of estimators need to be given logits."""

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
        """Give the softmax of the features."""
        return sm.softmax(np.asarray(X, np.float64))

    def predict(self, X: Any) -> Any:
        """Give the largest feature."""
        return np.argmax(X, axis=1)


def ours(make: Callable[[], Any]) -> Fit:
    return lambda z, y: make().fit(z, y).predict_proba


def scikit_learn(method: str) -> Fit:
    def fit(z: Any, y: Any) -> Callable[[Any], Any]:
        model = FrozenEstimator(Given(z.shape[1]))
        return CalibratedClassifierCV(model, method=method).fit(z, y).predict_proba  # type: ignore[no-any-return]

    return fit


def probmetrics(method: str) -> Fit:
    torch: Any = importlib.import_module("torch")
    calibrators: Any = importlib.import_module("probmetrics.calibrators")
    distributions: Any = importlib.import_module("probmetrics.distributions")

    def given(z: Any) -> Any:
        return distributions.CategoricalLogits(torch.from_numpy(np.ascontiguousarray(z)))

    def fit(z: Any, y: Any) -> Callable[[Any], Any]:
        named = getattr(calibrators, f"{method}Calibrator", None)
        calibrator = named() if named else calibrators.get_calibrator(method)
        calibrator.fit_torch(given(z), torch.from_numpy(y))
        return lambda zt: calibrator.predict_proba_torch(given(zt)).get_probs().numpy()

    return fit


def netcal(module: str, name: str, dtype: str = "float64") -> Fit:
    kind = getattr(importlib.import_module(f"netcal.{module}"), name)

    def fit(z: Any, y: Any) -> Callable[[Any], Any]:
        calibrator = kind()
        calibrator.fit(sm.softmax(z).astype(dtype), y)
        return lambda zt: np.asarray(calibrator.transform(sm.softmax(zt).astype(dtype)))

    return fit


def one_against_the_rest(make: Callable[[], Any], method: str) -> Fit:
    """Calibrate every class against the others, and divide by the sum; of two classes the second alone."""

    def fit(z: Any, y: Any) -> Callable[[Any], Any]:
        p = sm.softmax(np.asarray(z, np.float64))
        judged = [1] if z.shape[1] == 2 else range(z.shape[1])
        fitted = [make().fit(p[:, j : j + 1], (y == j).astype(int)) for j in judged]

        def predict(zt: Any) -> Any:
            pt = sm.softmax(np.asarray(zt, np.float64))
            made = np.stack(
                [getattr(each, method)(pt[:, j : j + 1]).ravel() for j, each in zip(judged, fitted, strict=True)],
                axis=1,
            )
            return np.hstack([1.0 - made, made]) if z.shape[1] == 2 else made / made.sum(axis=1, keepdims=True)

        return predict

    return fit


def spline(z: Any, y: Any) -> Callable[[Any], Any]:
    """Fit splinecalib's, which takes all classes at once."""
    model = importlib.import_module("splinecalib").SplineCalib()
    model.fit(sm.softmax(np.asarray(z, np.float64)), y)
    return lambda zt: model.calibrate(sm.softmax(np.asarray(zt, np.float64)))


def calibrations(n_classes: int) -> dict[str, Fit]:
    """Name every calibration that can be measured here."""
    fits = {
        "ours: TemperatureScaling": ours(sm.TemperatureScaling),
        "ours: EnsembleTemperatureScaling": ours(sm.EnsembleTemperatureScaling),
        "ours: VectorScaling": ours(sm.VectorScaling),
        'ours: StructuredMatrixScaling, "vector"': ours(lambda: sm.StructuredMatrixScaling(structure="vector")),
        "ours: StructuredMatrixScaling": ours(sm.StructuredMatrixScaling),
        "ours: DirichletCalibration": ours(sm.DirichletCalibration),
        "ours: IsotonicCalibration": ours(sm.IsotonicCalibration),
        "ours: VennAbers": ours(sm.VennAbers),
        "ours: AutoCalibration": ours(sm.AutoCalibration),
    }
    if n_classes <= 10:
        fits["ours: MatrixScaling"] = ours(sm.MatrixScaling)
    if installed("probmetrics"):
        names = {"temp-scaling": "TS", "ETS": "ETS", "VectorScaling": "VS", "svs": "SVS", "sms": "SMS"}
        fits |= {f"probmetrics: {short}": probmetrics(method) for method, short in names.items()}
    fits |= {f"scikit-learn: {method}": scikit_learn(method) for method in ("temperature", "sigmoid", "isotonic")}
    if installed("splinecalib") and n_classes <= 20:  # a minute and more beyond
        fits["splinecalib"] = spline
    if installed("betacal"):
        beta = importlib.import_module("betacal").BetaCalibration
        fits["betacal, one against the rest"] = one_against_the_rest(beta, "predict")
    if installed("netcal"):
        fits |= {
            "netcal: TemperatureScaling": netcal("scaling", "TemperatureScaling"),
            "netcal: TemperatureScaling, float32": netcal("scaling", "TemperatureScaling", "float32"),
            "netcal: HistogramBinning": netcal("binning", "HistogramBinning"),
        }
    return fits


def our_sets(score: str, **options: Any) -> FitSets:
    def fit(z: Any, y: Any, alpha: float) -> Callable[[Any], Any]:
        return sm.ConformalClassifier(score, confidence=1 - alpha, **options).fit(z, y).predict_set

    return fit


def mapie(score: str) -> FitSets:
    classification: Any = importlib.import_module("mapie.classification")

    def fit(z: Any, y: Any, alpha: float) -> Callable[[Any], Any]:
        model = classification.SplitConformalClassifier(
            Given(z.shape[1]), confidence_level=1 - alpha, conformity_score=score, prefit=True, random_state=0
        ).conformalize(z, y)
        return lambda zt: model.predict_set(zt)[1][:, :, 0]

    return fit


def crepes(z: Any, y: Any, alpha: float) -> Callable[[Any], Any]:
    package: Any = importlib.import_module("crepes")
    model = package.WrapClassifier(Given(z.shape[1]))
    model.calibrate(z, y, seed=0)
    return lambda zt: model.predict_set(zt, labels=False, confidence=1 - alpha, smoothing=False) == 1


def torchcp(score: str) -> FitSets:
    torch: Any = importlib.import_module("torch")
    scores: Any = importlib.import_module("torchcp.classification.score")
    predictors: Any = importlib.import_module("torchcp.classification.predictor")

    def fit(z: Any, y: Any, alpha: float) -> Callable[[Any], Any]:
        kind = scores.RAPS(penalty=0.01, kreg=5) if score == "RAPS" else getattr(scores, score)()
        predictor = predictors.SplitPredictor(kind, alpha=alpha)
        predictor.calculate_threshold(torch.from_numpy(z), torch.from_numpy(y), alpha)
        return lambda zt: predictor.predict_with_logits(torch.from_numpy(zt)).numpy().astype(bool)

    return fit


def prediction_sets() -> dict[str, FitSets]:
    """Name every way to make prediction sets that can be measured here."""
    fits: dict[str, FitSets] = {f"ours: {score}": our_sets(score) for score in ("lac", "aps", "raps")}
    if installed("mapie"):
        fits |= {f"MAPIE: {score}": mapie(score) for score in ("lac", "aps", "raps")}
    if installed("crepes"):
        fits["crepes: hinge (LAC)"] = crepes
    if installed("torchcp"):
        with contextlib.suppress(ImportError):  # it imports torchsort, which has to be compiled
            fits |= {f"TorchCP: {score}": torchcp(score) for score in ("LAC", "APS", "RAPS")}
    return fits
