"""What was measured as plain data and back: dictionaries, lists, numbers and text, for a file or another program.

JSON has no infinity and no NaN, while a loss may be infinite and its interval unknown: they are written as the texts
"inf", "-inf" and "nan".
"""

import math
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, ClassVar, Self

import numpy as np

from softargmax.exceptions import ArtifactError

_NOT_FINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


class Plain:
    """A frozen dataclass of numbers, text, tuples, arrays and other dataclasses.

    Two are equal if their plain data is: unlike floats, NaN equals NaN here, for "not known" is one thing.
    """

    # Properties that `to_dict` writes for the reader's sake and `from_dict` takes no notice of.
    also_written: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give dictionaries, lists, numbers and text, as JSON has them; infinity and NaN are texts."""
        return {**plain(self), **{name: getattr(self, name) for name in self.also_written}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], /) -> Self:
        """Bring back what `to_dict` gave, an equal value.

        Raises
        ------
        ArtifactError
            For a field that is missing, unknown or of another type; it is named.
        """
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if name not in cls.also_written}
        return typing.cast(Self, _rebuilt(cls, data, cls.__name__))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and plain(self) == plain(other)

    def __hash__(self) -> int:
        return hash(repr(plain(self)))


def plain(value: Any) -> Any:
    """Take a value apart into dictionaries, lists, numbers and text."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | np.ndarray):
        return [plain(one) for one in (value if isinstance(value, tuple) else value.tolist())]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    return value


def _rebuilt(hint: Any, data: Any, place: str) -> Any:
    """Make a value of the annotated type, or say where the data does not fit."""
    if isinstance(hint, type) and is_dataclass(hint):
        return _rebuilt_fields(hint, data, place)
    if typing.get_origin(hint) is np.ndarray:
        return np.array([_rebuilt(float, one, place) for one in _as_list(data, place)])
    if typing.get_origin(hint) is tuple:
        return tuple(_rebuilt(typing.get_args(hint)[0], one, place) for one in _as_list(data, place))
    if typing.get_origin(hint) is types.UnionType:  # something | None
        return None if data is None else _rebuilt(typing.get_args(hint)[0], data, place)
    if hint is float and isinstance(data, str) and data in _NOT_FINITE:
        return _NOT_FINITE[data]
    kinds = {float: (float, int), int: (int,), str: (str,)}[hint]
    if not isinstance(data, kinds) or isinstance(data, bool):
        words = {float: "a number", int: "an integer", str: "text"}[hint]
        raise ArtifactError(f"{place}: expected {words}, got {data!r}")
    return hint(data)


def _rebuilt_fields(kind: type, data: Any, place: str) -> Any:
    if not isinstance(data, Mapping):
        raise ArtifactError(f"{place}: expected a dictionary, got {data!r}")
    hints = typing.get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}
    for name in data:
        if name not in known:
            raise ArtifactError(f"{place}.{name}: this field is not known; it was perhaps written by a newer version")
    for name, field in known.items():
        if name not in data and field.default is MISSING:
            raise ArtifactError(f"{place}.{name}: this field is missing")
    return kind(**{name: _rebuilt(hints[name], value, f"{place}.{name}") for name, value in data.items()})


def _as_list(data: Any, place: str) -> list[Any] | tuple[Any, ...]:
    if not isinstance(data, list | tuple):
        raise ArtifactError(f"{place}: expected a list, got {data!r}")
    return data
