import json
import tracemalloc

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import softargmax as sm
from softargmax import __version__, artifact
from softargmax._state import FORMAT, State
from softargmax.artifact import read_artifact, serialise, write_artifact
from softargmax.exceptions import ArtifactError
from softargmax.pipeline.saving import VERSION

SCALE, PARAMETERS = "members/0/scale", "members/0/parameters"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    rows = "".join(f"{i % 7},{'abc'[i % 3]},{i % 2}\n" for i in range(90))
    (folder / "t.csv").write_text("x,color,y\n" + rows)
    fitted = sm.TableClassifier("mlp", max_epochs=2).fit(folder / "t.csv", target="y").model_
    fitted.save(folder / "m.softargmax")
    return fitted, folder / "m.softargmax"


def description(path):
    with safe_open(path, framework="numpy") as file:
        return json.loads(file.metadata()["softargmax"].partition(" ")[2])


@pytest.fixture
def tampered(model, tmp_path):
    """Write the model again with its description or arrays changed, and give the path."""

    def tamper(change, change_head=lambda head: None):
        path = tmp_path / "tampered.softargmax"
        head, arrays = description(model[1]), load_file(model[1])
        change(head["values"], arrays)
        change_head(head)
        path.write_bytes(serialise(arrays, json.dumps(head)))
        return path

    return tamper


def test_a_model_survives_its_file(model):
    fitted, path = model
    loaded = sm.TableModel.load(path)
    assert loaded.schema == fitted.schema
    assert loaded.record == fitted.record
    assert loaded.calibration.to_state() == fitted.calibration.to_state()
    assert np.array_equal(loaded.members[0].network.flat, fitted.members[0].network.flat)
    X = np.random.default_rng(0).normal(size=(20, fitted.schema.n_features)).astype(np.float32)
    assert np.array_equal(loaded.logits(X), fitted.logits(X))


def test_a_file_that_does_not_say_how_intervals_were_made_still_loads(tampered):
    def forget(metadata, _):
        for scores in (metadata["record"]["before"], metadata["record"]["after"]):
            for score in scores.values():
                if isinstance(score, dict):  # an estimate, and not a word about them
                    score.pop("method", None)

    loaded = sm.TableModel.load(tampered(forget))
    assert loaded.record.after.log_loss.method == ""


def test_the_file_is_plain_safetensors_with_plain_json(model):
    arrays = load_file(model[1])
    assert {name.rpartition("/")[2] for name in arrays} == {"mean", "scale", "parameters", "numbers"}
    head = description(model[1])
    assert (head["softargmax"], head["format"], head["library"]) == ("table-classifier", FORMAT, __version__)
    assert head["values"]["schema"]["classes"] == {"kind": "integers", "values": [0, 1]}


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_a_clear_error(model, tmp_path, share):
    whole = model[1].read_bytes()
    (tmp_path / "cut").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ArtifactError, match="truncated or foreign"):
        sm.TableModel.load(tmp_path / "cut")


@pytest.mark.parametrize("content", [b"hello", b"\x80\x04K\x01.", b"PAR1" * 10, bytes(100)])
def test_a_foreign_file_is_a_clear_error(tmp_path, content):
    (tmp_path / "foreign").write_bytes(content)
    with pytest.raises(ArtifactError, match="foreign"):
        sm.TableModel.load(tmp_path / "foreign")


def test_another_safetensors_file_is_a_clear_error(tmp_path):
    save_file({"w": np.zeros(3)}, tmp_path / "other")
    with pytest.raises(ArtifactError, match="another safetensors file"):
        sm.TableModel.load(tmp_path / "other")


@pytest.mark.parametrize("is_tensors", [False, True])
def test_a_large_foreign_file_is_refused_by_its_beginning(tmp_path, is_tensors):
    path, n_bytes = tmp_path / "m.softargmax", 1 << 24
    if is_tensors:
        save_file({"w": np.zeros(n_bytes, np.int8)}, path)
    else:
        path.write_bytes(bytes(n_bytes))
    tracemalloc.start()
    try:
        with pytest.raises(ArtifactError):
            read_artifact(path)
        assert tracemalloc.get_traced_memory()[1] < n_bytes // 16
    finally:
        tracemalloc.stop()


def test_a_newer_file_says_to_upgrade(tampered):
    path = tampered(lambda *_: None, lambda head: head.update(format=FORMAT + 1, library="9.9"))
    with pytest.raises(ArtifactError, match=r"by softargmax 9.9 in format 4; .* upgrade softargmax"):
        sm.TableModel.load(path)


def test_a_newer_version_of_the_kind_says_to_upgrade(tampered):
    path = tampered(lambda *_: None, lambda head: head.update(version=VERSION + 1))
    with pytest.raises(ArtifactError, match=rf"version {VERSION + 1} of 'table-classifier'; .* upgrade softargmax"):
        sm.TableModel.load(path)


@pytest.mark.parametrize("field", ["format", "softargmax", "version", "values"])
def test_a_description_without_its_head_is_a_clear_error(tampered, field):
    with pytest.raises(ArtifactError, match=r"damaged|something else"):
        sm.TableModel.load(tampered(lambda *_: None, lambda head: head.pop(field)))


@pytest.mark.parametrize(
    "change",
    [
        lambda m, a: m.pop("schema"),
        lambda m, a: m.update(weights=[-1.0]),
        lambda m, a: m.update(weights=[1.0, 1.0]),
        lambda m, a: m.update(members=[]),
        lambda m, a: m["members"][0].update(softargmax="magic"),
        lambda m, a: m.update(notes=[{"code": "x"}]),
        lambda m, a: m["schema"]["classes"].update(values=[1, 0]),
        lambda m, a: m["schema"]["classes"].update(kind="text"),
        lambda m, a: m["schema"]["classes"].update(values=[0, 1, 2]),
        lambda m, a: m["schema"]["columns"].pop(),
        lambda m, a: m["schema"]["columns"][0]["encoder"].update(kind="pickle"),
        lambda m, a: m["schema"]["columns"][0]["encoder"].update(extra=1),
        lambda m, a: m["schema"]["columns"][0]["encoder"].update(mean="nan"),
        lambda m, a: m["schema"]["columns"][1]["encoder"].update(levels=[1, 2, 3]),
        lambda m, a: m["members"][0]["values"]["network"].update(layer_sizes=[]),
        lambda m, a: m["members"][0]["values"]["network"].update(layer_sizes=[4, 10**9, 1]),
        lambda m, a: m["members"][0]["values"]["network"].update(clip="x"),
        lambda m, a: m["calibration"]["values"].update(temperature_=-1.0),
        lambda m, a: m.update(calibration={"method": "temperature", "temperature": -1.0}),
        lambda m, a: m["calibration"]["values"].update(n_logits=3),
        lambda m, a: m["calibration"].update(softargmax="magic"),
        lambda m, a: m["reading"].update(delimiter=3),
        lambda m, a: m["record"].update(rows=3),
        lambda m, a: m["record"].update(after={"accuracy": {}}),
        lambda m, a: m["reading"].update(delimiter=""),
        lambda m, a: m["reading"].update(header="maybe"),
        lambda m, a: m["record"].update(class_counts=[1]),
        lambda m, a: m["record"].update(n_iter=float("inf")),
        lambda m, a: m["record"]["after"]["accuracy"].update(value=None),
        lambda m, a: m["schema"]["columns"][0]["encoder"].update(scale=0.0),
        lambda m, a: m["schema"]["columns"][0]["encoder"].update(flags_missing="no"),
        lambda m, a: m["members"][0]["values"]["network"].update(clip=0),
        lambda m, a: m["members"][0]["values"]["network"].update(clip=float("nan")),
        lambda m, a: a.update({SCALE: 0 * a[SCALE]}),
        lambda m, a: m.update(schema=None),
        lambda m, a: a.pop(PARAMETERS),
        lambda m, a: a.update({PARAMETERS: a[PARAMETERS][:-1]}),
        lambda m, a: a.update({PARAMETERS: a[PARAMETERS] * np.nan}),
        lambda m, a: a.update({SCALE: a[SCALE].astype(np.int64)}),
    ],
)
def test_a_file_that_contradicts_itself_is_a_clear_error(tampered, change):
    with pytest.raises(ArtifactError, match="damaged"):
        sm.TableModel.load(tampered(change))


def test_a_file_edited_by_hand_is_noticed(model, tmp_path):
    content = model[1].read_bytes()
    for old, new in [(rb"\"x\"", rb"\"z\""), (content[-8:], bytes(8))]:
        assert old in content
        (tmp_path / "edited").write_bytes(content.replace(old, new))
        with pytest.raises(ArtifactError, match="checksum"):
            sm.TableModel.load(tmp_path / "edited")


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"format": 1' + "0" * 5000 + "}", "[]", "3"])
def test_a_description_that_is_not_json_is_a_clear_error(tmp_path, text):
    save_file({"w": np.zeros(3)}, tmp_path / "bad", {"softargmax": f"digest {text}"})
    with pytest.raises(ArtifactError, match="cannot be read"):
        sm.TableModel.load(tmp_path / "bad")


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m"
    write_artifact(path, State("x", 1, {"n": 1}, {"w": np.zeros(3)}))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifact, "serialise", full)
    with pytest.raises(ArtifactError, match="No space left on device"):
        write_artifact(path, State("x", 1, {"n": 2}, {"w": np.zeros(3)}))
    assert read_artifact(path).values["n"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["m"]


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_artifact(tmp_path / "link", State("x", 1, {}, {"w": np.zeros(3)}))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").is_file()


def test_a_file_that_could_not_be_read_again_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(artifact, "_LONGEST", 1000)
    (tmp_path / "m.softargmax").write_text("older")
    with pytest.raises(ArtifactError, match=r"more than 1000 bytes, .*; use JSON"):
        write_artifact(tmp_path / "m.softargmax", State("temperature", 1, {"notes": ["a" * 2000]}))
    assert (tmp_path / "m.softargmax").read_text() == "older"


@pytest.mark.parametrize(
    ("named", "renamed"),
    [('"shape":[2,3]', '"shape":[3,2]'), ('"shape":[2,3]', '"shape":[6,1]'), ('"dtype":"F64"', '"dtype":"I64"')],
)
def test_a_shape_or_kind_of_number_that_was_changed_is_noticed(tmp_path, named, renamed):
    """The bytes of the array are the same: only its description differs."""
    path = tmp_path / "m.softargmax"
    write_artifact(path, State("thing", 1, {"a": 1}, {"w": np.arange(6.0).reshape(2, 3)}))
    content = path.read_bytes()
    assert read_artifact(path).arrays["w"].shape == (2, 3)
    assert content.count(named.encode()) == 1
    path.write_bytes(content.replace(named.encode(), renamed.encode()))
    with pytest.raises(ArtifactError, match=r"checksum|changed|damaged"):
        read_artifact(path)
