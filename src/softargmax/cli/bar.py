"""A bar on a terminal: how far a long piece of work has come, and how long it will still take."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from softargmax import _progress
from softargmax.report import screen


class _Time(ProgressColumn):
    """The time that is left or, where no end is known, the time so far."""

    def render(self, task: Task) -> Text:
        left, so_far = task.time_remaining, task.elapsed
        if task.total is not None and left is not None:
            return Text(f"{timedelta(seconds=round(left))} left", style="cyan")
        return Text(f"{timedelta(seconds=round(so_far or 0.0))} so far", style="cyan")


@contextlib.contextmanager
def drawn_bar(stream: TextIO) -> Iterator[_progress.ProgressCallback]:
    """Draw on a terminal whatever is told, and leave nothing behind."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[words]}"), _Time())
    console = Console(file=stream, no_color=not screen.has_colours(stream))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, words="")
        stage = ""

        def draw(told: _progress.Progress) -> None:
            nonlocal stage
            # The number of rows is about right, so that it may be too small.
            total = None if told.total is None else max(told.total, told.done)
            if told.stage != stage:  # its time is of its own
                bar.reset(task, total=total)
                stage = told.stage
            counted = f"{told.done:,}" if total is None else f"{told.done:,}/{total:,}"
            # A fit tells its losses as well; the one that decides when it stops is worth watching.
            losses = getattr(told, "validation_loss", None), getattr(told, "training_loss", None)
            loss = next((f"  loss {loss:z.4f}" for loss in losses if loss is not None), "")
            words = f"{counted} {told.unit}{loss}"
            bar.update(task, description=told.stage, total=total, completed=told.done, words=words)

        yield draw
