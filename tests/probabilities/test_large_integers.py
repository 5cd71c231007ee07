"""Integers from 2^53 on, not all of which are doubles, are compared and subtracted as integers."""

import mpmath
import numpy as np
import pytest

import softargmax as sm
from softargmax.probabilities import entmax15, sparsemax

pytestmark = pytest.mark.usefixtures("instruction_set")

LARGEST = [
    (np.int64, 2**53 + 3),
    (np.int64, 2**63 - 1),
    (np.int64, -(2**53) - 5),
    (np.int64, -(2**63) + 1000),
    (np.uint64, 2**53 + 3),
    (np.uint64, 2**63 + 1),
    (np.uint64, 2**64 - 1),
]
N_CLASSES = [2, 3, 10, 47, 64, 129, 1000]


def below(largest, gaps, dtype):
    """Give rows whose largest integer is `largest`, and the doubles they are relative to it."""
    exact = [[int(largest) - int(gap - row.min()) for gap in row] for row in gaps]
    return np.array(exact, dtype), -(gaps - gaps.min(axis=-1, keepdims=True)).astype(np.float64)


def ulps(got, true):
    return abs(mpmath.mpf(float(got)) - true) / mpmath.mpf(float(np.spacing(abs(float(true)))))


@pytest.mark.parametrize(("dtype", "largest"), LARGEST)
@pytest.mark.parametrize("n_classes", N_CLASSES)
def test_values_are_those_of_exact_arithmetic(rng, dtype, largest, n_classes):
    x, _ = below(largest, rng.integers(0, 30, (2, n_classes)), dtype)
    with mpmath.workdps(60):
        for i, row in enumerate(x.tolist()):
            total = mpmath.fsum(mpmath.exp(number - max(row)) for number in row)
            p = [mpmath.exp(number - max(row)) / total for number in row]
            assert max(map(ulps, sm.softmax(x)[i], p)) < 2
            assert max(map(ulps, sm.log_softmax(x)[i], map(mpmath.log, p))) < 2
            assert ulps(sm.logsumexp(x)[i], max(row) + mpmath.log(total)) < 0.51
            assert ulps(sm.logsumexp(x, weights=2.0)[i], max(row) + mpmath.log(2 * total)) < 0.51
            assert ulps(sm.entropy(logits=x)[i], -mpmath.fsum(q * mpmath.log(q) for q in p)) < 2
            assert ulps(sm.cross_entropy(x, [0, 0], reduction="none")[i], -mpmath.log(p[0])) < 2


@pytest.mark.parametrize(("dtype", "largest"), LARGEST)
@pytest.mark.parametrize("n_classes", N_CLASSES)
def test_every_function_gives_what_the_row_relative_to_its_largest_number_gives(rng, dtype, largest, n_classes):
    x, shifted = below(largest, rng.integers(0, 30, (9, n_classes)), dtype)
    codes, shares = rng.integers(0, n_classes, 9), sm.softmax(rng.normal(size=x.shape))
    temperatures = rng.uniform(0.5, 2.0, (9, 1))
    functions = [
        lambda z: sm.softmax(z, temperature=3.0),
        lambda z: sm.softmax(z, temperature=temperatures),
        lambda z: sm.log_softmax(z, temperature=0.0),
        lambda z: sm.softmax(z, dtype=np.float32),
        lambda z: sm.softmax(z[::-2, ::-1]),
        lambda z: sm.softmax(z.T, axis=0),
        lambda z: sm.softmax(z.reshape(3, 3, -1), axis=(1, 2)),
        lambda z: sm.cross_entropy_and_gradient(z, codes)[1],
        lambda z: sm.cross_entropy_and_gradient(z, shares)[1],
        lambda z: sm.sample(z, rng=np.random.default_rng(0), size=5),
        lambda z: sm.sample(z, rng=np.random.default_rng(0), top_k=2, top_p=0.9, temperature=2.0),
        sm.hardmax,
        sm.argmax,
        sparsemax,
        entmax15,
    ]
    for function in functions:
        np.testing.assert_array_equal(function(x), function(shifted))
    for k in {1, 2, n_classes}:
        for got, expected in zip(sm.top_k(x, k), sm.top_k(shifted, k), strict=True):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("n_classes", [3, 60, 200])
def test_the_largest_few_are_in_order_however_far_below_the_first(rng, n_classes):
    row = rng.integers(-(2**63), -(2**63) + 3 * n_classes, n_classes)  # all of them the same double
    row[rng.integers(n_classes)] = 2**63 - 1
    order = sorted(range(n_classes), key=lambda j: (-int(row[j]), j))
    for k in (1, n_classes // 2, n_classes):
        codes, probabilities = sm.top_k(row, k)
        assert codes.tolist() == order[:k]
        np.testing.assert_array_equal(probabilities, sm.softmax(row)[codes])


@pytest.mark.parametrize("n_classes", N_CLASSES)
def test_masked_rows_are_relative_to_the_largest_number_that_counts(rng, n_classes):
    x, shifted = below(2**62, rng.integers(0, 30, (9, n_classes)), np.int64)
    counts = rng.random(x.shape) < 0.8
    x[~counts] = 2**63 - 1
    for function in (sm.softmax, sm.log_softmax):
        np.testing.assert_allclose(function(x, where=counts), function(shifted, where=counts), rtol=1e-15)


def test_what_does_not_count_blurs_nothing():
    x = np.array([2**62, 5, 6, -(2**62)])
    counts = np.array([False, True, True, False])
    np.testing.assert_array_equal(sm.softmax(x, where=counts)[1:3], sm.softmax([5, 6]))
    assert sm.logsumexp(x, where=counts) == sm.logsumexp([5, 6])
    assert sm.logsumexp(x, weights=counts.astype(float)) == sm.logsumexp([5.0, 6.0], weights=[1.0, 1.0])
    assert sm.logsumexp(x, where=np.zeros(4, bool)) == -np.inf


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
@pytest.mark.parametrize("n_classes", [2, 10, 64, 200])
def test_smaller_integers_have_the_bits_of_doubles_in_any_company(rng, dtype, n_classes):
    x = rng.integers(2**52, 2**52 + 40, (21, n_classes)).astype(dtype)
    doubles = x.astype(np.float64)
    x[[3, 20]] = rng.integers(2**60, 2**60 + 40, (2, n_classes)).astype(dtype)
    small = np.delete(np.arange(21), [3, 20])
    for function in (sm.softmax, sm.log_softmax, sm.logsumexp, sm.argmax, lambda z: sm.top_k(z, 2).codes):
        np.testing.assert_array_equal(function(x)[small], function(doubles)[small])


def test_numbers_that_must_not_be_shifted_are_not():
    big = np.array([2**60, 2**60 + 4096])
    np.testing.assert_array_equal(sm.sigmoid(big), [1.0, 1.0])
    assert sm.LogSumExp().update(big).result() == sm.LogSumExp().update(big.astype(float)).result()
    flat = np.log([0.5, 0.5])
    np.testing.assert_array_equal(
        sm.log_softmax_backward(big, flat), sm.log_softmax_backward(big.astype(np.float64), flat)
    )
