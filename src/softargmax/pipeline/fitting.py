"""From features and codes to a calibrated, scored network."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._deal import deal, rows_of
from softargmax._lazy import load
from softargmax._progress import Progress, ProgressCallback
from softargmax.calibration import AutoCalibration, Calibration, TemperatureScaling
from softargmax.exceptions import CalibrationWarning
from softargmax.labels import ClassLabels
from softargmax.metrics import scores
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
    """What a fit leaves behind."""

    network: Network
    output: Output
    calibration: Calibration
    record: FitRecord


def class_logits(network: Network, output: Output, features: Array) -> Array:
    """Give one logit per class, also where the network has one for two classes."""
    raw = network.logits(features)
    return np.concatenate([np.zeros_like(raw), raw], axis=1) if isinstance(output, SigmoidOutput) else raw


def fit_features(
    features: Array, codes: Array, labels: ClassLabels, options: FitOptions, progress: ProgressCallback | None
) -> Fitted:
    """Train on one part of the rows, calibrate on another, and score on a third whose labels nothing else has seen.

    The rows to calibrate on also choose the epoch to keep, a small price for a larger training part; and how much more
    than one temperature they support is decided on rows left out.
    """
    held = options.calibration_fraction, options.score_fraction
    roles = deal(codes, shares=(1.0 - sum(held), *held), random_state=options.random_state)
    training, calibration, scoring = rows_of(roles, 3)
    y = labels.labels(codes)
    estimator = _estimator(options)
    fit_options: dict[str, Any] = {"progress": _as_stage(progress, options)}
    if options.model == "mlp" and len(calibration) >= _FEWEST_TO_STOP_BY:
        fit_options["validation_data"] = (features[calibration], y[calibration])

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(features[training], y[training], **fit_options)
        network, output = estimator.network_, estimator.output_layer_
        calibrated: Calibration = TemperatureScaling.known(1.0, n_logits=len(labels))
        if len(calibration) >= _FEWEST_TO_CALIBRATE:
            z = class_logits(network, output, features[calibration])
            calibrated = AutoCalibration().fit(z, codes[calibration]).calibration_
    notes = [
        f"calibration: {warning.message}" if issubclass(warning.category, CalibrationWarning) else str(warning.message)
        for warning in caught
        if issubclass(warning.category, UserWarning)
    ]
    if len(calibration) < _FEWEST_TO_CALIBRATE:
        notes.append(
            f"calibration: {len(calibration)} rows are too few to calibrate on; probabilities were left as they are"
        )

    before = after = None
    if len(scoring):
        z = class_logits(network, output, features[scoring])
        before, after = scores(codes[scoring], logits=z), scores(codes[scoring], logits=calibrated.transform(z))
    else:
        notes.append("no rows were left to score on: nothing is known about how good the model is")
    record = FitRecord(
        {"training": len(training), "calibration": len(calibration), "score": len(scoring)},
        tuple(np.bincount(codes, minlength=len(labels)).tolist()),
        options.model,
        int(estimator.n_iter_),
        before,
        after,
        rare_classes(labels, codes[scoring]),
        tuple(notes),
    )
    return Fitted(network, output, calibrated, record)


def _as_stage(progress: ProgressCallback | None, options: FitOptions) -> Callable[[Any], None] | None:
    if progress is None:
        return None
    unit = "epochs" if options.model == "mlp" else "iterations"

    def tell(step: Any) -> None:
        progress(step if isinstance(step, Progress) else Progress("training", step.step, step.n_steps, unit))

    return tell


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
