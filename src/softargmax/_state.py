"""What was learned, as plain data: one value for everything that can be saved.

A `State` says of what kind it is, by a name that `softargmax.kinds` knows, and in which version of that kind; it holds
values that JSON has, arrays, and the states of what is inside. It travels in two carriers, and means the same in both:
a JSON file with lists, which people can read, and a safetensors container (`softargmax.artifact`), for large arrays.
Neither can hold code. `softargmax._fields` checks what comes back.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from softargmax.exceptions import ArtifactError

# The carriers' format. It grows when an older library would misread a newer file.
FORMAT = 3
# How deep states may lie in each other; the deepest there are, an AutoCalibration of probabilities in a table's model,
# need four. A hostile file may ask for thousands.
DEEPEST = 16
# What JSON may hold that cannot be written again: half of a character, in an escape, or a number that is infinite as a
# double. Large or escaped ones that are neither are looked at too; others need not be.
_DOUBTFUL = re.compile(r"\\u|[eE]\+?[0-9]{3}|[0-9]{309}")


@dataclass(frozen=True, eq=False)
class State:
    """What was learned, as plain data.

    Attributes
    ----------
    kind : str
        What it is the state of: a name in `softargmax.kinds.KINDS`.
    version : int
        The version of that kind.
    values : mapping of str
        What JSON has (numbers, text, True, False, None, lists, dictionaries with text keys), and states or lists of
        states.
    arrays : mapping of str to ndarray
        Numbers; nested lists of them where they come from JSON, until a field has checked them.
    """

    kind: str
    version: int
    values: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Any] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, State)
            and (self.kind, self.version, self.values) == (other.kind, other.version, other.values)
            and self.arrays.keys() == other.arrays.keys()
            and all(np.array_equal(self.arrays[name], other.arrays[name]) for name in self.arrays)
        )

    __hash__ = None  # type: ignore[assignment]

    def to_json(self, *, outermost: bool = True) -> dict[str, Any]:
        """Give what a JSON file holds; infinite numbers are the texts "inf" and "-inf".

        Raises
        ------
        ValueError
            For NaN, which nothing that learns leaves behind.
        """
        return {
            "softargmax": self.kind,
            **({"format": FORMAT} if outermost else {}),
            "version": self.version,
            "values": {name: plain_json(value) for name, value in self.values.items()},
            "arrays": {name: plain_json(np.asarray(array).tolist()) for name, array in self.arrays.items()},
        }

    @classmethod
    def from_json(cls, data: Any, *, deepest: int = DEEPEST) -> "State":
        """Take what `to_json` gave apart; what the fields hold is checked by `fields_of`.

        Raises
        ------
        ArtifactError
            For anything else, and for a newer format.
        """
        if not isinstance(data, dict) or not isinstance(data.get("softargmax"), str):
            raise ArtifactError("expected the state of something softargmax learned, got something else")
        if deepest == DEEPEST:  # those inside are of the same format
            check_format(data.get("format"), data.get("library"))
        if deepest == 0:
            raise ArtifactError(f"expected states in each other at most {DEEPEST} deep, got more")
        version, values, arrays = data.get("version"), data.get("values"), data.get("arrays", {})
        if not is_whole(version) or not isinstance(values, dict) or not isinstance(arrays, dict):
            raise ArtifactError(
                f"the state of {data['softargmax']!r} is damaged: version, values or arrays are missing"
            )
        return cls(
            data["softargmax"],
            int(version),  # type: ignore[arg-type]
            {name: _from_json(value, deepest - 1) for name, value in values.items()},
            arrays,
        )


def check_format(found: Any, library: Any = None) -> None:
    """Refuse a carrier's format that this version does not know.

    Raises
    ------
    ArtifactError
    """
    if not is_whole(found) or not 1 <= found <= FORMAT:
        by = f"written by softargmax {library} " if isinstance(library, str) else ""
        raise ArtifactError(f"{by}in format {found!r}; this version reads formats up to {FORMAT}: upgrade softargmax")


def shown(value: Any, most: int = 40) -> str:
    """Show a value from a file, shortened; one that is large or deep only by its type."""
    if isinstance(value, str | int | float | bool | None) and not (isinstance(value, str) and len(value) > 1000):
        text = repr(value)
        return text if len(text) <= most else text[: most - 3] + "..."
    return type(value).__name__


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def plain_json(value: Any) -> Any:
    """Turn a value into what JSON has; infinite numbers become the texts that `RealField` and `ArrayField` know.

    Raises
    ------
    ValueError
        For NaN.
    """
    if isinstance(value, State):
        return value.to_json(outermost=False)
    if isinstance(value, Mapping):
        return {str(name): plain_json(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain_json(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            raise ValueError("NaN cannot be kept in a state")
        return "inf" if value > 0 else "-inf"
    return value


def _from_json(value: Any, deepest: int) -> Any:
    """Turn the dictionaries that are states into states, also in lists of them; leave the rest as it is."""
    if isinstance(value, dict) and "softargmax" in value and "version" in value:
        return State.from_json(value, deepest=deepest)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_from_json(item, deepest) for item in value]
    return value


def parse_json(text: str) -> Any:
    """Read the JSON of a state: without a name that stands twice, and without what could not be written again.

    Raises
    ------
    ValueError
        For that, and for what is no JSON.
    RecursionError
        For values too deep in each other.
    """
    data = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    if _DOUBTFUL.search(text):
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: two readers might read two different files."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice in it")
    return result


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")
