"""Logits of any model from a file, and their labels: a calibration, and how much better it is."""

import warnings
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._deal import deal
from softargmax._options import as_choice
from softargmax.calibration import AutoCalibration, Calibration, ProbabilityCalibration
from softargmax.calibration.methods import METHODS
from softargmax.exceptions import CalibrationWarning
from softargmax.metrics import Scores, scores

# Every method that needs nothing but logits.
CHOICES = tuple(sorted(name for name in METHODS if name not in ("from-probabilities", "multilabel")))
_PARTS = 5
_FEWEST = 50


@dataclass(frozen=True)
class CalibrationReport:
    """What was fitted, and the scores before and after, the latter on rows left out of the fit."""

    calibration: Calibration
    n_rows: int
    n_classes: int
    before: Scores
    after: Scores | None
    notes: tuple[str, ...]


def calibrate(given: Array, codes: Array, *, method: str, probabilities: bool) -> CalibrationReport:
    """Fit a calibration to all rows, and judge it by fits that leave a fifth of them out at a time.

    Raises
    ------
    ArgumentError
        For what cannot be calibrated.
    """
    as_choice(method, "method", CHOICES)
    plain = METHODS[method]()
    calibration = ProbabilityCalibration(plain) if probabilities else plain
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CalibrationWarning)
        calibration.fit(given, codes)
        before = scores(codes, probabilities=given) if probabilities else scores(codes, logits=given)
        notes = [str(warning.message) for warning in caught]
        after = None
        if len(codes) >= _FEWEST:
            after = scores(codes, logits=_left_out(calibration, given, codes))
        else:
            notes.append(f"{len(codes)} rows are too few to say how much better it is")
    return CalibrationReport(calibration, len(codes), given.shape[1], before, after, tuple(dict.fromkeys(notes)))


def _left_out(calibration: Calibration, given: Array, codes: Array) -> Array:
    parts = deal(codes, folds=_PARTS, by=np.random.default_rng(0).permutation(len(codes)))
    result = np.empty(given.shape)
    for part in range(_PARTS):
        out = parts == part
        result[out] = calibration.clone().fit(given[~out], codes[~out]).transform(given[out])
    return result


def chosen(calibration: Calibration) -> Calibration:
    """Give the one that does the work: what `AutoCalibration` chose, what probabilities are handed to."""
    while hasattr(calibration, "calibration_"):
        calibration = calibration.calibration_
    return calibration


def is_automatic(calibration: Calibration) -> bool:
    """Tell whether the method was chosen by the rows."""
    inner = getattr(calibration, "calibration_", None)
    return isinstance(calibration, AutoCalibration) or isinstance(inner, AutoCalibration)
