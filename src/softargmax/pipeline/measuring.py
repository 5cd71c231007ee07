"""What a page shows: rows before and after a calibration, groups of them, lists of classes, the worst rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._logits import codes_in, rows_given
from softargmax.calibration import Calibration
from softargmax.exceptions import TableError
from softargmax.metrics import Assessment, Comparison, assess, compare
from softargmax.pipeline.evaluating import texts_of
from softargmax.pipeline.set_sizes import set_sizes
from softargmax.pipeline.table_model import TableModel
from softargmax.tables.opening import Table


@dataclass(frozen=True)
class Measured:
    """What was measured of some rows, and the same before a calibration, with the difference, if there is one."""

    now: Assessment
    before: Assessment | None
    comparison: Comparison | None


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
    now = assess(codes, **after, groups=groups, keys=keys, keep_worst=keep_worst)
    now = replace(now, sets=set_sizes(codes, **after))
    if calibration is None:
        return Measured(now, None, None)
    both: dict[str, Any] = {name: (value, after[name]) for name, value in given.items()}
    return Measured(now, assess(codes, **given), compare(codes, **both))


def measure_table(
    model: TableModel, table: Table, *, by: Sequence[str] = (), keys: Sequence[str] = (), keep_worst: int = 0
) -> Measured:
    """Assess a model on a table with labels, before and after its calibration.

    ``by`` are columns whose values are groups, ``keys`` are columns by which the worst rows are known beside their file
    and number. Rows without a label are left out.

    Raises
    ------
    TableError
        If the table does not fit the model, has no such column, or no row with a label.
    """
    logits, codes = [], []
    groups: dict[str, list[str]] = {name: [] for name in by}
    known: list[tuple[str, ...]] = []
    for batch, rows, its_codes, its_logits, _ in model.labelled(table):
        codes.append(its_codes)
        logits.append(its_logits)
        for name in by:
            groups[name] += texts_of(batch, name, rows, "by")
        columns = [texts_of(batch, name, rows, "key") for name in keys]
        places = (batch.place(int(i)) for i in rows)
        known += [
            (file.rsplit("/", 1)[-1], str(row), *(column[i] for column in columns))
            for i, (file, row) in enumerate(places)
        ]
    y = np.concatenate(codes) if codes else np.zeros(0, np.int64)
    if not len(y):
        raise TableError(f"{table.name}: expected rows with a label in {model.schema.target!r}, got none")
    return measure(
        y,
        logits=np.concatenate(logits),
        calibration=model.calibration,
        groups=groups or None,
        keys=known,
        keep_worst=keep_worst,
    )
