"""Rows so long that threads share them piece by piece: the bits are the row's alone, and as exact as those of others."""

import ml_dtypes
import numpy as np
import pytest

import oracle
import softargmax as sm

pytestmark = pytest.mark.usefixtures("instruction_set")

# Where rows begin to go by pieces, a last piece that is short, one that is long, and many pieces.
LENGTHS = (32_767, 32_768, 32_769, 49_151, 128_256, 300_001)
DTYPES = (np.float32, np.float64, np.float16, ml_dtypes.bfloat16, np.int8, np.int64)


FUNCTIONS = {
    "softmax": sm.softmax,
    "log_softmax": sm.log_softmax,
    "logsumexp": sm.logsumexp,
    "tempered": lambda x: sm.softmax(x, temperature=0.7),
    "tempered log": lambda x: sm.log_softmax(x, temperature=0.7),
}


@pytest.fixture
def threads():
    before = sm.get_num_threads()
    yield sm.set_num_threads
    sm.set_num_threads(before)


def rows_of(rng, n_rows, n_classes, dtype, scale=9.0):
    return (rng.normal(size=(n_rows, n_classes)) * scale).clip(-100, 100).astype(dtype)


def same_bits(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_classes", LENGTHS)
def test_the_bits_of_a_row_do_not_depend_on_threads_or_neighbours(rng, threads, function, dtype, n_classes):
    x = rows_of(rng, 3, n_classes, dtype)
    threads(1)
    expected = np.asarray(function(x))
    for count in (2, 3, 1):
        threads(count)
        assert same_bits(function(x), expected)
        assert same_bits(function(x[1]), expected[1])


@pytest.mark.parametrize("function", [sm.softmax, sm.log_softmax, sm.logsumexp])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_strides_masks_and_places_do_not_change_the_bits(rng, threads, function, dtype):
    x = rows_of(rng, 2, 100_003, dtype)
    counts = rng.random(x.shape) < 0.7
    threads(1)
    expected, masked = function(x), function(np.where(counts, x, -np.inf).astype(dtype))
    for count in (1, 2):
        threads(count)
        assert same_bits(function(np.repeat(x, 2, axis=1)[:, ::2]), expected)
        assert same_bits(function(x[:, ::-1].copy()[:, ::-1]), expected)
        assert same_bits(np.asarray(function(x.T.copy(), axis=0)).T, expected)
        assert same_bits(function(x, where=counts), masked)
        if function is not sm.logsumexp:
            place = x.copy()
            assert same_bits(function(place, out=place), expected)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_halves_give_what_they_give_in_float32_and_rounded(rng, threads, function, dtype):
    x = rows_of(rng, 2, 70_001, dtype)
    for count in (1, 2):
        threads(count)
        got = function(x)
        assert same_bits(got, np.asarray(function(x.astype(np.float32))).astype(got.dtype))


def difficult_rows(rng, n_classes, dtype):
    """Make rows that are summed in other ways, their largest logits in the first piece, in the last, or everywhere."""
    plain = rng.normal(size=n_classes)
    first, last, far, steps = plain.copy(), plain.copy(), plain.copy() + 1e6, np.full(n_classes, -20.0)
    first[5] += 40.0
    last[-1] += 25.0
    steps[:3] = 0.0
    masked = np.where(rng.random(n_classes) < 0.5, plain * 5, -np.inf)
    return np.array([plain, first, last, far, steps, masked, np.zeros(n_classes)]).astype(dtype)


@pytest.mark.skipif(not oracle.FITS, reason="needs 80-bit long double")
@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")  # NumPy's, where long double meets -inf
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_classes", [32_768, 128_256])
def test_long_rows_are_within_two_ulp(rng, dtype, n_classes):
    x = difficult_rows(rng, n_classes, dtype)
    true = oracle.Rows.of(x)
    assert oracle.ulps(sm.softmax(x), true.softmax()).max() <= 2.0
    assert oracle.ulps(sm.log_softmax(x), true.log_softmax()).max() <= 2.0
    assert oracle.ulps(sm.logsumexp(x), *true.logsumexp()).max() <= 2.0


def test_special_values_are_found_in_any_piece(threads):
    n_classes = 70_000
    for count in (1, 2):
        threads(count)
        for place in (0, 8_191, 8_192, 50_000, n_classes - 1):
            x = np.zeros((3, n_classes), np.float32)
            x[0, place], x[1, place] = np.nan, np.inf
            assert np.isnan(sm.softmax(x)[:2]).all()
            assert np.isnan(sm.log_softmax(x)[:2]).all()
            sums = sm.logsumexp(x)
            assert np.isnan(sums[0])
            assert sums[1] == np.inf
            assert sums[2] == sm.logsumexp(x[2])
        nothing = np.full(n_classes, -np.inf, np.float16)
        assert sm.logsumexp(nothing) == -np.inf
        assert np.isnan(sm.softmax(nothing)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_the_largest_few_have_the_probabilities_of_softmax(rng, dtype):
    x = rows_of(rng, 2, 128_256, dtype)
    codes, probabilities = sm.top_k(x, 5)
    assert same_bits(probabilities, np.take_along_axis(sm.softmax(x), codes, axis=-1))


def test_integers_no_float64_holds_are_exact_in_long_rows(threads):
    x = np.full((2, 40_000), 2**60, np.int64)
    x[:, 7] += 1
    x[1, -1] += 1
    expected = sm.softmax((x - x.max(axis=-1, keepdims=True)).astype(np.float64))
    for count in (1, 2):
        threads(count)
        assert same_bits(sm.softmax(x), expected)
