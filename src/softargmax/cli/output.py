"""What the commands say: words, JSON, and how far a long one has come."""

import codecs
import contextlib
import io
import json
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from softargmax import _progress
from softargmax._words import printable
from softargmax.exceptions import ProbabilityWarning, SoftargmaxWarning

if TYPE_CHECKING:
    from softargmax.tables.notes import Note


# A list of numbers, each on a line of its own.
_PLAIN_LIST = re.compile(r'\[\n\s*([^\[\]{}"]*?)\n\s*\]')
_BETWEEN = re.compile(r",\n\s*")


def write_anything() -> None:
    """Let no letter end a command: what a terminal or pipe cannot show is written with backslashes.

    Standard streams may be in any encoding: that of a terminal, of a redirect on Windows, or of PYTHONIOENCODING.
    """
    codecs.register_error("softargmax.shown", _backslashes)
    for stream, errors in (
        (sys.stdin, "backslashreplace"),
        (sys.stdout, "softargmax.shown"),
        (sys.stderr, "softargmax.shown"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _backslashes(error: UnicodeError) -> tuple[str | bytes, int]:
    """Write backslashes as Python does, but leave out the marks around words from right to left."""
    if isinstance(error, UnicodeEncodeError) and error.object[error.start] in "\u2068\u2069":
        return "", error.start + 1
    if isinstance(error, UnicodeEncodeError):
        error.end = error.start + 1
    return codecs.backslashreplace_errors(error)


def say(words: str) -> None:
    """Print words on standard error. Text from elsewhere in them passes `softargmax._words.printable` first."""
    print(words, file=sys.stderr, flush=True)


@contextlib.contextmanager
def warnings_said() -> Iterator[None]:
    """Say what the library warns of as any other word, without the place in a program where it was found."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", SoftargmaxWarning)
        elsewhere = warnings.showwarning

        def said(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if not issubclass(category, SoftargmaxWarning):
                elsewhere(message, category, *place, **more)
                return
            flag = " (--probabilities)" if issubclass(category, ProbabilityWarning) else ""
            say(f"! {printable(str(message))}{flag}")

        warnings.showwarning = said
        yield


def show(as_json: bool, data: Any, words: Callable[[], Any]) -> None:
    """Print results on standard output: as JSON, or as `words`, which are made only then."""
    if as_json:
        print(dumps(data, sys.stdout.encoding))
    else:
        from softargmax.report import screen

        screen.show(words())


def dumps(data: Any, encoding: str | None = "utf-8") -> str:
    """Write JSON: a list on one line, because one is printed per row; anything else indented, but for lists inside it.

    Letters of every language stay where `encoding` has them; where it lacks one, and for what would move the cursor of
    a terminal, JSON's escapes are written.
    """
    text = json.dumps(data, ensure_ascii=False, indent=None if isinstance(data, list) else 2)
    # A line end within a text is written as two characters, so that a real one is never part of a text.
    text = _PLAIN_LIST.sub(lambda match: f"[{_BETWEEN.sub(', ', match[1])}]", text)

    def plain(letter: str) -> bool:
        if letter.isascii():
            return letter.isprintable() or letter == "\n"
        return letter.isprintable() and bool(letter.encode(encoding or "ascii", "ignore"))

    return "".join(letter if plain(letter) else json.dumps(letter)[1:-1] for letter in text)


def tables_json(notes: Iterable["Note"]) -> dict[str, Any]:
    """Give what was decided about tables without being asked, for JSON."""
    return {"tables": [note.to_json() for note in notes]}


@contextlib.contextmanager
def progress_shown() -> Iterator[_progress.ProgressCallback | None]:
    """A bar and the time that is left, on standard error, on a terminal only; the time so far where no end is known.

    Gives what the library's ``progress=`` takes.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from softargmax.cli.bar import drawn_bar
    from softargmax.report import screen

    if screen.is_dumb():
        yield None
        return
    with drawn_bar(sys.stderr) as draw:
        yield draw
