"""Binary calibrations by two or three numbers: logistic regression on functions of the log-odds."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import ArrayField, Field, RealField
from softargmax._options import as_real
from softargmax._renamed import provisional
from softargmax.calibration._binary import LARGEST, BinaryCalibration, Event
from softargmax.calibration._newton import descend_by_newton
from softargmax.calibration._start import Start
from softargmax.probabilities import sigmoid, softplus

_MOST_STEPS = 100
# The bound on what is left to gain at which coefficients are final, in nats: rounding hides anything less.
_TOL = 1e-12


class ParametricCalibration(BinaryCalibration):
    """What these share: features of the log-odds, the numbers that change nothing, and a weak pull towards them."""

    # The numbers that change nothing; the last one is the intercept.
    _neutral: ClassVar[tuple[float, ...]]
    # Which numbers may not be negative.
    _nonnegative: ClassVar[tuple[int, ...]] = ()

    coefficients_: Array

    def __init__(self, *, C: float = 100.0) -> None:
        self.C = C

    @staticmethod
    @abstractmethod
    def _features(odds: Array) -> Array:
        """Give what the numbers multiply, a column each; the last one is 1."""

    def _fit_event(self, event: Event) -> Array:
        ridge = 1.0 / as_real(self.C, "C", low=0.0, open_low=True)
        return _logistic(self._features(event.odds), event, np.array(self._neutral), ridge, self._nonnegative)

    def _constant(self, event: Event) -> Array:
        """Give the event's share in the rows, never 0 or 1."""
        occurred = float(event.weight @ event.occurred)
        intercept = np.log((occurred + 0.5) / (event.total - occurred + 0.5))
        return np.array([*[0.0] * (len(self._neutral) - 1), intercept, 0.0])

    def _odds(self, curve: Array, odds: Array) -> Array:
        features = self._features(odds)
        result = features[:, 0] * curve[0]
        for j in range(1, features.shape[1]):  # a matrix product would round differently for other batches
            result += features[:, j] * curve[j]
        return np.asarray(result)

    def _keep(self, start: Start, curves: Sequence[Array | None]) -> None:
        # The last column is every fit's bound on what is left to gain; the worst is told.
        neutral = np.array([*self._neutral, 0.0])
        table = np.array([neutral if curve is None else curve for curve in curves]).reshape(len(curves), len(neutral))
        self.temperature_, self.shift_, self.coefficients_ = start.temperature, start.shift, table[:, :-1]
        self.optimality_ = float(table[:, -1].max(initial=0.0))

    def _kept(self, number: int) -> Array:
        return np.asarray(self.coefficients_[number])

    def _check_learned(self) -> None:
        super()._check_learned()
        self._check_one_per_event(len(self.coefficients_))


def _fields(n_numbers: int) -> dict[str, Field]:
    """Give what a fit of so many numbers per event leaves behind."""
    return {
        "temperature_": RealField(low=0.0, open_low=True),
        "shift_": ArrayField("K", optional=True),
        "coefficients_": ArrayField("", n_numbers, low=-LARGEST, high=LARGEST),
        "optimality_": RealField(),
    }


@provisional
class PlattScaling(ParametricCalibration):
    r"""Calibrate a probability by a slope and an intercept: logistic regression on its log-odds.

    .. math:: \operatorname{logit} p' = a\, l + b, \qquad l = \operatorname{logit} p,\; a \ge 0

    Attributes
    ----------
    temperature_ : float
        What logits are divided by first, so that their scale does not matter.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that. For two classes slope and intercept are in temperature
        and shift already, and a = 1, b = 0 but for rounding.
    coefficients_ : ndarray, shape (1, 2) or (n_classes, 2)
        a, b for class 1; with more than two classes for every class against the rest.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The mean penalised loss is at most this far above its minimum, in nats; the worst class's.

    Parameters
    ----------
    C : float, default 100
        Inverse strength of a weak penalty on the distance from a = 1, b = 0, for what the rows leave open. For two
        classes it changes nothing: they are where the fit begins.

    See Also
    --------
    TemperatureScaling : a slope alone, which for events that are rare pulls every probability towards one half.
    BetaCalibration : a third number, for curves that are steeper at one end.
    VectorScaling : for more than two classes, all at once.

    Notes
    -----
    The simplest calibration of two classes, and what `AutoCalibration` starts from there. The mean probability of the
    rows fitted to is the share of events among them. A model that is right about the order of rows but not about the
    share of events, as after training on undersampled rows, is put right by the intercept. More than two classes: one
    against the rest, and the results divided by their sum.

    Source: Cox, "Two further applications of a model for binary regression", *Biometrika* 45 (1958); Platt (1999).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax.calibration import PlattScaling
    >>> rng = np.random.default_rng(0)
    >>> logits = 2 * rng.normal(size=2000) - 2
    >>> y = (rng.random(2000) < sm.sigmoid(logits - 1)).astype(int)
    >>> p = PlattScaling().fit(logits, y).predict_proba(logits)[:, 1]
    >>> bool(abs(p.mean() - y.mean()) < 1e-3)
    True
    """

    kind = "platt"
    _learned: ClassVar[dict[str, Field]] = _fields(2)
    _neutral = (1.0, 0.0)
    _nonnegative = (0,)

    @staticmethod
    def _features(odds: Array) -> Array:
        """Give l and 1 for log-odds l."""
        return np.stack([odds, np.ones_like(odds)], axis=1)


class BetaCalibration(ParametricCalibration):
    r"""Calibrate a probability by the log-odds of two beta distributions.

    .. math:: \operatorname{logit} p' = a \log p - b \log(1 - p) + c, \qquad a, b \ge 0

    Attributes
    ----------
    temperature_ : float
        What logits are divided by first, so that their scale does not matter.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that: for two classes always, for more where no temperature
        suits them as they are.
    coefficients_ : ndarray, shape (1, 3) or (n_classes, 3)
        a, b, c for class 1; with more than two classes for every class against the rest.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The mean penalised loss is at most this far above its minimum, in nats; the worst class's.

    Parameters
    ----------
    C : float, default 100
        Inverse strength of a weak penalty on the distance from a = b = 1, c = 0, for what the rows leave open.

    See Also
    --------
    QuadraticCalibration : another curve with three numbers.
    IsotonicCalibration : any increasing curve.

    Notes
    -----
    Richer than Platt's sigmoid, which has a = b: it can pull the two ends apart, and can leave a calibrated model as it
    is. More than two classes: one against the rest, and the results divided by their sum.

    Source: Kull, Silva Filho, Flach, *AISTATS* (2017).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=5000)
    >>> y = (rng.random(5000) < sm.sigmoid(2 * logits + 1)).astype(int)
    >>> beta = sm.BetaCalibration().fit(logits, y)
    >>> bool(abs(beta.transform([0.0])[0] - 1) < 0.15)
    True
    """

    kind = "beta"
    _learned: ClassVar[dict[str, Field]] = _fields(3)
    _neutral = (1.0, 1.0, 0.0)
    _nonnegative = (0, 1)

    @staticmethod
    def _features(odds: Array) -> Array:
        """Give log p, -log(1 - p) and 1 for the log-odds of p."""
        return np.stack([-softplus(-odds), softplus(odds), np.ones_like(odds)], axis=1)


class QuadraticCalibration(ParametricCalibration):
    r"""Calibrate a probability by a parabola of its log-odds.

    .. math:: \operatorname{logit} p' = a\, l + b\, l^2 + c, \qquad l = \operatorname{logit} p,\; a \ge 0

    Attributes
    ----------
    temperature_ : float
        What logits are divided by first, so that their scale does not matter.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that: for two classes always, for more where no temperature
        suits them as they are.
    coefficients_ : ndarray, shape (1, 3) or (n_classes, 3)
        a, b, c for class 1; with more than two classes for every class against the rest.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The mean penalised loss is at most this far above its minimum, in nats; the worst class's.

    Parameters
    ----------
    C : float, default 100
        Inverse strength of a weak penalty on the distance from a = 1, b = c = 0, for what the rows leave open.

    See Also
    --------
    BetaCalibration : always increasing, which a parabola is not.

    Notes
    -----
    Exact where the scores of both classes are normal, with variances of their own. Beyond log-odds of 30 the square
    grows no further. More than two classes: one against the rest, and the results divided by their sum.

    Source: Berta, Holzmüller, Jordan, Bach, arXiv 2511.03685 (2025).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, size=5000)
    >>> logits = rng.normal(loc=y, scale=1 + y)           # the variances differ
    >>> calibration = sm.QuadraticCalibration().fit(logits, y)
    >>> bool(calibration.coefficients_[0, 1] > 0.1)
    True
    """

    kind = "quadratic"
    _learned: ClassVar[dict[str, Field]] = _fields(3)
    _neutral = (1.0, 0.0, 0.0)
    _nonnegative = (0,)

    @staticmethod
    def _features(odds: Array) -> Array:
        """Give l, l^2 and 1 for log-odds l; beyond 30 the square grows no further."""
        return np.stack([odds, np.square(np.clip(odds, -30.0, 30.0)), np.ones_like(odds)], axis=1)


def _logistic(features: Array, event: Event, neutral: Array, ridge: float, nonnegative: tuple[int, ...]) -> Array:
    """Give the coefficients of a logistic regression pulled weakly to `neutral`, and the bound on what is left to gain.

    Newton's method; a coefficient that would become negative is held at 0 as long as the loss rises away from it.
    """
    sign = np.where(event.occurred, -1.0, 1.0)
    bounded = list(nonnegative)

    def loss(theta: Array) -> float:
        pull = 0.5 * ridge * float(np.sum(np.square(theta - neutral)))
        return float(event.weight @ softplus(sign * (features @ theta))) + pull

    def model(theta: Array) -> tuple[float, Array | None]:
        p = sigmoid(features @ theta)
        gradient = features.T @ (event.weight * (p - event.occurred)) + ridge * (theta - neutral)
        held = [j for j in nonnegative if theta[j] == 0.0 and gradient[j] >= 0.0]
        free = np.setdiff1d(np.arange(len(theta)), held)
        left = 0.5 * float(np.sum(np.square(gradient[free]))) / ridge / event.total
        if left <= _TOL:
            return left, None
        curvature = event.weight * p * (1.0 - p)
        hessian = features.T @ (curvature[:, np.newaxis] * features) + ridge * np.eye(len(theta))
        direction = np.zeros_like(theta)
        direction[free] = -np.linalg.solve(hessian[np.ix_(free, free)], gradient[free])
        return left, direction

    def inside(theta: Array) -> Array:
        theta[bounded] = np.maximum(theta[bounded], 0.0)
        return theta

    theta, left = descend_by_newton(loss, model, neutral.copy(), most_steps=_MOST_STEPS, inside=inside)
    return np.append(theta, left)
