"""How good were they: every metric is a value with an interval.

Conventions: ``targets`` are codes 0 ... n_classes-1; what is judged is passed by name, ``probabilities=`` or
``logits=``, and never guessed. Intervals hold the value a new sample of as many rows would estimate, with the
given confidence.
"""

from softargmax.metrics.calibration_error import expected_calibration_error
from softargmax.metrics.estimate import Bootstrap, Estimate
from softargmax.metrics.scores import Scores, accuracy, brier_score, log_loss, score

__all__ = [
    "Bootstrap",
    "Estimate",
    "Scores",
    "accuracy",
    "brier_score",
    "expected_calibration_error",
    "log_loss",
    "score",
]
