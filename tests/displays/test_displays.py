"""Displays: what is drawn is where its number is, and they are made and used as scikit-learn's are."""

import subprocess
import sys
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

import softargmax as sm
from softargmax.displays import (
    ConfusionDisplay,
    ReliabilityDisplay,
    RiskCoverageDisplay,
    ScoreComparisonDisplay,
    SetSizeDisplay,
    canvas,
)
from softargmax.exceptions import ArgumentError, LabelError, MissingDependencyError, UnsupportedError
from softargmax.pipeline.set_sizes import set_sizes
from softargmax.report.sentences import change

OF_ONE_MODEL = (ReliabilityDisplay, RiskCoverageDisplay, ConfusionDisplay, SetSizeDisplay)
HOSTILE = ["$x^$", "\x1b[31mred", "a\\$b", "x" * 10_000, "", "{}", "%s", "_hidden", "<b>", "\u202egnp"]


@pytest.fixture(autouse=True)
def no_window():
    mpl.use("Agg")
    yield
    plt.close("all")


def drawn(n, n_classes, sureness=1.0):
    rng = np.random.default_rng(n)
    logits = rng.normal(size=(n, n_classes)) * 2.5
    return (logits + rng.gumbel(size=logits.shape)).argmax(axis=1), logits * sureness


@pytest.fixture(scope="module")
def ten():
    return drawn(2000, 10, 2.0)


@pytest.fixture(scope="module")
def assessment(ten):
    y, logits = ten
    return replace(sm.assess(y, logits=logits), sets=set_sizes(y, logits=logits))


def near(values, expected):
    np.testing.assert_allclose(np.asarray(values, float), np.asarray(expected, float), rtol=0, atol=1e-12)


def band_of(collection):
    """Give the ends of a filled band, by what was drawn."""
    vertices = collection.get_paths()[0].vertices
    return {x: (min(ys), max(ys)) for x in set(vertices[:, 0]) for ys in [vertices[vertices[:, 0] == x, 1]]}


def test_the_curve_its_band_and_the_bars_are_where_their_numbers_are(assessment):
    curve = assessment.reliability
    display = ReliabilityDisplay.from_assessment(assessment)
    near(display.line_.get_xydata(), np.c_[curve.said, curve.happened])
    band = band_of(display.band_)
    near([band[x] for x in curve.said], np.c_[curve.low, curve.high])
    near(display.bars_.get_data().values, curve.share)
    near(display.bars_.get_data().edges, np.linspace(0, 1, 21))
    near(display.ideal_.get_xydata(), [[0, 0], [1, 1]])
    assert display.ax_.get_xlim() == display.ax_.get_ylim() == (0, 1)


def test_a_curve_of_one_point_is_seen(assessment):
    y = np.arange(2000) % 4
    rows = np.random.default_rng(0).normal(size=(2000, 4))
    short = ReliabilityDisplay.from_predictions(y, logits=1e-3 * rows)
    assert np.ptp(short.line_.get_xdata()) < 0.02
    assert short.line_.get_marker() == "o"
    assert ReliabilityDisplay.from_assessment(assessment).line_.get_marker() == "None"


def test_the_curve_of_wrong_answers_its_range_and_thresholds_are_where_their_numbers_are():
    y, logits = drawn(2000, 3)
    logits[np.arange(2000), y] += 2.0
    found = sm.assess(y, logits=logits).risk_coverage
    display = RiskCoverageDisplay.from_predictions(y, logits=logits)
    near(display.line_.get_xydata(), np.c_[found.coverage, found.risk])
    band = band_of(display.band_)
    near([band[x] for x in found.coverage], np.c_[found.low, found.high])
    marked = found.thresholds[:3]
    assert len(marked) == 3
    near(display.thresholds_.get_xydata(), [(one.coverage, one.risk.value) for one in marked])
    assert display.text_
    for text in display.text_:
        x, y = text.xy
        assert any((x, y) == (one.coverage, one.risk.value) for one in marked)


def test_every_cell_holds_its_number_and_the_share_of_its_class(assessment):
    found = assessment.confusion
    display = ConfusionDisplay.from_assessment(assessment, classes=list("abcdefghij"))
    counts = np.array(found.counts)
    written = [[0.0 if text is None else float(text.get_text()) for text in row] for row in display.text_]
    near(written, counts)
    for i, j in np.argwhere(counts > 0):
        assert display.text_[i, j].get_position() == (j, i)
    shares = display.im_.get_array()
    off = ~np.eye(10, dtype=bool)
    near(shares[off], (counts / counts.sum(axis=1, keepdims=True))[off])
    assert shares.mask[~off].all()
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == [*display.labels_]
    assert display.labels_ == tuple("abcdefghij"[code] for code in found.order)


def test_of_many_classes_the_others_stand_together_and_have_no_depth():
    y, logits = drawn(600, 200)
    found = sm.assess(y, logits=logits).confusion
    display = ConfusionDisplay.from_predictions(y, logits=logits)
    assert display.labels_[-1] == f"{found.folded} others"
    assert display.im_.get_array().mask[-1].all()
    assert display.im_.get_array().mask[:, -1].all()
    assert display.text_[-1, -1] is None
    beside = [0.0 if text is None else float(text.get_text().replace(",", "")) for text in display.text_[-1, :-1]]
    near(beside, found.counts[-1][:-1])


def test_bars_are_as_long_as_shares_of_sets_and_the_promise_is_where_it_is(assessment):
    sets = assessment.sets
    display = SetSizeDisplay.from_assessment(assessment)
    near([bar.get_height() for bar in display.bars_], sets.sizes)
    near([bar.get_x() + bar.get_width() / 2 for bar in display.bars_], range(len(sets.sizes)))
    near(display.range_.get_xdata(), [sets.coverage.low, sets.coverage.high])
    near(display.coverage_.get_xdata(), [sets.coverage.value])
    near(display.promise_.get_xdata(), [sets.promised])


def test_sets_of_predictions_are_those_of_the_promise_that_is_asked_for(ten):
    y, logits = ten
    display = SetSizeDisplay.from_predictions(y, logits=logits, confidence=0.8)
    near([bar.get_height() for bar in display.bars_], set_sizes(y, logits=logits, promised=0.8).sizes)
    with pytest.raises(ArgumentError, match="expected 100 rows"):
        SetSizeDisplay.from_predictions(y[:99], logits=logits[:99])


def test_both_models_errors_and_ranges_are_where_their_numbers_are(ten):
    y, logits = ten
    found = sm.compare(y, logits=(logits, logits / 2))
    display = ScoreComparisonDisplay.from_predictions(y, logits=(logits, logits / 2), names=("a", "b"))
    for dots, scores, k in ((display.first_, found.first, 0), (display.second_, found.second, 1)):
        wrong = scores.accuracy
        near([dot.get_xdata()[0] for dot in dots], [
            1 - wrong.value, scores.expected_calibration_error.value, scores.log_loss.value, scores.brier_score.value,
        ])  # fmt: skip
        near(display.ranges_[0][k].get_xdata(), [1 - wrong.high, 1 - wrong.low])
        near(display.ranges_[2][k].get_xdata(), [scores.log_loss.low, scores.log_loss.high])
    words = [text.get_text() for text in display.text_]
    assert words[2:] == [
        change(found.first.log_loss, found.second.log_loss, found.log_loss),
        change(found.first.brier_score, found.second.brier_score, found.brier_score),
    ]
    assert words[2].startswith("better")
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["a", "b"]


@pytest.mark.parametrize("make", OF_ONE_MODEL)
def test_an_estimator_is_asked_for_its_logits_and_its_labels_are_its_own(make, in_its_own_order):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = np.array(["cat", "dog", "owl"])[(X + rng.gumbel(size=X.shape)).argmax(axis=1)]
    model = in_its_own_order().fit(X, y)
    one = make.from_estimator(model, X, y)
    codes = np.searchsorted(["cat", "dog", "owl"], y)
    other = make.from_predictions(codes, probabilities=model.inner_.predict_proba(X), classes=["cat", "dog", "owl"])
    if make is ReliabilityDisplay:
        near(one.line_.get_xydata(), other.line_.get_xydata())
        assert one.ax_.get_legend().get_texts()[0].get_text() == "InItsOwnOrder"
    if make is ConfusionDisplay:
        assert one.labels_ == other.labels_
        assert [str(text) for text in one.text_.flat] == [str(text) for text in other.text_.flat]
    assert one.figure_ is not other.figure_
    with pytest.raises(LabelError, match="fish"):
        make.from_estimator(model, X, np.where(y == "cat", "fish", y))


def test_two_estimators_are_compared_on_the_same_rows():
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = (X + rng.gumbel(size=X.shape)).argmax(axis=1)
    models = [LogisticRegression(C=C).fit(X[:200], y[:200]) for C in (0.001, 1.0)]
    display = ScoreComparisonDisplay.from_estimator(tuple(models), X[200:], y[200:])
    logits = tuple(model.decision_function(X[200:]) for model in models)
    assert display.comparison.log_loss == sm.compare(y[200:], logits=logits).log_loss
    tree = DecisionTreeClassifier().fit(X, y)
    with pytest.raises(ArgumentError, match="both give logits or both probabilities"):
        ScoreComparisonDisplay.from_estimator((models[0], tree), X, y)
    with pytest.raises(ArgumentError, match="a tuple of two"):
        ScoreComparisonDisplay.from_estimator(models, X, y)
    with pytest.raises(ArgumentError, match="of the same classes"):
        ScoreComparisonDisplay.from_estimator(
            (models[0], LogisticRegression().fit(X, np.minimum(y, 1))), X, np.minimum(y, 1)
        )


def test_several_labels_are_no_picture_of_one_model():
    from sklearn.neighbors import KNeighborsClassifier

    X = np.arange(20.0).reshape(10, 2)
    model = KNeighborsClassifier(2).fit(X, np.eye(2, dtype=int)[np.arange(10) % 2])
    with pytest.raises(UnsupportedError, match="several labels"):
        ReliabilityDisplay.from_estimator(model, X, np.arange(10) % 2)


@pytest.mark.parametrize("make", OF_ONE_MODEL)
def test_axes_that_are_given_are_drawn_on(make, ten):
    y, logits = ten
    figure, ax = plt.subplots()
    display = make.from_predictions(y, logits=logits, ax=ax)
    assert (display.ax_, display.figure_) == (ax, figure)
    assert plt.get_fignums() == [figure.number]
    assert display.plot() is display
    assert display.ax_ is not ax
    with pytest.raises(ArgumentError, match="ax: expected axes of matplotlib"):
        display.plot(figure)


@pytest.mark.parametrize("make", [ReliabilityDisplay, RiskCoverageDisplay])
def test_curves_on_the_same_axes_differ_in_colour_and_in_dash(make, ten):
    y, logits = (rows[:500] for rows in ten)
    first = make.from_predictions(y, logits=logits, name="first")
    others = [make.from_predictions(y, logits=logits / t, name="other", ax=first.ax_) for t in (2, 3, 4)]
    lines = [display.line_ for display in (first, *others)]
    assert len({line.get_color() for line in lines}) == len({line.get_linestyle() for line in lines}) == 4
    assert len(first.ax_.get_legend().get_texts()) == 4
    if make is ReliabilityDisplay:
        assert {display.rows_ax_ for display in others} == {first.rows_ax_}
        assert sum(line.get_gid() == "softargmax-ideal" for line in first.ax_.lines) == 1
        tallest = max(display.bars_.get_data().values.max() for display in (first, *others))
        assert first.rows_ax_.get_ylim()[1] >= tallest
        assert f"{100 * tallest:.2g}\xa0% of rows" in [text.get_text() for text in first.rows_ax_.get_yticklabels()]


def test_what_the_user_says_of_a_line_holds(ten):
    y, logits = ten
    display = ReliabilityDisplay.from_predictions(y, logits=logits, c="red", lw=5)
    assert (display.line_.get_color(), display.line_.get_linewidth()) == ("red", 5)


@pytest.mark.parametrize("background", ["white", "black", "#f5f5f5", "#222222", "none"])
def test_colours_can_be_seen_on_light_and_on_dark(background):
    _, ax = plt.subplots(facecolor="white" if background == "none" else background)
    ax.set_facecolor(background)
    colours = canvas.colours_on(ax)

    def brightness(colour):
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in mpl.colors.to_rgb(colour)]
        return np.dot(linear, [0.2126, 0.7152, 0.0722])

    behind = brightness("white" if background == "none" else background)
    for colour in [colours.ink, colours.soft, colours.accent, colours.warn, *(look[0] for look in colours.looks)]:
        low, high = sorted([brightness(colour), behind])
        assert (high + 0.05) / (low + 0.05) >= 3.0, colour


@pytest.mark.parametrize("n_classes", [2, 10, 1000])
def test_any_names_are_drawn_as_they_are(n_classes):
    y, logits = drawn(300, n_classes)
    names = [*HOSTILE, *map(str, range(n_classes))][:n_classes]
    for make in OF_ONE_MODEL:
        make.from_predictions(y, logits=logits, classes=names, name="$a_b").figure_.canvas.draw()
    pair = ("$x^$", "\x1b[31m")
    ScoreComparisonDisplay.from_predictions(y, logits=(logits, logits), names=pair).figure_.canvas.draw()
    if n_classes == 10:
        display = ConfusionDisplay.from_predictions(y, logits=logits, classes=names)
        shown = {label.get_text().replace(r"\$", "$") for label in display.ax_.get_yticklabels()}
        assert {"$x^$", "\ufffd[31mred", "a\\$b", "x" * 15 + "…", "(no name)"} <= shown


@pytest.mark.parametrize("n_classes", [2, 3, 40])
@pytest.mark.parametrize("kind", ["one row", "perfect", "hopeless"])
def test_any_model_is_drawn(kind, n_classes):
    n = 1 if kind == "one row" else 120
    y = np.arange(n) % n_classes
    logits = np.eye(n_classes)[(y + (kind == "hopeless")) % n_classes] * (0.1 if kind == "one row" else 30.0)
    found = sm.assess(y, logits=logits)
    for make in OF_ONE_MODEL[:3]:
        make.from_assessment(found, name="model").figure_.canvas.draw()
    if n > 1:
        SetSizeDisplay.from_predictions(y, logits=logits).figure_.canvas.draw()
    ScoreComparisonDisplay.from_predictions(y, logits=(logits, 2 * logits)).figure_.canvas.draw()
    if kind == "one row":
        display = ReliabilityDisplay.from_assessment(found)
        assert display.band_ is None
        assert "too few rows for a curve" in [text.get_text() for text in display.ax_.texts]


def test_a_loss_that_is_infinite_is_said_and_the_rest_is_drawn():
    y, p = np.array([0, 1] * 60), np.tile([[1.0, 0.0], [0.5, 0.5]], (60, 1))
    display = ScoreComparisonDisplay.from_predictions(y, probabilities=(p, p[:, ::-1]))
    display.figure_.canvas.draw()
    texts = [text.get_text() for text in display.axes_[2].texts]
    assert any("infinite" in text for text in texts)
    assert all(np.isfinite(ax.get_xlim()).all() for ax in display.axes_)


def test_an_assessment_of_an_older_file_is_refused(assessment):
    for make, part in zip(OF_ONE_MODEL, ("reliability", "risk_coverage", "confusion", "sets"), strict=True):
        with pytest.raises(ArgumentError, match=f"'{part}'"):
            make.from_assessment(replace(assessment, **{part: None}))
    with pytest.raises(ArgumentError, match="names of 10, got 2"):
        ConfusionDisplay.from_assessment(assessment, classes=["a", "b"])


def test_two_classes_are_about_the_probability_of_the_second():
    y, logits = drawn(1000, 2)
    display = ReliabilityDisplay.from_predictions(y, logits=logits, classes=["no", "yes"])
    assert display.rows_ax_.get_xlabel() == "the probability it gives to “yes”"
    label = ReliabilityDisplay.from_predictions(y, logits=logits, of="label")
    assert label.rows_ax_.get_xlabel() == "how sure the model is"
    assert label.reliability.of == "label"


def test_matplotlib_is_loaded_when_something_is_drawn_and_a_missing_one_is_named():
    code = """
import sys
sys.modules["matplotlib"] = None
import numpy as np
import softargmax as sm
from softargmax.displays import ReliabilityDisplay
try:
    ReliabilityDisplay.from_predictions([0, 1], logits=np.eye(2))
except sm.exceptions.MissingDependencyError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'this needs matplotlib, which is not installed; run: python -m pip install "softargmax[plot]"' in done.stdout
    assert issubclass(MissingDependencyError, ImportError)
