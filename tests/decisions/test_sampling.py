import math

import ml_dtypes
import numpy as np
import pytest
from scipy import stats

import softargmax as sm
from softargmax import _kernels
from softargmax.exceptions import ArgumentError, AxisError, DTypeError

INF, NAN = math.inf, math.nan


def kept_weights(x, *, temperature=1.0, top_k=None, top_p=None, min_p=None, temperature_last=False):
    """The plain specification: the weights of one row, 0 for what the filters leave out."""
    x = x.astype(np.float64)
    with np.errstate(over="ignore"):
        judged = np.exp((x - x.max()) / (1.0 if temperature_last else temperature))
        weights = np.exp((x - x.max()) / temperature)
    order = np.argsort(-x, kind="stable")
    order = order[np.isfinite(x[order])]
    order = order[:top_k]
    if top_p is not None and top_p < 1.0:
        sums = np.cumsum(judged[order])
        order = order[: np.searchsorted(sums, top_p * sums[-1]) + 1]
    if min_p:
        order = order[x[order] >= x.max() + (1.0 if temperature_last else temperature) * np.log(min_p)]
    return np.where(np.isin(np.arange(len(x)), order), weights, 0.0)


def specified_code(x, u, **options):
    weights = kept_weights(x, **options)
    sums = np.cumsum(weights)
    return min(np.searchsorted(sums, u * sums[-1], side="right"), np.flatnonzero(weights)[-1])


def draw_at(x, uniform, *, temperature=1.0):
    """The codes of one row at given uniform numbers."""
    codes = np.empty(len(uniform), np.int64)
    _kernels.sample(
        x,
        np.array(uniform, np.float64),
        codes,
        temperature=temperature,
        filter_temperature=temperature,
        top_k=0,
        top_p=1.0,
        min_p=0.0,
    )
    return codes


FILTERS = [
    {},
    {"temperature": 0.5},
    {"temperature": 3.0},
    {"top_k": 3},
    {"top_p": 0.8},
    {"min_p": 0.1},
    {"temperature": 0.7, "top_k": 5, "top_p": 0.9, "min_p": 0.05},
    {"temperature": 2.0, "top_p": 0.7, "temperature_last": True},
]


@pytest.mark.parametrize("options", FILTERS, ids=str)
def test_frequencies_are_the_probabilities(options):
    x = np.array([1.0, 0.2, -1.0, 2.0, 1.5, 0.0, -3.0, 1.0], np.float32)
    expected = kept_weights(x, **options)
    expected /= expected.sum()
    n = 40_000
    counts = np.bincount(sm.sample(x, rng=7, size=n, **options), minlength=len(x))
    assert not counts[expected == 0.0].any()
    seen = expected > 0.0
    assert stats.chisquare(counts[seen], n * expected[seen]).pvalue > 1e-4


def rows_of(kind, rng, n):
    x = rng.normal(size=(3, n)) * 3.0
    if kind == "ties":
        return np.round(x)
    if kind == "all equal":
        return np.full((3, n), 0.3)
    if kind == "sorted":
        return np.sort(x, axis=1)
    if kind == "flat":
        return x / 30.0
    if kind == "peaked":
        x[:, n // 2] += 25.0
    if kind == "mostly -inf":
        x[rng.random(x.shape) < 0.7] = -INF
        x[:, n // 3] = 0.0
    if kind == "huge":
        return x * 5000.0
    return x


@pytest.mark.parametrize("kind", ["normal", "ties", "all equal", "sorted", "flat", "peaked", "mostly -inf", "huge"])
@pytest.mark.parametrize("n_classes", [1, 2, 10, 64, 65, 256, 257, 3000])
def test_filters_and_draws_follow_the_plain_specification(rng, kind, n_classes, instruction_set):
    rows = rows_of(kind, rng, n_classes)
    for dtype in (np.float16, ml_dtypes.bfloat16, np.float32, np.float64):
        x = np.where(rows > 6e4, 0.0, np.maximum(rows, -6e4, where=rows > -INF, out=rows.copy())).astype(dtype)
        for options in (
            {"temperature": 0.7},
            {"top_k": 40},
            {"top_k": 500, "min_p": 0.02},
            {"top_p": 0.9},
            {"top_p": 0.0},
            {"top_p": 0.999, "temperature": 2.0, "temperature_last": True},
            {"top_k": 100, "top_p": 0.5, "min_p": 0.3, "temperature": 1.5},
        ):
            codes = sm.sample(x, rng=5, size=3, **options)
            uniform = np.random.default_rng(5).random((3, 3))
            expected = [[specified_code(row, u, **options) for u in us] for row, us in zip(x, uniform, strict=True)]
            assert np.array_equal(codes, expected), (dtype, options)


@pytest.mark.parametrize(
    "kind", ["normal", "ties", "all equal", "sorted", "flat", "peaked", "mostly -inf", "huge", "far"]
)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_nucleus_of_a_very_long_row_follows_the_plain_specification(rng, kind, dtype, instruction_set):
    rows = rows_of(kind, rng, 20_000)
    if kind == "far":  # as masks do that do not say -inf
        rows[:, 1::2] = -6e4
    x = np.where(rows > -INF, np.clip(rows, -6e4, 6e4), -INF).astype(dtype)
    for options in (
        {"top_p": 0.3},
        {"top_p": 0.9},
        {"top_p": 0.999},
        {"top_p": 0.97, "top_k": 15_000, "temperature": 1.7},
    ):
        codes = sm.sample(x, rng=5, **options)
        expected = [
            specified_code(row, u, **options) for row, u in zip(x, np.random.default_rng(5).random(3), strict=True)
        ]
        assert np.array_equal(codes, expected), options


@pytest.mark.parametrize("n_classes", [2, 3, 10, 29, 100, 128])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_many_short_rows_follow_the_plain_specification(rng, n_classes, dtype, instruction_set):
    x = (rng.normal(size=(75, n_classes)) * rng.choice([0.1, 2.0, 20.0], size=(75, 1))).astype(dtype)
    x[rng.random(x.shape) < 0.1] = -INF
    x[:, n_classes // 2] = 1.0
    x[5:20] = np.round(x[5:20])
    for options in FILTERS:
        codes = sm.sample(x, rng=5, size=2, **options)
        uniform = np.random.default_rng(5).random((75, 2))
        expected = [[specified_code(row, u, **options) for u in us] for row, us in zip(x, uniform, strict=True)]
        assert np.array_equal(codes, expected), options


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("min_p", [0.5, 0.03, 1e-20])
def test_min_p_keeps_the_class_at_its_border_and_none_below(dtype, min_p, instruction_set):
    border = dtype(np.log(min_p))
    x = np.full(24, -INF, dtype)
    for others in ([border], [np.nextafter(border, dtype(-INF))], [np.nextafter(border, dtype(INF))]):
        x[0], x[1] = others[0], 0.0
        kept = float(x[0]) >= np.log(min_p)
        code = np.empty(1, np.int64)
        options = {"temperature": 1.0, "filter_temperature": 1.0, "top_k": 0, "top_p": 1.0}
        _kernels.sample(x, np.zeros(1), code, min_p=min_p, **options)
        assert code[0] == (0 if kept else 1)


def test_a_short_row_that_rounding_leaves_open_is_drawn_from_in_double(rng, instruction_set):
    x = rng.normal(size=(40, 20)).astype(np.float32)
    wide = np.exp(x.astype(np.longdouble))
    shares = (np.cumsum(wide, axis=1) / wide.sum(axis=1, keepdims=True)).astype(np.float64)
    for place in (0, 7, 18):
        codes = np.empty((40, 2), np.int64)
        uniform = shares[:, [place]] * np.array([1 - 1e-12, 1 + 1e-12])
        options = {"temperature": 1.0, "filter_temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
        _kernels.sample(x, uniform, codes, **options)
        assert np.array_equal(codes, np.tile([place, place + 1], (40, 1)))


@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("n_classes", [20, 100, 3000, 30_000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_border_of_a_nucleus_is_right_to_float64(rng, dtype, n_classes, scale, instruction_set):
    x = np.sort((rng.normal(size=n_classes) * scale).astype(dtype))[::-1].copy()
    wide = x.astype(np.longdouble)
    sums = np.cumsum(np.exp(wide - wide[0]))
    shares = (sums / sums[-1]).astype(np.float64)
    almost_1 = np.array([np.nextafter(1.0, 0.0)])  # draws the last class that is kept
    code = np.empty(1, np.int64)
    for last in sorted({0, 3, min(100, n_classes // 3), n_classes // 10, n_classes // 2}):
        for p, expected in ((shares[last] * (1 - 1e-12), last), (shares[last] * (1 + 1e-12), last + 1)):
            options = {"temperature": 1.0, "filter_temperature": 1.0, "top_k": 0, "min_p": 0.0}
            _kernels.sample(x, almost_1, code, top_p=p, **options)
            assert code[0] == expected


@pytest.mark.parametrize("temperature", [1.0, 0.8])
@pytest.mark.parametrize("n_classes", [20, 400])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_distribution_function_is_right_to_float64(rng, dtype, n_classes, temperature, instruction_set):
    x = rng.normal(size=n_classes).astype(dtype)
    wide = x.astype(np.longdouble)
    weights = np.exp((wide - wide.max()) / np.longdouble(temperature))
    borders = (np.cumsum(weights) / weights.sum())[:-1]
    codes = np.arange(n_classes - 1)
    assert np.array_equal(draw_at(x, borders * (1 - 1e-13), temperature=temperature), codes)
    assert np.array_equal(draw_at(x, borders * (1 + 1e-13), temperature=temperature), codes + 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_classes", [5, 700])
def test_the_ends_of_the_distribution_function_are_classes_that_can_be(dtype, n_classes):
    x = np.zeros(n_classes, dtype)
    x[[0, 1, -1]] = -INF
    assert draw_at(x, [0.0, np.nextafter(1.0, 0.0)]).tolist() == [2, n_classes - 2]


def test_temperature_0_is_argmax(rng):
    x = np.round(rng.normal(size=(50, 300)))
    assert np.array_equal(sm.sample(x, rng=1, temperature=0, min_p=0.5), x.argmax(axis=1))


@pytest.mark.parametrize("temperature", [1e-310, 1e-100, 1e-5, 1.0])
def test_a_small_temperature_finds_the_maximum(temperature):
    x = np.array([1000.0, 3000.0, 2000.0])
    for dtype in (np.float32, np.float64):
        assert sm.sample(x.astype(dtype), rng=0, temperature=temperature, size=100).tolist() == [1] * 100


def test_logits_at_the_ends_of_the_range_are_as_good_as_others():
    x = np.array([-1.5e308, 1.5e308])
    codes = sm.sample(x, rng=0, size=10_000, temperature=1.5e308)
    assert abs(np.mean(codes) - 1.0 / (1.0 + math.exp(-2.0))) < 0.02


def test_a_large_temperature_makes_all_classes_alike():
    counts = np.bincount(sm.sample(np.array([1.0, 2.0, -INF, 3.0], np.float32), rng=0, temperature=1e35, size=9000))
    assert counts[2] == 0
    assert np.all(abs(counts[[0, 1, 3]] - 3000) < 200)


@pytest.mark.parametrize("n_classes", [10, 5000])
def test_a_draw_depends_on_its_own_row_and_number_alone(rng, n_classes):
    x = rng.normal(size=(40, n_classes)).astype(np.float32)
    together = sm.sample(x, rng=3)
    generator = np.random.default_rng(3)
    assert [int(sm.sample(row, rng=generator)) for row in x] == together.tolist()


def test_threads_do_not_change_the_codes(rng):
    x = rng.normal(size=(64, 3000)).astype(np.float32)
    before = sm.get_num_threads()
    try:
        sm.set_num_threads(1)
        alone = sm.sample(x, rng=9, top_p=0.95, size=3)
        sm.set_num_threads(4)
        assert np.array_equal(sm.sample(x, rng=9, top_p=0.95, size=3), alone)
    finally:
        sm.set_num_threads(before)


def test_instruction_sets_do_not_change_the_codes(rng):
    x = (rng.normal(size=(16, 3000)) * 2).astype(np.float32)
    before, codes = _kernels.instruction_set(), []
    for name in _kernels.instruction_sets():
        _kernels.use_instruction_set(name)
        codes.append(sm.sample(x, rng=2, size=20))
    _kernels.use_instruction_set(before)
    assert all(np.array_equal(other, codes[0]) for other in codes)


def test_axis_and_strides_do_not_change_the_codes(rng):
    x = rng.normal(size=(4, 6, 300))
    expected = sm.sample(x, rng=1)
    assert expected.shape == (4, 6)
    assert np.array_equal(sm.sample(np.ascontiguousarray(x.transpose(2, 0, 1)), axis=0, rng=1), expected)
    assert np.array_equal(sm.sample(np.repeat(x, 2, axis=-1)[..., ::2], rng=1), expected)
    assert np.array_equal(sm.sample(x[:, ::-1], rng=1), sm.sample(x[:, ::-1].copy(), rng=1))


def test_draws_take_the_place_of_the_class_axis(rng):
    x = rng.normal(size=(4, 6, 3))
    assert sm.sample(x, rng=1, size=5).shape == (4, 6, 5)
    assert sm.sample(x, rng=1, size=5, axis=0).shape == (5, 6, 3)
    assert sm.sample(x, rng=1, size=0).shape == (4, 6, 0)
    assert np.ndim(sm.sample([1.0, 2.0], rng=1)) == 0
    assert sm.sample(np.empty((0, 3)), rng=1).shape == (0,)


def test_integers_are_logits_too():
    assert sm.sample([0, 1000, 3], rng=0) == 1


def test_without_a_seed_draws_differ():
    assert not np.array_equal(sm.sample(np.zeros(1000), size=50), sm.sample(np.zeros(1000), size=50))


@pytest.mark.parametrize("bad", [[1.0, NAN], [INF, 1.0], [-INF, -INF]])
@pytest.mark.parametrize("options", [{}, {"top_k": 1}, {"temperature": 0}, {"top_p": 0.5}])
def test_a_row_without_softmax_is_refused(bad, options):
    x = np.zeros((3, 2), np.float32)
    x[1] = bad
    with pytest.raises(ArgumentError, match="in row 1"):
        sm.sample(x, rng=0, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": -1.0},
        {"temperature": INF},
        {"temperature": NAN},
        {"top_k": -2},
        {"top_k": 2.0},
        {"top_p": 1.1},
        {"min_p": -0.1},
        {"size": -1},
        {"rng": "seed"},
        {"rng": -1},
        {"temperature_last": 1},
    ],
    ids=str,
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ArgumentError, match=next(iter(options))):
        sm.sample([1.0, 2.0], **options)


def test_what_has_no_class_axis_is_refused():
    with pytest.raises(AxisError, match="at least one class"):
        sm.sample(np.empty((2, 0)))
    with pytest.raises(DTypeError, match="logits"):
        sm.sample(["a"])


@pytest.mark.parametrize("rng", [np.random.RandomState(0), -1, True, 1.0])
def test_what_draws_is_a_generator_or_a_seed(rng):
    with pytest.raises(ArgumentError, match=r"rng: expected a numpy.random.Generator, an integer >= 0 or None"):
        sm.sample([0.0, 1.0], rng=rng)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_a_class_just_below_the_border_of_min_p_is_never_drawn(dtype, instruction_set):
    # Of the shares whose logarithm, rounded to the dtype, is below the border, and is the next number to it.
    for share in np.linspace(0.1, 0.9, 41).tolist():
        below = dtype(np.log(share))
        if float(below) >= np.log(share):
            below = np.nextafter(below, dtype(-np.inf))
        above = np.nextafter(below, dtype(0))
        row = np.array([0.0, below, above], dtype)
        drawn = sm.sample(row, rng=0, min_p=share, size=300)
        assert set(drawn.tolist()) == {0, 2}, share


OWN = {
    "temperature": [1.0, 0.0, 0.5, 2.0],
    "top_k": [0, 5, -1, 40],
    "top_p": [1.0, 0.9, 0.3, 0.8],
    "min_p": [0.0, 0.1, 0.02, 0.0],
}


@pytest.mark.parametrize("n_classes", [30, 3000, 40_000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("last", [False, True])
def test_options_and_seeds_of_its_own_draw_of_a_row_as_if_it_were_alone(n_classes, dtype, last, rng):
    x = (rng.normal(size=(4, n_classes)) * 3).astype(dtype)
    seeds = [3, 1, 4, 1]
    together = sm.sample(x, rng=seeds, size=20, temperature_last=last, **OWN)
    for i in range(4):
        options = {name: values[i] for name, values in OWN.items()}
        alone = sm.sample(x[i], rng=seeds[i], size=20, temperature_last=last, **options)
        np.testing.assert_array_equal(together[i], alone)


def test_one_option_of_its_own_goes_with_others_of_all_rows(rng):
    x = rng.normal(size=(2, 3, 50))
    heat = np.array([0.5, 1.0, 2.0])  # repeated over the first axis
    together = sm.sample(x, rng=0, temperature=heat, top_k=7)
    u = np.random.default_rng(0).random((2, 3, 1))
    for place in np.ndindex(2, 3):
        kept = kept_weights(x[place], temperature=heat[place[1]], top_k=7)
        assert together[place] == np.searchsorted(np.cumsum(kept) / kept.sum(), u[place][0], side="right")


@pytest.mark.parametrize("off", [0, -1])
def test_top_k_of_0_or_less_is_off(off, rng):
    x = rng.normal(size=(5, 60))
    np.testing.assert_array_equal(sm.sample(x, rng=0, size=30, top_k=off), sm.sample(x, rng=0, size=30))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": [1.0, 1.0, 1.0]}, r"temperature: expected one number, or one for each row, shape \(2,\)"),
        ({"temperature": [1.0, -1.0]}, r"temperature: expected numbers >= 0 and < inf, got -1.0"),
        ({"top_k": [1.0, 2.0]}, r"top_k: expected integers, got an array of float64"),
        ({"top_k": [-2, 1]}, r"top_k: expected numbers >= -1 and < inf, got -2"),
        ({"top_p": [0.5, NAN]}, r"top_p: expected numbers from 0 to 1, got nan"),
        ({"rng": [1, 2, 3]}, r"rng: expected a seed for each row, shape \(2,\), got shape \(3,\)"),
        ({"rng": [1, -2]}, r"rng: expected .* an integer >= 0"),
    ],
)
def test_options_that_are_not_one_per_row_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        sm.sample(np.zeros((2, 3)), **options)
