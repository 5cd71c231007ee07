"""The command line: parses and calls, computes nothing.

Data goes to standard output, words to standard error. Exit status: 0 done, 1 the data is at fault, 2 wrong
usage, 3 a score is not as ``--fail-if`` wants it, 130 interrupted.

A command is a file here with one function: its parameters are the flags, its docstring is the help. The function
imports what it needs when it runs, so that ``--help`` is quick and ``inspect`` needs no scikit-learn. To add one, write
the file and add a line to `COMMANDS`; what it shares with others is in

- `flags`: parameters that several commands have, and what their text means;
- `labelled_logits`: logits of any model and their labels, read together;
- `pages`: what every page says of how it was made, and the page of a fit;
- `bounds`: what a score must not be;
- `errors`: the one place where an error becomes a sentence and an exit status;
- `output`: words in any script, JSON, and progress on a terminal, which `bar` draws.
"""

import sys
from collections.abc import Sequence

from softargmax.cli import (
    apply,
    assess,
    calibrate,
    compare,
    demo,
    evaluate,
    export,
    fit,
    inspect,
    look,
    predict,
    report_command,
    softmax_command,
)
from softargmax.cli.app import add, app, call
from softargmax.cli.errors import explained
from softargmax.cli.flags import flags_of
from softargmax.cli.output import warnings_said, write_anything

__all__ = ["COMMANDS", "app", "run"]

# In the order of a first day's work, which is also the order in which an unknown command's error lists them.
COMMANDS = (
    look.look,
    fit.fit,
    predict.predict,
    evaluate.evaluate,
    report_command.report,
    compare.compare,
    assess.assess,
    calibrate.calibrate,
    apply.apply,
    export.export,
    inspect.inspect,
    softmax_command.softmax,
    demo.demo,
)

for command in COMMANDS:
    add(command)


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit status."""
    write_anything()
    tokens = [token for token in arguments if token != "--debug"]

    def run_it() -> None:
        with warnings_said():
            call(tokens)
        sys.stdout.flush()

    return explained(run_it, flags=flags_of(COMMANDS), debug="--debug" in arguments)
