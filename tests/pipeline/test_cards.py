"""What notebooks show: small, harmless cards that hold the metrics' numbers and change nothing around them."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import sklearn

import softargmax as sm
from softargmax.metrics.score_lines import said
from softargmax.pipeline import calibrate
from softargmax.pipeline.calibrating import KINDS_OF_LOGITS

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(600, 3)) * 2
Y = (LOGITS + RNG.gumbel(size=LOGITS.shape)).argmax(axis=1)
HOSTILE = "<script>alert(1)</script>\x1b\x9b"


@pytest.fixture(scope="module")
def classifier():
    rows = {HOSTILE: [0.5, 0.7, 2.1, 2.2] * 20, "kind": ["<b>cat", "<b>cat", "dog", "dog"] * 20, "id": [*range(80)]}
    return sm.TableClassifier(model="regression").fit(rows, target="kind")


@pytest.fixture(scope="module")
def cards(classifier):
    found = {
        "assessment": sm.assess(Y, logits=3 * LOGITS),
        "comparison": sm.compare(Y, logits=(3 * LOGITS, LOGITS)),
        "report": calibrate(Y, logits=3 * LOGITS),
        "few": calibrate(Y[:40], logits=3 * LOGITS[:40], calibration="temperature"),
        "calibration": sm.AutoCalibration().fit(LOGITS, Y),
        "unfitted": sm.TemperatureScaling(),
        "model": classifier.model_,
        "one row": sm.assess([1], logits=[[0.0, 1.0]]),
    }
    return {name: (thing, thing._repr_html_()) for name, thing in found.items()}


def text_of(card):
    return " ".join("".join(ET.fromstring(card).itertext()).split())


def test_a_card_brings_no_script_and_no_style_sheet_and_has_no_name_that_another_could_have(cards):
    for name, (_, card) in cards.items():
        for part in ET.fromstring(card).iter():
            assert part.tag not in ("script", "style", "link", "img", "iframe"), name
            assert not {"id", "class", "href", "src"} & set(part.attrib), name
            assert not [key for key in part.attrib if key.startswith("on")], name
            assert "url(" not in part.attrib.get("style", "")
        assert len(card) < 25_000, name


def test_text_has_the_colour_of_what_is_around_it(cards):
    for _, card in cards.values():
        colours = set(re.findall(r"(?<!-)color:([^;\"]+)", card)) | set(re.findall(r"background[^:]*:([^;\"]+)", card))
        assert colours <= {"inherit", "none"}
        assert set(re.findall(r'(?:stroke|fill)="([^"]+)"', card)) <= {"none", "currentColor", "#3f88c5"}


def test_numbers_of_a_card_are_those_of_the_metrics(cards):
    assessment, card = cards["assessment"]
    for one in (assessment.accuracy, assessment.log_loss, assessment.expected_calibration_error):
        assert said(one) in text_of(card)
    comparison, card = cards["comparison"]
    for one in (comparison.first.log_loss, comparison.second.brier_score, comparison.log_loss):
        assert said(one) in text_of(card)
    assert comparison.verdict in text_of(card)
    report, card = cards["report"]
    for one in (report.before.log_loss, report.after.log_loss):
        assert said(one) in text_of(card)
    model, card = cards["model"]
    assert said(model.record.after.log_loss) in text_of(card)


def test_the_small_picture_is_where_its_numbers_are(cards):
    assessment, card = cards["assessment"]
    curve = assessment.reliability
    (line,) = ET.fromstring(card).iter("polyline")
    points = np.array([pair.split(",") for pair in line.attrib["points"].split()], float) / 132
    assert len(points) <= 122
    np.testing.assert_allclose(1 - points[:, 1], np.interp(points[:, 0], curve.said, curve.happened), atol=1 / 132)
    np.testing.assert_allclose(points[[0, -1], 0], [curve.said[0], curve.said[-1]], atol=0.5 / 132)
    (band,) = ET.fromstring(card).iter("polygon")
    assert len(band.attrib["points"].split()) == 2 * len(points)
    assert "too few rows for a curve" in text_of(cards["one row"][1])


def test_what_could_not_be_measured_is_left_out(cards):
    report, card = cards["few"]
    assert report.after is None
    assert "after" not in text_of(card).replace("afterwards", "")
    assert "40 rows are too few" in text_of(card)
    assert "not fitted yet" in text_of(cards["unfitted"][1])


def test_names_from_a_table_are_text(cards):
    _, card = cards["model"]
    assert "<script>alert(1)</script>\ufffd\ufffd" in text_of(card)
    assert "3: " not in text_of(card)
    assert "2: <b>cat, dog" in text_of(card)
    assert "left out: " in text_of(card)


@pytest.mark.parametrize("kind", KINDS_OF_LOGITS)
def test_every_calibration_has_a_card(kind):
    logits, y = LOGITS[:200, 0], (Y[:200] == 0).astype(int)
    fitted = calibrate(y, logits=logits, calibration=kind).calibration
    assert "temperature" in text_of(fitted._repr_html_())
    wrapped = calibrate(y, probabilities=sm.sigmoid(logits), calibration=kind).calibration
    assert "ProbabilityCalibration" in text_of(wrapped._repr_html_())


def test_several_labels_have_a_card():
    labels = np.c_[Y == 0, Y == 1].astype(int)
    fitted = sm.MultilabelCalibration(sm.TemperatureScaling()).fit(LOGITS[:, :2], labels)
    assert "MultilabelCalibration" in text_of(fitted._repr_html_())


def test_an_estimator_shows_what_it_learned_and_before_that_what_scikit_learn_shows(classifier):
    model = classifier.model_._repr_html_()
    assert classifier._repr_html_() == classifier._repr_mimebundle_()["text/html"] == model
    assert classifier._repr_mimebundle_()["text/plain"] == repr(classifier)
    assert "sk-" in sm.TableClassifier()._repr_html_()
    with sklearn.config_context(display="text"):
        assert "text/html" not in classifier._repr_mimebundle_()
        assert not hasattr(classifier, "_repr_html_")
