import math
import warnings

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import softargmax as sm
from softargmax.exceptions import ArgumentError, CalibrationWarning, NotFittedError, ShapeError, TargetError


@pytest.fixture
def held_out(rng):
    """Logits that are 2.5 times too large, and labels drawn from the honest ones."""
    honest = rng.normal(size=(3000, 6)) * 2
    y = (rng.random(3000)[:, None] > sm.softmax(honest).cumsum(axis=1)).sum(axis=1).clip(0, 5)
    return 2.5 * honest, y


def fit(z, y, **options):
    return sm.TemperatureScaling().fit(z, y, **options)


def test_the_closed_form_of_two_classes_with_one_gap():
    # 3 of 4 right at a gap of 2: sigmoid(2 / T) = 3/4, so T = 2 / log 3.
    assert fit([[2.0, 0.0]] * 4, [0, 0, 0, 1]).temperature_ == pytest.approx(2 / math.log(3), rel=1e-12)


def test_it_is_the_minimum_of_the_log_loss(held_out):
    z, y = held_out
    scaling = fit(z, y)
    best = minimize_scalar(
        lambda t: sm.cross_entropy(z / t, y), bounds=(1, 5), method="bounded", options={"xatol": 1e-9}
    )
    assert scaling.temperature_ == pytest.approx(best.x, rel=1e-6)
    assert scaling.temperature_ == pytest.approx(2.5, rel=0.1)


def test_the_certificate_is_the_derivative_and_vanishes(held_out):
    z, y = held_out
    scaling = fit(z, y)
    p = sm.softmax(z, temperature=scaling.temperature_)
    slope = np.mean((p * z).sum(axis=1) - z[np.arange(len(z)), y]) / scaling.temperature_
    assert abs(slope) < 1e-13
    assert scaling.optimality_ < 1e-13


@pytest.mark.parametrize("factor", [2.0**-1000, 2.0**-30, 0.1, 3.0, 2.0**26, 1e8])
def test_scaled_logits_have_a_scaled_temperature(held_out, factor):
    z, y = held_out
    assert fit(factor * z, y).temperature_ == pytest.approx(factor * fit(z, y).temperature_, rel=1e-12)


def test_a_shift_of_every_row_changes_nothing(held_out, rng):
    z, y = held_out
    shifted = z + rng.normal(size=(len(z), 1)) * 100
    assert fit(shifted, y).temperature_ == pytest.approx(fit(z, y).temperature_, rel=1e-10)


def test_a_weight_is_a_repetition(held_out, rng):
    z, y = held_out
    weight = rng.integers(0, 4, size=len(y))
    weighted = fit(z, y, sample_weight=weight).temperature_
    assert weighted == pytest.approx(fit(z.repeat(weight, axis=0), y.repeat(weight)).temperature_, rel=1e-12)


def test_one_sigmoid_logit_is_a_two_class_softmax(held_out):
    z, y = held_out
    z, y = z[:, 0], (y == 0).astype(int)
    assert fit(z, y).temperature_ == fit(np.stack([np.zeros_like(z), z], axis=1), y).temperature_


def test_transform_divides_and_predict_proba_is_its_softmax(held_out):
    z, y = held_out
    z = z.astype(np.float32)
    scaling = fit(z, y)
    assert scaling.transform(z).dtype == np.float32
    np.testing.assert_allclose(scaling.transform(z), z / scaling.temperature_, rtol=1e-6)
    np.testing.assert_allclose(scaling.predict_proba(z), sm.softmax(scaling.transform(z)), rtol=1e-4)
    with pytest.raises(ShapeError, match=r"shape \(n_rows, 6\), .* as at fit, got \(3000,\)"):
        scaling.predict_proba(z[:, 0])
    binary = fit(z[:, 0], (y == 0).astype(int))
    np.testing.assert_allclose(binary.predict_proba(z[:, 0])[:, 1], sm.sigmoid(binary.transform(z[:, 0])), rtol=1e-5)


@pytest.mark.parametrize(
    "far", [-1e13, -1e30, float(np.finfo(np.float32).min), float(np.finfo(np.float64).min), -math.inf]
)
def test_a_class_masked_by_a_huge_number_does_not_decide(held_out, far):
    z, y = held_out
    masked = np.column_stack([z, np.full(len(z), far)])
    assert fit(masked, y).temperature_ == pytest.approx(fit(z, y).temperature_, rel=1e-9)


def test_logits_at_the_edge_of_float64_do_not_overflow():
    scaling = fit([[9e307, -9e307]] * 4, [0, 0, 0, 1])
    assert scaling.temperature_ == pytest.approx(9e307 / math.log(3) * 2, rel=1e-9)
    assert scaling.predict_proba([[9e307, -9e307]])[0, 0] == pytest.approx(0.75, rel=1e-9)


def test_a_row_with_nothing_possible_is_refused():
    with pytest.raises(ArgumentError, match="only -inf in row 1"):
        fit([[0.0, 1.0], [-math.inf, -math.inf]], [0, 1])


def test_a_perfect_set_gives_a_finite_temperature_by_the_rule_of_succession(rng):
    z = rng.normal(size=(50, 3))
    y = z.argmax(axis=1)
    with pytest.warns(CalibrationWarning, match="every row is classified right"):
        scaling = fit(z, y)
    assert scaling.predict_proba(z)[np.arange(50), y].mean() == pytest.approx(51 / 52, rel=1e-9)


def test_anti_correlated_logits_become_uniform_and_never_negative(rng):
    z = rng.normal(size=(50, 3))
    with pytest.warns(CalibrationWarning, match="larger logits go with wrong classes"):
        scaling = fit(z, z.argmin(axis=1))
    assert 0 < scaling.temperature_ < math.inf
    np.testing.assert_allclose(scaling.predict_proba(z), 1 / 3, atol=1e-5)


def test_equal_logits_say_nothing():
    with pytest.warns(CalibrationWarning, match="left at 1"):
        assert fit([[1.0, 1.0], [3.0, 3.0]], [0, 1]).temperature_ == 1.0


def test_a_class_ruled_out_does_not_count(held_out):
    z, y = held_out
    with_extra = np.column_stack([z, np.full(len(z), -math.inf)])
    assert fit(with_extra, y).temperature_ == pytest.approx(fit(z, y).temperature_, rel=1e-12)


def test_a_true_class_ruled_out_is_left_out_with_a_warning(held_out):
    z, y = held_out
    broken = np.vstack([z, [[-math.inf, 0, 0, 0, 0, 0]]])
    with pytest.warns(CalibrationWarning, match="1 of 3001 rows"):
        assert fit(broken, np.append(y, 0)).temperature_ == pytest.approx(fit(z, y).temperature_, rel=1e-12)


def test_an_ordinary_set_gives_no_warning(held_out):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(*held_out)


@pytest.mark.parametrize(
    ("z", "y", "options", "error"),
    [
        ([[1.0, math.nan]], [0], {}, ArgumentError),
        ([[1.0, math.inf]], [0], {}, ArgumentError),
        ([[1.0, 2.0]], [2], {}, TargetError),
        ([[1.0, 2.0]], [0, 1], {}, ShapeError),
        (np.empty((2, 0)), [0, 0], {}, ShapeError),
        (np.empty((0, 2)), np.empty(0, int), {}, ShapeError),
        ([[1.0, 2.0]], [0], {"sample_weight": [-1.0]}, ArgumentError),
        ([[1.0, 2.0]], [0], {"sample_weight": [1.0, 1.0]}, ShapeError),
    ],
)
def test_what_does_not_fit_is_refused(z, y, options, error):
    with pytest.raises(error):
        fit(z, y, **options)


def test_it_must_be_fitted_first():
    with pytest.raises(NotFittedError):
        sm.TemperatureScaling().transform([[1.0]])


def test_scikit_learn_can_clone_it():
    from sklearn.base import clone

    assert isinstance(clone(sm.TemperatureScaling()), sm.TemperatureScaling)
    with pytest.raises(ArgumentError):
        sm.TemperatureScaling().set_params(T=1)


@pytest.mark.parametrize("far", [-1e4, -1e30, -1e300, float(np.finfo(np.float64).min), -math.inf])
def test_rows_with_only_masked_competitors_do_not_decide(far):
    z = [[2.0, 0.0, far]] * 4 + [[far, far, 1.0]] * 5
    scaling = sm.TemperatureScaling().fit(z, [0, 0, 0, 1] + [2] * 5)
    assert scaling.temperature_ == pytest.approx(2 / math.log(3), rel=1e-9)


@pytest.mark.parametrize("gap", [1e100, 1e149, 1e150, 1e200])
def test_a_confident_mistake_of_any_size_is_paid_for(gap):
    z = [[1.0, 0.0]] * 5 + [[gap, 0.0]] * 2
    with pytest.warns(CalibrationWarning, match="better than uniform"):
        scaling = sm.TemperatureScaling().fit(z, [0, 0, 0, 0, 1, 0, 1])
    loss = sm.cross_entropy(scaling.transform(z), [0, 0, 0, 0, 1, 0, 1])
    assert loss <= math.log(2) * (1 + 1e-9)
    assert scaling.optimality_ < 1e-9


def test_warnings_point_at_the_caller():
    for y in ([0, 0, 0], [1, 1, 1]):
        with pytest.warns(CalibrationWarning) as caught:
            sm.TemperatureScaling().fit([[1.0, 0.0]] * 3, y)
        assert {warning.filename for warning in caught} == {__file__}


def test_a_class_masked_by_a_number_does_not_hide_that_logits_are_useless():
    with pytest.warns(CalibrationWarning, match="larger logits go with wrong classes"):
        fit([[2.0, 0.0, -1e30]] * 4, [0, 1, 1, 1])
