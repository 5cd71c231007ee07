"""attention: the formula, whatever the blocks, in memory that does not grow with the rows."""

import tracemalloc

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError
from softargmax.networks import attention, attention_backward

RNG = np.random.default_rng(0)


def arrays(n, m, d, e, *leading, dtype=np.float64):
    return tuple(RNG.normal(size=(*leading, *shape)).astype(dtype) for shape in ((n, d), (m, d), (m, e)))


def plain(query, key, value, mask=None, causal=False, scale=None):
    """Attention by the matrix of all scores."""
    scores = query @ np.swapaxes(key, -1, -2) * (query.shape[-1] ** -0.5 if scale is None else scale)
    counts = np.ones(scores.shape, bool)
    if mask is not None and mask.dtype == bool:
        counts = counts & mask
    elif mask is not None:
        counts, scores = counts & (mask > -np.inf), scores + np.where(mask > -np.inf, mask, 0.0)
    if causal:
        counts = counts & np.tri(*scores.shape[-2:], dtype=bool)
    return sm.softmax(scores, where=counts) @ value


def half(n, m):
    mask = RNG.random((n, m)) < 0.5
    mask[2] = False
    return mask


def added(n, m):
    return np.where(half(n, m), RNG.normal(size=(n, m)), -np.inf)


CASES = {
    "odd sizes": (17, 33, 7, 5, {}),
    "one of each": (1, 1, 1, 1, {}),
    "Booleans": (9, 11, 4, 3, {"mask": half(9, 11)}),
    "one mask for all queries": (9, 11, 4, 3, {"mask": half(9, 11)[:1]}),
    "scores that are added": (9, 11, 4, 3, {"mask": added(9, 11)}),
    "causal": (20, 20, 4, 3, {"causal": True}),
    "causal, more keys": (9, 20, 4, 3, {"causal": True}),
    "causal, more queries": (20, 9, 4, 3, {"causal": True}),
    "causal and masked": (20, 20, 4, 3, {"causal": True, "mask": half(20, 20)}),
    "scaled": (9, 11, 4, 3, {"scale": 0.3}),
    "several blocks of queries": (600, 300, 2, 2, {"causal": True}),
}


@pytest.mark.parametrize("block", [None, 1, 8])
@pytest.mark.parametrize("name", CASES)
def test_it_is_the_formula_however_many_keys_are_seen_at_once(name, block):
    *sizes, options = CASES[name]
    given = arrays(*sizes, 2)
    found = attention(*given, **options, block=block)
    np.testing.assert_allclose(found, plain(*given, **options), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("block", [None, 8])
@pytest.mark.parametrize("name", [name for name in CASES if "several" not in name])
def test_derivatives_are_those_of_differences(name, block):
    *sizes, options = CASES[name]
    given = arrays(*sizes)
    gradient, directions = RNG.normal(size=(sizes[0], sizes[3])), arrays(*sizes)
    found = attention_backward(gradient, *given, **options, block=block)
    for place, (derivative, direction) in enumerate(zip(found, directions, strict=True)):
        moved = [list(given), list(given)]
        for side, sign in zip(moved, (1e-6, -1e-6), strict=True):
            side[place] = given[place] + sign * direction
        ahead, behind = (plain(*side, **options) for side in moved)
        slope = ((ahead - behind) * gradient).sum() / 2e-6
        assert (derivative * direction).sum() == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_leading_axes_broadcast_and_their_derivatives_are_summed():
    query, _, _ = arrays(5, 6, 3, 2, 4, 1)
    _, key, _ = arrays(5, 6, 3, 2, 3)
    _, _, value = arrays(5, 6, 3, 2)
    wide = [np.broadcast_to(x, (4, 3, *x.shape[-2:])) for x in (query, key, value)]
    found, gradient = attention(query, key, value), RNG.normal(size=(4, 3, 5, 2))
    np.testing.assert_array_equal(found, attention(*wide))
    mine, all_of_them = attention_backward(gradient, query, key, value), attention_backward(gradient, *wide)
    np.testing.assert_allclose(mine[0], all_of_them[0].sum(axis=1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(mine[1], all_of_them[1].sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(mine[2], all_of_them[2].sum(axis=(0, 1)), rtol=1e-12)


def test_a_query_without_a_key_gets_nothing():
    given = arrays(3, 4, 2, 2)
    mask = np.ones((3, 4), bool)
    mask[1] = False
    for barred in (mask, np.where(mask, 0.0, -np.inf)):
        assert (attention(*given, mask=barred, block=2)[1] == 0.0).all()
        assert (attention_backward(np.ones((3, 2)), *given, mask=barred)[0][1] == 0.0).all()
    assert (attention(given[0], given[1][:0], given[2][:0]) == 0.0).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_result_has_the_dtype_of_what_came(dtype):
    given = arrays(9, 11, 4, 3, dtype=dtype)
    found = attention(*given)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, plain(*(x.astype(float) for x in given)), rtol=4 * np.finfo(dtype).eps, atol=2e-7)
    assert {x.dtype for x in attention_backward(found, *given)} == {np.dtype(dtype)}


def test_integers_become_float64():
    assert attention([[1, 0]], [[1, 0], [0, 1]], [[1], [3]]).dtype == np.float64


def test_scores_beyond_what_exp_holds_are_no_matter():
    given = arrays(9, 300, 4, 3)
    found = attention(given[0] * 1e4, *given[1:], block=7)
    np.testing.assert_allclose(found, plain(given[0] * 1e4, *given[1:]), rtol=1e-12)


def peak(function, *given, **options):
    tracemalloc.start()
    function(*given, **options)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_memory_grows_with_the_rows_and_not_with_their_square():
    few, many = (arrays(n, n, 8, 8, dtype=np.float32) for n in (2000, 8000))
    for function, rows in ((attention, [(), ()]), (attention_backward, [(few[2],), (many[2],)])):
        small, large = peak(function, *rows[0], *few), peak(function, *rows[1], *many)
        assert large < 4.2 * small
        assert large < 8000 * 8000  # a quarter of the matrix of scores


def test_what_does_not_fit_is_refused():
    query, key, value = arrays(3, 4, 2, 2)
    with pytest.raises(ShapeError, match="query, key, value: expected at least two axes"):
        attention(query[0], key, value)
    with pytest.raises(ShapeError, match="key: expected rows of 2 numbers as of query, got 1"):
        attention(query, key[:, :1], value)
    with pytest.raises(ShapeError, match="value: expected one for each of 4 keys, got 3"):
        attention(query, key, value[:3])
    with pytest.raises(ShapeError, match=r"a mask that broadcasts to \(..., 3, 4\), got shapes .* a mask of \(3, 3\)"):
        attention(query, key, value, mask=np.ones((3, 3), bool))
    with pytest.raises(ShapeError, match=r"gradient: expected the shape of what attention gives, \(3, 2\), got \(2,\)"):
        attention_backward(np.ones(2), query, key, value)
    with pytest.raises(ArgumentError, match="block: expected"):
        attention(query, key, value, block=0)
    with pytest.raises(ArgumentError, match="scale: expected"):
        attention(query, key, value, scale="large")
    with pytest.raises(DTypeError, match="query: expected"):
        attention([["a"]], key, value)
