"""logit, log1mexp, xlogy, entr, rel_entr and logmeanexp, against 60 digits and at the ends of the range."""

import math
from functools import partial

import ml_dtypes
import mpmath
import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import AxisError, DTypeError, ShapeError
from softargmax.probabilities import entr, log1mexp, logit, logmeanexp, rel_entr, xlogy

INF, NAN = math.inf, math.nan


def near(value, exact, ulp=4):
    exact = float(exact)
    assert abs(float(value) - exact) <= ulp * np.spacing(abs(exact)), (value, exact)


def everywhere(rng, low, high):
    """Numbers of every size between two, and close to their middle."""
    yield from low + (high - low) * rng.random(100)
    yield from low + (high - low) * 10 ** rng.uniform(-200, -1, size=100)
    yield from 0.5 * (low + high) + (high - low) * rng.choice([-1, 1], 100) * 10 ** rng.uniform(-16, -1, size=100)


@pytest.mark.parametrize(
    ("function", "formula", "low", "high"),
    [
        (logit, lambda p: mpmath.log(p) - mpmath.log1p(-p), 0.0, 1.0),
        (log1mexp, lambda x: mpmath.log(-mpmath.expm1(x)), -700.0, 0.0),
        (log1mexp, lambda x: mpmath.log(-mpmath.expm1(x)), -2 * math.log(2), 0.0),
        (entr, lambda x: -x * mpmath.log(x), 0.0, 2.0),
        (partial(xlogy, 3.0), lambda x: 3 * mpmath.log(x), 0.0, 2.0),
        (partial(rel_entr, 0.75), lambda q: mpmath.mpf(0.75) * mpmath.log(mpmath.mpf(0.75) / q), 0.0, 1.5),
    ],
)
def test_every_digit_is_right(rng, function, formula, low, high):
    numbers = np.array([x for x in everywhere(rng, low, high) if low < x < high])
    results = function(numbers)
    with mpmath.workdps(400):
        for x, result in zip(numbers.tolist(), results, strict=True):
            near(result, formula(mpmath.mpf(x)))


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (logit, [[0.0, 0.5, 1.0, -0.1, 1.1, NAN]], [-INF, 0.0, INF, NAN, NAN, NAN]),
        (log1mexp, [[0.0, -INF, 1.0, NAN, -1e-320]], [-INF, 0.0, NAN, NAN, math.log(1e-320)]),
        (xlogy, [[0, 0, 0, 2, -1, 1, NAN, 0], [0, INF, NAN, 0, 0, -1, 1, -1]], [0, 0, NAN, -INF, INF, NAN, NAN, 0]),
        (entr, [[0.0, 1.0, -1.0, INF, NAN]], [0.0, 0.0, -INF, -INF, NAN]),
        (
            rel_entr,
            [[0, 0, 1, -1, 1, 1, NAN, INF, 1], [0, 1, 0, 1, -1, NAN, 1, 1, INF]],
            [0, 0, INF, INF, INF, NAN, NAN, INF, -INF],
        ),
        (rel_entr, [1.0, 1e-320], -math.log(1e-320)),
        (rel_entr, [1e308, 1e-308], INF),
        (logmeanexp, [[INF, 0.0]], INF),
        (logmeanexp, [[-INF, -INF]], -INF),
        (logmeanexp, [[NAN, 0.0]], NAN),
        (logmeanexp, [[-1000.0, -1000.0, -1000.0]], -1000.0),
        (logmeanexp, [np.zeros((2, 0))], [NAN, NAN]),
    ],
)
def test_the_ends_of_the_range(function, arguments, expected):
    np.testing.assert_allclose(function(*arguments), expected, rtol=1e-15)


def test_logit_is_the_inverse_of_sigmoid(rng):
    z = rng.normal(size=100) * 5
    np.testing.assert_allclose(logit(sm.sigmoid(z)), z, rtol=1e-11)


def test_log1mexp_is_the_logarithm_of_the_other_side(rng):
    z = rng.normal(size=100) * 30
    np.testing.assert_allclose(log1mexp(sm.log_sigmoid(z)), sm.log_sigmoid(-z), rtol=1e-12)


def test_relative_entropies_of_distributions_sum_to_their_divergence(rng):
    p, q = rng.dirichlet(np.ones(5), size=2)
    assert rel_entr(p, q).sum() == pytest.approx(sm.kl_divergence(p, q), rel=1e-13)
    assert entr(p).sum() == pytest.approx(sm.entropy(probabilities=p), rel=1e-14)


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1e-3, 1.0, 10.0, 100.0])
def test_a_mean_of_exponentials_keeps_its_digits_near_zero(rng, scale):
    # All numbers of a sign: where they have several, the mean can be anything times smaller than they are.
    x = np.abs(rng.normal(size=9)) * scale
    for numbers in (x, -x):
        with mpmath.workdps(60):
            exact = mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(float(number))) for number in numbers) / 9)
        assert float(logmeanexp(numbers)) == pytest.approx(float(exact), rel=1e-14, abs=0)


def test_a_mean_goes_over_any_axes_and_what_counts(rng):
    x, where = rng.normal(size=(3, 4, 5)), rng.random((3, 4, 5)) < 0.6
    expected = np.log(np.exp(x).mean(axis=(0, 2), where=where))
    np.testing.assert_allclose(logmeanexp(x, axis=(0, 2), where=where), expected, rtol=1e-12)
    assert logmeanexp(x, axis=1, keepdims=True).shape == (3, 1, 5)
    assert logmeanexp(np.where(where, x, NAN), axis=None, where=where) == pytest.approx(
        np.log(np.exp(x).mean(where=where)), rel=1e-12
    )


@pytest.mark.parametrize("function", [logit, entr, log1mexp, partial(xlogy, np.float16(0.5)), logmeanexp])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_dtypes_are_kept(function, dtype):
    assert function(np.array([0.25, 0.5], dtype)).dtype == dtype


def test_dtypes_of_two_meet_as_those_of_divergences():
    assert rel_entr(np.ones(2, np.float16), np.ones(2, ml_dtypes.bfloat16)).dtype == np.float32
    assert xlogy(np.ones(2, np.float32), [1.0, 2.0]).dtype == np.float64


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match=r"broadcast, got \(2,\) and \(3,\)"):
        xlogy([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(DTypeError, match="got <U1"):
        logit(["a"])
    with pytest.raises(AxisError):
        logmeanexp([1.0], axis=2)
