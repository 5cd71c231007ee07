"""Parameters that several commands share, and what the text after a flag means."""

import contextlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, TypeGuard

from cyclopts import Parameter

from softargmax._words import cut_within, printable
from softargmax.cli.errors import in_flags
from softargmax.cli.output import say
from softargmax.exceptions import ArgumentError, TableError

if TYPE_CHECKING:
    from softargmax.tables.notes import Note
    from softargmax.tables.opening import Table as OpenTable
    from softargmax.tables.reading import Reading

# "-" stands for standard input, so words that begin with a hyphen get through; `check_tables` sorts them.
Table = Annotated[str, Parameter(allow_leading_hyphen=True)]
DropLogits = Annotated[
    tuple[str, ...],
    Parameter(
        negative=(),
        show_default=False,
        help="Column of the logits to leave out, its name or position; repeat for more.",
    ),
]
AreProbabilities = Annotated[
    bool, Parameter(negative=(), show_default=False, help="The numbers are probabilities, not logits.")
]
LogitArray = Annotated[str | None, Parameter(help="Which array of an .npz file of logits.")]
LabelColumn = Annotated[str | None, Parameter(help="Which column, or array of an .npz file, holds the labels.")]
Normalise = Annotated[
    bool,
    Parameter(
        negative=(), show_default=False, help="Divide every row of probabilities, which was rounded, by its sum."
    ),
]
Json = Annotated[bool, Parameter(negative=(), show_default=False, help="Print JSON instead of words.")]


# Flags are parameters with hyphens, but for these: a word that everybody knows, and singulars of what may be repeated.
_OTHERWISE = {"random_state": "seed", "hidden_layer_sizes": "hidden", "kinds": "kind", "costs": "cost"}


def flags_of(commands: Iterable[Callable[..., None]]) -> dict[str, str]:
    """Give the flag for every parameter of the library that is one of some command."""
    own = {
        name
        for command in commands
        for name, parameter in inspect.signature(command).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    } | {field.name for field in fields(ReadingFlags)}
    return {name: _flag(name) for name in own | {name for name, flag in _OTHERWISE.items() if flag in own}}


def _flag(parameter: str) -> str:
    return f"--{_OTHERWISE.get(parameter, parameter).replace('_', '-')}"


def say_notes(notes: Iterable["Note"]) -> None:
    """Say what was decided about tables without being asked, with the flag that decides otherwise."""
    for note in notes:
        say(f"! {printable(cut_within(worded(note)))}")


def worded(note: "Note", learns: str = "") -> str:
    """Word a note with the flag that decides otherwise; a question names its flags itself.

    A command that learns nothing names in `learns` the one whose flag it is, where it is none of how tables are read.
    """
    if note.option is None:
        return note.text
    known = {name: _flag(name) for name in (*(field.name for field in fields(ReadingFlags)), *_OTHERWISE)}
    text = in_flags(TableError(note.text, parameter=note.option), known)
    if text != note.text:
        return text
    flag = _flag(note.option)
    flag = flag.replace("--", "--no-", 1) if note.choice is False else flag
    of_whom = f" of {learns}" if learns and note.option not in {field.name for field in fields(ReadingFlags)} else ""
    # Such a note speaks of leaving columns out, which this flag does.
    does = "does so" if note.option == "drop" else "decides otherwise"
    return f"{text} ({flag}{of_whom} {does})"


@contextlib.contextmanager
def notes_said(table: "OpenTable") -> Iterator[None]:
    """Say what was decided about a table before it is read, and behind that what only its further files showed."""
    say_notes(known := table.notes)
    yield
    say_notes(table.notes[len(known) :])


def check_tables(tables: Sequence[str]) -> None:
    """Refuse a command without tables, and a misspelt option that went for one.

    Raises
    ------
    ArgumentError
    """
    if not tables:
        raise ArgumentError("expected at least one table: a file, a folder, or - for standard input")
    for table in tables:
        if table.startswith("-") and table != "-":
            raise ArgumentError(
                f"unknown option {table}; run softargmax --help, or write ./{table} for a file of that name"
            )


@Parameter(name="*", group="How tables are read")
@dataclass(frozen=True)
class ReadingFlags:
    """What a user says about how tables are read; what is not said is decided by looking, or known to the model.

    Each is a parameter of `Reading` of the same name.
    """

    header: Annotated[
        bool | None,
        Parameter(help="Whether files of text start with column names."),
    ] = None
    header_lines: Annotated[int | None, Parameter(help="How many lines hold the names of the columns.")] = None
    skip_rows: Annotated[int | None, Parameter(help="How many lines stand above them.")] = None
    comment: Annotated[str | None, Parameter(help="What lines begin with that are to be left out, like #.")] = None
    encoding: Annotated[str | None, Parameter(help="How text was written as bytes, as cp1252 or gb18030.")] = None
    decimal: Annotated[str | None, Parameter(help='The decimal mark of numbers: "." or ",".')] = None
    date_order: Annotated[
        str | None, Parameter(help="The order of dates, where none of them shows it: dmy, mdy or ymd.")
    ] = None
    calendar: Annotated[
        str | None,
        Parameter(help="The calendar of years outside 1900 to 2100: gregorian, buddhist, roc (Taiwan's) or persian."),
    ] = None
    delimiter: Annotated[
        str | None, Parameter(help="The one character that parts the values of a line: tab, or blank for runs of them.")
    ] = None
    index: Annotated[
        bool | None, Parameter(help="Whether a first column without a name only counts the rows, and is left out.")
    ] = None
    missing: Annotated[
        tuple[str, ...],
        Parameter(
            negative=(),
            show_default=False,
            allow_leading_hyphen=True,
            help="What stands for a missing value; repeat for more.",
        ),
    ] = ()
    member: Annotated[str | None, Parameter(help="The file to take out of a .zip that holds several.")] = None
    sheet: Annotated[str | None, Parameter(help="The sheet of a workbook: its name, or its position from 1.")] = None
    table: Annotated[str | None, Parameter(help="The table of a database of SQLite.")] = None
    query: Annotated[str | None, Parameter(help="What to ask a database instead: a SELECT.")] = None

    def reading(self) -> "Reading":
        """Say it in words of the library.

        Raises
        ------
        ArgumentError
        """
        from softargmax.tables.reading import Reading

        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return Reading(**{**given, "delimiter": _character(self.delimiter), "missing": self.missing or None})


READ = ReadingFlags()


def _character(text: str | None) -> str | None:
    r"""Read a character that is hard to type: \t or tab, or blank."""
    return None if text is None else {"\\t": "\t", "tab": "\t", "blank": " "}.get(text, text)


def is_file(output: str | None) -> TypeGuard[str]:
    """Tell a file to write from standard output, which is None or "-"."""
    return output is not None and output != "-"
