import math

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
