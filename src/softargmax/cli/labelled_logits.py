"""Logits of any model and the labels of their rows, as `calibrate` and `report` read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from softargmax._arrays import Array
from softargmax.cli.flags import ReadingFlags, say_notes
from softargmax.exceptions import ArgumentError

if TYPE_CHECKING:
    from softargmax.tables.notes import Note


@dataclass(frozen=True)
class LabelledLogits:
    """What a model says of rows, ``given`` by its name in the library; codes of the true classes; the classes' names.

    ``given`` holds ``logits`` or ``probabilities``, ``notes`` what was decided about the file of them.
    """

    given: dict[str, Any]
    codes: Array
    classes: tuple[str, ...] | None
    notes: tuple["Note", ...]


def read_labelled(
    logits: str,
    labels: str | None,
    *,
    label: str | None,
    array: str | None,
    drop: Sequence[str],
    probabilities: bool,
    normalise: bool,
    read: ReadingFlags,
    classes: tuple[str, ...] | None = None,
) -> LabelledLogits:
    """Read two files, or one that holds both, and say what was decided about the first; `classes` may be known.

    Raises
    ------
    ArgumentError
        For flags that do not fit each other.
    FileError, TableError, ShapeError, TargetError
        For files that cannot be read, and such as do not belong together.
    """
    from softargmax.tables.arrays import codes_of, read_labels, read_matrix
    from softargmax.tables.logit_columns import as_probabilities, class_names

    if labels is None and label is None:
        raise ArgumentError(
            "expected the labels too: another file, or --label COLUMN if they are in the file of logits",
            parameter="label",
        )
    if normalise and not probabilities:
        raise ArgumentError("normalise: logits need no sum; pass probabilities=True too", parameter="normalise")
    layout = read.reading()
    matrix = read_matrix(
        logits, array, layout, drop, label=label if labels in (None, logits) else None, classes=classes
    )
    say_notes(matrix.notes)
    found = read_labels(labels or logits, label, layout) if matrix.labels is None else matrix.labels
    names = classes or (None if matrix.names is None else class_names(matrix.names, found))
    codes = codes_of(found, names, matrix.n_classes, labels or logits)
    values = as_probabilities(matrix.values, logits, normalise) if probabilities else matrix.values
    return LabelledLogits({"probabilities" if probabilities else "logits": values}, codes, names, matrix.notes)
