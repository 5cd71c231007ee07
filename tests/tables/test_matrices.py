"""Files of logits and labels that other programs leave behind."""

import numpy as np
import pytest

from softargmax.exceptions import ArgumentError, TableError
from softargmax.tables.arrays import check_matrix_name, codes_of, read_labels, read_matrix


@pytest.fixture
def save(tmp_path):
    """Save an array, or several by name, and give the file's path."""

    def save(array=None, **arrays):
        path = str(tmp_path / ("several.npz" if arrays else "one.npy"))
        np.savez(path, **arrays) if arrays else np.save(path, array)
        return path

    return save


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_one_column_is_one_sigmoid_per_row_and_two_classes(save, shape):
    matrix = read_matrix(save(np.zeros(shape)), None)
    assert matrix.values.shape == shape
    assert matrix.n_classes == 2


def test_columns_are_classes(save):
    assert read_matrix(save(np.zeros((2, 3))), None).n_classes == 3


@pytest.mark.parametrize(("text", "names"), [("a,b\n1,2\n", ("a", "b")), ("logit\n1\n", None)])
def test_the_columns_of_a_table_name_classes_unless_there_is_one(write, text, names):
    assert read_matrix(write("z.csv", text), None).names == names


def test_a_column_that_holds_no_numbers_can_be_left_out(write):
    path = write("z.csv", "a,said,b\n1,a,2\n")
    with pytest.raises(TableError, match=r"column 'said', row 1: expected a number, got 'a'; .* drop='said'") as caught:
        read_matrix(path, None)
    assert caught.value.parameter == "drop"
    assert read_matrix(path, None, drop=["said"]).values.tolist() == [[1.0, 2.0]]


def test_labels_are_codes_by_the_names_of_the_columns():
    assert codes_of(np.array(["b", "a"]), ("a", "b"), 2, "y").tolist() == [1, 0]


def test_labels_are_codes_as_they_are_without_names():
    assert codes_of(np.array(["1", "0"]), None, 2, "y").tolist() == [1, 0]


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        (lambda path: read_matrix(path, None), "array"),
        (lambda path: read_matrix(path, "c"), "array"),
        (lambda path: read_labels(path, None), "label"),
        (lambda path: read_labels(path, "c"), "label"),
    ],
)
def test_which_of_several_arrays_is_a_parameter_at_fault(save, call, parameter):
    with pytest.raises(TableError, match=r"'a', 'b'") as caught:
        call(save(a=np.zeros(2), b=np.zeros(2)))
    assert caught.value.parameter == parameter


def test_a_name_without_a_known_ending_is_a_parameter_at_fault():
    with pytest.raises(ArgumentError, match=r"^output: expected a name that ends in .npy, .*got 'p.xlsx'") as caught:
        check_matrix_name("p.xlsx")
    assert caught.value.parameter == "output"
