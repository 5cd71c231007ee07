"""What is summed over rows may be summed in other processes: same bits, whoever did which part."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics

RNG = np.random.default_rng(23)
LOGITS = RNG.normal(size=(900, 4)) * 2.0
TARGETS = (LOGITS + RNG.gumbel(size=LOGITS.shape)).argmax(axis=1)
PARTS = [slice(0, 150), slice(150, 500), slice(500, 900)]


@pytest.fixture(scope="module")
def workers():
    # Spawned, not forked: nothing of this process is there but what was pickled, as on another machine.
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_rows_measured_elsewhere_give_the_same_assessment(workers):
    empty = metrics.Summary(4)
    there = [workers.submit(empty.update, TARGETS[part], logits=LOGITS[part]) for part in PARTS]
    here = [empty.update(TARGETS[part], logits=LOGITS[part]) for part in PARTS]
    merged = reduce(metrics.Summary.merge, [future.result() for future in there])
    assert merged.assess() == reduce(metrics.Summary.merge, here).assess()


def test_a_model_pickled_there_and_back_gives_the_same_bits(workers):
    calibration = sm.TemperatureScaling().fit(LOGITS, TARGETS)
    there = workers.submit(calibration.predict_proba, LOGITS).result()
    np.testing.assert_array_equal(there, calibration.predict_proba(LOGITS))


def test_a_model_fitted_elsewhere_is_the_same(workers):
    there = workers.submit(sm.VectorScaling().fit, LOGITS, TARGETS).result()
    here = sm.VectorScaling().fit(LOGITS, TARGETS)
    np.testing.assert_array_equal(there.transform(LOGITS), here.transform(LOGITS))
