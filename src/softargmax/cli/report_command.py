"""``softargmax report``: one page that shows whether a classifier can be believed."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from softargmax.cli.flags import (
    READ,
    AreProbabilities,
    DropLogits,
    LabelColumn,
    LogitArray,
    Normalise,
    ReadingFlags,
    Table,
    check_tables,
    notes_said,
)
from softargmax.cli.labelled_logits import By, is_model, read_labelled, refuse_flags
from softargmax.cli.output import progress_shown
from softargmax.cli.pages import WORST, calibrated_on, made_from, page_written
from softargmax.exceptions import ArgumentError

if TYPE_CHECKING:
    from softargmax.calibration import Calibration
    from softargmax.pipeline.measuring import Measured


def report(
    model: Table,
    /,
    *tables: Table,
    output: Annotated[str, Parameter(alias="-o", help="The page to write, an .html file.")],
    by: By = (),
    key: Annotated[
        tuple[str, ...],
        Parameter(negative=(), show_default=False, help="Column to show of the worst rows; repeat for more."),
    ] = (),
    rows: Annotated[int, Parameter(help="How many of the worst rows to show.")] = WORST,
    before: Annotated[
        str | None, Parameter(help="A calibration, as calibrate writes it: judge logits before and after it.")
    ] = None,
    probabilities: AreProbabilities = False,
    normalise: Normalise = False,
    array: LogitArray = None,
    drop: DropLogits = (),
    label: LabelColumn = None,
    title: Annotated[str | None, Parameter(help="What is judged, in a few words.")] = None,
    read: ReadingFlags = READ,
) -> None:
    """Write a page that shows whether a classifier can be believed, to look at in any browser.

    Parameters
    ----------
    model
        A model file written by fit; or logits of any model, one column per class, of rows it was not trained on. One
        column is the second of two classes.
    tables
        For a model file, tables with labels. For logits, their true classes: codes from 0, or the names of the classes.

    Examples
    --------
    softargmax report left.softargmax new.csv --output report.html
    """
    from softargmax._atomic import refuse_overwriting, refuse_unwritable
    from softargmax.pipeline.measuring import measure
    from softargmax.report import report as page

    inputs = [model, *tables, *([] if before is None else [before])]
    refuse_unwritable(output)
    refuse_overwriting(output, inputs)
    if rows < 0:
        raise ArgumentError(f"rows: expected 0 or more, got {rows}", parameter="rows")
    if is_model(model):
        of_logits = {"before": before, "probabilities": probabilities, "normalise": normalise, "array": array}
        refuse_flags("logits and labels", "a model file", **of_logits, drop=drop, label=label)
        check_tables(tables)
        classes: Sequence[Any] | None
        measured, classes, calibrated = _of_model(model, tables, by, key, rows, read)
        key_names: tuple[str, ...] = ("File", "Row", *key)
    else:
        refuse_flags("a model file", "logits", key=key)
        if len(tables) > 1:
            raise ArgumentError(f"expected one file of labels after the logits, got {len(tables)}", parameter="label")
        fitted = _fitted(before, probabilities)
        labelled = read_labelled(
            model,
            tables[0] if tables else None,
            label=label,
            array=array,
            drop=drop,
            probabilities=probabilities,
            normalise=normalise,
            read=read,
            classes=None if fitted is None else fitted.classes_,
            by=by,
        )
        with labelled.measuring():
            measured = measure(
                labelled.codes, **labelled.given, calibration=fitted, groups=labelled.groups, keep_worst=rows
            )
        classes, key_names, calibrated = labelled.classes, (), None
    page(
        measured.now,
        path=output,
        before=measured.before,
        comparison=measured.comparison,
        classes=classes,
        title=title or os.path.basename(model),
        made=made_from(inputs),
        key_names=key_names,
        fitted=calibrated,
        columns=measured.columns,
        remarks=measured.remarks,
    )
    page_written(output)


def _of_model(
    model: str, tables: Sequence[str], by: Sequence[str], key: Sequence[str], rows: int, read: ReadingFlags
) -> tuple["Measured", Sequence[Any], int | None]:
    from softargmax.pipeline import TableModel
    from softargmax.pipeline.measuring_tables import measure_table

    classifier = TableModel.load(model)
    table = classifier.open(tables, read.reading())
    with notes_said(table), progress_shown() as progress:
        told = table.told(progress, "predicting", "measuring")
        measured = measure_table(classifier, told, by=by, keys=key, keep_worst=rows)
    return measured, classifier.classes_.tolist(), calibrated_on(classifier)


def _fitted(before: str | None, probabilities: bool) -> "Calibration | None":
    """Load the calibration, if there is one; it has to be one of what is given, logits or probabilities."""
    from softargmax.calibration import Calibration, ProbabilityCalibration

    if before is None:
        return None
    calibration = Calibration.load(before)
    if isinstance(calibration, ProbabilityCalibration) != probabilities:
        wanted = "logits" if probabilities else "probabilities (--probabilities)"
        raise ArgumentError(f"--before: expected a calibration of the numbers given, got one of {wanted}")
    return calibration
