"""Parameters that several commands share, and what the text after a flag means."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

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


def is_file(output: str | None) -> bool:
    """Tell a file to write from standard output, which is None or "-"."""
    return output is not None and output != "-"
