"""Databases of SQLite: a table, or the answer to a question, read and never written.

A database is a program in part: a view may be any query, and a query may call functions. So the file is opened for
reading only, its schema is not trusted, and of all that SQLite can do one statement that selects is allowed.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from softargmax._words import listed
from softargmax.exceptions import LimitError, TableError
from softargmax.tables.doors.door import Opened, first_line
from softargmax.tables.doors.source import Source
from softargmax.tables.doors.values import Row, Rows
from softargmax.tables.limits import Limits
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

MAGIC = b"SQLite format 3\0"

# What reading takes. Recursion is not among it: it need not end.
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)
_TABLES = (
    "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)


def open_database(source: Source, reading: Reading, limits: Limits) -> Opened:
    """Look at a table of a database, or at the answer to a query.

    Raises
    ------
    TableError
        For what is not there, a query that does not select, and damaged files.
    """
    database = _Database(source, limits)
    if reading.query is not None and reading.table is not None:
        raise TableError(f"{source.name}: expected a table or a query, got both", parameter="query")
    notes: tuple[Note, ...] = ()
    if reading.query is not None:
        query, parameter = reading.query, "query"
    else:
        table, notes = _table(database, reading.table)
        query, parameter = f'SELECT * FROM "{table.replace(chr(34), chr(34) * 2)}"', "table"
    names = database.names(query, parameter)
    return Rows.opened(source.name, names, lambda: database.rows(query, parameter), reading, limits, notes)


def _table(database: "_Database", wanted: str | None) -> tuple[str, tuple[Note, ...]]:
    """Choose the table that was asked for, or the only one."""
    found = list(database.rows(_TABLES, None))
    every = [name for name, _ in found]
    if wanted is not None:
        if wanted not in every:
            raise TableError(
                f"{database.file}: there is no table {wanted!r} in it, only {listed(every)}", parameter="table"
            )
        return wanted, ()
    tables = [name for name, kind in found if kind == "table"] or every
    if not tables:
        raise TableError(f"{database.file}: expected a table, got a database that holds none")
    if len(tables) > 1:
        raise TableError(
            f"{database.file}: expected one table in this database, got {listed(tables)}; choose one with table=",
            parameter="table",
        )
    return tables[0], (Note("table", f"the table {tables[0]!r} of {database.file} was read", option="table"),)


class _Database:
    """A database that can be asked, and nothing else."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.file = source.name
        self._source = source  # its file may be a copy that goes with it
        self._limits = limits

    def names(self, query: str, parameter: str | None) -> list[str]:
        """Name the columns of an answer."""
        with self._answer(query, parameter) as cursor:
            return [column[0] for column in cursor.description]

    def rows(self, query: str, parameter: str | None) -> Iterator[Row]:
        """Give the rows of an answer, one after another."""
        with self._answer(query, parameter) as cursor:
            yield from cursor

    @contextlib.contextmanager
    def _answer(self, query: str, parameter: str | None) -> Iterator[sqlite3.Cursor]:
        try:
            address = f"{Path(self._source.file()).absolute().as_uri()}?mode=ro"
            with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
                self._restrict(connection)
                cursor = connection.execute(query)
                if cursor.description is None:
                    raise TableError(f"{self.file}: expected a SELECT, got {query!r}", parameter=parameter)
                yield cursor
        except sqlite3.DataError as error:
            raise LimitError(f"{self.file}: {first_line(error)}") from error
        # Two statements at once are a Warning in older versions of Python, and NUL in a query is a ValueError.
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            raise TableError(
                f"{self.file}: cannot be read: {self._words(error, query)}", parameter=parameter
            ) from error

    def _restrict(self, connection: sqlite3.Connection) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, self._limits.row_bytes)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)

    @staticmethod
    def _words(error: BaseException, query: str) -> str:
        text = first_line(error)
        if "not authorized" in text or "prohibited" in text or "one statement" in text or "readonly" in text:
            return f"expected one SELECT that reads tables of this database without recursion, got {query!r} ({text})"
        return text
