"""``softargmax compare``: two models on the same rows, and which is better."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

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
    check_tables,
    notes_said,
)
from softargmax.cli.labelled_logits import (
    By,
    JudgedBy,
    LabelledLogits,
    Threshold,
    is_model,
    read_labelled,
    refuse_flags,
)
from softargmax.cli.output import progress_shown, show, tables_json
from softargmax.exceptions import ArgumentError

if TYPE_CHECKING:
    from softargmax.metrics import Comparison
    from softargmax.metrics._judged import Aspect
    from softargmax.tables.notes import Note


def compare(
    first: Table,
    second: Table,
    /,
    *tables: Table,
    probabilities: AreProbabilities = False,
    normalise: Normalise = False,
    array: LogitArray = None,
    drop: DropLogits = (),
    label: LabelColumn = None,
    of: JudgedBy = None,
    by: By = (),
    threshold: Threshold = None,
    fail_if: FailIf = (),
    read: ReadingFlags = READ,
    json: Json = False,
) -> None:
    """Say which of two models is better on the same rows, and whether there are rows enough to tell.

    Every difference is the second less the first, row by row, so that it is known better than either score. Exit status
    3 says that a difference is as --fail-if forbids: "log_loss>.01" if the second is worse by so much, "log_loss.low>0"
    if it is worse and chance does not explain it, "second.accuracy<.9" if it is not good enough.

    Parameters
    ----------
    first
        A model file written by fit; or logits of a model of any kind, one column per class.
    second
        The same of the other model.
    tables
        For model files, tables with labels. For logits, the true classes in one file; without it, --label is a column
        that either file has.

    Examples
    --------
    softargmax compare old.npy new.npy labels.npy
    """
    from softargmax import metrics
    from softargmax.report import console_comparison as words

    bounds = bounds_of(fail_if, metrics.Comparison)
    if is_model(first) != is_model(second):
        raise ArgumentError("expected two model files, or two files of logits, got one of each")
    if is_model(first):
        flags = {
            "probabilities": probabilities,
            "normalise": normalise,
            "array": array,
            "drop": drop,
            "label": label,
            "by": by,
        }
        refuse_flags("logits", "model files", **flags)
        check_tables(tables)
        compared, said, notes = _of_models(first, second, tables, of, threshold, read)
    else:
        if len(tables) > 1:
            raise ArgumentError(f"expected one file of labels after the logits, got {len(tables)}", parameter="label")
        read_one = partial(
            read_labelled,
            labels=tables[0] if tables else None,
            label=label,
            array=array,
            drop=drop,
            probabilities=probabilities,
            normalise=normalise,
            read=read,
            by=by,
        )
        compared, said, notes = _of_logits(read_one, first, second, of, threshold)
    seen = [bound.looked_at(compared) for bound in bounds]
    show(
        json,
        words.comparison_json(compared, said) | {"bounds": seen} | tables_json(notes),
        lambda: words.comparison_summary(compared, (first, second), said),
    )
    insist(bounds, seen)


def _of_models(
    first: str,
    second: str,
    tables: Sequence[str],
    of: "Aspect | None",
    threshold: float | None,
    read: ReadingFlags,
) -> tuple["Comparison", tuple[str, ...], Sequence["Note"]]:
    from softargmax.pipeline import TableModel
    from softargmax.pipeline.pairing import compare_models

    if "-" in tables:
        raise ArgumentError("expected files, which both models can read, got standard input")
    one, other = TableModel.load(first), TableModel.load(second)
    table, again = (model.open(tables, read.reading()) for model in (one, other))
    with notes_said(table), progress_shown() as progress:
        told = (
            table.told(progress, "predicting, first model", "measuring"),
            again.told(progress, "predicting, second model", "measuring"),
        )
        compared, said = compare_models(one, other, told, of=of, threshold=threshold)
    return compared, said, table.notes


def _of_logits(
    read_one: Callable[..., LabelledLogits],
    first: str,
    second: str,
    of: "Aspect | None",
    threshold: float | None,
) -> tuple["Comparison", tuple[str, ...], Sequence["Note"]]:
    from softargmax import metrics
    from softargmax._groups import groups_in
    from softargmax.pipeline.pairing import check_same_rows

    one = read_one(first)
    other = read_one(second, classes=one.classes)
    check_same_rows(one.codes, other.codes, one.classes, second)
    for (name, here), there in zip((one.groups or {}).items(), (other.groups or {}).values(), strict=True):
        known, place = groups_in([*here, *there], len(here) + len(there))
        check_same_rows(place[: len(here)], place[len(here) :], known, second, name)
    both: dict[str, Any] = {name: (values, other.given[name]) for name, values in one.given.items()}
    with one.measuring():
        compared = metrics.compare(one.codes, **both, of=of, threshold=threshold, groups=one.groups)
    return compared, (), (*one.notes, *other.notes)
