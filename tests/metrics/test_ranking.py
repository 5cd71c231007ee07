"""The area under the ROC curve: its value, its interval at the edges too, and differences on the same rows."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError, TargetError


def wins(y, score):
    """Who is ranked rightly against whom, rows of class 1 against rows of class 0."""
    one, other = score[y == 1][:, np.newaxis], score[y == 0]
    return (one > other) + 0.5 * (one == other)


def delong(table):
    return table.mean(axis=1).var(ddof=1) / len(table) + table.mean(axis=0).var(ddof=1) / table.shape[1]


def drawn(rng, n, mean=1.5, share=0.3):
    y = (rng.random(n) < share).astype(int)
    return y, rng.normal(size=n) + mean * y


def test_the_interval_holds_what_is_fewer_standard_errors_away():
    y, score = drawn(np.random.default_rng(0), 400)
    found, table = metrics.auc(y, logits=score), wins(y, score)
    assert found.value == pytest.approx(table.mean(), rel=1e-12)
    n_yes, n_no = table.shape

    def newcombe(a):
        return a * (1 - a) * (1 + (400 / 2 - 1) * ((1 - a) / (2 - a) + a / (1 + a))) / (n_yes * n_no)

    wrong = (1 - found.value) * min(n_yes, n_no)
    size = (wrong * delong(table) + 0.5 * newcombe(found.value)) / (wrong + 0.5) / newcombe(found.value)
    for end in (found.low, found.high):
        assert abs(end - found.value) == pytest.approx(1.959963984540054 * np.sqrt(size * newcombe(end)), rel=1e-9)


def test_of_many_rows_it_is_delongs():
    y, score = drawn(np.random.default_rng(1), 4000)
    found = metrics.auc(y, logits=score)
    assert found.high - found.low == pytest.approx(2 * 1.959963984540054 * delong(wins(y, score)) ** 0.5, rel=0.01)


@pytest.mark.parametrize(
    ("n_yes", "n_no", "low"), [(1, 2, 0.2830), (2, 2, 0.3856), (25, 25, 0.9193), (1, 1000, 0.4388)]
)
def test_rows_that_are_all_ranked_rightly_leave_room_below(n_yes, n_no, low):
    y = np.repeat([0, 1], [n_no, n_yes])
    found = metrics.auc(y, logits=np.arange(len(y)))
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(low, abs=5e-4)
    turned = metrics.auc(1 - y, logits=np.arange(len(y)))
    assert (turned.low, turned.high) == pytest.approx((0.0, 1.0 - found.low), abs=1e-12)


@pytest.mark.parametrize(("n", "share", "area"), [(50, 0.5, 0.75), (50, 0.2, 0.9), (200, 0.1, 0.8), (1000, 0.3, 0.97)])
def test_the_interval_covers_the_area_as_often_as_promised(n, share, area):
    rng, runs, covered = np.random.default_rng(7), 500, 0
    mean = 2**0.5 * {0.75: 0.6744897502, 0.9: 1.2815515655, 0.8: 0.8416212336, 0.97: 1.8807936082}[area]
    for _ in range(runs):
        y, score = drawn(rng, n, mean, share)
        found = metrics.auc(y, logits=score)
        covered += found.low <= area <= found.high
    assert abs(covered / runs - 0.95) <= 3.0 * (0.95 * 0.05 / runs) ** 0.5


def test_a_difference_is_that_of_delongs_paired_components():
    rng = np.random.default_rng(2)
    y, first = drawn(rng, 500)
    second = first + 0.7 * rng.normal(size=500)
    found = sm.compare(y, logits=(first, second)).auc
    tables = [wins(y, score) for score in (first, second)]
    assert found.value == pytest.approx(tables[1].mean() - tables[0].mean(), rel=1e-9)
    table = tables[1] - tables[0]
    parts = table.mean(axis=1).var(ddof=1) / len(table), table.mean(axis=0).var(ddof=1) / table.shape[1]
    freedom = sum(parts) ** 2 / sum(part**2 / (n - 1) for part, n in zip(parts, table.shape, strict=True))
    student = pytest.importorskip("scipy.stats").t
    assert found.high - found.value == pytest.approx(student.ppf(0.975, freedom) * sum(parts) ** 0.5, rel=1e-6)


def test_a_difference_covers_as_often_as_promised():
    rng, runs, covered = np.random.default_rng(3), 500, 0
    for _ in range(runs):
        y, first = drawn(rng, 60, 1.0)
        second = first + 1.0 * rng.normal(size=60)
        found = sm.compare(y, logits=(first, second), interval=metrics.Interval(n_resamples=2)).auc
        covered += found.low <= 0.6914624613 - 0.7602499389 <= found.high  # of normal scores, 1/2 and 1/sqrt(2) apart
    assert abs(covered / runs - 0.95) <= 3.0 * (0.95 * 0.05 / runs) ** 0.5


def test_models_that_rank_all_rows_alike_differ_by_little_or_by_an_unknown_share():
    y, score = drawn(np.random.default_rng(4), 300)
    same = sm.compare(y, logits=(score, 2.0 * score)).auc
    assert same.value == 0.0
    assert same.high - same.low < 0.05
    both_right = sm.compare([0, 0, 1, 1], logits=([0, 1, 2, 3], [0, 2, 3, 4])).auc
    assert both_right.low < -0.3 < 0.3 < both_right.high


def test_a_better_order_is_named_beside_the_rest():
    rng = np.random.default_rng(5)
    y, score = drawn(rng, 2000, 1.5)
    found = sm.compare(y, logits=(rng.normal(size=2000), score - 1.5))
    assert "auc" in found.beyond_chance
    assert "AUC" in found.verdict.split("The first")[0]
    assert sm.compare([0, 1, 2], logits=(np.eye(3), np.eye(3))).auc is None


def test_points_keep_their_order_where_probabilities_are_all_1():
    y, points = np.array([0, 0, 1, 1]), np.array([50, 70, 60, 80])
    assert metrics.auc(y, logits=points).value == 0.75
    assert metrics.scores(y, logits=points).auc.value == 0.75
    assert sm.compare(y, logits=(points, points[::-1].copy())).auc.value == pytest.approx(0.25 - 0.75)


def test_weights_are_rows_that_are_there_so_often():
    y, score = drawn(np.random.default_rng(6), 100)
    weight = np.arange(100) % 3
    found = metrics.auc(y, logits=score, sample_weight=weight)
    assert found.value == pytest.approx(metrics.auc(y.repeat(weight), logits=score.repeat(weight)).value, rel=1e-12)


def test_what_has_no_area_is_refused():
    with pytest.raises(TargetError, match="only one of them"):
        metrics.auc([1, 1], logits=[0.0, 1.0])
    with pytest.raises(ArgumentError, match="two classes, got 3"):
        metrics.auc([0, 1, 2], logits=np.eye(3))
