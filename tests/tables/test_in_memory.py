"""Tables in memory that are none: what is said of them."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from softargmax.exceptions import TableError
from softargmax.tables.opening import open_table


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.Series([1.0, 2.0], name="x"), "expected columns with names, got a pandas Series, .* to_frame"),
        (pa.array([1.0, 2.0]), "expected columns with names, got a pyarrow DoubleArray"),
        ({"size": 1.0, "colour": ["red"]}, "a dictionary of both: 'colour' holds several values and 'size' holds one"),
        ({"size": [1.0, 2.0], "colour": ["red"]}, "expected columns of single values, got a dict"),
        (np.zeros(3), r"its shape is \(3,\)"),
    ],
)
def test_what_is_no_table_in_memory_is_named_with_what_to_do(table, message):
    with pytest.raises(TableError, match=message):
        open_table(table)


def test_columns_of_any_sequence_are_a_table():
    table = open_table({"size": range(2), "colour": pd.Series(["red", "green"]), "note": np.array(["a", "b"])})
    (batch,) = table.batches()
    assert batch.data.to_pylist() == [
        {"size": 0, "colour": "red", "note": "a"},
        {"size": 1, "colour": "green", "note": "b"},
    ]
