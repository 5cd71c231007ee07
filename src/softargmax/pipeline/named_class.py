"""A class that somebody named: its code."""

from typing import Any

from softargmax._words import did_you_mean, listed
from softargmax.exceptions import ArgumentError
from softargmax.labels import ClassLabels


def code_named(labels: ClassLabels, label: Any, parameter: str) -> int:
    """Give the code of the class of that name, written as text or as it is.

    Raises
    ------
    ArgumentError
        If there is no such class; ``parameter`` is where it was named.
    """
    known = list(map(str, labels.classes.tolist()))
    if str(label) not in known:
        raise ArgumentError(
            f"{parameter}: expected one of the classes {listed(labels.classes.tolist())}, got {label!r}"
            f"{did_you_mean(str(label), known)}",
            parameter=parameter,
        )
    return known.index(str(label))
