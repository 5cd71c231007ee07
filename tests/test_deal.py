import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from softargmax._deal import deal, rows_of
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError


def split_of_version_0_1(codes, fractions, rng):
    parts = [[] for _ in fractions]
    classes = np.unique(codes)
    offsets = rng.permutation(len(classes)) / len(classes)
    bounds = np.cumsum(fractions[:0:-1])
    for code, offset in zip(classes, offsets, strict=True):
        rows = rng.permutation(np.flatnonzero(codes == code))
        cuts = np.minimum(np.floor(bounds * len(rows) + offset).astype(np.int64), len(rows) - 1)
        for part, piece in zip(reversed(parts), np.split(rows, cuts), strict=True):
            part.append(piece)
    return [np.sort(np.concatenate(part)) for part in parts]


@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.1), (0.9, 0.1), (0.7, 0.3, 0.0), (1 / 3, 1 / 3, 1 / 3)])
@pytest.mark.parametrize("sizes", [(1000, 100, 10, 1), (3,) * 40, (7, 7)])
def test_shares_are_dealt_as_in_version_0_1(shares, sizes):
    codes = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    before, after = np.random.default_rng(5), np.random.default_rng(5)
    expected = split_of_version_0_1(codes, shares, before)
    found = rows_of(deal(codes, shares=shares, random_state=after), len(shares))
    assert all(map(np.array_equal, found, expected))
    assert before.random() == after.random()  # a network goes on drawing from the same generator


@pytest.mark.parametrize("seed", range(5))
def test_every_class_is_in_the_first_part_and_has_its_share_in_the_others(seed):
    codes = np.repeat([0, 1, 2, 3], [1000, 100, 10, 1])
    training, calibration, scoring = rows_of(deal(codes, shares=(0.8, 0.1, 0.1), random_state=seed), 3)
    assert np.array_equal(np.sort(np.concatenate([training, calibration, scoring])), np.arange(1111))
    assert set(codes[training]) == {0, 1, 2, 3}
    assert abs(np.sum(codes[calibration] == 0) - 100) <= 1
    assert abs(np.sum(codes[scoring] == 1) - 10) <= 1


def test_a_class_of_one_row_is_in_the_first_part(rng):
    assert not deal(np.arange(50), shares=(0.3, 0.7), random_state=rng).any()


def test_shares_of_many_tiny_classes_still_have_the_sizes_asked_for(rng):
    roles = deal(np.repeat(np.arange(400), 3), shares=(0.8, 0.1, 0.1), random_state=rng)
    assert np.bincount(roles) == pytest.approx([960, 120, 120], abs=60)


def test_classes_may_be_any_labels():
    labels = np.repeat(["a", "b"], 50)
    assert np.array_equal(
        deal(labels, shares=(0.5, 0.5), random_state=3), deal(labels == "b", shares=(0.5, 0.5), random_state=3)
    )


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(2, 7), st.integers(0, 3))
def test_every_fold_has_its_share_of_every_class_up_to_one_row(codes, folds, seed):
    roles = deal(codes, folds=folds, random_state=seed)
    counts = np.zeros((folds, 5), int)
    np.add.at(counts, (roles, codes), 1)
    assert np.all(np.ptp(counts, axis=0) <= 1)


@pytest.mark.parametrize("folds", range(2, 30))
def test_as_many_rows_as_folds_are_one_in_each(folds):
    assert sorted(deal(np.zeros(folds), folds=folds, random_state=0)) == list(range(folds))


def test_the_folds_of_many_tiny_classes_are_about_as_large_as_each_other(rng):
    assert np.ptp(np.bincount(deal(np.arange(500), folds=5, random_state=rng))) <= 5


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=60), st.booleans())
def test_a_group_is_never_divided(rows, in_folds):
    codes, groups = np.array(rows).T
    roles = deal(codes, groups=groups, random_state=0, **({"folds": 3} if in_folds else {"shares": (0.6, 0.4)}))
    assert all(len(np.unique(roles[groups == group])) == 1 for group in np.unique(groups))


def test_groups_of_one_row_are_dealt_as_rows_are(rng):
    codes = rng.integers(3, size=200)
    alone = deal(codes, shares=(0.8, 0.2), random_state=0)
    assert np.array_equal(deal(codes, shares=(0.8, 0.2), groups=np.arange(200), random_state=0), alone)


def test_groups_of_any_size_have_the_shares_asked_for_in_every_class(rng):
    groups = np.repeat(np.arange(600), rng.integers(1, 20, 600))
    codes = rng.integers(2, size=600)[groups]
    roles = deal(codes, shares=(0.7, 0.3), groups=groups, random_state=0)
    for code in (0, 1):
        assert np.mean(roles[codes == code]) == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_group_that_holds_most_rows_is_in_the_first_part_and_the_others_in_all(share, seed, rng):
    groups = np.where(rng.random(1000) < share, 0, rng.integers(1, 200, 1000))
    roles = deal(rng.integers(3, size=1000), shares=(0.8, 0.1, 0.1), groups=groups, random_state=seed)
    assert not roles[groups == 0].any()
    assert np.bincount(roles)[1:] == pytest.approx([100, 100] if share == 0.5 else [50, 50], abs=25)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("n_groups", "expected"), [(2, {0, 2}), (3, {0, 1, 2}), (5, {0, 1, 2}), (12, {0, 1, 2})])
def test_few_groups_leave_a_part_empty_only_if_there_are_fewer_than_parts(n_groups, expected, seed):
    groups = np.repeat(np.arange(n_groups), 20)
    assert set(deal(groups % 2, shares=(0.8, 0.1, 0.1), groups=groups, random_state=seed)) == expected


@pytest.mark.parametrize("folds", range(2, 8))
def test_as_many_groups_as_folds_are_one_in_each(folds, rng):
    groups = np.repeat(np.arange(folds), rng.integers(1, 30, folds))
    assert set(deal(np.zeros(len(groups)), folds=folds, groups=groups, random_state=0)) == set(range(folds))


@pytest.mark.parametrize("seed", range(10))
def test_few_large_groups_have_every_class_in_every_part(seed):
    groups = np.repeat(np.arange(12), 50)
    roles = deal(groups % 2, shares=(0.5, 0.25, 0.25), groups=groups, random_state=seed)
    assert [set(groups[roles == part] % 2) for part in range(3)] == [{0, 1}] * 3


@pytest.mark.parametrize("seed", range(10))
def test_a_class_that_is_nowhere_the_most_frequent_is_in_the_first_part(seed):
    groups = np.repeat(np.arange(100), 5)
    codes = np.zeros(500, int)
    codes[[7, 300]] = 1, 2  # each in one group
    roles = deal(codes, shares=(0.4, 0.3, 0.3), groups=groups, random_state=seed)
    assert set(codes[roles == 0]) == {0, 1, 2}


def test_later_rows_are_in_later_parts(rng):
    time = rng.permutation(1000)
    roles = deal(np.zeros(1000), shares=(0.8, 0.1, 0.1), time=time)
    assert np.array_equal(roles[np.argsort(time)], np.repeat([0, 1, 2], [800, 100, 100]))


def test_rows_of_the_same_time_stay_together():
    days = np.repeat(np.array(["2024-01-01", "2024-01-02", "2024-01-03"], "M8[D]"), [5, 2, 3])
    assert deal(np.zeros(10), shares=(0.65, 0.35), time=days).tolist() == [0] * 5 + [0] * 2 + [1] * 3


def test_rows_of_the_last_time_are_in_the_last_part_however_many():
    assert (
        deal(np.zeros(10), shares=(0.8, 0.1, 0.1), time=[1] * 2 + [2] * 2 + [3] * 6).tolist() == [0, 0, 1, 1] + [2] * 6
    )
    assert deal(np.zeros(10), shares=(0.8, 0.1, 0.1), time=[1] * 9 + [2]).tolist() == [0] * 9 + [2]
    assert deal(np.zeros(10), shares=(0.8, 0.1, 0.1), time=[1] * 10).tolist() == [0] * 10


def test_a_group_is_as_late_as_its_last_row():
    roles = deal(np.zeros(6), shares=(0.5, 0.5), time=[0, 1, 2, 3, 4, 5], groups=[1, 0, 0, 0, 0, 1])
    assert roles.tolist() == [1, 0, 0, 0, 0, 1]


def test_folds_by_numbers_take_turns_in_their_order(rng):
    numbers = rng.normal(size=100)
    roles = deal(np.zeros(100), folds=5, by=numbers)
    assert np.array_equal(roles[np.argsort(numbers)], np.arange(100) % 5)


def test_equal_numbers_are_in_the_same_fold():
    roles = deal(np.zeros(6), folds=2, by=[0.1, 0.2, 0.1, 0.3, 0.4, 0.5])
    assert roles[0] == roles[2]


def test_numbers_that_are_mostly_equal_stay_together():
    assert np.array_equal(np.bincount(deal(np.zeros(100), folds=5, by=np.repeat([1.0, 2.0], 50))), [50, 50])


def test_a_permutation_deals_whatever_the_class(rng):
    order = rng.permutation(57)
    assert np.array_equal(deal(np.zeros(57), folds=5, by=order), order % 5)


def test_no_rows_have_no_parts():
    assert deal([], folds=3).shape == (0,)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ArgumentError, "one of shares and folds"),
        ({"shares": (0.5, 0.5), "folds": 2}, ArgumentError, "one of shares and folds"),
        ({"shares": (0.5, 0.4)}, ArgumentError, "sum to 1"),
        ({"folds": 1}, ArgumentError, "folds: expected an integer >= 2"),
        ({"folds": 2, "groups": [1, 2]}, ShapeError, "groups: expected shape"),
        ({"folds": 2, "groups": [1.0, np.nan, 2.0]}, ArgumentError, "groups: .* none of them missing"),
        ({"folds": 2, "groups": np.array([1, None, "a"], object)}, ArgumentError, "groups: .* sorted"),
        ({"folds": 2, "time": np.array(["2024", "NaT", "2025"], "M8[D]")}, ArgumentError, "time: .* missing"),
        ({"folds": 2, "groups": np.ma.array([1, 2, 3])}, DTypeError, "masked"),
        ({"shares": (0.5, 0.5), "by": [1, 2, 3]}, ArgumentError, "by: expected it with folds"),
        ({"folds": 2, "by": [1, 2, 3], "time": [1, 2, 3]}, ArgumentError, "without groups and time"),
    ],
)
def test_what_does_not_fit_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        deal([0, 0, 1], **options)
