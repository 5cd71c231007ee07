"""A damaged or hostile file is one clear error, quickly; nothing in it is executed, and it takes no memory it did not bring."""

import copy
import json
import os
import random
import resource
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

import softargmax as sm
from softargmax import artifact
from softargmax.artifact import serialise
from softargmax.exceptions import ArtifactError

FOLDERS = sorted((Path(__file__).parents[1] / "samples").glob("version-*"))
JSON = [path for folder in FOLDERS for path in sorted(folder.glob("*.json")) if path.stem != "expected"]
CONTAINERS = [path for folder in FOLDERS for path in sorted(folder.glob("*.softargmax"))]
# Fields that not every thing of a kind has.
OPTIONAL = {
    "classes",
    "clip",
    "conditional",
    "fills_afterwards",
    "free_ranks",
    "penalty",
    "random_state",
    "rounded_",
    "shares_from",
    "shift_",
}
# What may stand where something else was expected.
STRANGERS = (None, True, -1, 0, 1e308, 10**400, "x", "inf", [], [[]], {}, {"softargmax": "auto"}, [None], "\u0000" * 9)


def names(path):
    return f"{path.parent.name}-{path.name}"


def loads_or_is_refused(path):
    """Some damage does not show, as a changed digit; anything else has to be the one error."""
    try:
        sm.load(path)
    except ArtifactError as error:
        assert str(path) in str(error)  # noqa: PT017  (it need not be raised)


@pytest.mark.parametrize("sample", JSON + CONTAINERS, ids=names)
def test_a_truncated_file_is_refused(sample, tmp_path):
    whole = sample.read_bytes()
    for share in (0.0, 0.01, 0.2, 0.5, 0.9, 0.99):
        (tmp_path / "cut").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ArtifactError):
            sm.load(tmp_path / "cut")


@pytest.mark.parametrize("sample", JSON + CONTAINERS, ids=names)
def test_flipped_bytes_raise_nothing_else(sample, tmp_path):
    whole, draw = sample.read_bytes(), random.Random(0)
    for _ in range(40):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        (tmp_path / "flipped").write_bytes(damaged)
        loads_or_is_refused(tmp_path / "flipped")


@pytest.mark.parametrize("sample", CONTAINERS, ids=names)
def test_no_flipped_byte_of_a_container_goes_unnoticed(sample, tmp_path):
    whole, draw = sample.read_bytes(), random.Random(1)
    for _ in range(40):
        damaged = bytearray(whole)
        place = draw.randrange(len(damaged))
        damaged[place] ^= 1 << draw.randrange(8)
        (tmp_path / "flipped").write_bytes(damaged)
        with pytest.raises(ArtifactError):
            sm.load(tmp_path / "flipped")


def places(data, way=()):
    """Give the way to everything that lies in a JSON value."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*way, key)
        yield from places(value, (*way, key))


@pytest.mark.parametrize("sample", JSON, ids=names)
def test_a_stranger_in_any_place_raises_nothing_else(sample, tmp_path):
    draw = random.Random(2)
    written = sm.load(sample).to_state().to_json()
    for data in (written, json.loads(sample.read_text())):
        ways = list(places(data))
        for way in draw.sample(ways, min(25, len(ways))):
            for stranger in draw.sample(STRANGERS, 4):
                damaged = copy.deepcopy(data)
                inside = damaged
                for key in way[:-1]:
                    inside = inside[key]
                inside[way[-1]] = stranger
                (tmp_path / "strange").write_text(json.dumps(damaged))
                loads_or_is_refused(tmp_path / "strange")


@pytest.mark.parametrize("sample", JSON, ids=names)
def test_a_field_that_is_taken_away_is_refused(sample, tmp_path):
    data = sm.load(sample).to_state().to_json()
    for part in ("values", "arrays"):
        for field in set(data[part]) - OPTIONAL:
            damaged = copy.deepcopy(data)
            del damaged[part][field]
            (tmp_path / "less").write_text(json.dumps(damaged))
            with pytest.raises(ArtifactError, match=field):
                sm.load(tmp_path / "less")


def test_a_length_that_the_file_does_not_have_takes_no_memory(tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for length in (2**40, 2**25):
        header = b'{"x":{"dtype":"F64","shape":[1000000000],"data_offsets":[0,8000000000]}}'
        (tmp_path / "bomb").write_bytes(length.to_bytes(8, "little") + header)
        with pytest.raises(ArtifactError):
            sm.load(tmp_path / "bomb")
        (tmp_path / "bomb").write_bytes(len(header).to_bytes(8, "little") + header)
        with pytest.raises(ArtifactError):
            sm.load(tmp_path / "bomb")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # in kB


@pytest.mark.parametrize(
    ("kind", "part", "field"), [("vector", "arrays", "scale_"), ("class-labels", "values", "classes")]
)
def test_one_long_text_among_many_takes_no_memory(tmp_path, kind, part, field):
    long = ["a" * 100_000] + [f"b{number}" for number in range(100_000)]  # 40 GB as an array of NumPy's
    data = {"softargmax": kind, "format": 3, "version": 1, "values": {"labels": "text"}, "arrays": {}}
    if kind == "vector":
        logits = [[1.0, 0.0, 0.5], [0.0, 1.0, 0.2], [0.2, 0.0, 1.0]] * 9
        data = sm.VectorScaling().fit(logits, [0, 1, 2, 0, 1, 2, 1, 2, 0] * 3).to_state().to_json()
    data[part][field] = long
    (tmp_path / "long").write_text(json.dumps(data))
    with pytest.raises(ArtifactError, match="is damaged"):
        sm.load(tmp_path / "long")


@pytest.mark.parametrize("text", ["[" * 10**6, '{"a":' * 10**5, '{"softargmax":"auto","format":1' + "0" * 10**5 + "}"])
def test_a_deep_or_long_text_is_refused(tmp_path, text):
    (tmp_path / "deep").write_text(text)
    with pytest.raises(ArtifactError):
        sm.load(tmp_path / "deep")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArtifactError, match="got a folder, pipe or device"):
        sm.load(tmp_path / "pipe")


def test_a_link_in_a_circle_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "link")
    with pytest.raises(ArtifactError, match="there is none"):
        sm.load(tmp_path / "link")


def test_a_pickle_is_not_opened(tmp_path):
    (tmp_path / "evil").write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path / "ran").encode() + b"'\ntR.")
    with pytest.raises(ArtifactError):
        sm.load(tmp_path / "evil")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", '"\\ud800"', '{"a": 1, "a": 2}'])
@pytest.mark.parametrize("ending", ["json", "softargmax"])
def test_what_could_not_be_written_again_is_refused(tmp_path, value, ending):
    text = json.dumps(sm.ClassLabels.of(["a", "b"]).to_state().to_json())
    for held in ("0", value):  # a field that nobody asks for does no harm, where it can be written again
        described = text.replace('"values": {', f'"values": {{"more": {held}, ')
        content = described.encode() if ending == "json" else serialise({}, described)
        (tmp_path / f"x.{ending}").write_bytes(content)
        if held == "0":
            sm.load(tmp_path / f"x.{ending}")
    with pytest.raises(ArtifactError):
        sm.load(tmp_path / f"x.{ending}")


def test_a_container_that_shrinks_while_it_is_loaded_does_no_harm(tmp_path, monkeypatch):
    path = tmp_path / "x.softargmax"
    model = sm.VectorScaling().fit(
        [[1.0, 0.0, 0.5], [0.0, 1.0, 0.2], [0.2, 0.0, 1.0]] * 9, [0, 1, 2, 0, 1, 2, 1, 2, 0] * 3
    )
    model.save(path)

    def shrink(content):
        path.write_bytes(content[:100])
        return load(content)

    monkeypatch.setattr(artifact, "load", shrink)
    assert sm.load(path).to_state() == model.to_state()


def test_scores_of_a_former_version_that_no_row_can_have_are_refused(tmp_path):
    (sample,) = [path for path in CONTAINERS if path.name == "conformal-lac.softargmax"]
    arrays = load(sample.read_bytes())
    arrays["finer_scores"] = np.where(np.arange(len(arrays["scores"])) == 41, -1.0, arrays["finer_scores"])
    text, _ = artifact._contents(sample)
    (tmp_path / "x.softargmax").write_bytes(serialise(arrays, text.partition(" ")[2]))
    with pytest.raises(ArtifactError, match="finer_scores: expected numbers that a score can have"):
        sm.load(tmp_path / "x.softargmax")
