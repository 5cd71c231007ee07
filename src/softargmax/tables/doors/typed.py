"""Columns that have names and types in the file, as in Parquet's and Arrow's: which are read, under which names."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from softargmax.tables.doors.door import name_columns
from softargmax.tables.limits import Limits
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

# Rows that are looked at to tell an index.
FEW = 300

# What pandas calls an index without a name where it stores it as a column, and lists it as one of its own.
_LEVEL = re.compile(r"__index_level_\d+__")


@dataclass(frozen=True)
class TypedColumns:
    """The columns that are read: their names, their places in the file, and what was decided about them."""

    names: tuple[str, ...]
    places: tuple[int, ...]
    reading: Reading
    notes: tuple[Note, ...]

    @classmethod
    def of(cls, file: str, schema: Any, head: Callable[[], Any], reading: Reading, limits: Limits) -> "TypedColumns":
        """Name the columns of a schema; `head` gives a few rows, or None if there are none.

        Raises
        ------
        LimitError
            For more columns than the limits allow.
        """
        levels = [] if reading.index is False else _levels(schema, reading.names or ())
        kept = [place for place, name in enumerate(schema.names) if name not in levels]

        def cells(position: int) -> Sequence[str]:
            few = head()
            return [] if few is None else [str(value) for value in few.column(kept[position]).to_pylist()]

        named = name_columns(file, [schema.names[place] for place in kept], cells, reading, limits)
        notes = named.notes
        if levels and reading.index is None:
            words = f"{', '.join(levels)} is the index of pandas and was left out"
            notes = (Note("index", words, None, "index", False), *notes)
        decided = replace(reading, index=bool(levels) or named.has_index)
        return cls(named.names, tuple(kept[position] for position in named.positions), decided, notes)

    def taken(self, batch: Any) -> Any:
        """Take the columns out of a batch.

        Raises
        ------
        pyarrow.ArrowInvalid
            If the batch is damaged: it may hold anything where texts are.
        """
        batch.validate(full=True)
        return pa.RecordBatch.from_arrays([batch.column(place) for place in self.places], names=list(self.names))


def _levels(schema: Any, known: Sequence[str]) -> list[str]:
    """Name the columns that hold an index of pandas which has no name, as the file itself says."""
    listed = (schema.pandas_metadata or {}).get("index_columns", [])
    return [name for name in listed if isinstance(name, str) and _LEVEL.fullmatch(name) and name not in known]
