"""Any metric for every group of rows."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError, ShapeError, TargetError


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    z, group = rng.normal(size=600), np.array(["a", "b", "c"])[np.arange(600) % 3]
    return (rng.random(600) < sm.sigmoid(z)).astype(int), z, group


@pytest.mark.parametrize("name", ["accuracy", "log_loss", "auc", "calibration_slope", "expected_calibration_error"])
def test_a_group_is_measured_as_its_rows_alone(rows, name):
    y, z, group = rows
    metric, each = getattr(metrics, name), metrics.Interval(0.95 ** (1 / 3), n_resamples=500)
    found = metrics.by_group(metric, y, logits=z, groups=group, interval=metrics.Interval(n_resamples=500))
    assert [(one.column, one.value, one.rows) for one in found] == [("group", name, 200) for name in "abc"]
    for one in found:
        its = group == one.value
        assert one.found == metric(y[its], logits=z[its], interval=each)


def test_two_models_are_compared_in_every_group(rows):
    y, z, group = rows
    few = metrics.Interval(n_resamples=100)
    found = metrics.by_group(sm.compare, y, logits=(z, 2 * z), groups={"place": group}, interval=few)
    each = metrics.Interval(0.95 ** (1 / 3), n_resamples=100)
    its = group == "b"
    assert found[1].found == sm.compare(y[its], logits=(z[its], 2 * z[its]), interval=each)
    assert found[1].column == "place"


def test_weights_and_options_are_handed_on(rows):
    y, z, group = rows
    weight = np.arange(600) % 2
    found = metrics.by_group(
        metrics.net_benefit, y, logits=z, groups=group, sample_weight=weight, threshold=0.3, interval=metrics.Interval()
    )
    its = (group == "a") & (weight > 0)
    assert found[0].found.value == pytest.approx(metrics.net_benefit(y[its], logits=z[its], threshold=0.3).value)


def test_all_intervals_hold_at_once_as_often_as_promised():
    rng, runs, held = np.random.default_rng(1), 400, 0
    group, z = np.arange(1000) % 10, np.where(np.arange(1000) % 10 < 5, 1.0, 2.0)
    for _ in range(runs):
        y = (rng.random(1000) < sm.sigmoid(z)).astype(int)
        found = metrics.by_group(metrics.accuracy, y, logits=z, groups=group)
        true = [sm.sigmoid(1.0) if int(one.value) < 5 else sm.sigmoid(2.0) for one in found]
        held += all(one.found.low <= p <= one.found.high for one, p in zip(found, true, strict=True))
    assert abs(held / runs - 0.95) <= 3.0 * (0.95 * 0.05 / runs) ** 0.5


def test_a_fair_model_has_a_group_that_stands_out_as_rarely_as_promised():
    rng, runs, odd = np.random.default_rng(2), 300, 0
    for _ in range(runs):
        z = rng.normal(size=1000)
        y = (rng.random(1000) < sm.sigmoid(z)).astype(int)
        evidence = metrics.Summary(2).update(y, logits=z, groups=np.arange(1000) % 20).evidence
        found = evidence.groups.scores("positive", metrics.Interval())
        odd += any(not one.happened.low <= one.said <= one.happened.high for one in found)
    assert odd <= runs * (0.05 + 3.0 * (0.05 * 0.95 / runs) ** 0.5)


def test_a_group_of_one_class_has_no_area():
    found = metrics.by_group(metrics.auc, [0, 1, 1, 1], logits=[0.0, 1.0, 0.5, 2.0], groups=["a", "a", "b", "b"])
    assert found[0].found.value == 1.0
    assert found[1].found is None


def test_a_group_whose_risks_part_the_classes_or_are_alike_has_no_slope(rows):
    y, z, group = rows
    z, group = z.copy(), group.copy()
    z[group == "b"], z[group == "c"] = 0.5, np.where(y == 1, 1.0, -1.0)[group == "c"]
    found = metrics.by_group(metrics.calibration_slope, y, logits=z, groups=group)
    assert [one.found is None for one in found] == [False, True, True]


def test_a_group_without_weight_has_no_value(rows):
    y, z, group = rows
    found = metrics.by_group(metrics.accuracy, y, logits=z, groups=group, sample_weight=group != "b")
    assert [one.found is None for one in found] == [False, True, False]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"probabilities": 1.5}, TargetError, "in row 7"),
        ({"probabilities": np.nan}, ArgumentError, "in row 7"),
        ({"logits": np.inf}, ArgumentError, "in row 7"),
        ({"targets": 2}, TargetError, "targets: expected"),
    ],
)
def test_a_wrong_row_is_refused_by_its_number_among_all(change, error, words):
    ((name, wrong),), y = change.items(), np.ones(9, int)  # of one class alone, which is no excuse
    given = np.full(9, 0.5)
    (y if name == "targets" else given)[7] = wrong
    with pytest.raises(error, match=words):
        metrics.by_group(
            metrics.auc, y, groups=list("abcabcabc"), **{"logits" if name == "logits" else "probabilities": given}
        )


def test_what_does_not_fit_is_refused(rows):
    y, z, group = rows
    with pytest.raises(ShapeError, match="as many rows"):
        metrics.by_group(metrics.auc, y, logits=z[1:], groups=group)
    with pytest.raises(ShapeError, match="expected 600 in 'group'"):
        metrics.by_group(metrics.auc, y, logits=z, groups=group[1:])
    with pytest.raises(ArgumentError, match="at most 1000"):
        metrics.by_group(metrics.auc, np.zeros(2000, int), logits=np.zeros(2000), groups=np.arange(2000))
    with pytest.raises(ArgumentError, match="interval: expected"):
        metrics.by_group(metrics.auc, y, logits=z, groups=group, interval=0.9)
    with pytest.raises(ShapeError, match="at least one row"):
        metrics.by_group(metrics.accuracy, [], logits=np.zeros((0, 2)), groups=[])
