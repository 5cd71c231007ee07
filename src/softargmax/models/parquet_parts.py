"""Parquet files of numbers as parts of rows: some row groups each, read where they are worked on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from softargmax._lazy import load
from softargmax.exceptions import TableError

# Rows read at a time: some tens of megabytes for a hundred columns. They are cut to blocks afterwards, so nothing but
# memory depends on it.
_ROWS = 65536
# Rows of a part at least, where a file has as many: what is paid for every part should not count.
_ROWS_OF_PART = 65536


@dataclass(frozen=True)
class ParquetPart:
    """Row groups of a file: features, the target, and weights if a column holds them."""

    number: int
    path: Path
    groups: tuple[int, ...]
    n_rows: int
    features: tuple[str, ...]
    dtype: str
    target: str
    weight: str | None

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.path}, row groups {self.groups[0]} to {self.groups[-1]}"

    def batches(self) -> Iterator[tuple[Any, ...]]:
        """Read its rows.

        Raises
        ------
        TableError
            If they cannot be read, are others than when the fit began, or have missing values.
        """
        names = [*self.features, self.target, *([] if self.weight is None else [self.weight])]
        n_rows = 0
        with _opened(self.path) as file:
            if self.groups[-1] >= file.num_row_groups or not set(names) <= set(file.schema_arrow.names):
                raise TableError(f"{self.name}: expected the file that was there when the fit began, got another one")
            for batch in _read(file, self, names):
                if any(column.null_count for column in batch.columns):
                    raise TableError(f"{self.path}: has missing values; TableClassifier takes them, this does not")
                columns = [batch.column(name).to_numpy(zero_copy_only=False) for name in names]
                count = len(self.features)
                n_rows += len(batch)
                yield np.column_stack([column.astype(self.dtype) for column in columns[:count]]), *columns[count:]
        if n_rows != self.n_rows:
            raise TableError(f"{self.name}: expected {self.n_rows} rows as when the fit began, got {n_rows}")


def _read(file: Any, part: ParquetPart, names: list[str]) -> Iterator[Any]:
    try:
        yield from file.iter_batches(batch_size=_ROWS, row_groups=list(part.groups), columns=names)
    except (OSError, load("pyarrow").ArrowInvalid) as error:
        raise TableError(f"{part.name}: cannot be read ({error})") from None


def _opened(path: Path) -> Any:
    pyarrow = load("pyarrow")
    try:
        return load("pyarrow.parquet").ParquetFile(path)
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise TableError(f"{path}: expected a Parquet file ({error})") from None


def parquet_parts(path: Path, target: str, weight: str | None = None) -> list[ParquetPart]:
    """Give the parts of a Parquet file, or of all those in a folder, in the order of their names.

    Raises
    ------
    TableError
        For files that cannot be read, or hold something else than numbers, or not the columns of the first one.
    """
    parts: list[ParquetPart] = []
    columns: tuple[tuple[str, ...], str] | None = None
    first, double = path, False
    for file_path in _files(path):
        with _opened(file_path) as file:
            names, dtype = _features(file_path, file.schema_arrow, target, weight)
            if columns is None:
                columns, first = (names, dtype), file_path
            elif set(names) != set(columns[0]):
                odd = sorted(set(names) ^ set(columns[0]))
                raise TableError(f"{file_path}: expected the columns of {first}, but {', '.join(odd)} is in one only")
            double |= dtype == "float64"
            for groups, n_rows in _cut([file.metadata.row_group(g).num_rows for g in range(file.num_row_groups)]):
                parts.append(ParquetPart(len(parts), file_path, groups, n_rows, columns[0], dtype, target, weight))
    # Single precision only if all features of all files have it.
    return [replace(part, dtype="float64") for part in parts] if double else parts


def _cut(sizes: list[int]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Put neighbouring row groups together until there are enough rows; those without any belong to no part."""
    groups: list[int] = []
    n_rows = 0
    for group, size in enumerate(sizes):
        groups += [group] if size else []
        n_rows += size
        if n_rows >= _ROWS_OF_PART:
            yield tuple(groups), n_rows
            groups, n_rows = [], 0
    if groups:
        yield tuple(groups), n_rows


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix == ".parquet")
    if not files:
        raise TableError(f"{path}: expected a folder with files whose names end in .parquet, got one without any")
    return files


def _features(path: Path, schema: Any, target: str, weight: str | None) -> tuple[tuple[str, ...], str]:
    """Check the columns; give the names of the features, and single precision if all of them have it."""
    types = load("pyarrow").types
    names = schema.names
    if len(set(names)) < len(names) or len(names) < 2:
        raise TableError(f"{path}: expected the target and other columns, each of another name")
    for name in (target, weight):
        if name is not None and name not in names:
            raise TableError(f"{path}: has no column {name!r}; it has {', '.join(names)}")
    features = [field for field in schema if field.name not in (target, weight)]
    for field in features:
        if not (types.is_integer(field.type) or types.is_floating(field.type) or types.is_boolean(field.type)):
            raise TableError(
                f"{path}: column {field.name!r} holds {field.type}, expected numbers; "
                "TableClassifier takes text, dates and missing values"
            )
    single = all(types.is_float32(field.type) for field in features)
    return tuple(field.name for field in features), "float32" if single else "float64"
