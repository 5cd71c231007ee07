"""``softargmax evaluate``: how good a model is on tables with labels."""

from typing import Annotated

from cyclopts import Parameter

from softargmax.cli.bounds import FailIf, bounds_of, insist
from softargmax.cli.flags import READ, Json, ReadingFlags, Table, check_tables, notes_said, say_notes
from softargmax.cli.labelled_logits import By
from softargmax.cli.output import progress_shown, show, tables_json


def evaluate(
    model: str,
    /,
    *tables: Table,
    by: By = (),
    importance: Annotated[
        bool,
        Parameter(
            negative=(), show_default=False, help="Measure how much the model depends on every column, by these rows."
        ),
    ] = False,
    fail_if: FailIf = (),
    read: ReadingFlags = READ,
    json: Json = False,
) -> None:
    """Measure a model on tables with labels.

    Exit status 3 says that a score after calibration is as --fail-if forbids.

    Parameters
    ----------
    model
        A model file written by fit.
    tables
        CSV, Excel, JSON, Parquet, Arrow or SQLite files, packed or not, or folders of them; - is standard
        input.

    Examples
    --------
    softargmax evaluate left.softargmax new.csv
    """
    from softargmax import metrics
    from softargmax.pipeline import TableModel
    from softargmax.report import console_assessment as words

    check_tables(tables)
    bounds = bounds_of(fail_if, metrics.Assessment)
    classifier = TableModel.load(model)
    table = classifier.open(tables, read.reading())
    with notes_said(table), progress_shown() as progress:
        told = table.told(progress, "predicting", "measuring")
        evaluation = classifier.evaluate(told, by=by, importance=importance)
    say_notes(evaluation.drift.notes)
    seen = [bound.looked_at(evaluation.assessment) for bound in bounds]
    show(
        json,
        words.evaluation_json(evaluation) | {"bounds": seen} | tables_json(table.notes),
        lambda: words.evaluation_summary(evaluation),
    )
    insist(bounds, seen)
