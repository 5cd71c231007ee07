"""What is answered is as right as promised; what cannot be promised is not answered."""

import functools

import numpy as np
import pytest
from sklearn.base import clone

import softargmax as sm
from softargmax._estimate import Interval
from softargmax._logits import Logits, logits_in
from softargmax.decisions._fitted_threshold import ORDERS
from softargmax.decisions._fixed_sequence import Answers
from softargmax.decisions._sureness import SURENESS, sureness_of
from softargmax.exceptions import ArgumentError, CalibrationWarning, NotFittedError, ShapeError


def draw(rng, n, n_classes=4):
    """Draw over-confident logits and labels: right in about four fifths of the rows."""
    honest = rng.normal(size=(n, n_classes)) * 4
    y = (honest + rng.gumbel(size=honest.shape)).argmax(axis=1)
    return 3.0 * honest, y


class Population:
    """So many rows that the error rate among answers is known for every threshold."""

    def __init__(self, z, y):
        self.z, self.y = z, y
        self.sure, top = sureness_of("top_probability", logits_in(z))
        self.wrong = top != y

    def violations(self, rng, risk, confidence, n, repeats, order):
        count, answered = 0, 0.0
        for _ in range(repeats):
            some = rng.integers(len(self.y), size=n)
            options = {"confidence": confidence, "order": order, "random_state": rng}
            selective = sm.SelectiveClassifier(risk, **options).fit(self.z[some], self.y[some])
            inside = self.sure >= selective._fitted.least
            count += bool(inside.any() and self.wrong[inside].mean() > risk)
            answered += inside.mean()
        return count, answered / repeats


@pytest.mark.parametrize("order", ORDERS)
def test_the_promise_is_kept_as_often_as_promised(rng, order):
    count, answered = Population(*draw(rng, 20_000)).violations(rng, 0.1, 0.8, 800, 150, order)
    assert count <= 150 * 0.2 + 3 * np.sqrt(150 * 0.2 * 0.8)
    assert count > 3  # it is not idle either
    assert answered > 0.3


@pytest.mark.filterwarnings("ignore::softargmax.exceptions.CalibrationWarning")
@pytest.mark.parametrize("order", ORDERS)
def test_the_promise_is_kept_where_the_surest_answers_are_the_worst(rng, order):
    z, y = draw(rng, 20_000)
    fooled = z.max(axis=1) - np.median(z, axis=1) > 30
    y[fooled] = rng.integers(0, 4, size=fooled.sum())
    count, _ = Population(z, y).violations(rng, 0.3, 0.8, 500, 100, order)
    assert count <= 100 * 0.2 + 3 * np.sqrt(100 * 0.2 * 0.8)


@pytest.mark.parametrize("score", list(SURENESS))
def test_it_answers_the_surest_rows(rng, score):
    z, y = draw(rng, 4000)
    selective = sm.SelectiveClassifier(0.1, score=score).fit(z[:2000], y[:2000])
    answers = selective.predict(z[2000:])
    p = np.sort(sm.softmax(z[2000:]), axis=1)[:, ::-1]
    published = {"top_probability": p[:, 0], "margin": p[:, 0] - p[:, 1], "entropy": -sm.entropy(logits=z[2000:])}
    threshold = -selective.threshold_ if score == "entropy" else selective.threshold_
    expected = published[score] >= threshold
    assert 0.2 < expected.mean() < 0.9
    assert np.mean(expected == (answers >= 0)) > 0.999  # but for rounding at the threshold itself
    assert np.array_equal(selective.accepts(z[2000:]), answers >= 0)
    assert np.array_equal(answers[answers >= 0], z[2000:].argmax(axis=1)[answers >= 0])
    assert set(answers[answers < 0]) == {-1}


def test_a_row_at_the_threshold_is_answered():
    answers = Answers.of(np.array([3.0, 1.0, 2.0, 2.0]), np.array([False, True, True, False]))
    assert [answers.at(cut) for cut in (-np.inf, 2.0, 2.5, 4.0, np.nan)] == [(4, 2), (3, 1), (1, 0), (0, 0), (0, 0)]


def test_the_attributes_describe_the_tested_rows(rng):
    z, y = draw(rng, 3000)
    selective = sm.SelectiveClassifier(0.1, order="proposed", random_state=4).fit(z, y)
    tested = np.ones(3000, bool)
    tested[np.random.default_rng(4).permutation(3000)[:900]] = False
    quality = selective.evaluate(z[tested], y[tested], interval=Interval(0.9))
    assert selective.coverage_ == quality.coverage.value
    assert selective.error_rate_ == quality.error_rate.value
    assert selective.risk_bound_ == quality.error_rate.high  # one-sided at 0.95 is the end of two-sided at 0.9
    assert selective.error_rate_ < selective.risk_bound_ <= 0.1
    assert str(quality).startswith(f"answered {quality.coverage} of 2100 rows, wrong ")


def test_a_model_that_is_always_right_is_always_answered(rng):
    z = rng.normal(size=(400, 3))
    selective = sm.SelectiveClassifier(0.05).fit(z, z.argmax(axis=1))
    assert (selective.threshold_, selective.coverage_, selective.error_rate_) == (0.0, 1.0, 0.0)
    assert selective.accepts([[0.0, 0.0, 0.0]]).all()


def test_what_cannot_be_promised_is_not_answered_and_that_is_said(rng):
    z = rng.normal(size=(80, 3))  # 56 tested rows: 59 without error would do
    with pytest.warns(CalibrationWarning, match=r"no threshold keeps .* on these 56 rows.*it takes 59 rows"):
        selective = sm.SelectiveClassifier(0.05, order="proposed").fit(z, z.argmax(axis=1))
    assert np.isnan([selective.threshold_, selective.error_rate_, selective.risk_bound_]).all()
    assert selective.coverage_ == 0.0
    assert selective.predict(z).tolist() == [-1] * 80
    quality = selective.evaluate(z, z.argmax(axis=1))
    assert (quality.coverage.value, quality.error_rate.n) == (0.0, 0)


@pytest.mark.filterwarnings("ignore::softargmax.exceptions.CalibrationWarning")
def test_the_surest_first_answer_more_with_few_rows_because_all_rows_test(rng):
    z, y = draw(rng, 20_000)
    population = Population(z, y)
    options = rng, 0.1, 0.95, 200, 60
    assert population.violations(*options, "surest_first")[1] > population.violations(*options, "proposed")[1]


def test_rows_that_are_as_sure_are_answered_together(rng):
    z = np.repeat([[4.0, 0.0], [2.0, 0.0], [1.0, 0.0]], 100, axis=0)
    y = np.r_[np.zeros(200, int), np.ones(100, int)]
    selective = sm.SelectiveClassifier(0.1).fit(z, y)
    assert (selective.coverage_, selective.error_rate_) == (pytest.approx(2 / 3), 0.0)


def test_one_row_is_not_enough():
    with pytest.warns(CalibrationWarning, match="no threshold"):
        assert sm.SelectiveClassifier().fit([[1.0, 0.0]], [0]).predict([[1.0, 0.0]]).tolist() == [-1]


@pytest.mark.parametrize("score", list(SURENESS))
def test_saturated_probabilities_keep_their_order(rng, score):
    gap = rng.random(200) * 600 + 100
    z = np.stack([gap, np.zeros(200)], axis=1)
    sure, _ = sureness_of(score, logits_in(z))
    assert np.array_equal(np.argsort(sure), np.argsort(gap))


@pytest.mark.parametrize("score", list(SURENESS))
def test_a_row_is_as_sure_alone_as_in_a_batch(rng, score, monkeypatch):
    z = (rng.normal(size=(30, 7)) * 20).astype(np.float32)
    whole, _ = sureness_of(score, logits_in(z))
    monkeypatch.setattr(Logits, "blocks", functools.partialmethod(Logits.blocks, 7))
    assert sureness_of(score, logits_in(z))[0].tobytes() == whole.tobytes()


def test_two_classes_have_one_order_whatever_measures_it(rng):
    z, y = draw(rng, 3000, n_classes=2)
    accepted = [sm.SelectiveClassifier(0.1, score=score).fit(z, y).accepts(z) for score in SURENESS]
    assert np.array_equal(accepted[0], accepted[1])
    assert np.array_equal(accepted[0], accepted[2])


def test_a_larger_risk_or_a_smaller_confidence_answers_more(rng):
    z, y = draw(rng, 4000)
    coverage = [
        sm.SelectiveClassifier(risk, confidence=confidence).fit(z, y).coverage_
        for risk, confidence in ((0.05, 0.99), (0.05, 0.9), (0.1, 0.9), (0.2, 0.9))
    ]
    assert coverage == sorted(coverage)
    assert len(set(coverage)) == 4


def test_parameters_follow_scikit_learns_protocol():
    selective = sm.SelectiveClassifier(0.1, score="margin")
    assert clone(selective).get_params() == {
        "risk": 0.1,
        "confidence": 0.95,
        "score": "margin",
        "order": "surest_first",
        "random_state": 0,
    }
    assert selective.set_params(risk=0.2).risk == 0.2
    with pytest.raises(ArgumentError, match="has no parameter 'alpha'"):
        selective.set_params(alpha=0.1)
    assert repr(selective) == "SelectiveClassifier(risk=0.2, score='margin')"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"risk": 0.0}, "risk: expected a number > 0 and < 1"),
        ({"confidence": 1}, "confidence: expected a number > 0 and < 1"),
        ({"score": "entropie"}, "score: expected one of .*did you mean 'entropy'"),
        ({"random_state": 0.5}, "random_state: expected an integer"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        sm.SelectiveClassifier(**options).fit([[0.0, 1.0]], [1])


def test_nothing_works_before_fit_nor_with_other_classes(rng):
    z, y = draw(rng, 400)
    new = sm.SelectiveClassifier(0.2)
    for call in (new.predict, new.accepts, lambda z: new.evaluate(z, y)):
        with pytest.raises(NotFittedError, match="call fit"):
            call(z)
    with pytest.raises(ShapeError, match=r"logits: expected shape \(n_rows, 4\)"):
        new.fit(z, y).predict(z[:, :3])


def honest(rng, n, k=4, scale=2.0):
    z = rng.normal(size=(n, k)) * scale
    return z, sm.argmax(z + rng.gumbel(size=z.shape))


def test_sets_among_answered_rows_keep_their_promise_there():
    """Sets by all rows hold the true class too often among answered rows here, and those by answered rows do not."""
    shares = []
    for seed in range(40):
        z, y = honest(np.random.default_rng(seed), 1800, k=5, scale=2.5)
        selective = sm.SelectiveClassifier(0.2).fit(z[:500], y[:500])
        options = {"confidence": 0.8, "allow_empty": True}
        some = selective.fit_sets(z[500:1000], y[500:1000], sm.ConformalClassifier(**options))
        common = sm.ConformalClassifier(**options).fit(z[500:1000], y[500:1000])
        new = selective.accepts(z) & (np.arange(1800) >= 1000)
        shares.append([each.evaluate(z[new], y[new]).coverage.value for each in (some, common)])
    answered, all_rows = np.mean(shares, axis=0)
    error = np.std([row[0] for row in shares]) / np.sqrt(40)
    assert abs(answered - 0.8) < 3 * error + 0.004
    assert all_rows > 0.85


def test_sets_among_answered_rows_take_some(rng):
    z, y = honest(rng, 300)
    selective = sm.SelectiveClassifier(0.3).fit(z * 3, y)
    with pytest.raises(ArgumentError, match="expected rows that are answered"):
        selective.fit_sets(np.zeros((5, 4)), [0, 1, 2, 3, 0])
