import warnings

import numpy as np
import pytest

import softargmax as sm
from softargmax.decisions import PriorShift
from softargmax.exceptions import ArgumentError, CalibrationWarning, NotFittedError, ShapeError, TargetError


def drawn(rng, n, shares, moved=0.0):
    """Logits that are right where all classes are equally common, of rows that have these shares."""
    k = len(shares)
    centres = np.random.default_rng(k).normal(size=(k, 6))
    y = rng.choice(k, n, p=shares)
    x = centres[y] + rng.normal(size=(n, 6)) + moved
    return x @ centres.T - 0.5 * np.square(centres).sum(axis=1), y


def rare(k, ratio):
    shares = np.ones(k)
    shares[0] = ratio
    return shares / shares.sum()


def loss(logits, y):
    return float(sm.cross_entropy(logits, y))


def test_known_shares_give_the_probabilities_of_bayes():
    old, new = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.2, 0.6])
    p = np.array([[0.5, 0.25, 0.25], [0.1, 0.6, 0.3]])
    found = PriorShift.between(old, new).predict_proba(np.log(p))
    expected = p * new / old
    np.testing.assert_allclose(found, expected / expected.sum(axis=1, keepdims=True), rtol=1e-14)


def test_one_sigmoid_per_row_is_two_classes():
    z = np.array([-1.0, 0.5, 3.0])
    shift = PriorShift.between([0.5, 0.5], [0.9, 0.1])
    np.testing.assert_allclose(shift.transform(z), z - np.log(9.0), rtol=1e-14)
    assert shift.transform(z[:, np.newaxis]).shape == (3, 1)
    np.testing.assert_allclose(shift.predict_proba(z)[:, 1], sm.sigmoid(z - np.log(9.0)), rtol=1e-14)


@pytest.mark.parametrize("k", [2, 3, 10])
@pytest.mark.parametrize("ratio", [5, 20, 50])
def test_learned_shares_cost_little_more_than_the_right_ones(k, ratio):
    old, new = rare(k, 1), rare(k, ratio)
    n = max(2000 if k < 10 else 5000, int(np.ceil(60.0 / new.min())))
    lost = gained = 0.0
    for seed in range(5):
        z, y = drawn(np.random.default_rng(seed), n, new)
        best = loss(z + np.log(new / old), y)
        lost += loss(PriorShift(old).fit(z).transform(z), y) - best
        gained += loss(z, y) - best
    assert lost <= 0.05 * gained


def test_where_nothing_has_shifted_nothing_is_lost():
    for seed in range(5):
        z, y = drawn(np.random.default_rng(seed), 2000, rare(100, 1))
        assert loss(PriorShift(rare(100, 1)).fit(z).transform(z), y) <= loss(z, y) + 0.02


def test_the_optimum_is_certified():
    z, _ = drawn(np.random.default_rng(0), 3000, rare(10, 5))
    assert 0.0 <= PriorShift(rare(10, 1)).fit(z).optimality_ <= 1e-9


def test_the_standard_error_is_that_of_repetitions():
    new = rare(3, 4)
    fits = [PriorShift(rare(3, 1)).fit(drawn(np.random.default_rng(s), 2000, new)[0]) for s in range(100)]
    spread = np.std([fit.new_ for fit in fits], axis=0)
    np.testing.assert_allclose(np.mean([fit.standard_error_ for fit in fits], axis=0), spread, rtol=0.25)


def test_the_black_box_needs_no_calibration():
    old, new = rare(3, 1), rare(3, 20)
    rng = np.random.default_rng(1)
    known, labels = drawn(rng, 20_000, old)
    z, _ = drawn(rng, 20_000, new)
    black = PriorShift(method="black-box").fit(3.0 * z, labelled=(3.0 * known, labels)).new_
    assert np.abs(black - new).max() < 0.01
    assert np.abs(PriorShift(old).fit(3.0 * z).new_ - new).max() > 0.01


def test_logits_that_are_not_right_on_average_are_warned_of():
    rng = np.random.default_rng(2)
    known, z = drawn(rng, 2000, rare(3, 1)), drawn(rng, 2000, rare(3, 9))[0]
    off = np.array([1.5, 0.0, 0.0])
    with pytest.warns(CalibrationWarning, match=r"say that 0\.\d+ of the labelled rows are of class \d"):
        PriorShift().fit(z + off, labelled=(known[0] + off, known[1]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PriorShift().fit(z, labelled=known)
        PriorShift(method="black-box").fit(z + off, labelled=(known[0] + off, known[1]))


@pytest.mark.parametrize(("k", "ratio", "scale"), [(2, 1, 1.0), (2, 20, 1.5), (3, 5, 1.5), (5, 5, 1.0)])
def test_a_shift_of_shares_alone_is_called_something_else_as_rarely_as_promised(k, ratio, scale):
    alarms, runs, level = 0, 150, 0.05
    for seed in range(runs):
        rng = np.random.default_rng([seed, k, ratio])
        known, labels = drawn(rng, 1500, rare(k, 1))
        z, _ = drawn(rng, 1500, rare(k, ratio))
        shift = PriorShift(method="black-box").fit(z / scale, labelled=(known / scale, labels))
        alarms += shift.explained_.p_value <= level
    assert alarms <= runs * level + 3.0 * (runs * level * (1.0 - level)) ** 0.5


def test_another_change_than_of_shares_is_found():
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        known = drawn(rng, 3000, rare(3, 1))
        z, _ = drawn(rng, 3000, rare(3, 5), moved=0.6)
        found += PriorShift(method="black-box").fit(z, labelled=known).explained_.p_value < 0.01
    assert found >= 15


def test_without_labelled_rows_nothing_is_tested_and_with_few_neither():
    rng = np.random.default_rng(3)
    z, _ = drawn(rng, 500, rare(3, 2))
    assert PriorShift(rare(3, 1)).fit(z).explained_ is None
    known = drawn(rng, 30, rare(3, 1))
    assert PriorShift(method="black-box").fit(z, labelled=known).explained_ is None


def test_a_class_that_is_not_there_is_not_ruled_out():
    z, _ = drawn(np.random.default_rng(4), 500, [0.5, 0.5, 0.0])
    shift = PriorShift(rare(3, 1)).fit(np.where(np.arange(3) == 2, -30.0, z))
    assert 0.0 < shift.new_[2] < 0.01


def test_it_is_the_same_from_a_file(tmp_path):
    rng = np.random.default_rng(5)
    z, _ = drawn(rng, 800, rare(3, 5))
    shift = PriorShift(method="black-box").fit(z, labelled=drawn(rng, 800, rare(3, 1)))
    for name in ("shift.json", "shift.softargmax"):
        shift.save(tmp_path / name)
        again = sm.load(tmp_path / name)
        assert np.array_equal(again.transform(z), shift.transform(z))
        assert again.explained_ == shift.explained_
        assert again.to_state() == shift.to_state()


def test_a_row_alone_gives_the_same_bits():
    z, _ = drawn(np.random.default_rng(6), 300, rare(3, 5))
    shift = PriorShift(rare(3, 1)).fit(z)
    assert np.array_equal(shift.transform(z)[7:8], shift.transform(z[7:8]))


def test_what_does_not_fit_is_refused():
    z, y = drawn(np.random.default_rng(7), 100, rare(3, 1))
    with pytest.raises(ArgumentError, match="old: expected the classes' shares where the model was trained"):
        PriorShift().fit(z)
    with pytest.raises(ShapeError, match="a share for each of 3 classes, got 2"):
        PriorShift([0.5, 0.5]).fit(z)
    with pytest.raises(ArgumentError, match="add up to 1"):
        PriorShift.between([0.5, 0.4], [0.5, 0.5])
    with pytest.raises(ArgumentError, match="labelled: expected logits of old rows"):
        PriorShift(rare(3, 1), method="black-box").fit(z)
    with pytest.raises(TargetError, match="got none of class 2"):
        PriorShift().fit(z, labelled=(z[y < 2], y[y < 2]))
    with pytest.raises(NotFittedError):
        PriorShift([0.5, 0.5]).transform(z)
