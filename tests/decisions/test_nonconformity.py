"""The scores of conformal prediction, against closed forms and against hundreds of digits."""

import functools
import itertools

import mpmath
import numpy as np
import pytest

from softargmax._logits import Logits, logits_in
from softargmax.decisions._nonconformity import INFINITE, PENALTIES, SCORES, Penalty, Scorer
from softargmax.decisions._row_share import row_uniforms

P = np.array([[0.15, 0.5, 0.05, 0.3]])  # ranks 3, 1, 4, 2
PENALTY = Penalty(0.1, 1)
STEP = 2.0**-20  # to whose multiples scores are rounded


def exact_scores(score, z, penalty, u=1):
    """Score one row with as many digits as it takes, by the published definitions."""
    with mpmath.workdps(700):
        terms = [mpmath.exp(mpmath.mpf(float(x))) for x in z]
        p = [term / sum(terms) for term in terms]
        order = sorted(range(len(z)), key=lambda k: (-z[k], k))
        return [exact_score(score, p, order, order.index(k), u, penalty) for k in range(len(z))]


def exact_score(score, p, order, rank, u, penalty):
    own, top = p[order[rank]], p[order[0]]
    mass = 1 - sum(p[k] for k in order[rank + 1 :]) - (1 - u) * own
    match score:
        case "lac":
            return 1 - own
        case "aps":
            return mass
        case "raps":
            return mass + penalty.weight * max(0, rank + 1 - penalty.free_ranks)
        case "saps":
            return top + penalty.weight * (rank - 1 + u) if rank else u * own
        case "margin":
            return (top if rank else p[order[1]]) - own
        case "top_k":
            return mpmath.mpf(rank + u)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("lac", [0.85, 0.5, 0.95, 0.7]),
        ("aps", [0.95, 0.5, 1.0, 0.8]),
        ("raps", [0.95 + 0.2, 0.5, 1.0 + 0.3, 0.8 + 0.1]),
        ("saps", [0.5 + 0.2, 0.5, 0.5 + 0.3, 0.5 + 0.1]),
        ("margin", [0.35, -0.2, 0.45, 0.2]),
        ("top_k", [3, 1, 4, 2]),
    ],
)
def test_the_deterministic_scores_in_closed_form(score, expected):
    np.testing.assert_allclose(SCORES[score](np.log(P), None, PENALTY).real[0], expected, rtol=0, atol=STEP)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("aps", [0.8 + 0.15 / 4, 0.125, 0.95 + 0.05 / 4, 0.5 + 0.3 / 4]),
        ("raps", [0.8 + 0.15 / 4 + 0.2, 0.125, 0.95 + 0.05 / 4 + 0.3, 0.5 + 0.3 / 4 + 0.1]),
        ("saps", [0.5 + 0.125, 0.125, 0.5 + 0.225, 0.5 + 0.025]),
        ("top_k", [2.25, 0.25, 3.25, 1.25]),
    ],
)
def test_the_randomised_scores_in_closed_form(score, expected):
    np.testing.assert_allclose(SCORES[score](np.log(P), np.array([0.25]), PENALTY).real[0], expected, rtol=0, atol=STEP)


@pytest.mark.parametrize("score", list(SCORES))
@pytest.mark.parametrize("u", [None, 0.375])
def test_saturated_probabilities_keep_the_exact_order(rng, score, u):
    z = np.round(rng.normal(size=(20, 4)) * 100 * 64) / 64
    penalty = PENALTIES.get(score, Penalty())
    scores = SCORES[score](z, None if u is None else np.full(20, u), penalty).ravel()
    exact = [s for row in z for s in exact_scores(score, row, penalty, 1 if u is None else mpmath.mpf(u))]
    if score != "top_k":
        assert len(set(scores.real)) < 0.6 * len(scores)  # as published, they are rounded to the same numbers
    ordered = [exact[i] for i in np.argsort(scores, kind="stable")]
    with mpmath.workdps(700):
        for a, b in itertools.pairwise(ordered):
            assert a - b <= STEP * min(abs(1 - b), abs(1 + b))  # what is left of 1 agrees to a millionth


def test_a_log_tail_has_all_its_digits(rng):
    z = rng.normal(size=(10, 6)) * 100
    scores = SCORES["aps"](z, None, Penalty())
    with mpmath.workdps(700):
        for row, got in zip(z, scores.imag, strict=True):
            expected = [float(-mpmath.log(1 - s)) if s < 1 else np.inf for s in exact_scores("aps", row, Penalty())]
            expected[int(np.argmin(row))] = np.inf
            np.testing.assert_allclose(got, expected, rtol=0, atol=0.51 * STEP)


@pytest.mark.parametrize("score", list(SCORES))
def test_a_class_that_is_ruled_out_scores_infinity(score):
    z = np.array([[0.0, -np.inf, 1.0], [-np.inf, 0.0, -np.inf]])
    (found,) = [scores for _, _, scores in Scorer(score, Penalty(0.1), 3)(logits_in(z))]
    assert np.all(found[np.isneginf(z)] == INFINITE)
    assert np.isfinite(found.real[np.isfinite(z)]).all()


@pytest.mark.parametrize("score", list(SCORES))
def test_classes_in_another_order_have_the_same_scores(rng, score):
    z, order = rng.normal(size=(50, 7)) * 10, rng.permutation(7)
    scores = SCORES[score](z, None, PENALTY)
    again = SCORES[score](z[:, order], None, PENALTY)
    for part in (np.real, np.imag):  # NumPy 1 warns of 1 + inf i
        np.testing.assert_allclose(part(again), part(scores[:, order]), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("score", list(SCORES))
def test_blocks_do_not_change_a_bit(rng, score, monkeypatch):
    z = (rng.normal(size=(40, 9)) * 30).astype(np.float32)
    (whole,) = [scores for _, _, scores in Scorer(score, PENALTY, 5)(logits_in(z))]
    monkeypatch.setattr(Logits, "blocks", functools.partialmethod(Logits.blocks, 9))
    rows = [scores for _, _, scores in Scorer(score, PENALTY, 5)(logits_in(z))]
    assert len(rows) == 40
    assert np.concatenate(rows).tobytes() == whole.tobytes()


@pytest.mark.parametrize("kind", ["normal", "float32", "integers", "one bit"])
def test_row_uniforms_are_uniform(rng, kind):
    z = {
        "normal": lambda: rng.normal(size=(20000, 3)),
        "float32": lambda: rng.normal(size=(20000, 3)).astype(np.float32).astype(np.float64),
        "integers": lambda: np.indices((30, 30, 30)).reshape(3, -1).T.astype(np.float64)[:20000],
        "one bit": lambda: ((np.arange(20000)[:, None] >> np.arange(15)) & 1).astype(np.float64),
    }[kind]()
    u = row_uniforms(z, 7)
    counts = np.bincount((u * 100).astype(int), minlength=100)
    assert len(counts) == 100
    assert np.sum((counts - 200.0) ** 2 / 200.0) < 165  # chi-square, 99 degrees of freedom, one in 40,000
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 0.04


def test_row_uniforms_depend_on_the_row_and_the_key_only(rng):
    z = rng.normal(size=(10, 4))
    z[0, 0] = 0.0
    u = row_uniforms(z, 1)
    assert np.array_equal(row_uniforms(z[::-1].copy(), 1), u[::-1])
    assert not np.any(row_uniforms(z, 2) == u)
    z[0, 0] = -0.0
    assert row_uniforms(z, 1)[0] == u[0]
