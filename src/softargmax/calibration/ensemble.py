"""Ensemble temperature scaling: a mixture of the tempered, the plain and the uniform distribution."""

from collections.abc import Sequence
from itertools import combinations
from typing import ClassVar

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import ArrayField, Field, RealField
from softargmax._logits import block_slices
from softargmax.calibration._labelled import CELLS, LabelledRows
from softargmax.calibration._newton import descend_by_newton
from softargmax.calibration._start import tempered
from softargmax.calibration._temperature import find_temperature
from softargmax.calibration.calibration import ClassCalibration
from softargmax.probabilities import log_softmax, softmax

# The bound on what is left to gain at which weights are final, in nats: rounding hides anything less.
_TOL = 1e-12
_MOST_STEPS = 200


class EnsembleTemperatureScaling(ClassCalibration):
    r"""Mix the tempered probabilities with the plain ones and with uniform ones.

    .. math:: p' = w_1\, \mathrm{softmax}(z / T) + w_2\, \mathrm{softmax}(z) + w_3 / K,
        \qquad w \ge 0,\; w_1 + w_2 + w_3 = 1

    Attributes
    ----------
    temperature_ : float
        T, fitted first.
    mixture_ : ndarray, shape (3,)
        The weights of tempered, plain and uniform probabilities.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The mean loss is at most this far above its minimum over w, in nats.

    See Also
    --------
    TemperatureScaling : the first part alone.

    Notes
    -----
    The uniform part puts a floor under every probability, so that a confident mistake costs at most log(K / w3). The
    order of a row's classes never changes. It does depend on the scale of the logits: that is what w2 is about. Classes
    that are ruled out stay so; the others share w3.

    Source: Zhang, Kailkhura, Han, "Mix-n-Match", *ICML* (2020), with log loss instead of the Brier score.

    Examples
    --------
    >>> import softargmax as sm
    >>> logits, y = [[6.0, 0.0], [6.0, 0.0], [0.0, 6.0], [0.0, 6.0], [6.0, 0.0]] * 20, [0, 0, 1, 1, 1] * 20
    >>> calibration = sm.EnsembleTemperatureScaling().fit(logits, y)
    >>> round(float(calibration.predict_proba([[6.0, 0.0]])[0, 0]), 6)
    0.8
    """

    kind = "ensemble"
    _learned: ClassVar[dict[str, Field]] = {
        "temperature_": RealField(low=0.0, open_low=True),
        "mixture_": ArrayField(3),
        "optimality_": RealField(),
    }

    temperature_: float
    mixture_: Array

    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        tempering = find_temperature(rows)
        self.temperature_ = tempering.temperature
        if not tempering.determined:
            self.mixture_, self.optimality_ = np.array([1.0, 0.0, 0.0]), tempering.optimality
            return tempering.messages
        true = np.empty((len(rows), 3))
        for part in block_slices(len(rows), rows.n_classes, CELLS):
            z = rows.logits[part].astype(np.float64)
            codes = rows.codes[part]
            parts = softmax(z, temperature=self.temperature_), softmax(z), _uniform(z)
            true[part] = np.stack([p[np.arange(len(z)), codes] for p in parts], axis=1)
        self.mixture_, self.optimality_ = likeliest_mixture(true, rows.weight / rows.total)
        return ()

    def _calibrated(self, z: Array) -> Array:
        sharpened, plain, uniform = self.mixture_
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            parts = [(sharpened, log_softmax(tempered(z, self.temperature_))), (plain, log_softmax(tempered(z, 1.0)))]
            parts.append((uniform, np.log(_uniform(z))))
            return np.asarray(np.logaddexp.reduce([np.log(weight) + log_p for weight, log_p in parts]))

    def _check_learned(self) -> None:
        super()._check_learned()
        if np.any(self.mixture_ < 0.0) or abs(self.mixture_.sum() - 1.0) > 1e-9:
            raise ValueError("the weights of a mixture are not negative and have the sum 1")


def _uniform(z: Array) -> Array:
    """Give equal probabilities to the classes that are not ruled out."""
    possible = ~np.isneginf(z)
    return np.where(np.isnan(z), np.nan, possible / np.maximum(possible.sum(axis=1, keepdims=True), 1))


def likeliest_mixture(true: Array, weight: Array) -> tuple[Array, float]:
    """Give the weights w of the likeliest mixture, and a bound on what is left to gain, in nats.

    `true` holds the probability that each part gives to the true class, shape (n_rows, n_parts). The mean
    log-likelihood is concave in w, so by its derivatives g no w is better by more than max(g) - g w; and g w = 1.
    Newton's method, on whichever face of the simplex its quadratic model is best.
    """

    def loss(w: Array) -> float:
        with np.errstate(divide="ignore"):
            return -float(weight @ np.log(true @ w))

    def model(w: Array) -> tuple[float, Array | None]:
        ratio = true / (true @ w)[:, np.newaxis]
        gradient = weight @ ratio
        left = max(0.0, float(gradient.max()) - 1.0)
        if left <= _TOL:
            return left, None
        hessian = ratio.T @ (weight[:, np.newaxis] * ratio)
        return left, _best_on_simplex(gradient, hessian, w) - w

    n_parts = true.shape[1]
    return descend_by_newton(loss, model, np.full(n_parts, 1.0 / n_parts), most_steps=_MOST_STEPS)


def _best_on_simplex(gradient: Array, hessian: Array, w: Array) -> Array:
    """Maximise g (v - w) - (v - w) H (v - w) / 2 over the simplex, by solving it on every face."""
    best, best_value = w, -np.inf
    parts = range(len(w))
    for size in range(1, len(w) + 1):
        for face in combinations(parts, size):
            v = _stationary(gradient + hessian @ w, hessian, list(face))
            if v is None or v.min() < 0.0:
                continue
            value = float(gradient @ (v - w) - 0.5 * (v - w) @ hessian @ (v - w))
            if value > best_value:
                best, best_value = v, value
    return best


def _stationary(linear: Array, hessian: Array, face: list[int]) -> Array | None:
    """Give where linear v - v H v / 2 is stationary on a face's plane; None if it is not one point."""
    size = len(face)
    system = np.ones((size + 1, size + 1))
    system[:size, :size], system[size, size] = hessian[np.ix_(face, face)], 0.0
    try:
        solution = np.linalg.solve(system, np.append(linear[face], 1.0))
    except np.linalg.LinAlgError:
        return None
    v = np.zeros(len(linear))
    v[face] = solution[:size]
    return v
