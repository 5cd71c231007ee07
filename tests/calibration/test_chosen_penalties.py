"""Penalties that rows left out choose: no map where they prefer none, and no work for what they reject."""

import numpy as np
import pytest

import softargmax as sm
from softargmax._logits import logits_in
from softargmax.calibration import _affine_fitting, _penalised, _start
from softargmax.calibration._affine import offsets
from softargmax.calibration._affine_calibration import CS
from softargmax.calibration._folds import Units
from softargmax.calibration._labelled import LabelledRows
from softargmax.calibration._penalised import Shape, choose_penalty


def true_logits(rng, n, k):
    z = 2.0 * rng.normal(size=(n, k))
    return z, sm.argmax(z + rng.gumbel(size=z.shape))


@pytest.mark.parametrize("calibration", [sm.StructuredMatrixScaling, sm.DirichletCalibration])
def test_no_map_is_fitted_where_rows_left_out_prefer_none(calibration, rng):
    z, y = true_logits(rng, 300, 20)
    fitted, tempered = calibration(Cs=(3.0, 10.0)).fit(z, y), sm.TemperatureScaling().fit(z, y)
    assert fitted.C_ == 0.0
    assert not fitted.weights_.any()
    np.testing.assert_allclose(fitted.transform(z), sm.log_softmax(tempered.transform(z)), rtol=1e-12, atol=1e-12)


def mixed_classes(seed):
    """Rows whose logits another mix of classes made, and five folds of them."""
    rng = np.random.default_rng(seed)
    z = 2.0 * rng.normal(size=(600, 10))
    y = sm.argmax(z @ (np.eye(10) + 0.3 * rng.normal(size=(10, 10))) + rng.gumbel(size=z.shape))
    rows = LabelledRows.of(logits_in(z), y, None)
    return rows, Units.of(rows).folds(offsets(rows, _start.find_start(rows)), 5)


def chosen(rows, folds):
    start = _start.find_start(rows)
    assert start.allows_map
    return choose_penalty(rows, folds, Shape(matrix=True, on_scale=0.1, on_bias=0.1), CS)


@pytest.mark.parametrize("seed", range(4))
def test_fits_that_end_early_change_no_choice_and_save_passes(seed, monkeypatch):
    rows, folds = mixed_classes(seed)
    passes, ask = [], _affine_fitting._AffineCourse.at
    monkeypatch.setattr(_affine_fitting._AffineCourse, "at", lambda self, V: passes.append(1) or ask(self, V))
    early, n_early = chosen(rows, folds), len(passes)
    monkeypatch.setattr(_affine_fitting, "_ASKED_EVERY", 10**9)
    whole = chosen(rows, folds)
    assert early.C == whole.C is not None
    np.testing.assert_allclose(early.losses.mean(), whole.losses.mean(), rtol=1e-3)
    assert n_early < len(passes) - n_early


def test_a_fit_that_loses_in_one_fold_alone_goes_on_to_its_end(monkeypatch):
    rows, folds = mixed_classes(0)
    search = _penalised._PenaltySearch
    whole = chosen(rows, folds)
    take_as_best = search.take_as_best

    def with_one_that_expects_more(self):
        take_as_best(self)
        if len(self._held_out.codes) == len(folds[0].outside):
            self._lowest *= 0.5

    monkeypatch.setattr(search, "take_as_best", with_one_that_expects_more)
    assert chosen(rows, folds).C == whole.C
    np.testing.assert_allclose(chosen(rows, folds).losses, whole.losses, rtol=0.1, atol=0.02)


def test_shares_that_chance_makes_wrong_are_no_reason_to_look_for_a_shift(rng, monkeypatch):
    z, y = true_logits(rng, 2000, 500)
    looked = []
    monkeypatch.setattr(_start, "_shifted", lambda *given: looked.append(given))
    assert _start.find_start(LabelledRows.of(logits_in(z), y, None)).shift is None
    assert not looked
