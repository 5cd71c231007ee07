"""The one place where an error becomes a sentence on standard error, and an exit status."""

import contextlib
import os
import sys
import traceback
from collections.abc import Callable

from cyclopts import CycloptsError

from softargmax.cli.output import say
from softargmax.exceptions import ArgumentError, SoftargmaxError

DONE, DATA_AT_FAULT, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def explained(call: Callable[[], None], *, debug: bool) -> int:
    """Run a command; whatever goes wrong is one sentence, with a traceback before it if `debug` is set.

    Returns
    -------
    int
        The exit status.
    """
    try:
        if sys.stdout is None:
            return _fail(DATA_AT_FAULT, "standard output is closed", debug)
        call()
    except BrokenPipeError:
        return _stop_writing(DONE)
    except SystemExit:
        return _stop_writing(DONE)  # rich's way of saying the same
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, "interrupted; no output file was written", debug)
    except CycloptsError as error:
        words = str(error).strip() or type(error).__name__
        return _fail(WRONG_USAGE, f"{words}\nRun softargmax --help to see what there is.", debug)
    except ArgumentError as error:
        return _fail(WRONG_USAGE, str(error), debug)
    except SoftargmaxError as error:
        return _fail(DATA_AT_FAULT, str(error), debug)
    except OSError as error:
        _stop_writing(DATA_AT_FAULT)
        return _fail(DATA_AT_FAULT, f"{error.filename or 'standard output'}: {error.strerror or error}", debug)
    except MemoryError:
        return _fail(DATA_AT_FAULT, "not enough memory for this table", debug)
    except Exception as error:  # a bug of ours: say so, without a wall of text
        words = f"unexpected {type(error).__name__}: {error}"
        return _fail(DATA_AT_FAULT, f"{words}\nThis is a bug; please report it with --debug's output.", debug)
    return DONE


def _stop_writing(status: int) -> int:
    """Whoever read our output is gone or full. What is still buffered must not fail once more at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _fail(status: int, message: str, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    say(f"softargmax: {message}")
    return status
