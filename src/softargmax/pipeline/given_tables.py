"""What is given to `TableClassifier.fit`: a table or a matrix, with labels in it or beside it."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.tables.doors.frames import is_in_memory


def is_matrix(table: Any) -> bool:
    """Tell a matrix, whose columns have places and no names, from a table."""
    if hasattr(table, "tocsr") or isinstance(table, np.ndarray):
        return True
    if isinstance(table, list):
        return bool(table) and not isinstance(table[0], str | os.PathLike | Mapping)
    return hasattr(table, "__array__") and not is_in_memory(table)


def with_labels(table: Any, y: Any) -> tuple[Any, str]:
    """Put labels beside the columns of a table in memory, under a name that none of them has."""
    if y is None:
        raise ArgumentError(
            "target: expected the name of the column of labels, because a classifier requires y to be passed, but the "
            "target y is None",
            parameter="target",
        )
    if not is_in_memory(table):
        raise ArgumentError(
            f"y: expected a table in memory beside y, got {type(table).__name__}; "
            "name the column of labels of a file with target=",
            parameter="y",
        )
    labels = column_or_1d(y, warn=True)
    if labels.dtype.kind == "f":
        assert_all_finite(labels, input_name="y")
    check_classification_targets(labels)
    if len(labels) != table.num_rows:
        raise ShapeError(f"y: expected one label for each of {table.num_rows} rows, got {len(labels)}")
    name = str(getattr(y, "name", None) or "target")
    while name in table.schema.names:
        name += "_"
    return table.append_column(name, pa.array(labels, from_pandas=True)), name
