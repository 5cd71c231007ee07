"""What an export is before it is checked: a graph, rows made to check it on, and what the model says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.exceptions import UnsupportedError
from softargmax.onnx.calibration_formulas import is_stepped
from softargmax.onnx.formulas import first_of_largest, softmax, taken
from softargmax.onnx.graph import ROWS, Graph, Value


@dataclass(frozen=True)
class Answer:
    """Two outputs that belong together, and what they must be for the rows that were made.

    Attributes
    ----------
    label, probabilities : str
        The names of the outputs.
    labels : ndarray, shape (n_rows,) or (n_rows, n_labels)
    expected : ndarray, shape (n_rows, n_classes) or (n_rows, n_labels)
    are_yes : bool
        Whether each probability is one of yes, with a label of its own.
    """

    label: str
    probabilities: str
    labels: Array
    expected: Array
    are_yes: bool = False


@dataclass(frozen=True)
class Draft:
    """A graph, rows by the names of its inputs, and the answers to them."""

    graph: Graph
    feeds: Mapping[str, Array]
    answers: tuple[Answer, ...]


def as_constant(classes: Array) -> Array:
    """Give class labels in a type that ONNX has.

    Raises
    ------
    UnsupportedError
        For another kind of labels than text, integers, numbers and booleans.
    """
    wide = {"U": np.str_, "i": np.int64, "u": np.int64, "f": np.float64, "b": np.bool_}.get(classes.dtype.kind)
    if wide is None:
        raise UnsupportedError(
            f"classes: expected text, integers, numbers or booleans as labels, got {classes.dtype}", parameter="model"
        )
    return classes.astype(wide)


def classes_named(graph: Graph, z: Value, classes: Array, dtype: str, suffix: str = "") -> tuple[str, str]:
    """Make outputs of logits: the label of the likeliest class, and the probabilities; give their names."""
    p = softmax(z)
    label = taken(as_constant(classes), first_of_largest(p))
    names = ", ".join(map(str, classes.tolist()))
    return (
        graph.output(f"label{suffix}", label, [ROWS], "the likeliest class, of several the first"),
        graph.output(f"probabilities{suffix}", p.cast(dtype), [ROWS, len(classes)], f"in the order {names}"),
    )


def refuse_steps(calibration: Any, dtype: str) -> None:
    """Refuse a calibration that would make a jump of the rounding errors of float32 before it.

    Raises
    ------
    UnsupportedError
        Saying which type to take.
    """
    if dtype != "float64" and is_stepped(calibration):
        raise UnsupportedError(
            f"dtype: expected 'float64', got {dtype!r}: the curve of {type(calibration.chosen_).__name__} has steps, "
            "and the rounding of float32 would carry some rows over one, which gives them other probabilities",
            parameter="dtype",
        )
