"""Class weights: factors of the rows' weights, by the class of every target column."""

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from softargmax._arrays import Array
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.labels import ClassLabels
from softargmax.models.outputs import OutputLayer

ClassWeight = str | dict[Any, float] | list[dict[Any, float]] | None


def target_weights(class_weight: ClassWeight, targets: Array, weight: Array, layer: OutputLayer) -> Array:
    """Multiply row weights by class weights: one column per target column.

    Raises
    ------
    ArgumentError, ShapeError
        For class weights that do not fit the classes, and where nothing is left.
    """
    result = np.repeat(weight[:, np.newaxis], targets.shape[1], axis=1)
    if class_weight is None:
        return result
    per_column = class_weight if isinstance(class_weight, list) else [class_weight] * len(layer.columns)
    if len(per_column) != len(layer.columns):
        raise ShapeError(f"class_weight: expected one dict per target column, got {len(per_column)}")
    if isinstance(class_weight, dict) and len(layer.columns) > 1:
        raise ArgumentError('class_weight: several target columns need "balanced" or a list with one dict per column')
    for j, (labels, given) in enumerate(zip(layer.columns, per_column, strict=True)):
        codes = targets[:, j].astype(np.int64)
        factors = (
            balanced_factors(codes, weight, len(labels)) if given == "balanced" else _factors(given, codes, labels)
        )
        if not np.all(np.isfinite(factors) & (factors >= 0.0)):
            raise ArgumentError(f"class_weight: expected finite weights >= 0, got {given!r}")
        result[:, j] *= factors[codes]
    if not np.all(result.sum(axis=0) > 0.0):
        raise ArgumentError("class_weight, sample_weight: expected some weight to be left, got zero in all rows")
    return result


def relative(weight: Array) -> Array:
    """Divide weights by their mean: no mean changes, and any dtype can hold them."""
    return np.asarray(weight / weight.mean())


def balanced_factors(codes: Array, weight: Array, n_classes: int) -> Array:
    """Give factors that make all classes that are there weigh the same."""
    present = np.unique(codes[weight > 0.0])
    factors = np.ones(n_classes)
    counts = np.bincount(codes, weights=weight, minlength=n_classes)[present]
    factors[present] = counts.sum() / (len(present) * counts)
    return factors


def _factors(given: Any, codes: Array, labels: ClassLabels) -> Array:
    try:
        return np.asarray(compute_class_weight(given, classes=labels.classes, y=labels.classes[codes]), np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"class_weight: expected a weight per class, got {given!r} ({error})") from None
