"""Calibrations fitted to any finite logits: shifted, constant, tiny, huge, without signal, and of files that say so."""

import json
import math
import warnings

import numpy as np
import pytest

import softargmax as sm
from softargmax.calibration import AdditiveCalibration, PlattScaling
from softargmax.exceptions import ArtifactError, CalibrationWarning

RICH = {
    "vector": sm.VectorScaling(),
    "matrix": sm.MatrixScaling(),
    "structured": sm.StructuredMatrixScaling(),
    "structured-vector": sm.StructuredMatrixScaling(structure="vector"),
    "dirichlet": sm.DirichletCalibration(),
    "platt": PlattScaling(),
    "beta": sm.BetaCalibration(),
    "quadratic": sm.QuadraticCalibration(),
    "isotonic": sm.IsotonicCalibration(),
    "histogram": sm.HistogramBinning(),
    "venn-abers": sm.VennAbers(),
    "additive": AdditiveCalibration(),
    "auto": sm.AutoCalibration(),
}
CURVES = {"isotonic", "histogram", "venn-abers"}
ALL = RICH | {"temperature": sm.TemperatureScaling(), "ensemble": sm.EnsembleTemperatureScaling()}
rich = pytest.mark.parametrize("name", list(RICH))
every = pytest.mark.parametrize("name", list(ALL))


@pytest.fixture(scope="module")
def rare():
    """Log-odds of rare events that mean what they say."""
    rng = np.random.default_rng(1)
    s = rng.normal(size=20_000) * 2 - 5
    return s, (rng.random(20_000) < sm.sigmoid(s)).astype(int)


def loss(calibration, z, y):
    return float(-np.log(calibration.predict_proba(z)[np.arange(len(y)), y]).mean())


@rich
@pytest.mark.parametrize("shift", [7.0, -30.0, 1e6])
def test_a_model_of_reweighted_rows_is_calibrated_to_the_true_rate(rare, name, shift):
    s, y = rare
    after = ALL[name].clone().fit(s + shift, y)
    assert loss(after, s + shift, y) <= (0.1017 if name == "histogram" else 0.0977)


@rich
def test_a_shift_of_one_class_of_three_is_taken_off(name, rng):
    z = 2 * rng.normal(size=(6000, 3))
    y = sm.argmax(z + rng.gumbel(size=z.shape))
    known = sm.cross_entropy(z[3000:], y[3000:])
    for shift in ([40.0, 0.0, 0.0], [0.0, -1e6, 1e3]):
        after = ALL[name].clone().fit((z + shift)[:3000], y[:3000])
        assert loss(after, (z + shift)[3000:], y[3000:]) < known + (0.035 if name in CURVES else 0.006)


@rich
@pytest.mark.parametrize("constant", [0.0, 0.5, -5.0, 0.1 + 0.2, 1e300])
def test_equal_logits_give_the_share_of_events(name, constant):
    y = np.repeat([1, 0], [89, 911])
    with pytest.warns(CalibrationWarning, match="carry no signal"):
        after = ALL[name].clone().fit(np.full(1000, constant), y)
    assert after.predict_proba([constant])[0, 1] == pytest.approx(0.089, abs=1e-3)


@rich
@pytest.mark.parametrize("constant", [0.0, 0.5, -5.0])
def test_equal_logits_of_three_classes_give_their_shares(name, constant):
    y = np.repeat([0, 1, 2], [800, 148, 52])
    with pytest.warns(CalibrationWarning, match="carry no signal"):
        after = ALL[name].clone().fit(np.full((1000, 3), constant), y)
    p = after.predict_proba([[constant] * 3, [5.0, 0.0, -math.inf]])
    np.testing.assert_allclose(p[0], [0.8, 0.148, 0.052], atol=2e-3)
    np.testing.assert_allclose(p[1], [0.8 / 0.948, 0.148 / 0.948, 0.0], atol=2e-3)  # nothing is learned but shares


@rich
@pytest.mark.parametrize("row", [[2.0, 0.0, -1.0], [3.0, 0.0, 0.0], [0.0, 0.0, 1e6]])
def test_rows_that_are_all_the_same_one_give_the_shares_of_three_classes(name, row):
    y = np.repeat([0, 1, 2], [800, 148, 52])
    with pytest.warns(CalibrationWarning, match="carry no signal"):
        after = ALL[name].clone().fit(np.tile(row, (1000, 1)), y)
    np.testing.assert_allclose(after.predict_proba([row])[0], [0.8, 0.148, 0.052], atol=2e-3)


def test_the_interval_of_venn_abers_at_equal_logits_is_that_of_one_block():
    with pytest.warns(CalibrationWarning):
        after = sm.VennAbers().fit(np.full(1000, 0.5), np.repeat([1, 0], [89, 911]))
    low, high = after.predict_interval([0.5])
    assert (low[0, 1], high[0, 1]) == pytest.approx((89 / 1001, 90 / 1001), rel=1e-12)


@rich
def test_a_reversed_ranking_gives_the_share_of_events(name, rng):
    z = rng.normal(size=2000)
    y = (rng.random(2000) < sm.sigmoid(0.7 - z)).astype(int)
    with pytest.warns(CalibrationWarning, match="carry no signal"):
        after = ALL[name].clone().fit(z, y)
    np.testing.assert_allclose(after.predict_proba(z)[:, 1], y.mean(), atol=1e-3)


@rich
def test_noise_gives_the_share_of_events_on_average(name):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        z, y = rng.normal(size=500), (rng.random(500) < 0.2).astype(int)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CalibrationWarning)
            after = ALL[name].clone().fit(z, y)
        assert after.predict_proba(z)[:, 1].mean() == pytest.approx(
            y.mean(), abs=0.02 if name == "venn-abers" else 0.01
        )


@every
@pytest.mark.parametrize("factor", [1e-308, 1e-300, 1e-100, 1e100, 1e300])
@pytest.mark.parametrize("shift", [0.0, 7.0])
def test_logits_of_any_size_are_calibrated_alike(rare, name, factor, shift):
    z, y = rare[0][:2000] + shift, rare[1][:2000]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)
        expected = ALL[name].clone().fit(z, y).predict_proba(z)
        found = ALL[name].clone().fit(factor * z, y).predict_proba(factor * z)
    assert np.isfinite(found).all()
    if name != "ensemble":  # in which the size of the logits plays a part
        np.testing.assert_allclose(found, expected, atol=1e-4)


@every
def test_float32_logits_are_calibrated_like_their_values(rare, name):
    z, y = (rare[0][:2000] + 7.0).astype(np.float32), rare[1][:2000]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)
        single, double = (ALL[name].clone().fit(x, y).predict_proba(x) for x in (z, z.astype(np.float64)))
    np.testing.assert_allclose(single, double, atol=1e-6)


@every
def test_new_rows_beyond_all_numbers_stay_finite(rare, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)
        after = ALL[name].clone().fit(1e-6 * rare[0][:2000], rare[1][:2000])
    far = np.array([1e308, -1e308, 1.7e308, 0.0])
    assert np.isfinite(after.predict_proba(far)).all()
    assert np.isfinite(after.transform(far)).all()
    columns = np.array([[1.7e308, -1.7e308], [-1e308, -1.5e308], [1e308, 1e308]])
    p = after.predict_proba(columns)
    assert np.isfinite(p).all()
    assert np.isfinite(after.transform(columns)).all()
    np.testing.assert_array_equal(p[2], after.predict_proba([[0.0, 0.0]])[0])


@rich
def test_what_was_shifted_is_saved_with_its_shift(rare, name, tmp_path):
    s, y = rare
    before = ALL[name].clone().fit(s[:3000] + 1e6, y[:3000])
    for file in ("c.json", "c.softargmax"):
        before.save(tmp_path / file)
        after = sm.load(tmp_path / file)
        np.testing.assert_array_equal(after.predict_proba(s + 1e6), before.predict_proba(s + 1e6))


@pytest.mark.parametrize(
    ("name", "part", "field"),
    [
        ("vector", "arrays", "scale_"),
        ("vector", "arrays", "bias_"),
        ("matrix", "arrays", "weights_"),
        ("beta", "arrays", "coefficients_"),
        ("isotonic", "values", "curves_"),
        ("venn-abers", "values", "curves_"),
    ],
)
def test_numbers_of_a_file_whose_sums_could_be_infinite_are_refused(rare, name, part, field):
    state = json.loads(json.dumps(ALL[name].clone().fit(rare[0][:500] + 5, rare[1][:500]).to_state().to_json()))

    def enlarged(value):
        return [enlarged(each) for each in value] if isinstance(value, list) else math.copysign(1e308, value)

    state[part][field] = enlarged(state[part][field])
    with pytest.raises(ArtifactError, match=f"expected numbers.* to 1e\\+100|{field[:-1]}"):
        sm.Calibration.from_state(state)


def test_a_curve_that_steps_does_not_hang_on_a_last_bit(rng):
    kinds = rng.normal(size=(60, 3)) * 2
    z = kinds[rng.integers(60, size=3000)]
    y = sm.argmax(2 * z + 3 * rng.gumbel(size=z.shape))
    for name in CURVES:
        after = ALL[name].clone().fit(z, y)
        moved = np.nextafter(kinds, rng.choice([-np.inf, np.inf], size=kinds.shape))
        np.testing.assert_allclose(after.predict_proba(moved), after.predict_proba(kinds), rtol=1e-12)
