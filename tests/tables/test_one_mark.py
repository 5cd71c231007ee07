import numpy as np
import pytest

from softargmax.exceptions import TableError
from softargmax.tables.learning import learn_schema
from softargmax.tables.one_mark import with_one_mark
from softargmax.tables.opening import open_table


@pytest.fixture
def numbers(rng):
    """The schema of a table of numbers, which has no decimal mark."""
    size, weight = rng.normal(5, 2, (2, 40)).tolist()
    return learn_schema(open_table({"size": size, "weight": weight, "y": ["a", "b"] * 20}).batches(), "y").schema


def features(schema, table):
    return np.concatenate([schema.features(batch) for batch in with_one_mark(table, schema)])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("size,weight\n9.108,1\n8.25,2\n", [9.108, 8.25]),
        ("size,weight\n9.108,1\n8,2.25\n", [9.108, 8]),
        ("size,weight,price\n9.108,1,2.5\n8,2,3.25\n", [9.108, 8]),
        ("size;weight\n9.108;1\n8,25;2\n", [9108, 8.25]),
    ],
    ids=["the same column", "another column", "a column that the model does not know", "a decimal comma"],
)
def test_one_open_cell_is_read_as_the_other_numbers_of_a_table_are_written(write, numbers, text, meant):
    found = features(numbers, open_table(write("t.csv", text)))[:, 0]
    mean, scale = numbers.columns[0].encoder.mean, numbers.columns[0].encoder.scale
    np.testing.assert_array_equal(found, ((np.array(meant) - mean) / scale).astype(np.float32))


def test_an_open_cell_that_no_other_number_decides_is_asked_for(write, numbers):
    with pytest.raises(TableError, match="row 1 of|row 1: .* say which mark is decimal"):
        features(numbers, open_table(write("t.csv", "size,weight\n9.108,1\n8,2\n")))


def test_a_decimal_comma_that_was_found_is_said(write, numbers):
    table = open_table(write("t.csv", "size;weight\n9.108;1\n8,25;2\n"))
    features(numbers, table)
    (said,) = [note for note in table.notes if note.code == "decimal"]
    assert "decimal comma, as those of 'size' show" in said.text
    assert said.option == "decimal"
