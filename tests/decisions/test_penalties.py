"""Penalties and biases of tokens against the plain formula, token by token."""

import math

import ml_dtypes
import numpy as np
import pytest

from softargmax.decisions import bias_logits, penalize_logits
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError, TargetError

INF, NAN = math.inf, math.nan


def defined(row, seen, repetition=1.0, presence=0.0, frequency=0.0):
    result = list(row)
    for code in set(seen):
        if code >= 0:
            x = result[code]
            x = x / repetition if x > 0 else x * repetition
            result[code] = x - presence - frequency * list(seen).count(code)
    return result


def test_every_token_that_was_there_is_penalized_as_defined(rng):
    x = rng.normal(size=(6, 11)) * 3.0
    x[:, 2] = -INF
    seen = rng.integers(-1, 11, size=(6, 9))
    penalties = {"repetition": 1.3, "presence": 0.4, "frequency": 0.15}
    expected = [defined(row, codes, **penalties) for row, codes in zip(x.tolist(), seen.tolist(), strict=True)]
    np.testing.assert_allclose(penalize_logits(x, seen, **penalties), expected, rtol=1e-15)


def test_penalties_of_each_row_are_its_own(rng):
    x, seen = rng.normal(size=(2, 3, 7)), rng.integers(0, 7, size=(2, 3, 4))
    own = {
        "repetition": np.array([[1.0, 2.0, 0.5], [1.1, 1.0, 1.0]]),
        "presence": np.array([0.0, -1.0, 1.0]),
        "frequency": 0.25,
    }
    together = penalize_logits(x, seen, **own)
    for at in np.ndindex(2, 3):
        alone = {name: np.broadcast_to(value, (2, 3))[at] for name, value in own.items()}
        assert np.array_equal(together[at], penalize_logits(x[at], seen[at], **alone))


def test_the_order_of_tokens_does_not_matter(rng):
    x, seen = rng.normal(size=(20,)), rng.integers(0, 20, size=(30,))
    options = {"repetition": 1.2, "frequency": 0.1}
    assert np.array_equal(penalize_logits(x, seen, **options), penalize_logits(x, np.sort(seen), **options))


@pytest.mark.parametrize("seen", [[], [-1, -1], [-100]])
def test_padding_changes_nothing(seen):
    x = np.array([1.0, -2.0])
    assert penalize_logits(x, seen, repetition=3.0, presence=1.0).tolist() == [1.0, -2.0]


def test_no_rows_give_no_rows():
    assert penalize_logits(np.zeros((0, 3)), np.zeros((0, 2), int), presence=1.0).shape == (0, 3)


def test_a_bias_is_added_in_every_row(rng):
    x = rng.normal(size=(3, 5))
    result = bias_logits(x, {1: 2.5, np.int64(4): -INF})
    assert np.array_equal(result[:, 1], x[:, 1] + 2.5)
    assert np.isneginf(result[:, 4]).all()
    assert np.array_equal(result[:, [0, 2, 3]], x[:, [0, 2, 3]])


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_half_precision_becomes_float32_and_the_input_stays(dtype):
    x = np.array([3, 1], dtype)
    wide = np.float64 if dtype is np.float64 else np.float32
    for result in (penalize_logits(x, [0], repetition=1.1), bias_logits(x, {0: 3 / 1.1 - 3})):
        assert result.dtype == wide
        assert result[0] == wide(3 / 1.1)
    assert x.tolist() == [3, 1]


@pytest.mark.parametrize(
    ("seen", "options", "error", "words"),
    [
        ([0, 3], {}, TargetError, "between 0 and 2, got 3"),
        ([[0]], {}, ShapeError, "the codes of each row"),
        (0, {}, ShapeError, "the codes of each row"),
        ([0.5], {}, DTypeError, "integer class codes"),
        ([0], {"repetition": 0.0}, ArgumentError, "repetition: expected numbers > 0"),
        ([0], {"presence": NAN}, ArgumentError, "presence: expected numbers that are finite"),
        ([0], {"frequency": [1.0, 2.0]}, ShapeError, "frequency: expected one number"),
    ],
)
def test_penalties_that_do_not_fit_are_refused(seen, options, error, words):
    with pytest.raises(error, match=words):
        penalize_logits([1.0, 2.0, 3.0], seen, **options)


@pytest.mark.parametrize("bias", [{3: 1.0}, {-1: 1.0}, {"0": 1.0}, {0: NAN}, {0: INF}, [1.0, 2.0, 3.0]])
def test_a_bias_that_does_not_fit_is_refused(bias):
    with pytest.raises(ArgumentError, match="bias: expected"):
        bias_logits([1.0, 2.0, 3.0], bias)
