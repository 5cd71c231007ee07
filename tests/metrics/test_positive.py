"""For two classes calibration is judged by the probability of class 1, unless the predicted label is asked for."""

import inspect

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError

BOTH = [
    name
    for name in metrics.__all__
    if inspect.isfunction(getattr(metrics, name)) and "of" in inspect.signature(getattr(metrics, name)).parameters
]
ERRORS = [name for name in BOTH if name.endswith("calibration_error")]


@pytest.fixture(scope="module")
def off_by_a_tenth():
    """Give a model each of whose probabilities is too high by .1, in such a way that predicted labels do not show it."""
    p = np.repeat([0.3, 0.7], 1000)
    return np.concatenate([np.arange(1000) < 200, np.arange(1000) < 600]).astype(int), p


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(2)
    p = rng.beta(0.7, 1.5, size=800)
    return (rng.random(800) < p**1.3).astype(int), p


def test_every_measure_of_a_label_takes_the_word():
    assert len(BOTH) == 15
    assert len(ERRORS) == 5


@pytest.mark.parametrize("name", ERRORS)
def test_probabilities_that_are_off_by_a_tenth_are_found_out(off_by_a_tenth, name):
    y, p = off_by_a_tenth
    found = getattr(metrics, name)(y, probabilities=p)
    expected = 0.1 if name != "debiased_calibration_error" else (0.01 - (0.16 + 0.24) / 2 / 999) ** 0.5
    assert found.value == pytest.approx(expected, rel=1e-3)
    assert found.low > 0.05
    assert getattr(metrics, name)(y, probabilities=p, of="label").value < 0.02


def test_tests_and_curves_see_what_labels_hide(off_by_a_tenth):
    y, p = off_by_a_tenth
    for test in (metrics.kolmogorov_smirnov, metrics.kuiper):
        # 200 events are missing, and the variance of a calibrated model is 2000 * .21
        assert test(y, probabilities=p).statistic == pytest.approx(200 / 420**0.5)
        assert test(y, probabilities=p).p_value < 1e-15
        assert test(y, probabilities=p, of="label").p_value == 1.0
    curve = metrics.reliability_curve(y, probabilities=p)
    assert (curve.of, curve.probability.tolist()) == ("positive", pytest.approx([0.3, 0.7]))
    assert curve.frequency == pytest.approx([0.2, 0.6])
    assert np.all(curve.frequency < curve.band_low)
    label = metrics.reliability_curve(y, probabilities=p, of="label")
    assert (label.probability, label.frequency) == (pytest.approx([0.7]), pytest.approx([0.7]))


def test_a_comparison_with_the_true_risks_finds_them_better(off_by_a_tenth):
    y, p = off_by_a_tenth
    found = sm.compare(y, probabilities=(p, p - 0.1))
    assert found.expected_calibration_error.value == pytest.approx(-0.1)
    assert found.expected_calibration_error.high < -0.05
    assert "calibration error" in found.verdict.split(".")[0]
    assert found.of == found.first.of == found.second.of == "positive"
    assert "calibration error is that of the probability of class 1" in str(found)
    label = sm.compare(y, probabilities=(p, p - 0.1), of="label")
    assert label.first.expected_calibration_error.value == pytest.approx(0.0, abs=1e-12)


def test_an_assessment_says_whose_calibration_it_judged(off_by_a_tenth):
    y, p = off_by_a_tenth
    found, label = sm.assess(y, probabilities=p), sm.assess(y, probabilities=p, of="label")
    assert (found.of, label.of) == ("positive", "label")
    assert "Calibration error of the probability of class 1" in str(found)
    assert "Calibration error of the predicted label" in str(label)
    assert found.expected_calibration_error.value == pytest.approx(0.1)
    assert found.kuiper.p_value < 1e-15
    # The isotonic fit finds (p - rate)^2 = .01 per row.
    assert found.brier_score_decomposition.calibration.value == pytest.approx(0.01)
    assert label.brier_score_decomposition.calibration.value == pytest.approx(0.0, abs=1e-12)
    assert label.log_loss_decomposition.loss.value == pytest.approx(found.log_loss.value)
    summary = metrics.Summary(2).update(y[:700], probabilities=p[:700]).update(y[700:], probabilities=p[700:])
    for of in ("positive", "label"):
        one, whole = summary.assess(of=of), sm.assess(y, probabilities=p, of=of)
        assert one.of == of
        for name in ("expected_calibration_error", "overconfidence", "smooth_calibration_error"):
            assert getattr(one, name).value == pytest.approx(getattr(whole, name).value, rel=1e-9, abs=1e-12), name


def test_errors_are_those_of_scikit_learns_curve(rows):
    y, p = rows
    for binning, strategy in (("width", "uniform"), ("mass", "quantile")):
        rate, mean = calibration_curve(y, p, n_bins=10, strategy=strategy)
        curve = metrics.reliability_curve(y, probabilities=p, binning=binning, n_bins=10)
        assert curve.frequency == pytest.approx(rate)
        assert curve.probability == pytest.approx(mean)
        gap = curve.share * (rate - mean)
        options = {"probabilities": p, "binning": binning, "n_bins": 10}
        assert metrics.expected_calibration_error(y, **options).value == pytest.approx(abs(gap).sum())
        side = np.where(mean > 0.5, 1.0, -1.0)
        assert metrics.overconfidence(y, **options).value == pytest.approx(np.maximum(-gap * side, 0).sum())
        assert metrics.underconfidence(y, **options).value == pytest.approx(np.maximum(gap * side, 0).sum())


def test_the_isotonic_curve_and_decomposition_are_scikit_learns(rows):
    y, p = rows
    fitted = IsotonicRegression().fit_transform(p, y)
    curve = metrics.reliability_curve(y[:500], probabilities=p[:500], binning="isotonic")
    theirs = IsotonicRegression().fit_transform(p[:500], y[:500])
    assert curve.frequency == pytest.approx(theirs[np.argsort(p[:500])])
    parts = metrics.decompose(y, probabilities=p, loss="brier_score")
    assert parts.refinement.value == pytest.approx(np.mean((fitted - y) ** 2))
    assert parts.loss.value == pytest.approx(np.mean((p - y) ** 2))


def test_the_walk_is_along_the_probability_of_class_1(rows):
    y, p = rows
    order = np.argsort(p)
    walk = np.concatenate([[0.0], np.cumsum((y - p)[order])])
    deviation = np.sqrt(np.sum(p * (1 - p)))
    found = metrics.kolmogorov_smirnov(y, probabilities=p), metrics.kuiper(y, probabilities=p)
    assert found[0].statistic == pytest.approx(abs(walk).max() / deviation)
    assert found[1].statistic == pytest.approx(np.ptp(walk) / deviation)


@pytest.mark.parametrize("name", [name for name in BOTH if name not in ("compare", "assess", "scores")])
def test_the_label_of_two_classes_is_that_of_three_of_which_one_is_impossible(rows, name):
    y, p = rows
    three = np.column_stack([1 - p, p, 0 * p])
    one = getattr(metrics, name)(y, probabilities=p, of="label")
    more = getattr(metrics, name)(y, probabilities=three)
    assert repr(one) == repr(more)


def test_sides_of_one_half_say_what_too_sure_is():
    # Of ten rows that say .2, three are of class 1: it was too sure of class 0. Of ten that say .8, nine: not enough.
    y, p = [1] * 3 + [0] * 7 + [1] * 9 + [0], [0.2] * 10 + [0.8] * 10
    assert metrics.overconfidence(y, probabilities=p).value == pytest.approx(0.05)
    assert metrics.underconfidence(y, probabilities=p).value == pytest.approx(0.05)


def test_only_two_classes_have_a_positive_one(rows):
    y, p = rows
    three = np.column_stack([1 - p, p, 0 * p])
    for name in BOTH:
        judged = (three, three) if name == "compare" else three
        with pytest.raises(ArgumentError, match="'positive' is class 1 of two classes, and there are 3") as caught:
            getattr(metrics, name)(y, probabilities=judged, of="positive")
        assert caught.value.parameter == "of"
    with pytest.raises(ArgumentError, match="did you mean 'positive'"):
        sm.assess(y, probabilities=p, of="positiv")
    with pytest.raises(ArgumentError, match="there are 3"):
        metrics.Summary(3).update(y, probabilities=three).assess(of="positive")


@pytest.mark.parametrize(("shape", "n"), [((1.0, 1.0), 200), ((0.3, 20.0), 400), ((0.1, 0.1), 400)])
@pytest.mark.parametrize("shrinkage", [0.0, 0.2])
def test_intervals_of_the_calibration_error_cover(shape, n, shrinkage):
    """Of even, rare, and nearly certain events, of a calibrated model and of one that is too sure."""
    rng, covered = np.random.default_rng(8), []
    for _ in range(150):
        p = rng.beta(*shape, size=n)
        rate = p + shrinkage * (0.5 - p)
        y = (rng.random(n) < rate).astype(int)
        bins = np.clip(np.ceil(p * 15) - 1, 0, 14).astype(int)
        truth = abs(np.bincount(bins, rate - p)).sum() / n
        found = metrics.expected_calibration_error(y, probabilities=p, interval=metrics.Interval(n_resamples=500))
        covered.append(found.low <= truth + 1e-12 and truth <= found.high)
    assert np.mean(covered) >= 0.92


def test_no_error_of_a_sure_model_leaves_room_for_being_too_sure_only():
    y = [0] * 50 + [1] * 50
    low = 100 / (100 + 1.959964**2)  # Wilson's interval of 100 in 100
    assert metrics.overconfidence(y, probabilities=np.array(y, float)).high == pytest.approx(1 - low, rel=1e-6)
    assert metrics.underconfidence(y, probabilities=np.array(y, float)).high == 0.0
