"""Trees that scikit-learn grows, as our arrays."""

import time

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

import softargmax as sm
from softargmax.models import boosting
from softargmax.models.boosting import Boosted, Pace, boost

PACE = Pace.of(600)


def rounds(n):
    """A fit that found so many rounds to be the best."""
    return Boosted(None, n, PACE)


@pytest.fixture
def rows(rng):
    X = rng.normal(size=(600, 4)).astype(np.float32)
    codes = (X[:, 0] * X[:, 1] > 0.0).astype(np.int64) + (X[:, 2] > 1.0)
    return X, codes


def logits_of(trees, X):
    z = trees.logits(X)
    return np.hstack([0.0 * z, z]) if z.shape[1] == 1 else z


@pytest.mark.parametrize("n_classes", [2, 3])
def test_our_arrays_give_what_the_library_gives(rows, rng, n_classes):
    X, codes = rows
    X = np.where(rng.random(X.shape) < 0.1, np.nan, X)
    codes = np.minimum(codes, n_classes - 1)
    weight = rng.random(len(X)) + 0.5
    grown = boost(X, codes, weight, n_classes=n_classes, found=rounds(20))
    library = HistGradientBoostingClassifier(
        learning_rate=PACE.rate,
        max_iter=20,
        max_leaf_nodes=PACE.leaves,
        min_samples_leaf=6,
        l2_regularization=boosting._L2,
        early_stopping=False,
        random_state=0,
    ).fit(X, codes, weight / weight.mean())
    expected = library.decision_function(X).reshape(len(X), -1)
    assert grown.n_rounds == 20
    np.testing.assert_allclose(grown.trees.logits(X), expected, rtol=1e-6, atol=1e-6)


def test_rows_held_out_choose_how_many_rounds_are_kept(rows, rng):
    X, codes = rows
    noisy = np.where(rng.random(len(codes)) < 0.4, rng.integers(0, 3, len(codes)), codes)
    held = X[400:], noisy[400:]
    grown = boost(X[:400], noisy[:400], n_classes=3, held=held)
    assert grown.trees.n_trees == 3 * grown.n_rounds
    kept = sm.cross_entropy(grown.trees.logits(held[0]), held[1])
    for n_rounds in (grown.n_rounds - 1, grown.n_rounds + 20):
        other = boost(X[:400], noisy[:400], n_classes=3, found=rounds(n_rounds))
        assert sm.cross_entropy(other.trees.logits(held[0]), held[1]) > kept


def test_a_rare_class_does_not_drive_logits_apart(rng):
    X = rng.normal(size=(3000, 5)).astype(np.float32)
    codes = np.where(rng.random(3000) < 0.004, 2, (X[:, 0] > 0.0).astype(np.int64))
    new = rng.normal(size=(3000, 5)).astype(np.float32)
    labels = np.where(rng.random(3000) < 0.004, 2, (new[:, 0] > 0.0).astype(np.int64))
    grown = boost(X[:2700], codes[:2700], n_classes=3, held=(X[2700:], codes[2700:]))
    library = HistGradientBoostingClassifier(early_stopping=False, random_state=0).fit(X, codes)
    ours = sm.cross_entropy(grown.trees.logits(new), labels)
    assert 1.5 * ours < sm.cross_entropy(library.decision_function(new), labels)


@pytest.mark.parametrize("seen", [[0, 2], [1, 2, 4]])
def test_a_class_of_no_row_gets_the_probability_of_one_row_more(rows, seen):
    X, codes = rows
    codes = np.array(seen)[np.minimum(codes, len(seen) - 1)]
    grown = boost(X, codes, n_classes=5)
    probabilities = sm.softmax(logits_of(grown.trees, X))
    assert probabilities.shape == (600, 5)
    unseen = np.setdiff1d(np.arange(5), seen)
    assert np.exp(np.log(probabilities[:, unseen]).mean()) == pytest.approx(1 / 600, rel=0.1)
    known = boost(X, np.searchsorted(seen, codes), n_classes=len(seen))
    among = probabilities[:, seen] / probabilities[:, seen].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(among, sm.softmax(logits_of(known.trees, X)), rtol=1e-9)


def test_balanced_classes_count_the_same(rows):
    X, codes = rows
    codes = (np.abs(X[:, 3]) > 2.0).astype(np.int64)
    plain, balanced = (boost(X, codes, n_classes=2, found=rounds(1), balanced=each).trees for each in (False, True))
    assert balanced.baseline == pytest.approx(0.0, abs=1e-6)
    assert plain.baseline < -1.0


def test_fits_are_the_same_however_often_and_on_however_many_threads(rows):
    X, codes = rows
    before = sm.get_num_threads()
    try:
        found = []
        for threads in (1, 2, 2):
            sm.set_num_threads(threads)
            found.append(boost(X, codes, n_classes=3, found=rounds(5)).trees.logits(X))
    finally:
        sm.set_num_threads(before)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_a_deadline_ends_it_and_is_told(rows):
    X, codes = rows
    grown = boost(X, codes, n_classes=3, found=rounds(500), deadline=time.monotonic())
    assert grown.out_of_time
    assert 1 <= grown.n_rounds < 500


def test_progress_is_told_after_every_round(rows):
    told = []
    boost(*rows, n_classes=3, found=rounds(4), progress=told.append)
    assert [(each.done, each.total, each.unit) for each in told] == [(n, 4, "rounds") for n in (1, 2, 3, 4)]


def test_few_rows_are_learned_at_another_pace_which_fits_to_more_rows_keep(rng):
    X = rng.normal(size=(2500, 3)).astype(np.float32)
    codes = (X[:, 0] + 0.5 * rng.normal(size=2500) > 0).astype(np.int64)
    few = boost(X[:1500], codes[:1500], n_classes=2, held=(X[1500:1900], codes[1500:1900]))
    assert few.pace == Pace.of(1500) != Pace.of(2500)
    again = boost(X, codes, n_classes=2, found=few)
    assert (again.pace, again.n_rounds, again.trees.n_trees) == (few.pace, few.n_rounds, few.n_rounds)
    assert again.trees.baseline == pytest.approx(np.log(codes.mean() / (1.0 - codes.mean())), rel=1e-6)


def test_of_few_rows_and_many_classes_no_more_trees_are_grown_than_there_is_time_for(rng):
    X = rng.normal(size=(400, 4)).astype(np.float32)
    codes = np.arange(400) % 40
    told = []
    boost(X, codes, n_classes=40, held=(X, codes), progress=told.append)
    assert told[-1].done == told[-1].total == 13  # of 40 trees each, and 500 were enough
