"""A class that is told from all others by a threshold, which rows that judge nothing chose."""

from dataclasses import dataclass
from fractions import Fraction
from math import inf

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import Field, IntegerField, RealField, fields_of, state_of
from softargmax._logits import steady
from softargmax._state import State
from softargmax.decisions.threshold import least_that_finds
from softargmax.exceptions import ArtifactError

KIND, VERSION = "positive-threshold", 1
_FIELDS: dict[str, Field] = {
    "code": IntegerField(),
    "least": RealField(infinite=True),
    "recall": RealField(0.0, 1.0, open_low=True, open_high=True, optional=True),
    "n_positive": IntegerField(),
    "n": IntegerField(1),
}


@dataclass(frozen=True)
class PositiveThreshold:
    """From which probability on a row is taken for a class.

    Attributes
    ----------
    code : int
        The class.
    least : float
        The smallest log-odds of the class that are enough; -inf if all are.
    recall : float or None
        Which share of the rows of the class is found, if that was promised; else the threshold has the largest F1, the
        harmonic mean of precision and recall.
    n_positive, n : int
        By how many rows of the class, and of all classes, it was chosen.
    """

    code: int
    least: float
    recall: float | None
    n_positive: int
    n: int

    @classmethod
    def chosen(cls, logits: Array, codes: Array, code: int, recall: float | None) -> "PositiveThreshold":
        """Choose it by calibrated logits of rows that the model has not seen, and their classes."""
        odds, is_positive = log_odds(logits, code), codes == code
        found, n = odds[is_positive], len(codes)
        if recall is None:
            least = _best_f1(odds, is_positive) if len(found) else -inf
        else:
            least = least_that_finds(found, Fraction(str(recall)))
        return cls(code, least, recall, len(found), n)

    @property
    def probability(self) -> float:
        """The same threshold as a probability."""
        return float(1.0 / (1.0 + np.exp(-self.least))) if self.least > -inf else 0.0

    def says_yes(self, logits: Array) -> Array:
        """Tell which rows are taken for the class."""
        return np.asarray(log_odds(logits, self.code) >= self.least)

    def to_state(self) -> State:
        """Give everything as plain data."""
        return state_of(KIND, VERSION, _FIELDS, vars(self))

    @classmethod
    def from_state(cls, state: State, n_classes: int) -> "PositiveThreshold":
        """Rebuild it; what is amiss is an ArtifactError or ValueError."""
        if state.kind != KIND:
            raise ArtifactError(f"expected a threshold, of kind {KIND!r}, got {state.kind!r}")
        threshold = cls(**fields_of(state, _FIELDS, newest=VERSION))
        if threshold.code >= n_classes or threshold.n_positive > threshold.n:
            raise ValueError("positive: expected one of the classes, and no more rows of it than of all")
        return threshold


def log_odds(logits: Array, code: int) -> Array:
    """Give every row's log-odds of a class against all others, rounded as whatever is compared with a threshold."""
    others = np.delete(logits, code, axis=1)
    highest = others.max(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = highest[:, 0] + np.log(np.exp(others - highest).sum(axis=1))
    return np.asarray(steady(logits[:, code] - rest))


def _best_f1(odds: Array, is_positive: Array) -> float:
    """Give the threshold with the largest F1, the highest of equal ones."""
    order = np.argsort(-odds, kind="stable")
    hits, yes = np.cumsum(is_positive[order]), np.arange(1, len(odds) + 1)
    last = np.append(odds[order][1:] != odds[order][:-1], True)  # of equal odds all say yes, or none
    f1 = np.where(last, 2.0 * hits / (yes + is_positive.sum()), -1.0)
    return float(odds[order][int(np.argmax(f1))])
