"""Numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softargmax._drawing.digits import count, in_range, nice_step, percent, plain, tick


@pytest.mark.parametrize(
    ("x", "text"),
    [(0.0, "0"), (1.0, "1"), (0.9234, ".923"), (0.0995, ".100"), (0.012345, ".012"), (0.00123, ".0012"), (0.000174, ".00017"), (0.00096, ".00096"), (0.99996, ".99996"),
     (1.2345, "1.23"), (12.345, "12.3"), (1250.4, "1,250"), (-0.25, "−.250"), (math.nan, "unknown"), (math.inf, "infinite")],
)  # fmt: skip
def test_three_digits_that_mean_something(x, text):
    assert plain(x) == text


@given(st.floats(1e-4, 1e6))
def test_what_is_written_is_near_to_what_is_meant(x):
    assert float(plain(x).replace(",", "")) == pytest.approx(x, rel=0.051)


@given(st.floats(1e-5, 1 - 1e-5))
def test_nothing_that_is_neither_0_nor_1_is_written_so(x):
    assert plain(x) not in ("0", "1")


def test_a_value_and_its_range_have_the_same_digits():
    assert in_range(0.9234, 0.9151, 0.9302) == ".923 (.915 to .930)"
    assert in_range(0.00651, 0.0, 0.0101) == ".0065 (0 to .0101)"


@given(st.floats(1e-6, 1e6))
def test_an_axis_has_three_to_six_steps(top):
    assert 2.0 < top / nice_step(top) <= 6.0


def test_ticks_and_counts_have_no_digit_too_many():
    assert [tick(x) for x in (0.0, 0.25, 0.02, 1.0, 5.0, -5.0)] == ["0", ".25", ".02", "1", "5", "−5"]
    assert [percent(x) for x in (0.0, 0.25, 0.925, 1.0)] == ["0\xa0%", "25\xa0%", "92.5\xa0%", "100\xa0%"]
    assert [count(x) for x in (0.0, 1234.0, 12.5)] == ["0", "1,234", "12.5"]
