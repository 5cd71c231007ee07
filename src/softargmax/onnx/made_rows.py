"""Rows of a table that a graph is checked on, made from what a model remembers of the columns."""

from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._lazy import load
from softargmax.tables.marks import given_numbers
from softargmax.tables.schema import Schema

_MADE = 400
# How far from the mean numbers and dates lie, in standard deviations, in turn; and which part of them is missing.
_FAR, _MISSING = (0.3, 1.0, 2.0, 15.0, 1e6), 0.1
# What no table holds.
_UNHEARD_OF = "\u2603 a level that nobody has seen"
# Dates that Arrow and calendars have: from 1677 to 2262.
_EARLIEST, _LATEST = -9.2e9, 9.2e9


def made_rows(schema: Schema, missing: tuple[str, ...]) -> tuple[dict[str, Array], Any]:
    """Give columns as a graph takes them, by their names, and the same rows as an Arrow table.

    Parameters
    ----------
    schema : Schema
    missing : tuple of str
        What a user named as missing.
    """
    pa, rng = load("pyarrow"), np.random.default_rng(0)
    fed, table = {}, {}
    for column in schema.columns:
        encoder: Any = column.encoder
        gone = rng.random(_MADE) < _MISSING
        if encoder.kind == "category":
            known = np.array([*encoder.levels, *encoder.rare[:5], _UNHEARD_OF, *missing])
            texts = np.where(gone, "", known[rng.integers(len(known), size=_MADE)])
            fed[column.name] = texts
            table[column.name] = pa.array(texts.tolist(), pa.string())
        elif encoder.kind == "boolean":
            values = rng.integers(2, size=_MADE).astype(np.float64)
            table[column.name] = pa.array(values.astype(bool), mask=gone)
            fed[column.name] = np.where(gone, np.nan, values)
        elif encoder.kind == "date":
            micros = np.rint(1e6 * np.clip(_around(encoder, rng), _EARLIEST, _LATEST)).astype(np.int64)
            table[column.name] = pa.array(micros, pa.timestamp("us"), mask=gone)
            fed[column.name] = np.where(gone, np.nan, micros / 1e6)
        else:
            values = _around(encoder, rng)
            marks = given_numbers(missing)
            values[: len(marks)] = marks[:_MADE]
            fed[column.name] = np.where(gone, np.nan, values)
            table[column.name] = pa.array(fed[column.name])
    return fed, pa.table(table)


def _around(encoder: Any, rng: np.random.Generator) -> Array:
    far = np.resize(_FAR, _MADE)
    return np.asarray(encoder.mean + encoder.scale * far * rng.normal(size=_MADE))
