"""The last layer of a network that learns batch by batch: of classes that are named before all labels were seen."""

from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax.exceptions import ArgumentError
from softargmax.labels import as_labels
from softargmax.models.outputs import OutputLayer, choose_output


def first_output(y: Array, classes: npt.ArrayLike | None, output: str) -> OutputLayer:
    """Choose the last layer before all labels have been seen."""
    if y.ndim == 1 or y.shape[1] == 1:
        if classes is None:
            raise ArgumentError("classes: expected all classes at the first call of partial_fit, got None")
        if len(np.shape(classes)) == 2 and np.shape(classes)[0] == 1:
            classes = np.asarray(classes)[0]
        return choose_output(distinct(classes), output)
    if classes is None:
        return choose_output(y, output)
    # Columns of all classes, the shorter ones filled up with what they hold already.
    columns = [distinct(column) for column in classes]  # type: ignore[union-attr]
    if len(columns) != y.shape[1]:
        raise ArgumentError(f"classes: expected one list per target column, {y.shape[1]}, got {len(columns)}")
    longest = max(map(len, columns))
    return choose_output(np.stack([np.resize(column, longest) for column in columns], axis=1), output)


def distinct(classes: Any) -> Array:
    """Give the classes that were named, in order."""
    return np.unique(as_labels(classes, "classes"))


def same_classes(classes: Any, known: Any) -> bool:
    """Tell whether classes are those that are known, in every target column."""
    if isinstance(known, list):
        return len(classes) == len(known) and all(map(same_classes, classes, known))
    return bool(np.array_equal(distinct(classes), known))
