"""Rows of text that lack cells at their end, where that is the habit of a file: they get empty ones."""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from softargmax.tables.doors.beginning import Record

# One short row alone may be a line that was broken or cut off.
_FEWEST = 2
# The share of the short rows that must look like broken lines, to be ones. By chance at most half of them do.
_NEARLY_ALL = 0.8


def is_short(n_cells: int, width: int, known: bool = False) -> bool:
    """Whether a row has fewer cells than there are columns, and still more than half of them.

    Of files of which the habit is `known`, half will do: without the labels both numbers are less by one.
    """
    return max(1, (width - known) / 2) < n_cells < width


def n_short(records: Sequence[Record], width: int) -> int:
    """Count the short rows of a file that has some by habit; 0 where they may be mistakes.

    Mistakes are a short row alone, lines with few cells, a cell with a line end in it, which makes two short rows of
    one, and a header that all rows are shorter than. Where many rows are short, two that would be one stand side by
    side by chance; in nearly all of them only if they are mistakes.
    """
    widths = [len(record.cells) for record in records]
    short = [found for found in widths if found < width]
    if width not in widths or not all(is_short(found, width) for found in short):
        return 0
    return len(short) if len(short) >= _FEWEST and _n_broken(widths, width) < _NEARLY_ALL * len(short) else 0


def _n_broken(widths: Sequence[int], width: int) -> int:
    """Count the short rows that pair by pair would be one whole row, between rows that are not short."""
    n_broken = 0
    for are_short, group in groupby(widths, lambda found: found < width):
        run = list(group)
        pairs = zip(run[::2], run[1::2], strict=False)
        if are_short and len(run) % 2 == 0 and all(before + after == width + 1 for before, after in pairs):
            n_broken += len(run)
    return n_broken


def _cells(text: str, width: int, delimiter: str) -> list[str]:
    """Part a row into its cells; Arrow does where one is too long for Python's reader, which is the faster one."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        data = text.encode()
        names = [f"f{position}" for position in range(width)]
        row = pa.csv.read_csv(
            pa.BufferReader(data),
            pa.csv.ReadOptions(column_names=names, block_size=len(data) + 1, use_threads=False),
            pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
        return [str(row[name][0].as_py()) for name in names]


class ShortRows:
    """Takes the short rows that Arrow leaves out, and puts them back in their places.

    Parameters
    ----------
    width : int
        How many cells a row has.
    delimiter : str
    read : sequence of int
        The positions of the cells that are read.
    known : bool
        Whether a file before had such rows.
    """

    def __init__(self, width: int, delimiter: str, read: Sequence[int], known: bool = False) -> None:
        self._width = width
        self._delimiter = delimiter
        self._read = read
        self._known = known
        self._left_out: deque[tuple[int, list[str]]] = deque()
        self._done = 0

    def take(self, row: Any) -> bool:
        """Keep a row of which Arrow says that it has the wrong width, if it is short."""
        if not is_short(row.actual_columns, self._width, self._known) or row.number is None:
            return False
        cells = _cells(row.text, row.actual_columns, self._delimiter)
        self._left_out.append((row.number - 1, cells + [""] * (self._width - len(cells))))
        return True

    def put_back(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Give the batches with the short rows in them."""
        for batch in batches:
            yield self._with_short(batch)
        if self._left_out:
            none = pa.array([], pa.string())
            yield self._with_short(
                pa.RecordBatch.from_arrays([none] * len(self._read), names=list(map(str, self._read)))
            )

    def _with_short(self, batch: Any) -> Any:
        n_rows = batch.num_rows
        places: list[int] = []
        rows: list[list[str]] = []
        # What of the batch stands before a short row: all that does and is neither short nor in a batch before.
        while self._left_out and (before := self._left_out[0][0] - self._done - len(places)) <= n_rows:
            places.append(before)
            rows.append(self._left_out.popleft()[1])
        self._done += n_rows + len(rows)
        if not rows:
            return batch
        order = pa.array(np.insert(np.arange(n_rows), places, n_rows + np.arange(len(rows))))
        columns = [
            pa.concat_arrays([column, pa.array([row[position] for row in rows], pa.string())]).take(order)
            for position, column in zip(self._read, batch.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
