"""What a page shows of logits, and of a model and a table."""

import numpy as np
import pytest

import softargmax as sm
from softargmax.pipeline.measuring import measure


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(1200, 4)) * 2
    return (logits + rng.gumbel(size=logits.shape)).argmax(axis=1), logits * 2.0


def test_without_a_calibration_it_is_what_assess_finds(rows):
    y, logits = rows
    found = measure(y, logits=logits, keep_worst=3)
    assert (found.before, found.comparison) == (None, None)
    plain = sm.assess(y, logits=logits, keep_worst=3)
    assert found.now.log_loss == plain.log_loss
    assert found.now.worst == plain.worst


def test_a_calibration_parts_before_from_after(rows):
    y, logits = rows
    calibration = sm.TemperatureScaling.known(2.0, n_logits=4)
    found = measure(y, logits=logits, calibration=calibration)
    assert found.before.log_loss == sm.assess(y, logits=logits).log_loss
    assert found.now.log_loss == sm.assess(y, logits=logits / 2.0).log_loss
    assert found.comparison.log_loss == sm.compare(y, logits=(logits, logits / 2.0)).log_loss


def test_lists_of_one_half_are_made_with_the_other_and_keep_their_promise(rows):
    y, logits = rows
    sets = measure(y, logits=logits).now.sets
    assert sets.coverage.low <= sets.promised == 0.95 <= sets.coverage.high
    assert sum(sets.sizes) == pytest.approx(1.0)
    assert sets.mean_size == pytest.approx(np.dot(sets.sizes, np.arange(len(sets.sizes))))
    assert measure(y, probabilities=sm.softmax(logits)).now.sets.coverage.value == pytest.approx(
        sets.coverage.value, abs=0.005
    )
    assert measure(y[:99], logits=logits[:99]).now.sets is None


def test_one_sigmoid_per_row_is_two_classes(rows):
    z = rows[1][:, 0]
    y = (np.random.default_rng(0).random(1200) < sm.sigmoid(z)).astype(int)
    found = measure(y, logits=z, calibration=sm.TemperatureScaling.known(2.0, n_logits=1))
    assert found.now.log_loss.value == pytest.approx(sm.assess(y, logits=z / 2.0).log_loss.value)
    assert found.now.risks is not None
