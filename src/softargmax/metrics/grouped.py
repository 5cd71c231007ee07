"""Any metric for the rows of every group, such as those of one age or country, with intervals that hold together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from softargmax._arrays import Array, as_floating, as_sample_weight
from softargmax._codes import as_codes
from softargmax._estimate import Interval, as_interval
from softargmax._libraries import copied
from softargmax._logits import codes_in, exactly_one, rows_given
from softargmax._renamed import provisional
from softargmax.exceptions import ShapeError, TargetError
from softargmax.metrics._group_sums import Groups, members_of_groups


@provisional
@dataclass(frozen=True)
class GroupValue:
    """What a metric found of the rows of one group.

    Attributes
    ----------
    column, value : str
        The column of groups, and which of its values the rows have.
    rows : int
        How many rows these are.
    found : object or None
        What the metric gave, an `Estimate` of most; None where it has no value, as an AUC of rows of one class, or
        anything of rows of weight 0.
    """

    column: str
    value: str
    rows: int
    found: Any


@provisional
def by_group(
    metric: Callable[..., Any],
    targets: npt.ArrayLike,
    /,
    *,
    groups: Groups,
    logits: npt.ArrayLike | tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    probabilities: npt.ArrayLike | tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
    **options: Any,
) -> tuple[GroupValue, ...]:
    r"""Measure every group by itself, with intervals that all hold at once as often as one alone is promised to.

    Parameters
    ----------
    metric : callable
        Any function of `softargmax.metrics` that takes targets and an interval, `softargmax.compare` too.
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    groups : array-like, shape (n_rows,), or a dictionary from names to such
        What parts the rows: every value of every one of them is measured.
    logits, probabilities : array-like, or a tuple of two for `compare`
        What is judged, as the metric takes it.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the intervals are made; its confidence is that of all of them together.
    **options
        Whatever else the metric takes.

    Returns
    -------
    tuple of GroupValue
        By column and value.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit. A group of which the metric has no value is no error.

    See Also
    --------
    softargmax.assess : accuracy, and what was said against what happened, of groups, in one pass over the rows.

    Notes
    -----
    Of m groups, each interval has the confidence c^(1/m): all of them hold at once with the confidence c if groups have
    no row in common, and at least so often if their errors are normal. Without that, of twenty groups of a fair model
    one would stand out. Source: Šidák, *J. Amer. Statist. Assoc.* 62 (1967).

    Examples
    --------
    >>> from softargmax import metrics
    >>> for one in metrics.by_group(metrics.accuracy, [0, 1, 1, 0], logits=[-1.0, 2.0, -0.5, 3.0], groups=list("abab")):
    ...     print(one.column, one.value, one.rows, one.found)
    group a 2 0.5000 [0.0774, 0.9226]
    group b 2 0.5000 [0.0774, 0.9226]
    """
    judged, are_logits = exactly_one(logits=logits, probabilities=probabilities)  # type: ignore[arg-type]  # or a pair
    name = "logits" if are_logits else "probabilities"
    codes = as_codes(copied(targets), "targets")
    weight = None if sample_weight is None else as_sample_weight(copied(sample_weight), len(codes))
    rows = tuple(as_floating(copied(each), name) for each in (judged if isinstance(judged, tuple) else (judged,)))
    for each in rows:
        if each.shape[:1] != codes.shape:
            raise ShapeError(
                f"expected {name} and targets of as many rows, got {each.shape} and {codes.shape}", parameter=name
            )
        _check(codes, {name: each})
    found = members_of_groups(groups, len(codes))
    together = as_interval(interval).together(len(found))
    values = []
    for (column, value), members in found.items():
        parts = tuple(each[members] for each in rows)
        given: dict[str, Any] = {name: parts if isinstance(judged, tuple) else parts[0]}
        if weight is not None:
            given["sample_weight"] = weight[members]
        counts = weight is None or weight[members].any()
        measured = _or_none(metric, codes[members], given | options | {"interval": together}) if counts else None
        values.append(GroupValue(column, value, len(members), measured))
    return tuple(values)


def _check(codes: Array, given: dict[str, Any]) -> None:
    """Refuse rows that no metric takes, by their number among all rows."""
    rows = rows_given(**given)
    codes_in(codes, rows, "targets")
    for _ in rows.blocks():
        pass


def _or_none(metric: Callable[..., Any], codes: Array, given: dict[str, Any]) -> Any:
    try:
        return metric(codes, **given)
    except TargetError:  # of codes and rows that are fine: they are of one class, or part the classes wholly
        return None
