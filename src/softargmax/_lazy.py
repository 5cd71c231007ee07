"""Public names that are imported when they are first used (PEP 562, SPEC 1)."""

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from softargmax._renamed import gone_names
from softargmax.exceptions import MissingDependencyError

# What to install when a third-party module is missing.
_EXTRA_OF = {
    "sklearn": "learn",
    "scipy": "learn",
    "threadpoolctl": "learn",
    "cyclopts": "cli",
    "rich": "cli",
    "pyarrow": "cli",
    "python_calamine": "cli",
    "safetensors": "cli",
    "matplotlib": "plot",
    "onnx": "onnx",
    "torch": "torch",
    "jax": "jax",
    "keras": "keras",
    "dask": "dask",
    "distributed": "dask",
}


def missing_dependency(error: ModuleNotFoundError) -> MissingDependencyError | None:
    """Make the error that names the extra which brings the module that was not found; None if no extra does."""
    module = (error.name or "").partition(".")[0]
    if module not in _EXTRA_OF:
        return None
    return MissingDependencyError(
        f'this needs {module}, which is not installed; run: python -m pip install "softargmax[{_EXTRA_OF[module]}]"'
    )


def load(module: str) -> Any:
    """Import a module that is not always there.

    Raises
    ------
    MissingDependencyError
        Naming the extra that brings what is missing.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        problem = missing_dependency(error)
        if problem is None:
            raise
        raise problem from error


def attach_stub(
    package: str, file: str, gone: dict[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make ``__getattr__``, ``__dir__`` and ``__all__`` for a package whose names live in submodules.

    Which name lives where says the ``__init__.pyi`` beside the package's ``__init__.py``, so a name stands in one file,
    for the interpreter and for type checkers. Only lines of the form ``from .submodule import name as name`` are read,
    by hand: the parser of `ast` would take four times as long, at every import.

    Parameters
    ----------
    package, file : str
        ``__name__`` and ``__file__`` of the package.
    gone : dict, optional
        For every name that the package had before, what to write now.
    """
    home = _names_in(os.path.splitext(file)[0] + ".pyi")
    public = sorted(home)
    refuse = gone_names(package, gone or {})

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name not in home:
            return refuse(name)
        module = load(f"{package}.{home[name]}")
        value = module if home[name] == name else getattr(module, name)
        # Found at once from now on: this function costs more than a small softmax.
        vars(sys.modules[package])[name] = value
        return value

    def __dir__() -> list[str]:  # noqa: N807
        return public

    return __getattr__, __dir__, public


def _names_in(stub: str) -> dict[str, str]:
    """Give the names in a stub, each with its submodule."""
    home = {}
    with open(stub, encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if words[:1] == ["from"] and words[1].startswith("."):
                _, module, _, name, _, _ = words
                home[name] = module[1:] or name  # "from . import metrics as metrics" is a submodule itself
    return home
