"""How far a fit has come: what it tells whoever asked, and a line on standard error for those who say verbose=True."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from softargmax._progress import Progress, ProgressCallback


@dataclass(frozen=True)
class FitProgress(Progress):
    """A `Progress` of a fit, with the losses it has come to: weighted means in nats."""

    training_loss: float
    validation_loss: float | None = None


FitReport = Callable[[FitProgress], None]


def as_report(progress: ProgressCallback | None, *, verbose: bool) -> FitReport:
    """Choose whom a fit tells: whoever was given, else standard error if it shall talk, else nobody."""
    if progress is not None:
        return progress
    return PrintProgress() if verbose else ignore_progress


def ignore_progress(progress: Progress) -> None:
    """Tell nobody."""


class PrintProgress:
    """One line on standard error, at most every two seconds, with the time left."""

    def __init__(self) -> None:
        self.begin = self.last = time.monotonic()

    def __call__(self, progress: FitProgress) -> None:
        """Print a line, if the last one is old enough or this is the end."""
        now = time.monotonic()
        total = progress.total or progress.done
        if now - self.last < 2.0 and progress.done < total:
            return
        self.last = now
        left = (now - self.begin) / progress.done * (total - progress.done)
        validation = "" if progress.validation_loss is None else f", validation {progress.validation_loss:z.4f}"
        print(
            f"{progress.done}/{total}: loss {progress.training_loss:z.4f}{validation}, at most {left:.0f} s left",
            file=sys.stderr,
        )
