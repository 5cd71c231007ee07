"""Files that hold one matrix of numbers or one column of labels: .npy, .npz, and tables of any kind.

What other programs leave behind: logits of a model, one column per class, and the true labels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from softargmax._arrays import Array
from softargmax._atomic import written_whole
from softargmax._progress import ProgressCallback
from softargmax._words import listed
from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.logit_columns import chosen_columns, others_left_out
from softargmax.tables.names import find, find_column, position_of
from softargmax.tables.notes import Note
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading
from softargmax.tables.writing import TABLE_ENDINGS, check_output_name, table_writer

# Rows that are turned into a table at a time, so that a large matrix is not held a second time as columns.
_ROWS = 1 << 14


@dataclass(frozen=True)
class Matrix:
    """Rows of numbers, shape (n_rows, n_classes), or (n_rows,) or (n_rows, 1) for one sigmoid per row.

    ``names`` are those of the classes, if the file has any: its columns are called so. The column of a sigmoid has the
    name of no class. ``notes`` say what was decided about the file; ``labels`` are the true classes, if it has them.
    """

    values: Array
    names: tuple[str, ...] | None
    notes: tuple[Note, ...] = ()
    labels: Array | None = None

    @property
    def n_classes(self) -> int:
        """How many classes the rows are about; two for one sigmoid."""
        columns = self.values.shape[1] if self.values.ndim == 2 else 1
        return max(columns, 2)


def read_matrix(
    path: str,
    array: str | None,
    reading: Reading | None = None,
    drop: Sequence[str] = (),
    *,
    label: str | None = None,
    classes: Sequence[str] | None = None,
    progress: ProgressCallback | None = None,
) -> Matrix:
    """Read a matrix of numbers, and the labels beside it.

    Parameters
    ----------
    path : str
        A .npy or .npz file, or a table of any kind; "-" is standard input.
    array : str or None
        Which array of an .npz file; needed if it holds several.
    reading : Reading, optional
        What is known about how a table is read.
    drop : sequence of str
        Columns to leave out: their names, or their positions from 1 or from the end, -1 the last.
    label : str, optional
        The column, or the array of an .npz file, that holds the labels of the rows.
    classes : sequence of str, optional
        What the columns are called, if they have names; others are left out.
    progress : callable, optional
        Told how many rows of a table are read.

    Raises
    ------
    TableError
        If it cannot be read as numbers, naming the place.
    """
    if is_numpy(path):
        values = _load(path, array, "array")
        if values.ndim in (1, 2) and values.dtype.kind in "fiub":
            return Matrix(_without(values, drop, path), None, (), read_labels(path, label) if label else None)
        raise TableError(
            f"{path}: expected numbers of shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row, "
            f"got {values.dtype} of shape {values.shape}"
        )
    table = open_table(path, reading).told(progress, "reading")
    has_names = table.reading.header is not False
    known = classes if has_names and len(table.names) > 1 else None
    names = chosen_columns(path, table.names, label=label, drop=drop, classes=known)
    if not names:
        raise TableError(f"{path}: expected a column of numbers, but all are left out", parameter="drop")
    rows, labels = [], []
    for batch in table.batches():
        if batch.names != list(table.names):
            raise TableError(f"{batch.file}: expected the columns {listed(table.names)}, got {listed(batch.names)}")
        rows.append(np.stack([_numbers(batch, column) for column in names], axis=1))
        if label is not None:
            labels.append(_labels(batch, label))
    values = np.concatenate(rows)
    if not len(values):
        raise TableError(f"{path}: expected rows, got none")
    return Matrix(
        values,
        tuple(names) if has_names and len(names) > 1 else None,
        (*table.notes, *others_left_out(table.names, names, label, drop)),
        np.concatenate(labels) if labels else None,
    )


def read_labels(path: str, label: str | None, reading: Reading | None = None) -> Array:
    """Read a column of labels: whole numbers, or text; `label` is the column or array, needed if there are several.

    Raises
    ------
    TableError
        If it is not one column, or a label is missing.
    """
    if is_numpy(path):
        values = _load(path, label, "label")
        if values.ndim == 2 and 1 in values.shape:
            values = values.ravel()
        if values.ndim != 1 or values.dtype.kind not in "iubUf":
            raise TableError(f"{path}: expected one column of labels, got {values.dtype} of shape {values.shape}")
        return values
    return np.concatenate([_labels(batch, label) for batch in open_table(path, reading).batches()])


def _labels(batch: Batch, label: str | None) -> Array:
    if label is None and len(batch.names) > 1:
        raise TableError(
            f"{batch.file}: expected one column of labels, got {listed(batch.names)}; choose one with label=",
            parameter="label",
        )
    cells = Cells.of(batch, batch.names[0] if label is None else find_column(label, batch.names, batch.file, "label"))
    if cells.missing.any():
        raise cells.error(int(np.argmax(cells.missing)), "a label")
    return np.array([str(value) for value in cells.data.to_pylist()])


def read_groups(path: str, names: Sequence[str], reading: Reading | None = None) -> dict[str, list[str]]:
    """Read columns whose values are groups of rows, as text: of a table, or arrays of an .npz file.

    Raises
    ------
    TableError
        If there is no such column.
    """
    if is_numpy(path):
        arrays = {name: _load(path, name, "by") for name in names}
        return {name: [str(value) for value in values.tolist()] for name, values in arrays.items()}
    table = open_table(path, reading)
    columns = [find_column(name, table.names, path, "by") for name in names]
    groups: dict[str, list[str]] = {column: [] for column in columns}
    for batch in table.batches():
        for column in columns:
            groups[column] += batch.texts(column)
    return groups


def codes_of(labels: Array, classes: Iterable[str] | None, n_classes: int, path: str) -> Array:
    """Turn labels into codes: by the names of the columns of the logits if they are those, else as whole numbers.

    Raises
    ------
    TableError
        For a label that is neither.
    """
    places = {name: code for code, name in enumerate(classes or ())}
    text = [str(label) for label in labels.tolist()]
    found = {label: find(label, list(places)) for label in set(text)}
    if places and None not in found.values():
        return np.array([places[str(found[label])] for label in text])
    codes = np.empty(len(text), np.int64)
    for row, label in enumerate(text):
        code = _whole(label)
        if code is None or not 0 <= code < n_classes:
            known = f"one of {listed(list(places))}, or a" if places else "a"
            raise TableError(f"{path}, row {row + 1}: expected {known} class code 0 ... {n_classes - 1}, got {label!r}")
        codes[row] = code
    return codes


def _whole(label: str) -> int | None:
    try:
        number = float(label)
    except ValueError:
        return None
    return int(number) if number.is_integer() else None


def _numbers(batch: Batch, column: str) -> Array:
    cells = Cells.of(batch, column)
    try:
        values = cells.numbers()
        if np.isnan(values).any():
            raise cells.error(int(np.argmax(np.isnan(values))), "a number")
    except TableError as error:
        if error.parameter is not None:
            raise
        advice = f"a column that is not of a class is left out with drop={column!r}"
        raise TableError(f"{error}; {advice}", parameter="drop") from error
    return values


def _without(values: Array, drop: Sequence[str], path: str) -> Array:
    """Leave out columns of an array, which have positions and no names."""
    if not drop:
        return values
    known = [""] * (values.shape[1] if values.ndim == 2 else 1)
    places = [position_of(name, known) for name in drop]
    if None in places or len(set(places)) == len(known):
        raise TableError(
            f"{path}: expected positions of some of {len(known)} columns, which have no names, got {listed(drop)}",
            parameter="drop",
        )
    return np.delete(values, [place for place in places if place is not None], axis=1)


def is_numpy(path: str) -> bool:
    """Tell a file of arrays by its name."""
    return path.lower().endswith((".npy", ".npz"))


def _load(path: str, name: str | None, parameter: str) -> Array:
    """Read an array; pickled objects are refused, because loading them runs code. `parameter` chooses among several."""
    try:
        loaded: Any = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            names = loaded.files
            if name is None and len(names) > 1:
                raise TableError(
                    f"{path}: holds the arrays {listed(names)}; choose one with {parameter}=", parameter=parameter
                )
            if name is not None and name not in names:
                raise TableError(f"{path}: holds no array {name!r}, only {listed(names)}", parameter=parameter)
            return np.asarray(loaded[name or names[0]])
    except FileNotFoundError:
        raise TableError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError, IndexError) as error:
        raise TableError(f"{path}: expected an array written by NumPy, without pickled objects ({error})") from None


def check_matrix_name(path: str) -> None:
    """Refuse a name whose ending does not tell the format.

    Raises
    ------
    ArgumentError
    """
    check_output_name(path, (".npy", *TABLE_ENDINGS))


def write_matrix(path: str | None, values: Array, names: Sequence[str]) -> None:
    """Write numbers as an array or as a table with named columns; whole or not at all.

    Raises
    ------
    TableError
        If it cannot be written.
    """
    if path is None or not path.lower().endswith(".npy"):
        with table_writer(path) as writer:
            for part in range(0, len(values), _ROWS):
                rows = values[part : part + _ROWS]
                writer.write(pa.table({name: pa.array(rows[:, j]) for j, name in enumerate(names)}))
        return
    try:
        with written_whole(Path(path)) as temporary, open(temporary, "wb") as file:
            np.save(file, values, allow_pickle=False)
    except OSError as error:
        raise TableError(f"{path}: cannot be written: {error.strerror or error}") from error
