"""A row that stands three times is a row of weight 3, and copies are never on two sides of a fold."""

import warnings

import numpy as np
import pytest

import softargmax as sm
from softargmax._logits import logits_in
from softargmax.calibration._folds import Units, better_by
from softargmax.calibration._labelled import LabelledRows
from softargmax.exceptions import CalibrationWarning

CHOOSING = {
    "structured": sm.StructuredMatrixScaling(),
    "structured-vector": sm.StructuredMatrixScaling(structure="vector"),
    "dirichlet": sm.DirichletCalibration(),
    "auto": sm.AutoCalibration(),
}
EVERY = CHOOSING | {
    "temperature": sm.TemperatureScaling(),
    "ensemble": sm.EnsembleTemperatureScaling(),
    "vector": sm.VectorScaling(),
    "matrix": sm.MatrixScaling(),
    "beta": sm.BetaCalibration(),
    "quadratic": sm.QuadraticCalibration(),
    "isotonic": sm.IsotonicCalibration(),
    "histogram": sm.HistogramBinning(),
    "venn-abers": sm.VennAbers(),
}


def drawn(rng, n, k):
    z = 2 * rng.normal(size=(n, k))
    return z, sm.argmax(z / 2 + rng.gumbel(size=z.shape))


def fitted(name, z, y, weight=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)
        return EVERY[name].clone().fit(z, y, sample_weight=weight)


@pytest.mark.parametrize("name", list(EVERY))
@pytest.mark.parametrize("scores", ["all different", "of few trees"])
def test_a_row_that_stands_three_times_is_a_row_of_weight_3(name, scores, rng):
    z, y = drawn(rng, 300, 3)
    if scores == "of few trees":
        z = np.round(z / 2)
    weighted = fitted(name, z, y, np.full(300, 3.0))
    repeated = fitted(name, np.tile(z, (3, 1)), np.tile(y, 3))
    np.testing.assert_allclose(repeated.predict_proba(z), weighted.predict_proba(z), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", list(CHOOSING))
def test_weights_from_1_to_3_are_as_many_copies(name, rng):
    z, y = drawn(rng, 300, 3)
    weight = rng.integers(1, 4, size=300)
    weighted = fitted(name, z, y, weight)
    repeated = fitted(name, z.repeat(weight, axis=0), y.repeat(weight))
    np.testing.assert_allclose(repeated.predict_proba(z), weighted.predict_proba(z), rtol=1e-5, atol=1e-7)


def test_copies_make_nothing_worse_than_a_temperature(rng):
    z, y = drawn(rng, 1000, 10)
    new, truth = drawn(rng, 20_000, 10)
    chosen = fitted("auto", np.repeat(z, 3, axis=0), np.repeat(y, 3))
    tempered = fitted("temperature", z, y)
    assert sm.cross_entropy(chosen.transform(new), truth) < sm.cross_entropy(tempered.transform(new), truth) + 1e-3


def rows_of(z, y, weight=None):
    return LabelledRows.of(logits_in(np.asarray(z, float)), np.asarray(y), weight)


def test_copies_are_one_row_and_rows_of_one_score_are_many():
    units = Units.of(rows_of([[0.0, 1.0]] * 3 + [[0.0, 2.0]] * 5, [1, 1, 1, 0, 0, 0, 1, 1]))
    copies = ~units.apart
    assert units.rows.weight[copies].tolist() == [3.0]
    assert units.grain[copies].tolist() == [3.0]
    assert units.rows.weight[units.apart].tolist() == [1.0] * 5
    assert units.grain[units.apart].tolist() == [1.0] * 5
    assert sorted(units.rows.codes[units.apart]) == [0, 0, 0, 1, 1]
    sizes = [len(fold.outside) for fold in units.folds(units.rows.logits, 5)]
    assert max(sizes) - min(sizes) <= 1


def test_a_heavy_row_of_a_score_is_dealt_in_pieces():
    units = Units.of(rows_of([[0.0, 2.0]] * 2, [0, 1], [2.5, 1e6]))
    assert len(units.rows) == 3 + 60
    assert units.rows.total == pytest.approx(1e6 + 2.5, rel=1e-12)
    assert np.all(units.grain == 1.0)


def test_rows_that_are_all_different_stay_as_they_are(rng):
    rows = rows_of(*drawn(rng, 50, 3), np.arange(1.0, 51.0))
    units = Units.of(rows)
    assert units.rows is rows
    assert units.grain is rows.weight
    assert not units.apart.any()


def test_the_error_of_a_gain_squares_the_weights_of_rows_and_not_those_of_pieces():
    losses, others, weight = np.array([0.1, 0.2, 0.3]), np.array([0.3, 0.3, 0.3]), np.array([1.0, 2.0, 3.0])
    difference, mean = np.array([0.2, 0.1, 0.0]), 0.4 / 6
    for grain in (weight, np.ones(3)):
        gain, error = better_by(losses, others, weight, grain)
        assert gain == pytest.approx(mean, rel=1e-12)
        assert error == pytest.approx(np.sqrt(np.sum(weight * grain * (difference - mean) ** 2)) / 6, rel=1e-12)


def test_unequal_weights_make_a_choice_less_sure(rng):
    z, y = drawn(rng, 800, 3)
    auto = sm.AutoCalibration(calibrations=[sm.VectorScaling(), sm.BetaCalibration()])
    flat = auto.clone().fit(z, y, sample_weight=np.ones(800)).contenders_
    weight = np.where(rng.random(800) < 0.1, 9.1, 0.1)
    uneven = auto.clone().fit(z, y, sample_weight=weight / weight.mean()).contenders_
    for one, other in zip(flat[1:], uneven[1:], strict=True):
        assert other.standard_error > 1.5 * one.standard_error


def test_a_gain_that_is_sure_and_not_worth_a_word_is_not_taken(monkeypatch, rng):
    from softargmax.calibration import _contenders

    z, y = drawn(rng, 1000, 3)
    for gain, taken in ((4e-4, False), (6e-4, True)):
        found = {True: (0.0, 1e-6), False: (gain, 1e-6)}
        monkeypatch.setattr(_contenders, "better_by", lambda one, other, *_, found=found: found[one is other])
        chosen = sm.AutoCalibration(calibrations=[sm.VectorScaling()]).fit(z, y).calibration_
        assert isinstance(chosen, sm.VectorScaling) is taken


@pytest.mark.parametrize(
    ("n", "weight", "chooses"), [(19, 1.0, False), (21, 1.0, True), (8, 3.0, True), (38, 0.5, False)]
)
@pytest.mark.parametrize("cv", [2, 5])
def test_fewer_than_20_rows_take_the_strongest_penalty(n, weight, chooses, cv, monkeypatch):
    from softargmax.calibration import _affine_calibration
    from softargmax.calibration._penalised import Choice

    asked, choice = [], Choice(0.3, np.zeros(0), None)
    monkeypatch.setattr(_affine_calibration, "choose_penalty", lambda *given: asked.append(given) or choice)
    z, y = np.linspace(-2.0, 2.0, n), (np.arange(n) >= n // 2).astype(int)
    y[[0, -1]] = y[[-1, 0]]  # neither separated nor without signal
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)
        after = sm.StructuredMatrixScaling(cv=cv).fit(z, y, sample_weight=np.full(n, weight))
    assert bool(asked) is chooses
    np.testing.assert_allclose(after.C_, 0.3 if chooses else 1e-4)


@pytest.mark.parametrize(("weight", "compares"), [(1.0, False), (3.0, True)])
def test_weights_count_towards_the_200_rows_that_a_choice_takes(weight, compares, rng):
    z, y = drawn(rng, 100, 3)
    auto = sm.AutoCalibration(calibrations=[sm.VectorScaling()])
    assert bool(auto.fit(z, y, sample_weight=np.full(100, weight)).contenders_) is compares


def test_of_too_few_rows_the_simplest_is_taken_whatever_there_is_to_compare(rng):
    z = rng.normal(size=(20, 3))
    y = np.asarray(sm.argmax(z + rng.gumbel(size=z.shape)))
    after = sm.AutoCalibration(calibrations=[sm.VectorScaling()]).fit(z, y)
    assert after.chosen_.kind == "temperature"
    assert after.contenders_ == ()
