"""``softargmax assess``: logits of any model and their labels in, everything that can be measured of them out."""

from softargmax.cli.bounds import FailIf, bounds_of, insist
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
from softargmax.cli.labelled_logits import By, JudgedBy, Threshold, read_labelled, refuse_model
from softargmax.cli.output import show, tables_json


def assess(
    logits: Table,
    labels: Table | None = None,
    /,
    *,
    probabilities: AreProbabilities = False,
    normalise: Normalise = False,
    array: LogitArray = None,
    drop: DropLogits = (),
    label: LabelColumn = None,
    by: By = (),
    threshold: Threshold = None,
    of: JudgedBy = None,
    fail_if: FailIf = (),
    read: ReadingFlags = READ,
    json: Json = False,
) -> None:
    """Measure how good a model's logits are, and whether its probabilities can be believed.

    Exit status 3 says that a score is as --fail-if forbids; 1 and 2 that something could not be read or done.

    Parameters
    ----------
    logits
        Rows the model was not trained on, one column per class: .npy, .npz, or a table of any kind. One column is the
        second of two classes.
    labels
        Their true classes: codes from 0, or the names of the classes. Without this file, --label is a column of the
        file of logits.

    Examples
    --------
    softargmax assess logits.npy labels.npy
    """
    from softargmax import metrics
    from softargmax._options import as_real
    from softargmax.report import console_assessment as words

    refuse_model(logits, "softargmax evaluate measures it on a table")
    bounds = bounds_of(fail_if, metrics.Assessment)
    if threshold is not None:
        as_real(threshold, "threshold", low=0.0, high=1.0, open_low=True, open_high=True)
    rows = read_labelled(
        logits,
        labels,
        label=label,
        array=array,
        drop=drop,
        probabilities=probabilities,
        normalise=normalise,
        read=read,
        by=by,
    )
    with rows.measuring():
        measured = metrics.assess(rows.codes, **rows.given, of=of, groups=rows.groups)
        act = None
        if threshold is not None:
            act = metrics.decision_curve(rows.codes, **rows.given, thresholds=[threshold])
    seen = [bound.looked_at(measured) for bound in bounds]
    show(
        json,
        words.assessment_json(measured, rows.classes, act) | {"bounds": seen} | tables_json(rows.notes),
        lambda: words.assessment_summary(measured, rows.classes, act),
    )
    insist(bounds, seen)
