"""``softargmax evaluate``: how good a model is on tables with labels."""

from softargmax.cli.flags import READ, Json, ReadingFlags, Table, check_tables
from softargmax.cli.output import show


def evaluate(model: str, /, *tables: Table, read: ReadingFlags = READ, json: Json = False) -> None:
    """Measure a model on tables with labels.

    Parameters
    ----------
    model
        A model file written by fit.
    tables
        CSV or Parquet files, packed or not, or folders of them; - is standard input.
    """
    from softargmax.pipeline import TableModel
    from softargmax.report import console as report

    check_tables(tables)
    classifier = TableModel.load(model)
    evaluation = classifier.evaluate(tables, reading=read.reading())
    show(json, report.evaluation_json(evaluation), lambda: report.evaluation_summary(evaluation))
