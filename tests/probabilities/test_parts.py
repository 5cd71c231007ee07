import math
import pickle

import mpmath
import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ShapeError

NAN, INF = math.nan, math.inf


def exact(x):
    with mpmath.workprec(200):
        return mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(float(v))) for v in x))


def ulps_of_sum(got, x):
    with mpmath.workprec(200):
        true = exact(x)
        scale = np.spacing(max(abs(float(np.max(x))), abs(float(true))))
        return float(abs(mpmath.mpf(float(got)) - true) / scale)


@pytest.mark.parametrize("spread", [0.01, 1, 20, 90])
@pytest.mark.parametrize("shift", [0.0, -0.3, 1e3, -1e8])
def test_parts_give_what_the_whole_gives(rng, spread, shift):
    x = rng.normal(size=300) * spread + shift
    for order in (x, np.sort(x), np.sort(x)[::-1]):  # rising: every part brings a new maximum
        summary = sm.LogSumExp()
        for part in np.split(order, 100):
            summary = summary.update(part)
        assert ulps_of_sum(summary.result(), x) <= 2


def test_a_tail_that_a_sum_would_lose_is_kept():
    summary = sm.LogSumExp().update([0.0]).update([-40.0])
    assert summary.result() == pytest.approx(4.248354255291589e-18, rel=1e-15)


@pytest.mark.parametrize("value", [-0.1, -3.0, -35.0])
def test_a_sum_of_many_parts_has_no_error_that_grows(value):
    # The same term again and again, whose rounding errors would add up; the first is the maximum.
    one = sm.LogSumExp().update([value])
    summary = sm.LogSumExp().update([0.0])
    for _ in range(3000):
        summary = summary.merge(one)
    with mpmath.workprec(200):
        true = mpmath.log(1 + 3000 * mpmath.exp(mpmath.mpf(value)))
        assert abs(float((mpmath.mpf(float(summary.result())) - true) / true)) < 4e-16


def test_merging_is_the_same_in_any_order(rng):
    x = rng.normal(size=(8, 50)) * 30
    parts = [sm.LogSumExp().update(row) for row in x]
    forward, tree = sm.LogSumExp(), [*parts]
    for part in parts:
        forward = forward.merge(part)
    tree = [sm.LogSumExp().merge(a).merge(b) for a, b in zip(tree[::2], tree[1::2], strict=True)]
    tree = [sm.LogSumExp().merge(a).merge(b) for a, b in zip(tree[::2], tree[1::2], strict=True)]
    other = tree[1].merge(tree[0])
    for summary in (forward, other):
        assert ulps_of_sum(summary.result(), x.ravel()) <= 2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_of_parts_are_those_of_the_whole(rng, dtype):
    x = (rng.normal(size=(6, 400)) * 10).astype(dtype)
    summary = sm.LogSumExp((6,))
    for part in np.split(x, 4, axis=1):
        summary = summary.update(part)
    p = np.concatenate([summary.softmax(part) for part in np.split(x, 4, axis=1)], axis=1)
    assert p.dtype == dtype
    np.testing.assert_allclose(p, sm.softmax(x), rtol=3 * np.finfo(dtype).eps)
    log_p = np.concatenate([summary.log_softmax(part) for part in np.split(x, 4, axis=1)], axis=1)
    np.testing.assert_allclose(log_p, sm.log_softmax(x), rtol=3 * np.finfo(dtype).eps)


@pytest.mark.parametrize(
    ("parts", "result"),
    [
        ([], -INF),
        ([[]], -INF),
        ([[-INF], [-INF]], -INF),
        ([[1.0], [NAN], [2.0]], NAN),
        ([[1.0], [INF], [2.0]], INF),
        ([[INF], [NAN]], NAN),
        ([[-INF], [5.0]], 5.0),
        ([[1e300], [-1e300], [1e300]], 1e300),
    ],
)
def test_special_values(parts, result):
    summary = sm.LogSumExp()
    for part in parts:
        summary = summary.update(part)
    np.testing.assert_array_equal(summary.result(), result)
    np.testing.assert_array_equal(sm.LogSumExp().merge(summary).result(), result)


def test_masks_axes_and_shapes(rng):
    x = rng.normal(size=(3, 7, 4))
    where = rng.random(size=x.shape) < 0.7
    summary = sm.LogSumExp((3, 4)).update(x, axis=1, where=where)
    np.testing.assert_allclose(summary.result(), sm.logsumexp(x, axis=1, where=where), rtol=1e-15)
    assert sm.LogSumExp().update(x, axis=None).result() == pytest.approx(sm.logsumexp(x, axis=None), rel=1e-15)


def test_a_summary_travels():
    summary = sm.LogSumExp().update([1.0, 2.0])
    other = pickle.loads(pickle.dumps(summary))
    assert other.shape == summary.shape
    assert other.result() == summary.result()


def test_merging_with_itself_counts_twice():
    summary = sm.LogSumExp().update([1.0, 2.0])
    assert ulps_of_sum(summary.merge(summary).result(), [1.0, 2.0, 1.0, 2.0]) <= 2


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match="expected shape"):
        sm.LogSumExp((2,)).update([[1.0, 2.0]])
    with pytest.raises(ShapeError, match="LogSumExp of shape"):
        sm.LogSumExp((2,)).merge(sm.LogSumExp())


def test_updating_gives_a_new_summary_and_leaves_the_old_one():
    before = sm.LogSumExp().update([1.0, 2.0])
    result = before.result()
    after = before.update([50.0])
    assert before.result() == result
    assert after.result() > 50.0 - 1e-9


def test_merging_gives_a_new_summary_and_leaves_both():
    first, second = sm.LogSumExp().update([1.0]), sm.LogSumExp().update([2.0])
    both = first.merge(second)
    assert (float(first.result()), float(second.result())) == (1.0, 2.0)
    assert both.result() == sm.logsumexp([1.0, 2.0])
