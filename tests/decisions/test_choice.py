import math

import ml_dtypes
import numpy as np
import pytest

import softargmax as sm
from softargmax import _kernels
from softargmax.exceptions import ArgumentError, AxisError, DTypeError

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize("n_classes", [1, 2, 3, 7, 64, 128, 129, 1000])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.uint16])
def test_argmax_is_numpys(rng, n_classes, dtype, instruction_set):
    x = (rng.normal(size=(37, n_classes)) * 5 + 30).astype(dtype)  # integers have many ties
    assert np.array_equal(sm.argmax(x), x.argmax(axis=-1))
    assert np.array_equal(sm.argmax(x.T, axis=0), x.argmax(axis=-1))


@pytest.mark.parametrize("n_classes", [1, 3, 128, 129, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.int8])
def test_the_last_of_equal_maxima_is_the_first_from_behind(rng, n_classes, dtype, instruction_set):
    x = (rng.normal(size=(37, n_classes)) * 5 + 30).astype(dtype)
    x[0] = x[0, 0]
    assert np.array_equal(sm.argmax(x, last=True), n_classes - 1 - x[:, ::-1].argmax(axis=-1))
    assert np.array_equal(sm.argmax(x.T, axis=0, last=True), sm.argmax(x, last=True))


def test_the_last_of_equal_maxima_of_the_worked_example():
    assert (sm.argmax([1.0, 3.0, 3.0]), sm.argmax([1.0, 3.0, 3.0], last=True)) == (1, 2)
    assert sm.argmax([NAN, 3.0, NAN, 4.0], last=True) == 2
    with pytest.raises(ArgumentError, match="last: expected True or False"):
        sm.argmax([1.0, 3.0, 3.0], last=1)


@pytest.mark.parametrize("n_classes", [5, 200])
def test_argmax_of_special_values_is_numpys(rng, n_classes, instruction_set):
    x = rng.choice([NAN, INF, -INF, 0.0, 1.0], size=(500, n_classes), p=[0.02, 0.1, 0.28, 0.3, 0.3])
    x[0] = -INF
    assert np.array_equal(sm.argmax(x), x.argmax(axis=-1))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
@pytest.mark.parametrize("n_classes", [255, 257, 2049, 9000])
def test_argmax_finds_the_first_maximum_at_any_place_of_a_long_row(rng, n_classes, dtype, instruction_set):
    x = rng.integers(0, 50, size=(80, n_classes)).astype(dtype)
    places = rng.integers(0, n_classes, size=80)
    places[:4] = 0, 1, n_classes - 2, n_classes - 1
    x[np.arange(80), places] = 100
    for later in (places + 1, places + 16, places + 256, places + 5000):  # the same number again
        rows = np.flatnonzero(later < n_classes)
        x[rows, later[rows]] = 100
    strided = np.repeat(x, 2, axis=1)[:, ::2]
    assert np.array_equal(sm.argmax(x), places)
    assert np.array_equal(sm.argmax(strided), places)
    assert np.array_equal(sm.argmax(np.asfortranarray(x)), places)


@pytest.mark.parametrize("n_rows", [2, 7, 16, 37])
@pytest.mark.parametrize("n_classes", [47, 48, 129, 191, 193, 255, 257, 383, 385, 700, 1024, 1025])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_argmax_of_several_rows_is_that_of_each(rng, n_rows, n_classes, dtype, instruction_set):
    x = np.round(rng.normal(size=(n_rows, n_classes)) * 3).astype(dtype)  # many equal maxima
    x[rng.random(x.shape) < 0.3] = -INF
    x[0] = -INF
    x[1, -1] = 1000.0
    x[rng.random(n_rows) < 0.2, rng.integers(n_classes)] = NAN
    expected = x.argmax(axis=-1)
    assert np.array_equal(sm.argmax(x), expected)
    assert np.array_equal(sm.argmax(np.repeat(x, 2, axis=0)[::2]), expected)
    assert [sm.argmax(row) for row in x] == expected.tolist()


@pytest.mark.parametrize("n_classes", [100, 5000])
def test_argmax_finds_the_first_nan_beside_larger_places(rng, n_classes, instruction_set):
    x = rng.normal(size=(40, n_classes)).astype(np.float32)
    x[:, n_classes // 2] = INF
    places = rng.integers(0, n_classes, size=40)
    x[np.arange(40), places] = NAN
    x[:, -1] = NAN
    assert np.array_equal(sm.argmax(x), places)


@pytest.mark.parametrize("n_classes", [9, 300])
def test_hardmax_is_1_at_the_argmax(rng, n_classes, instruction_set):
    x = np.round(rng.normal(size=(50, n_classes)) * 3)
    x[0] = -INF
    x[1, 3:5] = NAN
    expected = np.where(np.arange(n_classes) == x.argmax(axis=-1)[:, np.newaxis], 1.0, 0.0)
    expected[:2] = NAN
    assert np.array_equal(sm.hardmax(x), expected, equal_nan=True)
    with np.errstate(divide="ignore"):
        assert np.array_equal(sm.log_softmax(x, temperature=0), np.log(expected), equal_nan=True)


def test_argmax_of_one_row_is_a_number():
    assert sm.argmax([1.0, 3.0, 2.0]) == 1
    assert np.ndim(sm.argmax([1.0, 3.0, 2.0])) == 0


@pytest.mark.parametrize("n_classes", [3, 16, 128, 500])
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_top_k_sorts_and_gives_the_lower_code_first(rng, n_classes, dtype, instruction_set):
    x = np.round(rng.normal(size=(21, n_classes)) * 3).astype(dtype)
    k = min(5, n_classes)
    codes, probabilities = sm.top_k(x, k)
    expected = np.argsort(-x.astype(np.float64), axis=-1, kind="stable")[:, :k]
    assert np.array_equal(codes, expected)
    assert probabilities.dtype == dtype
    assert np.array_equal(probabilities, np.take_along_axis(sm.softmax(x), expected, axis=-1))


@pytest.mark.parametrize("order", ["random", "rising", "falling", "equal"])
@pytest.mark.parametrize("k", [1, 40, 700, 5000])
@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, np.float32, np.float64])
def test_top_k_of_a_long_row_is_the_beginning_of_its_sorted_classes(rng, order, k, dtype, instruction_set):
    x = (rng.normal(size=(2, 5000)) * 5).astype(dtype)
    if order == "equal":
        x[:] = x[0, 0]
    elif order != "random":
        x = np.sort(x.astype(np.float64), axis=-1).astype(dtype)
    if order == "falling":
        x = x[:, ::-1]
    codes, probabilities = sm.top_k(x, k)
    assert np.array_equal(codes, np.argsort(-x.astype(np.float64), axis=-1, kind="stable")[:, :k])
    assert np.array_equal(probabilities, np.take_along_axis(sm.softmax(x), codes, axis=-1))


@pytest.mark.parametrize("n_classes", [50, 64, 97, 128, 129])
@pytest.mark.parametrize("n_rows", [1, 2, 3, 5])
def test_top_k_far_from_0_gives_softmaxs_bits_down_to_the_least_number(rng, n_classes, n_rows, instruction_set):
    x = 4.29e9 + rng.normal(size=(n_rows, n_classes)) * 300
    x[:, ::2] = x[:, 1::2].max(axis=-1, keepdims=True) - rng.uniform(730, 745, size=x[:, ::2].shape)
    codes, probabilities = sm.top_k(x, n_classes)
    assert np.array_equal(probabilities, np.take_along_axis(sm.softmax(x), codes, axis=-1))


@pytest.mark.parametrize("n_classes", [7, 100, 600])
def test_top_k_of_all_classes_sorts_them(rng, n_classes, instruction_set):
    x = np.round(rng.normal(size=(40, n_classes)) * 2)
    codes, _ = sm.top_k(x, n_classes)
    assert np.array_equal(codes, np.argsort(-x, axis=-1, kind="stable"))


@pytest.mark.parametrize("n_classes", [20, 700])
def test_top_k_takes_nan_first_and_minus_inf_last(rng, n_classes, instruction_set):
    x = rng.choice([NAN, INF, -INF, 0.0, 1.0], size=(50, n_classes), p=[0.05, 0.1, 0.25, 0.3, 0.3])
    k = n_classes * 3 // 4
    rank = np.where(np.isnan(x), -np.inf, np.where(x == INF, -1e300, np.where(x == -INF, 1e300, -x)))
    codes, probabilities = sm.top_k(x, k)
    assert np.array_equal(codes, np.argsort(rank, axis=-1, kind="stable")[:, :k])
    assert np.array_equal(probabilities, np.take_along_axis(sm.softmax(x), codes, axis=-1), equal_nan=True)


@pytest.mark.parametrize("n_classes", [9, 900])
def test_codes_alone_are_those_that_come_with_probabilities(rng, n_classes):
    x = rng.normal(size=(30, n_classes))
    codes = np.empty((30, 4), np.int64)
    _kernels.run(_kernels.Function.top_k, x, per_row=codes)
    assert np.array_equal(codes, sm.top_k(x, 4).codes)


def test_top_k_along_another_axis(rng):
    x = rng.normal(size=(4, 6, 3))
    codes, probabilities = sm.top_k(x, 2, axis=1)
    assert codes.shape == probabilities.shape == (4, 2, 3)
    assert np.array_equal(codes[:, 0], x.argmax(axis=1))


def test_nan_is_the_largest():
    codes, probabilities = sm.top_k([1.0, NAN, 5.0, NAN], 3)
    assert codes.tolist() == [1, 3, 2]
    assert np.isnan(probabilities).all()


@pytest.mark.parametrize("k", [0, 4, 1.5, True])
def test_k_must_be_a_number_of_classes(k):
    with pytest.raises(ArgumentError, match="k: expected an integer between 1 and 3"):
        sm.top_k([1.0, 2.0, 3.0], k)


def test_what_has_no_class_is_refused():
    with pytest.raises(AxisError, match="at least one class"):
        sm.argmax(np.empty((3, 0)))
    with pytest.raises(AxisError, match="one class axis"):
        sm.top_k(np.ones((2, 2)), 1, axis=(0, 1))
    with pytest.raises(DTypeError, match="expected float16"):
        sm.argmax(["a"])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_classes", range(257, 305))
def test_top_k_finds_what_lies_behind_a_large_logit_near_the_end(dtype, n_classes, rng):
    x = rng.normal(size=n_classes).astype(dtype)
    x[n_classes - 1 - (n_classes - 1) % 16 :: 16] += 20  # first in the last vector of any width
    x[n_classes - 1 - (n_classes - 1) % 8] += 20
    codes, _ = sm.top_k(x, 5)
    assert codes.tolist() == np.argsort(-x, kind="stable")[:5].tolist()
