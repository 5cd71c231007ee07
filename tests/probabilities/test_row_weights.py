"""Row weights and masks in the losses."""

import math

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError

pytestmark = pytest.mark.usefixtures("instruction_set")

INF, NAN = math.inf, math.nan
COUNTS = np.array([0, 1, 2, 3, 1, 0, 2])


@pytest.fixture
def logits(rng):
    return rng.normal(size=(7, 4)) * 3


@pytest.fixture
def codes(rng):
    return rng.integers(0, 4, size=7)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("options", [{}, {"class_weight": [1.0, 2.0, 0.5, 3.0]}, {"label_smoothing": 0.2}])
def test_a_row_of_weight_two_counts_as_two_rows(logits, codes, reduction, options):
    for targets in (codes, sm.softmax(logits[::-1])):
        loss, gradient = sm.cross_entropy_and_gradient(
            logits, targets, sample_weight=COUNTS, reduction=reduction, **options
        )
        again, repeated = (np.repeat(array, COUNTS, axis=0) for array in (logits, targets))
        expected, rows = sm.cross_entropy_and_gradient(again, repeated, reduction=reduction, **options)
        assert loss == pytest.approx(expected, rel=1e-14)
        summed = np.zeros_like(gradient)
        np.add.at(summed, np.repeat(np.arange(7), COUNTS), rows)
        np.testing.assert_allclose(gradient, summed, rtol=1e-13, atol=1e-16)


def test_binary_losses_are_weighed_alike(rng):
    x, y = rng.normal(size=7), rng.random(7)
    for reduction in ("mean", "sum"):
        weighed = sm.binary_cross_entropy(x, y, sample_weight=COUNTS, reduction=reduction)
        repeated = sm.binary_cross_entropy(np.repeat(x, COUNTS), np.repeat(y, COUNTS), reduction=reduction)
        assert weighed == pytest.approx(repeated, rel=1e-14)
    table = np.stack([x, x + 1.0], axis=1)
    weighed = sm.binary_cross_entropy(table, [1, 0], sample_weight=COUNTS[:, np.newaxis])
    assert weighed == pytest.approx(sm.binary_cross_entropy(np.repeat(table, COUNTS, axis=0), [1, 0]), rel=1e-14)


def test_a_row_of_weight_zero_does_not_count_whatever_it_holds():
    loss, gradient = sm.cross_entropy_and_gradient(
        [[NAN, 0.0], [0.0, -INF], [0.0, 0.0]], [0, 1, 0], sample_weight=[0.0, 0.0, 2.0]
    )
    assert loss == pytest.approx(math.log(2), rel=1e-15)
    assert gradient.tolist() == [[0.0, 0.0], [0.0, 0.0], [-0.5, 0.5]]
    assert sm.binary_cross_entropy([NAN, -INF, 0.0], [1, 1, 1], sample_weight=[0, 0, 3]) == pytest.approx(math.log(2))
    assert np.isnan(sm.cross_entropy([[0.0, 0.0]], [0], sample_weight=[0.0]))


def test_ignored_rows_weigh_nothing(logits, codes):
    codes[3] = -100
    weighed = sm.cross_entropy(logits, codes, ignore_index=-100, sample_weight=COUNTS)
    keep = codes >= 0
    assert weighed == pytest.approx(sm.cross_entropy(logits[keep], codes[keep], sample_weight=COUNTS[keep]), rel=1e-14)


def test_one_weight_is_for_all_rows(logits, codes):
    assert sm.cross_entropy(logits, codes, sample_weight=3) == pytest.approx(sm.cross_entropy(logits, codes), rel=1e-15)
    total = sm.cross_entropy(logits, codes, sample_weight=3, reduction="sum")
    assert total == pytest.approx(3 * sm.cross_entropy(logits, codes, reduction="sum"), rel=1e-15)


def test_gradients_in_half_precision_take_large_weights():
    _, gradient = sm.cross_entropy_and_gradient(
        np.array([[0.0, 12.0]], np.float16), [1], sample_weight=1e6, reduction="sum"
    )
    assert gradient.astype(float)[0] == pytest.approx([6.1441746, -6.1441746], rel=1e-2)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_classes_that_do_not_count_are_as_if_they_were_not_there(logits, codes, smoothing):
    left = np.array([0, 2, 3])
    codes = left[codes % 3]
    where = np.isin(np.arange(4), left)
    poisoned = np.where(where, logits, NAN)
    for targets, fewer in (
        (codes, np.searchsorted(left, codes)),
        (sm.one_hot(codes, n_classes=4), sm.one_hot(np.searchsorted(left, codes), n_classes=3)),
        (sm.softmax(logits, where=where), sm.softmax(logits[:, left])),
    ):
        loss, gradient = sm.cross_entropy_and_gradient(
            poisoned, targets, where=where, label_smoothing=smoothing, reduction="none"
        )
        expected, fewer_gradients = sm.cross_entropy_and_gradient(
            logits[:, left], fewer, label_smoothing=smoothing, reduction="none"
        )
        np.testing.assert_allclose(loss, expected, rtol=1e-14)
        np.testing.assert_allclose(gradient[:, left], fewer_gradients, rtol=1e-13, atol=1e-16)
        assert np.all(gradient[:, 1] == 0.0)


@pytest.mark.parametrize("targets", [[0, 1], [[1.0, 0.0, 0.0], [0.5, 0.25, 0.25]]])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_target_that_does_not_count_costs_everything(targets, smoothing):
    for where in ([False, True, True], [[False] * 3] * 2):
        loss, gradient = sm.cross_entropy_and_gradient(
            np.zeros((2, 3)), targets, where=where, label_smoothing=smoothing, reduction="none"
        )
        assert loss[0] == INF
        assert gradient[0].tolist() == [0.0, 0.0, 0.0]
    assert sm.cross_entropy(np.zeros((2, 3)), [0, 1], where=[False, True, True], class_weight=[0, 1, 1]) == (
        pytest.approx(math.log(2), rel=1e-15)
    )


def test_entries_that_do_not_count_are_left_out_of_a_binary_loss():
    where = [True, False, True]
    loss = sm.binary_cross_entropy([1.0, NAN, -2.0], [1.0, NAN, 0.0], where=where)
    assert loss == pytest.approx(sm.binary_cross_entropy([1.0, -2.0], [1.0, 0.0]), rel=1e-15)
    each = sm.binary_cross_entropy([1.0, NAN, -2.0], [1, 7, 0], where=where, reduction="none")
    assert each[1] == 0.0
    assert np.isnan(sm.binary_cross_entropy([1.0], [1], where=[False]))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"sample_weight": [1.0, 2.0]}, ShapeError),
        ({"sample_weight": -1.0}, ArgumentError),
        ({"sample_weight": INF}, ArgumentError),
        ({"sample_weight": ["a"] * 3}, DTypeError),
        ({"where": [1, 0, 1]}, DTypeError),
        ({"where": [[True, False]]}, ShapeError),
    ],
)
def test_weights_and_masks_that_do_not_fit_are_named(options, error):
    (name,) = options
    with pytest.raises(error, match=name):
        sm.cross_entropy(np.zeros((3, 3)), [0, 1, 2], **options)
    with pytest.raises(error, match=name):
        sm.binary_cross_entropy(np.zeros(3), [0, 1, 1], **options)


def test_a_true_class_that_does_not_count_costs_everything_whatever_the_weights():
    loss = sm.cross_entropy(
        np.zeros((2, 3)), [1, 2], where=[True, False, True], class_weight=[1.0, 2.0, 3.0], reduction="none"
    )
    assert loss.tolist() == [INF, pytest.approx(3.0 * math.log(2), rel=1e-15)]


def test_rows_of_a_class_and_of_shares_are_smoothed_alike_among_the_classes_that_count(rng):
    z, where = rng.normal(size=(3, 4)), np.array([True, True, True, False])
    targets = np.array([[0.0, 1.0, 0.0, 0.0], [0.25, 0.5, 0.25, 0.0], [1.0, 0.0, 0.0, 0.0]])
    smooth = 0.8 * targets[:, :3] + 0.2 / 3
    expected = -(smooth * sm.log_softmax(z[:, :3])).sum(axis=1)
    loss = sm.cross_entropy(z, targets, where=where, label_smoothing=0.2, reduction="none")
    np.testing.assert_allclose(loss, expected, rtol=1e-14)
