"""What the types promise is what comes."""

import runpy
import types
import typing
from pathlib import Path

import numpy as np
import pytest

FILES = sorted(file for file in Path(__file__).parent.glob("*.py") if not file.name.startswith("test_"))


def keeps(value, promised) -> bool:
    """Tell whether a value is of a type, arrays with their dtype."""
    origin, arguments = typing.get_origin(promised), typing.get_args(promised)
    if origin in (typing.Union, types.UnionType):
        return any(keeps(value, one) for one in arguments)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return isinstance(value, tuple) and all(map(keeps, value, arguments))
    if origin is np.ndarray:
        (dtype,) = typing.get_args(arguments[1])
        return isinstance(value, np.ndarray) and (dtype is typing.Any or np.issubdtype(value.dtype, dtype))
    if promised is None:
        return value is None
    return isinstance(value, origin or promised)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_the_types_say_is_what_comes(file, monkeypatch):
    asked = []

    def assert_type(value, promised):
        asked.append(value)
        assert keeps(value, promised), f"the types say {promised}, and {value!r} came"
        return value

    monkeypatch.setattr(typing, "assert_type", assert_type)
    runpy.run_path(str(file))
    assert asked


@pytest.mark.parametrize(
    ("value", "promised"),
    [
        (np.float32(1.0), np.float64),
        (np.zeros(2, np.float32), np.typing.NDArray[np.float64]),
        (np.float64(1.0), np.typing.NDArray[np.float64]),
        ((np.zeros(2), 1), tuple[np.typing.NDArray[np.float64], np.float64]),
        (1, np.float64 | np.typing.NDArray[np.float64]),
    ],
)
def test_what_does_not_keep_its_type_is_seen(value, promised):
    assert not keeps(value, promised)
