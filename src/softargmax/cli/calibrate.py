"""``softargmax calibrate``: logits of any model and their labels in, a calibration out."""

from typing import Annotated, Literal

from cyclopts import Parameter

from softargmax._words import printable
from softargmax.cli.flags import READ, Json, ReadingFlags, Table, say_notes
from softargmax.cli.output import progress_shown, say, show, tables_json
from softargmax.exceptions import RenamedError

CalibrationKind = Literal[
    "auto", "beta", "dirichlet", "ensemble", "histogram", "isotonic", "matrix", "quadratic", "structured",
    "temperature", "vector", "venn-abers",
]  # fmt: skip


def calibrate(
    logits: Table,
    labels: Table,
    /,
    *,
    output: Annotated[str, Parameter(alias="-o", help="The calibration to write, a JSON file.")],
    calibration: Annotated[CalibrationKind, Parameter(help="auto chooses by rows left out.")] = "auto",
    probabilities: Annotated[bool, Parameter(negative=(), help="The numbers are probabilities, not logits.")] = False,
    array: Annotated[str | None, Parameter(help="Which array of an .npz file of logits.")] = None,
    drop: Annotated[
        tuple[str, ...],
        Parameter(negative=(), help="Column of the logits to leave out, its name or position; repeat for more."),
    ] = (),
    label: Annotated[str | None, Parameter(help="Which column, or array of an .npz file, holds the labels.")] = None,
    read: ReadingFlags = READ,
    json: Json = False,
    method: Annotated[str | None, Parameter(show=False)] = None,
) -> None:
    """Learn what to do to a model's logits so that its probabilities can be believed.

    Parameters
    ----------
    logits
        Rows the model was not trained on, one column per class: .npy, .npz, CSV or Parquet.
    labels
        Their true classes: codes from 0, or the names of the columns of the logits.
    """
    if method is not None:
        raise RenamedError(f"--method is now --calibration {method}", parameter="method")

    from softargmax import pipeline
    from softargmax._atomic import refuse_overwriting, refuse_unwritable
    from softargmax.report import console as report
    from softargmax.tables.arrays import codes_of, read_labels, read_matrix

    refuse_unwritable(output)
    refuse_overwriting(output, [logits, labels])
    layout = read.reading()
    given = read_matrix(logits, array, layout, drop)
    say_notes(given.notes)
    codes = codes_of(read_labels(labels, label, layout), given.names, given.n_classes, labels)
    with progress_shown() as progress:
        result = pipeline.calibrate(
            codes,
            logits=None if probabilities else given.values,
            probabilities=given.values if probabilities else None,
            calibration=calibration,
            progress=progress,
        )
    result.calibration.classes_ = given.names
    result.calibration.save(output)
    show(json, report.calibration_json(result) | tables_json(given.notes), lambda: report.calibration_summary(result))
    say(f"calibration written to {printable(output)}")
