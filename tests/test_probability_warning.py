"""Logits that look like probabilities: one warning that says the word, and nothing else is different."""

import json
import warnings

import numpy as np
import pytest

import softargmax as sm
from softargmax import cli, kinds, metrics, pipeline
from softargmax.exceptions import ProbabilityWarning

WORD = "hand them over as probabilities"
OTHERS = ("from-probabilities", "grouped", "multilabel")
CALIBRATIONS = [kind for kind in kinds.names_in("softargmax.calibration") if kind not in OTHERS]


@pytest.fixture(scope="module", params=[2, 3, 100])
def rows(request):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400, request.param))
    return sm.softmax(z), sm.argmax(z + rng.gumbel(size=z.shape))


def warned(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [each for each in caught if issubclass(each.category, ProbabilityWarning)]


def once(call):
    (found,) = warned(call)
    assert WORD in str(found.message)
    assert found.filename == __file__  # the line that called
    return str(found.message)


def test_whoever_judges_is_told_once(rows):
    p, y = rows
    once(lambda: sm.assess(y, logits=p))
    once(lambda: metrics.log_loss(y, logits=p))
    once(lambda: metrics.expected_calibration_error(y, logits=p.astype(np.float32)))
    once(lambda: metrics.Summary(p.shape[1]).update(y, logits=p))
    once(lambda: sm.compare(y, logits=(p, p)))
    once(lambda: sm.compare(y, logits=(np.log(p), p)))
    assert "every row" in once(lambda: metrics.decompose(y, logits=p, recalibrated=p))


@pytest.mark.parametrize("kind", CALIBRATIONS)
def test_whoever_fits_is_told_once(rows, kind):
    p, y = rows
    if p.shape[1] == 100 and kind not in ("auto", "temperature", "vector"):
        pytest.skip("as with three classes, and slow")
    once(lambda: kinds.class_of(kind)().fit(p, y))


@pytest.mark.parametrize("make", [sm.ConformalClassifier, sm.SelectiveClassifier])
def test_whoever_decides_is_told_once(rows, make):
    p, y = rows
    once(lambda: make().fit(p, y))


def test_a_report_notes_it_once(rows):
    p, y = rows
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = pipeline.calibrate(y, logits=p, calibration="temperature")
    assert sum(WORD in note for note in report.notes) == 1


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_the_command_says_it_once(rows, how, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    p, y = rows
    np.savetxt("p.csv", p, delimiter=",", comments="", header=",".join(f"c{j}" for j in range(p.shape[1])))
    np.savetxt("y.csv", y, fmt="%d", comments="", header="y")
    files = ["p.csv", "y.csv"]
    assert cli.run(["calibrate", *files, "-o", "c.json", "--calibration", "temperature", *how]) == 0
    shown = capsys.readouterr()
    said = " ".join(json.loads(shown.out)["notes"]) if how else " ".join((shown.out + shown.err).split())
    assert said.count(WORD) == 1
    assert cli.run(["calibrate", *files, "-o", "c.json", "--calibration", "temperature", "--probabilities"]) == 0
    assert WORD not in " ".join(capsys.readouterr().out.split())


def test_nothing_is_guessed(rows):
    p, y = rows
    with pytest.warns(ProbabilityWarning):
        found = sm.TemperatureScaling().fit(p, y)
    shifted = sm.TemperatureScaling().fit(p + 1.0, y)  # the same logits to softmax
    assert found.temperature_ == pytest.approx(shifted.temperature_, rel=1e-6)


def test_one_column_between_0_and_1_is_told_too():
    rng = np.random.default_rng(1)
    p = rng.random(200)
    y = (rng.random(200) < p).astype(int)
    assert "all 200 lie between 0 and 1" in once(lambda: sm.assess(y, logits=p))
    once(lambda: sm.TemperatureScaling().fit(p[:, None], y))
    assert not warned(lambda: sm.assess(y, logits=p * 2.0))
    assert not warned(lambda: sm.assess(y[:20], logits=p[:20]))  # a few may be so by accident
    assert not warned(lambda: sm.assess(y, logits=np.round(p)))


def test_what_is_said_to_be_probabilities_and_what_is_none_is_not_told(rows):
    p, y = rows
    rng = np.random.default_rng(2)
    one_row_off = p.copy()
    one_row_off[-1, 0] += 0.1
    for logits in (np.log(p), one_row_off, rng.random(p.shape), np.eye(p.shape[1])[y], np.zeros(p.shape)):
        assert not warned(lambda logits=logits: sm.assess(y, logits=logits))
    assert not warned(lambda: sm.assess(y, probabilities=p))
    assert not warned(lambda: sm.ProbabilityCalibration(sm.TemperatureScaling()).fit(p, y))
    several = np.random.default_rng(3).integers(0, 2, p.shape)
    calibration = sm.MultilabelCalibration(sm.TemperatureScaling())
    assert not warned(lambda: calibration.fit(p, several))


def test_probabilities_that_were_rounded_are_told_too(rows):
    p, y = rows
    digits = 3 if p.shape[1] <= 3 else 5  # the more classes, the further is the sum of rounded ones from 1
    once(lambda: sm.assess(y, logits=p.round(digits)))
