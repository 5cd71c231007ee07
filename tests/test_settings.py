"""Threads and instruction sets: what they may change is time only."""

import multiprocessing
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError

FUNCTIONS = {
    "softmax": sm.softmax,
    "log_softmax": sm.log_softmax,
    "logsumexp": sm.logsumexp,
    "entropy": lambda x: sm.entropy(logits=x),
    "sigmoid": sm.sigmoid,
    "sparsemax": sm.sparsemax,
    "argmax": sm.argmax,
    "gradient": lambda x: sm.cross_entropy_and_gradient(x, np.arange(len(x)) % x.shape[1])[1],
}


@pytest.fixture
def threads():
    before = sm.get_num_threads()
    yield sm.set_num_threads
    sm.set_num_threads(before)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize(("n", "k"), [(30_001, 3), (9_001, 10), (700, 300)])
def test_any_number_of_threads_gives_the_same_bits(rng, threads, function, n, k):
    x = rng.normal(size=(n, k)).astype(np.float32) * 9
    threads(1)
    alone = function(x)
    for count in (2, 3, 7):
        threads(count)
        assert np.array_equal(function(x), alone)


def test_calls_from_many_threads_at_once(rng, threads):
    threads(2)
    x = rng.normal(size=(20_000, 10))
    expected, wrong = sm.softmax(x), []

    def work():
        for _ in range(20):
            if not np.array_equal(sm.softmax(x), expected):
                wrong.append(1)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def _softmax_in_child(queue, x):
    queue.put(sm.softmax(x))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_starts_its_own_threads(rng, threads):
    threads(2)
    x = rng.normal(size=(50_000, 4))
    expected = sm.softmax(x)  # the helpers run now
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_softmax_in_child, args=(queue, x))
    child.start()
    assert np.array_equal(queue.get(timeout=60), expected)
    child.join(timeout=60)
    assert child.exitcode == 0


@pytest.mark.parametrize("n", [0, -1, 1.5, "two", True, 2000])
def test_a_number_of_threads_is_a_number(n):
    with pytest.raises(ArgumentError, match="n: expected an integer"):
        sm.set_num_threads(n)


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True)


def test_the_environment_sets_threads_and_instruction_set():
    lowest = sm.cpu_features().available[0]
    code = "import softargmax as sm; print(sm.get_num_threads(), sm.cpu_features().used)"
    assert python(code, SOFTARGMAX_NUM_THREADS="3", SOFTARGMAX_ISA=lowest).stdout == f"3 {lowest}\n"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs affinity")
def test_affinity_is_respected():
    code = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); import softargmax as sm; print(sm.get_num_threads())"
    assert python(code).stdout == "1\n"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SOFTARGMAX_NUM_THREADS", "many", "expected a number of threads, got 'many'"),
        ("SOFTARGMAX_NUM_THREADS", "0", "n: expected an integer between 1 and 1024, got 0"),
        ("SOFTARGMAX_ISA", "mmx", "on this machine, got 'mmx'"),
    ],
)
def test_a_wrong_environment_is_an_error(name, value, message):
    assert message in python("import softargmax", **{name: value}).stderr


def test_the_best_instruction_set_is_used_unless_another_is_asked_for():
    features = sm.cpu_features()
    assert features.used == os.environ.get("SOFTARGMAX_ISA", features.available[-1])
