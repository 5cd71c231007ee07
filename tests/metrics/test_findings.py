"""What an assessment holds for those who draw: curves, counts and lines, the same for rows that came in parts."""

import json
from dataclasses import fields

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.metrics._judged import Judged
from softargmax.metrics._ranked import RankedRows
from softargmax.metrics._smooth_curve import smooth_curve


def drawn(seed, n, n_classes, *, sureness=1.0, spread=2.0):
    """Rows of a model whose logits are `sureness` times those that the classes were drawn from."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, n_classes)) * spread
    y = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return y, logits * sureness


@pytest.fixture(scope="module")
def rows():
    return drawn(1, 4000, 4)


@pytest.fixture(scope="module")
def found(rows):
    group = {"country": np.where(np.arange(4000) % 3 == 0, "fr", "de"), "year": np.arange(4000) % 2 + 2000}
    return sm.assess(rows[0], logits=rows[1], groups=group, keep_worst=5)


def test_the_band_holds_calibrated_models_as_often_as_it_says():
    inside = []
    for seed in range(40):
        y, logits = drawn(seed, 1500, 3)
        curve = smooth_curve(RankedRows.of(Judged.of(y, logits=logits), "label"), metrics.Interval())
        said, happened, low, high = map(np.array, (curve.said, curve.happened, curve.low, curve.high))
        inside.append(np.mean((happened >= low) & (happened <= high)))
        assert np.all(np.diff(said) > 0.0)
    assert 0.92 < np.mean(inside) < 0.98


def test_a_model_that_is_too_sure_lies_below_its_band():
    y, logits = drawn(2, 5000, 3, sureness=2.5)
    curve = sm.assess(y, logits=logits).reliability
    assert curve.inside < 0.1
    middle = [i for i, said in enumerate(curve.said) if 0.6 < said < 0.9]
    assert middle
    assert all(curve.happened[i] < curve.low[i] < curve.said[i] for i in middle)
    assert curve.said_mean > curve.happened_mean


def test_smoothing_moves_no_calibrated_model_off_the_diagonal():
    # What was said happens exactly: of 1000 rows of each probability, that share. Near 0 and 1 too.
    p = np.repeat(np.linspace(0.0, 1.0, 101), 1000)
    y = np.tile(np.arange(1000), 101) < np.round(1000 * p)
    curve = sm.assess(y.astype(int), probabilities=np.stack([1.0 - p, p], axis=1)).reliability
    assert curve.said[0] < 0.02
    assert curve.said[-1] > 0.98
    np.testing.assert_allclose(curve.happened, curve.said, rtol=0, atol=1e-3)
    assert curve.inside == 1.0


def test_there_is_no_curve_where_there_are_no_rows():
    y = np.arange(600) % 2
    said = np.array(sm.assess(y, logits=np.where(y == 1, 30.0, -30.0)).reliability.said)
    assert len(said)
    assert not np.any((said > 0.01) & (said < 0.99))


def test_shares_are_those_of_twenty_bins(rows, found):
    top = sm.softmax(rows[1]).max(axis=1)
    np.testing.assert_allclose(found.reliability.share, np.histogram(top, np.linspace(0, 1, 21))[0] / 4000)
    assert found.reliability.said_mean == pytest.approx(top.mean(), rel=1e-9)
    assert found.top_probability == pytest.approx(top.mean(), rel=1e-9)
    assert found.reliability.happened_mean == pytest.approx(found.accuracy.value, rel=1e-9)


def test_points_are_those_of_the_curve_of_risk_and_coverage(rows, found):
    curve = metrics.risk_coverage(rows[0], logits=rows[1])
    points = found.risk_coverage
    place = np.searchsorted(curve.coverage, points.coverage)
    for name in ("coverage", "risk", "low", "high"):
        np.testing.assert_array_equal(getattr(points, name), getattr(curve, name)[place])
    assert points.coverage[-1] == 1.0
    assert len(points.coverage) <= 200


def test_thresholds_answer_as_much_as_the_wish_allows(rows):
    y, logits = drawn(3, 4000, 4, spread=4.0)
    curve = metrics.risk_coverage(y, logits=logits)
    found = sm.assess(y, logits=logits).risk_coverage.thresholds
    assert [one.wished for one in found] == [0.05, 0.02]  # so many rows vouch for no .01
    for one in found:
        answered = sm.softmax(logits).max(axis=1) >= one.top_probability
        assert answered.mean() == pytest.approx(one.coverage)
        wrong = (logits.argmax(axis=1) != y)[answered]
        assert wrong.mean() == pytest.approx(one.risk.value)
        assert one.risk.high <= one.wished
        assert np.all(curve.high[curve.coverage > one.coverage] > one.wished)


def test_counts_are_those_of_the_rows(rows, found):
    y, logits = rows
    order = list(found.confusion.order)
    counts = np.zeros((4, 4))
    np.add.at(counts, (y, logits.argmax(axis=1)), 1)
    np.testing.assert_array_equal(found.confusion.counts, counts[np.ix_(order, order)])
    wrong = counts - np.diag(np.diag(counts))
    largest = found.confusion.largest[0]
    assert largest.count == wrong.max() == wrong[largest.truth, largest.answer]
    assert largest.of == np.sum(y == largest.truth)


def test_classes_that_are_mixed_up_stand_together():
    rng = np.random.default_rng(5)
    y = rng.integers(12, size=3000)
    answer = np.where(rng.random(3000) < 0.3, (y + 6) % 12, y)
    order = sm.assess(y, logits=np.eye(12)[answer] * 3.0).confusion.order
    assert all(abs(order.index(code) - order.index(code + 6)) == 1 for code in range(6))


def test_classes_keep_their_order_where_nothing_is_mixed_up():
    y = np.arange(60) % 6
    assert sm.assess(y, logits=np.eye(6)[y]).confusion.order == (0, 1, 2, 3, 4, 5)


def test_many_classes_are_folded_and_none_of_their_rows_is_lost():
    y, logits = drawn(6, 5000, 300, spread=3.0)
    found = sm.assess(y, logits=logits).confusion
    counts = np.array(found.counts)
    assert (len(found.order), found.folded, counts.shape) == (14, 286, (15, 15))
    assert counts.sum() == 5000
    for row, code in zip(counts, found.order, strict=False):
        assert row.sum() == np.sum(y == code)
    assert found.largest[0].truth in found.order
    assert found.largest[0].answer in found.order


def test_every_class_has_its_scores(rows, found):
    y, logits = rows
    answer, top = logits.argmax(axis=1), sm.softmax(logits).max(axis=1)
    assert sorted(one.code for one in found.classes) == [0, 1, 2, 3]
    assert [one.errors for one in found.classes] == sorted((one.errors for one in found.classes), reverse=True)
    for one in found.classes:
        its, named = y == one.code, answer == one.code
        assert (one.rows, one.named) == (its.sum(), named.sum())
        assert one.recall.value == pytest.approx(named[its].mean())
        assert one.precision.value == pytest.approx(its[named].mean())
        assert one.said == pytest.approx(top[named].mean())
        assert one.errors == np.sum(its != named)
        assert one.recall.low < one.recall.value < one.recall.high


def test_of_a_class_that_is_not_there_nothing_is_said():
    found = sm.assess([0, 0, 1], logits=np.eye(4)[[0, 2, 1]])
    assert {one.code for one in found.classes} == {0, 1, 2}
    (named,) = (one for one in found.classes if one.code == 2)
    assert (named.recall, named.precision.value, named.rows) == (None, 0.0, 0.0)


def test_a_group_is_judged_as_its_rows_alone(rows, found):
    alone = np.arange(4000) % 3 == 0
    each = metrics.Interval(0.95**0.25)  # of four groups
    by_itself = sm.assess(rows[0][alone], logits=rows[1][alone], interval=each)
    (group,) = (one for one in found.groups if one.value == "fr")
    assert group.accuracy.value == by_itself.accuracy.value
    assert (group.accuracy.low, group.accuracy.high) == pytest.approx((by_itself.accuracy.low, by_itself.accuracy.high))
    assert group.said == pytest.approx(by_itself.top_probability)
    assert {(one.column, one.value) for one in found.groups} == {
        ("country", "de"), ("country", "fr"), ("year", "2000"), ("year", "2001"),
    }  # fmt: skip
    excess = [abs(one.excess) for one in found.groups]
    assert excess == sorted(excess, reverse=True)


def test_groups_of_two_classes_compare_risk_and_rate():
    y, logits = drawn(7, 2000, 2)
    group = np.arange(2000) % 2
    found = sm.assess(y, logits=logits, groups=group).groups
    for one in found:
        its = group == int(one.value)
        assert one.happened.value == pytest.approx(y[its].mean())
        assert one.said == pytest.approx(sm.softmax(logits)[its, 1].mean())
        assert one.excess == pytest.approx((sm.softmax(logits)[its, 1] - y[its]).sum())


def test_names_of_rows_are_no_groups(rows):
    with pytest.raises(ArgumentError, match="at most 1000 different ones, got 4000"):
        sm.assess(rows[0], logits=rows[1], groups=np.arange(4000))
    with pytest.raises(ShapeError, match="groups: expected 4000 in 'group'"):
        sm.assess(rows[0], logits=rows[1], groups=["a", "b"])


def test_the_worst_rows_are_wrong_and_the_surest_first(rows, found):
    y, logits = rows
    p = sm.softmax(logits)
    wrong = np.flatnonzero(logits.argmax(axis=1) != y)
    surest = wrong[np.argsort(-p[wrong].max(axis=1))][:5]
    assert [one.key for one in found.worst] == [(str(i),) for i in surest]
    for one, i in zip(found.worst, surest, strict=True):
        assert (one.truth, one.answer) == (y[i], p[i].argmax())
        assert (one.probability, one.truth_probability) == pytest.approx((p[i].max(), p[i, y[i]]))
    keyed = sm.assess(y, logits=logits, keys=[("file", i) for i in range(4000)], keep_worst=1)
    assert keyed.worst[0].key == ("file", str(surest[0]))


def test_rows_of_equal_sureness_are_kept_by_their_keys_in_whatever_order_they_come():
    y, logits, keys = np.zeros(40, int), np.tile([0.0, 1000.0], (40, 1)), list(range(40))

    def kept(order):
        summary = metrics.Summary(2, keep_worst=3)
        for i in order:
            summary = summary.merge(
                metrics.Summary(2, keep_worst=3).update(y[:10], logits=logits[:10], keys=keys[i : i + 10])
            )
        return [one.key for one in summary.assess().worst]

    assert kept([0, 10, 20, 30]) == kept([30, 0, 20, 10]) == [("0",), ("1",), ("2",)]


def test_parts_give_what_the_whole_gives(rows, found):
    y, logits = rows
    summary = metrics.Summary(4, keep_worst=5)
    for part in (slice(0, 500), slice(500, 3100), slice(3100, None)):
        numbers = np.arange(4000)[part]
        group = {"country": np.where(numbers % 3 == 0, "fr", "de"), "year": numbers % 2 + 2000}
        summary = summary.update(y[part], logits=logits[part], groups=group)
    parts = summary.assess()
    assert [one.key for one in parts.worst] == [one.key for one in found.worst]
    assert parts.confusion == found.confusion
    for one, other in zip((*parts.classes, *parts.groups), (*found.classes, *found.groups), strict=True):
        for field in fields(one):
            mine, theirs = (getattr(side, field.name) for side in (one, other))
            if isinstance(mine, metrics.Estimate):
                mine, theirs = mine.value, theirs.value
            assert mine == (theirs if isinstance(theirs, str) else pytest.approx(theirs, rel=1e-9, abs=1e-9))
    curve, whole = parts.reliability, found.reliability
    np.testing.assert_allclose(np.interp(curve.said, whole.said, whole.happened), curve.happened, atol=0.002)
    assert parts.risk_coverage.risk[-1] == pytest.approx(found.risk_coverage.risk[-1])


def test_what_was_not_asked_for_is_none(rows, found):
    plain = sm.assess(rows[0], logits=rows[1])
    assert (plain.groups, plain.worst, plain.sets, plain.risks) == (None, None, None, None)
    assert found.groups
    assert found.worst


def test_all_of_it_becomes_plain_data_and_comes_back(found):
    assert metrics.Assessment.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    older = {name: value for name, value in found.to_dict().items() if name in metrics.Assessment.__match_args__[:28]}
    assert older.keys() < found.to_dict().keys()
    assert metrics.Assessment.from_dict(older).reliability is None


def test_it_stays_small_however_many_rows_and_classes_there_are():
    few, many = (len(json.dumps(_assessed(n).to_dict())) for n in (2000, 20000))
    assert many < 1.2 * few


def _assessed(n):
    y, logits = drawn(8, n, 6)
    return sm.assess(y, logits=logits)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("n_classes", [2, 3, 40])
def test_a_single_row_is_enough_for_an_answer(n, n_classes):
    found = sm.assess(np.arange(n) % n_classes, logits=np.linspace(-2, 2, n * n_classes).reshape(n, -1), keep_worst=3)
    assert found.reliability.said == ()
    assert sum(found.reliability.share) == pytest.approx(1.0)
    assert sum(map(sum, found.confusion.counts)) == n
    assert metrics.Assessment.from_dict(found.to_dict()) == found
