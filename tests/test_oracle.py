"""The true values that accuracy is measured against are true, against 200 bits."""

import mpmath as mp
import numpy as np
import pytest

import oracle

pytestmark = pytest.mark.skipif(not oracle.FITS, reason="needs 80-bit long double")


@pytest.fixture(autouse=True)
def many_bits():
    with mp.workprec(200):
        yield


def exact(value):
    """Give a long double as it is."""
    high = float(value)
    return mp.mpf(high) + mp.mpf(float(value - np.longdouble(high)))


def true_terms(x, temperature):
    gaps = [(mp.mpf(float(v)) - mp.mpf(float(x.max()))) / mp.mpf(temperature) for v in x]
    terms = [mp.exp(gap) for gap in gaps]
    top = int(x.argmax())
    return gaps, terms, mp.fsum(terms[:top] + terms[top + 1 :])


def rows(rng):
    for _ in range(40):
        size = rng.integers(2, 40)
        x = rng.normal(size=size) * 10 ** rng.uniform(-3, 2.5) + rng.choice([0.0, 1.0, 1e3, -1e5])
        yield x, float(rng.choice([1.0, 0.7, 3.0, 0.1]))


def errors(got, true):
    """Give relative errors in units of 2^-53, the rounding error of float64."""
    return [abs(exact(g) - t) / abs(t) * 2**53 for g, t in zip(got, true, strict=True) if t > mp.mpf("1e-290")]


@pytest.mark.parametrize("name", ["softmax", "others", "log_softmax", "entropy"])
def test_true_values_are_wrong_by_less_than_a_hundredth_of_a_rounding_of_float64(rng, name):
    for x, temperature in rows(rng):
        gaps, terms, tail = true_terms(x, temperature)
        total = mp.fsum(terms)
        logs = [mp.log1p(tail) - gap for gap in gaps]
        true = {
            "softmax": [term / total for term in terms],
            "others": [mp.fsum(terms[:j] + terms[j + 1 :]) / total for j in range(len(x))],
            "log_softmax": logs,
            "entropy": [mp.fsum(term / total * log for term, log in zip(terms, logs, strict=True))],
        }[name]
        got = np.atleast_1d(getattr(oracle.Rows.of(x, 1, temperature), name)())
        assert max(errors(abs(got), true), default=0) < 0.01


def test_logsumexp_is_as_true_at_the_scale_of_what_cancels(rng):
    for x, _ in rows(rng):
        value, scale = oracle.Rows.of(x).logsumexp()
        _, _, tail = true_terms(x, 1.0)
        true = mp.mpf(float(x.max())) + mp.log1p(tail)
        assert abs(exact(value) - true) / exact(scale) * 2**53 < 0.01


def test_a_value_that_occurs_often_is_as_if_it_stood_there_as_often():
    values, counts = np.array([0.0, -1.25, -3.5]), (2, 1, 5)
    few, whole = oracle.Rows.of(values, counts), oracle.Rows.of(np.repeat(values, counts))
    first = [0, 2, 3]
    np.testing.assert_array_equal(few.softmax(), whole.softmax()[first])
    np.testing.assert_array_equal(few.log_softmax(), whole.log_softmax()[first])
    np.testing.assert_array_equal(few.others(), whole.others()[first])
    assert few.logsumexp() == whole.logsumexp()
    assert abs(few.entropy() - whole.entropy()) < 1e-18


def test_an_ulp_is_the_distance_of_neighbours_also_below_the_normal_numbers():
    for value in (1.0, 1.75, 3e-39, 1e-45):
        wide = np.longdouble(np.float32(value))
        assert oracle.spacing(wide, np.float32) == np.spacing(np.float32(value))


def test_a_nan_is_an_infinite_error():
    assert np.isinf(oracle.ulps(np.float32([np.nan]), np.longdouble([1.0]))).all()
