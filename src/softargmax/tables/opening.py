"""Opening a table: which door each of its files takes, how it is read, and its rows part by part."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.doors.delimited import open_delimited
from softargmax.tables.doors.door import Opened, first_line
from softargmax.tables.doors.foreign import SIZE, refuse_foreign
from softargmax.tables.doors.packed import source_of
from softargmax.tables.doors.parquet import MAGIC as PARQUET
from softargmax.tables.doors.parquet import open_parquet
from softargmax.tables.doors.source import Source
from softargmax.tables.files import Paths, resolve
from softargmax.tables.limits import LIMITS, Limits
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

Door = Callable[[Source, Reading, Limits], Opened]

# What the first bytes of a file say about its kind; text has none that are its own.
_DOORS: tuple[tuple[bytes, Door], ...] = ((PARQUET, open_parquet),)


@dataclass(frozen=True)
class Part:
    """Rows that are read together, and how: a recipe, so that another process can read them.

    Attributes
    ----------
    number : int
        Its place among the parts of the table, from 0.
    file : str
    reading : Reading
    limits : Limits
    """

    number: int
    file: str
    reading: Reading
    limits: Limits

    def batches(self) -> Iterator[Batch]:
        """Read the rows, in bounded memory.

        Raises
        ------
        TableError
            For what cannot be read, naming the file and the line.
        """
        yield from _rows(self.file, _opened(self.file, self.reading, self.limits))


@dataclass(frozen=True)
class Table:
    """A table that was opened.

    Attributes
    ----------
    names : tuple of str
        The names of its columns.
    reading : Reading
        How its first file is read, with everything decided; files of the same origin are read with it later.
    notes : tuple of Note
        What was decided about it without being asked.
    """

    names: tuple[str, ...]
    reading: Reading
    notes: tuple[Note, ...]
    _first: tuple[str, Opened]
    _others: tuple[Part, ...]

    def parts(self) -> tuple[Part, ...]:
        """Give its parts, each of which can be read by itself; standard input is not one that another process can."""
        file, _ = self._first
        limits = self._others[0].limits if self._others else LIMITS
        return (Part(0, file, self.reading, limits), *self._others)

    def batches(self) -> Iterator[Batch]:
        """Read all rows, part by part, in bounded memory.

        Raises
        ------
        TableError
            For what cannot be read, naming the file and the line.
        """
        yield from _rows(*self._first)
        for part in self._others:
            yield from part.batches()


def open_table(source: Paths, reading: Reading | None = None, limits: Limits = LIMITS) -> Table:
    """Open a table and decide how it is read, as far as `reading` leaves it open.

    Parameters
    ----------
    source : path or sequence of paths
        Files, or folders of files; "-" is standard input.
    reading : Reading, optional
        What is known about how it is read, from a user or a model.
    limits : Limits, optional

    Returns
    -------
    Table

    Raises
    ------
    TableError
        For what is no table, naming the file and the line.
    """
    given = reading or Reading()
    files = resolve(source)
    first = _opened(files[0], given, limits)
    others = tuple(Part(number, file, given, limits) for number, file in enumerate(files[1:], 1))
    return Table(first.names, first.reading, first.notes, (files[0], first), others)


def _opened(file: str, reading: Reading, limits: Limits) -> Opened:
    try:
        source = source_of(file, limits, reading.member)
        opened = _door(source)(source, reading, limits)
        return replace(opened, notes=(*source.notes, *opened.notes))
    except (pa.ArrowException, OSError, EOFError) as error:
        raise TableError(f"{file}: {first_line(error)}") from error


def _door(source: Source) -> Door:
    head = source.head(SIZE)
    for magic, door in _DOORS:
        if head.startswith(magic):
            return door
    refuse_foreign(source.name, head)
    return open_delimited


def _rows(file: str, opened: Opened) -> Iterator[Batch]:
    try:
        yield from opened.batches()
    except (pa.ArrowException, OSError, EOFError) as error:
        raise TableError(f"{file}: {first_line(error)}") from error
