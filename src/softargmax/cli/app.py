"""The application that the commands are added to."""

import inspect
import shlex
import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from itertools import groupby
from typing import TYPE_CHECKING

from cyclopts import App

from softargmax import __version__

if TYPE_CHECKING:
    from rich.console import Console

app = App(
    name="softargmax",
    help="Everything between a classifier's logits and a decision you can trust.\n\n"
    "Add --debug to any command to see where an error comes from.",
    help_epilogue="Example: softargmax demo",
    version=__version__,
    help_format="plaintext",  # the texts have no markup, and reading Markdown is a tenth of the time to start
    help_on_error=False,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)

_words: ContextVar[Sequence[str]] = ContextVar("_words", default=())


def add(command: Callable[..., None]) -> None:
    """Take up a function as a command; its docstring is the help, whose lines end where the terminal does.

    The help ends with the example of the docstring.
    """
    words, _, example = (inspect.getdoc(command) or "").partition("\n\nExamples\n--------\n")
    command.__doc__ = _flowing(words)
    app.command(command, help_epilogue=f"Example: {example.strip()}")


def _flowing(docstring: str) -> str:
    """Put lines of the same indentation in one, which plain text would break where the file does."""

    def indent_if_text(line: str) -> int | None:
        is_text = line and line != "Parameters" and set(line) != {"-"}
        return len(line) - len(line.lstrip()) if is_text else None

    paragraphs: list[str] = []
    for indent, group in groupby(docstring.splitlines(), indent_if_text):
        lines = list(group)
        paragraphs += lines if indent is None else [" " * indent + " ".join(map(str.strip, lines))]
    return "\n".join(paragraphs)


def call(words: Sequence[str]) -> None:
    """Run the command that these words are; what goes wrong is raised."""
    given = _words.set(words)
    try:
        app(words, exit_on_error=False, print_error=False, console=_console(words))
    finally:
        _words.reset(given)


def _console(words: Sequence[str]) -> "Console | None":
    """Give what help is printed on, where it has to be without colours; else leave it to cyclopts."""
    if words and not {"--help", "-h"} & set(words):
        return None  # rich is not loaded for nothing
    from rich.console import Console

    from softargmax.report.screen import has_colours

    return None if has_colours(sys.stdout) else Console(color_system=None)


def command_line() -> str:
    """Give the command that is running, as one would type it."""
    return shlex.join(["softargmax", *_words.get()])
