"""``softargmax predict``: a model file and tables in, a table of labels and probabilities out."""

from typing import Annotated

from cyclopts import Parameter

from softargmax._words import printable
from softargmax.cli.flags import READ, ReadingFlags, Table, check_tables, is_file, say_notes
from softargmax.cli.output import progress_shown, say


def predict(
    model: str,
    /,
    *tables: Table,
    output: Annotated[
        str | None,
        Parameter(alias="-o", help="A .csv, .csv.gz or .parquet file; CSV on standard output by default."),
    ] = None,
    keep: Annotated[
        tuple[str, ...],
        Parameter(negative=(), help="Column of the input to copy to the output; repeat for more."),
    ] = (),
    bom: Annotated[
        bool,
        Parameter(
            negative=(), help="Begin CSV with a UTF-8 byte order mark, which Excel needs for other letters than ASCII."
        ),
    ] = False,
    read: ReadingFlags = READ,
) -> None:
    """Write the label and one probability per class for every row, in bounded memory.

    Parameters
    ----------
    model
        A model file written by fit.
    tables
        CSV, Excel, JSON, Parquet, Arrow or SQLite files, packed or not, or folders of them; - is standard
        input.
    """
    from softargmax._atomic import refuse_overwriting
    from softargmax.pipeline import TableModel
    from softargmax.pipeline.records import unseen_notes

    check_tables(tables)
    if is_file(output):
        refuse_overwriting(output, [model])
    classifier = TableModel.load(model)
    table = classifier.open(tables, read.reading())
    say_notes(table.notes)
    with progress_shown() as progress:
        unseen = classifier.predict_file(table, output, keep=keep, bom=bom, progress=progress)
    for note in unseen_notes(unseen):
        say(printable(note))
    if is_file(output):
        say(f"predictions written to {printable(output)}")
