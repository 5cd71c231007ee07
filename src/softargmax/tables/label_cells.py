"""Class labels in the cells of a column: whole numbers, booleans or text."""

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array
from softargmax.exceptions import TableError
from softargmax.tables.cells import FALSE, TRUE, Cells

A_CLASS = "a class, not a fractional quantity (which needs regression, or binning first)"
# A whole number below 10^18, which int64 holds; zeros may stand behind its decimal mark. "007" and "+7" are text, two
# classes.
_INTEGER = "-?(0|[1-9][0-9]{0,17})"


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
        integer = _integer(cells)
        return "integers" if present and all(integer.fullmatch(text) for text in present) else "text"
    if pa.types.is_boolean(cells.data.type):
        return "booleans"
    if pa.types.is_date(cells.data.type) or pa.types.is_timestamp(cells.data.type):
        raise TableError(
            f"{cells.batch.file}: target column {cells.column!r}: expected classes, got {cells.data.type}; "
            "write them as text if they are classes"
        )
    return "integers"


def _integer(cells: Cells) -> re.Pattern[str]:
    return re.compile(rf"{_INTEGER}({re.escape(cells.batch.decimal or '.')}0*)?")


def labels_in(cells: Cells, kind: str) -> Array:
    """Read labels as the kind that was decided at fit; of cells that are missing, one of the others.

    Raises
    ------
    TableError
        For a label of another kind, or where there is none at all, naming its place.
    """
    missing = cells.missing
    if missing.any():
        if missing.all():
            raise missing_labels(*cells.batch.place(0), cells.column)
        any_label = cells.data[int(np.argmin(missing))]
        cells = replace(cells, data=pc.fill_null(cells.data, any_label))
    if kind == "text":
        return np.array(cells.texts().to_pylist(), np.str_)
    if kind == "booleans":
        return cells.booleans().astype(np.bool_)
    if cells.is_text:
        texts, integer = cells.data.to_pylist(), _integer(cells)
        for position, text in enumerate(texts):
            if not integer.fullmatch(text):
                raise cells.error(position, "a whole number like the classes seen at fit")
        return np.array([int(text.split(cells.batch.decimal or ".")[0]) for text in texts], np.int64)
    if pa.types.is_integer(cells.data.type):
        return np.asarray(cells.data.cast(pa.int64(), safe=False))
    values = cells.numbers()
    fractional = values != np.floor(values)
    if fractional.any():
        raise cells.error(int(np.argmax(fractional)), A_CLASS)
    return values.astype(np.int64)


def missing_labels(file: str, row: int, column: str) -> TableError:
    """Say that there is no label."""
    return TableError(
        f"{file}: target column {column!r}: expected labels, but all are missing, from row {row} on "
        "(an empty cell counts as missing, and what missing= names)",
        parameter="missing",
    )
