"""Two models on the same rows of tables: their difference, and that it is the same rows."""

from typing import TYPE_CHECKING

import numpy as np

from softargmax._arrays import Array
from softargmax._words import listed
from softargmax.exceptions import ArgumentError, TableError
from softargmax.metrics import Comparison, compare
from softargmax.metrics._judged import Aspect
from softargmax.pipeline.evaluating import KnownRows
from softargmax.pipeline.table_model import TableModel

if TYPE_CHECKING:
    from softargmax.tables.opening import Table


def compare_models(
    first: TableModel,
    second: TableModel,
    tables: tuple["Table", "Table"],
    *,
    of: Aspect | None = None,
    threshold: float | None = None,
) -> tuple[Comparison, tuple[str, ...]]:
    """Measure the difference of two models on rows that have a label, calibrated as they are.

    Parameters
    ----------
    first, second : TableModel
        Of the same classes.
    tables : tuple of two Table
        The same table, as either opens it: each reads its files as at its fit.
    of, threshold : {"label", "positive"} and float, optional
        As for `softargmax.compare`.

    Returns
    -------
    Comparison
    tuple of str
        What there is to know about it.

    Raises
    ------
    ArgumentError
        For models of different classes.
    TableError
        If the table does not fit one of them, or they do not read the same labels.
    """
    names = [[str(label) for label in model.classes_.tolist()] for model in (first, second)]
    if names[0] != names[1]:
        here, there = (sorted(set(names[i]) - set(names[1 - i])) for i in (0, 1))
        raise ArgumentError(
            f"expected two models of the same classes; the first alone has {listed(here)}, the second {listed(there)}"
        )
    (y, z, known), (other_y, other_z, other_known) = (
        _labelled(model, table) for model, table in zip((first, second), tables, strict=True)
    )
    check_same_rows(y, other_y, names[0], tables[0].name)
    both = zip(("first", "second"), (known, other_known), strict=True)
    seen = (f"of the {which} model: {note}" for which, notes in both for note in notes)
    return compare(y, logits=(z, other_z), of=of, threshold=threshold), (*seen, *_notes(first, second))


def check_same_rows(
    codes: Array, others: Array, names: list[str] | tuple[str, ...] | None, what: str, of: str = "label"
) -> None:
    """Insist on the same labels in the same order: two models are compared row by row.

    So with any column whose values are `codes` of `names`; `of` is what it is called.

    Raises
    ------
    TableError
        Naming the first row in which they differ.
    """
    if len(codes) != len(others):
        raise TableError(f"{what}: expected {len(codes)} rows with a {of} as in the first, got {len(others)}")
    different = np.flatnonzero(codes != others)
    if len(different):
        row = int(different[0])
        here, there = (int(code) if names is None else names[int(code)] for code in (codes[row], others[row]))
        raise TableError(
            f"{what}: row {row + 1}: expected the {of} {here!r} as in the first, got {there!r}; models are compared "
            "on the same rows in the same order"
        )


def _labelled(model: TableModel, table: "Table") -> tuple[Array, Array, tuple[str, ...]]:
    """Give codes and calibrated logits of all rows with a label, and whether the model learned from some of them."""
    codes, logits, known = [], [], KnownRows(model)
    for part in model.labelled(table):
        if len(part.codes):
            codes.append(part.codes)
            logits.append(model.calibration.transform(part.logits))
            known.add(part.features, part.codes)
    if not codes:
        raise TableError(f"{table.name}: expected rows with a label in {model.schema.target!r}, got none")
    return np.concatenate(codes), np.concatenate(logits), known.notes


def _notes(*models: TableModel) -> tuple[str, ...]:
    """Say what intervals do not know."""
    columns = {model.record.split.group for model in models if model.record.split is not None} - {None}
    return tuple(
        f"intervals take rows for independent, though a fit kept the rows of a {column!r} together"
        for column in sorted(map(str, columns))
    )
