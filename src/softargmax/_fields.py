"""What the fields of a state may hold, said once in a table, and checked whenever a state comes back from a file.

Whatever learns describes its fields beside the code that makes them, and turns itself into a state and back::

    FIELDS = {"temperature_": RealField(low=0.0, open_low=True), "scale_": ArrayField("K")}

    def to_state(self):
        return state_of("thing", 1, FIELDS, vars(self))

    @classmethod
    def from_state(cls, state):
        values = fields_of(state, FIELDS, newest=1, K=3)      # ArtifactError for anything amiss, naming the field

A new field raises the version of its kind, never the format of the carriers: `newest` is the newest version that this
library reads, and it refuses a newer one. Files of every version that was released are kept in ``tests/samples`` and
load for ever.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._state import State, is_whole, shown
from softargmax.exceptions import ArtifactError

# Four bytes each, so 1 GiB: a file of some kB with one long text and many short ones could ask for any memory.
_MOST_CHARACTERS = 1 << 28


def state_of(kind: str, version: int, fields: Mapping[str, "Field"], values: Mapping[str, Any]) -> State:
    """Make a state of the values of these fields; an optional one that is not there is left out."""
    plain: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    for name, each in fields.items():
        value = values.get(name)
        if value is None and each.optional:
            continue
        if isinstance(each, ArrayField):
            arrays[name] = np.asarray(value)
        else:
            plain[name] = each.plain(value)
    return State(kind, version, plain, arrays)


def fields_of(state: State, fields: Mapping[str, "Field"], *, newest: int, **lengths: int) -> dict[str, Any]:
    """Give the values of these fields, every one of them checked.

    Parameters
    ----------
    state : State
    fields : mapping of str to Field
    newest : int
        The newest version of this kind that is known.
    **lengths : int
        Lengths of axes that are known already, by the name that the fields give them.

    Raises
    ------
    ArtifactError
        For a newer version; for a field that is missing, of another type or shape, or out of its range: it is named.
    """
    if not 1 <= state.version <= newest:
        raise ArtifactError(
            f"version {state.version} of {state.kind!r}; this version of softargmax reads versions up to {newest}: "
            "upgrade softargmax"
        )
    known = dict(lengths)
    result: dict[str, Any] = {}
    for name, each in fields.items():
        source = state.arrays if isinstance(each, ArrayField) else state.values
        value = source.get(name)
        if value is None and each.optional:
            result[name] = None
            continue
        try:
            if name not in source:
                raise ValueError("expected, but it is not there")
            result[name] = each.read(value, known)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise ArtifactError(f"the state of {state.kind!r} is damaged: {name}: {error}") from None
    return result


class Field(ABC):
    """What one field of a state may hold."""

    optional: bool = False

    @abstractmethod
    def read(self, value: Any, lengths: dict[str, int]) -> Any:
        """Check a value that came from a file.

        Raises
        ------
        ValueError
            Saying what was expected and what came.
        """

    def plain(self, value: Any) -> Any:
        """Turn a value of a program into what a state holds."""
        return value


@dataclass(frozen=True)
class RealField(Field):
    """A number between `low` and `high`; the ends belong to it unless they are open, infinite ones only if named."""

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    infinite: bool = False
    optional: bool = False

    def read(self, value: Any, lengths: dict[str, int]) -> float:
        """Give a float."""
        number = infinite_ones(value)
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(f"expected a number, got {shown(value)}")
        number = float(number)
        inside = (self.low < number if self.open_low else self.low <= number) and (
            number < self.high if self.open_high else number <= self.high
        )
        if not inside or (math.isinf(number) and not self.infinite):
            raise ValueError(f"expected a number from {self.low:g} to {self.high:g}, got {number!r}")
        return number

    def plain(self, value: Any) -> float:
        """Give a float."""
        return float(value)


@dataclass(frozen=True)
class IntegerField(Field):
    """An integer between `low` and `high`, both belonging to it."""

    low: int = 0
    high: int = 2**53
    optional: bool = False

    def read(self, value: Any, lengths: dict[str, int]) -> int:
        """Give an int."""
        if not is_whole(value) or not self.low <= value <= self.high:
            raise ValueError(f"expected an integer from {self.low} to {self.high}, got {shown(value)}")
        return int(value)

    def plain(self, value: Any) -> int:
        """Give an int."""
        return int(value)


@dataclass(frozen=True)
class FlagField(Field):
    """True or False."""

    optional: bool = False

    def read(self, value: Any, lengths: dict[str, int]) -> bool:
        """Give a bool."""
        if not isinstance(value, bool):
            raise ValueError(f"expected true or false, got {shown(value)}")
        return value

    def plain(self, value: Any) -> bool:
        """Give a bool."""
        return bool(value)


@dataclass(frozen=True)
class TextField(Field):
    """A text, one of `choices` if there are any."""

    choices: tuple[str, ...] = ()
    optional: bool = False

    def read(self, value: Any, lengths: dict[str, int]) -> str:
        """Give a text."""
        if not isinstance(value, str) or (self.choices and value not in self.choices):
            expected = f"one of {', '.join(self.choices)}" if self.choices else "a text"
            raise ValueError(f"expected {expected}, got {shown(value)}")
        return value


@dataclass(frozen=True)
class TextsField(Field):
    """A list of texts; `length` names how many."""

    length: str = ""
    optional: bool = False

    def read(self, value: Any, lengths: dict[str, int]) -> tuple[str, ...]:
        """Give a tuple of texts."""
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"expected a list of texts, got {shown(value)}")
        _check_length(self.length, len(value), lengths)
        return tuple(value)

    def plain(self, value: Any) -> list[str]:
        """Give a list."""
        return [str(item) for item in value]


class ArrayField(Field):
    """An array of numbers with so many axes, each of a fixed length, a named one ("K") or any ("").

    The same name means the same length in all fields of a state; ``fields_of(..., K=3)`` says which.
    """

    def __init__(
        self,
        *shape: int | str,
        dtype: Any = np.float64,
        low: float = -math.inf,
        high: float = math.inf,
        open_low: bool = False,
        infinite: bool = False,
        optional: bool = False,
    ) -> None:
        # Without a dtype the floating one that the file has is kept, float64 for lists.
        self.shape, self.dtype = shape, None if dtype is None else np.dtype(dtype)
        self.low, self.high, self.open_low = low, high, open_low
        self.infinite, self.optional = infinite, optional

    def read(self, value: Any, lengths: dict[str, int]) -> Array:
        """Give an array of the dtype, in C order, the caller's own."""
        array = self._numbers(value)
        unseen = array.size == 0 and array.ndim < len(self.shape)  # a list without items does not show its other axes
        if unseen:
            array = array.reshape([each if isinstance(each, int) else lengths.get(each, 0) for each in self.shape])
        if array.ndim != len(self.shape):
            raise ValueError(f"expected {len(self.shape)} axes, got shape {array.shape}")
        for expected, length in zip(self.shape, array.shape, strict=True):
            if isinstance(expected, int):
                if length != expected:
                    raise ValueError(f"expected shape {self.shape}, got {array.shape}")
            elif not unseen or expected in lengths:
                _check_length(expected, length, lengths)
        finite = np.isfinite(array)
        if not (finite | np.isinf(array) if self.infinite else finite).all():
            raise ValueError("expected finite numbers, got others")
        if array.size:
            least, most = float(array.min()), float(array.max())
            if not (least > self.low if self.open_low else least >= self.low) or most > self.high:
                raise ValueError(f"expected numbers from {self.low:g} to {self.high:g}, got {least:g} to {most:g}")
        return array

    def _numbers(self, value: Any) -> Array:
        try:
            array = np.array(value, order="C") if isinstance(value, np.ndarray) else np.array(_only_numbers(value))
        except _NumberError:
            raise
        except ValueError:
            raise ValueError("expected rows of equal length, got others") from None
        if self.dtype is None and isinstance(value, np.ndarray) and array.dtype.kind != "f":
            raise ValueError(f"expected floating numbers, got {array.dtype}")
        dtype = self.dtype or (array.dtype if array.dtype.kind == "f" else np.dtype(np.float64))
        # An empty list has no type of its own.
        if array.dtype.kind not in ("iuf" if dtype.kind == "f" or array.size == 0 else "iu"):
            raise ValueError(f"expected numbers ({dtype}), got {array.dtype}")
        if dtype.kind in "iu" and array.size:
            limits = np.iinfo(dtype)
            if int(array.min()) < limits.min or int(array.max()) > limits.max:
                raise ValueError(f"expected integers that fit {dtype}, got others")
        with np.errstate(over="ignore"):
            return array.astype(dtype)


@dataclass(frozen=True)
class TablesField(Field):
    """A list of arrays with two axes, every one of `width` columns and with rows of its own number."""

    width: int
    optional: bool = False

    def read(self, value: Any, lengths: dict[str, int]) -> list[Array]:
        """Give a list of arrays, float64."""
        if not isinstance(value, list | tuple):
            raise ValueError(f"expected a list of tables, got {shown(value)}")
        rows = ArrayField("", self.width)
        return [rows.read(item, {}) if len(item) else np.empty((0, self.width)) for item in value]

    def plain(self, value: Any) -> list[Any]:
        """Give lists."""
        return [np.asarray(table).tolist() for table in value]


@dataclass(frozen=True)
class StateField(Field):
    """The state of something inside."""

    optional: bool = False

    def read(self, value: Any, lengths: dict[str, int]) -> State:
        """Give the state as it is; its own kind checks it."""
        if not isinstance(value, State):
            raise ValueError(f"expected a state, got {shown(value)}")
        return value


@dataclass(frozen=True)
class StatesField(Field):
    """A list of states."""

    optional: bool = False

    def read(self, value: Any, lengths: dict[str, int]) -> list[State]:
        """Give the states as they are."""
        if not isinstance(value, list | tuple) or not all(isinstance(item, State) for item in value):
            raise ValueError(f"expected a list of states, got {shown(value)}")
        return list(value)

    def plain(self, value: Any) -> list[State]:
        """Give a list."""
        return list(value)


@dataclass(frozen=True)
class PlainField(Field):
    """Anything JSON has, which whoever asked for it checks: the parameters of a constructor, a record."""

    optional: bool = False

    def read(self, value: Any, lengths: dict[str, int]) -> Any:
        """Give it as it is."""
        return value


def _check_length(name: str, length: int, lengths: dict[str, int]) -> None:
    if name and lengths.setdefault(name, length) != length:
        raise ValueError(f"expected {lengths[name]} along an axis, got {length}")


class _NumberError(ValueError):
    """Something else stands where an array has its numbers."""


def _only_numbers(value: Any) -> Any:
    """Turn lists into lists of numbers; NumPy would give every text the room of the longest, whatever that takes."""
    if isinstance(value, list | tuple):
        return [_only_numbers(item) for item in value]
    number = infinite_ones(value)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise _NumberError(f"expected numbers, got {shown(value)}")
    return number


def optional_text(data: Mapping[str, Any], name: str) -> str | None:
    """Give a text from a file, or None where there is none; anything else is a TypeError."""
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be text, got {type(value).__name__}")
    return value


def text_array(texts: Any) -> Array:
    """Make an array of texts from a file, each of which gets the room of the longest.

    Raises
    ------
    ValueError
        If that takes far more memory than the texts do.
    """
    if len(texts) * max((len(text) for text in texts if isinstance(text, str)), default=0) > _MOST_CHARACTERS:
        raise ValueError("expected texts of a few words, got far longer ones")
    return np.array(texts)


def infinite_ones(value: Any) -> Any:
    """Turn the texts that stand for infinite numbers back, in lists too."""
    if isinstance(value, str):
        return {"inf": math.inf, "-inf": -math.inf}.get(value, value)
    return [infinite_ones(item) for item in value] if isinstance(value, list) else value
