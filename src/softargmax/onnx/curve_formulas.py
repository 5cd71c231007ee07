"""Calibrations of one class against the rest, as formulas: each has a curve from log-odds to calibrated log-odds.

The curves of all classes are applied at once. Where they are tables, those of fewer rows are filled up with knots that
nothing reaches, and a place in a table is found by counting the knots below: first among blocks of knots, then in one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._logits import STEADY
from softargmax.onnx.formulas import (
    Distribution,
    clipped,
    joined,
    log_sigmoid,
    maximum,
    softplus,
    taken,
    total,
    where,
)
from softargmax.onnx.graph import Value
from softargmax.onnx.map_formulas import n_classes_of, tempered

# Log-odds beyond this are certainty.
_CERTAIN = 700.0


def of_numbers(calibration: Any, z: Value) -> Value:
    """Apply curves of two or three numbers."""
    numbers: Array = calibration.coefficients_

    def curve(odds: Value) -> Value:
        features = _FEATURES[calibration.kind](odds)
        result = features[0] * numbers[:, 0]
        for j in range(1, len(features)):
            result = result + features[j] * numbers[:, j]
        return result + numbers[:, -1]

    return _each_against_the_rest(calibration, z, curve)


_FEATURES: dict[str, Callable[[Value], tuple[Value, ...]]] = {
    "platt": lambda odds: (odds,),
    "beta": lambda odds: (-softplus(-odds), softplus(odds)),
    "quadratic": lambda odds: (odds, clipped(odds, 30.0) * clipped(odds, 30.0)),
}


def of_tables(calibration: Any, z: Value) -> Value:
    """Apply curves that are tables of knots."""
    curves = [np.asarray(curve) for curve in calibration.curves_]
    empty = np.array([not len(curve) for curve in curves])
    apply = _TABLES[calibration.kind]

    def curve(odds: Value) -> Value:
        odds = _steady(odds) if calibration.rounded_ else odds
        # A curve without knots changes nothing; it is given some, so that all have the same form.
        result = apply([each if len(each) else np.zeros((2, each.shape[1])) for each in curves], odds)
        return where(odds.graph.constant(empty), odds, result) if empty.any() else result

    return _each_against_the_rest(calibration, z, curve)


def _each_against_the_rest(calibration: Any, z: Value, curve: Callable[[Value], Value]) -> Value:
    n_classes = n_classes_of(calibration)
    odds = Distribution(tempered(z, calibration.temperature_, calibration.shift_), n_classes).odds
    odds = clipped(odds, _CERTAIN)
    if n_classes == 2:
        after = curve(odds.columns(1, 2))
        result = joined([after * 0.0, after])
    else:
        result = log_sigmoid(curve(odds))
    return where(z.equals(-np.inf), -np.inf, result)


def _steady(x: Value) -> Value:
    """Round to the steps of `softargmax._logits.steady`."""
    return x.graph.node("Round", x * STEADY) / STEADY


def _interpolated(curves: list[Array], odds: Value) -> Value:
    """Go straight from knot to knot; constant beyond the outermost ones."""
    slopes = [np.append(np.diff(curve[:, 1]) / _positive(np.diff(curve[:, 0])), 0.0) for curve in curves]
    table = _Table.of([curve[:, 0] for curve in curves])
    place = maximum(table.below(odds, or_at=True) - 1, 0)
    start, height, slope = (
        table.entries(column, place)
        for column in ([curve[:, 0] for curve in curves], [curve[:, 1] for curve in curves], slopes)
    )
    return height + slope * maximum(odds - start, 0.0)


def _positive(gaps: Array) -> Array:
    return np.where(gaps > 0.0, gaps, np.inf)  # of knots at one place the last counts


def _of_bins(curves: list[Array], odds: Value) -> Value:
    """Give the height of the bin that log-odds fall into."""
    table = _Table.of([curve[:, 0] for curve in curves])
    return table.entries([curve[:, 1] for curve in curves], maximum(table.below(odds, or_at=True) - 1, 0))


def _of_pairs(curves: list[Array], odds: Value) -> Value:
    """Give the mixture of the two fits at a knot, or between two."""

    def mixed(low: Array, high: Array) -> Array:
        return np.asarray(np.logaddexp(0.0, low) - np.logaddexp(0.0, -high))

    knots = [curve[:-1, 0] for curve in curves]
    table = _Table.of(knots)
    place = table.below(odds, or_at=False)
    # Past the last knot there is nothing to hit.
    starts = table.entries([np.append(each, np.inf) for each in knots], place)
    at = table.entries([mixed(curve[:, 1], curve[:, 2]) for curve in curves], place)
    between = table.entries([mixed(curve[:, 3], curve[:, 4]) for curve in curves], place)
    return where(starts.equals(odds), at, between)


_TABLES: dict[str, Callable[[list[Array], Value], Value]] = {
    "isotonic": _interpolated,
    "histogram": _of_bins,
    "venn-abers": _of_pairs,
}


class _Table:
    """Knots of all classes, in blocks of one length: shape (n_classes, n_blocks, length)."""

    def __init__(self, blocks: Array, width: int) -> None:
        self._blocks = blocks
        self._width = width

    @classmethod
    def of(cls, knots: list[Array]) -> "_Table":
        most = max(map(len, knots))
        length = max(1, int(np.ceil(np.sqrt(most))))
        n_blocks = -(-most // length)
        blocks = np.full((len(knots), n_blocks * length), np.inf)
        for row, own in zip(blocks, knots, strict=True):
            row[: len(own)] = own
        return cls(blocks.reshape(len(knots), n_blocks, length), most + 1)

    def below(self, odds: Value, *, or_at: bool) -> Value:
        """Count the knots that lie below, or at, log-odds of the shape (rows, n_classes)."""
        n_classes, n_blocks, length = self._blocks.shape

        def count(knots: Value | Array) -> Value:
            reached: Value = odds.as_column() >= knots if or_at else odds.as_column() > knots
            return total(reached.cast("int64"), keep=False)

        block = maximum(count(self._blocks[:, :, 0]) - 1, 0)
        rows = taken(self._blocks.reshape(-1, length), block + np.arange(n_classes) * n_blocks)
        found: Value = block * length + count(rows)
        return found

    def entries(self, columns: list[Array], place: Value) -> Value:
        """Give entries of a column of every class, at places of the shape (rows, n_classes)."""
        wide = np.zeros((len(columns), self._width))
        for row, column in zip(wide, columns, strict=True):
            row[: len(column)] = column
        return taken(wide.ravel(), place + np.arange(len(columns)) * self._width)
