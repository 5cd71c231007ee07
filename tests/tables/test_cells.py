"""What a cell of a table means, and what a column holds."""

import pyarrow as pa
import pytest

from softargmax.tables.cells import Cells, guess_kind


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
    cells = ["1.5", "2", None] + ["oops"] * words + ["7"] * (numbers - 2)
    assert guess_kind(Cells(None, "age", pa.array(cells), is_text=True)) == guess
