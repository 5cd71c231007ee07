"""``softargmax report``: one page that shows whether a classifier can be believed."""

import hashlib
import os
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from softargmax._words import printable
from softargmax.cli.flags import READ, DropLogits, Normalise, ReadingFlags, Table, check_tables, say_notes
from softargmax.cli.output import say
from softargmax.exceptions import ArgumentError

if TYPE_CHECKING:
    from softargmax.pipeline.measuring import Measured


def report(
    model: Table,
    /,
    *tables: Table,
    output: Annotated[str, Parameter(alias="-o", help="The page to write, an .html file.")],
    by: Annotated[
        tuple[str, ...], Parameter(negative=(), help="Column whose values are judged one by one; repeat for more.")
    ] = (),
    key: Annotated[
        tuple[str, ...], Parameter(negative=(), help="Column to show of the worst rows; repeat for more.")
    ] = (),
    rows: Annotated[int, Parameter(help="How many of the worst rows to show.")] = 8,
    before: Annotated[
        str | None, Parameter(help="A calibration, as calibrate writes it: judge logits before and after it.")
    ] = None,
    probabilities: Annotated[bool, Parameter(negative=(), help="The numbers are probabilities, not logits.")] = False,
    normalise: Normalise = False,
    array: Annotated[str | None, Parameter(help="Which array of an .npz file of logits.")] = None,
    drop: DropLogits = (),
    label: Annotated[str | None, Parameter(help="Which column, or array of an .npz file, holds the labels.")] = None,
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
    """
    from softargmax._atomic import refuse_overwriting, refuse_unwritable
    from softargmax.report import report as page

    inputs = [model, *tables, *([] if before is None else [before])]
    refuse_unwritable(output)
    refuse_overwriting(output, inputs)
    if rows < 0:
        raise ArgumentError(f"rows: expected 0 or more, got {rows}", parameter="rows")
    command = shlex.join(["softargmax", "report", model, *tables, "-o", output])
    if _is_model(model):
        _refuse(label=label, before=before, array=array, probabilities=probabilities)
        check_tables(tables)
        measured, classes = _of_model(model, tables, by, key, rows, read)
        key_names: tuple[str, ...] = ("File", "Row", *key)
    else:
        _refuse(by=by, key=key)
        measured, classes = _of_logits(model, tables, before, probabilities, normalise, array, drop, label, rows, read)
        key_names = ()
    page(
        measured.now,
        path=output,
        before=measured.before,
        comparison=measured.comparison,
        classes=classes,
        title=title or os.path.basename(model),
        made=[("Command", command), *_hashes(inputs)],
        key_names=key_names,
    )
    say(f"page written to {printable(output)}")


def _of_model(
    model: str, tables: Sequence[str], by: Sequence[str], key: Sequence[str], rows: int, read: ReadingFlags
) -> tuple["Measured", Sequence[Any] | None]:
    from softargmax.pipeline import TableModel
    from softargmax.pipeline.measuring import measure_table

    classifier = TableModel.load(model)
    table = classifier.open(tables, read.reading())
    say_notes(table.notes)
    return measure_table(classifier, table, by=by, keys=key, keep_worst=rows), classifier.classes_.tolist()


def _of_logits(
    logits: str,
    others: Sequence[str],
    before: str | None,
    probabilities: bool,
    normalise: bool,
    array: str | None,
    drop: Sequence[str],
    label: str | None,
    rows: int,
    read: ReadingFlags,
) -> tuple["Measured", Sequence[Any] | None]:
    from softargmax.calibration import Calibration, ProbabilityCalibration
    from softargmax.pipeline.measuring import measure
    from softargmax.tables.arrays import codes_of, read_labels, read_matrix
    from softargmax.tables.logit_columns import as_probabilities, class_names

    if len(others) > 1 or (not others and label is None):
        raise ArgumentError(
            f"expected a file of labels after the logits, or --label COLUMN if they are in one file, got {len(others)}",
            parameter="label",
        )
    labels = others[0] if others else None
    calibration = None if before is None else Calibration.load(before)
    if calibration is not None and isinstance(calibration, ProbabilityCalibration) != probabilities:
        wanted = "logits" if probabilities else "probabilities (--probabilities)"
        raise ArgumentError(f"--before: expected a calibration of the numbers given, got one of {wanted}")
    if normalise and not probabilities:
        raise ArgumentError("normalise: logits need no sum; pass probabilities=True too", parameter="normalise")
    layout = read.reading()
    known = None if calibration is None else calibration.classes_
    given = read_matrix(logits, array, layout, drop, label=label if labels in (None, logits) else None, classes=known)
    say_notes(given.notes)
    found = read_labels(labels or logits, label, layout) if given.labels is None else given.labels
    classes = known or (None if given.names is None else class_names(given.names, found))
    codes = codes_of(found, classes, given.n_classes, labels or logits)
    values = as_probabilities(given.values, logits, normalise) if probabilities else given.values
    measured = measure(
        codes,
        logits=None if probabilities else values,
        probabilities=values if probabilities else None,
        calibration=calibration,
        keep_worst=rows,
    )
    return measured, classes


def _is_model(path: str) -> bool:
    """Tell a model file by its beginning: the length of a header, and the header's first character."""
    try:
        with open(path, "rb") as file:
            head = file.read(9)
            return head[8:] == b"{" and int.from_bytes(head[:8], "little") < os.fstat(file.fileno()).st_size
    except OSError:
        return False  # whoever reads it next says what is wrong


def _refuse(**flags: object) -> None:
    """Refuse what has no meaning here."""
    for name, value in flags.items():
        if value:
            raise ArgumentError(
                f"--{name}: expected {'logits and labels' if name not in ('by', 'key') else 'a model file'} for it",
                parameter=name,
            )


def _hashes(paths: Sequence[str]) -> list[tuple[str, str]]:
    """Say by what each input can be known again."""
    found = []
    for path in paths:
        if os.path.isfile(path):
            with open(path, "rb") as file:
                found.append((f"SHA-256 of {os.path.basename(path)}", hashlib.file_digest(file, "sha256").hexdigest()))
    return found
