"""Opening a table: which door each of its files takes, how it is read, and its rows part by part."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from softargmax._progress import Progress, ProgressCallback
from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.doors.arrow import MAGIC as ARROW
from softargmax.tables.doors.arrow import open_arrow
from softargmax.tables.doors.database import MAGIC as DATABASE
from softargmax.tables.doors.database import open_database
from softargmax.tables.doors.delimited import open_delimited
from softargmax.tables.doors.door import Opened, first_line
from softargmax.tables.doors.foreign import SIZE, refuse_foreign
from softargmax.tables.doors.frames import NAME, as_arrow, is_in_memory, open_frame
from softargmax.tables.doors.json_table import is_json, open_json
from softargmax.tables.doors.packed import source_of
from softargmax.tables.doors.parquet import MAGIC as PARQUET
from softargmax.tables.doors.parquet import open_parquet
from softargmax.tables.doors.source import Source
from softargmax.tables.doors.workbook import MAGIC as WORKBOOK
from softargmax.tables.doors.workbook import open_workbook
from softargmax.tables.files import resolve
from softargmax.tables.further_files import FurtherFiles
from softargmax.tables.limits import LIMITS, Limits
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading
from softargmax.tables.row_count import rows_about

Door = Callable[[Source, Reading, Limits], Opened]

# What the first bytes of a file say about its kind; text has none that are its own.
_DOORS: tuple[tuple[bytes, Door], ...] = (
    (PARQUET, open_parquet),
    *((magic, open_workbook) for magic in WORKBOOK),
    *((magic, open_arrow) for magic in ARROW),
    (DATABASE, open_database),
)
# What libraries raise for damaged files.
_UNREADABLE = (pa.ArrowException, OSError, EOFError, UnicodeError)


@dataclass(frozen=True)
class Part:
    """Rows that are read together, and how: a recipe, so that another process can read them.

    Attributes
    ----------
    number : int
        Its place among the parts of the table, from 0.
    source : str or pyarrow.Table
        The file they lie in, or themselves.
    reading : Reading
    limits : Limits
    """

    number: int
    source: Any
    reading: Reading
    limits: Limits

    def batches(self) -> Iterator[Batch]:
        """Read the rows, in bounded memory.

        Raises
        ------
        TableError
            For what cannot be read, naming the file and the line.
        """
        yield from self.rows_of(self.opened())

    def opened(self) -> Opened:
        """Look at the beginning of the file, and decide how it is read."""
        return _opened(self.source, self.reading, self.limits)

    def rows_of(self, opened: Opened) -> Iterator[Batch]:
        """Read the rows of what `opened` gave."""
        yield from _rows(self.source, opened)


@dataclass(frozen=True)
class Table:
    """A table that was opened.

    Attributes
    ----------
    names : tuple of str
        The names of its columns.
    reading : Reading
        How its first file is read, with everything decided; files of the same origin are read with it later.
    first_notes : tuple of Note
        What was decided about its first file without being asked.
    """

    names: tuple[str, ...]
    reading: Reading
    first_notes: tuple[Note, ...]
    _first: Opened
    _parts: tuple[Part, ...]
    _further: FurtherFiles
    _tell: Callable[[Progress], None] | None = None
    _stages: tuple[str, str | None] = ("reading", None)
    _most: int | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was decided without being asked: about the first file, and what its rows and other files showed."""
        return self.first_notes + self._further.notes()

    def note(self, file: str, note: Note) -> None:
        """Keep among the notes what only the rows of one of its files decided."""
        self._further.note(file, note)

    @property
    def name(self) -> str:
        """What messages call it: its first file."""
        return _name_of(self._parts[0].source)

    @property
    def files(self) -> tuple[str, ...]:
        """The files it is read from; none of a table in memory."""
        return tuple(part.source for part in self._parts if isinstance(part.source, str))

    def parts(self) -> tuple[Part, ...]:
        """Give its parts, each of which can be read by itself; standard input is not one that another process can."""
        return self._parts

    def rows_about(self) -> int | None:
        """Give about how many rows there are, before they are read; None if that is not to be seen."""
        if len(self.files) < len(self._parts):
            return None
        header = self.reading.header_lines or int(self.reading.header is not False)
        return rows_about(self.files, (self.reading.skip_rows or 0) + header)

    def told(
        self, progress: ProgressCallback | None, stage: str, then: str | None = None, most: int | None = None
    ) -> "Table":
        """Give the same table; how far it is read is told, as a stage of work, and perhaps what is done then.

        No more than `most` rows will be read of it.
        """
        return replace(self, _tell=progress, _stages=(stage, then), _most=most)

    def batches(self) -> Iterator[Batch]:
        """Read all rows, part by part, in bounded memory.

        Raises
        ------
        TableError
            For what cannot be read, naming the file and the line.
        """
        if self._tell is None:
            yield from self._batches()
            return
        done, total = 0, self.rows_about()
        if total is not None and self._most is not None:
            total = min(total, self._most)
        for batch in self._batches():
            yield batch
            done += batch.data.num_rows
            self._tell(Progress(self._stages[0], done, total, "rows"))
        if self._stages[1] is not None:
            self._tell(Progress(self._stages[1], done, None, "rows"))

    def _batches(self) -> Iterator[Batch]:
        yield from self._parts[0].rows_of(self._first)
        for part in self._parts[1:]:
            opened = part.opened()
            self._further.add(_name_of(part.source), opened)
            yield from part.rows_of(opened)


def open_table(source: Any, reading: Reading | None = None, limits: Limits = LIMITS, *, again: bool = False) -> Table:
    """Open a table and decide how it is read, as far as `reading` leaves it open.

    Parameters
    ----------
    source : path, sequence of paths, or a table in memory
        Files, or folders of files; "-" is standard input. In memory: a data frame of any library that speaks Arrow,
        numbers of shape (n_rows, n_columns), one row as a dictionary, or a list of such rows. Its index is no column.
    reading : Reading, optional
        What is known about how it is read, from a user or a model.
    limits : Limits, optional
    again : bool, default False
        Whether its rows will be read more than once: what comes through a pipe is then copied first.

    Returns
    -------
    Table

    Raises
    ------
    TableError
        For what is no table, naming the file and the line.
    """
    given = reading or Reading()
    sources: Sequence[Any] = [as_arrow(source)] if is_in_memory(source) else resolve(source)
    first = _opened(sources[0], given, limits, again)
    readings = (first.reading, *[given] * (len(sources) - 1))
    parts = tuple(Part(number, *each, limits) for number, each in enumerate(zip(sources, readings, strict=True)))
    further = FurtherFiles(_name_of(sources[0]), first)
    return Table(first.names, first.reading, first.notes, first, parts, further)


def _opened(source: Any, reading: Reading, limits: Limits, again: bool = False) -> Opened:
    opened = _through_a_door(source, reading, limits, again)
    return replace(opened, reading=replace(opened.reading, missing=reading.missing or ()))


def _through_a_door(source: Any, reading: Reading, limits: Limits, again: bool) -> Opened:
    if not isinstance(source, str):
        return open_frame(source, reading, limits)
    try:
        file = source_of(source, limits, reading.member)
        if again:
            file.keep()
        opened = _door(file)(file, reading, limits)
        return replace(opened, notes=(*file.notes, *opened.notes))
    except _UNREADABLE as error:
        raise TableError(f"{source}: {first_line(error)}") from error


def _door(source: Source) -> Door:
    head = source.head(SIZE)
    for magic, door in _DOORS:
        if head.startswith(magic):
            return door
    refuse_foreign(source.name, head)
    return open_json if is_json(head) else open_delimited


def _rows(source: Any, opened: Opened) -> Iterator[Batch]:
    reading = opened.reading
    try:
        for batch in opened.batches():
            yield replace(
                batch,
                decimal=reading.decimal,
                missing=reading.missing or (),
                date_order=reading.date_order,
                calendar=reading.calendar,
                delimiter=reading.delimiter,
            )
    except _UNREADABLE as error:
        raise TableError(f"{_name_of(source)}: {first_line(error)}") from error


def _name_of(source: Any) -> str:
    return source if isinstance(source, str) else NAME
