import functools
import math
import operator
import os
import pickle
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from softargmax import _engine, _kernels
from softargmax._engine import LocalEngine, current, gather, opened, run, single_threaded_blas
from softargmax._merge_tree import MergeTree, merged
from softargmax.exceptions import ArgumentError, EngineError, ShapeError

NUMBERS = np.random.default_rng(0).normal(size=1000) * 10.0 ** np.arange(1000).clip(0, 8)


def add_with_rounding(a, b):
    return a + b  # not associative for these numbers: another order shows in the last bits


def expected_tree(values):
    """Merge neighbours, level by level; what has no neighbour waits for the trees before it."""
    powers = [1 << bit for bit in reversed(range(len(values).bit_length())) if len(values) >> bit & 1]
    trees, start = [], 0
    for power in powers:
        level = list(values[start : start + power])
        while len(level) > 1:
            level = [add_with_rounding(a, b) for a, b in zip(level[::2], level[1::2], strict=True)]
        trees.append(level[0])
        start += power
    return functools.reduce(lambda later, earlier: add_with_rounding(earlier, later), reversed(trees))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 100, 1000])
def test_results_are_merged_in_a_tree_over_their_numbers(count):
    assert run(float, list(NUMBERS[:count]), add_with_rounding) == expected_tree(list(NUMBERS[:count]))


def test_the_order_shows_in_these_sums():
    assert sum(NUMBERS.tolist()) != expected_tree(NUMBERS.tolist())


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_completion_does_not_matter(seed):
    tree = MergeTree(add_with_rounding)
    for number in np.random.default_rng(seed).permutation(len(NUMBERS)).tolist():
        tree.add(number, NUMBERS[number])
    assert tree.result() == expected_tree(NUMBERS)


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_the_number_of_threads_does_not_matter(threads):
    def slow_now_and_then(part):
        time.sleep(0.002 * (part % 7 == 0))
        return NUMBERS[part]

    assert LocalEngine(threads).run(slow_now_and_then, range(200), add_with_rounding) == expected_tree(NUMBERS[:200])


@pytest.mark.parametrize("seed", range(5))
def test_the_earlier_neighbour_comes_first_whichever_is_done_first(seed):
    tree = MergeTree(operator.add)
    for number in np.random.default_rng(seed).permutation(11).tolist():
        tree.add(number, f"{number} ")
    assert tree.result() == "0 1 2 3 4 5 6 7 8 9 10 "


class Held:
    """Counts how many results exist at the same time."""

    now = most = 0

    def __init__(self):
        Held.now += 1
        Held.most = max(Held.most, Held.now)

    def __del__(self):
        Held.now -= 1


@pytest.mark.parametrize("threads", [1, 4])
def test_few_results_are_held_at_a_time(threads):
    Held.most = 0
    LocalEngine(threads).run(lambda part: Held(), range(1024), lambda a, b: Held())
    assert Held.most <= threads * (math.log2(1024) + 3)


def test_parts_are_read_as_they_are_needed():
    read, done = [], []

    def parts():
        for number in range(100):
            read.append(number)
            assert len(read) <= len(done) + 2
            yield number

    LocalEngine(2).run(done.append, parts(), lambda a, b: None)
    assert len(done) == 100


def test_functions_and_results_go_by_pickle():
    class Elsewhere:
        def run(self, function, parts, merge, **options):
            there = pickle.loads(pickle.dumps((function, merge)))
            results = [pickle.dumps(there[0](pickle.loads(pickle.dumps(part)))) for part in parts]
            return merged([pickle.loads(result) for result in results], there[1])

    with _engine._on(Elsewhere()):
        assert run(math.sqrt, [4.0, 9.0], operator.add) == 5.0
        assert gather(math.sqrt, [4.0, 9.0]) == [2.0, 3.0]
    assert isinstance(current(), LocalEngine)


@pytest.mark.parametrize("threads", [1, 3])
def test_results_are_gathered_in_the_order_of_the_parts(threads):
    assert gather(lambda a: a * a, range(20), LocalEngine(threads)) == [i * i for i in range(20)]
    assert gather(lambda a: a, []) == []


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_names_the_first_part_that_fails(threads):
    with pytest.raises(EngineError, match=r"part 7 \(from 0\) failed with ZeroDivisionError") as caught:
        LocalEngine(threads).run(lambda a: 1 / ((a - 7) * (a - 9)), range(20), operator.add)
    assert caught.value.part == 7
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("raised", [ShapeError("wrong shape"), UserWarning("a warning that is an error")])
def test_our_errors_and_warnings_pass_through(raised):
    def fail(part):
        raise raised

    with pytest.raises(type(raised)) as caught:
        LocalEngine(2).run(fail, range(5), operator.add)
    assert caught.value is raised


def test_an_error_of_whoever_gives_the_parts_passes_through():
    def parts():
        yield 1
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        LocalEngine(2).run(float, parts(), operator.add)


def test_no_part_after_one_that_failed_is_begun():
    begun = []

    def fail(part):
        begun.append(part)
        raise ValueError

    with pytest.raises(EngineError):
        LocalEngine(1).run(fail, range(10), operator.add)
    assert begun == [0]


@pytest.mark.parametrize("parts", [[], iter(())])
def test_no_part_is_an_error(parts):
    with pytest.raises(ArgumentError, match="at least one part"):
        run(float, parts, operator.add)


@pytest.mark.parametrize("threads", [1, 4])
def test_progress_is_told_after_every_part(threads):
    told = []
    LocalEngine(threads).run(float, range(10), operator.add, progress=told.append, stage="adding")
    assert [(each.stage, each.done, each.total, each.unit) for each in told] == [
        ("adding", done, 10, "parts") for done in range(1, 11)
    ]


def test_who_is_told_of_progress_can_stop_the_work():
    def stop(progress):
        raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        LocalEngine(2).run(float, range(1000), operator.add, progress=stop)


def test_a_run_inside_a_part_stays_on_its_thread():
    def inner(part):
        return {threading.get_ident()}

    def outer(part):
        return run(inner, range(5), operator.or_) == {threading.get_ident()}

    assert LocalEngine(3).run(outer, range(6), operator.and_)


def test_threads_are_kept_from_run_to_run():
    with opened(4) as engine:
        started = threading.active_count()
        for _ in range(5):
            engine.run(lambda part: time.sleep(0.001), range(8), lambda a, b: None)
        assert threading.active_count() <= started + 3


def test_kernels_use_their_own_threads_again_afterwards():
    with opened(2):
        assert _kernels.stay_on_this_thread(True) is True
    before = _kernels.stay_on_this_thread(False)
    assert before is False


def test_the_blas_gets_its_threads_back():
    from threadpoolctl import threadpool_info, threadpool_limits

    def threads():
        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

    with threadpool_limits(2, user_api="blas"):  # the tests themselves are run with one thread
        assert threads() == {2}
        with single_threaded_blas():
            with single_threaded_blas():
                pass
            assert threads() == {1}
        assert threads() == {2}


def test_the_core_works_without_threadpoolctl(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    _engine._controller.cache_clear()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert LocalEngine(2).run(float, range(5), operator.add) == 10.0
    finally:
        _engine._controller.cache_clear()


def test_no_part_of_an_iterator_is_no_result():
    assert gather(str, iter([])) == []


def test_an_interruption_in_one_thread_stops_the_others():
    main, started = threading.get_ident(), []

    def interrupt(part):
        started.append(part)
        if threading.get_ident() != main:
            raise KeyboardInterrupt
        time.sleep(0.001)

    with pytest.raises(KeyboardInterrupt):
        LocalEngine(3).run(interrupt, range(2000), lambda a, b: a)
    assert len(started) < 1000


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_the_blas_that_scipy_brings_later_is_held_too():
    pytest.importorskip("scipy")
    code = (
        "from threadpoolctl import threadpool_info\n"
        "from softargmax._engine import single_threaded_blas\n"
        "with single_threaded_blas(): pass\n"
        "import scipy.linalg\n"
        "with single_threaded_blas():\n"
        "    print({each['num_threads'] for each in threadpool_info() if each['user_api'] == 'blas'})\n"
    )
    assert python(code) == "{1}\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_holds_the_blas_anew():
    code = (
        "import os\n"
        "from softargmax import _engine\n"
        "context = _engine.single_threaded_blas()\n"
        "with context, _engine._blas_lock:\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        with _engine.single_threaded_blas():\n"
        "            os._exit(_engine._blas_users)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert python(code) == "1\n"


def test_an_engine_error_may_name_a_parameter():
    assert EngineError("no", part=1, parameter="x").parameter == "x"


@pytest.mark.parametrize("threads", [1, 3])
def test_an_opened_engine_works_on_as_many_threads_as_it_was_opened_with(threads):
    def who(part):
        time.sleep(0.001)
        return {threading.get_ident()}

    with LocalEngine(9).opened(threads) as engine:
        assert 1 <= len(engine.run(who, list(range(60)), operator.or_)) <= threads


@pytest.mark.parametrize("allowed", [0, 1])
def test_work_is_done_where_threads_cannot_be_started(few_threads, allowed):
    expected = LocalEngine(1).run(float, range(100), add_with_rounding)
    few_threads(allowed)
    assert LocalEngine(4).run(float, range(100), add_with_rounding) == expected
