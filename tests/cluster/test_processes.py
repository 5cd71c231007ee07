"""What is summed over rows may be summed in other processes: same bits, whoever did which part."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import reduce

import numpy as np
import pytest

import softargmax as sm
from softargmax import _engine, metrics
from softargmax._merge_tree import MergeTree
from softargmax._moments import FeatureMoments

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


class Processes:
    """An engine whose parts are done in other processes and merged as they come."""

    def __init__(self, pool):
        self.pool, self.parts = pool, 0

    def run(self, function, parts, merge, *, progress=None, stage="working"):
        tree = MergeTree(merge)
        numbers = {self.pool.submit(function, part): number for number, part in enumerate(parts)}
        for future in as_completed(numbers):
            tree.add(numbers[future], future.result())
        self.parts += len(numbers)
        return tree.result()


@pytest.fixture
def processes(workers):
    with _engine._on(Processes(workers)) as engine:
        yield engine
        assert engine.parts > 3, "the rows were too few to be shared"


def test_moments_of_features_are_the_same_bits_in_other_processes(processes):
    X = np.random.default_rng(5).normal(size=(40_000, 12)) + 1.0
    there = FeatureMoments.of_many(X, np.ones(len(X)))
    with _engine._on(_engine.LocalEngine(2)):
        here = FeatureMoments.of_many(X, np.ones(len(X)))
    np.testing.assert_array_equal(there.mean, here.mean)
    np.testing.assert_array_equal(there.squares, here.squares)


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_what_is_measured_is_the_same_bits_in_other_processes(processes, kind):
    logits = np.random.default_rng(5).normal(size=(150_000, 5))
    y = logits[:, ::-1].argmax(axis=1)
    given = {kind: logits if kind == "logits" else sm.softmax(logits)}
    there = metrics.brier_score(y, **given), metrics.log_loss(y, **given)
    with _engine._on(_engine.LocalEngine(1)):
        assert there == (metrics.brier_score(y, **given), metrics.log_loss(y, **given))
