import itertools
import math

import ml_dtypes
import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import softargmax as sm
from softargmax.exceptions import ArgumentError, AxisError, DTypeError, ShapeError
from softargmax.probabilities import _reference, entmax15, sparsemax
from softargmax.probabilities._axis_rows import AxisRows

pytestmark = pytest.mark.usefixtures("instruction_set")

FLOATS = [np.float32, np.float64]
HALVES = [np.float16, ml_dtypes.bfloat16]
FUNCTIONS = [sm.softmax, sm.log_softmax, sm.logsumexp]

finite_rows = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=6),
    elements=st.floats(-1e300, 1e300),
)
tame_rows = hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=3, max_side=6), elements=st.floats(-30, 30))


def ulps(got, true):
    """Distance in units of the spacing of got's dtype at the true value; inf and nan must agree exactly."""
    true = np.asarray(true, dtype=np.longdouble)
    with np.errstate(all="ignore"):
        spacing = np.spacing(np.abs(true).astype(got.dtype)).astype(np.longdouble)
        distance = np.abs(got.astype(np.longdouble) - true) / spacing
    return np.where((got == true) | (np.isnan(got) & np.isnan(true)), 0.0, distance)


def exact(row, temperature=1):
    """softmax, log_softmax and logsumexp of a row in extended precision (64-bit significand)."""
    gaps = (row.astype(np.longdouble) - row.max()) / np.longdouble(temperature)
    terms = np.exp(gaps)
    tail = np.delete(terms, row.argmax()).sum()
    return terms / (1 + tail), gaps - np.log1p(tail), row.max() + np.log1p(tail)


def test_worked_example_holds_to_the_last_digit():
    p = sm.softmax([1, 3, 2])
    np.testing.assert_array_max_ulp(p, [0.09003057317038046, 0.6652409557748219, 0.24472847105479764], maxulp=1)
    assert p.sum() == 1.0


def test_thousands_give_a_certain_answer_without_a_warning():
    assert sm.softmax([1000, 3000, 2000]).tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("spread", [1, 5, 20, 90])
@pytest.mark.parametrize("n_classes", [2, 3, 10, 64, 128, 129, 1000])
def test_within_two_ulp_of_the_true_value(rng, dtype, spread, n_classes):
    if np.finfo(np.longdouble).nmant < 63:
        pytest.skip("needs 80-bit long double as an oracle")
    for row in (rng.normal(size=(20, n_classes)) * spread).astype(dtype):
        p, log_p, lse = exact(row)
        assert ulps(sm.softmax(row), p).max() <= 2
        assert ulps(sm.log_softmax(row), log_p).max() <= 2
        scale = np.spacing(dtype(max(abs(row.max()), abs(lse))))
        assert abs(sm.logsumexp(row) - lse) <= 2 * scale


# Values to 200 bits (mpmath): log_softmax where log(softmax) is 0 or loses all digits.
@pytest.mark.parametrize(
    ("logits", "log_p"),
    [
        ([37.42994775023705, 0.0], [-5.551115123125776e-17, -37.42994775023705]),
        ([40.0, 0.0], [-4.248354255291589e-18, -40.0]),
        ([0.0, -745.0], [-4.940656458412465e-324, -745.0]),
        ([1e300, -1e300], [0.0, -2e300]),
    ],
)
def test_log_softmax_keeps_the_digits_of_a_nearly_certain_row(logits, log_p):
    assert ulps(sm.log_softmax(logits), np.array(log_p)).max() <= 2


def test_float32_log_softmax_keeps_the_digits_near_zero():
    # scipy#19521: [1 - log(eps), 0] gives 0.0 in SciPy, PyTorch and JAX.
    row = np.array([1 - np.log(np.finfo(np.float32).eps), 0], np.float32)
    assert sm.log_softmax(row)[0] == pytest.approx(-math.log1p(math.exp(-float(row[0]))), rel=1e-7)


@pytest.mark.parametrize("dtype", HALVES)
def test_half_precision_is_correctly_rounded(rng, dtype):
    for row in (rng.normal(size=(50, 7)) * 5).astype(dtype):
        wide = row.astype(np.float64)
        for function in (sm.softmax, sm.log_softmax):
            got = function(row)
            assert got.dtype == dtype
            true = function(wide)
            neighbours = np.abs(got.astype(np.float64) - true)
            spacing = np.abs(np.nextafter(got, dtype(np.inf)).astype(np.float64) - got.astype(np.float64))
            assert np.all(neighbours <= 0.51 * spacing)


def test_half_precision_sums_in_float32():
    zeros = np.zeros(131072, np.float16)
    assert sm.logsumexp(zeros) == np.float16(math.log(131072))
    assert np.all(sm.log_softmax(zeros) == np.float16(-math.log(131072)))


@given(tame_rows)
def test_rows_sum_to_one(x):
    np.testing.assert_allclose(sm.softmax(x).sum(axis=-1), 1.0, rtol=1e-14)


@given(finite_rows)
def test_agrees_with_the_reference_formula_on_any_finite_input(x):
    np.testing.assert_allclose(sm.softmax(x), _reference.softmax(x), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(sm.log_softmax(x), _reference.log_softmax(x), rtol=1e-12)
    np.testing.assert_allclose(sm.logsumexp(x), _reference.logsumexp(x), rtol=1e-12)


@given(tame_rows, st.floats(-100, 100))
def test_shifting_all_logits_changes_nothing(x, shift):
    np.testing.assert_allclose(sm.softmax(x + shift), sm.softmax(x), rtol=1e-12)


@given(finite_rows)
def test_a_larger_logit_never_gets_a_smaller_probability(x):
    order = np.argsort(x, axis=-1)
    assert np.all(np.diff(np.take_along_axis(sm.softmax(x), order, axis=-1), axis=-1) >= 0)


@given(finite_rows)
def test_a_row_gives_the_same_bits_alone_and_in_a_batch(x):
    batch = sm.softmax(x)
    for index in np.ndindex(x.shape[:-1]):
        assert np.array_equal(sm.softmax(x[index].copy()), batch[index])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3, None, (0, 2), (2, 1), ()])
def test_any_axis_and_strides_give_the_bits_of_a_contiguous_copy(rng, dtype, axis):
    big = rng.normal(size=(6, 10, 8)).astype(dtype)
    view = big[::-2, 1::3, ::2].transpose(2, 0, 1)
    for function in FUNCTIONS:
        assert np.array_equal(function(view, axis=axis), function(np.ascontiguousarray(view), axis=axis))


def test_joint_axes_are_normalised_together(rng):
    x = rng.normal(size=(2, 3, 4))
    together = sm.softmax(x.transpose(1, 0, 2).reshape(3, 8)).reshape(3, 2, 4).transpose(1, 0, 2)
    assert np.array_equal(sm.softmax(x, axis=(0, 2)), together)


def test_read_only_and_swapped_bytes_are_inputs_like_any_other():
    x = np.array([1.0, 3.0, 2.0])
    x.flags.writeable = False
    assert np.array_equal(sm.softmax(x), sm.softmax(x.astype(">f8")))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64, np.uint64, np.bool_])
def test_integers_become_float64_before_any_arithmetic(dtype):
    x = np.array([0, 1, 100]).astype(dtype)
    assert np.array_equal(sm.softmax(x), sm.softmax(x.astype(np.float64)))
    assert sm.softmax(x).dtype == np.float64


def test_unsigned_integers_do_not_wrap():
    assert sm.softmax(np.array([0, 3, 200], np.uint8)).argmax() == 2


@pytest.mark.parametrize("bad", [np.array([1j]), np.array(["a"]), np.array([None]), np.ones(2, np.longdouble)])
def test_other_kinds_of_values_are_refused(bad):
    for function in FUNCTIONS:
        with pytest.raises(DTypeError, match="expected float16"):
            function(bad)


def test_a_masked_array_is_refused_because_its_mask_would_be_lost():
    with pytest.raises(DTypeError, match="where=~mask"):
        sm.softmax(np.ma.array([1.0, 2.0], mask=[True, False]))


def test_a_ragged_list_is_refused():
    with pytest.raises(ShapeError, match="equal length"):
        sm.softmax([[1.0], [1.0, 2.0]])


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("row", "p", "log_p", "lse"),
    [
        ([1.0, NAN], [NAN, NAN], [NAN, NAN], NAN),
        ([NAN, INF], [NAN, NAN], [NAN, NAN], NAN),
        ([1.0, INF], [NAN, NAN], [NAN, NAN], INF),
        ([INF, INF], [NAN, NAN], [NAN, NAN], INF),
        ([0.0, -INF], [1.0, 0.0], [0.0, -INF], 0.0),
        ([-INF, -INF], [NAN, NAN], [NAN, NAN], -INF),
        ([], [], [], -INF),
        ([5.0], [1.0], [0.0], 5.0),
    ],
)
@pytest.mark.parametrize("dtype", [*FLOATS, *HALVES])
def test_special_values(row, p, log_p, lse, dtype):
    x = np.array(row, dtype)
    for got, expected in [(sm.softmax(x), p), (sm.log_softmax(x), log_p), (sm.logsumexp(x), lse)]:
        np.testing.assert_array_equal(np.asarray(got, np.float64), np.array(expected, np.float64))


def test_0d_is_a_row_of_one():
    assert sm.softmax(3.0) == 1.0
    assert sm.softmax(3.0, axis=None) == 1.0
    assert sm.logsumexp(3.0, axis=0) == 3.0


def test_empty_batches_keep_their_shape():
    assert sm.softmax(np.empty((0, 3))).shape == (0, 3)
    assert sm.softmax(np.empty((3, 0, 2)), axis=1).shape == (3, 0, 2)
    assert np.array_equal(sm.logsumexp(np.empty((2, 0))), [-INF, -INF])
    assert sm.logsumexp(np.empty((0, 3)), axis=None) == -INF


@given(tame_rows, st.data())
def test_masked_values_never_leak(x, data):
    where = data.draw(hnp.arrays(np.bool_, x.shape))
    poisoned = np.where(where, x, data.draw(st.sampled_from([NAN, INF, -INF, 1e308])))
    np.testing.assert_allclose(
        sm.softmax(poisoned, where=where), _reference.softmax(np.where(where, x, 0), where), rtol=1e-12
    ) if where.any(axis=-1).all() else None
    assert np.array_equal(sm.softmax(poisoned, where=where), sm.softmax(x, where=where))
    assert np.array_equal(sm.log_softmax(poisoned, where=where), sm.log_softmax(x, where=where))
    assert np.array_equal(sm.logsumexp(poisoned, where=where), sm.logsumexp(x, where=where))


def test_a_wholly_masked_row_has_no_probability():
    x = np.array([NAN, 1.0])
    assert np.array_equal(sm.softmax(x, where=False), [0.0, 0.0])
    assert np.array_equal(sm.log_softmax(x, where=False), [-INF, -INF])
    assert sm.logsumexp(x, where=False) == -INF


def test_masking_equals_removing(rng):
    x = rng.normal(size=6)
    where = np.array([True, False, True, True, False, True])
    assert np.array_equal(sm.softmax(x, where=where)[where], sm.softmax(x[where]))


def test_a_mask_broadcasts_and_must_be_boolean(rng):
    x = rng.normal(size=(4, 3))
    mask = np.array([True, True, False])
    assert np.array_equal(sm.softmax(x, where=mask), sm.softmax(x, where=np.tile(mask, (4, 1))))
    with pytest.raises(DTypeError, match="booleans"):
        sm.softmax(x, where=[1, 1, 0])
    with pytest.raises(ShapeError, match="broadcasts"):
        sm.softmax(x, where=[True, False])


@pytest.mark.parametrize("temperature", [0.25, 0.3, 1.7, 1e-300, 1e300])
def test_temperature_divides_after_the_maximum_is_taken(rng, temperature):
    for row in rng.normal(size=(20, 5)) * 10:
        p, log_p, _ = exact(row, temperature)
        assert ulps(sm.softmax(row, temperature=temperature), p).max() <= 2
        assert ulps(sm.log_softmax(row, temperature=temperature), log_p).max() <= 2


def test_temperature_brings_far_logits_back_into_range():
    assert np.array_equal(sm.log_softmax([1.5e308, -1.5e308]), [0.0, -INF])
    assert sm.log_softmax([1.5e308, -1.5e308], temperature=1e10)[1] == pytest.approx(-3e298, rel=1e-15)


def test_temperature_zero_is_hardmax():
    x = [[1.0, 3.0, 3.0], [2.0, -INF, INF]]
    assert np.array_equal(sm.softmax(x, temperature=0), [[0, 1, 0], [0, 0, 1]])
    assert np.array_equal(sm.softmax(x, temperature=0), sm.hardmax(x))
    assert np.array_equal(sm.log_softmax(x, temperature=0), [[-INF, 0, -INF], [-INF, -INF, 0]])


@pytest.mark.parametrize("temperature", [-1.0, NAN, INF])
def test_an_impossible_temperature_is_refused(temperature):
    with pytest.raises(ArgumentError, match="temperature"):
        sm.softmax([1.0], temperature=temperature)


def test_hardmax_follows_the_rules_for_undefined_rows():
    assert np.all(np.isnan(sm.hardmax([[NAN, 1.0], [-INF, -INF]])))
    assert np.array_equal(sm.hardmax([1.0, 9.0, 3.0], where=[True, False, True]), [0, 0, 1])


@pytest.mark.parametrize("dtype", [*FLOATS, *HALVES])
@pytest.mark.parametrize("axis", [0, 1, (0, 1)])
def test_out_may_be_the_input_or_overlap_it(rng, dtype, axis):
    base = rng.normal(size=(5, 4)).astype(dtype)
    expected = sm.softmax(base, axis=axis)
    in_place = base.copy()
    assert sm.softmax(in_place, axis=axis, out=in_place) is in_place
    assert np.array_equal(in_place, expected)
    buffer = np.zeros((6, 4), dtype)
    buffer[:5] = base
    sm.softmax(buffer[:5], axis=axis, out=buffer[1:])
    assert np.array_equal(buffer[1:], expected)


@pytest.mark.parametrize(
    ("out", "error"),
    [
        (np.empty(2), ShapeError),
        (np.empty(3, np.float32), DTypeError),
        (np.broadcast_to(np.empty(1), 3), ArgumentError),
        ([0.0, 0.0, 0.0], DTypeError),
    ],
)
def test_out_must_fit(out, error):
    with pytest.raises(error, match="out"):
        sm.softmax([1.0, 2.0, 3.0], out=out)


@pytest.mark.parametrize(
    ("axis", "error"),
    [(2, AxisError), (-3, AxisError), (10**30, AxisError), ((0, 0), AxisError), (1.0, DTypeError), (True, DTypeError)],
)
def test_a_wrong_axis_is_refused(axis, error):
    with pytest.raises(error, match="axis"):
        sm.softmax(np.ones((2, 2)), axis=axis)


def test_a_wrong_axis_is_also_numpys_axis_error():
    with pytest.raises(np.exceptions.AxisError):
        sm.softmax([1.0], axis=1)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, 1, (0, 1), None, ()])
def test_logsumexp_reduces_as_scipy_does(rng, axis, keepdims):
    x = rng.normal(size=(3, 4))
    expected = scipy.special.logsumexp(x, axis=axis, keepdims=keepdims)
    got = sm.logsumexp(x, axis=axis, keepdims=keepdims)
    assert np.shape(got) == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=1e-14)


def test_weights_may_have_any_sign(rng):
    x = rng.normal(size=(50, 4))
    weights = rng.normal(size=4)
    total = np.exp(x) @ weights
    expected = np.where(total > 0, np.log(np.abs(total)), NAN)
    np.testing.assert_allclose(sm.logsumexp(x, weights=weights), expected, rtol=1e-10)
    assert np.isnan(expected).any()
    assert np.isfinite(expected).any()


@pytest.mark.parametrize(
    ("x", "weights", "expected"),
    [
        ([NAN, 1.0], [0.0, 1.0], 1.0),
        ([INF, 1.0], [0.0, 2.0], 1.0 + math.log(2.0)),
        ([INF, 1.0], [1.0, -5.0], INF),
        ([INF, 1.0], [-1.0, 5.0], NAN),
        ([INF, INF], [1.0, -1.0], NAN),
        ([1.0, 1.0], [1.0, -1.0], -INF),
        ([1.0, 2.0], [0.0, 0.0], -INF),
        ([1.0, 2.0], [NAN, 1.0], NAN),
        ([-INF, 0.0], [5.0, 1.0], 0.0),
    ],
)
def test_weighted_special_values(x, weights, expected):
    np.testing.assert_array_equal(sm.logsumexp(x, weights=weights), expected)


def test_weights_widen_what_they_weigh(rng):
    x, weights = rng.normal(size=(5, 1, 3)), rng.normal(size=(4, 1))
    wide, factors = np.broadcast_to(x, (5, 4, 3)), np.broadcast_to(weights, (5, 4, 3))
    for axis in (-1, 1, (0, 2), None):
        for sized, expected in zip(
            sm.logsumexp(x, weights=weights, axis=axis, return_sign=True),
            sm.logsumexp(wide.copy(), weights=factors.copy(), axis=axis, return_sign=True),
            strict=True,
        ):
            assert np.array_equal(sized, expected)
    assert sm.logsumexp(0.0, weights=[1.0, 2.0]) == pytest.approx(math.log(3), rel=1e-15)
    assert sm.logsumexp([0.0, 1.0], weights=[[1.0], [2.0]], keepdims=True).shape == (2, 1)
    where = np.array([[True, False], [False, True]])
    assert sm.logsumexp([0.0, 1.0], weights=[[2.0], [3.0]], where=where).tolist() == pytest.approx(
        [math.log(2), 1 + math.log(3)]
    )


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match="weights"):
        sm.logsumexp([1.0, 2.0, 3.0], weights=[1.0, 2.0])


def test_order_of_classes_does_not_matter(rng):
    row = rng.normal(size=4) * 10
    p = sm.softmax(row)
    for order in itertools.permutations(range(4)):
        np.testing.assert_allclose(sm.softmax(row[list(order)]), p[list(order)], rtol=5e-16)


@pytest.mark.parametrize("temperature", [None, "1", True])
def test_a_temperature_that_is_no_number_is_refused(temperature):
    with pytest.raises(ArgumentError, match="temperature: expected a number"):
        sm.softmax([1.0], temperature=temperature)


def test_out_may_overlap_the_mask():
    memory = np.zeros(16, np.uint8)
    where = memory[:3].view(np.bool_)
    where[:] = [True, False, True]
    out = memory[:8].view(np.float64)
    expected = sm.softmax([[1.0], [2.0], [3.0]], axis=0, where=where[:, None].copy())
    assert np.array_equal(sm.softmax([[2.0]], axis=0, where=where[:1, None], out=out[:, None]), expected[:1] * 0 + 1)


@pytest.mark.parametrize("n_classes", [6, 300])
@pytest.mark.parametrize("function", [sm.softmax, sm.log_softmax, sm.hardmax, sm.sparsemax])
def test_a_mask_of_many_rows_may_lie_in_the_memory_that_is_written(rng, n_classes, function):
    x, out = rng.normal(size=(40, n_classes)), np.zeros((40, n_classes))
    where = out.reshape(-1).view(np.bool_)[: x.size].reshape(x.shape)  # in the first rows, which are written first
    where[:] = rng.random(x.shape) < 0.7
    expected = function(x, where=where.copy())
    assert np.array_equal(function(x, where=where, out=out), expected)


def test_narrow_results_become_infinite_without_a_warning():
    assert sm.log_softmax(np.array([-65504, 65504], np.float16))[0] == -INF
    assert sm.cross_entropy(np.array([[3e38, -3e38]], np.float32), [1]) == INF
    assert sm.logsumexp(np.array([65504.0], np.float16), weights=[1e300]) == INF


def test_weights_may_decide_which_term_is_the_largest():
    assert sm.logsumexp([800.0, 0.0], weights=[1e-320, 1e300]) == pytest.approx(300 * math.log(10), rel=1e-12)
    assert sm.logsumexp([1000.0, -1000.0], weights=[1.0, INF]) == INF
    assert sm.logsumexp([-INF, 0.0], weights=[INF, 1.0]) == 0.0
    assert sm.logsumexp([2000.0, 0.0], weights=[5e-324, 1.0]) == pytest.approx(2000 + math.log(5e-324), rel=1e-9)


def test_a_tiny_logit_with_a_huge_weight_counts():
    # exp(-1000) underflows; 1e134 exp(-1000) does not vanish beside 1e-300.
    assert sm.logsumexp([0.0, -1000.0], weights=[1e-300, 1e134]) == pytest.approx(-690.3650116422, rel=1e-12)


def test_float64_weights_keep_their_range_beside_float32_logits():
    got = sm.logsumexp(np.array([200.0], np.float32), weights=[1e-50])
    assert got.dtype == np.float32
    assert got == pytest.approx(200 - 50 * math.log(10), rel=1e-6)


def test_an_array_of_temperatures_gives_every_row_its_own(rng):
    x = rng.normal(size=(4, 6)) * 5
    t = np.array([[0.5], [1.0], [3.0], [0.0]])
    got = sm.softmax(x, temperature=t)
    for row, temperature, p in zip(x, t[:, 0], got, strict=True):
        # At 1 there is nothing to divide, and softmax takes a shorter way.
        np.testing.assert_array_max_ulp(p, sm.softmax(row, temperature=float(temperature)), int(temperature == 1.0) * 2)
    np.testing.assert_array_equal(sm.softmax(x.T, axis=0, temperature=t.T), got.T)
    assert np.array_equal(sm.log_softmax(x, temperature=t)[3], np.where(x[3] == x[3].max(), 0.0, -INF))


def test_a_row_does_not_feel_the_temperature_of_another(rng):
    x = (rng.normal(size=(2, 50)) * 5).astype(np.float32)
    both = sm.softmax(x, temperature=[[1e-31], [1.5]])
    assert np.array_equal(both[1], sm.softmax(x[1:], temperature=[[1.5]])[0])


def test_temperatures_may_lie_in_the_output():
    y = np.array([[0.0, 1.0], [3.0, 4.0]])
    expected = sm.softmax(y, temperature=y[:, :1].copy())
    np.testing.assert_array_equal(sm.softmax(y, temperature=y[:, :1], out=y), expected)
    np.testing.assert_array_equal(expected[0], [0.0, 1.0])


def test_a_float32_temperature_loses_no_digits(rng):
    for row in (rng.normal(size=(20, 5)) * 30).astype(np.float32):
        p, log_p, _ = exact(row.astype(np.longdouble), np.longdouble(0.3))
        assert ulps(sm.softmax(row, temperature=0.3), p).max() <= 2
        assert ulps(sm.log_softmax(row, temperature=0.3), log_p).max() <= 2


@pytest.mark.parametrize("temperature", [[1.0, 2.0], [[1.0, 2.0]], [[1.0], [2.0], [3.0]]])
def test_temperatures_must_be_one_per_row(temperature):
    with pytest.raises(ShapeError, match="temperature"):
        sm.softmax(np.ones((2, 2)), temperature=temperature)


def test_a_wrong_temperature_among_many_is_refused():
    with pytest.raises(ArgumentError, match="finite numbers >= 0"):
        sm.softmax(np.ones((2, 2)), temperature=[[1.0], [-1.0]])


@pytest.mark.parametrize("wide", [np.float64, np.float32])
def test_a_wider_result_is_computed_in_the_wider_dtype(rng, wide):
    x = rng.normal(size=(5, 7)).astype(np.float16)
    got = sm.softmax(x, dtype=wide)
    assert got.dtype == wide
    np.testing.assert_array_equal(got, sm.softmax(x.astype(wide)))
    with pytest.raises(DTypeError, match="dtype: expected"):
        sm.softmax(x, dtype=int)


def test_what_is_masked_in_an_undefined_row_is_nothing_too():
    assert np.array_equal(sm.softmax([NAN, 1.0, 2.0], where=[True, True, False]), [NAN, NAN, 0.0], equal_nan=True)
    assert np.array_equal(sm.log_softmax([INF, 1.0], where=[True, False]), [NAN, -INF], equal_nan=True)


def test_the_sign_of_a_weighted_sum_comes_apart(rng):
    x, weights = rng.normal(size=(2, 50, 4))
    log_size, sign = sm.logsumexp(x, weights=weights, return_sign=True)
    expected, expected_sign = scipy.special.logsumexp(x, b=weights, axis=-1, return_sign=True)
    np.testing.assert_allclose(log_size, expected, rtol=1e-9)
    np.testing.assert_array_equal(sign, expected_sign)
    for row, expected in ([[0.0, 1.0], 1.0], [[-INF, -INF], 0.0], [[NAN, 0.0], NAN], [[INF, 0.0], 1.0]):
        np.testing.assert_array_equal(sm.logsumexp(row, return_sign=True)[1], expected)


@pytest.mark.parametrize("function", [*FUNCTIONS, sm.argmax])
def test_none_is_no_array(function):
    with pytest.raises(DTypeError, match="expected float16"):
        function(None)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 127, 128, 129, 257])
@pytest.mark.parametrize("dtype", [*FLOATS, *HALVES])
def test_a_row_gives_the_same_bits_at_every_place_of_every_layout(rng, k, dtype):
    x = (rng.normal(size=(35, k)) * 9).astype(dtype)
    for function in [*FUNCTIONS, lambda x: sm.softmax(x, temperature=0.3), lambda x: sm.entropy(logits=x)]:
        whole = function(x)
        for n in (1, 2, 7, 8, 9, 33):
            assert np.array_equal(function(x[:n]), whole[:n])
        assert np.array_equal(function(x[::-2]), whole[::-2])
        assert np.array_equal(function(np.asfortranarray(x)), whole)
        spaced = np.zeros((35, 3 * k), dtype)
        spaced[:, ::3] = x
        assert np.array_equal(function(spaced[:, ::3]), whole)
    guarded = np.full((35, k + 2), 7, dtype)
    sm.softmax(x, out=guarded[:, 1:-1])
    assert np.array_equal(guarded[:, 1:-1], sm.softmax(x))
    assert np.all(guarded[:, [0, -1]] == 7)  # nothing is written beside a row


@pytest.mark.parametrize("k", [2, 3, 10, 47, 48, 50, 128, 129])
@pytest.mark.parametrize("middle", [0.0, 4.29e9])
@pytest.mark.parametrize(("dtype", "border"), [(np.float32, 87.0), (np.float64, 708.0)])
def test_subnormal_results_do_not_feel_the_company_of_their_row(rng, k, middle, dtype, border):
    x = (middle - rng.uniform(border, border * 1.05, size=(17, k))).astype(dtype)
    x[:, 0] = middle
    x[3::5] = rng.choice([np.nan, np.inf, -np.inf, np.finfo(dtype).max, 1.0], size=(3, k))
    functions = [
        sm.softmax,
        sm.log_softmax,
        lambda x: sm.top_k(x, k).probabilities,
        lambda x: sm.softmax(x, temperature=0.9),
        lambda x: sm.cross_entropy_and_gradient(x, np.zeros(len(x), int), reduction="none")[1],
        lambda x: sm.softmax_backward(np.where(np.isfinite(x), dtype(1.5), np.finfo(dtype).max), sm.softmax(x)),
    ]
    for function in functions:
        alone = np.concatenate([function(row[np.newaxis]) for row in x])
        for n in (2, 3, 5, 17):
            for first in range(0, len(x) - n + 1, n):
                got = function(x[first : first + n])
                assert np.array_equal(got, alone[first : first + n], equal_nan=True)


def test_an_output_that_is_not_aligned_is_written_all_the_same(rng):
    x = rng.normal(size=(3, 4))
    out = np.zeros(3 * 4 * 8 + 1, np.uint8)[1:].view(np.float64).reshape(3, 4)
    np.testing.assert_array_equal(sm.softmax(x, out=out), sm.softmax(x))
    np.testing.assert_array_equal(sm.sigmoid(x, out=out), sm.sigmoid(x))


def test_one_number_may_have_an_array_for_its_temperature():
    assert sm.softmax(3.0, temperature=np.array(0.0)) == 1.0
    assert sm.log_softmax(3.0, temperature=np.array(0.0)) == 0.0


@pytest.mark.parametrize("function", [sm.softmax, sm.log_softmax])
@pytest.mark.parametrize(
    "places",
    [
        (slice(0, 12), slice(0, 12)),  # x itself
        (slice(0, 12), slice(12, 24)),  # beside it
        (slice(0, 12), slice(6, 18)),  # over its second half
        (slice(6, 18), slice(0, 12)),  # over its first half
        (slice(0, 24, 2), slice(1, 24, 2)),  # in its gaps
        (slice(0, 12), slice(11, None, -1)),  # x backwards
    ],
)
def test_a_result_is_right_wherever_in_the_memory_of_x_it_lies(function, places, rng):
    memory = rng.normal(size=24).astype(np.float32)
    memory = np.concatenate([memory, memory])[:24]
    x, out = memory[places[0]].reshape(3, 4), memory[places[1]][:12].reshape(3, 4)
    expected = function(x.copy())
    assert function(x, out=out) is out
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("function", [sm.softmax, sm.log_softmax])
def test_a_result_of_another_kind_is_refused_with_its_name(function):
    x = np.zeros((3, 4), np.float32)
    with pytest.raises(sm.exceptions.DTypeError, match=r"out: expected dtype float32"):
        function(x, out=np.zeros((3, 4)))
    with pytest.raises(sm.exceptions.ShapeError, match=r"out: expected shape \(3, 4\)"):
        function(x, out=np.zeros((4, 3), np.float32))
    fixed = np.zeros((3, 4), np.float32)
    fixed.flags.writeable = False
    with pytest.raises(sm.exceptions.ArgumentError, match="read-only"):
        function(x, out=fixed)


@pytest.mark.parametrize(
    "function",
    [
        *[sm.softmax, sm.log_softmax, sm.hardmax, sparsemax, entmax15, sm.sigmoid],
        lambda x: sm.softmax(x, temperature=2.0),
        lambda x: sm.softmax(x, temperature=[[2.0]]),
        lambda x: sm.softmax(x, where=[[True]]),
        lambda x: sm.softmax(x, axis=0),
        lambda x: sm.softmax(x, out=np.empty(x.shape, x.dtype if x.dtype.kind == "f" else np.float64)),
        lambda x: sm.softmax_backward(x, x),
    ],
)
@pytest.mark.parametrize("dtype", [np.int8, np.float32])
def test_rows_without_classes_take_no_time_however_many(function, dtype):
    assert function(np.empty((10**12, 0), dtype)).shape == (10**12, 0)  # hours, if they were walked over


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32])
@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (3, 0, 4), (0, 0)])
def test_an_empty_axis_leaves_nothing_but_logsumexps_of_nothing(shape, dtype):
    x = np.empty(shape, dtype)
    for axis in [None, *range(-len(shape), len(shape))]:
        for function in (sm.softmax, sm.log_softmax, sm.hardmax, sparsemax):
            assert function(x, axis=axis).shape == shape
        for got in (sm.logsumexp(x, axis=axis), sm.logsumexp(x, axis=axis, weights=1.0)):
            assert np.shape(got) == np.sum(x, axis=axis).shape
            assert np.all(got == -INF)


@pytest.mark.parametrize("row", [[1.0, INF], [INF, INF], [1.0, NAN], [-INF, -INF]])
def test_a_row_that_has_no_softmax_has_neither_loss_nor_entropy(row):
    assert np.isnan(sm.softmax(row, temperature=2.0)).all()
    assert np.isnan(sm.cross_entropy([row], [0]))
    assert np.isnan(sm.cross_entropy_and_gradient([row], [[0.5, 0.5]])[1]).all()
    assert np.isnan(sm.entropy(logits=row))
    assert np.isnan(sm.top_k(row, 2).probabilities).all()
    assert np.isnan(sparsemax(row)).all()
    with pytest.raises(ArgumentError):
        sm.sample(row, rng=0)


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_a_plain_array_along_one_axis_needs_no_python(monkeypatch, rng, axis):
    x = rng.normal(size=(3, 4, 5)).astype(np.float32)
    expected = [function(np.moveaxis(x, axis, -1).copy()) for function in FUNCTIONS]
    warm = sm.softmax(x, axis=(axis,), temperature=2.0)
    monkeypatch.setattr(AxisRows, "of", None)  # ten times as long as the kernel, for ten numbers
    np.testing.assert_array_equal(np.moveaxis(sm.softmax(x, axis=axis), axis, -1), expected[0])
    np.testing.assert_array_equal(np.moveaxis(sm.log_softmax(x, axis=axis), axis, -1), expected[1])
    np.testing.assert_array_equal(sm.logsumexp(x, axis=axis), expected[2])
    np.testing.assert_array_equal(sm.softmax(x, axis=axis, temperature=2.0), warm)
    assert sm.softmax(x, axis=axis, temperature=2.0, out=x) is x
    np.testing.assert_array_equal(x, warm)


@pytest.mark.parametrize("temperature", [1e-50, 1e-44, 1e-31, 1e31, 4e38, 1e300])
def test_float32_logits_take_temperatures_beyond_float32(temperature):
    x = np.array([0.0, -(2.0**-148), -1.0, -3e38], np.float32)
    for function in (sm.softmax, sm.log_softmax):
        with np.errstate(over="ignore"):
            expected = function(x.astype(np.float64), temperature=temperature).astype(np.float32)
        np.testing.assert_array_equal(function(x, temperature=temperature), expected)
