"""The parts of the solvers, each against what defines it."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize_scalar

from softargmax import _kernels
from softargmax._descent import Point, descend, search
from softargmax._engine import LocalEngine
from softargmax.models.solvers.certificate import duality_gap
from softargmax.models.solvers.coordinate import _shifted
from softargmax.models.solvers.curvature import ExactCurvature, KroneckerCurvature
from softargmax.models.solvers.design import DenseDesign, Scaling, SparseDesign
from softargmax.models.solvers.heads import SigmoidHead, SoftmaxHead
from softargmax.models.solvers.lane_sums import LaneSums
from softargmax.models.solvers.objective import Objective
from softargmax.models.solvers.row_blocks import Block, MemoryRows, StreamedRows, as_csr_block, block_rows_for


def problem(rng, width=3, *, sparse_rows=False, weighted=True, intercept=True, l1=0.0, l2=0.1, n=150, d=5, block=64):
    X = rng.normal(size=(n, d)) * (rng.random((n, d)) < 0.6)
    codes = rng.integers(0, max(width, 2), n)
    weight = rng.random(n) if weighted else None
    share = 1.0 / (weight.sum() if weighted else n)
    scaling = Scaling(rng.normal(size=d) * intercept, rng.random(d) + 0.5, intercept)
    head = SoftmaxHead(width) if width > 1 else SigmoidHead()
    features = as_csr_block(sparse.csr_matrix(X)) if sparse_rows else X
    design = (SparseDesign if sparse_rows else DenseDesign)(scaling, width, block)
    totals = np.bincount(codes, weights=weight, minlength=max(width, 2)) * share
    objective = Objective(
        LaneSums(MemoryRows(features, codes, weight, block), design, head, LocalEngine(1)),
        head,
        scaling,
        np.full(d, l2) * rng.random(d),
        np.full(d, l1),
        share,
        np.dtype(np.float64),
        totals,
    )
    return objective, rng.normal(size=objective.shape)


SHAPES = [{}, {"width": 1}, {"width": 12}, {"sparse_rows": True}, {"sparse_rows": True, "width": 1}]
SHAPES += [{"sparse_rows": True, "width": 40}, {"weighted": False}, {"intercept": False}]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_gradient_is_the_derivative_of_the_value(rng, shape):
    objective, V = problem(rng, **shape)
    direction = rng.normal(size=V.shape)
    _, gradient = objective.value_and_gradient(V)
    values = [objective.value_and_gradient(V + step * direction)[0] for step in (1e-5, -1e-5)]
    assert np.vdot(gradient, direction) == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-7)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_hessian_is_the_derivative_of_the_gradient(rng, shape):
    objective, V = problem(rng, **shape)
    direction = rng.normal(size=V.shape)
    product = (objective.hessian(V) @ direction.T.ravel()).reshape(V.shape[::-1]).T
    gradients = [objective.value_and_gradient(V + step * direction)[1] for step in (1e-5, -1e-5)]
    np.testing.assert_allclose(product, (gradients[0] - gradients[1]) / 2e-5, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("width", [1, 3])
def test_summaries_of_parts_merge_to_that_of_the_whole(rng, width):
    objective, V = problem(rng, width)
    whole, rows = objective.summarize(V, curvature=True), objective.sums.rows
    parts = []
    for part in (slice(0, 40), slice(40, 150)):
        objective.sums.rows = MemoryRows(rows.features[part], rows.codes[part], rows.weight[part], 64)
        parts.append(objective.summarize(V, curvature=True))
    merged = parts[0].merge(parts[1])
    assert merged.loss == pytest.approx(whole.loss)
    np.testing.assert_allclose(merged.gradient, whole.gradient, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(merged.class_curvature, whole.class_curvature, rtol=1e-10)


@pytest.mark.parametrize("width", [1, 3])
def test_sparse_and_dense_rows_are_the_same_problem(rng, width):
    seed = rng.integers(1000)
    dense, V = problem(np.random.default_rng(seed), width)
    other, _ = problem(np.random.default_rng(seed), width, sparse_rows=True)
    for ours, theirs in zip(dense.value_and_gradient(V), other.value_and_gradient(V), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(dense.gram(), other.gram(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("width", [1, 3])
def test_at_equal_probabilities_the_kronecker_curvature_is_the_hessian(rng, width):
    objective, V = problem(rng, width)
    # Only centred features leave nothing between themselves and the intercept.
    mean = np.average(objective.sums.rows.features, axis=0, weights=objective.sums.rows.weight)
    objective.scaling = Scaling(mean, objective.scaling.inverse, True)
    objective.sums.design = DenseDesign(objective.scaling, width, 64)
    curvature = KroneckerCurvature(
        objective.gram(), objective.l2, True, objective.head.start_curvature(), objective.head.shift_invariant
    )
    _, gradient = objective.value_and_gradient(np.zeros_like(V))
    step = curvature.solve(gradient)
    product = objective.hessian(np.zeros_like(V)) @ step.T.ravel()
    np.testing.assert_allclose(product.reshape(V.shape[::-1]).T, gradient, rtol=1e-9, atol=1e-12)


def test_a_renewed_kronecker_curvature_is_inverted_exactly(rng):
    d, k = 6, 4
    Z = rng.normal(size=(50, d))
    gram, ridge = Z.T @ Z / 50, rng.random(d) * 10.0 ** rng.integers(-6, 3, d)
    curvature = KroneckerCurvature(gram, ridge, False, np.eye(k), shift_invariant=False)
    B = rng.normal(size=(k, k))
    curvature.renew(B @ B.T)
    full = np.kron(B @ B.T, gram) + np.kron(np.eye(k), np.diag(ridge))
    gradient = rng.normal(size=(d, k))
    expected = np.linalg.solve(full, gradient.T.ravel()).reshape(k, d).T
    np.testing.assert_allclose(curvature.solve(gradient), expected, rtol=1e-6)


def test_without_second_moments_features_count_as_uncorrelated(rng):
    ridge = rng.random(5)
    A = np.array([0.3, 0.1])
    curvature = KroneckerCurvature(None, ridge, True, A, shift_invariant=False)
    gradient = rng.normal(size=(6, 2))
    np.testing.assert_allclose(curvature.solve(gradient)[:5], gradient[:5] / (A + ridge[:, np.newaxis]))
    np.testing.assert_allclose(curvature.solve(gradient)[5], gradient[5] / A)


@pytest.mark.parametrize("width", [1, 3])
def test_the_exact_curvature_takes_the_newton_step(rng, width):
    objective, V = problem(rng, width)
    if width > 1:
        V -= V.mean(axis=1, keepdims=True)
    _, gradient = objective.value_and_gradient(V)
    step = ExactCurvature(objective, V).solve(gradient)
    product = (objective.hessian(V) @ step.T.ravel()).reshape(V.shape[::-1]).T
    np.testing.assert_allclose(product, gradient, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("width", [1, 3])
def test_without_an_intercept_the_gap_is_the_squared_gradient_over_lambda(rng, width):
    objective, V = problem(rng, width, intercept=False)
    _, gradient = objective.value_and_gradient(V)
    bound = np.sum(np.square(gradient) / (2 * objective.l2[:, np.newaxis]))
    assert duality_gap(objective, V, gradient) == pytest.approx(bound, rel=1e-9)


def test_there_is_no_gap_without_a_penalty(rng):
    objective, V = problem(rng, l2=0.0)
    assert duality_gap(objective, V, objective.value_and_gradient(V)[1]) == np.inf


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.3, 0.5), (0.0, 0.5)])
def test_shifting_finds_the_smallest_penalty_and_changes_no_loss(rng, l1, l2):
    objective, V = problem(rng, 5, l1=l1, l2=l2)
    V[:, :2] = 0.0
    point = _shifted(objective, objective.at(V))
    shifted, new_value, new_gradient = point.V, point.value, point.gradient
    for j in range(5):

        def penalty(shift, j=j):
            moved = V[j] - shift
            return objective.l1[j] * np.abs(moved).sum() + 0.5 * objective.l2[j] * np.square(moved).sum()

        best = minimize_scalar(penalty, bracket=(-3, 3)).fun
        assert penalty(V[j, 0] - shifted[j, 0]) <= best * (1 + 1e-9)
    expected_value, expected_gradient = objective.value_and_gradient(shifted)
    assert new_value == pytest.approx(expected_value, rel=1e-12)
    np.testing.assert_allclose(new_gradient, expected_gradient, atol=1e-12)


def coordinate_descent(rng, l1, rank=4, d=6, k=3):
    Z, B = rng.normal(size=(40, d)), rng.normal(size=(k, k))
    gram, A, ridge = Z.T @ Z / 40, B @ B.T + np.eye(k), rng.random(d)
    u, w = rng.normal(size=(k, d, rank)), None
    N = rng.normal(size=(rank, rank))
    w = u @ (N @ N.T)
    gradient, start = rng.normal(size=(k, d)), rng.normal(size=(k, d))
    step = np.empty((k, d))
    penalty = np.full(d, l1)
    sweeps = _kernels.coordinate_descent(gram, A, ridge, penalty, gradient, start, u, w, step, 1e-20, 100000)
    flat_u, flat_w = u.reshape(-1, rank), w.reshape(-1, rank)
    B = np.kron(A, gram) + np.kron(np.eye(k), np.diag(ridge)) + flat_u @ flat_w.T
    return sweeps, step.ravel(), B, gradient.ravel(), start.ravel()


def test_coordinate_descent_without_corners_solves_the_linear_system(rng):
    _, step, B, gradient, _ = coordinate_descent(rng, 0.0)
    np.testing.assert_allclose(step, -np.linalg.solve(B, gradient), rtol=1e-6, atol=1e-8)


def test_coordinate_descent_ends_where_the_optimality_conditions_hold(rng):
    sweeps, step, B, gradient, start = coordinate_descent(rng, 2.0)
    slope, moved = gradient + B @ step, start + step
    assert sweeps > 1
    assert 0 < np.count_nonzero(moved == 0) < len(moved)
    assert np.all(np.abs(slope[moved == 0]) <= 2.0 + 1e-9)
    np.testing.assert_allclose(slope[moved != 0], -2.0 * np.sign(moved[moved != 0]), atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tile", [8, 16, 32])
def test_sparse_products_are_those_of_dense_rows(rng, dtype, tile):
    X = sparse.random(30, 12, 0.3, "csr", dtype, random_state=0)
    tiles = rng.normal(size=(3, 12, tile)).astype(dtype)
    coefficients = np.concatenate(tiles, axis=1)
    starts, columns = X.indptr.astype(np.int32), X.indices.astype(np.int32)
    out = np.ones((30, 3 * tile), dtype)
    _kernels.sparse_forward(starts, columns, X.data, out, tiles)
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(out, 1 + X.toarray() @ coefficients, rtol=tolerance, atol=tolerance)
    gradient = np.zeros_like(tiles)
    _kernels.sparse_backward(starts, columns, X.data, out, gradient)
    np.testing.assert_allclose(
        np.concatenate(gradient, axis=1), X.toarray().T @ out, rtol=tolerance, atol=10 * tolerance
    )


@pytest.mark.parametrize(("source", "target"), [(np.float32, np.float32), (np.float32, float), (float, float)])
def test_standardize_writes_into_rows_that_are_longer(rng, source, target):
    X, mean, inverse = rng.normal(size=(9, 5)).astype(source), rng.normal(size=5), rng.random(5)
    memory = np.ones((9, 8), target)
    _kernels.standardize(X, mean.astype(target), inverse.astype(target), memory[:, :5])
    tolerance = 1e-5 if target is np.float32 else 1e-12
    np.testing.assert_allclose(memory[:, :5], (X - mean) * inverse, rtol=tolerance, atol=tolerance)
    assert np.all(memory[:, 5:] == 1)


def _sparse_arguments(**changes):
    arguments = {
        "starts": np.array([0, 1, 2], np.int32),
        "columns": np.array([0, 1], np.int32),
        "values": np.ones(2),
        "dense": np.zeros((2, 8)),
        "tiles": np.zeros((1, 3, 8)),
    }
    return arguments | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": np.array([0, 3], np.int32)}, "indices of features"),
        ({"columns": np.array([0, -1], np.int32)}, "indices of features"),
        ({"starts": np.array([0, 2, 1], np.int32)}, "row starts"),
        ({"starts": np.array([0, 1, 3], np.int32)}, "row starts"),
        ({"starts": np.array([0, 1, 2])}, "starts"),
        ({"tiles": np.zeros((1, 3, 5))}, "8, 16 or 32"),
        ({"dense": np.zeros((2, 9))}, "dense"),
        ({"values": np.ones(2, np.float32)}, "dense"),
    ],
)
def test_the_sparse_kernels_look_before_they_read(changes, message):
    for kernel in (_kernels.sparse_forward, _kernels.sparse_backward):
        with pytest.raises(ValueError, match=message):
            kernel(**_sparse_arguments(**changes))


def test_the_other_kernels_refuse_what_does_not_fit(rng):
    with pytest.raises(ValueError, match="out: expected rows"):
        _kernels.standardize(np.zeros((2, 3)), np.zeros(3), np.zeros(3), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="mean"):
        _kernels.standardize(np.zeros((2, 3)), np.zeros(2), np.zeros(3), np.zeros((2, 3)))
    square, vector, matrix, empty = np.eye(2), np.zeros(2), np.zeros((3, 2)), np.zeros((3, 2, 0))
    with pytest.raises(ValueError, match="curvature"):
        _kernels.coordinate_descent(square, square, vector, vector, matrix, matrix, empty, empty, matrix, 0.1, 5)
    options = {"beta1": 0.9, "beta2": 0.9, "rate": 0.1, "root_scale": 1, "epsilon": 1e-8, "decay": 0, "share": 0}
    with pytest.raises(ValueError, match="gradient"):
        _kernels.adamw_step(vector, np.zeros(3), vector, vector, vector, None, **options)


def test_a_line_search_ends_where_the_wolfe_conditions_hold():
    def evaluate(V):
        return Point(V, float((V[0] - 3.0) ** 4), 4.0 * (V - 3.0) ** 3)

    for start in (-50.0, 2.0):
        V = np.array([start])
        point = evaluate(V)
        gradient = point.gradient
        slope = -float(gradient @ gradient)
        found = search(evaluate, point, -gradient, slope, 0.0)
        assert found.value < point.value
        assert abs(float(found.gradient @ -gradient)) <= 0.9 * abs(slope)


def test_a_line_search_gives_up_where_there_is_no_descent():
    point = Point(np.array([0.0]), 0.0, np.array([1.0]))
    assert search(lambda V: Point(V, float(np.abs(V[0])), np.sign(V)), point, np.array([-1.0]), -1.0, 0.0) is None


def test_streamed_rows_come_in_the_blocks_of_rows_in_memory(rng):
    X, codes = rng.normal(size=(100, 2)), np.arange(100)
    memory = MemoryRows(X, codes, None, 16)
    cuts = [0, 3, 40, 41, 99, 100]
    parts = [Block(X[a:b], codes[a:b], None) for a, b in itertools.pairwise(cuts)]
    streamed = StreamedRows(lambda: parts, 16)

    def lanes(rows):
        dealt = [[], [], []]
        for each in rows.rounds(3):
            for lane, blocks in zip(dealt, each, strict=True):
                lane.extend(block.codes.tolist() for block in blocks)
        return dealt

    assert lanes(streamed) == lanes(memory)


def test_block_sizes_depend_on_shapes_only_and_stay_reasonable():
    assert block_rows_for(20, 3, dense=True) == 4096
    assert block_rows_for(784, 10, dense=True) == 512
    assert block_rows_for(256, 10_000, dense=True) == 128
    assert block_rows_for(16384, 8, dense=False) == 4096


class Valley:
    """A narrow quadratic valley, descended in the metric of its diagonal."""

    def __init__(self, noise=0.0, most=1000):
        self.noise, self.most = noise, most
        self.H = np.array([[100.0, 9.0], [9.0, 1.0]])
        self.steps = 0

    def at(self, V):
        return Point(V, 0.5 * float(V @ self.H @ V), self.H @ V)

    def metric(self, point, memory):
        return self

    def solve(self, gradient):
        return gradient / np.diag(self.H)

    def is_over(self, point, slope):
        return -slope <= 1e-20 or self.steps >= self.most

    def moved(self, point):
        self.steps += 1


def test_a_descent_ends_at_the_minimum_when_its_course_is_over():
    course = Valley()
    stop = descend(course, course.at(np.array([1.0, -3.0])), np.dtype(np.float64))
    assert stop.is_over
    assert course.steps < 20
    np.testing.assert_allclose(stop.point.V, 0.0, atol=1e-9)


def test_a_descent_makes_no_more_steps_than_its_course_allows():
    course = Valley(most=2)
    stop = descend(course, course.at(np.array([1.0, -3.0])), np.dtype(np.float64))
    assert stop.is_over
    assert course.steps == 2


def test_a_descent_hands_over_when_steps_win_nothing_beyond_rounding():
    course = Valley(noise=1.0)  # no step can win as much as the value itself
    stop = descend(course, course.at(np.array([1.0, -3.0])), np.dtype(np.float64), hands_over=True)
    assert not stop.is_over
    assert course.steps == 2  # the third idle step is where it ends, and is kept
    assert stop.point.value < course.at(np.array([1.0, -3.0])).value


def test_a_descent_that_finds_no_step_ends_where_it_is():
    class Cliff(Valley):
        def at(self, V):
            return Point(V, float(np.abs(V[0])), np.sign(V))

        def solve(self, gradient):
            return gradient

    course = Cliff()
    start = course.at(np.array([1e-30, 0.0]))
    stop = descend(course, start, np.dtype(np.float64))
    assert not stop.is_over
    assert stop.point is start


def test_an_objective_in_double_leaves_the_one_it_comes_from_as_it_is(rng):
    objective, V = problem(rng)
    sums = objective.sums
    rows = replace(sums.rows, features=sums.rows.features.astype(np.float32))
    single = replace(objective, sums=replace(sums, rows=rows), dtype=np.dtype(np.float32))
    before = single.at(V).value
    widened = replace(rows, features=rows.features.astype(np.float64))
    exact = replace(objective, sums=replace(sums, rows=widened)).at(V).value
    assert single.in_double().at(V).value == pytest.approx(exact, rel=1e-14)
    assert before == single.at(V).value == pytest.approx(exact, rel=1e-5)
    assert before != exact
