"""What `softargmax look` shows of a table: set for a terminal, or as plain data. Computes nothing."""

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table

from softargmax._words import counted, cut, shortened
from softargmax.report.console import exclaimed
from softargmax.report.screen import escape

if TYPE_CHECKING:
    from softargmax.tables.looking import ColumnLook, TableLook
    from softargmax.tables.notes import Note

_DELIMITERS = {"\t": "tab", " ": "blanks", ",": "comma", ";": "semicolon"}


def look_json(look: "TableLook") -> dict[str, Any]:
    """Give what was seen as plain data, for JSON."""
    return {
        "encoding": look.encoding,
        "delimiter": look.delimiter,
        "header_line": look.header_line,
        "rows": look.rows,
        "all_rows": look.is_whole,
        "columns": [_column_json(column) for column in look.columns],
        "classes": look.classes,
        "notes": [note.text for note in look.notes],
    }


def _column_json(column: "ColumnLook") -> dict[str, Any]:
    found = {field.name: getattr(column, field.name) for field in fields(column)}
    return found | {"notes": [note.text for note in column.notes]}


def look_summary(look: "TableLook", said: "Callable[[Note], str]", most_classes: int = 20) -> RenderableType:
    """Set how a table was read, a line for each column, and the classes of the target; `said` words a note."""
    read = [] if look.encoding is None else [f"text in {look.encoding}"]
    if look.delimiter is not None:
        read.append(f"parted by {_DELIMITERS.get(look.delimiter, repr(look.delimiter))}")
        read.append(f"names in line {look.header_line}" if look.header_line else "without names of columns")
    rows = counted(look.rows, "rows") if look.is_whole else f"the first {counted(look.rows, 'rows')}, not all of them"
    columns = Table(box=None, padding=(0, 2, 0, 0))
    columns.add_column("column", overflow="fold", max_width=40)
    columns.add_column("kind", no_wrap=True)
    columns.add_column("missing", justify="right", no_wrap=True)
    columns.add_column("distinct", justify="right", no_wrap=True)
    columns.add_column("first values", overflow="fold")
    notes = [said(note) for note in look.notes]
    for column in look.columns:
        first = ", ".join("-" if cell is None else shortened(str(cell), 24) for cell in column.first)
        name = cut(column.name)
        columns.add_row(escape(name), column.kind, str(column.missing), str(column.distinct), escape(first))
        notes += [f"{name}: {said(note)}" for note in column.notes]
    parts: list[RenderableType] = [escape(", ".join([rows, *read])), "", columns]
    if look.classes:
        shown = [f"{shortened(str(label))} ({count})" for label, count in list(look.classes.items())[:most_classes]]
        more = f", ... ({len(look.classes)} in all)" if len(look.classes) > most_classes else ""
        parts += ["", escape(f"classes: {', '.join(shown)}{more}")]
    return Group(*parts, *exclaimed(notes))
