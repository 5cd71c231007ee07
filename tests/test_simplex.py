"""What is a distribution, to how many digits."""

import ml_dtypes
import numpy as np
import pytest

import softargmax as sm
from softargmax._simplex import check_simplex
from softargmax.exceptions import TargetError


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    # What rounding in the dtype can do to a sum, by the root of its epsilon; float64 as far as numbers are printed.
    [(np.float64, 1e-6), (np.float32, 2.0**-11.5), (np.float16, 2.0**-5), (ml_dtypes.bfloat16, 2.0**-4)],
)
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_sum_may_be_off_by_rounding_and_no_more(dtype, tolerance, sign):
    wide = np.float64 if dtype is np.float64 else np.float32
    for share, taken in ((0.9, True), (1.1, False)):
        # Entries that the dtype has exactly: a sum of powers of 2, and what is left in one small number.
        off = dtype(share * tolerance)
        row = np.array([0.5, 0.25, 0.25, 0.0], dtype)
        row = np.append(row, off) if sign > 0 else np.array([0.5, 0.25, dtype(0.25 - float(off)), 0.0, 0.0], dtype)
        sum_of_row = row.astype(wide).sum(dtype=np.float64)
        assert bool(abs(sum_of_row - 1) <= tolerance) is taken
        if taken:
            assert check_simplex(row, (0,), "p").tolist() == row.astype(np.float64).tolist()
        else:
            with pytest.raises(TargetError, match="p: expected rows that sum to 1, got a row that sums to"):
                check_simplex(row, (0,), "p")


def test_every_door_refuses_what_is_no_distribution():
    row = np.array([[0.5, 0.5 + 2e-6]])
    for call in (
        lambda: sm.entropy(probabilities=row),
        lambda: sm.kl_divergence(row, [[0.5, 0.5]]),
        lambda: sm.kl_divergence([[0.5, 0.5]], row),
        lambda: sm.cross_entropy([[0.0, 1.0]], row),
        lambda: sm.sparsemax_loss([[0.0, 1.0]], row),
        lambda: sm.metrics.log_loss([0], probabilities=row),
    ):
        with pytest.raises(TargetError, match="sum"):
            call()


def test_negative_numbers_are_logits():
    with pytest.raises(TargetError, match="p: expected probabilities >= 0, got -1e-300; pass logits as logits"):
        check_simplex(np.array([1.0, -1e-300]), (0,), "p")


def test_nan_stays_nan():
    rows = check_simplex(np.array([[np.nan, 0.5], [0.5, 0.5]]), (1,), "p")
    assert np.isnan(rows).tolist() == [[True, False], [False, False]]
