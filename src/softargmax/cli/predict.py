"""``softargmax predict``: a model file and tables in, a table of labels and probabilities out."""

import sys
from typing import Annotated

from cyclopts import Parameter

from softargmax._words import printable
from softargmax.cli.flags import READ, Json, ReadingFlags, Table, check_tables, is_file, notes_said, say_notes
from softargmax.cli.output import dumps, progress_shown, say, tables_json
from softargmax.exceptions import ArgumentError


def predict(
    model: str,
    /,
    *tables: Table,
    output: Annotated[
        str | None,
        Parameter(
            alias="-o",
            allow_leading_hyphen=True,
            help="A .csv, .csv.gz or .parquet file; CSV on standard output by default, and for -.",
        ),
    ] = None,
    confidence: Annotated[
        float | None,
        Parameter(help="Add a set of classes that holds the true one so often, as .95; fit takes it too."),
    ] = None,
    risk: Annotated[
        float | None,
        Parameter(help="Answer only where at most this share of the answers is wrong, as .02; fit takes it too."),
    ] = None,
    positive: Annotated[
        str | None,
        Parameter(help="Take a row for this class from the threshold on that fit --positive chose."),
    ] = None,
    cost: Annotated[
        tuple[str, ...],
        Parameter(
            negative=(),
            show_default=False,
            help="TRUE=PREDICTED:COST, as ill=well:10, to take the label that is expected to cost least; any other "
            "mistake costs 1. Repeat for more.",
        ),
    ] = (),
    keep: Annotated[
        tuple[str, ...],
        Parameter(negative=(), show_default=False, help="Column of the input to copy to the output; repeat for more."),
    ] = (),
    keep_id: Annotated[
        bool,
        Parameter(negative=(), show_default=False, help="Copy the columns too that fit left out as identifiers."),
    ] = False,
    top: Annotated[
        int | None, Parameter(help="Write so many of the likeliest classes, instead of a probability for each class.")
    ] = None,
    rows: Annotated[int | None, Parameter(help="Write only so many rows, the likeliest first.")] = None,
    by: Annotated[
        str | None,
        Parameter(help="What these are ranked by: probability, that of their label, or probability_yes, of a class."),
    ] = None,
    bom: Annotated[
        bool,
        Parameter(
            negative=(),
            show_default=False,
            help="Begin CSV with a UTF-8 byte order mark, which Excel needs for other letters than ASCII.",
        ),
    ] = False,
    read: ReadingFlags = READ,
    json: Json = False,
) -> None:
    """Write the label and one probability per class for every row, in bounded memory.

    A row that is not answered, because of --risk, has the label unsure. A set of classes, by --confidence, is text with
    | between them.

    Columns that are unlike what they were at fit are named at the end: more missing values, numbers and dates far
    outside, categories and texts that are not known.

    Parameters
    ----------
    model
        A model file written by fit.
    tables
        CSV, Excel, JSON, Parquet, Arrow or SQLite files, packed or not, or folders of them; - is standard
        input.

    Examples
    --------
    softargmax predict left.softargmax new.csv --rows 100 --by probability_yes --output top.csv
    """
    from softargmax._atomic import refuse_overwriting
    from softargmax.pipeline import TableModel
    from softargmax.pipeline.costs import named_costs
    from softargmax.report import console as report

    check_tables(tables)
    if json and not is_file(output):
        raise ArgumentError("--json: expected a file for the predictions too, like -o predictions.csv")
    if is_file(output):
        refuse_overwriting(output, [model])
    classifier = TableModel.load(model)
    table = classifier.open(tables, read.reading())
    with notes_said(table), progress_shown() as progress:
        drift = classifier.predict_file(
            table,
            output,
            confidence=confidence,
            risk=risk,
            positive=positive,
            costs=named_costs(classifier.schema.labels, cost) if cost else None,
            keep=keep,
            keep_id=keep_id,
            top=top,
            rows=rows,
            by=by,
            bom=bom,
            progress=progress,
        )
    say_notes(drift.notes)
    if json:
        print(dumps(report.drift_json(drift) | tables_json(table.notes), sys.stdout.encoding))
    if is_file(output):
        say(f"predictions written to {printable(output)}")
