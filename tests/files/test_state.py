"""A state means the same in both carriers, and every field of it is checked when it comes back."""

import json
import math

import numpy as np
import pytest

import softargmax as sm
from softargmax import _fields, kinds
from softargmax._fields import (
    ArrayField,
    FlagField,
    IntegerField,
    RealField,
    StateField,
    StatesField,
    TablesField,
    TextField,
    TextsField,
    fields_of,
    state_of,
    text_array,
)
from softargmax._saved import read_file, write_file
from softargmax._state import FORMAT, State
from softargmax.exceptions import ArtifactError

FIELDS = {
    "rate": RealField(low=0.0, high=1.0, open_high=True),
    "threshold": RealField(infinite=True),
    "count": IntegerField(low=1),
    "sure": FlagField(),
    "name": TextField(("a", "b")),
    "labels": TextsField("K"),
    "weights": ArrayField("", "K"),
    "codes": ArrayField("n", dtype=np.int64, low=0),
    "curves": TablesField(2),
    "inner": StateField(),
    "others": StatesField(),
    "note": TextField(optional=True),
}
INNER = State("temperature", 1, {"temperature_": 2.5}, {"x": np.array([1.0, 2.0])})
VALUES = {
    "rate": 0.1,
    "threshold": math.inf,
    "count": 3,
    "sure": True,
    "name": "b",
    "labels": ("x", "y"),
    "weights": np.array([[0.1, 0.2], [0.3, -math.pi]]),
    "codes": np.array([0, 5, 2**40]),
    "curves": [np.array([[1.0, 2.0]]), np.empty((0, 2))],
    "inner": INNER,
    "others": [INNER, State("vector", 2, {"inner": INNER})],
}
STATE = state_of("thing", 1, FIELDS, VALUES)


@pytest.mark.parametrize("name", ["s.json", "s.softargmax", "s.safetensors", "no-ending"])
def test_a_state_is_the_same_after_either_carrier(tmp_path, name):
    write_file(tmp_path / name, STATE)
    again = fields_of(read_file(tmp_path / name), FIELDS, newest=1)
    assert again.pop("note") is None
    assert again.keys() == VALUES.keys()
    for field, value in VALUES.items():
        if field == "curves":
            assert all(np.array_equal(a, b) for a, b in zip(again[field], value, strict=True))
        elif isinstance(value, np.ndarray):
            assert again[field].dtype == value.dtype
            assert np.array_equal(again[field], value)
        elif field not in ("inner", "others"):
            assert again[field] == value
    assert again["inner"].values["temperature_"] == 2.5
    assert np.array_equal(again["inner"].arrays["x"], [1.0, 2.0])
    assert np.array_equal(again["others"][1].values["inner"].arrays["x"], [1.0, 2.0])


def test_the_json_file_can_be_read_by_people(tmp_path):
    write_file(tmp_path / "s.json", STATE)
    data = json.loads((tmp_path / "s.json").read_text())
    assert (data["softargmax"], data["format"], data["version"]) == ("thing", FORMAT, 1)
    assert data["arrays"]["weights"] == VALUES["weights"].tolist()
    assert data["values"]["threshold"] == "inf"


def test_nan_is_not_written(tmp_path):
    with pytest.raises(ArtifactError, match="NaN cannot be kept"):
        write_file(tmp_path / "s.json", State("thing", 1, {"rate": math.nan}))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rate", 1.0),
        ("rate", -0.1),
        ("rate", True),
        ("rate", "0.5"),
        ("rate", None),
        ("rate", "inf"),
        ("rate", 10**400),
        ("count", 0),
        ("count", 1.0),
        ("count", True),
        ("count", 2**80),
        ("sure", 1),
        ("name", "c"),
        ("name", 3),
        ("labels", ["x"]),
        ("labels", "xy"),
        ("labels", ["x", 3]),
        ("curves", [[[1.0]]]),
        ("curves", [3]),
        ("curves", {"a": 1}),
        ("inner", {"temperature_": 2.5}),
        ("others", [INNER, 3]),
        ("note", 3),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_named(field, value):
    broken = State("thing", 1, {**STATE.values, field: value}, STATE.arrays)
    with pytest.raises(ArtifactError, match=f"the state of 'thing' is damaged: {field}: "):
        fields_of(broken, FIELDS, newest=1, K=2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weights", [[1.0, 2.0], [3.0]]),
        ("weights", [1.0, 2.0]),
        ("weights", [[1.0, 2.0, 3.0]]),
        ("weights", [["a", "b"]]),
        ("weights", [[1.0, "inf"]]),
        ("weights", np.array([[1.0, np.nan]])),
        ("weights", np.array([[1j, 2j]])),
        ("weights", np.array([[True, False]])),
        ("weights", {"a": 1}),
        ("weights", None),
        ("weights", np.empty((0, 3))),
        ("codes", [-1]),
        ("codes", [0.5]),
        ("codes", [2**70]),
    ],
)
def test_an_array_that_does_not_fit_its_field_is_named(field, value):
    broken = State("thing", 1, STATE.values, {**STATE.arrays, field: value})
    with pytest.raises(ArtifactError, match=f"the state of 'thing' is damaged: {field}: "):
        fields_of(broken, FIELDS, newest=1, K=2)


def test_a_field_that_is_missing_is_named():
    values = {name: value for name, value in STATE.values.items() if name != "count"}
    with pytest.raises(ArtifactError, match="count: expected, but it is not there"):
        fields_of(State("thing", 1, values, STATE.arrays), FIELDS, newest=1)


@pytest.mark.parametrize("version", [0, 2, -1])
def test_another_version_of_a_kind_says_to_upgrade(version):
    with pytest.raises(ArtifactError, match=rf"version {version} of 'thing'; .*up to 1: upgrade"):
        fields_of(State("thing", version), FIELDS, newest=1)


@pytest.mark.parametrize(
    "text", ["[]", "3", "null", "{}", '{"softargmax": 3}', "{", "", "[" * 100_000, '{"a":1,"a":2}']
)
def test_json_that_is_no_state_is_refused(tmp_path, text):
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(ArtifactError, match="s.json: "):
        sm.load(tmp_path / "s.json")


def test_states_in_each_other_have_an_end(tmp_path):
    data = INNER.to_json(outermost=False)
    for _ in range(20):
        data = {"softargmax": "auto", "version": 1, "values": {"calibration_": data}, "arrays": {}}
    (tmp_path / "s.json").write_text(json.dumps({**data, "format": FORMAT}))
    with pytest.raises(ArtifactError, match="at most 16 deep"):
        sm.load(tmp_path / "s.json")


def test_a_file_that_is_not_there_a_folder_and_another_kind_are_refused(tmp_path):
    with pytest.raises(ArtifactError, match="there is none"):
        sm.load(tmp_path / "missing")
    with pytest.raises(ArtifactError, match="got a folder"):
        sm.load(tmp_path)
    write_file(tmp_path / "s.json", State("tempreature", 1))
    with pytest.raises(ArtifactError, match="unknown kind 'tempreature'; did you mean 'temperature'"):
        sm.load(tmp_path / "s.json")


@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
def test_every_kind_names_a_class_that_is_there(kind):
    thing = kinds.class_of(kind)
    assert callable(thing.from_state)
    assert callable(thing.to_state)


@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
def test_an_empty_state_of_any_kind_is_damaged(kind):
    with pytest.raises(ArtifactError):
        kinds.from_state(State(kind, 1))


def test_an_infinite_parameter_of_a_calibration_comes_back_as_a_number(tmp_path):
    logits, y = [[1.0, 0.0, 0.5], [0.0, 1.0, 0.2], [0.3, 0.1, 1.0]] * 9, [0, 1, 2, 0, 1, 2, 1, 2, 0] * 3
    state = sm.VectorScaling().fit(logits, y).to_state()
    values = {**state.values, "parameters": {"C": math.inf}}
    write_file(tmp_path / "s.json", State(state.kind, state.version, values, state.arrays))
    found = sm.load(tmp_path / "s.json").C
    assert isinstance(found, float)
    assert math.isinf(found)


def test_texts_take_no_more_memory_than_the_longest_times_their_number_may(monkeypatch):
    monkeypatch.setattr(_fields, "_MOST_CHARACTERS", 6)
    assert text_array(["abc", "d"]).tolist() == ["abc", "d"]
    for texts in (["abcd", "d"], ["abc", "d", "e"]):
        with pytest.raises(ValueError, match="texts of a few words"):
            text_array(texts)
