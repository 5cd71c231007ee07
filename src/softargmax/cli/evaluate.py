"""``softargmax evaluate``: how good a model is on tables with labels."""

from softargmax.cli.flags import READ, Json, ReadingFlags, Table, check_tables, notes_said, say_notes
from softargmax.cli.output import show, tables_json


def evaluate(model: str, /, *tables: Table, read: ReadingFlags = READ, json: Json = False) -> None:
    """Measure a model on tables with labels.

    Parameters
    ----------
    model
        A model file written by fit.
    tables
        CSV, Excel, JSON, Parquet, Arrow or SQLite files, packed or not, or folders of them; - is standard
        input.
    """
    from softargmax.pipeline import TableModel
    from softargmax.report import console as report

    check_tables(tables)
    classifier = TableModel.load(model)
    table = classifier.open(tables, read.reading())
    with notes_said(table):
        evaluation = classifier.evaluate(table)
    say_notes(evaluation.drift.notes)
    show(
        json,
        report.evaluation_json(evaluation) | tables_json(table.notes),
        lambda: report.evaluation_summary(evaluation),
    )
