"""Filters of tokens against their definitions, class by class, with 40 digits."""

import math

import ml_dtypes
import mpmath
import numpy as np
import pytest

import softargmax as sm
from softargmax.decisions import filter_logits
from softargmax.exceptions import ArgumentError, AxisError, DTypeError, ShapeError

INF, NAN = math.inf, math.nan


def probabilities(logits):
    """Softmax of a dictionary of logits."""
    most = max(logits.values())
    weights = {j: mpmath.exp(x - most) for j, x in logits.items()}
    total = mpmath.fsum(weights.values())
    return {j: w / total for j, w in weights.items()}


def as_few_as_have(share, p, order):
    kept, total = [], mpmath.mpf(0)
    for j in order:
        kept.append(j)
        total += p[j]
        if total >= share:
            break
    return kept


def falling(logits):
    return sorted(logits, key=lambda j: (-logits[j], j))


def by_typical_p(logits, share):
    p = probabilities(logits)
    entropy = -mpmath.fsum(q * mpmath.log(q) for q in p.values())
    distance = {j: abs(-mpmath.log(q) - entropy) for j, q in p.items()}
    kept = as_few_as_have(share, p, sorted(p, key=distance.get))
    return [j for j in p if distance[j] <= distance[kept[-1]]]


def by_min_p(logits, share):
    p = probabilities(logits)
    return [j for j in p if p[j] >= share * max(p.values())]


def by_epsilon(logits, epsilon):
    p = probabilities(logits)
    return [j for j in p if p[j] >= epsilon or p[j] == max(p.values())]


DEFINITIONS = {
    "top_k": lambda logits, k: falling(logits)[:k],
    "top_p": lambda logits, share: as_few_as_have(share, probabilities(logits), falling(logits)),
    "min_p": by_min_p,
    "typical_p": by_typical_p,
    "epsilon": by_epsilon,
}
ORDERS = {
    "transformers": ["temperature", "top_k", "top_p", "min_p", "typical_p", "epsilon"],
    "llama.cpp": ["top_k", "typical_p", "top_p", "min_p", "temperature"],
}


def defined(row, order, **options):
    """The logits of one row after its filters."""
    with mpmath.workdps(40):
        logits = {j: mpmath.mpf(x) for j, x in enumerate(row.tolist()) if x > -INF}
        for name in ORDERS[order]:
            if name == "temperature":
                logits = {j: x / options.get(name, 1.0) for j, x in logits.items()}
            elif name in options:
                kept = DEFINITIONS[name](logits, options[name])
                logits = {j: logits[j] for j in kept}
        return [float(logits.get(j, -INF)) for j in range(len(row))]


OPTIONS = [
    {"top_k": 4},
    {"top_p": 0.8},
    {"min_p": 0.1},
    {"typical_p": 0.5},
    {"typical_p": 0.9},
    {"epsilon": 0.05},
    {"epsilon": 1.0},
    {"temperature": 1.7, "top_k": 9, "top_p": 0.95, "min_p": 0.02, "typical_p": 0.7},
    {"temperature": 0.6, "top_p": 0.9, "typical_p": 0.6},
]


@pytest.mark.parametrize(
    ("order", "options"),
    [(order, options) for order in ORDERS for options in OPTIONS if set(options) <= set(ORDERS[order])],
    ids=str,
)
def test_what_is_kept_is_what_the_definitions_keep(rng, options, order):
    x = rng.normal(size=(40, 13)) * 2.5
    x[::3, 4] = -INF
    expected = np.array([defined(row, order, **options) for row in x])
    assert np.isneginf(expected[np.isfinite(x)]).any()
    np.testing.assert_allclose(filter_logits(x, order=order, **options), expected, rtol=1e-15)


def test_the_two_orders_keep_different_classes(rng):
    x, options = rng.normal(size=(200, 13)) * 2.5, {"temperature": 1.8, "top_p": 0.9, "typical_p": 0.7}
    theirs = np.isfinite(filter_logits(x, **options))
    others = np.isfinite(filter_logits(x, order="llama.cpp", **options))
    assert (theirs != others).any(axis=1).sum() > 50


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_draw_of_what_is_kept_is_the_draw_of_sample(rng, last, dtype):
    x = (rng.normal(size=(300, 50)) * 3.0).astype(dtype)
    x[:, 7] = x[:, 11]
    options = {"temperature": 1.3, "top_k": 20, "top_p": 0.9, "min_p": 0.02}
    kept = filter_logits(x.astype(np.float64), order="llama.cpp" if last else "transformers", **options)
    drawn = sm.sample(kept, rng=3, size=20)
    assert np.array_equal(drawn, sm.sample(x, rng=3, size=20, temperature_last=last, **options))


def test_typical_filters_may_leave_the_most_probable_class_out():
    # Entropy 1.64 nats; the most probable class, with .5, has .69, and each of the hundred others 5.3.
    p = np.array([0.5, *[0.2] * 2, *[0.1 / 100] * 100])
    kept = np.flatnonzero(np.isfinite(filter_logits(np.log(p), typical_p=0.3)))
    assert kept.tolist() == [1, 2]


def test_options_of_each_row_are_those_of_the_row_alone(rng):
    x = rng.normal(size=(2, 3, 9))
    options = {
        "temperature": np.array([[0.5, 1.0, 0.0], [2.0, 1.0, 1.5]]),
        "top_k": np.array([[0, 3, -1], [100, 5, 1]]),
        "top_p": np.array([[0.5, 1.0, 0.9], [0.0, 0.3, 1.0]]),
        "min_p": np.array([0.0, 0.1, 1.0]),
        "typical_p": np.array([[1.0, 0.5, 0.2], [1.0, 1.0, 0.9]]),
        "epsilon": 0.1,
    }
    together = filter_logits(x, **options)
    for at in np.ndindex(2, 3):
        own = {name: np.broadcast_to(value, (2, 3))[at] for name, value in options.items()}
        assert np.array_equal(together[at], filter_logits(x[at], **own))


def test_a_row_whose_filter_is_off_keeps_all_beside_one_that_keeps_few(rng):
    kept = np.isfinite(filter_logits(rng.normal(size=(4, 9)), top_k=[2, 0, -1, 4]))
    assert kept.sum(axis=1).tolist() == [2, 9, 9, 4]


def test_without_filters_nothing_changes(rng):
    x = rng.normal(size=(5, 9))
    everything = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "typical_p": 1.0, "epsilon": 0.0}
    assert np.array_equal(filter_logits(x), x)
    assert np.array_equal(filter_logits(x, **everything), x)


def test_temperature_zero_keeps_the_class_of_argmax():
    assert filter_logits([1.0, 3.0, 3.0], temperature=0.0).tolist() == [-INF, 3.0, -INF]


@pytest.mark.parametrize(("name", "least"), [("top_p", 0.0), ("min_p", 1.0), ("typical_p", 0.0), ("epsilon", 1.0)])
def test_the_strictest_filter_keeps_something(rng, name, least):
    x = rng.normal(size=(50, 9)) * 20.0
    assert np.isfinite(filter_logits(x, **{name: least})).sum(axis=1).tolist() == [1] * 50


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64, np.int32])
def test_half_precision_becomes_float32(dtype):
    kept = filter_logits(np.array([1, 2, 4], dtype), temperature=3.0, top_k=2)
    wide = np.float64 if dtype in (np.float64, np.int32) else np.float32
    assert kept.dtype == wide
    assert kept.tolist() == [-INF, wide(2 / 3), wide(4 / 3)]


@pytest.mark.parametrize("options", [{}, {"typical_p": 0.5, "top_p": 0.5, "top_k": 2, "epsilon": 0.1, "min_p": 0.1}])
def test_no_rows_give_no_rows(options):
    assert filter_logits(np.zeros((0, 3)), **options).shape == (0, 3)


def test_what_came_in_stays_as_it_was(rng):
    x = rng.normal(size=(5, 9))
    before = x.copy()
    filter_logits(x, temperature=2.0, top_k=3, typical_p=0.5)
    assert np.array_equal(x, before)


@pytest.mark.parametrize(
    ("logits", "options", "error", "words"),
    [
        ([[0.0, 1.0], [NAN, 1.0]], {}, ArgumentError, "in row 1"),
        ([INF, 1.0], {}, ArgumentError, "finite logits or -inf"),
        ([-INF, -INF], {}, ArgumentError, "at least one finite"),
        ([], {}, AxisError, "at least one class"),
        (["a"], {}, DTypeError, "expected"),
        ([0.0, 1.0], {"temperature": -1.0}, ArgumentError, "temperature: expected numbers >= 0"),
        ([0.0, 1.0], {"temperature": 1e-320}, ArgumentError, "too small"),
        ([0.0, 1.0], {"typical_p": 1.1}, ArgumentError, "typical_p: expected numbers from 0 to 1"),
        ([0.0, 1.0], {"epsilon": [0.1, 0.2]}, ShapeError, "epsilon: expected one number"),
        ([0.0, 1.0], {"top_k": 1.0}, ArgumentError, "top_k: expected integers"),
        ([0.0, 1.0], {"order": "llama"}, ArgumentError, r"did you mean 'llama\.cpp'"),
        ([0.0, 1.0], {"order": "llama.cpp", "epsilon": 0.1}, ArgumentError, "no such filter"),
    ],
)
def test_what_does_not_fit_is_refused(logits, options, error, words):
    with pytest.raises(error, match=words):
        filter_logits(logits, **options)
