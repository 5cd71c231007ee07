"""What a page shows of logits: before and after a calibration, groups of rows, lists of classes, the worst rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._logits import codes_in, rows_given
from softargmax.calibration import Calibration
from softargmax.metrics import Assessment, Comparison, assess, compare, scores
from softargmax.pipeline.column_lines import ColumnLine
from softargmax.pipeline.set_sizes import set_sizes


@dataclass(frozen=True)
class Measured:
    """What was measured of some rows, and the same before a calibration, with the difference, if there is one.

    ``columns`` are those of a table, and in what its rows are unlike those at fit; ``remarks`` are what has to be known
    before the figures are believed, in whole sentences.
    """

    now: Assessment
    before: Assessment | None
    comparison: Comparison | None
    columns: tuple[ColumnLine, ...] = ()
    remarks: tuple[str, ...] = ()


def measure(
    y: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    calibration: Calibration | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    keys: Sequence[Any] | None = None,
    keep_worst: int = 0,
) -> Measured:
    """Assess rows, with lists of classes that hold the truth 95 times in 100; with a calibration, before and after it.

    Parameters
    ----------
    y : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row
        What a model says of them: exactly one of the two.
    calibration : Calibration, optional
        What is done to that; fitted to other rows.
    groups, keys, keep_worst
        As for `softargmax.assess`.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.
    """
    rows = rows_given(logits=logits, probabilities=probabilities)
    codes = codes_in(y, rows, "y")
    given: dict[str, Any] = {"probabilities" if logits is None else "logits": rows.values}
    after: dict[str, Any] = given
    if calibration is not None:
        after = {"probabilities": calibration.predict_proba(rows.values)}
        if logits is not None:
            after = {"logits": calibration.transform(rows.values)}
    return measured_of(
        codes, None if calibration is None else given, after, groups=groups, keys=keys, keep_worst=keep_worst
    )


def measured_of(
    codes: Array,
    before: dict[str, Any] | None,
    now: dict[str, Any],
    *,
    clusters: Array | None = None,
    sample_weight: Array | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    keys: Sequence[Any] | None = None,
    keep_worst: int = 0,
) -> Measured:
    """Measure what is said of rows, as a keyword for `assess` with its value, and what was said before a calibration.

    Where rows of one cluster depend on each other, the intervals of the four scores count clusters. What would count
    rows all the same is left out: the difference to before, and lists of classes, whose halves would share clusters. No
    lists are made of rows with weights.
    """

    def assessed(given: dict[str, Any], **more: Any) -> Assessment:
        found = assess(codes, **given, sample_weight=sample_weight, **more)
        if clusters is None:
            return found
        return found.knowing(scores(codes, **given, clusters=clusters, sample_weight=sample_weight))

    judged = assessed(now, groups=groups, keys=keys, keep_worst=keep_worst)
    if clusters is None and sample_weight is None:
        judged = replace(judged, sets=set_sizes(codes, **now))
    if before is None:
        return Measured(judged, None, None)
    both: dict[str, Any] = {name: (value, now[name]) for name, value in before.items()}
    difference = compare(codes, **both, sample_weight=sample_weight) if clusters is None else None
    return Measured(judged, assessed(before), difference)
