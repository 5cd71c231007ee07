"""What is in a table, before anything is learned from it: how it is read, and what its columns hold."""

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from softargmax._words import shortened
from softargmax.exceptions import TableError
from softargmax.tables.amounts import amounts_in
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.columns.column_facts import FIRST
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.columns.date_orders import OrderDecision, decide_order, with_dates_decided
from softargmax.tables.decimal_mark import DecimalMark, decimal_mark
from softargmax.tables.gathering import Gathered, Types, WiderTypesError
from softargmax.tables.giving_away import given_away_in
from softargmax.tables.marked_cells import are_yes
from softargmax.tables.marks import note_of
from softargmax.tables.meaning import Meaning, meaning_of, series_of, totals_of
from softargmax.tables.names import find_column
from softargmax.tables.notes import Note
from softargmax.tables.opening import Table

# Rows that are looked at unless all are wanted: with twenty columns it takes a second or two.
ROWS = 100_000
# A column of this many different values or fewer may be one of classes.
_MOST_CLASSES = 20


@dataclass(frozen=True)
class ColumnLook:
    """What a column seems to hold.

    Attributes
    ----------
    name : str
    kind : str
        "number", "category", "date", "text", "boolean", "index" (it counts the rows from 0 or 1), "identifier" (its
        cells say no more than which row it is) or "empty".
    missing : int
    distinct : int
        How many values differ; estimated if there are more than 50,000, which a note says.
    first : tuple
        The first four cells as they were read: numbers, ISO texts for dates, None where one is missing.
    notes : tuple of Note
        What was decided about it, and what has to be asked.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    first: tuple[Any, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class TableLook:
    """What is in a table.

    Attributes
    ----------
    encoding, delimiter : str or None
        How text is read; None where there is nothing to decide.
    header_line : int
        The line that holds the names of the columns, from 1; 0 if there is none.
    rows : int
        How many were looked at.
    is_whole : bool
        Whether these are all.
    columns : tuple of ColumnLook
    notes : tuple of Note
        What was decided about the table as a whole.
    classes : dict
        For the target, how many rows each of its values has, the most frequent first.
    """

    encoding: str | None
    delimiter: str | None
    header_line: int
    rows: int
    is_whole: bool
    columns: tuple[ColumnLook, ...]
    notes: tuple[Note, ...]
    classes: dict[str, int]

    @property
    def candidates(self) -> tuple[ColumnLook, ...]:
        """Columns of few different values, which repeat: what a target looks like, the fewest first."""
        found = [
            column
            for column in self.columns
            if column.kind in ("category", "boolean", "number")
            and 2 <= column.distinct <= min(_MOST_CLASSES, max(2, (self.rows - column.missing) // 2))
        ]
        return tuple(sorted(found, key=lambda column: (column.kind == "number", column.distinct)))


def look(table: Table, target: str | None = None, n_rows: int | None = ROWS) -> TableLook:
    """Look at the first rows of a table.

    Parameters
    ----------
    table : Table
        What `open_table` gave with ``again=True``: files may turn out to hold a column in different types.
    target : str, optional
        The column whose classes are counted.
    n_rows : int or None, default 100,000
        How many rows to look at; None for all.

    Raises
    ------
    TableError
        If the table cannot be read, or has no such column.
    """
    types: Types = {}
    while True:
        rows = _FirstRows(table, n_rows)
        try:
            names, summaries = _summaries(Gathered(rows, types))
            break
        except WiderTypesError as other:
            types = other.types
    of_cells = {name: summary for name, summary in summaries.items() if isinstance(summary, ColumnSummary)}
    found = DecimalMark(rows.decimal) if rows.decimal else decimal_mark(of_cells.values(), rows.delimiter)
    of_cells = {name: summary.with_decimal(found.mark or ".") for name, summary in of_cells.items()}
    notes = (*table.first_notes, *_asked(found), *found.notes)
    table = replace(table, reading=replace(table.reading, decimal=found.mark), first_notes=notes)
    meanings = {name: meaning_of(summary) for name, summary in of_cells.items()}
    decision = decide_order(of_cells, {}, table.reading.date_order)
    columns = tuple(_column(name, of_cells.get(name, summaries[name]), table, decision) for name in names)
    target = target and find_column(target, names, table.name, "target")
    classes = {} if target is None else _classes(summaries[target])
    reading = table.reading
    header_line = (reading.skip_rows or 0) + 1 if reading.header else 0
    general = [note for note in notes if note.column not in names]
    general += note_of([(name, meanings[name].marks) for name in names if name in meanings and meanings[name].marks])
    general += [note for found in summaries.values() if isinstance(found, ColumnSummary) for note in totals_of(found)]
    general += [note for name in names if name in meanings for note in meanings[name].notes]
    general += given_away_in(rows.first, target) if target is not None and rows.first is not None else ()
    return TableLook(
        reading.encoding, reading.delimiter, header_line, rows.done, rows.is_whole, columns, tuple(general), classes
    )


class _FirstRows:
    """The first rows of a table, and whether these are all."""

    def __init__(self, table: Table, n_rows: int | None) -> None:
        self._table = table
        self._n_rows = n_rows
        self.done = 0
        self.is_whole = True
        self.decimal: str | None = None
        self.delimiter: str | None = None
        self.first: Batch | None = None

    def __iter__(self) -> Iterator[Batch]:
        self.done, self.is_whole = 0, True
        for batch in self._table.batches():
            left = batch.data.num_rows if self._n_rows is None else self._n_rows - self.done
            if batch.data.num_rows > left:
                self.is_whole = False
                batch = replace(batch, data=batch.data.slice(0, left))
            self.decimal, self.delimiter = batch.decimal, batch.delimiter
            self.first = self.first or batch
            self.done += batch.data.num_rows
            yield batch
            if not self.is_whole:
                return


def _summaries(batches: Gathered) -> tuple[list[str], dict[str, ColumnSummary | str]]:
    """Summarise every column; one that does not hold single values is named by its type."""
    names: list[str] = []
    found: dict[str, ColumnSummary | str] = {}
    for batch in batches:
        names = names or batch.names
        for name in names:
            cells, known = Cells.of(batch, name), found.get(name)
            if not cells.is_usable:
                found[name] = str(cells.data.type)
            else:
                found[name] = known.update(cells) if isinstance(known, ColumnSummary) else ColumnSummary.of(cells, 0)
    return names, found


def _asked(found: DecimalMark) -> tuple[Note, ...]:
    if found.question is None:
        return ()
    return (Note("decimal", str(found.question), found.column, "decimal"),)


def _classes(summary: ColumnSummary | str) -> dict[str, int]:
    if isinstance(summary, str):
        return {}
    return {str(value): count for value, count in summary.counts().most_common()}


def _column(name: str, summary: ColumnSummary | str, table: Table, decision: OrderDecision) -> ColumnLook:
    about = tuple(note for note in table.notes if note.column == name)
    if isinstance(summary, str):
        unusable = Note("type", f"values of type {summary} are not supported", name)
        return ColumnLook(name, "text", 0, 0, (), (*about, unusable))
    meaning, question = meaning_of(summary), _date_question(summary, decision)
    if question is None:
        (summary,) = with_dates_decided({name: summary}, decision, {}).values()
    summary = summary.as_kind(summary.holds()[0])
    first = _first(summary, table.reading.decimal or ".", question is not None)
    kind, more = _kind(summary, meaning), []
    if summary.n_present and summary.is_constant:
        more.append("every row holds the same value")
    if not summary.is_counted:
        more.append(f"more than {summary.distinct.most} values differ: their number is estimated")
    holds, against = summary.holds()
    if holds == "number" and (dress := summary.dress.describe()):
        more.append(dress)
    if kind == "number" and against is not None:
        file, row = summary.place(against.position)
        n_others = summary.no_numbers()[0]
        more.append(
            f"{n_others} of the cells {'is no number' if n_others == 1 else 'are no numbers'}, "
            f"first {shortened(str(against.value))!r} in row {row} of {file}"
        )
    asked = () if question is None else (Note("date", str(question), name, question.parameter),)
    notes = (*about, *asked, *(Note("column", text, name) for text in more))
    return ColumnLook(name, kind, summary.n_missing, summary.n_distinct, first, notes)


def _kind(summary: ColumnSummary, meaning: Meaning) -> str:
    succession = summary.succession
    counts = succession and succession.counts_by_one and succession.count > 2 and succession.first in (0.0, 1.0)
    if counts and series_of(summary) is None:
        return "index"
    return "number" if summary.holds()[1] is not None else meaning.kind


def _first(summary: ColumnSummary, decimal: str, is_open: bool) -> tuple[Any, ...]:
    holds, odd_one = summary.holds()
    holds = "text" if is_open else "number" if odd_one else holds
    return tuple(None if cell is None else _as_read(cell, holds, decimal, summary) for cell in summary.first[:FIRST])


def _as_read(cell: Any, holds: str, decimal: str, summary: ColumnSummary) -> Any:
    """Give a cell as its column holds it: a number, a boolean, the ISO text of a date, or text as it is."""
    if holds == "number":
        number = float(amounts_in(pa.array([cell]), decimal).points[0] if isinstance(cell, str) else cell)
        if math.isnan(number):  # the one cell of the column that is no number
            return str(cell)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if holds == "boolean":
        return bool(are_yes(pa.array([cell]))[0]) if isinstance(cell, str) else bool(cell)
    if holds == "date":
        if not isinstance(cell, datetime.date):
            batch = Batch("", 1, pa.RecordBatch.from_arrays([pa.array([cell])], names=[summary.name]))
            seconds = float(Cells.of(batch, summary.name).seconds(summary.date_form)[0])
            cell = datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)
        if summary.is_of_clocks:
            return cell.time().isoformat("auto" if cell.second else "minutes")
        if isinstance(cell, datetime.datetime):
            return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat()
        return cell.isoformat()
    return str(cell)


def _date_question(summary: ColumnSummary, decision: OrderDecision) -> TableError | None:
    """Give what has to be asked about the dates of a column, if something has."""
    try:
        with_dates_decided({summary.name: summary}, decision, {})
    except TableError as question:
        return question
    return None
