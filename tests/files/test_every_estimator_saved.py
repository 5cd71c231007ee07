"""A walk over everything that learns: one set of words for saving, the same bits afterwards, and no way in for a file."""

import ast
import dataclasses
import importlib
import importlib.util
import inspect
import resource
import warnings
from pathlib import Path

import numpy as np
import pytest

import softargmax as sm
from softargmax import kinds
from softargmax._saved import write_file
from softargmax._state import State
from softargmax.exceptions import ArtifactError, SoftargmaxError, UnsupportedError

PACKAGE = Path(sm.__file__).parent
WORDS = ("to_state", "from_state", "save", "load")


def made():
    """What tests/samples/make.py makes of every kind: its name, itself, a method, and what that is given and how."""
    place = importlib.util.spec_from_file_location("make", PACKAGE.parents[1] / "tests" / "samples" / "make.py")
    make = importlib.util.module_from_spec(place)
    place.loader.exec_module(make)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: (*asked, {}) if len(asked) == 3 else tuple(asked) for name, *asked in make.things()}


THINGS = made()


def classes_that_fit():
    """Give every public class that has `fit`, of the rooms that learn; bases that cannot be made are none."""
    for room in ("", ".calibration", ".decisions", ".models", ".pipeline"):
        module = importlib.import_module(f"softargmax{room}")
        for thing in (getattr(module, name) for name in module.__all__):
            if inspect.isclass(thing) and hasattr(thing, "fit") and not inspect.isabstract(thing):
                yield thing


def equal(first, second):
    if isinstance(first, list):
        return len(first) == len(second) and all(map(equal, first, second))
    first, second = np.asarray(first), np.asarray(second)
    return first.dtype == second.dtype and first.tobytes() == second.tobytes()


def test_whatever_fits_is_saved_in_the_same_words_or_says_what_to_save():
    saved = {kinds.class_of(kind) for kind in kinds.KINDS}
    learners = set(classes_that_fit())
    # What these two learned is a thing of its own, which is saved: a calibration, a model of tables.
    assert learners - saved == {sm.CalibratedModel, sm.TableClassifier}
    assert {sm.SoftmaxMLP, sm.ConformalClassifier, sm.SelectiveClassifier, sm.TemperatureScaling} <= learners
    for thing in saved:
        assert all(callable(getattr(thing, word)) for word in WORDS)


def test_what_is_made_is_of_every_kind():
    assert {thing.to_state().kind for thing, *_ in THINGS.values()} | {"table-classifier"} == set(kinds.KINDS)


@pytest.mark.parametrize("carrier", ["it.json", "it.softargmax"])
@pytest.mark.parametrize("name", sorted(THINGS))
def test_what_is_loaded_gives_the_same_bits(name, carrier, tmp_path):
    thing, method, given, words = THINGS[name]
    thing.save(tmp_path / carrier)
    for again in (sm.load(tmp_path / carrier), type(thing).load(tmp_path / carrier)):
        assert type(again) is type(thing)
        assert equal(getattr(again, method)(given, **words), getattr(thing, method)(given, **words))


def table():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=120).round(3), rng.integers(2, size=120)
    return {"x": (x + y).tolist(), "colour": rng.choice(["red", "blue"], 120).tolist(), "kind": y.tolist()}


@pytest.mark.parametrize("model", ["mlp", "ensemble"])
def test_a_model_of_tables_gives_the_same_bits(model, tmp_path):
    rows = table()
    fitted = sm.TableClassifier(model=model, max_epochs=3, random_state=0).fit(rows, target="kind")
    fitted.save(tmp_path / "m.softargmax")
    for again in (sm.load(tmp_path / "m.softargmax"), type(fitted.model_).load(tmp_path / "m.softargmax")):
        assert equal(again.predict_proba(rows), fitted.predict_proba(rows))


def test_the_calibration_of_a_model_of_another_library_gives_the_same_bits(tmp_path):
    from sklearn.naive_bayes import GaussianNB

    rng = np.random.default_rng(5)
    y = rng.integers(3, size=200)
    X = rng.normal(size=(200, 3)) + y[:, np.newaxis]
    model = sm.CalibratedModel(GaussianNB(), sm.TemperatureScaling()).fit(X, y)
    with pytest.raises(UnsupportedError, match=r"calibration_\.save\(path\)"):
        model.save(tmp_path / "m.json")
    model.calibration_.save(tmp_path / "c.json")
    given = model.estimator_.predict_proba(X)
    again = sm.load(tmp_path / "c.json")
    assert equal(again.predict_proba(given), model.calibration_.predict_proba(given))


def states_in(value, put):
    """Give every state in a value, and how a whole is made with another in its place."""
    if isinstance(value, State):
        yield value, put
        for name, item in value.values.items():
            yield from states_in(
                item,
                lambda new, name=name: put(dataclasses.replace(value, values={**value.values, name: new})),
            )
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from states_in(item, lambda new, place=place: put([*value[:place], new, *value[place + 1 :]]))


WRONG_ARRAYS = {
    "complex": lambda array: array.astype(np.complex128) if array.dtype.kind in "iuf" else array + 1j,
    "text": lambda array: array.astype(str),
    "objects": lambda array: array.astype(object),
    "one axis more": lambda array: array[np.newaxis],
    "no axis": lambda array: np.zeros((), array.dtype),
    "twice as long": lambda array: np.concatenate([array, array]) if array.ndim else np.stack([array, array]),
    "NaN": lambda array: np.full(array.shape, np.nan),
}
COUNTS = (2**31, 2**62, 10**400, -(2**31))


def outcome(state, name):
    """Rebuild a thing from a damaged state, and ask it what the whole one is asked: the one error, or an answer."""
    _, method, given, words = THINGS[name]
    try:
        again = kinds.from_state(state)
        getattr(again, method)(given, **words)
    except SoftargmaxError:  # rows that have not so many columns as the file says are refused in other words
        return "refused"
    return "answers"


@pytest.mark.parametrize("name", sorted(THINGS))
def test_arrays_of_another_type_rank_or_length_are_refused(name):
    for state, put in states_in(THINGS[name][0].to_state(), lambda new: new):
        for field, array in state.arrays.items():
            for wrong, change in WRONG_ARRAYS.items():
                if wrong == "NaN" and array.size == 0:
                    continue
                changed = put(dataclasses.replace(state, arrays={**state.arrays, field: change(np.asarray(array))}))
                said = outcome(changed, name)
                # An array that others are as long as may be longer, if it says all that the rest needs.
                assert said == "refused" or wrong == "twice as long", (state.kind, field, wrong)


@pytest.mark.parametrize("name", sorted(THINGS))
def test_huge_counts_are_refused_or_take_no_memory(name):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for state, put in states_in(THINGS[name][0].to_state(), lambda new: new):
        for field, value in state.values.items():
            if isinstance(value, int) and not isinstance(value, bool):
                for count in COUNTS:
                    outcome(put(dataclasses.replace(state, values={**state.values, field: count})), name)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # in kB


@pytest.mark.parametrize("name", sorted(THINGS))
def test_files_that_are_cut_or_edited_raise_one_error(name, tmp_path):
    thing, *_ = THINGS[name]
    for file in ("it.json", "it.softargmax"):
        thing.save(tmp_path / file)
        whole = (tmp_path / file).read_bytes()
        for part in (0, 1, 7, 8, 9, len(whole) // 3, len(whole) // 2, len(whole) - 2):
            (tmp_path / "cut").write_bytes(whole[:part])
            with pytest.raises(ArtifactError, match="cut: "):
                sm.load(tmp_path / "cut")
    state = thing.to_state()
    write_file(tmp_path / "more.softargmax", dataclasses.replace(state, version=state.version + 100))
    with pytest.raises(ArtifactError, match="upgrade"):
        sm.load(tmp_path / "more.softargmax")


def imported_in(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_no_module_of_ours_can_read_or_write_a_pickle_but_those_that_talk_to_a_cluster():
    names = {
        name.partition(".")[0]
        for path in PACKAGE.rglob("*.py")
        if path.parent != PACKAGE / "dask"  # tasks go to workers as Dask sends them
        for name in imported_in(path)
    }
    assert "json" in names
    assert not names & {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
