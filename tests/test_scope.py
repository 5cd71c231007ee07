"""How much is public: the gate that a new name has to pass.

A new public name starts in its submodule, marked `provisional`; CONTRIBUTING.md says what it must have.
"""

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import softargmax as sm
from softargmax._renamed import is_provisional

PACKAGE = Path(sm.__file__).parent
STUBS = sorted(PACKAGE.rglob("__init__.pyi"))

# What public functions give back or are built from: imported in order to annotate with it, seldom called.
RESULTS = {
    "decisions": {"SelectiveQuality", "SetQuality", "TopK"},
    "pipeline": {"CalibrationReport", "Evaluation", "FitOptions", "FitPlan", "FitRecord", "Importance", "Split"},
    "responses": {"LogBounds", "ServedTokens"},
}


def test_at_most_70_names_stand_in_the_root():
    assert len(sm.__all__) <= 70


def public_names():
    for package in ("calibration", "decisions", "labels", "models", "pipeline", "probabilities", "responses"):
        module = __import__(f"softargmax.{package}", fromlist=["__all__"])
        yield from ((package, name) for name in getattr(module, "__all__", []))


@pytest.mark.parametrize(("package", "name"), sorted(public_names()))
def test_a_public_name_is_in_the_root_or_provisional(package, name):
    thing = getattr(__import__(f"softargmax.{package}", fromlist=[name]), name)
    assert name in sm.__all__ or name in RESULTS.get(package, ()) or is_provisional(thing)


@pytest.mark.parametrize("name", sm.__all__)
def test_nothing_in_the_root_is_provisional(name):
    assert not is_provisional(getattr(sm, name))


def public_functions():
    """Give the functions of the root and of metrics, and the methods and properties of their classes."""
    for name in sm.__all__ + sm.metrics.__all__:
        thing = getattr(sm, name, None) or getattr(sm.metrics, name)
        yield name, thing
        for key, value in vars(thing).items() if inspect.isclass(thing) else ():
            if not key.startswith("_"):
                yield f"{name}.{key}", getattr(value, "__func__", getattr(value, "fget", value))


@pytest.mark.parametrize(
    ("name", "function"),
    # What a file holds, only the file knows: `load` gives anything, as json.load does.
    [(name, thing) for name, thing in public_functions() if inspect.isfunction(thing) and name != "load"],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_public_says_what_it_gives(name, function):
    assert inspect.signature(function).return_annotation not in (Any, "Any", inspect.Signature.empty)


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.parent.name)
def test_a_stub_of_names_holds_one_name_to_a_line(stub):
    (block,) = [node for node in ast.parse(stub.read_text()).body if isinstance(node, ast.If)]
    for node in block.body:
        assert isinstance(node, ast.ImportFrom), ast.unparse(node)
        assert node.level == 1
        assert node.lineno == node.end_lineno
        assert [alias.name for alias in node.names] == [alias.asname for alias in node.names]


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.parent.name)
def test_a_stub_of_names_names_what_there_is(stub):
    if stub.parent.name in ("torch", "jax", "keras", "dask"):
        os.environ.setdefault("KERAS_BACKEND", "torch")
        pytest.importorskip(stub.parent.name)  # which are not always there
    package = ".".join(stub.parent.relative_to(PACKAGE.parent).parts)
    module = __import__(package, fromlist=["__all__"])
    named = [
        alias.name
        for node in ast.walk(ast.parse(stub.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    ]
    assert sorted(named) == module.__all__ == dir(module)
    for name in named:
        thing = getattr(module, name)
        assert inspect.ismodule(thing) or thing.__name__ == name


@pytest.mark.parametrize("name", ["calibration", "decisions", "metrics", "models", "pipeline"])
def test_a_stage_is_there_without_an_import_of_its_own(name):
    code = f"import softargmax as sm; print(sm.{name}.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"softargmax.{name}\n"
