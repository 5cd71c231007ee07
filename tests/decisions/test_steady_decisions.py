"""No decision hangs on the last bits of logits, which another processor, another BLAS or a constant changes."""

import os
import subprocess
import sys

import numpy as np
import pytest

import softargmax as sm
from softargmax._kernels import instruction_sets
from softargmax._state import State

SCORES = ["aps", "raps", "saps", "lac", "margin", "top_k"]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(4)
    z = rng.normal(size=(5000, 10)) * 4
    y = sm.argmax(z + 2 * rng.gumbel(size=z.shape))
    return z, y


def moved(z, rng):
    """Every logit by one unit in its last place, up or down."""
    return np.nextafter(z, rng.choice([-np.inf, np.inf], size=z.shape))


@pytest.mark.parametrize("randomized", [True, False])
@pytest.mark.parametrize("score", SCORES)
def test_one_ulp_moves_no_set(rows, score, randomized, rng):
    z, y = rows
    here = sm.ConformalClassifier(score, randomized=randomized).fit(z[:1000], y[:1000])
    there = sm.ConformalClassifier(score, randomized=randomized).fit(moved(z[:1000], rng), y[:1000])
    assert there.threshold_ == here.threshold_
    new = z[1000:]
    assert np.array_equal(here.predict_set(moved(new, rng)), here.predict_set(new))
    assert np.array_equal(there.p_values(moved(new, rng)), here.p_values(new))


@pytest.mark.parametrize("score", SCORES)
def test_a_constant_added_to_a_row_moves_no_set(rows, score, rng):
    z, y = rows
    conformal = sm.ConformalClassifier(score).fit(z[:1000], y[:1000])
    constants = rng.choice([1.0, -3.3, 100.0], size=(4000, 1))
    assert np.array_equal(conformal.predict_set(z[1000:] + constants), conformal.predict_set(z[1000:]))


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("conditional", [None, "class", "cluster"])
def test_rows_that_are_alike_stay_alike(score, conditional, rng):
    kinds = rng.normal(size=(40, 6)) * 3  # a table with forty different rows: a threshold has many equals
    z = kinds[rng.integers(40, size=3000)]
    y = sm.argmax(z + 2 * rng.gumbel(size=z.shape))
    options = {"conditional": conditional} | ({"n_clusters": 2} if conditional == "cluster" else {})
    here = sm.ConformalClassifier(score, **options).fit(z, y)
    there = sm.ConformalClassifier(score, **options).fit(moved(z, rng), y)
    assert np.array_equal(there.predict_set(moved(kinds, rng)), here.predict_set(kinds))
    assert np.array_equal(here.predict_set(moved(z, rng)), here.predict_set(z))


@pytest.mark.parametrize("score", ["top_probability", "margin", "entropy"])
def test_one_ulp_moves_no_answer(score, rng):
    kinds = rng.normal(size=(40, 6)) * 8
    z = kinds[rng.integers(40, size=3000)]
    y = sm.argmax(z + rng.gumbel(size=z.shape))
    here = sm.SelectiveClassifier(risk=0.05, score=score).fit(z, y)
    there = sm.SelectiveClassifier(risk=0.05, score=score).fit(moved(z, rng), y)
    assert 0.0 < here.coverage_ < 1.0
    assert there.threshold_ == here.threshold_
    for again in (moved(z, rng), z + 1.0, z - 100.3):
        assert np.array_equal(here.predict(again), here.predict(z))


def test_sure_rows_are_told_apart_by_their_entropy():
    z = np.array([[40.0 + i, 0.0, -3.0] for i in range(100)])
    from softargmax._logits import logits_in
    from softargmax.decisions._sureness import sureness_of

    assert np.all(np.diff(sureness_of("entropy", logits_in(z))[0]) > 0.0)


def test_actions_that_cost_the_same_are_decided_by_their_order(rng):
    costs = [[0.0, 1.0, 0.5], [1.0, 0.0, 0.5]]
    p = 0.5 + rng.integers(-3, 4, size=1000) * 2.0**-53
    assert not sm.bayes_decision(costs, probabilities=np.stack([1.0 - p, p], axis=1)).any()
    assert not sm.bayes_decision(costs, logits=np.stack([rng.normal(size=9) * 1e-16, np.zeros(9)], axis=1)).any()


def test_a_gain_that_makes_up_for_a_cost_is_compared_with_both():
    costs = [[1e9, 0.0], [-1e9, 0.0]]  # the first action costs 0 on average, up to rounding
    p = 0.5 + np.arange(-3, 4) * 2.0**-53
    assert not sm.bayes_decision(costs, probabilities=np.stack([1.0 - p, p], axis=1)).any()


def test_what_must_not_happen_hides_no_difference_between_other_actions():
    costs = [[1e9, 0.002, 0.001], [1e9, 0.002, 0.001]]
    assert sm.bayes_decision(costs, probabilities=[[0.5, 0.5]]) == 2


HERE_AND_THERE = """
import hashlib, warnings
import numpy as np, softargmax as sm
from sklearn.datasets import load_digits
warnings.simplefilter("ignore")
X, y = load_digits(return_X_y=True)
model = sm.SoftmaxRegression().fit(X[:1000], y[:1000])
z, new = model.decision_function(X[1000:1400]), model.decision_function(X[1400:])
bits = hashlib.sha1()
for score in ("aps", "raps", "saps", "lac", "margin", "top_k"):
    bits.update(sm.ConformalClassifier(score, confidence=0.95).fit(z, y[1000:1400]).predict_set(new).tobytes())
for score in ("top_probability", "margin", "entropy"):
    bits.update(sm.SelectiveClassifier(risk=0.05, score=score).fit(z, y[1000:1400]).predict(new).tobytes())
print(bits.hexdigest(), hashlib.sha1(new.tobytes()).hexdigest())
"""


def test_sets_and_answers_are_the_same_on_other_processors():
    others = [{"SOFTARGMAX_ISA": name} for name in instruction_sets()]
    others += [{"OPENBLAS_CORETYPE": name} for name in ("Haswell", "Nehalem")]
    found = [
        subprocess.run(
            [sys.executable, "-c", HERE_AND_THERE],
            env={**os.environ, **other},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for other in others
    ]
    assert len({decisions for decisions, _ in found}) == 1
    assert len({logits for _, logits in found}) > 1  # there is something that could have changed them


def test_a_file_of_version_1_gives_its_sets_and_is_saved_with_what_makes_them(rows, tmp_path):
    z, y = rows
    state = sm.ConformalClassifier("aps", confidence=0.8, allow_empty=True).fit(z[:500], y[:500]).to_state()
    assert state.version == 3
    assert "shares_from" not in state.values
    old = sm.ConformalClassifier.from_state(State(state.kind, 1, state.values, state.arrays))
    old.save(tmp_path / "sets.json")
    again = sm.load(tmp_path / "sets.json")
    assert again.to_state().values["shares_from"] == "logits"
    assert np.array_equal(again.predict_set(z), old.predict_set(z))
    assert np.array_equal(
        again.update(z[500:900], y[500:900]).predict_set(z), old.update(z[500:900], y[500:900]).predict_set(z)
    )


def test_sets_of_version_2_are_filled_as_they_were(rows):
    z, y = rows
    asked = sm.ConformalClassifier("lac", confidence=0.6, allow_empty=True).fit(z[:500], y[:500])
    state = asked.to_state()
    old = sm.ConformalClassifier.from_state(State(state.kind, 2, {**state.values, "allow_empty": False}, state.arrays))
    empty, first = ~asked.predict_set(z).any(axis=1), sm.hardmax(z) == 1
    assert empty.any()
    expected = np.where(empty[:, np.newaxis], first, asked.predict_set(z))
    again = sm.ConformalClassifier.from_state(old.to_state())
    for each in (old, again):
        assert np.array_equal(each.predict_set(z), expected)
    assert not again.allow_empty


def test_scores_of_version_1_are_read_as_those_of_now(rows):
    z, y = rows
    for score in ("lac", "margin", "raps"):
        fitted = sm.ConformalClassifier(score, randomized=False, allow_empty=True).fit(z[:500], y[:500])
        state, p = fitted.to_state(), sm.softmax(z[:500])
        arrays = dict(state.arrays)
        if score == "lac":  # as version 1 wrote them: 1 - p and -log p, with all their digits
            true = p[np.arange(500), y[:500]]
            arrays |= {"scores": 1.0 - true, "finer_scores": -np.log(true)}
        old = sm.ConformalClassifier.from_state(State(state.kind, 1, state.values, arrays))
        assert old.threshold_ == fitted.threshold_
        assert np.array_equal(old.predict_set(z), fitted.predict_set(z))


def test_a_cut_of_version_1_is_read_on_the_scale_of_now(rows):
    z, y = rows
    fitted = sm.SelectiveClassifier(risk=0.3, score="entropy", order="proposed").fit(z, y)  # the order of that version
    state = fitted.to_state()
    values = {**state.values, "cut": -fitted.threshold_}
    old = sm.SelectiveClassifier.from_state(State(state.kind, 1, values, state.arrays))
    assert old.threshold_ == pytest.approx(fitted.threshold_, rel=2.0**-20)
    assert np.array_equal(old.predict(z), fitted.predict(z))
