import mpmath
import numpy as np
import pytest

import softargmax as sm
from softargmax.decisions import ensemble_uncertainty
from softargmax.exceptions import ArgumentError, ShapeError, TargetError


def exactly(logits):
    """Give total entropy, mean entropy and mutual information of one row with 60 digits; logits of members."""
    with mpmath.workdps(60):
        e = [[mpmath.exp(mpmath.mpf(float(x))) for x in row] for row in logits]
        p = [[x / mpmath.fsum(row) for x in row] for row in e]
        mean = [mpmath.fsum(column) / len(p) for column in zip(*p, strict=True)]

        def entropy(row):
            return -mpmath.fsum(x * mpmath.log(x) for x in row if x)

        total, own = entropy(mean), mpmath.fsum(entropy(row) for row in p) / len(p)
        return float(total), float(own), float(total - own), [float(mpmath.log(x)) for x in mean]


@pytest.mark.parametrize("apart", [3.0, 0.3, 1e-2, 1e-4, 1e-6])
def test_the_parts_are_exact_however_near_members_are(rng, apart):
    logits = rng.normal(size=(1, 5, 4)) * 3 + apart * rng.normal(size=(7, 5, 4))
    found = ensemble_uncertainty(member_axis=0, logits=logits)
    for row in range(5):
        total, own, between, pooled = exactly(logits[:, row])
        assert found.total[row] == pytest.approx(total, rel=1e-14)
        assert found.aleatoric[row] == pytest.approx(own, rel=1e-14)
        # Members are known to 1e-16, and what they differ by to as much less as it is smaller.
        assert found.epistemic[row] == pytest.approx(between, rel=1e-14 + 4e-15 / apart)
        assert found.logits[row] == pytest.approx(pooled, rel=1e-13)


@pytest.mark.parametrize("members", [1, 2, 3, 7, 10])
def test_members_that_agree_have_nothing_to_argue_about(rng, members):
    row = rng.normal(size=(40, 6)) * 10
    found = ensemble_uncertainty(member_axis=0, logits=np.stack([row] * members))
    assert np.all(found.epistemic == 0.0)
    assert np.array_equal(found.total, sm.probabilities.entropy(logits=row))
    assert np.array_equal(found.logits, sm.log_softmax(row))


def test_disagreement_is_never_negative(rng):
    for apart in 10.0 ** -np.arange(0.0, 18.0):
        logits = rng.normal(size=(1, 200, 3)) * 5 + apart * rng.normal(size=(5, 200, 3))
        assert ensemble_uncertainty(member_axis=0, logits=logits).epistemic.min() >= 0.0


def test_members_that_are_sure_of_different_classes_make_one_bit():
    found = ensemble_uncertainty(member_axis=0, logits=[[[800.0, 0.0]], [[0.0, 800.0]]])
    assert found.epistemic[0] == pytest.approx(np.log(2), rel=1e-15)
    assert found.aleatoric[0] == pytest.approx(0.0, abs=1e-300)
    ruled_out = ensemble_uncertainty(member_axis=0, logits=[[[1.0, 0.0, -np.inf]]] * 2)
    assert np.isneginf(ruled_out.logits[0, 2])
    assert ruled_out.epistemic[0] == 0.0


def test_the_axis_of_the_members_is_said(rng):
    logits = rng.normal(size=(5, 8, 3))
    here, there = (
        ensemble_uncertainty(member_axis=axis, logits=x) for axis, x in ((0, logits), (1, np.swapaxes(logits, 0, 1)))
    )
    for one, two in zip(here, there, strict=True):
        assert np.array_equal(one, two)
    assert ensemble_uncertainty(member_axis=-3, logits=logits).total.shape == (8,)
    assert ensemble_uncertainty(member_axis=1, logits=logits).total.shape == (5,)


def test_probabilities_say_what_their_logits_say(rng):
    logits = rng.normal(size=(4, 6, 3))
    one = ensemble_uncertainty(member_axis=0, logits=logits)
    two = ensemble_uncertainty(member_axis=0, probabilities=sm.softmax(logits))
    for a, b in zip(one, two, strict=True):
        assert a == pytest.approx(b, rel=1e-12)


def test_what_is_calibrated_is_the_pool():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(4000, 3)) * 2
    y = (truth + rng.gumbel(size=truth.shape)).argmax(axis=1)
    members = truth + rng.normal(size=(8, 4000, 3))
    # Each member is calibrated, and then their pool is too timid: it wants a temperature below 1.
    own = np.stack([sm.TemperatureScaling().fit(z, y).transform(z) for z in members])
    assert sm.TemperatureScaling().fit(ensemble_uncertainty(member_axis=0, logits=own).logits, y).temperature_ < 0.95


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"logits": np.zeros((3, 2))}, ShapeError, "three axes"),
        ({"logits": np.zeros((3, 2, 2)), "member_axis": -1}, ShapeError, "holds the classes"),
        ({"logits": np.zeros((3, 2, 2)), "member_axis": 2}, ArgumentError, "member_axis"),
        ({"logits": np.zeros((3, 2, 1))}, ShapeError, "two classes"),
        ({"logits": np.zeros((0, 2, 3))}, ShapeError, "a member"),
        ({"logits": np.full((3, 2, 2), np.nan)}, ArgumentError, "row 0"),
        ({"probabilities": np.full((3, 2, 2), np.nan)}, ArgumentError, "got NaN in row 0"),
        ({"probabilities": np.zeros((3, 2, 2))}, TargetError, "probabilities"),
        ({}, ArgumentError, "exactly one"),
        ({"logits": np.zeros((1, 1, 2)), "probabilities": np.zeros((1, 1, 2))}, ArgumentError, "exactly one"),
    ],
)
def test_what_does_not_fit_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        ensemble_uncertainty(**{"member_axis": 0, **options})
