"""Class labels in the cells of a column: whole numbers, booleans or text."""

import re

import numpy as np
import pyarrow as pa

from softargmax._arrays import Array
from softargmax.exceptions import TableError
from softargmax.tables.cells import FALSE, TRUE, Cells

A_CLASS = "a class, not a fractional quantity (which needs regression, or binning first)"
# A whole number below 10^18, which int64 holds, written in its only form: "007" and "+7" are text, two classes.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")


def label_kind(cells: Cells) -> str:
    """Tell what the labels of a column are: "integers", "booleans" or "text".

    Raises
    ------
    TableError
        For dates, which are no classes.
    """
    if cells.is_text:
        present = [text for text in cells.data.to_pylist() if text is not None]
        if present and all(text in TRUE + FALSE for text in present):
            return "booleans"
        return "integers" if present and all(_INTEGER.fullmatch(text) for text in present) else "text"
    if pa.types.is_boolean(cells.data.type):
        return "booleans"
    if pa.types.is_date(cells.data.type) or pa.types.is_timestamp(cells.data.type):
        raise TableError(
            f"{cells.batch.file}: target column {cells.column!r}: expected classes, got {cells.data.type}; "
            "write them as text if they are classes"
        )
    return "integers"


def labels_in(cells: Cells, kind: str) -> Array:
    """Read labels as the kind that was decided at fit.

    Raises
    ------
    TableError
        For a label that is missing or of another kind, naming its place.
    """
    missing = cells.missing
    if missing.any():
        place = cells.batch.place(int(np.argmax(missing)))
        raise missing_labels(*place, cells.column, int(missing.sum()), len(cells))
    if kind == "text":
        return np.array(cells.texts().to_pylist(), np.str_)
    if kind == "booleans":
        return cells.booleans().astype(np.bool_)
    if cells.is_text:
        texts = cells.data.to_pylist()
        for position, text in enumerate(texts):
            if not _INTEGER.fullmatch(text):
                raise cells.error(position, "a whole number like the classes seen at fit")
        return np.array([int(text) for text in texts], np.int64)
    if pa.types.is_integer(cells.data.type):
        return np.asarray(cells.data.cast(pa.int64(), safe=False))
    values = cells.numbers()
    fractional = values != np.floor(values)
    if fractional.any():
        raise cells.error(int(np.argmax(fractional)), A_CLASS)
    return values.astype(np.int64)


def missing_labels(file: str, row: int, column: str, n_missing: int, n_rows: int) -> TableError:
    """Say how many labels are missing, and where the first of them is."""
    return TableError(
        f"{file}: target column {column!r}: {n_missing} of {n_rows} labels are missing, "
        f"first in row {row}; remove those rows or label them "
        "(an empty cell counts as missing, and what missing= names)",
        parameter="missing",
    )
