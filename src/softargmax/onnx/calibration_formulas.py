"""Any calibration as a formula of logits, found by its kind; those that hold another one hand on to it."""

from collections.abc import Callable
from typing import Any

from softargmax.exceptions import UnsupportedError
from softargmax.onnx.curve_formulas import of_numbers, of_tables
from softargmax.onnx.formulas import unranked, where
from softargmax.onnx.graph import Value
from softargmax.onnx.map_formulas import of_additive_map, of_affine_map, of_mixture, of_temperature

Formula = Callable[[Any, Value], Value]

_FORMULAS: dict[str, Formula] = {
    "temperature": of_temperature,
    "vector": of_affine_map,
    "matrix": of_affine_map,
    "structured": of_affine_map,
    "dirichlet": of_affine_map,
    "additive": of_additive_map,
    "ensemble": of_mixture,
    "platt": of_numbers,
    "beta": of_numbers,
    "quadratic": of_numbers,
    "isotonic": of_tables,
    "histogram": of_tables,
    "venn-abers": of_tables,
}
# Their results jump, or nearly do, where log-odds pass from one row of the table to the next.
_STEPPED = ("isotonic", "histogram", "venn-abers")


def calibrated(calibration: Any, z: Value) -> Value:
    """Give calibrated logits of rows of logits, both float64 and of the shape (rows, n_classes).

    Raises
    ------
    UnsupportedError
        For a calibration that there is no formula for.
    """
    chosen = calibration.chosen_
    if chosen.kind not in _FORMULAS:
        raise UnsupportedError(
            f"{type(chosen).__name__}: this calibration has no form as a graph of ONNX; those that have are "
            f"{', '.join(_FORMULAS)}",
            parameter="model",
        )
    return where(unranked(z), float("nan"), _FORMULAS[chosen.kind](chosen, z))


def is_stepped(calibration: Any) -> bool:
    """Whether a rounding error before a calibration can become a far larger one after it."""
    return calibration.chosen_.kind in _STEPPED
