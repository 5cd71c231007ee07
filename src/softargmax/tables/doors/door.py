"""What every door gives: the names of the columns, how the file was read, and its rows as often as they are wanted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from softargmax._words import shortened
from softargmax.exceptions import LimitError
from softargmax.tables.batch import Batch
from softargmax.tables.limits import Limits
from softargmax.tables.names import ColumnNames, settle
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

# Rows that become a batch: enough that the work per batch does not count.
ROWS = 1 << 13


@dataclass(frozen=True)
class Opened:
    """A file whose beginning was looked at.

    Attributes
    ----------
    names : tuple of str
        The names of the columns.
    reading : Reading
        How it is read; nothing that its kind needs is left to decide.
    notes : tuple of Note
        What was decided about it.
    batches : callable
        Reads the rows, from the first one; a file without rows gives one empty batch, for its columns.
    """

    names: tuple[str, ...]
    reading: Reading
    notes: tuple[Note, ...]
    batches: Callable[[], Iterator[Batch]]


def numbered(name: str, rows: Iterable[Any], none: Callable[[], Any]) -> Iterator[Batch]:
    """Give record batches with the number of the first row of each; if there is no row, `none`, for the columns."""
    row = 1
    for batch in rows:
        yield Batch(name, row, batch)
        row += batch.num_rows
    if row == 1:
        yield Batch(name, 1, none())


def name_columns(
    file: str, raw: Sequence[str], cells: Callable[[int], Sequence[str]], reading: Reading, limits: Limits
) -> ColumnNames:
    """Give every column a name of its own, and leave an index out as far as `reading` does not keep it.

    Parameters
    ----------
    file : str
    raw : sequence of str
        What the file calls its columns.
    cells : callable
        Gives some cells of the column at a position, as text.
    reading : Reading
    limits : Limits

    Raises
    ------
    LimitError
        For more columns than the limits allow.
    """
    check_number(file, len(raw), limits)
    # What a model has learned from is not left out later, though at first sight it looks like an index.
    learned = reading.index is None and reading.names is not None
    return settle(raw, cells, False if learned else reading.index)


def check_number(file: str, n_columns: int, limits: Limits) -> None:
    """Refuse more columns than the limits allow.

    Raises
    ------
    LimitError
    """
    if n_columns > limits.columns:
        raise LimitError(f"{file}: expected at most {limits.columns} columns, got {n_columns}")


def first_line(error: BaseException) -> str:
    """Say what a library's error says, without what it adds for its own developers."""
    text = str(error) if not isinstance(error, OSError) or error.strerror is None else error.strerror
    return shortened(text.splitlines()[0] if text else type(error).__name__, 200)
