"""What a decision has learned travels as data: the same sets and answers come back, or an error that names the field."""

import json
import warnings
from fractions import Fraction

import numpy as np
import pytest

import softargmax as sm
from softargmax import kinds
from softargmax._state import State
from softargmax.exceptions import ArtifactError, CalibrationWarning, NotFittedError

GROUPS = {
    "text": np.array(["easy", "hard", "much harder"]),
    "integer": np.array([-3, 0, 1 << 60]),
    "unsigned": np.array([0, 1, (1 << 64) - 1], np.uint64),
    "number": np.array([0.1, -np.inf, 3.0]),
    "float32": np.array([0.1, 0.7, 3.0], np.float32),
    "boolean": np.array([True, False, True]),
}
OPTIONS = [
    {},
    {"score": "lac", "allow_empty": True, "confidence": 0.8},
    {"score": "raps", "random_state": 1 << 70},
    {"score": "saps", "penalty": 0.3},
    {"score": "margin", "randomized": False, "confidence": Fraction(2, 3)},
    {"score": "top_k", "conditional": "class", "rare": "pool"},
    {"conditional": "cluster", "n_clusters": 2},
]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(11)
    z = rng.normal(size=(900, 5)) * 3
    y = (z + 2 * rng.gumbel(size=z.shape)).argmax(axis=1)
    z[:20][np.arange(20), y[:20]] = -np.inf  # true classes that were ruled out, and certain ones
    z[20:30] = np.where(np.arange(5) == 2, 0.0, -np.inf)
    y[20:30] = 2
    return z[:600], y[:600], z[600:], y[600:]


def carried(fitted, carrier, folder):
    """Send it through memory, a JSON file or a container of arrays."""
    if carrier == "state":
        return type(fitted).from_state(fitted.to_state())
    path = folder / f"it.{carrier}"
    fitted.save(path)
    return sm.load(path)


@pytest.mark.parametrize("carrier", ["state", "json", "safetensors"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_loaded_sets_are_the_same_to_the_last_bit(rows, options, carrier, tmp_path):
    z, y, new_z, new_y = rows
    weight = np.random.default_rng(0).random(600)
    conformal = sm.ConformalClassifier(**options).fit(z, y, sample_weight=weight)
    loaded = carried(conformal, carrier, tmp_path)
    for _ in range(2):
        assert np.array_equal(loaded.predict_set(new_z), conformal.predict_set(new_z))
        assert loaded.p_values(new_z).tobytes() == conformal.p_values(new_z).tobytes()
        assert loaded.thresholds_.tobytes() == conformal.thresholds_.tobytes()
        assert str(loaded.evaluate(new_z, new_y)) == str(conformal.evaluate(new_z, new_y))
        conformal.update(new_z[:100], new_y[:100])
        loaded.update(new_z[:100], new_y[:100])
    for name in ("rare_classes_", "clusters_", "n_classes_", "n_calibration_"):
        assert np.array_equal(getattr(loaded, name), getattr(conformal, name))


@pytest.mark.parametrize("kind", list(GROUPS))
@pytest.mark.parametrize("carrier", ["state", "json", "safetensors"])
def test_groups_of_every_kind_come_back(rows, kind, carrier, tmp_path):
    z, y, new_z, new_y = rows
    groups = GROUPS[kind][np.arange(600) % 3]
    conformal = sm.ConformalClassifier().fit(z, y, groups=groups)
    loaded = carried(conformal, carrier, tmp_path)
    assert loaded.groups_.tolist() == conformal.groups_.tolist()
    new_groups = groups[:300]
    assert np.array_equal(loaded.predict_set(new_z, groups=new_groups), conformal.predict_set(new_z, groups=new_groups))
    loaded.update(new_z, new_y, groups=new_groups)
    conformal.update(new_z, new_y, groups=new_groups)
    assert loaded.thresholds_.tobytes() == conformal.thresholds_.tobytes()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_parameters_come_back_as_they_were_given(rows, options):
    conformal = sm.ConformalClassifier(**options).fit(*rows[:2])
    loaded = sm.ConformalClassifier.from_state(conformal.to_state())
    assert loaded.get_params() == conformal.get_params()


def test_what_was_set_since_the_fit_comes_back_as_far_as_it_counts(rows):
    z, y, new_z, _ = rows
    conformal = sm.ConformalClassifier("aps", confidence=0.8).fit(z, y)
    conformal.set_params(confidence=0.95, allow_empty=True, score="lac", conditional="class")
    loaded = sm.ConformalClassifier.from_state(conformal.to_state())
    assert (loaded.confidence, loaded.allow_empty, loaded.score) == (0.95, False, "aps")
    assert loaded.threshold_ == conformal.threshold_  # that of the fit, at 0.8
    assert np.array_equal(loaded.predict_set(new_z), conformal.predict_set(new_z))


def test_a_generator_is_kept_as_the_number_that_was_drawn(rows):
    z, y, new_z, _ = rows
    conformal = sm.ConformalClassifier(random_state=np.random.default_rng(3)).fit(z, y)
    loaded = sm.ConformalClassifier.from_state(conformal.to_state())
    assert np.array_equal(loaded.clone().fit(z, y).predict_set(new_z), conformal.predict_set(new_z))


def test_loading_says_nothing_of_too_few_rows_again(rows):
    with pytest.warns(CalibrationWarning):
        conformal = sm.ConformalClassifier().fit(rows[0][:5], rows[1][:5])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sm.ConformalClassifier.from_state(conformal.to_state()).threshold_ == np.inf


@pytest.mark.parametrize("carrier", ["state", "json", "safetensors"])
@pytest.mark.parametrize("score", ["top_probability", "margin", "entropy"])
def test_loaded_answers_are_the_same(rows, score, carrier, tmp_path):
    z, y, new_z, new_y = rows
    selective = sm.SelectiveClassifier(0.3, confidence=0.9, score=score, random_state=4).fit(z, y)
    loaded = carried(selective, carrier, tmp_path)
    assert np.array_equal(loaded.predict(new_z), selective.predict(new_z))
    assert loaded.evaluate(new_z, new_y) == selective.evaluate(new_z, new_y)
    assert loaded.get_params() == selective.get_params()
    for name in ("threshold_", "coverage_", "error_rate_", "risk_bound_", "n_classes_", "n_calibration_"):
        assert getattr(loaded, name) == getattr(selective, name)


def test_what_answers_everything_and_what_answers_nothing_come_back(rows, tmp_path):
    z = np.abs(rows[0][100:500])
    certain = sm.SelectiveClassifier(0.05).fit(z, z.argmax(axis=1))
    assert carried(certain, "json", tmp_path).accepts(np.zeros((2, 5))).all()
    with pytest.warns(CalibrationWarning):
        silent = sm.SelectiveClassifier(0.05).fit(z[:50], z[:50].argmax(axis=1))
    loaded = carried(silent, "json", tmp_path)
    assert not loaded.accepts(z).any()
    assert np.isnan([loaded.threshold_, loaded.error_rate_, loaded.risk_bound_]).all()


def test_a_generator_of_a_selective_classifier_is_left_out(rows):
    selective = sm.SelectiveClassifier(0.3, random_state=np.random.default_rng(1)).fit(*rows[:2])
    assert "random_state" not in selective.to_state().values
    assert sm.SelectiveClassifier.from_state(selective.to_state()).random_state == 0


@pytest.mark.parametrize("new", [sm.ConformalClassifier(), sm.SelectiveClassifier()])
def test_there_is_nothing_to_save_before_fit(new, tmp_path):
    with pytest.raises(NotFittedError, match="call fit"):
        new.save(tmp_path / "it.json")
    assert list(tmp_path.iterdir()) == []


def states(rows):
    z, y, _, _ = rows
    grouped = sm.ConformalClassifier().fit(z, y, groups=np.arange(600) % 3)
    clustered = sm.ConformalClassifier(conditional="cluster", n_clusters=2).fit(z, y)
    selective = sm.SelectiveClassifier(0.3).fit(z, y)
    return {"grouped": grouped.to_state(), "clustered": clustered.to_state(), "selective": selective.to_state()}


@pytest.mark.parametrize("which", ["grouped", "clustered", "selective"])
def test_every_field_is_missed(rows, which):
    state = states(rows)[which]
    for name in [*state.values, *state.arrays]:
        values = {key: value for key, value in state.values.items() if key != name}
        arrays = {key: value for key, value in state.arrays.items() if key != name}
        if name in {"grouped": {"n_clusters"}, "clustered": {"n_clusters"}, "selective": {"random_state"}}[which]:
            continue  # it may be missing
        with pytest.raises(ArtifactError, match=r"is damaged: .*(expected|clusters)"):
            kinds.from_state(State(state.kind, state.version, values, arrays))


@pytest.mark.parametrize("which", ["grouped", "clustered", "selective"])
def test_no_field_may_hold_something_else(rows, which):
    state = states(rows)[which]
    for wrong in ([], {}, "nonsense", -7, 1e308, True, [["a"]], np.zeros((2, 2)), np.full(600, np.nan)):
        for name in state.values:
            changed = State(state.kind, state.version, {**state.values, name: wrong}, state.arrays)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                refused_or_whole(changed, rows)
        for name in state.arrays:
            with pytest.raises(ArtifactError, match="is damaged"):
                kinds.from_state(State(state.kind, state.version, state.values, {**state.arrays, name: wrong}))


def refused_or_whole(state, rows):
    """A changed value is refused, or it is another option (True for a flag): then the rest works."""
    try:
        loaded = kinds.from_state(state)
    except ArtifactError as error:
        assert "is damaged" in str(error)  # noqa: PT017
        return
    loaded.predict(rows[2])


@pytest.mark.parametrize(
    ("which", "changes", "message"),
    [
        ("grouped", {"codes": np.full(600, 5)}, "codes: expected codes between 0 and 4, got 5"),
        ("grouped", {"row_groups": np.full(600, 3)}, "groups: expected distinct labels, and a place among them"),
        ("grouped", {"groups": ["1", "1", "2"]}, "groups: expected distinct labels"),
        ("grouped", {"groups": ["1", "x", "2"]}, "invalid literal for int"),
        ("grouped", {"group_type": None}, "expected group_type, groups and row_groups, or none"),
        ("grouped", {"weight": np.zeros(600)}, "weight: expected at least one weight"),
        (
            "grouped",
            {"scores": np.full(600, np.inf), "finer_scores": np.zeros(600)},
            "expected infinite ones where a score is",
        ),
        ("grouped", {"confidence": "1e999999999"}, "confidence: expected a fraction such as 9/10, got '1e999999999'"),
        ("grouped", {"confidence": "10/10"}, "confidence: expected a number > 0 and < 1"),
        ("grouped", {"confidence_at_fit": "1/0"}, "confidence"),
        ("grouped", {"n_classes": 1 << 26}, "groups times classes at most"),
        ("grouped", {"conditional": "cluster"}, "groups: expected none with conditional"),
        ("clustered", {"clusters": np.full(5, 5)}, "clusters: expected the number of a cluster for every class"),
        ("clustered", {"clusters": np.zeros(4)}, "clusters: expected"),
        ("clustered", {"conditional": None}, "clusters: expected clusters and clustered_by with conditional"),
        ("clustered", {"penalty": 1e9}, "penalty: expected a number"),
        ("selective", {"n_errors": 1 << 20}, "n_errors: expected no more errors than answers"),
        ("selective", {"cut": None}, "cut: expected where rows are answered"),
        ("selective", {"risk": 1.0}, "risk: expected a number"),
    ],
)
def test_fields_must_go_together(rows, which, changes, message):
    state = states(rows)[which]
    arrays = {name: changes.get(name, value) for name, value in state.arrays.items()}
    values = {**state.values, **{name: value for name, value in changes.items() if name not in state.arrays}}
    with pytest.raises(ArtifactError, match=f"is damaged: .*{message}"):
        kinds.from_state(State(state.kind, state.version, values, arrays))


@pytest.mark.parametrize("which", ["grouped", "selective"])
def test_a_newer_version_and_another_kind_are_refused(rows, which):
    state = states(rows)[which]
    with pytest.raises(ArtifactError, match=r"version \d of .*upgrade softargmax"):
        kinds.from_state(State(state.kind, state.version + 1, state.values, state.arrays))
    for other in (sm.ConformalClassifier, sm.SelectiveClassifier):
        if kinds.class_of(state.kind) is not other:
            with pytest.raises(ArtifactError, match="expected .* of kind"):
                other.from_state(state)


def test_a_file_holds_no_logits(rows, tmp_path):
    sm.ConformalClassifier().fit(*rows[:2]).save(tmp_path / "it.json")
    data = json.loads((tmp_path / "it.json").read_text())
    assert all(len(np.shape(array)) == 1 for array in data["arrays"].values())


def test_clusters_are_those_of_the_file_and_not_found_again(rows):
    state = sm.ConformalClassifier(conditional="cluster", n_clusters=2).fit(*rows[:2]).to_state()
    swapped = np.array([0, 1, 0, 1, 0]) if state.arrays["clusters"].tolist() != [0, 1, 0, 1, 0] else np.zeros(5)
    changed = State(state.kind, state.version, state.values, {**state.arrays, "clusters": swapped})
    assert np.array_equal(kinds.from_state(changed).clusters_, swapped)


@pytest.mark.parametrize("score", ["raps", "saps"])
def test_what_was_left_at_its_default_is_so_after_loading(score, tmp_path):
    rng = np.random.default_rng(5)
    z, y = rng.normal(size=(200, 4)), rng.integers(4, size=200)
    for given in ({}, {"penalty": 0.03}):
        before = sm.ConformalClassifier(score, **given).fit(z, y)
        before.save(tmp_path / "sets.json")
        after = sm.load(tmp_path / "sets.json")
        assert after.get_params() == before.get_params()
        assert np.array_equal(after.predict_set(z), before.predict_set(z))
