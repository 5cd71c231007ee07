"""Beside the scores: what is reached without a look at a row, the AUC, and of those told 30 %, how many were."""

import itertools

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.metrics.score_lines import score_lines, told_cells


def events(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n) - 1.5
    return z, (rng.random(n) < sm.sigmoid(z)) * 1


@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_baseline_is_what_the_shares_of_the_classes_score(n_classes, rng):
    y = rng.integers(n_classes, size=300) // rng.integers(1, 3, size=300)
    weight = rng.random(300)
    found = metrics.scores(y, logits=rng.normal(size=(300, n_classes)), sample_weight=weight).baseline
    shares = np.bincount(y, weight, n_classes) / weight.sum()
    constant = {"probabilities": np.tile(shares, (300, 1)), "sample_weight": weight}
    assert found.code == shares.argmax()
    for name in ("accuracy", "log_loss", "brier_score"):
        assert getattr(found, name) == pytest.approx(getattr(metrics, name)(y, **constant).value, rel=1e-9)


def test_a_class_that_does_not_occur_costs_the_baseline_nothing():
    found = metrics.scores([1, 1], logits=[[0.0, 1.0], [0.0, 2.0]]).baseline
    assert (found.code, found.accuracy, found.log_loss, found.brier_score) == (1, 1.0, 0.0, 0.0)


def test_an_auc_stands_beside_the_scores_of_two_classes_only(rng):
    z, y = events()
    assert metrics.scores(y, logits=z).auc == sm.assess(y, logits=z).risks.auc
    assert metrics.scores(y, logits=z, of="label").auc == metrics.scores(y, logits=z).auc
    assert metrics.scores([0, 1, 2], logits=rng.normal(size=(3, 3))).auc is None
    assert metrics.scores([1, 1], logits=[0.0, 1.0]).auc is None


def test_of_those_told_so_much_the_share_is_counted():
    z, y = events()
    p, told = sm.sigmoid(z), metrics.scores(y, logits=z).told
    assert 3 <= len(told) <= 6
    assert (told[0].low, sum(share.rows for share in told)) == (0.0, 3000)
    for share in told:
        inside = (p > share.low) & (p <= share.high)
        assert share.rows == inside.sum() >= 10
        assert share.said == pytest.approx(p[inside].mean(), rel=1e-12)
        expected = metrics.accuracy(y[inside], probabilities=np.tile([0.0, 1.0], (inside.sum(), 1)))
        assert share.happened == expected


def test_ranges_have_round_ends_and_rows_enough_whatever_the_model_says(rng):
    for n in (1, 7, 40, 5000):
        for scale in (0.1, 1.0, 30.0):
            z = scale * rng.normal(size=n)
            told = metrics.scores(rng.integers(2, size=n), logits=z).told
            assert 1 <= len(told) <= 6
            assert len(told) == 1 or min(share.rows for share in told) >= 10
            assert all(before.high <= after.low for before, after in itertools.pairwise(told))
            assert all(round(20 * end, 9) % 1 == 0 for share in told for end in (share.low, share.high))


def test_shares_by_the_predicted_label_count_the_right_ones(rng):
    z = 2.0 * rng.normal(size=(800, 3))
    y = sm.argmax(z + rng.gumbel(size=z.shape))
    told, sure, right = metrics.scores(y, logits=z).told, sm.softmax(z).max(axis=1), z.argmax(axis=1) == y
    for share in told:
        inside = (sure > share.low) & (sure <= share.high)
        assert share.happened.value == pytest.approx(right[inside].mean(), rel=1e-12)


def test_weights_and_parts_of_the_rows_give_the_same_shares(rng):
    z, y = events(600)
    weight = rng.integers(0, 3, size=600)
    weighted = sm.assess(y, logits=z, sample_weight=weight)
    twice = sm.assess(np.repeat(y, weight), logits=np.repeat(z, weight))
    for one, other in zip(weighted.told, twice.told, strict=False):
        if (one.low, one.high) == (other.low, other.high):
            assert (one.rows, one.said, one.happened.value) == pytest.approx(
                (other.rows, other.said, other.happened.value), rel=1e-12
            )
    assert weighted.baseline == twice.baseline
    parts = metrics.Summary(2).update(y[:200], logits=z[:200]).update(y[200:], logits=z[200:]).assess()
    for one, other in zip(parts.told, sm.assess(y, logits=z).told, strict=True):
        assert (one.low, one.high, one.rows) == (other.low, other.high, other.rows)
        assert one.said == pytest.approx(other.said, rel=1e-9)
        assert one.happened == other.happened


def test_scores_of_before_have_none_of_it_and_their_lines_leave_it_out():
    z, y = events()
    now = metrics.scores(y, logits=z)
    data = {name: value for name, value in now.to_dict().items() if name not in ("baseline", "auc", "told")}
    before = metrics.Scores.from_dict(data)
    assert (before.baseline, before.auc, before.told) == (None, None, None)
    assert metrics.Scores.from_dict(now.to_dict()) == now
    words = [[line.words for line in score_lines(found, 2)] for found in ([now, now], [before, now])]
    assert words[0] == ["accuracy", "always class 0", *words[1][1:], "AUC"]
    assert len(words[1]) == 4


def test_a_share_is_said_in_per_cent():
    (share,) = metrics.scores([1] * 3 + [0] * 7, logits=[-1.0] * 10).told
    assert told_cells(share) == ("20 to 30 %", "27 %", "10", "30 % [11, 60]")
