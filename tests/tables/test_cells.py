"""What a cell of a table means, and what a column holds."""

import pyarrow as pa
import pytest

from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.columns.column_summary import ColumnSummary


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


def test_missing_cells_stay_missing_beside_letters_of_other_scripts():
    batch = Batch("t.csv", 1, pa.record_batch({"x": pa.array(["é", None, "", "\u200b"])}))
    assert Cells.of(batch, "x").texts().to_pylist() == ["é", None, None, None]
