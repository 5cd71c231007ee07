"""What the commands say: words, JSON, and how far a long one has come."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any


def say(words: str) -> None:
    """Print words on standard error. Text from elsewhere in them passes `softargmax._words.printable` first."""
    print(words, file=sys.stderr, flush=True)


def show(as_json: bool, data: Any, words: Callable[[], Any]) -> None:
    """Print results on standard output: as JSON, or as `words`, which are made only then."""
    if as_json:
        print(dumps(data))
    else:
        from softargmax.report import console

        console.show(words())


def dumps(data: Any) -> str:
    """Write JSON: a list on one line, because one is printed per row; anything else indented.

    Letters of every language stay; what would move the cursor of a terminal is written as JSON's escape.
    """
    text = json.dumps(data, ensure_ascii=False, indent=None if isinstance(data, list) else 2)
    return "".join(letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1] for letter in text)


@contextlib.contextmanager
def fit_progress() -> Iterator[Any]:
    """A bar on standard error, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[words]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("reading", total=None, words="")

        def update(step: Any) -> None:
            loss = step.training_loss if step.validation_loss is None else step.validation_loss
            words = f"{step.step}/{step.n_steps}  loss {loss:.4f}"
            bar.update(task, description="training", total=step.n_steps, completed=step.step, words=words)

        yield update


@contextlib.contextmanager
def row_progress() -> Iterator[Any]:
    """A count of rows on standard error, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("predicting") as status:
        yield lambda done: status.update(f"predicting: {done} rows")
