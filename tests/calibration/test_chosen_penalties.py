"""Penalties that rows left out choose: no map where they prefer none."""

import numpy as np
import pytest

import softargmax as sm


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
