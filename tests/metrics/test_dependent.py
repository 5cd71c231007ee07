"""Intervals of rows that come in clusters."""

from dataclasses import replace

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError, ShapeError

NAMES = ["accuracy", "log_loss", "brier_score", "expected_calibration_error"]


def patients(rng, n, labelled_alike=True):
    """Draw visits of patients: logits that are about the same for all visits of one, and codes that are."""
    which = np.repeat(np.arange(n), rng.integers(2, 12, n))
    own = rng.normal(size=(n, 3)) * 1.5
    z = own[which] + 0.3 * rng.normal(size=(len(which), 3))
    codes = sm.argmax(own + rng.gumbel(size=own.shape))[which] if labelled_alike else rng.integers(3, size=len(which))
    return z, codes, which


def test_intervals_of_clusters_hold_the_truth_where_those_of_rows_do_not(rng):
    z, codes, _ = patients(rng, 20_000)
    truth = metrics.scores(codes, logits=z)
    inside = {"clusters": dict.fromkeys(NAMES, 0), "rows": dict.fromkeys(NAMES, 0)}
    few = metrics.Interval(n_resamples=1000)
    for _ in range(100):
        z, codes, which = patients(rng, 60)
        for how, found in (
            ("clusters", metrics.scores(codes, logits=z, clusters=which, interval=few)),
            ("rows", metrics.scores(codes, logits=z, interval=few)),
        ):
            for name in NAMES:
                one = getattr(found, name)
                inside[how][name] += one.low <= getattr(truth, name).value <= one.high
    for name in ("accuracy", "log_loss", "brier_score"):
        assert inside["clusters"][name] >= 90  # two standard errors below .95
        assert inside["rows"][name] <= 80
    assert inside["clusters"]["expected_calibration_error"] >= 90


def test_clusters_of_one_row_have_the_intervals_of_means_that_rows_have(rng):
    z, codes, _ = patients(rng, 80, labelled_alike=False)
    rows, clusters = metrics.scores(codes, logits=z), metrics.scores(codes, logits=z, clusters=np.arange(len(codes)))
    for name in ("log_loss", "brier_score"):
        one, other = getattr(rows, name), getattr(clusters, name)
        assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high), rel=1e-9)
    for name in ("accuracy", "expected_calibration_error"):  # Student's quantile in the place of the normal one
        one, other = getattr(rows, name), getattr(clusters, name)
        assert other.value == pytest.approx(one.value, rel=1e-12)
        assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.05)


def test_copies_in_the_same_cluster_say_nothing_new(rng):
    z, codes, _ = patients(rng, 50, labelled_alike=False)
    which = np.arange(len(codes))
    once = metrics.scores(codes, logits=z, clusters=which)
    thrice = metrics.scores(np.repeat(codes, 3), logits=np.repeat(z, 3, axis=0), clusters=np.repeat(which, 3))
    for name in NAMES:
        one, other = getattr(once, name), getattr(thrice, name)
        assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high), rel=2e-3)


def test_a_weight_of_two_is_a_row_that_its_cluster_has_twice(rng):
    z, codes, which = patients(rng, 30)
    weight = rng.integers(0, 3, len(codes))
    weighted = metrics.scores(codes, logits=z, clusters=which, sample_weight=weight)
    twice = metrics.scores(
        np.repeat(codes, weight), logits=np.repeat(z, weight, axis=0), clusters=np.repeat(which, weight)
    )
    for name in ("log_loss", "brier_score"):
        assert replace(getattr(weighted, name), n=0).low == pytest.approx(getattr(twice, name).low, rel=1e-9)


def test_one_cluster_says_nothing_of_others(rng):
    z, codes, _ = patients(rng, 20)
    found = metrics.scores(codes, logits=z, clusters=["p"] * len(codes))
    assert (found.accuracy.low, found.accuracy.high) == pytest.approx((0.0, 1.0), abs=1e-6)
    assert (found.log_loss.low, found.log_loss.high) == (0.0, np.inf)


@pytest.mark.parametrize(
    ("clusters", "error", "message"),
    [
        ([1, 2], ShapeError, "clusters: expected one for each of 3 rows"),
        ([1.0, np.nan, 2.0], ArgumentError, "clusters: .* missing"),
    ],
)
def test_clusters_that_do_not_fit_are_refused(clusters, error, message):
    with pytest.raises(error, match=message):
        metrics.scores([0, 1, 1], logits=np.zeros((3, 2)), clusters=clusters)


def test_the_interval_of_an_auc_counts_clusters(rng):
    def drawn(n):
        which = np.repeat(np.arange(n), rng.integers(2, 12, n))
        own = rng.normal(size=n)
        return own[which] + 0.3 * rng.normal(size=len(which)), (own + rng.logistic(size=n) > 0.0)[which] * 1, which

    z, codes, _ = drawn(20_000)
    truth = metrics.scores(codes, logits=z).auc.value
    inside = np.zeros(2)
    for _ in range(100):
        z, codes, which = drawn(60)
        both = metrics.scores(codes, logits=z, clusters=which).auc, metrics.scores(codes, logits=z).auc
        inside += [one.low <= truth <= one.high for one in both]
    assert inside[0] >= 90
    assert inside[1] <= 80


def test_an_auc_of_copies_in_the_same_cluster_is_as_sure_as_one_of_rows(rng):
    z = rng.normal(size=400)
    codes, which = (z + rng.logistic(size=400) > 0.0) * 1, np.arange(400)
    rows = metrics.scores(codes, logits=z).auc
    thrice = metrics.scores(np.repeat(codes, 3), logits=np.repeat(z, 3), clusters=np.repeat(which, 3))
    assert (thrice.auc.value, thrice.auc.low, thrice.auc.high) == pytest.approx(
        (rows.value, rows.low, rows.high), rel=2e-3
    )
    share, other = thrice.told[0], metrics.scores(codes, logits=z).told[0]
    assert (share.happened.low, share.happened.high) == pytest.approx(
        (other.happened.low, other.happened.high), rel=0.02
    )
    weighted = metrics.scores(codes, logits=z, clusters=which, sample_weight=np.full(400, 3.0)).auc
    assert (weighted.low, weighted.high) == pytest.approx((thrice.auc.low, thrice.auc.high), rel=1e-9)
    alone = metrics.scores(codes, logits=z, clusters=np.zeros(400)).auc
    assert (alone.low, alone.high) == (0.0, 1.0)
    assert metrics.scores(codes * 0, logits=z, clusters=which).auc is None
