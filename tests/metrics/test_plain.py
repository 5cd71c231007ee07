"""What was measured as plain data and back."""

import copy
import dataclasses
import json
import pickle

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArtifactError
from softargmax.metrics._plain import Plain

FEW = metrics.Interval(n_resamples=50)


@pytest.fixture(scope="module")
def measured():
    rng = np.random.default_rng(8)
    z, y = rng.normal(size=(60, 3)) * 2, rng.integers(0, 3, size=60)
    options = {"logits": z, "interval": FEW}
    impossible = {"probabilities": [[1.0, 0.0], [1.0, 0.0]], "interval": FEW}
    return {
        "assessment": sm.assess(y, **options),
        "assessment of an infinite loss": sm.assess([0, 1], **impossible),
        "comparison": sm.compare(y, logits=(z, z / 2), interval=FEW),
        "comparison of infinite losses": sm.compare([0, 1], probabilities=(impossible["probabilities"],) * 2),
        "scores": metrics.scores(y, **options),
        "decomposition": metrics.decompose(y, **options),
        "reliability curve": metrics.reliability_curve(y, **options),
        "isotonic curve": metrics.reliability_curve(y, binning="isotonic", **options),
        "risk and coverage": metrics.risk_coverage(y, **options),
    }


NAMES = [
    "assessment",
    "assessment of an infinite loss",
    "comparison",
    "comparison of infinite losses",
    "scores",
    "decomposition",
    "reliability curve",
    "isotonic curve",
    "risk and coverage",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_value_comes_back_from_strict_json(measured, name):
    value = measured[name]
    text = json.dumps(value.to_dict(), allow_nan=False)
    back = type(value).from_dict(json.loads(text))
    assert back == value
    assert hash(back) == hash(value)
    assert str(back) == str(value)
    assert json.dumps(back.to_dict(), allow_nan=False) == text
    assert pickle.loads(pickle.dumps(value)) == value


def test_an_infinite_loss_comes_back(measured):
    back = metrics.Assessment.from_dict(measured["assessment of an infinite loss"].to_dict())
    assert back.log_loss.value == back.log_loss.high == np.inf


def test_a_loss_that_is_not_known_is_equal_to_itself():
    sure, other = [[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]
    found = sm.compare([0, 1], probabilities=(sure, other), interval=FEW)
    assert np.isnan(found.log_loss.value)
    assert metrics.Comparison.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert found == sm.compare([0, 1], probabilities=(sure, other), interval=FEW)


def leaves(value):
    if dataclasses.is_dataclass(value):
        value = tuple(getattr(value, field.name) for field in dataclasses.fields(value))
    if isinstance(value, tuple):
        for one in value:
            yield from leaves(one)
    else:
        yield value


@pytest.mark.parametrize("name", ["assessment", "assessment of an infinite loss", "comparison"])
def test_it_holds_numbers_and_text_and_nothing_else(measured, name):
    assert {type(leaf) for leaf in leaves(measured[name])} - {type(None)} == {int, float, str}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_was_measured_can_be_changed(measured, name):
    with pytest.raises(dataclasses.FrozenInstanceError):
        measured[name].n = 3


def test_values_that_differ_are_not_equal(measured):
    one = measured["assessment"]
    assert one != dataclasses.replace(one, k=one.k + 1)
    assert one != measured["comparison"]
    curve = measured["reliability curve"]
    assert curve != dataclasses.replace(curve, frequency=curve.frequency[::-1])


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("assessment", lambda d: d.pop("aurc"), r"Assessment\.aurc: this field is missing"),
        ("assessment", lambda d: d.update(auroc=1), r"Assessment\.auroc: this field is not known"),
        ("assessment", lambda d: d["log_loss"].update(value="x"), r"Assessment\.log_loss\.value: expected a number"),
        ("assessment", lambda d: d["kuiper"].update(n=1.5), r"Assessment\.kuiper\.n: expected an integer, got 1\.5"),
        ("assessment", lambda d: d.update(n=True), r"Assessment\.n: expected an integer, got True"),
        ("assessment", lambda d: d.update(aurc=3), r"Assessment\.aurc: expected a dictionary, got 3"),
        ("assessment", lambda d: d["aurc"].update(method=None), r"Assessment\.aurc\.method: expected text"),
        (
            "assessment",
            lambda d: d["log_loss_decomposition"]["refinement"].pop("low"),
            r"Assessment\.log_loss_decomposition\.refinement\.low: this field is missing",
        ),
        ("comparison", lambda d: d["first"].pop("accuracy"), r"Comparison\.first\.accuracy: this field is missing"),
        ("reliability curve", lambda d: d.update(share=0.5), r"ReliabilityCurve\.share: expected a list"),
        ("risk and coverage", lambda d: d["risk"].append(None), r"RiskCoverage\.risk: expected a number, got None"),
    ],
)
def test_damaged_data_is_refused_by_the_name_of_its_field(measured, name, damage, message):
    data = copy.deepcopy(measured[name].to_dict())
    damage(data)
    with pytest.raises(ArtifactError, match=message):
        type(measured[name]).from_dict(data)


def test_what_is_no_dictionary_is_refused():
    with pytest.raises(ArtifactError, match="Assessment: expected a dictionary"):
        metrics.Assessment.from_dict([1, 2])


def test_estimates_of_older_files_need_no_method(measured):
    data = copy.deepcopy(measured["scores"].to_dict())
    del data["accuracy"]["method"]
    assert metrics.Scores.from_dict(data).accuracy.method == ""


@dataclasses.dataclass(frozen=True, eq=False)
class Named(Plain):
    names: tuple[str, ...]
    estimates: tuple[metrics.Estimate, ...] | None = None


@pytest.mark.parametrize(
    "value", [Named(("a", "b")), Named((), (metrics.Estimate(np.nan, -np.inf, np.inf, 0.9, 3),))], ids=["none", "some"]
)
def test_tuples_and_what_was_not_measured_come_back(value):
    back = Named.from_dict(json.loads(json.dumps(value.to_dict(), allow_nan=False)))
    assert back == value
    assert type(back.names) is tuple
