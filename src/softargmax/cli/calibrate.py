"""``softargmax calibrate``: logits of any model and their labels in, a calibration out."""

from typing import Annotated, Literal

from cyclopts import Parameter

from softargmax._words import printable
from softargmax.cli.flags import READ, DropLogits, Json, Normalise, ReadingFlags, Table, say_notes
from softargmax.cli.output import progress_shown, say, show, tables_json
from softargmax.exceptions import ArgumentError, RenamedError

CalibrationKind = Literal[
    "additive", "auto", "beta", "dirichlet", "ensemble", "histogram", "isotonic", "matrix", "platt", "quadratic",
    "structured", "temperature", "vector", "venn-abers",
]  # fmt: skip


def calibrate(
    logits: Table,
    labels: Table | None = None,
    /,
    *,
    output: Annotated[str, Parameter(alias="-o", help="The calibration to write, a JSON file.")],
    calibration: Annotated[CalibrationKind, Parameter(help="auto lets rows left out decide.")] = "auto",
    probabilities: Annotated[bool, Parameter(negative=(), help="The numbers are probabilities, not logits.")] = False,
    normalise: Normalise = False,
    array: Annotated[str | None, Parameter(help="Which array of an .npz file of logits.")] = None,
    drop: DropLogits = (),
    label: Annotated[str | None, Parameter(help="Which column, or array of an .npz file, holds the labels.")] = None,
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
    """
    if method is not None:
        raise RenamedError(f"--method is now --calibration {method}", parameter="method")

    from softargmax import pipeline
    from softargmax._atomic import refuse_overwriting, refuse_unwritable
    from softargmax.report import console as report
    from softargmax.tables.arrays import codes_of, read_labels, read_matrix
    from softargmax.tables.logit_columns import as_probabilities, class_names

    if labels is None and label is None:
        raise ArgumentError(
            "expected the labels too: another file, or --label COLUMN if they are in the file of logits",
            parameter="label",
        )
    if normalise and not probabilities:
        raise ArgumentError("normalise: logits need no sum; pass probabilities=True too", parameter="normalise")
    refuse_unwritable(output)
    refuse_overwriting(output, [logits] if labels is None else [logits, labels])
    layout = read.reading()
    given = read_matrix(logits, array, layout, drop, label=label if labels in (None, logits) else None)
    say_notes(given.notes)
    found = read_labels(labels or logits, label, layout) if given.labels is None else given.labels
    classes = None if given.names is None else class_names(given.names, found)
    codes = codes_of(found, classes, given.n_classes, labels or logits)
    values = as_probabilities(given.values, logits, normalise) if probabilities else given.values
    with progress_shown() as progress:
        result = pipeline.calibrate(
            codes,
            logits=None if probabilities else values,
            probabilities=values if probabilities else None,
            calibration=calibration,
            progress=progress,
        )
    result.calibration.classes_ = classes
    result.calibration.save(output)
    show(json, report.calibration_json(result) | tables_json(given.notes), lambda: report.calibration_summary(result))
    say(f"calibration written to {printable(output)}")
