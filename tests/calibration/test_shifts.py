"""A few of the shifts of `benchmarks.bench_shifts`, which has forty: the best single calibration undoes each."""

import pytest

# The core's tests run in a copy without benchmarks.
bench_shifts = pytest.importorskip("benchmarks.bench_shifts")
SHIFTS = {shift.name: shift for shift in bench_shifts.shifts()}


def test_there_are_forty():
    assert len(SHIFTS) == 40


@pytest.mark.parametrize(
    "name",
    [
        "two classes at -4, weight 1000",
        "0.01 kept, times 3",
        "plus -30",
        "plus 1e+06",
        "equal logits 0.5",
        "every row 3 times",
        "three classes plus (0.0, 1000000.0, 1000.0)",
        "ten classes, one plus 8",
    ],
)
def test_the_best_single_calibration_is_no_worse_than_a_sigmoid(name):
    assert bench_shifts.outcome(SHIFTS[name], 3000, 0).behind <= 0.001
