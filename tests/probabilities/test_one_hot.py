import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, AxisError, DTypeError, TargetError


def test_worked_example():
    assert sm.one_hot([0, 1, 2]).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_argmax_is_its_inverse(rng):
    codes = rng.integers(0, 7, size=(3, 4), dtype=np.uint8)
    assert np.array_equal(sm.one_hot(codes, n_classes=7).argmax(axis=-1), codes)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2])
def test_the_class_axis_goes_where_it_is_asked(axis):
    codes = np.array([[0, 1], [2, 0]])
    assert np.array_equal(sm.one_hot(codes, axis=axis), np.moveaxis(sm.one_hot(codes), -1, axis))


def test_dtype_and_empty_input():
    assert sm.one_hot([1], dtype=np.uint8).dtype == np.uint8
    assert sm.one_hot([], n_classes=3).shape == (0, 3)
    assert sm.one_hot(1, n_classes=3).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("codes", "options", "error"),
    [
        ([3], {"n_classes": 3}, TargetError),
        ([-1], {}, TargetError),
        ([0.0], {}, DTypeError),
        (["a"], {}, DTypeError),
        ([0], {"n_classes": -1}, ArgumentError),
        ([0], {"axis": 2}, AxisError),
        (np.array([2**63], np.uint64), {}, TargetError),
    ],
)
def test_what_is_not_a_code_is_refused(codes, options, error):
    with pytest.raises(error):
        sm.one_hot(codes, **options)
