import math

import mpmath
import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, RenamedError, ShapeError, TargetError

pytestmark = pytest.mark.usefixtures("instruction_set")


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ([1.0, 0.0], 0.0),
        ([0.5, 0.5], math.log(2)),
        ([0.25] * 4, math.log(4)),
        ([0.5, 0.25, 0.25], 1.5 * math.log(2)),
    ],
)
def test_entropy_of_known_distributions(p, expected):
    assert sm.entropy(probabilities=p) == pytest.approx(expected, abs=1e-15)


def test_entropy_from_logits_equals_entropy_of_their_softmax(rng):
    x = rng.normal(size=(3, 20, 4))
    np.testing.assert_allclose(
        sm.entropy(logits=x, axis=1), sm.entropy(probabilities=sm.softmax(x, axis=1), axis=1), rtol=1e-13
    )


def test_entropy_from_logits_survives_underflow():
    assert sm.entropy(logits=[0.0, -800.0]) == 0.0
    assert sm.entropy(logits=[0.0, -math.inf]) == 0.0


def test_kl_divergence_of_known_distributions():
    assert sm.kl_divergence([0.5, 0.5], [0.75, 0.25]) == pytest.approx(0.5 * math.log(4 / 3), rel=1e-14)
    assert sm.kl_divergence([1.0, 0.0], [0.5, 0.5]) == pytest.approx(math.log(2), rel=1e-15)
    assert sm.kl_divergence([0.5, 0.5], [1.0, 0.0]) == math.inf


def test_kl_divergence_is_zero_only_for_itself(rng):
    p, q = rng.dirichlet(np.ones(6), size=(2, 50))
    assert np.all(sm.kl_divergence(p, p) == 0.0)
    assert np.all(sm.kl_divergence(p, q) > 0.0)


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        # From 60 digits; x log(x / y) of the first has 1e-17 of rounding in each of its terms.
        (0.9456657713430001, 0.9456657713430094, 8.46326345012943e-28),
        (0.25, 0.25 + 2**-30, 2.31296463080620341e-18),
        (0.5, 0.5 + 2**-52, 9.86076131526264760e-32),
        (0.5, 0.6, 0.0204109972601275477),
        (0.5, 0.7, 0.0871766935723889),
        (0.1, 1e-300, None),
    ],
)
def test_kl_divergence_of_nearly_equal_rows_has_its_digits(p, q, expected):
    if expected is None:
        expected = float(sum(a * mpmath.log(a / b) - a + b for a, b in zip(mp(p), mp(q), strict=True)))
    assert sm.kl_divergence([p, 1 - p], [q, 1 - q]) == pytest.approx(expected, rel=4e-15, abs=0)


def mp(p):
    return mpmath.mpf(p), mpmath.mpf(1 - p)


def test_kl_divergence_has_all_digits_at_any_distance(rng):
    with mpmath.workdps(60):
        for distance in np.logspace(-16, 1.5, 60):
            p = rng.dirichlet(np.ones(4))
            q = p * np.exp(rng.normal(size=4) * distance)
            q /= q.sum()
            pairs = [(mpmath.mpf(a), mpmath.mpf(b)) for a, b in zip(p, q, strict=True)]
            exact = float(sum(a * mpmath.log(a / b) - a + b for a, b in pairs))
            assert sm.kl_divergence(p, q) == pytest.approx(exact, rel=3e-15, abs=0)


def test_what_rounding_took_from_a_sum_is_no_distance():
    p = np.array([0.1, 0.2, 0.7], np.float16)
    q = p.astype(np.float32) * np.float32(1 - 2**-12)
    assert 0 <= sm.kl_divergence(p, q) < 1e-7  # p log(p / q) alone would sum to 2e-4


def test_cross_entropy_is_entropy_plus_divergence(rng):
    x = rng.normal(size=(10, 4))
    p = rng.dirichlet(np.ones(4), size=10)
    total = sm.entropy(probabilities=p) + sm.kl_divergence(p, sm.softmax(x))
    np.testing.assert_allclose(sm.cross_entropy(x, p, reduction="none"), total, rtol=1e-12)


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], [[-1.0, 2.0]]])
def test_logits_are_not_mistaken_for_probabilities(rows):
    with pytest.raises(TargetError):
        sm.entropy(probabilities=rows)
    with pytest.raises(TargetError):
        sm.kl_divergence(rows, [[0.5, 0.5]])


def test_entropy_takes_exactly_one_of_the_two():
    with pytest.raises(ArgumentError, match="exactly one"):
        sm.entropy()
    with pytest.raises(ArgumentError, match="exactly one"):
        sm.entropy(probabilities=[1.0], logits=[0.0])


def test_entropy_by_position_says_how_it_is_called():
    with pytest.raises(RenamedError, match=r"expected entropy\(probabilities=\) or entropy\(logits=\)"):
        sm.entropy([0.5, 0.5])


def test_shapes_must_broadcast():
    with pytest.raises(ShapeError, match="broadcast"):
        sm.kl_divergence([0.5, 0.5], [0.2, 0.3, 0.5])


def test_nan_makes_the_row_nan():
    rows = [[math.nan, 0.5], [0.5, 0.5]]
    assert np.isnan(sm.entropy(probabilities=rows)).tolist() == [True, False]
    assert np.isnan(sm.kl_divergence(rows, [0.5, 0.5])).tolist() == [True, False]


def test_kl_divergence_survives_a_ratio_that_overflows():
    assert sm.kl_divergence([1.0, 0.0], [1e-309, 1.0]) == pytest.approx(309 * math.log(10), rel=1e-12)


def test_dtypes_of_half_precision_meet_in_float32():
    import ml_dtypes

    p = np.array([0.5, 0.5])
    assert sm.kl_divergence(p.astype(ml_dtypes.bfloat16), p.astype(np.float16)).dtype == np.float32
