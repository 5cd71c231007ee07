"""One sigmoid per row: judged as its two columns, by every judge."""

import inspect

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError, ShapeError, TargetError

PARAMETERS = {
    name: inspect.signature(getattr(metrics, name)).parameters
    for name in metrics.__all__
    if inspect.isfunction(getattr(metrics, name))
}
JUDGES = [name for name, taken in PARAMETERS.items() if "targets" in taken and name not in ("compare", "by_group")]
FEW = metrics.Interval(n_resamples=50)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(4)
    z = rng.normal(size=200) * 2
    return z, (rng.random(200) < sm.sigmoid(z / 1.5)).astype(int)


def judged(name, y, **given):
    options = {"interval": FEW} if "interval" in PARAMETERS[name] else {}
    options |= {"threshold": 0.3} if name == "net_benefit" else {}
    return repr(getattr(metrics, name)(y, **given, **options))


def columns(z):
    return np.column_stack([np.zeros_like(z), z])


@pytest.mark.parametrize("name", JUDGES)
def test_a_logit_per_row_is_the_columns_0_and_z(rows, name):
    z, y = rows
    expected = judged(name, y, logits=columns(z))
    assert judged(name, y, logits=z) == judged(name, y, logits=z[:, None]) == expected


@pytest.mark.parametrize("name", JUDGES)
def test_a_probability_per_row_is_that_of_class_1(rows, name):
    p, y = sm.sigmoid(rows[0]), rows[1]
    both = np.column_stack([1.0 - p, p])
    expected = judged(name, y, probabilities=both)
    assert judged(name, y, probabilities=p) == judged(name, y, probabilities=p[:, None]) == expected


def test_two_models_may_come_in_different_shapes(rows):
    z, y = rows
    expected = sm.compare(y, logits=(columns(z), columns(z / 2)), interval=FEW)
    assert sm.compare(y, logits=(z, z[:, None] / 2), interval=FEW) == expected
    assert sm.compare(y, logits=(columns(z), z / 2), interval=FEW) == expected


def test_a_recalibration_may_be_a_sigmoid_too(rows):
    z, y = rows
    expected = metrics.decompose(y, logits=columns(z), recalibrated=columns(z / 2))
    assert metrics.decompose(y, logits=z, recalibrated=z / 2) == expected


def test_a_summary_of_two_classes_takes_one_sigmoid_per_row(rows):
    z, y = rows
    here = metrics.Summary(2).update(y, logits=z).assess()
    assert here == metrics.Summary(2).update(y, logits=columns(z)).assess()
    with pytest.raises(ShapeError, match="expected 3 classes, got 2"):
        metrics.Summary(3).update(y, logits=z)


def test_what_a_binary_model_gives_goes_the_whole_way(rows):
    z, y = rows
    calibrated = sm.TemperatureScaling().fit(z, y).transform(z)
    found = sm.assess(y, logits=calibrated)
    assert found.n_classes == 2
    assert found.log_loss.value == pytest.approx(sm.binary_cross_entropy(calibrated, y), rel=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_row_without_an_order_of_its_classes_is_named(value):
    z = np.zeros((50_000, 10))
    z[40_017, 3] = value
    with pytest.raises(ArgumentError, match="in row 40017"):
        sm.assess(np.zeros(50_000, int), logits=z)
    with pytest.raises(ArgumentError, match="NaN or .inf in row 2"):
        metrics.log_loss([0, 1, 1], logits=[0.0, 1.0, value])


def test_probabilities_that_are_none_are_refused():
    with pytest.raises(ArgumentError, match="NaN in row 1"):
        metrics.log_loss([0, 1], probabilities=[0.5, np.nan])
    with pytest.raises(TargetError, match=r"between 0 and 1, got 1\.5 in row 1; pass logits as logits"):
        metrics.log_loss([0, 1], probabilities=[0.5, 1.5])
    with pytest.raises(ShapeError, match="one sigmoid per row"):
        metrics.log_loss([0, 1], logits=[0.5, 0.1, 0.3])
