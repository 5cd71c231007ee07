"""What fuzzers share: rounds until time is up, each of which can be run again, and damage done to bytes and JSON."""

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Random = np.random.Generator
# What may stand where something else was expected.
STRANGERS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**400, 0.5, -0.0, 1e308, -1e308, 5e-324, 1e-300),
    *(float("nan"), float("inf"), -float("inf"), "", "x", "inf", "nan", "0", "\x00", "\x1b[2J", "\ud800", "é" * 300),
    *([], [[]], [None], [0] * 9, ["a", "a"], {}, {"softargmax": "auto"}, {"": {}}),
)
# What means something to a reader of text.
TOKENS = (
    b'"',
    b'""',
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"#",
    b"sep=;\n",
    b"1e999",
    b"-",
)


def rounds_until(seconds: float, seed: int, one_round: Callable[[Random], None], first: int = 0) -> int:
    """Run rounds until time is up, one at least; give how many. A round that fails says its seed and number."""
    end, number = time.monotonic() + seconds, first
    try:
        while number == first or time.monotonic() < end:
            one_round(np.random.default_rng([seed, number]))
            number += 1
    except BaseException:
        print(f"seed {seed}, round {number}", flush=True)
        raise
    return number - first


def chosen(rng: Random, things: Any) -> Any:
    """Choose one of several things."""
    return things[int(rng.integers(len(things)))]


def damaged_bytes(rng: Random, data: bytes) -> bytes:
    """Flip, cut, repeat, insert or overwrite a few bytes."""
    whole = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        place = int(rng.integers(len(whole) + 1))
        length = int(rng.choice([1, 1, 2, 8, 60, 700]))
        way = int(rng.integers(6))
        if way == 0 and whole:
            whole[min(place, len(whole) - 1)] ^= 1 << int(rng.integers(8))
        elif way == 1:
            del whole[place : place + length]
        elif way == 2:
            whole[place:place] = whole[place : place + length]
        elif way == 3:
            whole[place:place] = chosen(rng, TOKENS)
        elif way == 4:
            whole[place : place + length] = rng.bytes(min(length, 8))
        else:
            del whole[max(place, 1) :]
    return bytes(whole)


def some_way(rng: Random, data: Any) -> tuple[Any, ...]:
    """Give the way to something in a JSON value; fields of the outermost are as likely as all that lies in a list."""
    way: list[Any] = []
    while isinstance(data, dict | list) and data and not (way and rng.random() < 0.3):
        way.append(chosen(rng, list(data)) if isinstance(data, dict) else int(rng.integers(len(data))))
        data = data[way[-1]]
    return tuple(way)


def damaged_json(rng: Random, data: Any) -> Any:
    """Put strangers, neighbours or slightly other numbers into a few places of a JSON value, or take some away."""
    data = copy.deepcopy(data)
    for _ in range(int(rng.integers(1, 4))):
        if not isinstance(data, dict | list) or not data:
            return chosen(rng, STRANGERS)
        *way, last = some_way(rng, data)
        inside = data
        for key in way:
            inside = inside[key]
        value = inside[last]
        kind = int(rng.integers(6))
        if kind == 0:
            inside[last] = copy.deepcopy(chosen(rng, STRANGERS))
        elif kind == 1:
            del inside[last]
        elif kind == 2 and isinstance(inside, list):
            inside.insert(last, copy.deepcopy(value))
        elif kind == 3:
            other = data
            for key in some_way(rng, data):
                other = other[key] if isinstance(other, dict | list) and _has(other, key) else other
            inside[last] = copy.deepcopy(other)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            near = value if abs(value) < 1e300 else 1  # a stranger that was put there may be larger than any float
            inside[last] = chosen(rng, (near + 1, -near, near * 1e3, near * 1e-9, float(near), near - 1))
        elif isinstance(value, str):
            inside[last] = value + chosen(rng, ("x", " ", "\u202e", "\x07", "\ud800"))
        elif isinstance(value, list):
            inside[last] = value[: int(rng.integers(len(value) + 1))]
    return data


def _has(inside: Any, key: Any) -> bool:
    return key in inside if isinstance(inside, dict) else isinstance(key, int) and key < len(inside)


def as_text(data: Any) -> bytes:
    """Write JSON, with what only Python's has: NaN, and halves of characters."""
    return json.dumps(data).encode("utf-8", "surrogatepass")
