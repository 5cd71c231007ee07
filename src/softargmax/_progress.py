"""How far a long piece of work has come, told to whoever asked; only the command line draws it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One report: `done` of `total` units of a stage are finished.

    Attributes
    ----------
    stage : str
        What is being done, in a word or two: "training", "predicting".
    done : int
        Units finished so far.
    total : int or None
        Units in all, about as many where a file of text is read; None where nobody knows.
    unit : str
        What is counted, in the plural: "epochs", "rows".
    """

    stage: str
    done: int
    total: int | None
    unit: str


ProgressCallback = Callable[[Progress], None]
