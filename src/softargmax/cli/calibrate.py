"""``softargmax calibrate``: logits of any model and their labels in, a calibration out."""

from typing import Annotated, Literal

from cyclopts import Parameter

from softargmax._words import printable
from softargmax.cli.flags import (
    READ,
    AreProbabilities,
    DropLogits,
    Json,
    LabelColumn,
    LogitArray,
    Normalise,
    ReadingFlags,
    Table,
)
from softargmax.cli.labelled_logits import read_labelled
from softargmax.cli.output import progress_shown, say, show, tables_json
from softargmax.exceptions import RenamedError

CalibrationKind = Literal[
    "additive", "auto", "beta", "dirichlet", "ensemble", "histogram", "isotonic", "matrix", "platt", "quadratic",
    "single", "structured", "temperature", "vector", "venn-abers",
]  # fmt: skip
_DECIDED = "auto lets rows left out weigh several, which become one; single lets them choose one of several."


def calibrate(
    logits: Table,
    labels: Table | None = None,
    /,
    *,
    output: Annotated[str, Parameter(alias="-o", help="The calibration to write, a JSON file.")],
    calibration: Annotated[CalibrationKind, Parameter(help=_DECIDED)] = "auto",
    probabilities: AreProbabilities = False,
    normalise: Normalise = False,
    array: LogitArray = None,
    drop: DropLogits = (),
    label: LabelColumn = None,
    read: ReadingFlags = READ,
    json: Json = False,
    method: Annotated[str | None, Parameter(show=False)] = None,
) -> None:
    """Learn what to do to a model's logits so that its probabilities can be believed.

    Parameters
    ----------
    logits
        Rows the model was not trained on, one column per class: .npy, .npz, or a table of any kind. A word that
        all columns begin with, as in logit_cat, does not belong to the classes' names.
    labels
        Their true classes: codes from 0, or the names of the classes. Without this file, --label is a column of the
        file of logits.

    Examples
    --------
    softargmax calibrate logits.npy labels.npy --output calibration.json
    """
    if method is not None:
        raise RenamedError(f"--method is now --calibration {method}", parameter="method")

    from softargmax import AutoCalibration, pipeline
    from softargmax._atomic import refuse_overwriting, refuse_unwritable
    from softargmax.report import console as report

    refuse_unwritable(output)
    refuse_overwriting(output, [logits] if labels is None else [logits, labels])
    rows = read_labelled(
        logits,
        labels,
        label=label,
        array=array,
        drop=drop,
        probabilities=probabilities,
        normalise=normalise,
        read=read,
    )
    asked = AutoCalibration(method="single") if calibration == "single" else calibration
    with progress_shown() as progress:
        result = pipeline.calibrate(rows.codes, **rows.given, calibration=asked, progress=progress)
    result.calibration.classes_ = rows.classes
    result.calibration.save(output)
    show(json, report.calibration_json(result) | tables_json(rows.notes), lambda: report.calibration_summary(result))
    say(f"calibration written to {printable(output)}")
