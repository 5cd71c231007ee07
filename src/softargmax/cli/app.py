"""The application that the commands are added to."""

import shlex
from collections.abc import Sequence
from contextvars import ContextVar

from cyclopts import App

from softargmax import __version__

app = App(
    name="softargmax",
    help="Everything between a classifier's logits and a decision you can trust.\n\n"
    "Add --debug to any command to see where an error comes from.",
    version=__version__,
    help_format="plaintext",  # the texts have no markup, and reading Markdown is a tenth of the time to start
    help_on_error=False,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)

_words: ContextVar[Sequence[str]] = ContextVar("_words", default=())


def call(words: Sequence[str]) -> None:
    """Run the command that these words are; what goes wrong is raised."""
    given = _words.set(words)
    try:
        app(words, exit_on_error=False, print_error=False)
    finally:
        _words.reset(given)


def command_line() -> str:
    """Give the command that is running, as one would type it."""
    return shlex.join(["softargmax", *_words.get()])
