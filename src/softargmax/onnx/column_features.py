"""The columns of a table as inputs, and how each becomes features: float32, as those that a model learned from.

==========  ======  ==========================================  ====================================
column      type    missing                                     NaN comes out for
==========  ======  ==========================================  ====================================
number      double  NaN, and numbers named as missing at fit    an infinity
boolean     double  NaN; 1 is true, 0 is false                  any other number
date        double  NaN; seconds since 1970 in UTC              an infinity
category    string  "", and texts named as missing at fit       nothing: other texts are no level
==========  ======  ==========================================  ====================================
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from softargmax.onnx.formulas import clipped, cosine, is_infinite, is_nan, joined, maximum, minimum, sine, where
from softargmax.onnx.graph import ML, ROWS, Graph, Value
from softargmax.tables.marks import given_numbers
from softargmax.tables.names import plain
from softargmax.tables.quantity_encoders import CYCLES

_LARGEST = float(np.finfo(np.float32).max)


def has_graph(encoder: Any) -> bool:
    """Whether features of such a column can be computed by operators of ONNX, bit for bit."""
    return encoder.kind == "category" or encoder.kind in _PLACES


def features_of_column(graph: Graph, name: str, encoder: Any, missing: Sequence[str]) -> tuple[str, Value]:
    """Add the input of a column, and give its name and the features it becomes.

    Parameters
    ----------
    graph : Graph
    name : str
    encoder : Encoder
    missing : sequence of str
        What a user named as missing.
    """
    dtype, about = _INPUTS[encoder.kind]
    given = graph.input(name, dtype, [ROWS], about)
    x = given.as_column()
    if encoder.kind == "category":
        return given.name, _one_hot(encoder, x, missing)
    gone = is_nan(x)
    for number in given_numbers(missing) if encoder.kind == "number" else ():
        gone = gone | x.equals(number)
    places, wrong = _PLACES[encoder.kind](encoder, x)
    # 0 where the value is missing, and what float32 can hold elsewhere.
    within = [minimum(maximum(where(gone, 0.0, place), -_LARGEST), _LARGEST) for place in places]
    features = [where(wrong, np.nan, place).cast("float32") for place in within]
    return given.name, joined([*features, *([gone.cast("float32")] if encoder.flags_missing else [])])


_INPUTS = {
    "number": ("float64", "a number; NaN where it is missing"),
    "boolean": ("float64", "1 for true and 0 for false; NaN where it is missing"),
    "date": ("float64", "seconds since the beginning of 1970, UTC; NaN where it is missing"),
    "category": ("str", "a level as it was at fit; the empty text where it is missing"),
}


def _of_number(encoder: Any, x: Value) -> tuple[list[Value], Value]:
    place = (x - float(encoder.mean)) / float(encoder.scale)
    return [place if encoder.limit == np.inf else clipped(place, float(encoder.limit))], is_infinite(x)


def _of_boolean(_encoder: Any, x: Value) -> tuple[list[Value], Value]:
    return [x * 2.0 - 1.0], ~(is_nan(x) | x.equals(0.0) | x.equals(1.0))


def _of_date(encoder: Any, x: Value) -> tuple[list[Value], Value]:
    places = [(x - float(encoder.mean)) / float(encoder.scale)]
    for cycle in encoder.cycles:
        period, offset = CYCLES[cycle]
        phase = (x + offset) * (2.0 * np.pi) / period
        places += [sine(phase), cosine(phase)]
    return places, is_infinite(x)


# What a value becomes, and where it is none.
_PLACES: dict[str, Callable[[Any, Value], tuple[list[Value], Value]]] = {
    "number": _of_number,
    "boolean": _of_boolean,
    "date": _of_date,
}


def _one_hot(encoder: Any, x: Value, missing: Sequence[str]) -> Value:
    """Give 1 in the column of the level, and a flag where there is none."""
    codes: dict[str, int] = {}
    for place, level in enumerate(encoder.levels):
        codes.setdefault(plain(level), place)
        codes.setdefault(level, place)
    nothing = len(encoder.levels)
    codes |= dict.fromkeys(("", *missing), nothing)
    keys, values = list(codes), list(codes.values())
    code = x.graph.node("LabelEncoder", x, domain=ML, keys_strings=keys, values_int64s=values, default_int64=-1)
    return code.equals(np.arange(nothing + encoder.flags_missing)).cast("float32")
