"""The house rules that a machine can keep."""

import ast
import inspect
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import softargmax as sm
from imports import House, circles, room_of

PACKAGE = Path(sm.__file__).parent

# Who may import whom: imports run one way, as ARCHITECTURE.md says.
# What travels through the house, and what every stage may use.
FLOOR = {
    "exceptions",
    "_words",
    "_options",
    "_arrays",
    "_libraries",
    "_codes",
    "_simplex",
    "_logits",
    "_binomial",
    "_estimate",
    "_groups",
    "_isotonic",
    "_parameters",
    "_renamed",
    "_progress",
    "_engine",
    "_merge_tree",
    "_moments",
    "_deal",
    "_state",
    "_fields",
    "_saved",
    "kinds",
}
LAYERS = {
    "exceptions": set(),
    "_lazy": {"exceptions", "_renamed"},
    "_renamed": {"exceptions"},
    "_atomic": {"exceptions"},
    "_words": set(),
    "_options": {"exceptions", "_words"},
    "_arrays": {"exceptions", "_kernels"},
    "_array_names": set(),
    "_libraries": {"exceptions", "_array_names", "_arrays"},
    "_codes": {"exceptions", "_arrays"},
    "_simplex": {"exceptions", "_arrays"},
    "_logits": {"exceptions", "_arrays", "_codes", "_simplex"},
    "_binomial": set(),
    "_estimate": {"exceptions", "_arrays", "_binomial", "_options", "_renamed"},
    "_groups": {"exceptions", "_arrays"},
    "_isotonic": {"_arrays"},
    "_parameters": {"exceptions", "_renamed", "_words"},
    "_progress": set(),
    "_threads": {"_kernels"},
    "_merge_tree": set(),
    "_engine": {"exceptions", "_kernels", "_merge_tree", "_progress", "_threads"},
    "_ahead": {"_engine", "_threads"},
    "_moments": {"_arrays", "_engine"},
    "_deal": {"exceptions", "_arrays", "_options"},
    "_state": {"exceptions"},
    "_fields": {"exceptions", "_arrays", "_state"},
    "_saved": {"exceptions", "_atomic", "_lazy", "_state", "artifact"},
    "kinds": {"exceptions", "_lazy", "_saved", "_state", "_words"},
    "_kernels": set(),
    "_drawing": set(),
    "_headers": {"_kernels"},
    "responses": {"exceptions", "_arrays", "_lazy", "_renamed", "_words"},
    "_interrupts": set(),
    "_settings": {"exceptions", "_interrupts", "_kernels", "_options"},
    "_versions": {"_settings"},
    "decisions": {*FLOOR, "_row_hash", "_kernels", "_lazy", "probabilities"},
    "probabilities": {*FLOOR, "_kernels"},
    "labels": {*FLOOR, "probabilities"},
    "_scikit_learn": {"exceptions"},
    "_cholesky": {"_arrays"},
    "_row_hash": {"_arrays"},
    "_descent": {"_arrays"},
    "models": {*FLOOR, "_threads", "_kernels", "_descent", "_scikit_learn", "_lazy", "probabilities", "labels"},
    "calibration": {
        *FLOOR,
        "_kernels",
        "_atomic",
        "_lazy",
        "_cholesky",
        "_row_hash",
        "_descent",
        "responses",
        "_scikit_learn",
        "_drawing",
        "probabilities",
        "labels",
    },
    "metrics": {*FLOOR, "_row_hash", "_kernels", "_drawing", "probabilities"},
    "tables": {*FLOOR, "_atomic", "_lazy", "_row_hash", "labels"},
    "artifact": {"exceptions", "_arrays", "_atomic", "_state"},
    "pipeline": {
        *FLOOR,
        "_drawing",
        "_ahead",
        "_atomic",
        "_row_hash",
        "_lazy",
        "_scikit_learn",
        "probabilities",
        "labels",
        "models",
        "calibration",
        "decisions",
        "metrics",
        "tables",
        "artifact",
    },
    "report": {*FLOOR, "_atomic", "_drawing", "_lazy", "calibration", "metrics", "pipeline", "tables"},
    "onnx": {*FLOOR, "_atomic", "_lazy", "probabilities", "calibration", "models", "tables"},
    "networks": {*FLOOR, "_lazy", "probabilities", "decisions"},
    "torch": {*FLOOR, "_kernels", "_lazy", "probabilities", "calibration"},
    "jax": {*FLOOR, "_kernels", "_lazy", "probabilities"},
    "keras": {*FLOOR, "_lazy", "calibration", "torch", "jax"},
    "dask": {*FLOOR, "_lazy", "probabilities", "metrics", "models"},
    "displays": {*FLOOR, "_drawing", "_lazy", "responses", "labels", "metrics", "pipeline", "report"},
    "cli": {*FLOOR, "probabilities", "_atomic", "calibration", "metrics", "pipeline", "report", "onnx", "tables"},
    "__main__": {"_interrupts", "_lazy", "cli"},
}


HOUSE = House()


@pytest.mark.parametrize("module", sorted(set(HOUSE.files) - {"softargmax"}))
def test_imports_run_one_way(module):
    room = room_of(module)
    allowed = LAYERS[room] | {room, "__init__"}
    found = {room_of(target) for target in HOUSE.imports(module, types=True)}
    assert found <= allowed, f"{room} may import {sorted(LAYERS[room])} only"


def test_nobody_imports_the_whole_package():
    imports = {module: [n for n in ast.walk(tree) if isinstance(n, ast.Import)] for module, tree in HOUSE.trees.items()}
    whole = {module for module, nodes in imports.items() for n in nodes if "softargmax" in {a.name for a in n.names}}
    assert whole == set()


def test_one_table_names_modules_that_it_does_not_import():
    # What a file of any kind is read by is known only when the file is there; everybody else imports what they need.
    assert {module for module in HOUSE.files if HOUSE.named(module)} == {"softargmax.kinds"}


def test_no_file_imports_itself_through_others():
    assert circles(HOUSE.arrows()) == []


def test_no_room_imports_itself_through_others():
    assert circles(HOUSE.rooms()) == []


def test_the_table_of_imports_has_no_circle():
    assert circles(LAYERS) == []


@pytest.mark.parametrize(
    "text",
    [
        "from softargmax import b",
        "import softargmax.b",
        "import softargmax\nsoftargmax.b.f()",
        "import softargmax as sm\nsm.f()",
        "from softargmax import f",
        "def late():\n    from softargmax.b import f",
        "def late():\n    import softargmax\n    return softargmax.f()",
        "def late():\n    return load('softargmax.b').f()",
        "import importlib\nimportlib.import_module('softargmax.b')",
    ],
)
def test_an_import_is_seen_however_it_is_written(tmp_path, text):
    (tmp_path / "softargmax").mkdir()
    (tmp_path / "softargmax/__init__.py").write_text("if TYPE_CHECKING:\n    from softargmax.b import f as f\n")
    (tmp_path / "softargmax/a.py").write_text(text)
    (tmp_path / "softargmax/b.py").write_text("import softargmax.a")
    house = House(tmp_path / "softargmax")
    assert "softargmax.b" in house.imports("softargmax.a")
    assert circles(house.arrows()) == [["softargmax.a", "softargmax.b"]]


def test_what_only_a_type_checker_imports_makes_no_circle(tmp_path):
    (tmp_path / "softargmax").mkdir()
    (tmp_path / "softargmax/__init__.py").write_text("")
    (tmp_path / "softargmax/a.py").write_text("if TYPE_CHECKING:\n    from softargmax import b\n")
    (tmp_path / "softargmax/b.py").write_text("from softargmax.a import c")
    house = House(tmp_path / "softargmax")
    assert house.imports("softargmax.a") == set()
    assert house.imports("softargmax.a", types=True) == {"softargmax.b"}
    assert circles(house.arrows()) == []


def test_no_file_is_longer_than_400_lines():
    sources = [*PACKAGE.rglob("*.py"), *(PACKAGE.parents[1] / "cpp").glob("*pp")]
    assert {file.name for file in sources if len(file.read_text().splitlines()) > 400} == set()


def twice(names):
    return {name for name, count in Counter(names).items() if count > 1}


def test_no_class_has_the_name_of_another():
    classes = [node for tree in HOUSE.trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    # What derives from ours may keep its name: an error that scikit-learn's name catches too, an estimator for a cluster.
    own = [node.name for node in classes if not any(ast.unparse(b).endswith(f".{node.name}") for b in node.bases)]
    assert twice(own) == set()


def test_no_file_has_the_name_of_another():
    assert twice(file.name for file in HOUSE.files.values() if file.stem != "__init__") == set()


def test_no_test_file_has_the_name_of_another():
    assert twice(file.name for file in Path(__file__).parent.rglob("test_*.py")) == set()


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_import_loads_nothing_but_numpy_and_the_extension():
    code = (
        "import sys, numpy; before = set(sys.modules); import softargmax; "
        "new = set(sys.modules) - before; print(sorted(n for n in new if not n.startswith('softargmax')))"
    )
    standard = {name for name in ast.literal_eval(python(code)) if name.split(".")[0] not in sys.stdlib_module_names}
    assert standard == set()


@pytest.mark.parametrize(
    "name", ["softmax", "TemperatureScaling", "ConformalClassifier", "metrics", "ClassLabels", "exceptions"]
)
def test_the_core_needs_numpy_only(name):
    code = f"import sys, softargmax; softargmax.{name}; print(sorted({{m.split('.')[0] for m in sys.modules}}))"
    loaded = set(ast.literal_eval(python(code)))
    assert not loaded & {"scipy", "sklearn", "pyarrow", "rich", "cyclopts", "safetensors", "pandas"}


def test_predict_and_inspect_need_no_scikit_learn():
    code = (
        "import sys, softargmax.cli, softargmax.pipeline.table_model, softargmax.report.console, softargmax.artifact; "
        "print(sorted({m.split('.')[0] for m in sys.modules}))"
    )
    assert not set(ast.literal_eval(python(code))) & {"scipy", "sklearn"}


def test_all_is_what_is_public():
    assert sorted(sm.__all__) == sm.__all__ == dir(sm)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="softmaxx"):
        sm.softmaxx  # noqa: B018


def public_objects():
    yield from ((name, getattr(sm, name)) for name in sm.__all__ if not inspect.ismodule(getattr(sm, name)))
    yield from ((f"metrics.{name}", getattr(sm.metrics, name)) for name in sm.metrics.__all__)


@pytest.mark.parametrize(
    ("name", "thing"), list(public_objects()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_everything_public_is_documented(name, thing):
    doc = inspect.getdoc(thing)
    assert doc, name
    if inspect.isfunction(thing):
        for section in ("Parameters", "Returns", "Raises", "See Also", "Examples"):
            assert f"{section}\n----" in doc, f"{name} has no {section}"
        for parameter in inspect.signature(thing).parameters:
            assert parameter in doc, f"{name} does not describe {parameter}"


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda f: str(f.relative_to(PACKAGE)))
def test_formulas_in_docstrings_have_single_backslashes(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            doubled = re.findall(r"\\\\[A-Za-z].*", ast.get_docstring(node) or "")
            assert not doubled, f"{file}: help() would show {doubled}"


def test_the_stub_of_the_extension_is_up_to_date(tmp_path):
    stub = tmp_path / "_kernels.pyi"
    command = [sys.executable, "-m", "nanobind.stubgen", "-q", "-m", "softargmax._kernels", "-o", str(stub)]
    subprocess.run(command, check=True, capture_output=True)
    assert ast.dump(ast.parse(stub.read_text())) == ast.dump(ast.parse((PACKAGE / "_kernels.pyi").read_text()))


def test_a_missing_extra_is_named():
    code = (
        "import sys; sys.modules['sklearn'] = None; import softargmax\n"
        "try: softargmax.SoftmaxMLP\n"
        "except softargmax.exceptions.MissingDependencyError as error: print(error)"
    )
    assert 'pip install "softargmax[learn]"' in python(code)


def test_the_exception_tree_is_the_one_that_is_drawn():
    drawn = sm.exceptions.__doc__
    for name, thing in vars(sm.exceptions).items():
        if inspect.isclass(thing):
            assert name in drawn
            assert issubclass(thing, sm.exceptions.SoftargmaxError | sm.exceptions.SoftargmaxWarning)


def test_versions_agree():
    from importlib.metadata import version

    assert version("softargmax") == sm.__version__


@pytest.mark.parametrize(
    ("operands", "error", "message"),
    [
        ({"out": np.zeros((2, 2))}, ValueError, "out does not have the shape of x"),
        ({"out": np.zeros((2, 3)), "temperature": np.ones(3)}, ValueError, "temperature"),
        ({"out": np.zeros((2, 3)), "where": [True]}, TypeError, "where is not an array"),
        ({"out": np.zeros((2, 3), complex)}, TypeError, "out: not numbers"),
        ({"out": np.zeros((2, 3)), "class_weight": np.ones(2)}, ValueError, "class_weight"),
    ],
)
def test_kernels_refuse_what_does_not_fit(operands, error, message):
    from softargmax import _kernels

    with pytest.raises(error, match=message):
        _kernels.run(_kernels.Function.softmax, np.zeros((2, 3)), **operands)


def test_kernels_refuse_an_array_without_a_class_axis():
    from softargmax import _kernels

    with pytest.raises(ValueError, match="class axis"):
        _kernels.run(_kernels.Function.sigmoid, np.zeros(()), out=np.zeros(()))
