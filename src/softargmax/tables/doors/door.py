"""What every door gives: the names of the columns, how the file was read, and its rows as often as they are wanted."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from softargmax._words import shortened
from softargmax.exceptions import LimitError, TableError
from softargmax.tables.batch import Batch
from softargmax.tables.limits import Limits
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading


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


def check_names(file: str, names: Sequence[str], limits: Limits) -> None:
    """Refuse columns that cannot be told apart, and more of them than the limits allow.

    Raises
    ------
    TableError, LimitError
    """
    if len(names) > limits.columns:
        raise LimitError(f"{file}: expected at most {limits.columns} columns, got {len(names)}")
    if any(not name for name in names):
        raise TableError(f"{file}: column {list(names).index('') + 1} has no name; give it one")
    duplicates = sorted(name for name, count in Counter(names).items() if count > 1)
    if duplicates:
        raise TableError(f"{file}: expected distinct column names, got {', '.join(map(repr, duplicates))} twice")


def first_line(error: BaseException) -> str:
    """Say what a library's error says, without what it adds for its own developers."""
    text = str(error) if not isinstance(error, OSError) or error.strerror is None else error.strerror
    return shortened(text.splitlines()[0] if text else type(error).__name__, 200)
