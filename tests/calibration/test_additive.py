"""Additive maps with a curve that all classes share, and the pool of them: against SciPy, plain formulas and the truth."""

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize

import softargmax as sm
from softargmax._engine import LocalEngine
from softargmax._logits import logits_in
from softargmax.calibration import AdditiveCalibration, PlattScaling
from softargmax.calibration._curve import place_knots
from softargmax.calibration._folds import Fold
from softargmax.calibration._labelled import LabelledRows
from softargmax.calibration._log_pool import PoolLoss, drawn_back, log_shares, pool
from softargmax.calibration._path import Paths, fits_along, left_out, pooled_map, problem_of, rungs_for, shares_left_out
from softargmax.calibration._start import find_start
from softargmax.calibration._temperature import find_temperature
from softargmax.exceptions import ArtifactError


@pytest.fixture
def curved(rng):
    """Logits whose truth is a curve of the log-odds that all classes share, and their classes."""
    z = 3 * rng.normal(size=(3000, 5))
    log_p = sm.log_softmax(z)
    odds = log_p - np.log(-np.expm1(log_p))
    return z, sm.argmax(log_p - 0.6 * np.maximum(odds, 0) + rng.gumbel(size=z.shape))


def rows_of(z, y):
    return LabelledRows.of(logits_in(z), y, None)


def test_a_map_with_a_curve_is_the_minimum_it_is_defined_by(curved):
    z, y = curved[0][:300], curved[1][:300]
    rows = rows_of(z, y)
    start, rung = find_start(rows), [each for each in rungs_for(5) if each.name == "curve, matrix"][2]
    problem = problem_of(rows, start)
    (fit,) = fits_along(problem, [rung], rough=False)
    L, knots, k = sm.log_softmax(z / start.temperature), problem.knots, 5
    f, odds = np.maximum(L, -30.0), np.minimum(L - np.log(-np.expm1(L)), 30.0)
    bends = [np.maximum(odds - knot, 0) for knot in knots]
    bends.append(np.minimum(sm.softplus(knots[0]) - sm.softplus(odds), 0.0))
    p, ordered = np.exp(L), np.sort(L, axis=1)
    of_row = [-(p * L).sum(axis=1) / np.log(k), ordered[:, -1], (ordered[:, -1] - ordered[:, -2]) / 10]
    of_row.append(np.maximum(np.log(-np.expm1(ordered[:, -1])), -30.0) / 10)
    shared = np.array([*bends, *(each[:, np.newaxis] * f for each in of_row)])
    ridge = np.concatenate(
        [np.full(2 * k, 0.1 / rung.C), np.full(len(bends), 3.0), np.full(4, 9.0), np.full(k * k, 1 / rung.C)]
    )

    def value_and_gradient(theta):
        scale, bias, common, matrix = np.split(theta, [k, 2 * k, 2 * k + len(shared)])
        logits = L + f * scale + bias + np.tensordot(common, shared, 1) + f @ matrix.reshape(k, k)
        loss, g = sm.cross_entropy_and_gradient(logits, y, reduction="sum")
        parts = [(f * g).sum(axis=0), g.sum(axis=0), np.tensordot(shared, g, 2), (f.T @ g).ravel()]
        return loss + 0.5 * np.sum(ridge * theta**2), np.concatenate(parts) + ridge * theta

    options = {"maxiter": 20000, "maxfun": 40000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 50}
    best = minimize(value_and_gradient, np.zeros(len(ridge)), jac=True, method="L-BFGS-B", options=options).fun
    assert value_and_gradient(fit.theta)[0] / 300 == pytest.approx(best / 300, abs=2e-8)
    assert fit.gap < 1e-7


def test_knots_lie_where_the_probability_does():
    log_p = sm.log_softmax([[5.0, 0.0, 0.0]] * 3 + [[0.0, 0.0, 0.0]])  # a fourth of all probability is unsure
    odds = log_p - np.log(-np.expm1(log_p))
    np.testing.assert_allclose(place_knots(log_p, np.ones(4)), [odds[3, 0], odds[0, 0]], rtol=1e-12)
    weighted = place_knots(log_p[[0, 3]], np.array([3.0, 1.0]))
    np.testing.assert_array_equal(weighted, place_knots(log_p, np.ones(4)))


def test_the_weights_of_a_pool_are_the_minimum_they_are_defined_by(rng):
    truth = 2 * rng.normal(size=(400, 3))
    y = sm.argmax(truth + rng.gumbel(size=truth.shape))
    members = [truth + noise * rng.normal(size=truth.shape) for noise in (2.0, 1.0, 0.5, 3.0)]
    price, shares = np.array([0.0, 1.0, 2.0, 0.5]), log_shares(y, np.ones(400), 3)

    def value(w):
        z = np.tensordot(w, members, 1) + (1 - w.sum()) * shares
        return sm.cross_entropy(z, y, reduction="sum") + price @ w + 0.5 * np.sum((w - [1, 0, 0, 0]) ** 2)

    loss = PoolLoss(members, y, np.ones(400), price, shares)
    found = pool(loss)
    best = minimize(value, np.full(4, 0.25), bounds=[(0, None)] * 4, method="L-BFGS-B", options={"ftol": 1e-15})
    assert value(found.weights) <= best.fun + 1e-9
    assert 0.0 <= found.gap <= 1e-9
    assert found.weights[3] == 0.0
    half = found.weights.copy()
    half[2] /= 2
    assert loss.model(half)[0] >= (value(half) - value(found.weights)) / 400


def test_members_of_next_to_no_weight_are_dropped(rng):
    truth = 2 * rng.normal(size=(4000, 3))
    y = sm.argmax(truth + rng.gumbel(size=truth.shape))
    members = [truth, truth + 3 * rng.normal(size=truth.shape), truth + 0.1 * rng.normal(size=truth.shape)]
    loss = PoolLoss(members, y, np.ones(4000), np.zeros(3), log_shares(y, np.ones(4000), 3))
    weights = pool(loss, least=0.05).weights
    assert np.all((weights == 0.0) | (weights > 0.05 * weights.sum()))


def test_a_weighted_sum_of_maps_is_one_map(curved):
    z, y = curved[0][:600], curved[1][:600]
    rows, rungs = rows_of(z, y), rungs_for(5)
    start = find_start(rows)
    weights = np.zeros(1 + len(rungs))
    weights[[0, 2, 6, 9, 14]] = 0.1, 0.2, 0.3, 0.25, 0.2
    together, _ = pooled_map(rows, start, rungs, weights, LocalEngine(1))
    used = [rungs[j - 1] for j in (2, 6, 9, 14)]
    single = [fit.problem.map(fit.theta, start)(z) for fit in fits_along(problem_of(rows, start), used, rough=False)]
    expected = 0.1 * sm.log_softmax(z / start.temperature) + np.tensordot([0.2, 0.3, 0.25, 0.2], single, 1)
    np.testing.assert_allclose(together(z), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("level", "determined"), [(0.5, True), (20.0, False)])
def test_a_temperature_alone_has_its_part_in_the_sum_or_none_where_the_rows_determine_none(level, determined, rng):
    true, steps = 2 * rng.normal(size=(600, 3)), np.array([-1.0, 0.0, 1.0])
    y = sm.argmax(true - 2 * steps + rng.gumbel(size=true.shape))
    z = true + level * steps
    rows, rungs = rows_of(z, y), rungs_for(3)
    start, alone = find_start(rows), find_temperature(rows)
    assert start.shift is not None
    assert alone.determined is determined
    together, _ = pooled_map(rows, start, rungs, np.array([0.3, 0.5] + [0.0] * len(rungs)), LocalEngine(1))
    shifted = (z - start.shift) / start.temperature
    expected = 0.3 * shifted + 0.5 * (z / alone.temperature if determined else shifted)
    np.testing.assert_allclose(sm.log_softmax(together(z)), sm.log_softmax(expected), rtol=1e-9, atol=1e-9)


def test_rows_that_are_left_out_have_no_part_in_what_is_said_of_them(curved):
    z, y = curved[0][:400], curved[1][:400]
    folds = [Fold(0, np.arange(200, 400), np.arange(200)), Fold(1, np.arange(200), np.arange(200, 400))]
    other = y.copy()
    other[:200] = (other[:200] + 1) % 5
    before, after = (left_out(rows_of(z, codes), folds, Paths(rungs_for(5)), 1) for codes in (y, other))
    for one, two in zip(before, after, strict=True):
        np.testing.assert_array_equal(one[:200], two[:200])
        assert not np.array_equal(one[200:], two[200:])


def test_the_shares_of_rows_that_are_left_out_are_those_of_the_others():
    rows = rows_of(np.eye(3)[[0, 1, 1, 2, 0, 1]], np.array([0, 1, 1, 2, 0, 1]))
    folds = [Fold(0, np.array([0, 1, 2]), np.array([3, 4, 5])), Fold(1, np.array([3, 4, 5]), np.array([0, 1, 2]))]
    shares = np.exp(shares_left_out(rows, folds, Paths([])))
    np.testing.assert_allclose(shares[[3, 4, 5]], [np.array([1.5, 2.5, 0.5]) / 4.5] * 3, rtol=1e-6)
    np.testing.assert_allclose(shares[[0, 1, 2]], [np.array([1.5, 1.5, 1.5]) / 4.5] * 3, rtol=1e-6)


def test_a_gain_draws_weights_as_far_as_it_is_no_chance():
    simplest, chosen = np.array([1.0, 0.0]), np.array([0.2, 0.7])
    kept = drawn_back(chosen, simplest, 0.03, 0.01, 1e9)
    np.testing.assert_allclose(kept, simplest + 8 / 9 * (chosen - simplest), rtol=1e-9)
    assert np.array_equal(drawn_back(chosen, simplest, 0.03, 0.01, 20), simplest)
    for none in (0.0, -0.03, 0.009):
        assert np.array_equal(drawn_back(chosen, simplest, none, 0.01, 1e9), simplest)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_few_rows_lose_nothing_to_the_simplest_calibration(n_classes, rng):
    true = 1.5 * rng.normal(size=(6000, n_classes)) - 0.8 * np.arange(n_classes)
    y, z, new, lost = sm.argmax(true + rng.gumbel(size=true.shape)), 1.4 * true, slice(2000, None), []
    for _ in range(20):
        i = rng.choice(2000, 60, replace=False)
        auto = sm.AutoCalibration().fit(z[i], y[i])
        simplest = (PlattScaling() if n_classes == 2 else sm.TemperatureScaling()).fit(z[i], y[i])
        lost.append(np.subtract(*(sm.cross_entropy(each.transform(z[new]), y[new]) for each in (auto, simplest))))
    assert np.mean(lost) <= 0.0005


def test_a_curve_that_classes_share_is_found(curved):
    z, y = curved
    additive, matrix = (
        sm.cross_entropy(calibration.fit(z[:1500], y[:1500]).transform(z[1500:]), y[1500:])
        for calibration in (AdditiveCalibration(), sm.StructuredMatrixScaling())
    )
    assert additive < matrix - 0.002


def test_a_monotone_map_keeps_the_order_of_classes(curved):
    z, y = np.round(curved[0][:1000], 1), curved[1][:1000]
    order = np.argsort(z, axis=1)
    steps, ties = np.diff(np.take_along_axis(z, order, axis=1)), np.zeros(2, int)
    for place, monotone in enumerate((False, True)):
        found = AdditiveCalibration(monotone=monotone).fit(z, y)
        after = np.diff(np.take_along_axis(found.transform(z), order, axis=1))
        ties[place] = np.sum(after[steps == 0.0] != 0.0)
        assert np.all(after >= 0.0) == monotone
    assert ties[0] > 0
    assert ties[1] == 0
    tempered = sm.TemperatureScaling().fit(z, y)
    assert sm.cross_entropy(found.transform(z), y) < sm.cross_entropy(tempered.transform(z), y) - 0.01


def test_a_curve_that_must_rise_is_the_best_of_those_that_do(rng):
    z = 2 * rng.normal(size=(400, 3))
    log_p = sm.log_softmax(z)
    odds = log_p - np.log(-np.expm1(log_p))
    y = sm.argmax(log_p - 2.5 * np.clip(odds, 0, 1) + rng.gumbel(size=z.shape))  # would fall from log-odds of 0 to 1
    rows, paths = rows_of(z, y), Paths.of(3, monotone=True)
    start = paths.start(rows)
    problem = problem_of(rows, start)
    (fit,) = fits_along(problem, [paths.rungs[-1]], rough=False)
    L, knots, ridge = sm.log_softmax(z / start.temperature), problem.knots, paths.rungs[-1].shape.on_shared
    odds = L - np.log(-np.expm1(L))
    bends = np.array([np.maximum(odds - knot, 0) for knot in knots])

    def value_and_gradient(w):
        loss, g = sm.cross_entropy_and_gradient(L + np.tensordot(w, bends, 1), y, reduction="sum")
        return loss + 0.5 * ridge * w @ w, np.tensordot(bends, g, 2) + ridge * w

    # The slope by log p, 1 + S / (1 - p), is nowhere below .01: on either side of every knot.
    sums = np.tril(np.ones((len(knots),) * 2))
    least = -0.99 * np.append(sm.sigmoid(-knots[1:]), 0.0)
    rising = LinearConstraint(sums, least, np.inf)
    best = minimize(value_and_gradient, np.zeros(len(knots)), jac=True, method="SLSQP", constraints=rising, tol=1e-12)
    w = problem.shaped(paths.rungs[-1].shape).loss(1.0).shared(fit.theta)[: len(knots)]
    assert np.all(sums @ w >= least - 1e-12)
    assert np.sum(sums @ w < least + 1e-9) > 0
    assert value_and_gradient(w)[0] / 400 == pytest.approx(best.fun / 400, abs=1e-8)
    assert fit.gap < 1e-7


@pytest.mark.parametrize("n", [60, 400])
def test_two_classes_have_the_share_of_events_as_their_mean_probability(n, rng):
    true = rng.normal(size=n) - 1.5
    y = (rng.random(n) < sm.sigmoid(true)).astype(int)
    p = AdditiveCalibration().fit(1.7 * true + 0.9, y).predict_proba(1.7 * true + 0.9)[:, 1]
    assert p.mean() == pytest.approx(y.mean(), rel=1e-9)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda state: state["arrays"]["knots_"].reverse(), "curve"),
        (lambda state: state["arrays"]["shared_"].pop(), "curve"),
        (lambda state: state["arrays"].update(basis_=[[1.0]]), "matrix"),
        (lambda state: state["values"].update(power_=-1.0), "power_"),
        (lambda state: state.update(version=2), "upgrade"),
    ],
)
def test_a_damaged_state_of_an_additive_map_is_refused(damage, message, curved):
    state = AdditiveCalibration().fit(curved[0][:500], curved[1][:500]).to_state().to_json()
    damage(state)
    with pytest.raises(ArtifactError, match=message):
        sm.Calibration.from_state(state)
