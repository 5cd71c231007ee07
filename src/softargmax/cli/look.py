"""``softargmax look``: what is in a table, before anything is learned from it."""

from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from softargmax._words import counted
from softargmax.cli.flags import READ, Json, ReadingFlags, Table, check_tables, worded
from softargmax.cli.output import progress_shown, say, show


def look(
    *tables: Table,
    target: Annotated[
        str | None, Parameter(help="Column of class labels, whose rows are counted: its name, or its position.")
    ] = None,
    all_rows: Annotated[
        bool,
        Parameter(
            name="--all", negative=(), show_default=False, help="Look at all rows, not only at the first 100,000."
        ),
    ] = False,
    read: ReadingFlags = READ,
    json: Json = False,
) -> None:
    """Show how a table is read and what its columns hold, before anything is learned from it.

    Parameters
    ----------
    tables
        CSV, Excel, JSON, Parquet, Arrow or SQLite files, packed or not, or folders of them; - is standard
        input.

    Examples
    --------
    softargmax look customers.csv --target left
    """
    from softargmax.report import table_look
    from softargmax.tables.looking import ROWS
    from softargmax.tables.looking import look as look_at
    from softargmax.tables.opening import open_table

    check_tables(tables)
    table = open_table(tables, replace(read.reading(), target=target), again=True)
    with progress_shown() as progress:
        most = None if all_rows else ROWS
        found = look_at(table.told(progress, "reading", "looking", most), target, most)
    show(
        json,
        table_look.look_json(found),
        lambda: table_look.look_summary(found, lambda note: worded(note, learns="fit")),
    )
    if not found.is_whole:
        say(f"stopped after {counted(found.rows, 'rows')}; --all looks at all of them")
