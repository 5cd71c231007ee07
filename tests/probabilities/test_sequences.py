"""The probability of sequences of tokens, and perplexity, against 60 digits."""

import math

import ml_dtypes
import mpmath
import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError, TargetError
from softargmax.probabilities import perplexity, sequence_log_probability

DTYPES = [np.float16, ml_dtypes.bfloat16, np.float32, np.float64]


def exact(logits, tokens, counts):
    """The sum of log softmax over one sequence, with 60 digits."""
    with mpmath.workdps(60):
        total = mpmath.mpf(0)
        for row, token in zip(logits[counts], tokens[counts], strict=True):
            numbers = [mpmath.mpf(float(x)) for x in row]
            total += numbers[token] - mpmath.log(mpmath.fsum(map(mpmath.exp, numbers)))
        return total


def batch(rng, dtype):
    logits = (rng.normal(size=(3, 7, 11)) * 4.0).astype(dtype)
    return logits, rng.integers(0, 11, size=(3, 7)), np.array([7, 0, 4])


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_digit_of_the_log_probability_is_right(rng, dtype):
    logits, tokens, lengths = batch(rng, dtype)
    result = sequence_log_probability(logits, tokens, lengths=lengths)
    assert result.dtype == (np.float64 if dtype is np.float64 else np.float32)
    for i, length in enumerate(lengths):
        true = float(exact(logits[i], tokens[i], np.arange(7) < length))
        assert abs(result[i] - true) <= 8 * np.finfo(result.dtype).eps * abs(true)


@pytest.mark.parametrize("dtype", DTYPES)
def test_perplexity_is_the_exponential_of_the_mean_loss_of_all_tokens(rng, dtype):
    logits, tokens, lengths = batch(rng, dtype)
    sums = [exact(logits[i], tokens[i], np.arange(7) < lengths[i]) for i in range(3)]
    with mpmath.workdps(60):
        whole = float(mpmath.exp(-mpmath.fsum(sums) / int(lengths.sum())))
        first = float(mpmath.exp(-sums[0] / 7))
    result = perplexity(logits, tokens, lengths=lengths)
    each = perplexity(logits, tokens, lengths=lengths, reduction="none")
    assert result.dtype == each.dtype == (np.float64 if dtype is np.float64 else np.float32)
    near = 50 * float(np.finfo(result.dtype).eps)
    assert result == pytest.approx(whole, rel=near)
    assert each[0] == pytest.approx(first, rel=near)
    assert np.isnan(each[1])


def test_half_precision_neither_overflows_nor_stands_still():
    # 20,000 tokens at log 50 are 78,240 nats; the largest float16 is 65,504, and at 16,384 its step is 16.
    logits, tokens = np.zeros((20_000, 50), np.float16), np.zeros(20_000, np.int64)
    assert sequence_log_probability(logits, tokens) == pytest.approx(-20_000 * np.log(50), rel=1e-7)
    assert perplexity(logits, tokens) == pytest.approx(50.0, rel=1e-6)


def test_a_sum_of_many_tokens_is_rounded_once(rng):
    logits = (rng.normal(size=(50, 1000, 5)) * 3.0).astype(np.float32)
    tokens = rng.integers(0, 5, size=(50, 1000))
    losses = sm.cross_entropy(logits, tokens, reduction="none")
    once = [np.float32(-math.fsum(row)) for row in losses.tolist()]
    assert sequence_log_probability(logits, tokens).tolist() == once


def test_what_does_not_count_may_hold_anything(rng):
    logits, tokens, lengths = batch(rng, np.float64)
    counts = np.arange(7) < lengths[:, np.newaxis]
    expected = sequence_log_probability(logits, tokens, lengths=lengths)
    logits[~counts], tokens[~counts] = np.nan, -100
    assert np.array_equal(sequence_log_probability(logits, tokens, lengths=lengths), expected)
    assert np.array_equal(sequence_log_probability(logits, tokens, where=counts), expected)


def test_a_mask_and_lengths_must_agree(rng):
    logits, tokens, lengths = batch(rng, np.float64)
    both = sequence_log_probability(logits, tokens, lengths=lengths, where=np.arange(7) > 0)
    first = sequence_log_probability(logits[2, 1:4], tokens[2, 1:4])
    assert both[2] == pytest.approx(first, rel=1e-15)


def test_an_impossible_token_has_log_probability_minus_infinity():
    logits = [[0.0, -np.inf], [0.0, 0.0]]
    assert sequence_log_probability(logits, [1, 0]) == -np.inf
    assert perplexity(logits, [1, 0]) == np.inf


def test_no_tokens_have_probability_one_and_no_perplexity():
    assert sequence_log_probability(np.zeros((2, 0, 5)), np.zeros((2, 0), int)).tolist() == [0.0, 0.0]
    assert np.isnan(perplexity(np.zeros((0, 5)), np.zeros(0, int)))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"tokens": [0, 1]}, ShapeError, "one code for each place"),
        ({"tokens": [[0, 1, 9]]}, TargetError, "between 0 and 3"),
        ({"lengths": [4]}, ArgumentError, "between 0 and 3, got 4"),
        ({"lengths": 3}, ShapeError, r"shape \(1,\)"),
        ({"lengths": [1.5]}, DTypeError, "expected integers"),
        ({"where": [[1, 1, 0]]}, DTypeError, "expected booleans"),
    ],
)
def test_what_does_not_fit_is_refused(options, error, words):
    tokens = options.pop("tokens", [[0, 1, 2]])
    with pytest.raises(error, match=words):
        sequence_log_probability(np.zeros((1, 3, 4)), tokens, **options)


def test_another_reduction_is_refused():
    with pytest.raises(ArgumentError, match="reduction"):
        perplexity(np.zeros((1, 3, 4)), [[0, 1, 2]], reduction="sum")
