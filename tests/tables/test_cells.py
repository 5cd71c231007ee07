"""What a cell of a table means, and what a column holds."""

import numpy as np
import pyarrow as pa
import pytest

from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.parsing import numbers_in


@pytest.mark.parametrize(
    ("words", "numbers", "guess"),
    [
        (1, 9, ("text", 3)),  # a tenth: a mistake, whose place is told
        (2, 18, ("text", 3)),
        (2, 17, ("text", None)),  # more: words are meant
        (1, 8, ("text", None)),
        (5, 5, ("text", None)),
        (0, 10, ("number", None)),
    ],
)
def test_up_to_a_tenth_of_words_among_numbers_is_a_mistake(words, numbers, guess):
    cells = ["1.5", "2", ""] + ["oops"] * words + ["7"] * (numbers - 2)
    batch = Batch("t.csv", 1, pa.RecordBatch.from_pydict({"age": cells}))
    kind, against = ColumnSummary.of(Cells.of(batch, "age"), 0).holds()
    assert (kind, None if against is None else against.position) == guess


def test_forms_of_unicode_and_invisible_characters_make_no_two_cells():
    batch = Batch("t.csv", 1, pa.record_batch({"x": ["cafe\u0301", "café", "\u200eca\u200bfé\u2060 ", "می\u200cروم"]}))
    assert Cells.of(batch, "x").texts().to_pylist() == ["café", "café", "café", "می\u200cروم"]
    numbers = Batch("t.csv", 1, pa.record_batch({"x": ["1\u200b.5", "\ufeff2"]}))
    assert Cells.of(numbers, "x").numbers().tolist() == [1.5, 2.0]


def test_a_decimal_comma_is_honoured_and_a_point_is_none_then():
    cells = ["1,5", "1.234,5", "-1 234 567", ",5", "3", "2e3", None]
    batch = Batch(
        "t.csv", 1, pa.record_batch({"x": cells, "y": ["1.5", "12.34", "1.2345", "", "a", "1,5,5", ","]}), (), ","
    )
    expected = [1.5, 1234.5, -1234567.0, 0.5, 3.0, 2000.0, np.nan]
    np.testing.assert_array_equal(Cells.of(batch, "x").numbers(), expected)
    _, found = numbers_in(batch.column("y"), ",")
    assert not found.any()
    with pytest.raises(TableError, match="row 1: expected a number, got '1.5'"):
        Cells.of(batch, "y").numbers()


def test_missing_cells_stay_missing_beside_letters_of_other_scripts():
    batch = Batch("t.csv", 1, pa.record_batch({"x": pa.array(["é", None, "", "\u200b"])}))
    assert Cells.of(batch, "x").texts().to_pylist() == ["é", None, None, None]
