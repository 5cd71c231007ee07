"""Work on the workers of a Dask cluster: the same bits, whoever did it, whatever died meanwhile."""

import functools
import math
import operator
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from softargmax import _engine, metrics
from softargmax._engine import LastingParts, LocalEngine, gather, run
from softargmax.exceptions import ArgumentError, EngineError, ShapeError

pytest.importorskip("distributed")

from distributed import Client

from softargmax.dask import ClusterEngine, on
from softargmax.dask.worker_slots import WorkerSlots, shares_of

NUMBERS = np.random.default_rng(0).normal(size=200) * 10.0 ** np.arange(200).clip(0, 8)


def slow_now_and_then(number):
    time.sleep(0.02 * (number % 7 == 0))
    return float(NUMBERS[number])


@pytest.mark.parametrize("kind", [list, LastingParts])
@pytest.mark.parametrize("count", [1, 2, 7, 60])
def test_results_are_merged_in_the_tree_of_all_engines(client, kind, count):
    # These sums are not associative: another order shows in the last bits.
    with on(client):
        there = run(slow_now_and_then, kind(range(count)), operator.add)
    assert there == LocalEngine(1).run(slow_now_and_then, range(count), operator.add)


def test_the_order_of_the_parts_is_that_of_their_numbers(client):
    assert gather(math.sqrt, [float(n * n) for n in range(20)], ClusterEngine(client)) == list(range(20))


def test_an_iterator_is_read_as_parts_are_needed(client):
    given, done = [], []

    def parts():
        for number in range(30):
            given.append(number)
            yield number
            assert len(given) <= len(done) + 2 * 2

    def note(progress):
        done.append(progress.done)
        assert (progress.stage, progress.total, progress.unit) == ("adding", None, "parts")

    assert ClusterEngine(client).run(float, parts(), operator.add, progress=note, stage="adding") == sum(range(30))
    assert done == list(range(1, 31))


def inverse(number):
    return 1 / ((number - 7) * (number - 9))


def refuse(number):
    raise ShapeError(f"wrong shape {number}")


class NotForTheWireError(Exception):
    def __init__(self, one, two):
        super().__init__(one)


def refuse_strangely(number):
    raise NotForTheWireError("odd", lambda: number)


@pytest.mark.parametrize("kind", [list, LastingParts])
def test_an_error_names_the_part_that_fails(client, kind):
    with pytest.raises(EngineError, match=r"part 7 \(from 0\) failed with ZeroDivisionError: ") as caught:
        ClusterEngine(client).run(inverse, kind([1, 2, 3, 4, 5, 6, 0, 7, 8]), operator.add)
    assert caught.value.part == 7
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_our_own_errors_pass_through(client):
    with pytest.raises(ShapeError, match="wrong shape 3"):
        ClusterEngine(client).run(refuse, [3], operator.add)


def test_an_error_that_no_pickle_holds_is_told_in_words(client):
    with pytest.raises(EngineError, match="NotForTheWireError: odd"):
        ClusterEngine(client).run(refuse_strangely, [1], operator.add)


def test_no_part_is_an_error(client):
    with pytest.raises(ArgumentError, match="at least one part"):
        ClusterEngine(client).run(float, [], operator.add)


def test_something_else_than_a_client_is_refused():
    with pytest.raises(ArgumentError, match="expected a distributed.Client, got str") as caught, on("tcp://there"):
        pass
    assert caught.value.parameter == "client"


def test_large_functions_are_sent_once_and_work_as_small_ones(client):
    large = np.arange(100_000.0)
    there = ClusterEngine(client).run(functools.partial(pick, large), range(0, 100_000, 9_999), operator.add)
    assert there == float(large[::9_999].sum())


def pick(numbers, place):
    return float(numbers[place])


def where_am_i(number):
    return [os.getpid()]


def test_parts_that_last_stay_with_their_worker(client):
    engine = ClusterEngine(client)
    first, second = (engine.run(where_am_i, LastingParts(range(8)), operator.add) for _ in range(2))
    assert first == second
    assert first[:4] == [first[0]] * 4
    assert first[4:] == [first[-1]] * 4
    assert first[0] != first[-1]


def test_what_is_measured_is_the_same_bits(client):
    logits = np.random.default_rng(5).normal(size=(150_000, 5))
    y = logits[:, ::-1].argmax(axis=1)
    with on(client):
        there = metrics.brier_score(y, logits=logits)
    with _engine._on(LocalEngine(1)):
        assert there == metrics.brier_score(y, logits=logits)


def starts_no_threads(number):
    return _engine.threads_here(), isinstance(_engine.current(), LocalEngine)


def test_a_part_stays_on_one_thread(client):
    assert set(gather(starts_no_threads, range(4), ClusterEngine(client))) == {(1, True)}


def test_a_worker_keeps_its_slots_and_a_new_one_takes_those_of_the_gone():
    slots = WorkerSlots()
    assert slots.renew({"a": 2, "b": 1}) == ["a", "a", "b"]
    assert slots.renew({"b": 1, "c": 1}) == ["c", "b"]
    assert slots.renew({"b": 1, "c": 1, "d": 1}) == ["c", "b", "d"]


@pytest.mark.parametrize(("count", "slots"), [(1, 4), (8, 2), (7, 3), (3, 3)])
def test_shares_hold_every_part_once(count, slots):
    shares = shares_of(count, slots)
    assert [number for share in shares for number in share] == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def die_once(path, number):
    if number == 5 and not os.path.exists(path):
        open(path, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return float(NUMBERS[number])


def die(number):
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return float(number)


@pytest.mark.parametrize("kind", [list, LastingParts])
def test_a_killed_worker_changes_nothing(client, tmp_path, kind):
    function = functools.partial(die_once, tmp_path / "died")
    there = ClusterEngine(client).run(function, kind(range(60)), operator.add)
    assert (tmp_path / "died").exists()
    assert there == LocalEngine(1).run(function, range(60), operator.add)


def test_a_part_that_kills_its_workers_is_named(client):
    with pytest.raises(EngineError, match=r"part 5 \(from 0\): every worker that began it died, 4 of them") as caught:
        ClusterEngine(client).run(die, range(8), operator.add)
    assert caught.value.part == 5


SCHEDULER = """
import time
from distributed import LocalCluster
cluster = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0", processes=False, protocol="tcp")
print(cluster.scheduler_address, flush=True)
time.sleep(60)
"""


def slow(number):
    time.sleep(0.1)
    return number


@pytest.fixture
def elsewhere():
    with subprocess.Popen([sys.executable, "-c", SCHEDULER], stdout=subprocess.PIPE, text=True) as process:
        yield process, process.stdout.readline().strip()
        process.kill()


def test_a_lost_scheduler_is_named(elsewhere):
    process, address = elsewhere
    with Client(address, set_as_default=False) as client:

        def kill(progress):
            process.kill()

        with pytest.raises(EngineError, match=f"the scheduler {address} was lost .* connect a new client"):
            ClusterEngine(client).run(slow, range(100), operator.add, progress=kill)


def test_a_closed_client_is_refused(cluster):
    with Client(cluster, set_as_default=False) as client:
        engine = ClusterEngine(client)
    with pytest.raises(ArgumentError, match="expected one that is connected"):
        engine.run(float, [1], operator.add)


def test_an_error_of_whoever_is_told_of_progress_is_no_lost_scheduler(client):
    def fail(progress):
        raise OSError("the pipe is broken")

    with pytest.raises(OSError, match="the pipe is broken"):
        ClusterEngine(client).run(float, range(20), operator.add, progress=fail)
