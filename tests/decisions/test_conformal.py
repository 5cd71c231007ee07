"""Prediction sets keep their promise: to all rows, to every class, group and cluster, and under weights."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone

import softargmax as sm
from softargmax._estimate import Interval
from softargmax._logits import logits_in
from softargmax._options import as_share
from softargmax.decisions._nonconformity import PENALTIES, SCORES, Penalty, Scorer
from softargmax.decisions._pool import Pool
from softargmax.exceptions import (
    ArgumentError,
    CalibrationWarning,
    DTypeError,
    LabelError,
    NotFittedError,
    ShapeError,
    TargetError,
)


def draw(rng, n, n_classes=6, spread=2.0):
    """Draw logits of a decent but over-confident model, and labels."""
    honest = rng.normal(size=(n, n_classes)) * spread
    y = (honest + rng.gumbel(size=honest.shape)).argmax(axis=1)
    return 2.0 * honest, y


def fit(z, y, score="aps", **options):
    weights = {name: options.pop(name) for name in ("groups", "sample_weight") if name in options}
    return sm.ConformalClassifier(score, **options).fit(z, y, **weights)


@pytest.fixture
def rows(rng):
    z, y = draw(rng, 1600)
    return z[:800], y[:800], z[800:], y[800:]


@pytest.mark.parametrize("score", list(SCORES))
@pytest.mark.parametrize("key", [None, 0])
def test_coverage_is_what_was_promised_not_more_not_less(rng, score, key):
    # 29 calibration rows: one order statistic more would be 0.033 more coverage.
    z, y = draw(rng, 30_000)
    true = Scorer(score, PENALTIES.get(score, Penalty()), key).of_true(logits_in(z), y).reshape(1000, 30)
    covered = [
        scores[-1] <= Pool.of(scores[:-1], np.ones(29)).thresholds(as_share(0.1, "alpha"), np.ones(1))[0]
        for scores in true
    ]
    error = 3.5 * np.sqrt(0.1 * 0.9 / 1000)
    if score == "top_k" and key is None:  # ranks are mostly tied
        assert np.mean(covered) > 0.9 - error
    else:
        assert np.mean(covered) == pytest.approx(0.9, abs=error)


@pytest.mark.parametrize("score", list(SCORES))
def test_the_sets_cover_new_rows(rows, score):
    z, y, new_z, new_y = rows
    quality = fit(z, y, score, confidence=0.8).evaluate(new_z, new_y, interval=Interval(0.9999))
    assert quality.coverage.high > 0.8
    assert quality.coverage.value < 0.87


@pytest.mark.parametrize("score", ["lac", "saps"])
def test_every_class_is_covered_as_promised_where_one_threshold_fails_some(rng, score):
    prior = np.log([0.55, 0.25, 0.15, 0.05])
    honest = rng.normal(size=(12_000, 4)) + prior
    y = (honest + rng.gumbel(size=honest.shape)).argmax(axis=1)
    z, new_z, y, new_y = honest[:6000], honest[6000:], y[:6000], y[6000:]
    together = fit(z, y, score).evaluate(new_z, new_y)
    apart = fit(z, y, score, conditional="class", allow_empty=True).evaluate(new_z, new_y)
    assert together.worst_class_coverage < 0.8
    sd = np.sqrt(0.09 * (1 / apart.class_counts + 1 / np.bincount(y)))
    assert np.all(np.abs(apart.class_coverage - 0.9) < 3.5 * sd)


def test_groups_are_covered_apart(rng):
    z, y = draw(rng, 8000)
    groups = np.tile(["easy", "hard"], 4000)
    y = np.where((groups == "hard") & (rng.random(8000) < 0.4), rng.integers(0, 6, size=8000), y)
    first, second = slice(0, 4000), slice(4000, 8000)
    together = fit(z[first], y[first], "lac").predict_set(z[second])
    conformal = fit(z[first], y[first], "lac", groups=groups[first], allow_empty=True)
    apart = conformal.predict_set(z[second], groups=groups[second])
    hits = apart[np.arange(4000), y[second]].reshape(-1, 2).mean(axis=0)
    assert together[np.arange(4000), y[second]].reshape(-1, 2).mean(axis=0)[1] < 0.87
    assert hits == pytest.approx([0.9, 0.9], abs=3.5 * np.sqrt(0.09 / 1000))


def test_two_classes_and_groups_and_classes_go_together(rng):
    # MAPIE refuses binary classification with Mondrian groups (its issues 216 and 230).
    z, y = draw(rng, 3000, n_classes=2, spread=0.7)
    groups = rng.integers(0, 3, size=3000)
    conformal = fit(z, y, "lac", groups=groups, conditional="class")
    assert conformal.thresholds_.shape == (3, 2)
    for g in range(3):
        for c in range(2):
            cell = (groups == g) & (y == c)
            p = sm.softmax(z)[cell, c]
            k = int(np.ceil((cell.sum() + 1) * 0.9))
            assert conformal.thresholds_[g, c] == pytest.approx(np.sort(1 - p)[k - 1], abs=2.0**-20)
    sets = conformal.predict_set(z[:50], groups=groups[:50])
    alone = [conformal.predict_set(z[i : i + 1], groups=groups[i : i + 1])[0] for i in range(50)]
    assert np.array_equal(sets, alone)


def test_weights_restore_the_coverage_that_a_shift_takes(rng):
    n = 6000
    hard, new_hard = rng.random(n) < 0.1, rng.random(n) < 0.9
    z, y = draw(rng, 2 * n)
    guessed = np.concatenate([hard, new_hard]) & (rng.random(2 * n) < 0.7)
    y = np.where(guessed, rng.integers(0, 6, size=2 * n), y)
    ratio, new_ratio = np.where(hard, 9.0, 1 / 9), np.where(new_hard, 9.0, 1 / 9)
    covered = {}
    for name, weight, new_weight in (("without", None, None), ("with", ratio, new_ratio)):
        sets = fit(z[:n], y[:n], "lac", sample_weight=weight).predict_set(z[n:], test_weight=new_weight)
        covered[name] = sets[np.arange(n), y[n:]].mean()
    assert covered["without"] < 0.85
    assert covered["with"] == pytest.approx(0.9, abs=3.5 * np.sqrt(0.09 * (1 / n + 1 / 600)))


def test_a_common_factor_of_all_weights_cancels(rows, rng):
    z, y, new_z, _ = rows
    weight, new_weight = rng.random(len(z)), rng.random(len(new_z))
    sets = fit(z, y, sample_weight=weight).predict_set(new_z, test_weight=new_weight)
    scaled = fit(z, y, sample_weight=8 * weight).predict_set(new_z, test_weight=8 * new_weight)
    assert np.array_equal(sets, scaled)
    alone = fit(z, y, sample_weight=weight).predict_set(new_z[:1], test_weight=new_weight[:1])
    assert np.array_equal(alone, sets[:1])


def test_a_row_that_weighs_more_than_all_others_gets_the_full_set(rows):
    z, y, new_z, _ = rows
    sets = fit(z, y).predict_set(new_z[:2], test_weight=[1.0, 1000.0])
    assert sets.sum(axis=1).tolist()[1] == 6
    assert sets[0].sum() < 6


@pytest.mark.parametrize("options", [{}, {"conditional": "class"}, {"conditional": "cluster", "rare": "pool"}])
def test_rows_that_are_added_count_as_if_they_had_been_there(rows, rng, options):
    z, y, new_z, _ = rows
    weight = rng.integers(1, 3, size=len(z))
    at_once = fit(z, y, sample_weight=weight, **options)
    bit_by_bit = fit(z[:300], y[:300], sample_weight=weight[:300], **options)
    for part in (slice(300, 301), slice(301, 800)):
        bit_by_bit.update(z[part], y[part], sample_weight=weight[part])
    assert np.array_equal(bit_by_bit.thresholds_, at_once.thresholds_)
    assert np.array_equal(bit_by_bit.p_values(new_z), at_once.p_values(new_z))
    assert bit_by_bit.n_calibration_ == 800


def test_added_rows_may_bring_a_new_group(rows):
    z, y, _, _ = rows
    groups = np.where(np.arange(800) < 400, "a", "much longer")
    at_once = fit(z, y, groups=groups)
    grown = fit(z[:400], y[:400], groups=groups[:400]).update(z[400:], y[400:], groups=groups[400:])
    assert np.array_equal(grown.thresholds_, at_once.thresholds_)
    assert grown.groups_.tolist() == ["a", "much longer"]


def test_added_rows_are_scored_as_at_fit_whatever_was_set_since(rows):
    z, y, new_z, _ = rows
    conformal = fit(z[:400], y[:400], "saps", penalty=0.3)
    conformal.set_params(score="lac", penalty=1.0, conditional="class", randomized=False)
    conformal.update(z[400:], y[400:])
    assert np.array_equal(conformal.predict_set(new_z), fit(z, y, "saps", penalty=0.3).predict_set(new_z))


@pytest.mark.parametrize("score", ["lac", "aps"])
def test_no_set_is_empty_unless_asked(rows, score):
    z, y, new_z, _ = rows
    first = sm.hardmax(new_z) == 1
    assert not fit(z, y, score, confidence=0.6, allow_empty=True).predict_set(new_z).any(axis=1).all()
    sets = fit(z, y, score, confidence=0.6).predict_set(new_z)
    assert (sets & first).any(axis=1).all()


@pytest.mark.parametrize("score", ["lac", "aps", "raps", "saps", "margin"])
def test_the_first_class_in_every_set_makes_sets_no_larger_than_promised(score):
    held, size, filled = [], [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        z, y = draw(rng, 2000, n_classes=20)
        sets = fit(z[:1000], y[:1000], score, confidence=0.9).predict_set(z[1000:])
        with_empty = fit(z[:1000], y[:1000], score, confidence=0.9, allow_empty=True).predict_set(z[1000:])
        held.append(sets[np.arange(1000), y[1000:]].mean())
        size.append(sets.sum(axis=1).mean())
        filled.append(np.maximum(with_empty.sum(axis=1), 1).mean())
    assert abs(np.mean(held) - 0.9) < 3.0 * np.sqrt(0.09 * 2 / 1000 / 20)
    assert np.mean(size) <= np.mean(filled)


def test_where_the_model_is_right_as_often_as_promised_every_set_is_its_answer():
    z = 5.0 * np.eye(3)[np.arange(300) % 3]
    conformal = fit(z, np.where(np.arange(300) < 290, np.arange(300) % 3, 0), "aps", confidence=0.9)
    assert conformal.threshold_ == -np.inf
    assert np.array_equal(conformal.predict_set(z).sum(axis=1), np.ones(300))


def test_too_few_rows_give_the_full_set_and_say_so(rows):
    # Never a finite bound where +inf is right (MAPIE's issues 974 and 980), nor an error.
    z, y, new_z, _ = rows
    with pytest.warns(CalibrationWarning, match=r"takes 9 calibration rows or more .* got 5 rows"):
        conformal = fit(z[:5], y[:5])
    assert conformal.threshold_ == np.inf
    assert conformal.predict_set(new_z).all()
    assert not fit(z[:9], y[:9]).predict_set(new_z).all()


def test_nine_rows_give_the_largest_score(rows):
    z, y, _, _ = rows
    assert fit(z[:9], y[:9], "lac").threshold_ == pytest.approx(np.max(1 - sm.softmax(z[:9])[range(9), y[:9]]))


def test_a_true_class_that_is_ruled_out_costs_a_calibration_row(rows):
    z, y, new_z, _ = rows
    z = z.copy()
    z[np.arange(120), y[:120]] = -np.inf  # more than a tenth
    with pytest.warns(CalibrationWarning, match="that do not rule out their true class"):
        assert fit(z, y).predict_set(new_z).all()
    assert not fit(z, y, confidence=0.8).predict_set(new_z).all()


def test_saturated_softmax_keeps_its_coverage(rng):
    z, y = draw(rng, 8000)
    z *= 100.0
    mass = np.sort(sm.softmax(z), axis=1)[:, ::-1].cumsum(axis=1)
    rank = (z > z[np.arange(8000), y][:, None]).sum(axis=1)
    naive = mass[np.arange(8000), rank]
    assert np.mean(naive[4000:] <= np.sort(naive[:4000])[3600]) > 0.98  # 1 - cumsum is 0: the scores are tied
    conformal = fit(z[:4000], y[:4000], randomized=False, allow_empty=True)
    coverage = conformal.evaluate(z[4000:], y[4000:]).coverage.value
    assert coverage == pytest.approx(0.9, abs=3.5 * np.sqrt(2 * 0.09 / 4000))


def test_a_rare_class_is_always_in_and_named(rng):
    z, y = draw(rng, 600, n_classes=4)
    y[y == 3] = 0
    y[:5] = 3
    y[y == 2] = 1
    with pytest.warns(CalibrationWarning, match=r"classes 2, 3 have too few calibration rows and are in every set"):
        conformal = fit(z, y, conditional="class")
    assert conformal.rare_classes_.tolist() == [2, 3]
    assert conformal.predict_set(z)[:, 2:].all()
    assert not conformal.predict_set(z)[:, :2].all()


def test_rare_classes_may_share_a_threshold(rng):
    z, y = draw(rng, 900, n_classes=8)
    common = np.flatnonzero(y < 3)
    rare = np.concatenate([np.flatnonzero(y == c)[:5] for c in range(3, 8)])
    kept = np.concatenate([common, rare])
    conformal = fit(z[kept], y[kept], "lac", conditional="class", rare="pool")
    assert conformal.rare_classes_.tolist() == [3, 4, 5, 6, 7]
    scores = np.sort(1 - sm.softmax(z[rare])[np.arange(25), y[rare]])
    assert conformal.thresholds_[3:] == pytest.approx([scores[23]] * 5, abs=2.0**-20)  # ceil(26 * 0.9) = 24


def test_classes_that_are_too_rare_even_together_take_the_threshold_of_all_rows(rng):
    z, y = draw(rng, 600, n_classes=5)
    kept = y < 3  # two classes never occur
    conformal = fit(z[kept], y[kept], conditional="class", rare="pool")
    assert conformal.rare_classes_.tolist() == [3, 4]
    assert conformal.thresholds_[3:].tolist() == [fit(z[kept], y[kept]).threshold_] * 2


def test_classes_with_alike_scores_are_clustered(rng):
    n, n_classes = 20_000, 20
    y = rng.integers(0, n_classes, size=n)
    gain = np.where(y < 10, 6.0, 1.5)  # half the classes are easy
    z = rng.normal(size=(n, n_classes))
    z[np.arange(n), y] += gain
    options = {"conditional": "cluster", "n_clusters": 2, "allow_empty": True}
    conformal = fit(z[: n // 2], y[: n // 2], "lac", **options)
    assert len(set(conformal.clusters_[:10])) == len(set(conformal.clusters_[10:])) == 1
    assert conformal.clusters_[0] != conformal.clusters_[10]
    assert len(set(conformal.thresholds_)) == 2
    quality = conformal.evaluate(z[n // 2 :], y[n // 2 :])
    assert np.all(np.abs(quality.class_coverage - 0.9) < 4 * np.sqrt(0.09 / 400))


def test_rows_that_shaped_the_clusters_do_not_set_their_thresholds(rng):
    z, y = draw(rng, 3000, n_classes=4)
    conformal = fit(z, y, "lac", conditional="cluster", n_clusters=2)
    share = 4 / (75 + 4)  # of the rule of thumb, with four common classes
    rest = np.random.default_rng(0).random(3000) >= share
    scores = 1 - sm.softmax(z)[np.arange(3000), y]
    for cluster in range(2):
        among = np.sort(scores[rest & (conformal.clusters_[y] == cluster)])
        k = int(np.ceil((len(among) + 1) * 0.9))
        (threshold,) = set(conformal.thresholds_[conformal.clusters_ == cluster])
        assert threshold == pytest.approx(among[k - 1], abs=2.0**-20)


def test_rows_whose_true_class_is_ruled_out_can_be_clustered(rng):
    z, y = draw(rng, 3000, n_classes=4)
    z[:30][np.arange(30), y[:30]] = -np.inf
    conformal = fit(z, y, conditional="cluster", n_clusters=2)
    assert set(conformal.clusters_) == {0, 1}
    assert np.isfinite(conformal.thresholds_).all()


def test_one_cluster_is_one_threshold_from_all_rows(rows):
    z, y, _, _ = rows
    assert fit(z, y, conditional="cluster", n_clusters=1).threshold_ == fit(z, y).threshold_


@pytest.mark.parametrize("options", [{}, {"conditional": "class"}, {"score": "lac", "allow_empty": True}])
def test_a_class_is_in_the_set_if_its_p_value_is_above_what_is_left_of_the_confidence(rows, options):
    z, y, new_z, _ = rows
    conformal = fit(z, y, **{"score": "raps", "allow_empty": True} | options)
    p = conformal.p_values(new_z)
    for confidence, left in ((0.95, 0.05), (0.9, 0.1), (0.75, 0.25), (0.667, 0.333)):
        assert np.array_equal(conformal.predict_set(new_z, confidence=confidence), p > left)


def test_smoothed_p_values_of_the_true_class_are_uniform(rng):
    z, y = draw(rng, 4000)
    conformal = fit(z[:2000], y[:2000], "top_k", randomized=False)
    new_z, new_y = z[2000:], y[2000:]
    smooth = conformal.p_values(new_z, rng=np.random.default_rng(1))[np.arange(2000), new_y]
    whole = conformal.p_values(new_z)[np.arange(2000), new_y]
    counts = np.bincount((smooth * 10).astype(int).clip(0, 9), minlength=10)
    assert np.all(np.abs(counts - 200) < 5 * np.sqrt(200))
    assert len(np.unique(whole)) <= 6
    assert np.all(smooth <= whole)


@pytest.mark.parametrize("score", list(SCORES))
def test_a_row_has_the_same_set_alone_and_in_a_batch(rows, score):
    z, y, new_z, _ = rows
    conformal = fit(z, y, score)
    sets, p = conformal.predict_set(new_z[:60]), conformal.p_values(new_z[:60])
    assert np.array_equal(sets, [conformal.predict_set(row[np.newaxis])[0] for row in new_z[:60]])
    assert np.array_equal(p[::-1], conformal.p_values(new_z[59::-1]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64])
def test_the_numbers_count_not_their_dtype(rows, dtype):
    z, y, new_z, _ = ((10 * a).astype(dtype) if a.dtype.kind == "f" else a for a in rows)
    same = fit(z.astype(np.float64), y).predict_set(new_z.astype(np.float64))
    assert np.array_equal(fit(z, y).predict_set(new_z), same)


def test_the_random_state_decides_the_shares_and_a_generator_may_be_it(rows):
    z, y, new_z, _ = rows
    first, again = (fit(z, y, random_state=np.random.default_rng(5)).predict_set(new_z) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(
        fit(z, y, random_state=1).predict_set(new_z), fit(z, y, random_state=2).predict_set(new_z)
    )
    assert np.array_equal(
        fit(z, y, random_state=1, randomized=False).predict_set(new_z),
        fit(z, y, random_state=2, randomized=False).predict_set(new_z),
    )


def test_predict_is_argmax(rows):
    z, y, new_z, _ = rows
    assert np.array_equal(fit(z, y).predict(new_z), new_z.argmax(axis=1))


def test_evaluate_counts(rows):
    z, y, new_z, new_y = rows
    conformal = fit(z, y, confidence=0.7, allow_empty=True)
    quality, sets = conformal.evaluate(new_z, new_y), conformal.predict_set(new_z)
    sizes, hit = sets.sum(axis=1), sets[np.arange(800), new_y]
    assert quality.promised == 0.7
    assert (quality.coverage.value, quality.coverage.n) == (hit.mean(), 800)
    assert quality.mean_size == sizes.mean()
    assert (quality.empty, quality.singletons) == (np.mean(sizes == 0), np.mean(sizes == 1))
    assert quality.size_counts.tolist() == [np.sum(sizes == s) for s in range(7)]
    np.testing.assert_allclose(quality.class_coverage, [hit[new_y == c].mean() for c in range(6)])
    assert [(s.smallest, s.largest) for s in quality.by_size] == [(0, 1), (2, 3), (4, 6)]
    assert [s.coverage.n for s in quality.by_size] == [
        np.sum(sizes <= 1),
        np.sum((sizes >= 2) & (sizes <= 3)),
        np.sum(sizes > 3),
    ]
    assert quality.size_stratified_violation == max(abs(s.coverage.value - 0.7) for s in quality.by_size)
    assert str(quality).startswith(f"coverage {hit.mean():.4f} [")


def test_a_class_without_rows_has_no_coverage(rows):
    z, y, new_z, new_y = rows
    kept = new_y != 2
    quality = fit(z, y).evaluate(new_z[kept], new_y[kept])
    assert np.isnan(quality.class_coverage[2])
    assert quality.worst_class_coverage == np.nanmin(quality.class_coverage)


def test_no_rows_have_no_sets(rows):
    z, y, _, _ = rows
    assert fit(z, y).predict_set(z[:0]).shape == fit(z, y).p_values(z[:0]).shape == (0, 6)


def test_parameters_follow_scikit_learns_protocol():
    conformal = sm.ConformalClassifier("raps", confidence=0.8, penalty=0.1)
    assert clone(conformal).get_params() == conformal.get_params()
    assert conformal.set_params(confidence=0.7).confidence == 0.7
    with pytest.raises(ArgumentError, match="has no parameter 'confidance'; .*did you mean 'confidence'"):
        conformal.set_params(confidance=0.9)
    assert repr(conformal) == "ConformalClassifier(score='raps', confidence=0.7, penalty=0.1)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"score": "lca"}, "score: expected one of 'lac', .*did you mean 'lac'"),
        ({"confidence": 10}, "confidence: expected a number > 0 and < 1, got 10"),
        ({"conditional": "classes"}, "conditional: expected one of None, 'class', 'cluster'"),
        (
            {"conditional": "group"},
            r"got 'group'; for a threshold of each group hand the rows' groups to fit\(groups=\)",
        ),
        ({"rare": True}, "rare: expected one of"),
        ({"penalty": -1}, "penalty: expected a number >= 0"),
        ({"free_ranks": 0.5}, "free_ranks: expected an integer"),
        ({"n_clusters": 0}, "n_clusters: expected an integer >= 1"),
        ({"randomized": 1}, "randomized: expected True or False"),
        ({"allow_empty": "no"}, "allow_empty: expected True or False"),
        ({"random_state": -1}, "random_state: expected an integer >= 0"),
        ({"conditional": "cluster", "groups": [0] * 800}, "groups: expected none"),
        ({"groups": [0] * 799}, "groups: expected one label per row"),
        ({"groups": [np.nan] * 800}, "groups: expected a label in every row"),
        ({"sample_weight": [-1.0] * 800}, "sample_weight: expected weights between"),
    ],
)
def test_options_that_do_not_fit_are_refused(rows, options, message):
    z, y, _, _ = rows
    with pytest.raises(ArgumentError, match=message):
        fit(z, y, **options)


@pytest.mark.parametrize(
    ("logits", "y", "error", "message"),
    [
        ([[[0.0, 1.0]]], [0], ShapeError, r"expected shape \(n_rows, n_classes\), or \(n_rows,\) for one sigmoid"),
        (np.zeros((0, 3)), np.zeros(0, int), ShapeError, "at least one row"),
        ([[0.0, 1.0]], [0, 1], ShapeError, r"y of shape \(n_rows,\), at least one row, got \(1, 2\) and \(2,\)"),
        ([[0.0, 1.0]], [2], TargetError, "codes between 0 and 1, got 2"),
        ([[0.0, 1.0]], ["a"], DTypeError, "integer class codes"),
        ([[0.0, 1.0], [0.0, np.nan]], [0, 1], ArgumentError, r"got NaN or \+inf in row 1"),
        ([[0.0, np.inf]], [0], ArgumentError, r"got NaN or \+inf in row 0"),
        ([[-np.inf, -np.inf]], [0], ArgumentError, "got only -inf in row 0"),
        ([["a", "b"]], [0], DTypeError, "logits: expected float16"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(logits, y, error, message):
    with pytest.raises(error, match=message):
        sm.ConformalClassifier().fit(logits, y)
    with pytest.raises(error, match=message):
        sm.SelectiveClassifier().fit(logits, y)


def test_groups_are_given_to_both_or_to_none_and_must_be_known(rows):
    z, y, _, _ = rows
    grouped = fit(z, y, groups=np.arange(800) % 3)
    with pytest.raises(ArgumentError, match="groups: expected a label per row, because fit was given groups"):
        grouped.predict_set(z)
    with pytest.raises(LabelError, match=r"expected one of those seen at fit, 0, 1, 2, got 3 in row 1"):
        grouped.predict_set(z[:2], groups=[2, 3])
    with pytest.raises(LabelError, match="expected labels of type int64, as at fit"):
        grouped.update(z[:1], y[:1], groups=["1"])
    with pytest.raises(ArgumentError, match="groups: expected none, because fit was given none"):
        fit(z, y).p_values(z, groups=[0] * 800)
    with pytest.raises(ArgumentError, match="groups: expected a label per row, as at fit"):
        grouped.update(z[:1], y[:1])


def test_nothing_works_before_fit(rows):
    z, y, _, _ = rows
    new = sm.ConformalClassifier()
    for call in (new.predict_set, new.p_values, new.predict, lambda z: new.update(z, y), lambda z: new.evaluate(z, y)):
        with pytest.raises(NotFittedError, match="call fit"):
            call(z)


def test_a_fit_that_fails_leaves_what_was_learned(rows):
    z, y, new_z, _ = rows
    conformal = fit(z, y)
    before = conformal.predict_set(new_z)
    with pytest.raises(ArgumentError):
        conformal.fit(np.full((3, 6), np.nan), [0, 1, 2])
    assert np.array_equal(conformal.predict_set(new_z), before)


def test_another_number_of_classes_is_refused(rows):
    z, y, _, _ = rows
    with pytest.raises(
        ShapeError, match=r"logits: expected shape \(n_rows, 6\), one column for each class as at fit, got \(800, 5\)"
    ):
        fit(z, y).predict_set(z[:, :5])


def test_there_is_one_threshold_only_where_it_is_the_same_for_all(rows):
    z, y, _, _ = rows
    conformal = fit(z, y, "lac")
    assert conformal.thresholds_.tolist() == [conformal.threshold_] * 6
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        conformal.set_params(conditional="class").fit(z, y)
    assert not hasattr(conformal, "threshold_")


@pytest.mark.parametrize("weight", [[1.0], [-1.0] * 800])
def test_an_error_about_a_test_weight_says_so(rows, weight):
    z, y, new_z, new_y = rows
    conformal = fit(z, y)
    for call in (conformal.predict_set, conformal.p_values, lambda z, **w: conformal.evaluate(z, new_y, **w)):
        with pytest.raises(ArgumentError, match="test_weight: expected") as caught:
            call(new_z, test_weight=weight)
        assert caught.value.parameter == "test_weight"
