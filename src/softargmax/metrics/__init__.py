"""How good were they: every metric is a value with an interval.

Conventions: ``targets`` are codes 0 ... n_classes-1; what is judged is passed by name, ``probabilities=`` or
``logits=``, and never guessed. An interval is for the value on the population the rows were drawn from; it comes
from resampling those rows, so where few rare rows carry most of a mean (log loss) it is too narrow.
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
