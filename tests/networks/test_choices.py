"""Gates of experts, classes drawn softly, and temperatures that fall."""

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, AxisError, DTypeError, ShapeError
from softargmax.networks import (
    cosine_temperature,
    exponential_temperature,
    gumbel_softmax,
    load_balancing_loss,
    top_k_gates,
)

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_gates_are_softmax_of_the_largest(dtype):
    x = RNG.normal(size=(50, 8)).astype(dtype)
    codes, weights = top_k_gates(x, 3)
    np.testing.assert_array_equal(codes, np.argsort(-x, axis=1, kind="stable")[:, :3])
    assert weights.dtype == dtype
    np.testing.assert_array_equal(weights, sm.softmax(np.take_along_axis(x, codes, axis=1)))


def test_gates_of_all_experts_are_softmax_in_their_order():
    x = RNG.normal(size=8)
    codes, weights = top_k_gates(x, 8)
    np.testing.assert_allclose(weights, sm.softmax(x)[codes], rtol=1e-15)


def test_rows_shared_evenly_cost_1_and_rows_of_one_expert_cost_all():
    assert load_balancing_loss(np.zeros((8, 4)), np.arange(8) % 4) == 1.0
    assert load_balancing_loss(np.eye(4)[[2] * 8] * 100.0, np.full(8, 2)) == pytest.approx(4.0)


def test_a_balance_is_the_sum_of_shares_times_mean_probabilities():
    x = RNG.normal(size=(5, 6, 4))
    codes = top_k_gates(x, 2).codes
    shares = np.bincount(codes.ravel(), minlength=4) / codes.size
    assert load_balancing_loss(x, codes) == pytest.approx(4 * shares @ sm.softmax(x).mean(axis=(0, 1)), rel=1e-14)
    assert load_balancing_loss(x.astype(np.float32), codes).dtype == np.float32


def test_codes_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match=r"codes: expected shape \(3,\), or one axis more, got \(2,\)"):
        load_balancing_loss(np.zeros((3, 4)), [0, 1])
    with pytest.raises(DTypeError, match="codes: expected integers, got float64"):
        load_balancing_loss(np.zeros((3, 4)), np.zeros(3))
    with pytest.raises(ArgumentError, match="k: expected"):
        top_k_gates([1.0, 2.0], 3)


def test_the_largest_entry_is_a_class_drawn_from_softmax():
    x = np.array([0.0, 1.0, -1.0])
    drawn = gumbel_softmax(np.tile(x, (40_000, 1)), temperature=0.3, rng=1)
    np.testing.assert_allclose(drawn.sum(axis=1), 1.0)
    shares = np.bincount(drawn.argmax(axis=1), minlength=3) / len(drawn)
    np.testing.assert_allclose(shares, sm.softmax(x), atol=4 * 0.5 / np.sqrt(len(drawn)))


def test_a_hard_draw_is_one_hot_where_the_soft_one_is_largest():
    x = RNG.normal(size=(100, 5)).astype(np.float32)
    soft, hard = (gumbel_softmax(x, hard=hard, rng=3) for hard in (False, True))
    np.testing.assert_array_equal(hard, sm.hardmax(soft))
    assert soft.dtype == hard.dtype == np.float32


def test_the_class_axis_of_a_draw_may_be_any():
    np.testing.assert_allclose(gumbel_softmax(np.zeros((3, 4)), axis=0, rng=0).sum(axis=0), 1.0)
    with pytest.raises(AxisError):
        gumbel_softmax(np.zeros((3, 4)), axis=2, rng=0)


def test_a_lower_temperature_draws_nearer_to_one_hot():
    tops = [gumbel_softmax(np.zeros((1000, 4)), temperature=t, rng=0).max(axis=1).mean() for t in (10.0, 1.0, 0.1)]
    assert tops == sorted(tops)
    for temperature in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(ArgumentError, match="temperature: expected"):
            gumbel_softmax([0.0], temperature=temperature)


@pytest.mark.parametrize("schedule", [exponential_temperature, cosine_temperature])
def test_a_temperature_falls_from_its_start_to_its_end_and_stays(schedule):
    found = [schedule(step, steps=10, start=2.0, end=0.5) for step in range(13)]
    assert found[0] == 2.0
    assert found[10:] == pytest.approx([0.5] * 3)
    assert found[:11] == sorted(found[:11], reverse=True)
    for wrong in ({"steps": 0}, {"steps": 5, "end": 0.0}, {"steps": 5, "start": np.inf}):
        with pytest.raises(ArgumentError):
            schedule(1, **wrong)
    with pytest.raises(ArgumentError, match="step: expected"):
        schedule(-1, steps=3)
