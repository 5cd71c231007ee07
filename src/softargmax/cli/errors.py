"""The one place where an error becomes a sentence on standard error, and an exit status.

The library speaks of parameters, as Python does: "max_epochs: expected an integer", "pass header=False". Where an error
says which parameter is at fault and that is a flag of a command, the sentence says the flag instead.
"""

import ast
import contextlib
import errno
import os
import re
import shlex
import sys
import traceback
from collections.abc import Callable, Mapping

from cyclopts import CycloptsError, MissingArgumentError

from softargmax._words import printable
from softargmax.cli.output import say
from softargmax.exceptions import ArgumentError, SoftargmaxError

DONE, DATA_AT_FAULT, WRONG_USAGE, BOUND_BROKEN, INTERRUPTED = 0, 1, 2, 3, 130


# What may stand after "parameter=" in a message: a flag's state, a whole number, a text, or one text for another.
_TEXT = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_LITERAL = rf"(?:True|False|\d+|{_TEXT}|\{{{_TEXT}: {_TEXT}\}})"


class BrokenBoundError(Exception):
    """All went well, but scores are not as a user wants them: a sentence about each."""


def explained(call: Callable[[], None], *, flags: Mapping[str, str], debug: bool) -> int:
    """Run a command; whatever goes wrong is one sentence, with a traceback before it if `debug` is set.

    Parameters
    ----------
    call : callable
        Runs the command.
    flags : dict
        The flag for every parameter of the library that has one.
    debug : bool

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
    except BrokenBoundError as broken:
        sys.stdout.flush()
        for sentence in broken.args:
            _fail(BOUND_BROKEN, sentence, debug=False)
        return BOUND_BROKEN
    except CycloptsError as error:
        return _fail(WRONG_USAGE, _in_words(error), debug, "Run softargmax --help to see what there is.")
    except ArgumentError as error:
        return _fail(WRONG_USAGE, in_flags(error, flags), debug)
    except SoftargmaxError as error:
        return _fail(DATA_AT_FAULT, in_flags(error, flags), debug)
    except Exception as error:
        if _is_lack_of_memory(error):
            return _fail(DATA_AT_FAULT, "not enough memory for this table", debug)
        if isinstance(error, OSError):
            _stop_writing(DATA_AT_FAULT)
            return _fail(DATA_AT_FAULT, f"{error.filename or 'standard output'}: {error.strerror or error}", debug)
        # A bug of ours: say so, without a wall of text.
        words = f"unexpected {type(error).__name__}: {error}"
        return _fail(DATA_AT_FAULT, words, debug, "This is a bug; please report it with --debug's output.")
    return DONE


def _is_lack_of_memory(error: Exception) -> bool:
    """Tell whether memory ran out, also where the system's loader of extension modules says so in its own words."""
    if isinstance(error, ImportError):
        return any(words in str(error) for words in ("failed to map segment", "annot allocate memory"))
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


def _in_words(error: CycloptsError) -> str:
    """Say what is wrong with a command's arguments; of one that is missing, that it is."""
    words = str(error).strip() or type(error).__name__
    if not isinstance(error, MissingArgumentError) or error.argument is None:
        return words
    _, meant, guess = words.partition(" Did you mean ")
    command = " ".join(error.command_chain or ())
    lacks = f"{error.argument.name} is missing" if error.keyword is None else f"{error.keyword} is without a value"
    return f"{command}: {lacks}." + meant + guess


def _stop_writing(status: int) -> int:
    """Whoever read our output is gone or full. What is still buffered must not fail once more at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _fail(status: int, message: str, debug: bool, advice: str = "") -> int:
    if debug:
        traceback.print_exc()
    # A message quotes names and cells of files: on one line, and without what moves the cursor.
    say(f"softargmax: {printable(message)}" + (f"\n{advice}" if advice else ""))
    return status


def in_flags(error: SoftargmaxError, flags: Mapping[str, str]) -> str:
    """Say an error in words of the command line.

    >>> from softargmax.exceptions import ArgumentError
    >>> error = ArgumentError("kinds: pass kinds={'body size': 'number'}", parameter="kinds")
    >>> print(in_flags(error, {"kinds": "--kind"}))
    --kind: pass --kind 'body size=number'
    """
    message, parameter = str(error), error.parameter
    if parameter is None or parameter not in flags:
        return message
    flag = flags[parameter]
    message = re.sub(rf"^{re.escape(parameter)}:", f"{flag}:", message)
    message = re.sub(rf"\b{re.escape(parameter)}=({_LITERAL})?", lambda match: _with_value(flag, match[1]), message)
    # Another parameter that is a way out is named with a value.
    named = "|".join(map(re.escape, flags))
    return re.sub(rf"\b({named})=({_LITERAL})", lambda match: _with_value(flags[match[1]], match[2]), message)


def _with_value(flag: str, literal: str | None) -> str:
    value = None if literal is None else ast.literal_eval(literal)
    if value is None or value is True:
        return flag
    if value is False:
        return flag.replace("--", "--no-", 1)
    texts = [f"{key}={item}" for key, item in value.items()] if isinstance(value, dict) else [value]
    return " ".join(f"{flag} {shlex.quote(str(text))}" for text in texts)
