import threading

import pytest

from softargmax import _engine, _kernels, get_num_threads, set_num_threads
from softargmax._ahead import in_order


@pytest.fixture(params=[1, 2, 3])
def threads(request):
    before = get_num_threads()
    set_num_threads(request.param)
    yield request.param
    set_num_threads(before)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 100])
def test_results_come_in_the_order_of_the_parts(threads, count):
    assert list(in_order(lambda part: part * part, iter(range(count)))) == [part * part for part in range(count)]


def test_two_parts_are_worked_on_at_once():
    both = threading.Barrier(2)
    before = get_num_threads()
    set_num_threads(2)
    try:
        assert list(in_order(lambda part: both.wait(60) >= 0, range(2))) == [True, True]
    finally:
        set_num_threads(before)


def test_few_parts_are_read_before_their_results_are_taken(threads):
    read = []

    def parts():
        for part in range(100):
            read.append(part)
            yield part

    for taken, _ in enumerate(in_order(abs, parts())):
        assert len(read) <= taken + 2 * threads


def test_results_of_the_parts_before_come_before_an_error(threads):
    def parts():
        yield from range(3)
        raise OSError("the file ends here")

    def work(part):
        if part == 2:
            raise ValueError("no number")
        return part

    results = in_order(work, parts())
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="no number"):
        next(results)
    results = in_order(abs, parts())
    assert [next(results), next(results), next(results)] == [0, 1, 2]
    with pytest.raises(OSError, match="the file ends here"):
        next(results)


def test_parts_are_not_begun_any_more_when_nobody_takes_their_results():
    begun, go_on = [], threading.Event()
    before = get_num_threads()
    set_num_threads(2)

    def work(part):
        begun.append(part)
        if part:
            go_on.wait(60)
        return part

    try:
        results = in_order(work, range(100))
        assert next(results) == 0
        threading.Timer(0.2, go_on.set).start()
        results.close()
        assert max(begun) <= 2
    finally:
        set_num_threads(before)


def test_work_inside_a_part_of_a_run_stays_on_its_thread():
    def work(_):
        return set(in_order(lambda _: threading.get_ident(), range(4))) == {threading.get_ident()}

    engine = _engine.LocalEngine(2)
    assert engine.run(lambda part: [work(part)], range(4), lambda a, b: a + b) == [True] * 4


def test_kernels_start_no_threads_beside_those_of_the_parts():
    before = get_num_threads()
    set_num_threads(2)
    try:
        assert list(in_order(lambda _: _kernels.stay_on_this_thread(True), range(4))) == [True] * 4
    finally:
        set_num_threads(before)
    assert not _kernels.stay_on_this_thread(False)


@pytest.mark.parametrize("allowed", [0, 1])
def test_results_come_where_threads_cannot_be_started(few_threads, allowed):
    before = get_num_threads()
    set_num_threads(3)
    few_threads(allowed)
    try:
        assert list(in_order(abs, range(-50, 0))) == list(range(50, 0, -1))
    finally:
        set_num_threads(before)
