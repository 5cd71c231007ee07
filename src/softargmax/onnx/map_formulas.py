"""Calibrations that map all logits of a row at once, as formulas: temperatures, affine and additive maps, mixtures.

Each function is the twin of the `_calibrated` of the class in `softargmax.calibration` that it is named after.
"""

from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.calibration._affine import FLOOR
from softargmax.calibration._curve import CERTAIN
from softargmax.onnx.formulas import (
    Distribution,
    exp,
    largest,
    log,
    maximum,
    minimum,
    softmax,
    softplus,
    total,
    where,
)
from softargmax.onnx.graph import Value


def n_classes_of(calibration: Any) -> int:
    """Give how many classes a calibration is for; one sigmoid is two."""
    return max(int(calibration.n_logits_), 2)


def tempered(z: Value, temperature: float, shift: Array | None = None) -> Value:
    """Give (z - shift) / temperature, up to a constant per row, without leaving the finite numbers on the way."""
    if shift is None and temperature >= 1.0:
        return z / temperature
    gaps = z - largest(z)
    return (gaps if shift is None else gaps - shift) / temperature


def of_temperature(calibration: Any, z: Value) -> Value:
    """Divide logits by a temperature."""
    return tempered(z, calibration.temperature_)


def of_affine_map(calibration: Any, z: Value) -> Value:
    """Scale, move and mix log-probabilities."""
    return _mapped(
        calibration, Distribution(tempered(z, calibration.temperature_, calibration.shift_), n_classes_of(calibration))
    )


def of_additive_map(calibration: Any, z: Value) -> Value:
    """Add a curve that all classes share and a slope per row to an affine map."""
    said = Distribution(tempered(z, calibration.temperature_, calibration.shift_), n_classes_of(calibration))
    result = _mapped(calibration, said, float(calibration.power_))
    knots, shared = calibration.knots_, calibration.shared_
    if not len(knots):
        return result
    curve = _curve(said, knots, shared[: len(knots) + 1])
    slope = _slope(said, shared[len(knots) + 1 :])
    return result + curve + slope * maximum(said.log_p, FLOOR)


def _mapped(calibration: Any, said: Distribution, power: float = 1.0) -> Value:
    f = maximum(said.log_p, FLOOR)
    result: Value = said.log_p * power + (f * calibration.scale_ + calibration.bias_)
    if len(calibration.weights_):
        features = f @ calibration.basis_ if calibration.basis_.size else f
        result = result + features @ calibration.weights_
    return result


def _curve(said: Distribution, knots: Array, weights: Array) -> Value:
    """Give what the shared curve adds to every class, 0 below its first knot."""
    odds = minimum(said.odds, CERTAIN)
    bend = minimum(float(np.logaddexp(0.0, knots[0])) - softplus(odds), 0.0)
    curve = bend * float(weights[-1])
    for knot, weight in zip(knots, weights[:-1], strict=True):
        curve = curve + maximum(odds - float(knot), 0.0) * float(weight)
    return where(said.log_p > -float(np.logaddexp(0.0, -knots[0])), curve, 0.0)


def _slope(said: Distribution, weights: Array) -> Value:
    """Give what is added to the slope of every row: by its entropy, its two likeliest classes, and its sureness."""
    p = exp(said.log_p)
    entropy = -total(where(p > 0.0, p * said.log_p, 0.0)) / float(np.log(said.n_classes))
    first = largest(said.log_p)
    second = largest(where(said.is_first, -np.inf, said.log_p))
    gap = minimum(first - second, CERTAIN) / 10.0
    rest = maximum(total(where(said.is_first, said.log_rest, 0.0)), -CERTAIN) / 10.0
    features = (entropy, first, gap, rest)
    slope = features[0] * float(weights[0])
    for feature, weight in zip(features[1:], weights[1:], strict=True):
        slope = slope + feature * float(weight)
    return slope


def of_mixture(calibration: Any, z: Value) -> Value:
    """Mix tempered, plain and uniform probabilities; a class that is ruled out has no part of the uniform ones."""
    sharpened, plain, uniform = (float(weight) for weight in calibration.mixture_)
    possible = (z > -np.inf).cast(z.dtype)
    equal = possible / total(possible)
    mixed = softmax(tempered(z, calibration.temperature_)) * sharpened + softmax(z) * plain + equal * uniform
    return log(mixed)
