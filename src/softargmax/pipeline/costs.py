"""What mistakes cost, by the names of classes: the true one, and the one that a row is taken for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._options import as_real
from softargmax.exceptions import ArgumentError
from softargmax.labels import ClassLabels
from softargmax.pipeline.named_class import code_named

# What it costs to call a class another, by the labels of both, the true one first.
Costs = Mapping[tuple[Any, Any], float]


def cost_matrix(labels: ClassLabels, costs: Costs) -> Array:
    """Give a row for each true class and a column for each that may be said; what is not named costs 1, being right 0.

    Parameters
    ----------
    labels : ClassLabels
    costs : mapping of (true label, predicted label) to float

    Raises
    ------
    ArgumentError
        For a class that is not known, and a cost that is not finite.
    """
    matrix = 1.0 - np.eye(len(labels))
    for (true, said), cost in costs.items():
        place = code_named(labels, true, "costs"), code_named(labels, said, "costs")
        matrix[place] = as_real(cost, "costs", low=-np.finfo(np.float64).max, high=np.finfo(np.float64).max)
    return matrix


def named_costs(labels: ClassLabels, texts: Sequence[str]) -> dict[tuple[str, str], float]:
    """Read costs as a command line has them: ``yes=no:10``, a true yes that is called no costs 10.

    Raises
    ------
    ArgumentError
        For anything else; names may hold the marks too, as long as there is one way to read it.
    """
    known, found = set(map(str, labels.classes.tolist())), {}
    for text in texts:
        pair, _, cost = text.rpartition(":")
        ways = [(pair[:at], pair[at + 1 :]) for at, mark in enumerate(pair) if mark == "="]
        ways = [way for way in ways if known.issuperset(way)] if len(ways) > 1 else ways
        if len(ways) != 1 or not _is_number(cost):
            first, last = labels.classes.tolist()[0], labels.classes.tolist()[-1]
            raise ArgumentError(
                f"costs: expected TRUE=PREDICTED:COST, like {last}={first}:10, which says what it costs to call a true "
                f"{last} a {first}; got {text!r}",
                parameter="costs",
            )
        found[ways[0]] = float(cost)
    return found


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False
