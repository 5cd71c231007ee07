"""Parameters that several commands share, and what the text after a flag means."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeGuard

from cyclopts import Parameter

from softargmax.exceptions import ArgumentError

if TYPE_CHECKING:
    from softargmax.tables.reading import CsvFormat

# "-" stands for standard input, so words that begin with a hyphen get through; `check_tables` sorts them.
Table = Annotated[str, Parameter(allow_leading_hyphen=True)]
Header = Annotated[
    bool | None,
    Parameter(help="Whether CSV files start with column names. By default they must, and it is checked."),
]
Delimiter = Annotated[str | None, Parameter(help='What parts the values of CSV files; "," unless said otherwise.')]
Json = Annotated[bool, Parameter(negative=(), help="Print JSON instead of words.")]


# Flags are parameters with hyphens, but for these: a word that everybody knows, and singulars of what may be repeated.
_OTHERWISE = {"random_state": "seed", "hidden_layer_sizes": "hidden", "kinds": "kind"}


def flags_of(commands: Iterable[Callable[..., None]]) -> dict[str, str]:
    """Give the flag for every parameter of the library that is one of some command."""
    own = {
        name
        for command in commands
        for name, parameter in inspect.signature(command).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    said = {name: name for name in own} | {name: flag for name, flag in _OTHERWISE.items() if flag in own}
    return {name: f"--{flag.replace('_', '-')}" for name, flag in said.items()}


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


def csv_format(header: bool | None, delimiter: str | None, known: "CsvFormat | None" = None) -> "CsvFormat":
    """Put the two flags together; what was not said is as in `known`, the files that a model was fitted on.

    Raises
    ------
    ArgumentError
        If the delimiter is no single character.
    """
    from softargmax.tables.reading import CsvFormat

    known = known or CsvFormat()
    return CsvFormat(known.header if header is None else header, _character(delimiter) or known.delimiter)


def _character(text: str | None) -> str | None:
    if text is None:
        return None
    text = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(text) != 1 or text in '"\r\n':
        raise ArgumentError(f"--delimiter: expected one character (or tab), got {text!r}")
    return text


def is_file(output: str | None) -> TypeGuard[str]:
    """Tell a file to write from standard output, which is None or "-"."""
    return output is not None and output != "-"
