"""`softargmax.pipeline.calibrate`: a calibration, measured before and after."""

import subprocess
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

import softargmax as sm
from softargmax import pipeline
from softargmax._progress import Progress
from softargmax._renamed import is_provisional
from softargmax.calibration.wording import said
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.metrics import Interval

# Few resamples: what is compared here is made with the same number.
QUICK = Interval(n_resamples=200)


def calibrate(y, **options):
    return pipeline.calibrate(y, **{"interval": QUICK, **options})


@pytest.fixture
def too_sure(rng):
    """Logits of a model that is twice too sure of itself, and the classes."""
    honest = rng.normal(size=(400, 3)) * 2
    return 2 * honest, sm.argmax(honest + rng.gumbel(size=honest.shape))


def test_the_calibration_is_fitted_to_all_rows(too_sure):
    z, y = too_sure
    report = calibrate(y, logits=z, calibration="temperature")
    assert report.calibration.temperature_ == sm.TemperatureScaling().fit(z, y).temperature_


def test_before_is_what_was_given(too_sure):
    z, y = too_sure
    assert calibrate(y, logits=z, calibration="temperature").before == sm.assess(y, logits=z, interval=QUICK)


def test_after_is_of_fits_that_left_the_rows_out(too_sure):
    z, y = too_sure
    report = calibrate(y, logits=z, calibration="matrix")
    in_sample = sm.cross_entropy(report.calibration.transform(z), y)
    assert in_sample < report.after.log_loss.value < report.before.log_loss.value


@pytest.mark.parametrize("calibration", ["beta", sm.BetaCalibration()])
def test_a_kind_and_a_calibration_are_the_same(too_sure, calibration):
    z, y = too_sure
    report = calibrate(y, logits=z, calibration=calibration)
    expected = calibrate(y, logits=z, calibration="beta")
    assert report.calibration.to_state() == expected.calibration.to_state()
    assert report.after == expected.after


def test_a_calibration_that_is_passed_stays_unfitted(too_sure):
    z, y = too_sure
    mine = sm.TemperatureScaling()
    report = calibrate(y, logits=z, calibration=mine)
    assert report.calibration is not mine
    assert not hasattr(mine, "temperature_")


def test_probabilities_are_calibrated_as_probabilities(too_sure):
    z, y = too_sure
    by_logits = calibrate(y, logits=z, calibration="temperature")
    report = calibrate(y, probabilities=sm.softmax(z), calibration="temperature")
    assert isinstance(report.calibration, sm.ProbabilityCalibration)
    assert report.before.log_loss.value == pytest.approx(by_logits.before.log_loss.value, rel=1e-9)
    # Nearly: a row left out may have a smaller probability than those fitted to, and counts as the floor of theirs.
    assert report.after.log_loss.value == pytest.approx(by_logits.after.log_loss.value, rel=1e-5)


@pytest.mark.parametrize("word", ["logits", "probabilities"])
def test_one_sigmoid_per_row_is_measured_as_two_columns(rng, word):
    z = rng.normal(size=300) * 3
    y = (z / 2 + rng.logistic(size=300) > 0).astype(int)
    columns = np.stack([np.zeros(300), z], axis=1)
    one, two = (z, columns) if word == "logits" else (sm.sigmoid(z), sm.softmax(columns))
    of_one = calibrate(y, calibration="temperature", **{word: one})
    of_two = calibrate(y, calibration="temperature", **{word: two})
    assert of_one.after.log_loss.value == pytest.approx(of_two.after.log_loss.value, rel=1e-9)
    assert of_one.before.n_classes == 2


def test_few_rows_are_not_measured_after(rng):
    report = calibrate([0, 1, 1, 0], logits=rng.normal(size=(4, 2)), calibration="temperature")
    assert report.after is None
    assert "4 rows are too few to say how much better it is" in report.notes


def test_warnings_of_the_fit_are_notes_and_not_warnings():
    report = calibrate([0, 1] * 30, logits=[[5.0, 0.0], [0.0, 5.0]] * 30, calibration="temperature")
    assert any("temperature" in note for note in report.notes)


def test_the_random_state_deals_the_rows_left_out(too_sure):
    z, y = too_sure
    first, again, other = (
        calibrate(y, logits=z, calibration="vector", random_state=state).after for state in (0, 0, 1)
    )
    assert first == again
    assert first.log_loss != other.log_loss


def test_the_interval_is_that_of_both(too_sure):
    z, y = too_sure
    report = calibrate(y, logits=z, calibration="temperature", interval=Interval(confidence=0.8))
    assert report.before.confidence == report.after.confidence == 0.8


def test_progress_is_told_after_every_step(too_sure):
    z, y = too_sure
    told = []
    calibrate(y, logits=z, calibration="temperature", progress=told.append)
    assert told == [Progress("calibrating", done, 3, "steps") for done in (1, 2, 3)]


def test_a_report_can_be_read(too_sure):
    z, y = too_sure
    report = calibrate(y, logits=z)
    shown = str(report)
    assert "400 rows, 3 classes; 95 % intervals in brackets" in shown
    assert "the model was too sure of itself" in shown
    parts = sum(each.weight > 0.0 for each in report.calibration.contenders_)
    assert "rows left out" in shown
    width = max(len(each.name) for each in report.calibration.contenders_)
    for each in report.calibration.contenders_:
        assert f" {each.name:<{width}}  {each.loss:.4f}" in shown
    assert shown.count("\n  * ") == parts
    assert f"log loss (nats)     {report.before.log_loss}  " in shown
    assert str(report.after.log_loss) in shown


@pytest.mark.parametrize(("n_classes", "mixes"), [(2, False), (3, True)])
def test_only_what_is_in_a_map_is_said_of_it(n_classes, mixes, rng):
    z = 2 * rng.normal(size=(1500, n_classes))
    y = sm.argmax(np.where(z > 0, 0.3 * z, z) @ (np.eye(n_classes) + np.eye(n_classes, k=1)) + rng.gumbel(size=z.shape))
    calibration = sm.AutoCalibration().fit(z, y)
    words = said(calibration, False)
    assert ("mixed with the others" in words) is mixes is bool(len(calibration.calibration_.weights_))
    assert ("a curve that all classes share" in words) is bool(len(calibration.calibration_.knots_))


def test_a_choice_among_one_is_not_called_a_choice(too_sure):
    z, y = too_sure
    shown = str(calibrate(y[:15], logits=z[:15]))
    assert "too few rows differ to compare it with others" in shown
    assert "Compared" not in shown


def test_a_report_of_few_rows_can_be_read_too():
    shown = str(calibrate([0, 0, 0, 1], logits=[[2.0, 0.0]] * 4, calibration="temperature"))
    assert "! 4 rows are too few" in shown
    assert "after" not in shown


def test_a_report_is_a_value(too_sure):
    z, y = too_sure
    report = calibrate(y, logits=z, calibration="temperature")
    with pytest.raises(FrozenInstanceError):
        report.after = None


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ArgumentError, "exactly one of them"),
        ({"logits": [[0.0, 1.0]], "probabilities": [[0.5, 0.5]]}, ArgumentError, "exactly one of them"),
        ({"logits": [[0.0, 1.0]] * 3}, ShapeError, "at least one row"),
        ({"logits": [[0.0, 1.0]] * 2, "calibration": "temprature"}, ArgumentError, "did you mean 'temperature'"),
        ({"logits": [[0.0, 1.0]] * 2, "calibration": 3}, ArgumentError, "expected a Calibration or the name of a kind"),
        ({"logits": [[0.0, 1.0]] * 2, "random_state": -1}, ArgumentError, "random_state"),
        ({"probabilities": [[2.0, 1.0]] * 2}, ArgumentError, "rows that sum to 1"),
        (
            {"logits": [[0.0, 1.0]] * 2, "calibration": sm.ProbabilityCalibration(sm.TemperatureScaling())},
            ArgumentError,
            "pass probabilities=",
        ),
    ],
)
def test_what_does_not_fit_is_one_clear_error(arguments, error, message):
    with pytest.raises(error, match=message):
        calibrate([0, 1], **arguments)


def test_calibrate_may_still_change():
    assert is_provisional(pipeline.calibrate)


def test_calibrating_needs_numpy_only():
    code = (
        "import sys; import softargmax.pipeline as pipeline; "
        "pipeline.calibrate([0, 1, 1], logits=[[1.0, 0.0]] * 3, calibration='temperature'); "
        "print({m.split('.')[0] for m in sys.modules} & {'pyarrow', 'sklearn', 'scipy', 'rich', 'safetensors'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("word", ["logits", "probabilities"])
def test_two_classes_have_their_mean_probability_beside_the_share_of_the_second(word, rng):
    true = rng.normal(size=600) - 2.0
    y, p = (rng.random(600) < sm.sigmoid(true)).astype(int), sm.sigmoid(true + 0.8)
    report = calibrate(y, **{word: true + 0.8 if word == "logits" else p})
    means = report.mean_probability
    assert (means.share, means.before) == pytest.approx((y.mean(), p.mean()), rel=1e-9)
    assert abs(means.after - means.share) < 0.01 < means.before - means.share
    assert f"{means.share:.4f} of the rows, and its mean probability {means.before:.4f} before and" in str(report)


def test_more_than_two_classes_have_no_mean_probability(too_sure):
    report = calibrate(too_sure[1], logits=too_sure[0], calibration="temperature")
    assert report.mean_probability is None
    assert "second class is" not in str(report)
