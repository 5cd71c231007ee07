"""The page of the command line: what each command says of itself when it is asked for help."""

import os
import subprocess
import sys
from pathlib import Path

from sphinx.application import Sphinx

INTRODUCTION = """# Command line

Every command says what it does when it is asked: `softargmax fit --help`. This page is what they say.

Data goes to standard output, and words to standard error. The exit status is 0 when the work is done, 1 when the data
is at fault, 2 for wrong usage, 3 when a score is not as `--fail-if` wants it, and 130 when it was interrupted. With
`--debug`, an error says where in the program it comes from.
"""


def _help(*command: str) -> str:
    environment = os.environ | {"COLUMNS": "88", "NO_COLOR": "1"}
    asked = [sys.executable, "-m", "softargmax", *command, "--help"]
    done = subprocess.run(asked, check=True, capture_output=True, text=True, encoding="utf-8", env=environment)
    return done.stdout.strip()


def page() -> str:
    """Give the page, with a section for each command in the order of a first day's work."""
    from softargmax.cli import COMMANDS

    names = [command.__name__ for command in COMMANDS]
    sections = [f"## {name}\n\n```text\n{_help(name)}\n```\n" for name in names]
    return "\n".join([INTRODUCTION, f"```text\n{_help()}\n```\n", *sections])


def _write(app: Sphinx) -> None:
    file, text = Path(app.srcdir, "api", "command-line.md"), page()
    if not file.exists() or file.read_text(encoding="utf-8") != text:  # what did not change is not built again
        file.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the page before Sphinx looks for pages."""
    app.connect("builder-inited", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
