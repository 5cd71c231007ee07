"""What each calibration does that the others do not: against closed forms, brute force and plain formulas."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import isotonic_regression, minimize

import softargmax as sm
from softargmax._logits import logits_in
from softargmax.calibration import AdditiveCalibration, PlattScaling, out_of_fold
from softargmax.calibration._affine import FLOOR, AffineMap
from softargmax.calibration.ensemble import likeliest_mixture
from softargmax.calibration.venn_abers import _added
from softargmax.exceptions import ArgumentError, CalibrationWarning


def penalised(z, y, temperature, C, on_scale, on_bias, matrix=True):
    """The definition of an affine calibration, minimised by SciPy."""
    n, k = z.shape
    offset = sm.log_softmax(z / temperature)
    f = np.maximum(offset, FLOOR)
    ridge = np.concatenate([np.full(k, on_scale), np.full(k, on_bias), np.ones(k * k)])[: None if matrix else 2 * k] / C

    def value_and_gradient(theta):
        scale, bias = theta[:k], theta[k : 2 * k]
        logits = offset + f * scale + bias
        if matrix:
            logits = logits + f @ theta[2 * k :].reshape(k, k)
        loss, g = sm.cross_entropy_and_gradient(logits, y, reduction="sum")
        parts = [(f * g).sum(axis=0), g.sum(axis=0), (f.T @ g).ravel()][: 3 if matrix else 2]
        return loss + 0.5 * np.sum(ridge * theta**2), np.concatenate(parts) + ridge * theta

    options = {"maxiter": 20000, "maxfun": 40000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 50}
    return minimize(value_and_gradient, np.zeros(len(ridge)), jac=True, method="L-BFGS-B", options=options), n


@pytest.mark.parametrize(
    ("calibration", "weights"),
    [
        (sm.VectorScaling(C=3.0), (3.0, 1.0, 1.0, False)),
        (sm.MatrixScaling(C=3.0), (3.0, 1.0, 1.0, True)),
        (sm.StructuredMatrixScaling(Cs=(0.02,)), (0.02, 0.1, 0.1, True)),
        (sm.DirichletCalibration(Cs=(0.02,)), (0.02, 1e-4, 1.0, True)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_affine_calibration_is_the_minimum_it_is_defined_by(calibration, weights, multiclass):
    z, y = multiclass
    calibration.fit(z, y)
    found, n = penalised(z, y, calibration.temperature_, *weights)
    k = z.shape[1]
    parameters = np.concatenate([calibration.scale_, calibration.bias_, calibration.weights_.ravel()])[: len(found.x)]
    loss = sm.cross_entropy(calibration.transform(z), y)
    ridge = (
        np.concatenate([np.full(k, weights[1]), np.full(k, weights[2]), np.ones(k * k)])[: len(found.x)] / weights[0]
    )
    assert loss + 0.5 * np.sum(ridge * parameters**2) / n == pytest.approx(found.fun / n, abs=2e-8)


def test_the_bound_on_what_is_left_to_gain_holds(multiclass):
    from softargmax.calibration._affine_fitting import minimize_affine as descend
    from softargmax.calibration._labelled import LabelledRows
    from softargmax.calibration._penalised import AffineProblem, Shape
    from softargmax.calibration._start import Start
    from softargmax.calibration._temperature import Tempering

    loss = AffineProblem.of(
        LabelledRows.of(logits_in(multiclass[0]), multiclass[1], None), Start(Tempering(2.0, 0.0)), Shape(matrix=True)
    ).loss(1.0)
    best = descend(loss, np.zeros(loss.size), 1e-12)
    for tol in (1e-2, 1e-4, 1e-6):
        rough = descend(loss, np.zeros(loss.size), tol)
        left = (loss(rough.theta)[0] - loss(best.theta)[0]) / loss.total
        assert -1e-13 <= left <= rough.gap <= tol


def test_many_classes_get_a_matrix_of_low_rank(rng):
    k = 140
    z = rng.normal(size=(3000, k))
    y = sm.argmax(z @ (np.eye(k) + 0.4 * np.eye(k, k=1)) + rng.gumbel(size=z.shape))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("softargmax.calibration._affine._CELLS", 2**12)
        scaling = sm.StructuredMatrixScaling(rank=5, Cs=(0.01,)).fit(z, y)
    assert scaling.basis_.shape == (k, 5)
    np.testing.assert_allclose(scaling.basis_.T @ scaling.basis_, np.eye(5), atol=1e-12)
    plain = sm.StructuredMatrixScaling(structure="vector", Cs=(0.01,)).fit(z, y)
    assert sm.cross_entropy(scaling.transform(z), y) < sm.cross_entropy(plain.transform(z), y) - 1e-3


def test_rows_left_out_choose_a_strong_penalty_where_there_is_nothing_to_learn(rng):
    z = rng.normal(size=(600, 5))
    chosen = sm.StructuredMatrixScaling().fit(z, sm.argmax(z + rng.gumbel(size=z.shape))).C_
    assert chosen <= 1e-3
    learnable = sm.argmax(z @ (np.eye(5) + np.eye(5, k=1)) + rng.gumbel(size=z.shape))
    assert 10 * chosen < sm.StructuredMatrixScaling().fit(z, learnable).C_


def test_classes_without_rows_are_named(multiclass):
    z, y = multiclass
    with pytest.warns(CalibrationWarning, match=r"1 of 5 classes have no row \(4\)"):
        scaling = sm.VectorScaling().fit(np.column_stack([z, z[:, 0] - 2]), y)
    assert np.isfinite(scaling.bias_).all()


@pytest.mark.parametrize("options", [{"structure": "both"}, {"cv": 1}, {"rank": 0}, {"Cs": ()}, {"Cs": (-1.0,)}])
def test_impossible_options_are_refused(options, multiclass):
    with pytest.raises(ArgumentError, match=next(iter(options))):
        sm.StructuredMatrixScaling(**options).fit(*multiclass)


@pytest.mark.parametrize(
    ("calibration", "features"),
    [
        (sm.BetaCalibration(C=5.0), lambda odds: [sm.log_sigmoid(odds), -sm.log_sigmoid(-odds), np.ones_like(odds)]),
        (sm.QuadraticCalibration(C=5.0), lambda odds: [odds, np.clip(odds, -30, 30) ** 2, np.ones_like(odds)]),
    ],
    ids=["beta", "quadratic"],
)
def test_a_parametric_calibration_is_the_minimum_it_is_defined_by(calibration, features, binary):
    z, y = binary
    calibration.fit(z, y)
    F = np.stack(features((z - np.diff(calibration.shift_)) / calibration.temperature_), axis=1)
    neutral = np.array(calibration._neutral)

    def value(theta):
        return sm.binary_cross_entropy(F @ theta, y) * len(y) + np.sum((theta - neutral) ** 2) / (2 * 5.0)

    found = minimize(value, neutral, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-10, "maxiter": 5000})
    np.testing.assert_allclose(calibration.coefficients_[0], found.x, rtol=1e-4, atol=1e-5)


def test_platt_is_the_logistic_regression_on_the_log_odds(rng):
    z = 1.7 * (rng.normal(size=400) - 2) + 0.9
    y = (rng.random(400) < sm.sigmoid(z - 1)).astype(int)

    def value(theta):
        return sm.binary_cross_entropy(theta[0] * z + theta[1], y)

    found = minimize(value, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13})
    intercept, ahead = PlattScaling().fit(z, y).transform([0.0, 1.0])
    np.testing.assert_allclose([ahead - intercept, intercept], found.x, rtol=2e-4)


def test_two_classes_are_never_pulled_towards_one_half(rng):
    risks, rates = [], []
    for _ in range(20):
        true = rng.normal(size=400) - 2.0
        y = (rng.random(400) < sm.sigmoid(true)).astype(int)
        logits = 1.7 * true + 0.9
        risks.append(sm.AutoCalibration().fit(logits, y).predict_proba(logits)[:, 1].mean())
        rates.append(y.mean())
    np.testing.assert_allclose(risks, rates, atol=0.01)


def test_fits_that_compare_penalties_are_near_their_minimum_where_losses_are_small(rng):
    from softargmax.calibration._labelled import LabelledRows
    from softargmax.calibration._penalised import AffineProblem, Shape
    from softargmax.calibration._start import find_start

    z = rng.normal(size=(2000, 6)) + 6 * np.eye(6)[rng.integers(0, 6, size=2000)]
    y = sm.argmax(2 * z + rng.gumbel(size=z.shape))
    rows = LabelledRows.of(logits_in(z - [2.0, 2.0, 0, 0, 0, 0]), y, None)
    problem = AffineProblem.of(rows, find_start(rows), Shape(matrix=False, on_scale=0.1, on_bias=0.1))
    assert problem.plain_loss < 0.03
    loss = problem.loss(0.3)
    rough, exact = (loss(problem.fit(0.3, rough=rough)[0])[0] / loss.total for rough in (True, False))
    assert rough - exact < 0.01 * (problem.plain_loss - exact)


@pytest.mark.parametrize("structure", ["vector", "matrix"])
def test_a_penalty_is_the_best_by_rows_left_out_where_losses_are_small(structure, rng):
    # A search that stopped by a number of nats would end at the first penalties: .03 nats are all there is.
    z = rng.normal(size=(1500, 6)) + 6 * np.eye(6)[rng.integers(0, 6, size=1500)]
    y = sm.argmax(2 * z + rng.gumbel(size=z.shape))
    z = z * [1, 1, 1, 1.3, 0.8, 1] - [2.0, 2.0, 0, 0, 0, 0]
    Cs = (1e-4, 1e-2, 1.0)
    promised = [
        sm.cross_entropy(out_of_fold(sm.StructuredMatrixScaling(structure=structure, Cs=(C,)), z, y), y) for C in Cs
    ]
    assert promised[0] < 0.06
    assert min(promised) < promised[0] - 0.002
    chosen = sm.StructuredMatrixScaling(structure=structure, Cs=Cs).fit(z, y).C_
    assert promised[Cs.index(chosen)] < min(promised) + 0.05 * (promised[0] - min(promised))


def test_a_large_matrix_is_the_minimum_that_descent_finds_too(rng):
    from softargmax.calibration import _affine_fitting, _penalised
    from softargmax.calibration._labelled import LabelledRows
    from softargmax.calibration._start import find_start

    z = 2 * rng.normal(size=(1000, 70))
    assert z.size >= _penalised._NEWTON_FROM
    y = sm.argmax(z @ (np.eye(70) + 0.4 * np.eye(70, k=1)) + rng.gumbel(size=z.shape))
    rows = LabelledRows.of(logits_in(z), y, rng.integers(1, 3, size=1000).astype(float))
    problem = _penalised.AffineProblem.of(rows, find_start(rows), _penalised.Shape(matrix=True, on_scale=0.1))
    loss = problem.loss(0.1)
    theta, gap = problem.fit(0.1)
    assert gap <= _penalised.TOL
    other = _affine_fitting.minimize_affine(loss, np.zeros(loss.size), 1e-10)
    assert loss(theta)[0] == pytest.approx(loss(other.theta)[0], abs=2e-9 * loss.total)
    direction, h = rng.normal(size=loss.size), 1e-6
    by_differences = (loss(theta + h * direction)[1] - loss(theta - h * direction)[1]) / (2 * h)
    bent = loss.bent(loss.probabilities(theta), direction)
    np.testing.assert_allclose(bent, by_differences, atol=1e-5 * np.abs(by_differences).max())


@pytest.mark.parametrize("matrix", [False, True])
def test_many_classes_have_the_minimum_that_a_whole_hessian_leads_to(matrix, rng, monkeypatch):
    from softargmax.calibration import _affine_fitting, _penalised
    from softargmax.calibration._labelled import LabelledRows
    from softargmax.calibration._start import find_start

    k = _affine_fitting._APART_FROM
    z = 2 * rng.normal(size=(600, k)) + 6 * np.eye(k)[rng.integers(0, k, size=600)]
    y = sm.argmax(z + rng.gumbel(size=z.shape))
    rows = LabelledRows.of(logits_in(1.5 * z + rng.normal(size=k)), y, None)
    shape = _penalised.Shape(matrix, on_scale=0.1, on_bias=0.1, rank=8)
    problem = _penalised.AffineProblem.of(rows, find_start(rows), shape)
    loss = problem.loss(0.01)
    assert isinstance(_affine_fitting.curvature_of(loss, np.zeros(loss.size)), _affine_fitting.ClassCurvature)
    theta, gap = problem.fit(0.01)
    assert gap <= _penalised.TOL
    monkeypatch.setattr(_affine_fitting, "_APART_FROM", k + 1)
    other = _affine_fitting.minimize_affine(loss, np.zeros(loss.size), 1e-10)
    assert loss(theta)[0] == pytest.approx(loss(other.theta)[0], abs=2e-9 * loss.total)


def test_rows_left_out_do_not_look_better_to_a_curve_that_follows_every_turn(rng):
    # A slope is all there is to find; dealt in the order of their loss, folds would have let the isotonic curve win.
    gains = []
    for _ in range(12):
        z = rng.normal(size=400) * 1.5 - 2
        y = (rng.random(400) < sm.sigmoid(z)).astype(int)
        curve, line = (
            sm.binary_cross_entropy(out_of_fold(calibration, z, y), y)
            for calibration in (sm.IsotonicCalibration(), PlattScaling())
        )
        gains.append(line - curve)
    assert np.mean(gains) < -0.002


def test_beta_never_decreases(rng):
    # Outcomes that fall above 0 would want a negative coefficient there.
    z = rng.normal(size=2000) * 2
    y = (rng.random(2000) < sm.sigmoid(np.where(z > 0, -z, 2 * z))).astype(int)
    beta = sm.BetaCalibration().fit(z, y)
    assert beta.coefficients_[0].min() == 0.0
    assert np.all(np.diff(beta.transform(np.linspace(-10, 10, 200))) >= 0.0)


def test_isotonic_knots_are_the_levels_of_the_pooled_rows():
    # With a yes added at the lowest and a no at the highest: 1/2 | 1/2 | 2/3 (after pooling), as fractions.
    z, y = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0], [0, 1, 0, 1, 1, 1]
    curve = sm.IsotonicCalibration().fit(z, y)
    rates = 1 / (1 + np.exp(-curve.curves_[0][:, 1]))
    values = isotonic_regression([1 / 2, 1, 0, 1, 1, 1 / 2], weights=[2, 1, 1, 1, 1, 2]).x
    for value in np.unique(values):
        assert np.abs(rates - value).min() < 1e-12


def test_isotonic_leaves_sure_rows_sure(rng):
    # Two levels far apart: from middle to middle the curve would leave the ends of both half-way.
    z = np.concatenate([rng.uniform(-40, -3, size=300), rng.uniform(3, 40, size=300)])
    y = (z > 0).astype(int)
    y[[0, 300]] = 1 - y[[0, 300]]
    p = sm.IsotonicCalibration().fit(z, y).predict_proba([-4.0, 4.0])[:, 1]
    assert p[0] < 0.1
    assert p[1] > 0.9


def test_isotonic_keeps_the_order_of_rows_and_its_log_loss_is_finite(binary):
    z, y = binary
    curve = sm.IsotonicCalibration().fit(z[:500], y[:500])
    p = curve.predict_proba(np.sort(z))[:, 1]
    assert np.all(np.diff(p) >= 0.0)
    assert len(np.unique(p)) > 300
    assert math.isfinite(sm.binary_cross_entropy(curve.transform(np.array([-1e9, 1e9])), [1, 0]))


def test_one_distinct_log_odds_has_one_level():
    # One yes and three no, one yes and one no added: 2/6, and 4/6 with the classes exchanged.
    p = sm.IsotonicCalibration().fit([[2.0, 0.0]] * 4, [0, 0, 0, 1]).predict_proba([[2.0, 0.0]])
    np.testing.assert_allclose(p, [[4 / 6, 2 / 6]], rtol=1e-12)


def test_a_mixture_without_a_uniform_part_rules_nothing_out(rng):
    z = rng.normal(size=(50, 2))
    with pytest.warns(CalibrationWarning):
        calibration = sm.EnsembleTemperatureScaling().fit(z, z.argmax(axis=1))
    assert calibration.mixture_[2] == 0.0
    assert np.isfinite(calibration.transform([[0.0, -1e6]])).all()


def test_a_bin_is_the_share_of_its_rows_and_one_more():
    z, y = [-1.0, -1.0, 1.0, 1.0, 1.0], [0, 1, 1, 1, 0]
    binning = sm.HistogramBinning(n_bins=2).fit(z, y)
    shift = np.diff(binning.shift_)[0]
    tempered = [1 / (1 + math.exp(-(x - shift) / binning.temperature_)) for x in (-1.0, 1.0)]
    np.testing.assert_allclose(
        binning.predict_proba([-5.0, 5.0])[:, 1], [(1 + tempered[0]) / 3, (2 + tempered[1]) / 4], rtol=1e-6
    )


def test_venn_abers_is_two_isotonic_fits_with_the_new_row(rng):
    for _ in range(30):
        m = int(rng.integers(1, 20))
        weight = rng.integers(1, 4, size=m).astype(float)
        came = np.array([rng.integers(0, w + 1) for w in weight], float)
        sums = np.concatenate([[[0.0, 0.0]], np.cumsum(np.stack([weight, came], axis=1), axis=0)])
        places = np.arange(m + 1)
        for outcome in (0.0, 1.0):
            between, at = _added(sums, places, places, outcome), _added(sums, places[:-1], places[1:], outcome)
            for i in range(m + 1):
                fit = isotonic_regression(np.insert(came / weight, i, outcome), weights=np.insert(weight, i, 1.0))
                assert between[i] == pytest.approx(fit.x[i], abs=1e-12)
            for i in range(m):
                more, with_it = weight.copy(), came.copy()
                more[i] += 1.0
                with_it[i] += outcome
                assert at[i] == pytest.approx(isotonic_regression(with_it / more, weights=more).x[i], abs=1e-12)


def test_venn_abers_mixes_its_interval():
    # Three rows at -1 (one yes) and four at 1 (three yes): at 1 the pair is 3/5 and 4/5.
    z, y = [-1.0] * 3 + [1.0] * 4, [1, 0, 0, 1, 1, 1, 0]
    calibration = sm.VennAbers().fit(z, y)
    low, high = calibration.predict_interval([1.0])
    np.testing.assert_allclose([low[0, 1], high[0, 1]], [0.6, 0.8], rtol=1e-12)
    np.testing.assert_allclose([low[0, 0], high[0, 0]], [0.2, 0.4], rtol=1e-12)
    mixed = Fraction(4, 5) / (1 - Fraction(3, 5) + Fraction(4, 5))
    np.testing.assert_allclose(calibration.predict_proba([1.0])[0, 1], float(mixed), rtol=1e-12)


def test_venn_abers_keeps_every_class(multiclass):
    # venn-abers 1.5.4 gives two columns where calibration rows hold two of three classes.
    z, y = multiclass
    seen = y < 3
    with pytest.warns(CalibrationWarning, match="1 of 4 maps"):
        low, high = sm.VennAbers().fit(z[seen], y[seen]).predict_interval(z)
    assert low.shape == high.shape == z.shape
    assert np.all(low <= high)


def test_a_mixture_is_certified_and_finds_corners(rng):
    true = rng.random((500, 3)) * [1.0, 0.5, 0.2]
    weight = np.full(500, 1 / 500)
    w, gap = likeliest_mixture(true, weight)
    assert gap <= 1e-12
    grid = [(a, b, 1 - a - b) for a in np.linspace(0, 1, 41) for b in np.linspace(0, 1, 41) if a + b <= 1]
    assert max(weight @ np.log(true @ np.array(v) + 1e-300) for v in grid) <= weight @ np.log(true @ w) + 1e-12
    corner, gap = likeliest_mixture(
        np.stack([np.full(9, 0.9), np.full(9, 0.5), np.full(9, 0.1)], axis=1), np.full(9, 1 / 9)
    )
    np.testing.assert_allclose(corner, [1, 0, 0], atol=1e-9)


def test_a_mixture_bounds_what_a_confident_mistake_costs(multiclass):
    z, y = multiclass
    z, y = np.vstack([z, [[500.0, 0, 0, 0]]]), np.append(y, 1)
    calibration = sm.EnsembleTemperatureScaling().fit(z, y)
    floor = calibration.mixture_[2] / 4
    assert 0 < floor * (1 - 1e-12) <= calibration.predict_proba([[1e6, 0, 0, 0]])[0, 1]


def test_auto_stays_near_a_temperature_where_it_is_the_truth(rng):
    z = rng.normal(size=(3000, 4))
    y = sm.argmax(0.5 * z + rng.gumbel(size=z.shape))
    auto = sm.AutoCalibration().fit(z[:1500], y[:1500])
    assert auto.contenders_[0].name == "temperature"
    assert sm.cross_entropy(auto.transform(z), y) < sm.cross_entropy(0.5 * z, y) + 1e-3


def test_auto_takes_more_where_rows_support_it(multiclass):
    auto = sm.AutoCalibration().fit(*multiclass)
    best = min(auto.contenders_, key=lambda each: each.loss)
    assert isinstance(auto.chosen_, AdditiveCalibration)
    assert best.gain > 2 * best.standard_error > 0.0
    assert sum(each.weight for each in auto.contenders_[1:]) > 0.5


def test_auto_leaves_few_rows_near_the_simplest(rng):
    # No number of rows switches it on: with 60 rows there is little to be had, and little to be lost.
    behind = []
    for _ in range(10):
        z = 2 * rng.normal(size=(1060, 4))
        y = sm.argmax(0.6 * z + rng.gumbel(size=z.shape))
        auto, simplest = (
            sm.cross_entropy(calibration.fit(z[:60], y[:60]).transform(z[60:]), y[60:])
            for calibration in (sm.AutoCalibration(), sm.TemperatureScaling())
        )
        behind.append(auto - simplest)
    assert np.mean(behind) < 0.02


def test_the_simplest_alone_has_all_the_weight():
    rng = np.random.default_rng(2)
    z = 2 * rng.normal(size=(400, 3))
    y = sm.argmax(0.6 * z + rng.gumbel(size=z.shape))
    auto = sm.AutoCalibration().fit(z, y)
    assert isinstance(auto.calibration_, sm.TemperatureScaling)
    assert [each.weight for each in auto.contenders_] == [1.0] + [0.0] * (len(auto.contenders_) - 1)


def test_auto_compares_what_it_is_told_to_and_chooses_one(binary):
    auto = sm.AutoCalibration(calibrations=[sm.BetaCalibration()]).fit(*binary)
    assert [each.name for each in auto.contenders_] == ["platt", "beta"]
    assert [each.weight for each in auto.contenders_] == [0.0, 1.0]
    assert isinstance(auto.calibration_, sm.BetaCalibration)
    with pytest.raises(ArgumentError, match="expected calibrations"):
        sm.AutoCalibration(calibrations=["beta"]).fit(*binary)


def test_auto_keeps_a_single_calibration_if_asked_to(multiclass, binary):
    for rows, names in [
        (multiclass, ["temperature", "ensemble", "structured (no matrix)", "structured", "beta", "isotonic"]),
        (binary, ["platt", "beta", "quadratic", "isotonic"]),
    ]:
        single = sm.AutoCalibration(method="single").fit(*rows)
        assert [each.name for each in single.contenders_] == names
        (chosen,) = (each for each in single.contenders_ if each.weight)
        assert chosen.weight == 1.0
        assert chosen.loss == min(each.loss for each in single.contenders_)
        assert chosen.name.startswith(single.calibration_.kind)
    with pytest.raises(ArgumentError, match="of which one is chosen"):
        sm.AutoCalibration(calibrations=[sm.BetaCalibration()], method="pool").fit(*binary)
    with pytest.raises(ArgumentError, match="method: expected"):
        sm.AutoCalibration(method="best").fit(*binary)


def test_equal_rows_are_left_out_together():
    from softargmax.calibration._folds import folds_by_loss

    z = np.array([0.3, 0.1, 0.3, 0.2, 0.1, 0.4, 0.3])
    folds = folds_by_loss(np.stack([z, np.zeros(7)], axis=1), np.zeros(7, int), 3)
    where = {int(row): fold.number for fold in folds for row in fold.outside}
    assert where[0] == where[2] == where[6]
    assert where[1] == where[4]
    assert len(folds) == 3


@pytest.mark.parametrize("seed", range(108, 112))
def test_a_ranking_that_is_wrong_throughout_is_no_failure_of_a_factorisation(seed):
    # In single precision the Hessian's rounding errors outweigh the weak penalty on the diagonal.
    z = np.random.default_rng(seed).normal(size=(300, 3)) * 4
    with pytest.warns(CalibrationWarning, match="the scores carry no signal|can be told apart"):
        scaling = sm.DirichletCalibration().fit(z, z.argmin(axis=1))
    assert np.isfinite(scaling.transform(z)).all()


def test_beyond_log_odds_of_30_the_square_grows_no_further():
    after = sm.Calibration.from_state(
        sm.QuadraticCalibration().fit([-1.0, 0.5, 1.0, 2.0] * 9, [0, 1, 0, 1] * 9).to_state()
    )
    after.temperature_, after.shift_, after.coefficients_ = 1.0, None, np.array([[2.0, 0.1, -3.0]])
    x = np.array([29.0, 30.0, 31.0, 60.0, -29.0, -31.0, -60.0])
    expected = 2.0 * x + 0.1 * np.minimum(np.abs(x), 30.0) ** 2 - 3.0
    np.testing.assert_allclose(after.transform(x), expected, rtol=1e-12)


@pytest.mark.parametrize("basis", [None, 140])
def test_a_row_has_the_same_bits_at_every_place_however_many_classes_are_mixed(rng, basis):
    n_classes = 203
    made_of = None if basis is None else rng.normal(size=(n_classes, basis + 1))
    weights = rng.normal(size=(n_classes if basis is None else basis + 1, n_classes))
    mixed = AffineMap(1.0, None, np.ones(n_classes), np.zeros(n_classes), made_of, weights)
    z = rng.normal(size=(1, n_classes))
    assert np.array_equal(mixed(np.repeat(z, 200, axis=0)), np.repeat(mixed(z), 200, axis=0))
