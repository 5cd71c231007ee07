"""One known bug of a package beside ours: what `peer_bugs` runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """One bug: what runs, what should come out, and how to tell whether ours is right."""

    name: str
    package: str
    module: str
    theirs: Callable[[], object]
    right: str
    ours: Callable[[], object]
    is_right: Callable[[Any], bool]


def about(value: float, digits: float = 1e-9) -> Callable[[Any], bool]:
    return lambda given: bool(abs(given - value) <= digits)
