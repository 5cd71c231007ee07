"""Logits of any model and the labels of their rows, as all commands read them that take such."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from softargmax._arrays import Array
from softargmax._progress import Progress
from softargmax.cli.flags import ReadingFlags, say_notes
from softargmax.cli.output import progress_shown
from softargmax.exceptions import ArgumentError

if TYPE_CHECKING:
    from softargmax.tables.notes import Note


By = Annotated[
    tuple[str, ...],
    Parameter(negative=(), show_default=False, help="Column whose values are judged one by one; repeat for more."),
]

Threshold = Annotated[
    float | None,
    Parameter(
        help="Risk of the second of two classes from which one acts: shows what that gains, the net benefit.",
        show_default=False,
    ),
]

JudgedBy = Annotated[
    Literal["label", "positive"] | None,
    Parameter(
        help="Judge the probability of the predicted label, or that of the second of two classes, which is the default "
        "for two."
    ),
]


@dataclass(frozen=True)
class LabelledLogits:
    """What a model says of rows, ``given`` by its name in the library; codes of the true classes; the classes' names.

    ``given`` holds ``logits`` or ``probabilities``, ``notes`` what was decided about the file of them, ``groups`` the
    columns by whose values rows are judged, if there are any.
    """

    given: dict[str, Any]
    codes: Array
    classes: tuple[str, ...] | None
    notes: tuple["Note", ...]
    groups: dict[str, list[str]] | None

    @contextlib.contextmanager
    def measuring(self) -> Iterator[None]:
        """Show on a terminal that the rows are measured, for how long one cannot tell."""
        with progress_shown() as progress:
            if progress is not None:
                progress(Progress("measuring", len(self.codes), None, "rows"))
            yield


def read_labelled(
    logits: str,
    labels: str | None = None,
    *,
    label: str | None,
    array: str | None,
    drop: Sequence[str],
    probabilities: bool,
    normalise: bool,
    read: ReadingFlags,
    classes: tuple[str, ...] | None = None,
    by: Sequence[str] = (),
) -> LabelledLogits:
    """Read two files, or one that holds both, and say what was decided about the first; `classes` may be known.

    The columns `by` whose values rows are judged stand beside the labels.

    Raises
    ------
    ArgumentError
        For flags that do not fit each other.
    FileError, TableError, ShapeError, TargetError
        For files that cannot be read, and such as do not belong together.
    """
    from softargmax.tables.arrays import codes_of, is_numpy, read_groups, read_labels, read_matrix
    from softargmax.tables.logit_columns import as_probabilities, class_names

    if labels is None and label is None:
        raise ArgumentError(
            "expected the labels too: another file, or --label COLUMN if they are in the file of logits",
            parameter="label",
        )
    if normalise and not probabilities:
        raise ArgumentError("normalise: logits need no sum; pass probabilities=True too", parameter="normalise")
    layout = read.reading()
    beside = labels or logits
    if by and beside == "-":
        raise ArgumentError("by: expected a file, which can be read twice, got standard input", parameter="by")
    groups = read_groups(beside, by, layout) if by else None
    with progress_shown() as progress:
        matrix = read_matrix(
            logits,
            array,
            layout,
            (*drop, *by) if beside == logits and not is_numpy(logits) else drop,
            label=label if beside == logits else None,
            classes=classes,
            progress=progress,
        )
    say_notes(matrix.notes)
    found = read_labels(beside, label, layout) if matrix.labels is None else matrix.labels
    names = classes or (None if matrix.names is None else class_names(matrix.names, found))
    codes = codes_of(found, names, matrix.n_classes, beside)
    values = as_probabilities(matrix.values, logits, normalise) if probabilities else matrix.values
    return LabelledLogits({"probabilities" if probabilities else "logits": values}, codes, names, matrix.notes, groups)


def is_model(path: str) -> bool:
    """Tell a model file by its beginning: the length of a header, and the header's first character."""
    try:
        with open(path, "rb") as file:
            head = file.read(9)
            return head[8:] == b"{" and int.from_bytes(head[:8], "little") < os.fstat(file.fileno()).st_size
    except OSError:
        return False  # whoever reads it next says what is wrong


def refuse_model(path: str, advice: str) -> None:
    """Refuse a model file where logits are expected.

    Raises
    ------
    ArgumentError
    """
    if is_model(path):
        raise ArgumentError(f"expected logits of any model, got {path}, which is a model file: {advice}")


def refuse_flags(expected: str, got: str, **flags: object) -> None:
    """Refuse flags that have no meaning with what was given.

    Raises
    ------
    ArgumentError
    """
    for name, value in flags.items():
        if value:
            raise ArgumentError(f"{name}: expected {expected} to use it with, got {got}", parameter=name)
