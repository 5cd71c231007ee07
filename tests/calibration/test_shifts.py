"""A few of the shifts of `benchmarks.bench_shifts`, which has forty: the best single calibration undoes each."""

import pytest
from benchmarks.bench_shifts import outcome, shifts

SHIFTS = {shift.name: shift for shift in shifts()}


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
    assert outcome(SHIFTS[name], 3000, 0).behind <= 0.001
