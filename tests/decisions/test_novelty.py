import math

import ml_dtypes
import mpmath
import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, AxisError, ShapeError

SCORES = ["energy", "top_probability", "max_logit", "generalized_entropy"]
INF, NAN = math.inf, math.nan


def exact_score(x, score, temperature=1.0, gamma=0.1, top=100):
    """The formulas of the papers, in 400 bits."""
    with mpmath.workprec(400):
        x = [mpmath.mpf(float(value)) for value in x]
        terms = [mpmath.exp(value / temperature) for value in x]
        p = sorted((term / mpmath.fsum(terms) for term in terms), reverse=True)
        gamma = mpmath.mpf(gamma)
        return float(
            {
                "energy": lambda: -temperature * mpmath.log(mpmath.fsum(terms)),
                "top_probability": lambda: mpmath.log(1 - p[0]),
                "max_logit": lambda: -max(x),
                "generalized_entropy": lambda: mpmath.fsum((q * (1 - q)) ** gamma for q in p[:top]),
            }[score]()
        )


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("options", [{}, {"temperature": 2.5}, {"gamma": 0.5, "top": 3}], ids=str)
@pytest.mark.parametrize("spread", [0.01, 3.0, 40.0])
def test_scores_are_those_of_the_papers(rng, score, options, spread):
    x = rng.normal(size=(4, 7)) * spread
    expected = [exact_score(row, score, **options) for row in x]
    found = sm.out_of_distribution_score(x, score=score, **options)
    if score == "generalized_entropy":
        assert np.allclose(found, expected, rtol=2.0**-20, atol=0.0)
    else:
        assert np.allclose(found, expected, rtol=0.0, atol=0.51 * 2.0**-20)


@pytest.mark.parametrize("score", SCORES)
def test_no_alarm_hangs_on_a_last_bit(rng, score):
    x = rng.normal(size=(500, 6)) * 5
    moved = np.nextafter(x, np.inf)
    assert np.array_equal(
        sm.out_of_distribution_score(moved, score=score), sm.out_of_distribution_score(x, score=score)
    )


@pytest.mark.parametrize("score", SCORES)
def test_the_less_sure_row_scores_higher(score):
    sure, unsure = sm.out_of_distribution_score([[9.0, 1.0, 0.0], [1.0, 1.5, 0.5]], score=score)
    assert unsure > sure


@pytest.mark.parametrize("score", ["top_probability", "generalized_entropy"])
def test_saturated_probabilities_keep_their_order(score):
    x = np.array([[50.0 + i, 0.0, -3.0] for i in range(100)])
    assert (sm.softmax(x).max(axis=1) == 1.0).all()
    assert np.all(np.diff(sm.out_of_distribution_score(x, score=score)) < 0.0)


def test_the_energy_of_far_logits_does_not_overflow():
    assert sm.out_of_distribution_score([[1e4, 1e4]]) == pytest.approx(-1e4 - math.log(2.0), abs=2.0**-20)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64, np.int64])
def test_one_sigmoid_per_row_is_two_columns(rng, score, dtype):
    z = (rng.normal(size=6) * 4).astype(dtype)
    columns = sm.out_of_distribution_score(np.stack([0 * z, z], axis=1), score=score)
    for given, axis in ((z, None), (z[:, np.newaxis], None), (z[np.newaxis], 0)):
        found = sm.out_of_distribution_score(given, score=score, axis=axis)
        assert np.array_equal(found, columns)
        assert found.dtype == columns.dtype


def test_a_class_that_cannot_be_changes_nothing(rng):
    x = rng.normal(size=(5, 4))
    more = np.column_stack([x, np.full(5, -INF)])
    for score in SCORES:
        assert np.array_equal(
            sm.out_of_distribution_score(more, score=score), sm.out_of_distribution_score(x, score=score)
        )


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("n_classes", [3, 300])
def test_a_row_scores_the_same_alone_and_in_a_batch(rng, score, n_classes):
    x = rng.normal(size=(30, n_classes)).astype(np.float32)
    together = sm.out_of_distribution_score(x, score=score)
    assert [sm.out_of_distribution_score(row, score=score, axis=-1) for row in x] == together.tolist()
    assert np.array_equal(sm.out_of_distribution_score(np.asfortranarray(x.T), score=score, axis=0), together)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_scores_have_the_dtype_of_the_logits(dtype):
    assert sm.out_of_distribution_score(np.ones((2, 3), dtype)).dtype == dtype


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("bad", [[NAN, 1.0], [INF, 1.0], [-INF, -INF]])
def test_a_row_without_softmax_is_refused(score, bad):
    with pytest.raises(ArgumentError, match="at least one finite, got others in row 1"):
        sm.out_of_distribution_score([[0.0, 1.0], bad], score=score)


def test_options_out_of_range_are_refused():
    for options in ({"score": "msp"}, {"temperature": 0.0}, {"gamma": 0.0}, {"gamma": 1.5}, {"top": 0}):
        with pytest.raises(ArgumentError, match=next(iter(options))):
            sm.out_of_distribution_score([1.0, 2.0], **options)
    with pytest.raises(AxisError, match="axis"):
        sm.out_of_distribution_score([1.0, 2.0], axis=1)
    with pytest.raises(ShapeError, match=r"logits: .* got shape \(\)"):
        sm.out_of_distribution_score(1.0)
