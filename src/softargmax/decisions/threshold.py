"""From which log-odds on to say yes: a threshold by a sensitivity, a specificity, a precision, or by costs."""

import math
import warnings
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval, as_interval, wilson_interval
from softargmax._fields import Field, IntegerField, RealField, TextField, fields_of, state_of
from softargmax._logits import STEADY, Logits, codes_in, logits_in, steady
from softargmax._options import as_real, as_share
from softargmax._parameters import Parameters, require_fitted
from softargmax._renamed import provisional
from softargmax._saved import Saved
from softargmax._state import State
from softargmax.exceptions import ArgumentError, ArtifactError, CalibrationWarning

KIND, VERSION = "threshold", 1
_LARGEST = float(np.finfo(np.float64).max)
_RULES = ("sensitivity", "specificity", "precision", "cost_ratio")
_FIELDS: dict[str, Field] = {
    "rule": TextField(_RULES),
    "asked": RealField(0.0, open_low=True),
    "least": RealField(infinite=True),
    "n_positive": IntegerField(),
    "n": IntegerField(),
}


@provisional
@dataclass(frozen=True)
class ThresholdQuality:
    """How a threshold fares on rows that did not choose it; Wilson's intervals.

    Attributes
    ----------
    sensitivity : Estimate
        The share of rows of class 1 that get a yes; also called recall.
    specificity : Estimate
        The share of rows of class 0 that get a no.
    precision : Estimate
        The share of the yeses that are of class 1; also called positive predictive value.
    negative_predictive_value : Estimate
        The share of the noes that are of class 0.
    share : Estimate
        The share of rows that get a yes.
    """

    sensitivity: Estimate
    specificity: Estimate
    precision: Estimate
    negative_predictive_value: Estimate
    share: Estimate

    def __str__(self) -> str:
        lines = (f"{name.replace('_', ' '):<26}{value}" for name, value in vars(self).items())
        return "\n".join(lines)


@provisional
class ThresholdClassifier(Parameters, Saved):
    r"""Say yes to the rows of two classes whose log-odds of class 1 reach a threshold that other rows chose.

    Parameters
    ----------
    sensitivity : float, optional
        The share of rows of class 1 to find. Promised for a new row: it is found with at least that probability, on
        average over the rows that choose.
    specificity : float, optional
        The share of rows of class 0 to leave alone, promised likewise.
    precision : float, optional
        The least share of right ones among the yeses: of the thresholds that have it on the rows of the fit, that which
        finds most. It is no promise; `evaluate` says on other rows what came of it.
    cost_ratio : float, optional
        How many false alarms are as bad as one missed row of class 1. Then the threshold follows from calibrated
        logits alone, 1 / (1 + cost_ratio), and no row chooses it.

    Attributes
    ----------
    threshold_ : float
        The smallest probability of class 1 that gets a yes; 0 if all do, infinite if none does. It is learned and
        compared as log-odds, rounded to multiples of 2^-20, so that no answer hangs on a last bit.
    n_positive_, n_calibration_ : int
        How many rows of class 1, and of both, chose it.

    See Also
    --------
    softargmax.bayes_decision : for a matrix of costs, and more than two classes.
    softargmax.metrics.threshold_curve : what comes of all thresholds, to look at.

    Notes
    -----
    Name exactly one of the four. A sensitivity is promised as a prediction set is: of n rows of class 1 and a new one
    the k-th smallest is above the new one with a probability of k / (n + 1), whatever the model and the distribution. A
    score in points may stand for the logits where no costs are named. Source: Papadopoulos et al., *ECML* (2002);
    Elkan, *IJCAI* (2001).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax.decisions import ThresholdClassifier
    >>> rng = np.random.default_rng(0)
    >>> z = 2 * rng.normal(size=2000) - 1
    >>> y = (rng.random(2000) < sm.sigmoid(z)).astype(int)
    >>> finder = ThresholdClassifier(sensitivity=0.9).fit(z[:1000], y[:1000])
    >>> found = finder.evaluate(z[1000:], y[1000:])
    >>> print(found.sensitivity, found.specificity, sep=", ")
    0.9286 [0.8981, 0.9504], 0.6174 [0.5786, 0.6547]
    >>> finder.predict([-3.0, 3.0])
    array([0, 1])
    """

    threshold_: float
    n_positive_: int
    n_calibration_: int

    def __init__(
        self,
        *,
        sensitivity: float | None = None,
        specificity: float | None = None,
        precision: float | None = None,
        cost_ratio: float | None = None,
    ) -> None:
        self.sensitivity = sensitivity
        self.specificity = specificity
        self.precision = precision
        self.cost_ratio = cost_ratio

    def fit(self, logits: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Choose the threshold by rows that the model has not seen.

        Parameters
        ----------
        logits : array-like, shape (n_rows, 2), or (n_rows,) for one sigmoid per row
            Calibrated, if a cost is named.
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes, 0 and 1.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, ShapeError, DTypeError, TargetError
            For options and arrays that do not fit.

        Warns
        -----
        CalibrationWarning
            If the rows are too few to choose by: then all rows get a yes, or none does.
        """
        rule, asked = self._asked()
        rows = logits_in(logits, n_classes=2, doubted=True)
        codes = codes_in(y, rows)
        odds = _log_odds(rows)
        least = float(_CHOICES[rule](odds, codes == 1, asked))
        self._keep(rule, float(asked), least, int((codes == 1).sum()), len(codes))
        if math.isinf(least):
            who = "every row gets a yes" if least < 0.0 else "no row does"
            warnings.warn(
                f"{len(codes)} rows, {self.n_positive_} of them of class 1, do not choose a threshold of a {rule} of "
                f"{float(asked):g}, so {who}; it takes more rows, or less to ask",
                CalibrationWarning,
                stacklevel=2,
            )
        return self

    def predict(self, logits: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Give 1 for a yes and 0 for a no, shape (n_rows,).

        Raises
        ------
        NotFittedError, ArgumentError, ShapeError, DTypeError
            Before `fit`, and for arrays that do not fit.
        """
        require_fitted(self, "threshold_")
        return np.asarray(_log_odds(logits_in(logits, n_classes=2)) >= self._least, np.int64)

    def evaluate(
        self, logits: npt.ArrayLike, y: npt.ArrayLike, *, interval: Interval | None = None
    ) -> ThresholdQuality:
        """Measure what came of the threshold, on rows that did not choose it.

        Parameters
        ----------
        logits, y
            As for `fit`, of other rows.
        interval : Interval, optional
            How sure the intervals are.

        Returns
        -------
        ThresholdQuality
            A share of no rows is NaN, between 0 and 1.

        Raises
        ------
        NotFittedError, ArgumentError, ShapeError, DTypeError, TargetError
            Before `fit`, and for arrays that do not fit.
        """
        confidence = as_interval(interval).confidence
        yes = self.predict(logits) == 1
        is_one = codes_in(y, logits_in(logits, n_classes=2)) == 1

        def share(hits: Array, among: Array) -> Estimate:
            n = int(among.sum())
            if n == 0:
                return Estimate(math.nan, 0.0, 1.0, confidence, 0, "wilson")
            value = float((hits & among).sum()) / n
            low, high = wilson_interval(value, n, confidence)
            return Estimate(value, float(low), float(high), confidence, n, "wilson")

        everywhere = np.ones(len(yes), np.bool_)
        return ThresholdQuality(
            share(yes, is_one), share(~yes, ~is_one), share(is_one, yes), share(~is_one, ~yes), share(yes, everywhere)
        )

    def to_state(self) -> State:
        """Give what was learned as plain data.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        require_fitted(self, "threshold_")
        values = {"rule": self._rule, "asked": self._value, "least": self._least}
        return state_of(KIND, VERSION, _FIELDS, {**values, "n_positive": self.n_positive_, "n": self.n_calibration_})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild it from what `to_state` gave; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library.
        """
        if state.kind != KIND:
            raise ArtifactError(f"expected a threshold, of kind {KIND!r}, got {state.kind!r}")
        found = fields_of(state, _FIELDS, newest=VERSION)
        options: dict[str, Any] = {found["rule"]: found["asked"]}
        classifier = cls(**options)
        try:
            classifier._asked()
        except ArgumentError as error:
            raise ArtifactError(f"the state of {KIND!r} is damaged: {error}") from error
        if found["n_positive"] > found["n"]:
            raise ArtifactError(f"the state of {KIND!r} is damaged: n_positive: expected no more rows than there are")
        classifier._keep(found["rule"], found["asked"], found["least"], found["n_positive"], found["n"])
        return classifier

    def _asked(self) -> tuple[str, Fraction | float]:
        """Give which of the options was named, and its value."""
        named = [rule for rule in _RULES if getattr(self, rule) is not None]
        if len(named) != 1:
            raise ArgumentError(
                f"expected exactly one of sensitivity=, specificity=, precision= and cost_ratio=, got "
                f"{' and '.join(named) or 'none'}"
            )
        rule, value = named[0], getattr(self, named[0])
        if rule == "cost_ratio":
            return rule, as_real(value, rule, low=0.0, open_low=True, open_high=True, high=math.inf)
        return rule, as_share(value, rule, open_low=True, open_high=True)

    def _keep(self, rule: str, asked: float, least: float, n_positive: int, n: int) -> None:
        self._rule, self._value, self._least = rule, asked, least
        self.n_positive_, self.n_calibration_ = n_positive, n
        # Infinite where none gets a yes, which a probability of 1 would.
        ends = {math.inf: math.inf, -math.inf: 0.0}
        self.threshold_ = ends[least] if least in ends else 1.0 / (1.0 + math.exp(min(-least, 700.0)))


def least_that_finds(odds: Array, share: Fraction) -> float:
    """Give the threshold that a new one of these reaches with at least a probability of `share`; -inf of too few."""
    rank = math.floor((len(odds) + 1) * (1 - share))
    return float(np.sort(odds)[rank - 1]) if rank else -math.inf


def _by_sensitivity(odds: Array, is_one: Array, share: Fraction) -> float:
    return least_that_finds(odds[is_one], share)


def _by_specificity(odds: Array, is_one: Array, share: Fraction) -> float:
    # A row of class 0 is left alone if it is below the threshold, which is one step above the k-th largest of them.
    # From 2^33 on rounding would lose the step, so it is the next number.
    largest = -least_that_finds(-odds[~is_one], share)
    return max(largest + 1.0 / STEADY, math.nextafter(largest, math.inf))


def _by_precision(odds: Array, is_one: Array, share: Fraction) -> float:
    order = np.argsort(-odds, kind="stable")
    precision = np.cumsum(is_one[order]) / np.arange(1, len(odds) + 1)
    last = np.append(odds[order][1:] != odds[order][:-1], True)  # of equal odds all get a yes, or none
    (enough,) = np.nonzero(last & (precision >= float(share)))
    return float(odds[order][enough[-1]]) if len(enough) else math.inf


def _by_cost(_odds: Array, _is_one: Array, ratio: float) -> float:
    return float(steady(-math.log(ratio)))


_CHOICES: dict[str, Any] = {
    "sensitivity": _by_sensitivity,
    "specificity": _by_specificity,
    "precision": _by_precision,
    "cost_ratio": _by_cost,
}


def _log_odds(rows: Logits) -> Array:
    """Give finite log-odds, for an infinite threshold stands for all rows, or for none; NaN and +inf are refused."""
    rows.refuse_unranked()
    with np.errstate(over="ignore"):
        odds = steady(np.subtract(rows.values[:, 1], rows.values[:, 0], dtype=np.float64))
    return np.clip(odds, -_LARGEST, _LARGEST)
