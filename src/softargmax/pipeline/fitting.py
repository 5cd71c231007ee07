"""From features and codes to a calibrated, scored network."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._deal import deal, rows_of
from softargmax._lazy import load
from softargmax._logits import logits_in
from softargmax._progress import ProgressCallback
from softargmax.calibration import Calibration, TemperatureScaling
from softargmax.exceptions import CalibrationWarning
from softargmax.labels import ClassLabels
from softargmax.metrics import Scores, scores
from softargmax.models.network import Network
from softargmax.models.outputs import SigmoidOutput, SoftmaxOutput
from softargmax.pipeline.records import FitOptions, FitRecord, rare_classes

Output = SigmoidOutput | SoftmaxOutput

# Fewer rows than this do not stop a fit: they would choose its epoch by chance.
_FEWEST_TO_STOP_BY = 50
# A calibration fitted to fewer rows than this would say more about them than about the model.
_FEWEST_TO_CALIBRATE = 10


@dataclass(frozen=True)
class Fitted:
    """What a fit leaves behind: from features to logits, how they are read, what they mean, and how the fit went."""

    network: Network
    output: Output
    calibration: Calibration
    record: FitRecord


def class_logits(network: Network, features: Array) -> Array:
    """Give one logit per class, also where the network has one for two classes."""
    return logits_in(network.logits(features)).values


def fit_features(
    features: Array, codes: Array, labels: ClassLabels, options: FitOptions, progress: ProgressCallback | None
) -> Fitted:
    """Train on one part of the rows, calibrate on another, and score on a third whose labels nothing else has seen.

    The rows to calibrate on also choose the epoch to keep: the rows to score on stay untouched, and a calibration that
    is fitted to rows which chose an epoch is a small price for a larger training part. How much more than one
    temperature they support is decided on rows left out.
    """
    held = options.calibration_fraction, options.score_fraction
    roles = deal(codes, shares=(1.0 - sum(held), *held), random_state=options.random_state)
    training, calibration, scoring = rows_of(roles, 3)
    y = labels.labels(codes)
    estimator = _estimator(options)
    fit_options: dict[str, Any] = {"progress": progress}
    if options.model == "mlp" and len(calibration) >= _FEWEST_TO_STOP_BY:
        fit_options["validation_data"] = (features[calibration], y[calibration])

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(features[training], y[training], **fit_options)
        network = estimator.network_
        calibrated = _calibrated(class_logits(network, features[calibration]), codes[calibration])
    notes = [_as_note(warning) for warning in caught if issubclass(warning.category, UserWarning)]
    if len(calibration) < _FEWEST_TO_CALIBRATE:
        notes.append(
            f"calibration: {len(calibration)} rows are too few to calibrate on; probabilities were left as they are"
        )
    if not len(scoring):
        notes.append("no rows were left to score on: nothing is known about how good the model is")
    before, after = _before_and_after(class_logits(network, features[scoring]), codes[scoring], calibrated)
    record = FitRecord(
        rows={"training": len(training), "calibration": len(calibration), "score": len(scoring)},
        class_counts=tuple(np.bincount(codes, minlength=len(labels)).tolist()),
        model=options.model,
        n_iter=int(estimator.n_iter_),
        before=before,
        after=after,
        rare=rare_classes(labels, codes[scoring]),
        notes=tuple(notes),
    )
    return Fitted(network, estimator.output_layer_, calibrated, record)


def _calibrated(z: Array, codes: Array) -> Calibration:
    if len(z) < _FEWEST_TO_CALIBRATE:
        return TemperatureScaling.known(1.0, n_logits=z.shape[1])
    from softargmax.calibration import AutoCalibration  # here, because only a fit needs what it compares

    return AutoCalibration().fit(z, codes).calibration_


def _as_note(warning: warnings.WarningMessage) -> str:
    """Say a warning's words; those about the calibration are told apart, because a report explains them."""
    return (
        f"calibration: {warning.message}" if issubclass(warning.category, CalibrationWarning) else str(warning.message)
    )


def _before_and_after(z: Array, codes: Array, calibration: Calibration) -> tuple[Scores | None, Scores | None]:
    if not len(z):
        return None, None
    return scores(codes, logits=z), scores(codes, logits=calibration.transform(z))


def _estimator(options: FitOptions) -> Any:
    # Imported here, because it is the only thing that scikit-learn is needed for; predicting goes without.
    models = load("softargmax.models")
    class_weight = "balanced" if options.balanced else None
    if options.model == "regression":
        return models.SoftmaxRegression(class_weight=class_weight)
    return models.SoftmaxMLP(
        options.hidden_layer_sizes,
        max_epochs=options.max_epochs,
        class_weight=class_weight,
        random_state=options.random_state,
    )
