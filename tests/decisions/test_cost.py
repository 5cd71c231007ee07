import math
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, AxisError, DTypeError, ShapeError, TargetError


def test_costs_are_sums_of_probabilities_times_costs():
    p, cost = [[0.25, 0.75], [0.5, 0.5]], [[0, 8, 1], [4, 0, 1]]
    assert sm.expected_cost(cost, probabilities=p).tolist() == [[3.0, 2.0, 1.0], [2.0, 4.0, 1.0]]


def test_logits_and_their_probabilities_cost_the_same(rng):
    z, cost = rng.normal(size=(7, 4)), rng.normal(size=(4, 6))
    exact = [
        [
            float(sum(Fraction(float(p)) * Fraction(float(c)) for p, c in zip(row, column, strict=True)))
            for column in cost.T
        ]
        for row in sm.softmax(z)
    ]
    assert np.allclose(sm.expected_cost(cost, logits=z), exact, rtol=0, atol=1e-15)
    assert np.array_equal(sm.expected_cost(cost, logits=z), sm.expected_cost(cost, probabilities=sm.softmax(z)))


@pytest.mark.parametrize("n_actions", [1, 3, 10, 9000])
def test_a_row_costs_the_same_alone_and_in_a_batch(rng, n_actions):
    z, cost = rng.normal(size=(50, 10)).astype(np.float32), rng.normal(size=(10, n_actions))
    together = sm.expected_cost(cost, logits=z)
    assert all(
        np.array_equal(sm.expected_cost(cost, logits=row, axis=-1), costs)
        for row, costs in zip(z, together, strict=True)
    )


def test_where_all_mistakes_cost_the_same_the_decision_is_argmax(rng):
    z = rng.normal(size=(200, 5)) * 4
    assert np.array_equal(sm.bayes_decision(1 - np.eye(5), logits=z), sm.argmax(z))


def test_abstaining_is_chows_rule(rng):
    p = rng.dirichlet(np.ones(4), size=500)
    cost_matrix = np.column_stack([1 - np.eye(4), np.full(4, 0.3)])
    expected = np.where(p.max(axis=1) > 0.7, p.argmax(axis=1), 4)
    assert np.array_equal(sm.bayes_decision(cost_matrix, probabilities=p), expected)


def test_the_first_of_equal_costs_is_taken():
    assert sm.bayes_decision([[1, 0, 0], [1, 0, 0]], probabilities=[[0.5, 0.5]]) == 1


def test_an_impossible_class_costs_nothing():
    assert sm.expected_cost([[1.0], [1e300]], logits=[[0.0, -math.inf]]).tolist() == [[1.0]]


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_costs_have_the_dtype_of_the_rows(dtype):
    assert sm.expected_cost(np.eye(2), logits=np.zeros((3, 2), dtype)).dtype == dtype


def test_the_actions_take_the_place_of_the_class_axis(rng):
    z, cost = rng.normal(size=(3, 4, 5)), rng.normal(size=(4, 7))
    expected = sm.expected_cost(cost, logits=np.moveaxis(z, 1, -1))
    assert np.array_equal(sm.expected_cost(cost, logits=z, axis=1), np.moveaxis(expected, -1, 1))
    assert np.array_equal(sm.bayes_decision(cost, logits=z, axis=1), expected.argmin(axis=-1))


def test_an_axis_asks_for_a_single_row_and_its_decision_is_a_number(rng):
    z, cost = rng.normal(size=(2, 5)), rng.normal(size=(5, 3))
    (costs, _), (action, _) = sm.expected_cost(cost, logits=z), sm.bayes_decision(cost, logits=z)
    for axis in (-1, 0):
        assert np.array_equal(sm.expected_cost(cost, logits=z[0], axis=axis), costs)
        assert sm.bayes_decision(cost, logits=z[0], axis=axis) == action
    assert np.ndim(sm.bayes_decision(cost, logits=z[0], axis=-1)) == 0


@pytest.mark.parametrize("function", [sm.expected_cost, sm.bayes_decision])
def test_what_does_not_fit_is_refused(function):
    with pytest.raises(ArgumentError, match="exactly one"):
        function(np.eye(2))
    with pytest.raises(ArgumentError, match="exactly one"):
        function(np.eye(2), logits=[1, 2], probabilities=[0.5, 0.5])
    with pytest.raises(ShapeError, match="each of the 3 classes of logits"):
        function(np.eye(2), logits=[[1, 2, 3]])
    with pytest.raises(ShapeError, match="each of the 3 classes of probabilities"):
        function(np.eye(2), probabilities=[1, 0, 0], axis=-1)
    with pytest.raises(ShapeError, match=r"each of the 2 classes .*; pass axis=-1 if they are a single row"):
        function(np.eye(3), logits=[1, 2, 3])
    with pytest.raises(ShapeError, match=r"\(n_rows,\) for one sigmoid per row, got shape \(\)"):
        function(np.eye(2), logits=1.0)
    for no_matrix, shape in (([0, 1], r"\(2,\)"), (np.empty((2, 0)), r"\(2, 0\)")):
        with pytest.raises(ShapeError, match=rf"a row for each class and a column for each action, got shape {shape}"):
            function(no_matrix, logits=[1, 2])
    with pytest.raises(ArgumentError, match="finite costs"):
        function([[0, math.inf], [1, 0]], logits=[1, 2])
    with pytest.raises(ArgumentError, match="NaN"):
        function(np.eye(2), logits=[[1, 2], [math.nan, 0]])
    with pytest.raises(ArgumentError, match=r"\+inf"):
        function(np.eye(2), logits=[1, math.inf])
    with pytest.raises(TargetError, match="sum to 1"):
        function(np.eye(2), probabilities=[[1, 2]])
    with pytest.raises(AxisError, match="axis"):
        function(np.eye(2), logits=[[1, 2]], axis=2)
    with pytest.raises(DTypeError, match="cost_matrix"):
        function([["a"]], logits=[1.0])


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("function", [sm.expected_cost, sm.bayes_decision])
def test_one_sigmoid_per_row_is_two_columns(rng, function, n):
    z, cost = rng.normal(size=n) * 3, rng.normal(size=(2, 3))
    columns = function(cost, logits=np.stack([0 * z, z], axis=1))
    assert np.array_equal(function(cost, logits=z), columns)
    assert np.array_equal(function(cost, logits=z[:, np.newaxis]), columns)
    assert np.array_equal(function(cost, logits=z[np.newaxis], axis=0), np.moveaxis(columns, -1, 0))
    p = np.asarray(sm.sigmoid(z))
    both = function(cost, probabilities=np.stack([1 - p, p], axis=1))
    assert np.array_equal(function(cost, probabilities=p), both)
    assert np.array_equal(function(cost, probabilities=p[:, np.newaxis]), both)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_costs_have_the_dtype_of_the_sigmoids(dtype):
    for shape in ((3,), (3, 1)):
        assert sm.expected_cost(np.eye(2), logits=np.zeros(shape, dtype)).dtype == dtype


def test_a_probability_of_class_1_is_between_0_and_1():
    with pytest.raises(TargetError, match="between 0 and 1, got 1.5"):
        sm.expected_cost(np.eye(2), probabilities=[0.5, 1.5])
