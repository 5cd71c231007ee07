"""Sets with a promised mean loss: the promise holds, on both sides; sets are the smallest that keep it."""

import warnings

import numpy as np
import pytest

import softargmax as sm
from softargmax.decisions import RiskControl
from softargmax.exceptions import ArgumentError, CalibrationWarning, NotFittedError, ShapeError, TargetError

RISK = 0.2


def several(rng, n, n_labels=6):
    z = rng.normal(size=(n, n_labels)) * 2
    return z + 1.0, rng.random(z.shape) < np.asarray(sm.sigmoid(z))  # risks that are told too high


def one_of(rng, n, n_classes=5):
    z = rng.normal(size=(n, n_classes)) * 1.5
    return z * 2.0, np.asarray(sm.argmax(z + rng.gumbel(size=z.shape)))


def weighted(sets, true):
    """Cost by what is missed, whatever the rest: bounded, and smaller for larger sets."""
    return np.minimum(1.0, (true & ~sets) @ np.linspace(0.2, 1.0, true.shape[1]))


@pytest.fixture
def rows():
    return several(np.random.default_rng(0), 300)


@pytest.mark.parametrize("loss", ["false_negative_rate", "any_missed", weighted])
@pytest.mark.parametrize("draw", [several, one_of])
@pytest.mark.parametrize("n", [50, 400])
def test_the_mean_loss_is_what_was_promised_and_not_much_less(draw, loss, n):
    rng = np.random.default_rng(1)
    new = draw(rng, 4000)
    control = RiskControl(loss, risk=RISK)
    found = np.array([control.fit(*draw(rng, n)).losses(*new).mean() for _ in range(150)])
    error = np.hypot(found.std(ddof=1) / np.sqrt(len(found)), 0.5 / np.sqrt(4000))
    # Where no score is another's equal, at most 2 / (n + 1) of the promise are given away (Angelopoulos et al.).
    assert RISK - 2.0 / (n + 1) - 3.0 * error <= found.mean() <= RISK + 3.0 * error


def test_the_threshold_is_the_largest_that_keeps_the_promise(rows):
    z, y = rows
    control = RiskControl(risk=RISK).fit(z, y)
    scores = sorted(set(np.rint(z * 2.0**20).ravel() / 2.0**20))

    def bound(t):
        missed = (y & (np.rint(z * 2.0**20) / 2.0**20 < t)).sum(axis=1) / np.maximum(y.sum(axis=1), 1)
        return (missed.sum() + 1.0) / (len(z) + 1)

    best = max(t for t in scores if bound(t) <= RISK)
    assert control.threshold_ == pytest.approx(float(sm.sigmoid(best)), rel=1e-12)


def test_one_class_missed_is_split_conformal_prediction_by_its_probability():
    z, y = one_of(np.random.default_rng(2), 399)
    new, _ = one_of(np.random.default_rng(3), 500)
    lac = sm.ConformalClassifier("lac", confidence=0.8, allow_empty=True, randomized=False).fit(z, y)
    assert np.array_equal(RiskControl("any_missed", risk=0.2).fit(z, y).predict_set(new), lac.predict_set(new))


def test_too_few_rows_put_every_label_into_every_set_and_say_so(rows):
    z, y = rows
    with pytest.warns(CalibrationWarning, match="99 rows"):
        control = RiskControl(risk=0.01).fit(z[:98], y[:98])
    assert control.predict_set(z).all()
    assert control.threshold_ == 0.0


def test_a_last_bit_of_a_logit_changes_no_set(rows):
    z, y = rows
    control = RiskControl(risk=RISK).fit(z, y)
    moved = np.nextafter(z, np.inf)
    assert np.array_equal(control.predict_set(moved), control.predict_set(z))
    assert RiskControl(risk=RISK).fit(moved, y).threshold_ == control.threshold_


def test_a_loss_that_rises_with_the_sets_is_refused(rows):
    with pytest.raises(ArgumentError, match="no larger set"):
        RiskControl(lambda sets, _: sets.mean(axis=1), risk=0.9).fit(*rows)


def test_a_loss_out_of_bounds_is_refused(rows):
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        RiskControl(lambda sets, true: (true & ~sets).sum(axis=1), risk=0.9).fit(*rows)


def test_rows_without_true_labels_lose_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        control = RiskControl(risk=0.1).fit(np.tile([0.0, 1.0, 2.0], (20, 1)), np.zeros((20, 3), bool))
    assert control.calibration_loss_ == 0.0
    assert not control.predict_set([[0.0, 1.0, 1.5]]).any()


@pytest.mark.parametrize(
    ("y", "error"),
    [(np.ones((300, 5)), ShapeError), (np.full((300, 6), 2), TargetError), (np.full((300, 6), 0.5), TargetError)],
)
def test_labels_that_do_not_fit_are_refused(rows, y, error):
    with pytest.raises(error, match="y"):
        RiskControl().fit(rows[0], y)


def test_an_unknown_loss_and_other_labels_are_refused(rows):
    with pytest.raises(ArgumentError, match="false_negative_rate"):
        RiskControl("size").fit(*rows)
    with pytest.raises(ShapeError, match="6 labels"):
        RiskControl().fit(*rows).predict_set(rows[0][:, :4])
    with pytest.raises(NotFittedError):
        RiskControl().predict_set(rows[0])


def test_what_was_learned_by_a_loss_of_ones_own_is_saved_without_it(rows, tmp_path):
    control = RiskControl(weighted, risk=RISK).fit(*rows)
    control.save(tmp_path / "control.json")
    loaded = sm.load(tmp_path / "control.json")
    assert np.array_equal(loaded.predict_set(rows[0]), control.predict_set(rows[0]))
    with pytest.raises(ArgumentError, match="of the caller's own"):
        loaded.losses(*rows)
