"""Sets of several levels, sets where classes have become more common, and a price of ranks that rows choose."""

import numpy as np
import pytest

import softargmax as sm
from softargmax.decisions import PriorShift
from softargmax.exceptions import ArgumentError, NotFittedError, ShapeError


def honest(rng, n, k=4, scale=2.0):
    z = rng.normal(size=(n, k)) * scale
    return z, sm.argmax(z + rng.gumbel(size=z.shape))


@pytest.mark.parametrize("options", [{}, {"conditional": "class", "rare": "pool"}, {"allow_empty": True}])
@pytest.mark.parametrize("score", ["lac", "aps", "raps"])
def test_sets_of_several_levels_are_those_of_each_and_lie_in_each_other(rng, score, options):
    z, y = honest(rng, 600)
    sets = sm.ConformalClassifier(score, **options).fit(z[:300], y[:300])
    levels = (0.6, 0.9, 0.97)
    made = sets.predict_set(z[300:], confidence=levels)
    assert made.shape == (3, 300, 4)
    for level, each in zip(levels, made, strict=True):
        np.testing.assert_array_equal(each, sets.predict_set(z[300:], confidence=level))
    assert (made[0] <= made[1]).all()
    assert (made[1] <= made[2]).all()
    assert made[0].sum() < made[2].sum()


def test_one_level_in_a_list_keeps_its_axis(rng):
    z, y = honest(rng, 100)
    assert sm.ConformalClassifier().fit(z, y).predict_set(z[:5], confidence=[0.8]).shape == (1, 5, 4)


@pytest.mark.parametrize("levels", [[], [0.9, 1.0], [[0.9]], "0.9"])
def test_levels_that_are_none_are_refused(rng, levels):
    z, y = honest(rng, 100)
    with pytest.raises(ArgumentError, match="confidence: expected"):
        sm.ConformalClassifier().fit(z, y).predict_set(z, confidence=levels)


def p_values_by_hand(scores_of_true, codes, scores, ratio):
    """Podkopaev and Ramdas, one class of one row at a time."""
    result = np.empty(scores.shape)
    for i, row in enumerate(scores):
        for k, score in enumerate(row):
            weight = ratio[codes]
            result[i, k] = (weight[scores_of_true >= score].sum() + ratio[k]) / (weight.sum() + ratio[k])
    return result


def test_under_a_shift_every_class_is_compared_as_the_formula_says(rng):
    z, y = honest(rng, 90)
    shift = PriorShift.between([0.25] * 4, [0.1, 0.2, 0.3, 0.4])
    sets = sm.ConformalClassifier("aps", randomized=False, allow_empty=True).fit(z[:60], y[:60])
    p = sm.softmax(z)
    order = np.argsort(-p, axis=1)
    scores = np.empty_like(p)
    np.put_along_axis(scores, order, np.take_along_axis(p, order, axis=1).cumsum(axis=1), axis=1)
    scores = scores.round(7)  # equal ones are to be equal
    expected = p_values_by_hand(scores[np.arange(60), y[:60]], y[:60], scores[60:], shift.new_ / shift.old_)
    found = sets.p_values(z[60:], shift=shift)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_array_equal(sets.predict_set(z[60:], shift=shift, confidence=0.85), expected > 0.15)


def test_sets_cover_as_promised_where_classes_are_more_common():
    """A class that the model rarely knows has become common: without the weights sets miss it."""
    covered = []
    for seed in range(60):
        rng = np.random.default_rng(seed)

        def drawn(n, shares, rng=rng):
            y = rng.choice(3, n, p=shares)
            z = rng.normal(size=(n, 3))
            z[np.arange(n), y] += np.array([4.0, 4.0, 0.5])[y]
            return z, y

        old, new = [0.45, 0.45, 0.1], [0.2, 0.2, 0.6]
        z, y = drawn(300, old)
        zt, yt = drawn(300, new)
        sets, at = sm.ConformalClassifier().fit(z, y), (np.arange(300), yt)
        covered.append([sets.predict_set(zt, shift=s)[at].mean() for s in (PriorShift.between(old, new), None)])
    weighted, plain = np.mean(covered, axis=0)
    error = np.std([row[0] for row in covered]) / np.sqrt(60)
    assert plain < 0.8
    assert abs(weighted - 0.9) < 3 * error + 0.003


def test_where_every_class_has_its_threshold_its_share_does_not_matter(rng):
    z, y = honest(rng, 400)
    sets = sm.ConformalClassifier(conditional="class").fit(z, y)
    shift = PriorShift.between([0.25] * 4, [0.125, 0.125, 0.25, 0.5])
    np.testing.assert_array_equal(sets.predict_set(z, shift=shift), sets.predict_set(z))


def test_equal_shares_change_nothing_groups_and_clusters_included(rng):
    z, y = honest(rng, 400)
    same = PriorShift.between([0.25] * 4, [0.25] * 4)
    groups = np.arange(400) % 3
    sets = sm.ConformalClassifier("aps").fit(z, y, groups=groups)
    np.testing.assert_array_equal(sets.predict_set(z, groups=groups, shift=same), sets.predict_set(z, groups=groups))
    clustered = sm.ConformalClassifier("aps", conditional="cluster", n_clusters=2).fit(z, y)
    np.testing.assert_array_equal(clustered.predict_set(z, shift=same), clustered.predict_set(z))


def test_what_is_no_shift_of_these_classes_is_refused(rng):
    z, y = honest(rng, 100)
    sets = sm.ConformalClassifier().fit(z, y)
    with pytest.raises(ArgumentError, match="expected a PriorShift"):
        sets.predict_set(z, shift=[1.0, 1.0, 1.0, 1.0])
    with pytest.raises(ShapeError, match="shares of 4 classes, got 2"):
        sets.predict_set(z, shift=PriorShift.between([0.5, 0.5], [0.4, 0.6]))
    with pytest.raises(NotFittedError):
        sets.predict_set(z, shift=PriorShift([0.25] * 4))
    with pytest.raises(ArgumentError, match="none beside test_weight"):
        sets.predict_set(z, shift=PriorShift.between([0.25] * 4, [0.25] * 4), test_weight=np.ones(100))


def test_raps_chooses_its_price_by_rows_that_set_no_threshold(rng):
    z, y = honest(rng, 2000, k=30, scale=1.5)
    sets = sm.ConformalClassifier("raps").fit(z, y)
    assert sets.n_calibration_ == 1600
    assert sm.ConformalClassifier("raps", penalty=0.01).fit(z, y).n_calibration_ == 2000
    assert sm.ConformalClassifier("aps").fit(z, y).n_calibration_ == 2000
    few = sm.ConformalClassifier("raps").fit(z[:900], y[:900])
    assert few.n_calibration_ == 900
    constants = sm.ConformalClassifier("raps", penalty=0.01, free_ranks=5).fit(z[:900], y[:900])
    np.testing.assert_array_equal(few.predict_set(z), constants.predict_set(z))


def test_the_price_that_raps_chooses_makes_smaller_sets_that_keep_the_promise():
    """Long tails that lie: far down the ranks everything is equally likely, so "aps" takes all of it."""
    found = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        z, y = rng.normal(size=(3000, 60)) * 0.3, rng.integers(60, size=3000)
        z[np.arange(3000), y] += rng.exponential(3.0, size=3000)
        made = [
            sm.ConformalClassifier("raps", **options).fit(z[:1500], y[:1500]).evaluate(z[1500:], y[1500:])
            for options in ({}, {"penalty": 0.0, "free_ranks": 0})
        ]
        found.append([made[0].coverage.value, made[0].mean_size, made[1].mean_size])
    coverage, tuned, aps = np.mean(found, axis=0)
    assert abs(coverage - 0.9) < 0.012
    assert tuned < aps


def test_a_chosen_price_is_saved_and_stays_when_rows_are_added(rng):
    z, y = honest(rng, 2000, k=30, scale=1.5)
    sets = sm.ConformalClassifier("raps").fit(z, y)
    loaded = sm.ConformalClassifier.from_state(sets.to_state())
    assert loaded.get_params()["penalty"] is None
    added = [each.update(z[:100], y[:100]) for each in (sets, loaded)]
    np.testing.assert_array_equal(added[0].predict_set(z), added[1].predict_set(z))
    assert added[0].n_calibration_ == 1700
