"""``softargmax inspect``: what is in a model file."""

from softargmax.cli.flags import Json
from softargmax.cli.output import show


def inspect(model: str, /, *, json: Json = False) -> None:
    """Show what is in a model file.

    Parameters
    ----------
    model
        A model file written by fit.

    Examples
    --------
    softargmax inspect left.softargmax
    """
    from softargmax.pipeline import TableModel
    from softargmax.report import console as report

    classifier = TableModel.load(model)
    show(json, report.fit_json(classifier), lambda: report.fit_summary(classifier))
