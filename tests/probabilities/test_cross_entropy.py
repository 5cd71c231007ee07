import math

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import softargmax as sm
from softargmax.exceptions import ArgumentError, AxisError, DTypeError, ShapeError, TargetError
from softargmax.probabilities import _reference

pytestmark = pytest.mark.usefixtures("instruction_set")

INF, NAN = math.inf, math.nan


@pytest.fixture
def logits(rng):
    return rng.normal(size=(40, 5)) * 6


@pytest.fixture
def codes(rng):
    return rng.integers(0, 5, size=40)


def test_a_code_costs_minus_its_log_probability(logits, codes):
    expected = -sm.log_softmax(logits)[np.arange(40), codes]
    np.testing.assert_allclose(sm.cross_entropy(logits, codes, reduction="none"), expected, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
def test_codes_of_any_integer_dtype_are_the_same_codes(logits, codes, dtype):
    assert sm.cross_entropy(logits, codes.astype(dtype)) == sm.cross_entropy(logits, codes)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int64, np.uint8])
@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"class_weight": [1, 2, 0, 4, 0.5]}])
@pytest.mark.parametrize("precision", [np.float64, np.float32, np.float16])
def test_one_hot_rows_give_the_bits_of_their_codes(logits, codes, dtype, options, precision):
    x, one_hot = logits.astype(precision), sm.one_hot(codes, n_classes=5, dtype=dtype)
    for reduction in ("none", "sum") if "class_weight" in options else ("none", "sum", "mean"):
        loss, gradient = sm.cross_entropy_and_gradient(x, codes, reduction=reduction, **options)
        same_loss, same_gradient = sm.cross_entropy_and_gradient(x, one_hot, reduction=reduction, **options)
        assert np.array_equal(same_loss, loss)
        assert np.array_equal(same_gradient, gradient)


@pytest.mark.parametrize("precision", [np.float64, np.float32])
def test_a_row_of_targets_gives_the_same_bits_beside_rows_of_the_other_kind(rng, logits, codes, precision):
    x, targets = logits.astype(precision), sm.one_hot(codes, n_classes=5)
    targets[::3] = rng.dirichlet(np.ones(5), size=len(targets[::3]))
    loss, gradient = sm.cross_entropy_and_gradient(x, targets, reduction="none")
    alone = [sm.cross_entropy_and_gradient(x[i], targets[i], reduction="none") for i in range(40)]
    assert np.array_equal(loss, [row_loss for row_loss, _ in alone])
    assert np.array_equal(gradient, [row_gradient for _, row_gradient in alone])


def test_one_hot_integers_of_the_worked_example_are_its_class():
    assert sm.cross_entropy([1, 3, 2], [0, 1, 0]) == sm.cross_entropy([1, 3, 2], 1)
    rows, one_hot = np.moveaxis(np.arange(24.0).reshape(2, 3, 4), 1, 0), np.zeros((3, 2, 4), int)
    one_hot[1] = 1
    codes = np.ones((2, 4), int)
    assert sm.cross_entropy(rows, one_hot, axis=0) == sm.cross_entropy(rows, codes, axis=0)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_losses_of_half_precision_are_float32(dtype):
    # 20,000 rows at log 50 each: float16 ends at 65,504, and bfloat16 has two digits.
    x = np.zeros((20_000, 50), np.float16 if dtype == "float16" else ml_dtypes.bfloat16)
    codes = np.zeros(20_000, int)
    losses = [sm.cross_entropy(x, codes, reduction=reduction) for reduction in ("sum", "mean", "none")]
    assert [loss.dtype for loss in losses] == [np.float32] * 3
    assert losses[0] == pytest.approx(20_000 * math.log(50), rel=1e-7)
    assert losses[1] == pytest.approx(math.log(50), rel=1e-7)
    for other in (sm.binary_cross_entropy(x, np.ones(50)), sm.sparsemax_loss(x, codes), sm.entmax15_loss(x, codes)):
        assert other.dtype == np.float32


def test_probabilities_match_the_reference_formula(rng, logits):
    q = rng.dirichlet(np.ones(5), size=40)
    loss, gradient = sm.cross_entropy_and_gradient(logits, q, reduction="none")
    np.testing.assert_allclose(loss, _reference.cross_entropy(logits, q), rtol=1e-13)
    np.testing.assert_allclose(gradient, _reference.cross_entropy_gradient(logits, q), atol=1e-14)


def test_reductions_agree(logits, codes):
    losses = sm.cross_entropy(logits, codes, reduction="none")
    assert losses.shape == (40,)
    assert sm.cross_entropy(logits, codes, reduction="sum") == pytest.approx(losses.sum(), rel=1e-14)
    assert sm.cross_entropy(logits, codes) == pytest.approx(losses.mean(), rel=1e-14)


def test_class_weights_scale_rows_and_their_mean(logits, codes):
    w = np.array([0.5, 2.0, 0.0, 1.0, 3.0])
    losses = sm.cross_entropy(logits, codes, reduction="none")
    weighted = sm.cross_entropy(logits, codes, class_weight=w, reduction="none")
    np.testing.assert_allclose(weighted, w[codes] * losses, rtol=1e-14)
    assert sm.cross_entropy(logits, codes, class_weight=w) == pytest.approx(weighted.sum() / w[codes].sum(), rel=1e-14)


def test_label_smoothing_spreads_the_target(logits, codes):
    smooth = 0.9 * sm.one_hot(codes, n_classes=5) + 0.1 / 5
    w = np.array([0.5, 2.0, 0.0, 1.0, 3.0])
    for weight in (None, w):
        a = sm.cross_entropy(logits, codes, label_smoothing=0.1, class_weight=weight, reduction="none")
        b = sm.cross_entropy(logits, smooth, class_weight=weight, reduction="none")
        np.testing.assert_allclose(a, b, rtol=1e-13)


def test_ignored_rows_do_not_count_whatever_they_hold(logits, codes):
    keep = codes != 2
    poisoned = logits.copy()
    poisoned[~keep] = NAN
    loss, gradient = sm.cross_entropy_and_gradient(poisoned, codes, ignore_index=2)
    expected, expected_gradient = sm.cross_entropy_and_gradient(logits[keep], codes[keep])
    assert loss == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(gradient[keep], expected_gradient, rtol=1e-13)
    assert np.all(gradient[~keep] == 0.0)


def test_an_ignore_index_outside_the_classes_is_not_a_wrong_code(logits):
    codes = np.full(40, -100)
    codes[0] = 1
    assert sm.cross_entropy(logits, codes, ignore_index=-100) == pytest.approx(sm.cross_entropy(logits[:1], codes[:1]))
    with pytest.raises(TargetError, match=r"got -100 at index \[1\]"):
        sm.cross_entropy(logits, codes)


def test_the_mean_of_no_rows_is_nan_and_their_sum_zero(logits):
    none = np.full(40, 3)
    assert np.isnan(sm.cross_entropy(logits, none, ignore_index=3))
    assert sm.cross_entropy(logits, none, ignore_index=3, reduction="sum") == 0.0
    assert np.isnan(sm.cross_entropy(np.empty((0, 3)), np.empty(0, int)))


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.2}, {"class_weight": [1, 2, 3, 4, 0.5]}])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_gradient_is_the_derivative(rng, logits, codes, options, reduction):
    direction = rng.normal(size=logits.shape)
    h = 1e-6
    ahead = sm.cross_entropy(logits + h * direction, codes, reduction=reduction, **options)
    behind = sm.cross_entropy(logits - h * direction, codes, reduction=reduction, **options)
    _, gradient = sm.cross_entropy_and_gradient(logits, codes, reduction=reduction, **options)
    assert (gradient * direction).sum() == pytest.approx((ahead - behind) / (2 * h), rel=1e-6)


def test_the_gradient_keeps_its_digits_in_a_nearly_certain_row():
    # p - 1 would be 0 or one ulp of 1; the true value is -exp(-40) / (1 + exp(-40)).
    _, gradient = sm.cross_entropy_and_gradient([[40.0, 0.0]], [0])
    assert gradient[0, 0] == pytest.approx(-4.248354255291589e-18, rel=1e-15)
    _, gradient = sm.cross_entropy_and_gradient([[40.0, 0.0]], [[1.0, 0.0]])
    assert gradient[0, 0] == pytest.approx(-4.248354255291589e-18, rel=1e-15)


def test_the_loss_keeps_its_digits_in_a_nearly_certain_row():
    assert sm.cross_entropy([[1e8 + 40.0, 1e8]], [0]) == pytest.approx(4.248354255291589e-18, rel=1e-15)


@pytest.mark.parametrize(
    ("row", "target", "loss", "gradient"),
    [
        ([0.0, -INF], [1.0, 0.0], 0.0, [0.0, 0.0]),
        ([0.0, -INF], [0.0, 1.0], INF, [1.0, -1.0]),
        ([-INF, -INF], [1.0, 0.0], NAN, [NAN, NAN]),
        ([INF, 0.0], [1.0, 0.0], NAN, [NAN, NAN]),
        ([NAN, 0.0], [0.0, 1.0], NAN, [NAN, NAN]),
    ],
)
def test_special_values(row, target, loss, gradient):
    got_loss, got_gradient = sm.cross_entropy_and_gradient([row], [target])
    np.testing.assert_array_equal(got_loss, loss)
    np.testing.assert_array_equal(got_gradient, [gradient])
    code = int(np.argmax(target))
    np.testing.assert_array_equal(sm.cross_entropy([row], [code]), loss)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_results_have_the_dtype_of_the_logits(logits, codes, dtype):
    loss, gradient = sm.cross_entropy_and_gradient(logits.astype(dtype), codes)
    assert gradient.dtype == dtype
    assert loss.dtype == (np.float32 if dtype is np.float16 else dtype)


def test_the_class_axis_may_be_anywhere(rng):
    x = rng.normal(size=(2, 5, 3, 4))
    codes = rng.integers(0, 5, size=(2, 3, 4))
    loss, gradient = sm.cross_entropy_and_gradient(x, codes, axis=1)
    expected, expected_gradient = sm.cross_entropy_and_gradient(np.moveaxis(x, 1, -1), codes)
    assert loss == expected
    assert np.array_equal(gradient, np.moveaxis(expected_gradient, -1, 1))


def test_a_single_row_needs_no_batch_axis():
    assert sm.cross_entropy([1.0, 3.0, 2.0], 1) == sm.cross_entropy([[1.0, 3.0, 2.0]], [1])


@pytest.mark.parametrize(
    ("targets", "options", "error", "message"),
    [
        ([0, 5], {}, TargetError, "between 0 and 2, got 5"),
        ([0, -1], {}, TargetError, "got -1"),
        ([0.0, 1.0], {}, ShapeError, "class codes must be integers"),
        ([0], {}, ShapeError, r"shape \(2,\)"),
        ([[1, 0, 0], [0, 1, 1]], {}, TargetError, r"expected one-hot rows.* got \[0 1 1\]"),
        ([[1, 0, 0], [0, 2, -1]], {}, TargetError, "a probability per class must be floating"),
        ([[0, 0, 0], [0, 1, 0]], {}, TargetError, r"got \[0 0 0\]"),
        ([[True, False, False]] * 2, {}, DTypeError, "booleans, which could be either"),
        ([[-0.1, 1.1, 0.0]] * 2, {}, TargetError, "-0.1"),
        ([[NAN, 1.0, 0.0]] * 2, {}, TargetError, "nan"),
        (["a", "b"], {}, DTypeError, "got <U1"),
        ([0, 1], {"class_weight": [1.0, 2.0]}, ShapeError, r"\(3,\)"),
        ([0, 1], {"class_weight": [1.0, 2.0, -1.0]}, ArgumentError, "finite weights >= 0"),
        ([0, 1], {"label_smoothing": 1.5}, ArgumentError, ">= 0 and <= 1"),
        ([0, 1], {"reduction": "average"}, ArgumentError, "'average'"),
        ([0, 1], {"axis": (0, 1)}, AxisError, "one class axis"),
        ([[1.0, 0.0, 0.0]] * 2, {"ignore_index": 1}, ArgumentError, "ignore_index"),
    ],
)
def test_what_does_not_fit_is_refused(targets, options, error, message):
    with pytest.raises(error, match=message):
        sm.cross_entropy(np.zeros((2, 3)), targets, **options)


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=st.floats(-1e300, 1e300)),
    st.data(),
)
def test_every_finite_row_has_a_non_negative_loss_and_a_gradient_that_sums_to_zero(x, data):
    codes = data.draw(hnp.arrays(np.int64, x.shape[0], elements=st.integers(0, x.shape[1] - 1)))
    loss, gradient = sm.cross_entropy_and_gradient(x, codes, reduction="none")
    assert np.all(loss >= 0)
    np.testing.assert_allclose(gradient.sum(axis=-1), 0, atol=1e-15)


def test_logits_passed_as_targets_are_refused():
    with pytest.raises(TargetError, match="sum to 1"):
        sm.cross_entropy([[0.0, 5.0]], [[2.0, 7.0]])


def test_float64_targets_keep_their_digits_beside_float32_logits():
    assert sm.cross_entropy(np.array([[0.0, -INF]], np.float32), [[1.0, 1e-60]]) == INF


def test_weights_beyond_float32_keep_their_value():
    x = np.zeros((1, 2), np.float32)
    for weight in ([1e-60, 1.0], [1e60, 1.0]):
        loss, gradient = sm.cross_entropy_and_gradient(x, [0], class_weight=weight)
        assert loss == np.float32(math.log(2))
        np.testing.assert_array_equal(gradient, [[-0.5, 0.5]])


def test_huge_losses_are_not_infinite():
    assert sm.cross_entropy([0.0, 5e300], 0, label_smoothing=0.1) == pytest.approx(4.75e300)


def test_codes_in_a_record_are_codes():
    records = np.zeros(3, dtype=[("flag", "i1"), ("code", "i8")])
    assert sm.cross_entropy(np.zeros((3, 2)), records["code"]) == pytest.approx(math.log(2))


def test_one_sigmoid_per_row_is_sent_to_its_own_loss():
    with pytest.raises(ShapeError, match="one logit per row is one sigmoid per row: binary_cross_entropy"):
        sm.cross_entropy([0.5, -1.0, 2.0], [1, 0, 1])
