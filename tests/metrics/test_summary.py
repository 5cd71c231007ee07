import dataclasses
import pickle

import numpy as np
import pytest

from softargmax import metrics
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.metrics._ranked import CELLS, fine_cells, width_bins

EXACT = [
    "accuracy",
    "top_k_accuracy",
    "log_loss",
    "brier_score",
    "expected_calibration_error",
    "top_label_calibration_error",
    "classwise_calibration_error",
    "overconfidence",
    "underconfidence",
]
NEARLY = ["smooth_calibration_error", "equal_mass_calibration_error", "debiased_calibration_error", "aurc", "augrc"]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    return rng.integers(0, 6, size=3000), rng.normal(size=(3000, 6)) * 3, rng.random(3000)


@pytest.fixture(scope="module")
def whole(rows):
    return metrics.assess(rows[0], logits=rows[1], sample_weight=rows[2])


def summary_of(rows, parts):
    y, logits, weight = rows
    summary = metrics.Summary(6)
    for part in parts:
        summary = summary.update(y[part], logits=logits[part], sample_weight=weight[part])
    return summary


def test_parts_give_what_the_whole_gives(rows, whole):
    found = summary_of(rows, [slice(0, 100), slice(100, 1700), slice(1700, None)]).assess()
    assert found.n == whole.n
    for name in EXACT:
        assert getattr(found, name).value == pytest.approx(getattr(whole, name).value, rel=1e-10), name
    for name in ("accuracy", "log_loss", "brier_score"):
        assert getattr(found, name).low == pytest.approx(getattr(whole, name).low, rel=1e-9)
    assert found.spiegelhalter.statistic == pytest.approx(whole.spiegelhalter.statistic, rel=1e-10)


def test_pooled_confidences_cost_little(rows, whole):
    found = summary_of(rows, [slice(None)]).assess()
    for name in NEARLY:
        assert getattr(found, name).value == pytest.approx(getattr(whole, name).value, abs=1 / 3840), name
    assert found.kuiper.statistic == pytest.approx(whole.kuiper.statistic, rel=0.02)


def test_models_that_are_sure_of_themselves_keep_their_order():
    rng = np.random.default_rng(5)
    y, logits = rng.integers(0, 3, size=4000), rng.normal(size=(4000, 3)) * 8
    y[:3600] = logits[:3600].argmax(axis=1)
    found, whole = metrics.Summary(3).update(y, logits=logits).assess(), metrics.assess(y, logits=logits)
    assert found.aurc.value == pytest.approx(whole.aurc.value, rel=0.003)
    assert found.augrc.value == pytest.approx(whole.augrc.value, rel=0.003)


def test_fine_cells_rise_with_confidence_and_stay_within_equal_ones(rng):
    far = 2.0 ** -rng.uniform(0, 60, size=2000)
    confidence = np.sort(np.concatenate([[0.0, 1.0], rng.random(2000), far, 1.0 - far]))
    cells = fine_cells(confidence)
    assert np.all(np.diff(cells) >= 0)
    assert cells.min() == 0
    inside = [width_bins(confidence[cells == cell], CELLS) for cell in np.unique(cells)]
    assert all(np.ptp(bins) == 0 for bins in inside)


def test_merging_is_the_same_in_every_order(rows):
    a, b, c = (summary_of(rows, [part]) for part in (slice(0, 1000), slice(1000, 1400), slice(1400, None)))
    one, two = a.merge(b).merge(c).assess(), c.merge(a.merge(b)).assess()
    for name in EXACT + NEARLY:
        assert getattr(one, name).value == pytest.approx(getattr(two, name).value, rel=1e-9), name


def test_single_rows_can_be_added_one_by_one(rows):
    few = tuple(column[:60] for column in rows)
    found = summary_of(few, [slice(i, i + 1) for i in range(60)]).assess()
    together = metrics.assess(few[0], logits=few[1], sample_weight=few[2])
    assert found.classwise_calibration_error.value == pytest.approx(
        together.classwise_calibration_error.value, rel=1e-10
    )
    # Were all single rows in one group, nothing would be known of their spread.
    assert found.classwise_calibration_error.low > 0.5 * together.classwise_calibration_error.low > 0.0
    assert found.classwise_calibration_error.high < 1.3 * together.classwise_calibration_error.high
    assert found.log_loss.high == pytest.approx(together.log_loss.high, rel=1e-9)


def test_its_size_does_not_grow_with_the_rows(rows):
    once = summary_of(rows, [slice(None)])
    twice = once.merge(summary_of(rows, [slice(None)]))
    assert len(pickle.dumps(twice)) < 1.01 * len(pickle.dumps(once))
    assert twice.n == 6000


def test_a_summary_never_changes(rows):
    empty = metrics.Summary(6)
    once = empty.update(rows[0], logits=rows[1])
    once.update(rows[0], logits=rows[1])
    assert (empty.n, once.n) == (0, 3000)
    with pytest.raises(dataclasses.FrozenInstanceError):
        once.n_classes = 3


def test_summaries_of_the_same_parts_are_equal_values(rows):
    one, two = (summary_of(rows, [slice(0, 100), slice(100, None)]) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == one
    assert one != one.merge(two)
    assert metrics.Summary(3) == metrics.Summary(3) != metrics.Summary(4)


def test_fewer_than_two_classes_are_none():
    with pytest.raises(ArgumentError, match="n_classes"):
        metrics.Summary(1)


def test_an_empty_summary_is_neutral_and_says_nothing(rows):
    some = summary_of(rows, [slice(0, 50)])
    assert metrics.Summary(6).merge(some) is some
    assert some.merge(metrics.Summary(6)) is some
    with pytest.raises(ArgumentError, match="call update first"):
        metrics.Summary(6).assess()


def test_other_classes_are_refused(rows):
    with pytest.raises(ShapeError, match="expected 6 classes, got 2"):
        metrics.Summary(6).update([0], logits=[[1.0, 0.0]])
    with pytest.raises(ShapeError, match="Summary of 6 classes"):
        metrics.Summary(6).merge(metrics.Summary(5))
