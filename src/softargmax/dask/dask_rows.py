"""Dask arrays and dataframes as rows in parts: each block stays on the worker that has made it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dask
import numpy as np
from distributed import Client

from softargmax._engine import LastingParts
from softargmax.exceptions import ArgumentError, ShapeError


@dataclass(frozen=True)
class HeldPart:
    """Rows of one block, on the worker."""

    number: int
    X: Any
    y: Any
    weight: Any

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"block {self.number}"

    def batches(self) -> Iterator[tuple[Any, ...]]:
        """Give them, all at once."""
        yield (self.X, self.y) if self.weight is None else (self.X, self.y, self.weight)


def is_array(X: Any) -> bool:
    """Tell whether it is a Dask array."""
    return dask.is_dask_collection(X) and hasattr(X, "map_blocks")


def is_frame(X: Any) -> bool:
    """Tell whether it is a Dask dataframe or series."""
    return dask.is_dask_collection(X) and hasattr(X, "map_partitions")


def whole_rows(X: Any) -> Any:
    """Give an array in which no row is cut."""
    return X.rechunk({1: -1}) if X.ndim == 2 and X.numblocks[1] > 1 else X


def held_parts(client: Client, X: Any, y: Any, weight: Any, names: tuple[str, str] = ("X", "y")) -> LastingParts[Any]:
    """Let the workers make every block of rows with its labels; give futures of them.

    `names` are what the caller of the package knows the rows and labels by.

    Raises
    ------
    ArgumentError, ShapeError
        For labels or weights that do not come in the blocks of the rows.
    """
    if is_frame(X):
        X, y, weight = _of_frame(X, y, weight)
    else:
        X = whole_rows(X)
        y, weight = (_like(X, each, name) for each, name in ((y, names[1]), (weight, "sample_weight")))
    blocks = [_blocks(each) for each in (X, y, weight)]
    counts = [len(each) for each in blocks if each is not None]
    if len(set(counts)) > 1:
        together = ", ".join([*names, "sample_weight"][: len(counts)])
        raise ShapeError(f"{together}: expected as many blocks in each, got {', '.join(map(str, counts))}")
    make = dask.delayed(HeldPart, pure=False)
    columns = [[None] * counts[0] if each is None else each for each in blocks]
    return LastingParts(client.compute([make(number, *row) for number, row in enumerate(zip(*columns, strict=True))]))


def _blocks(collection: Any) -> list[Any] | None:
    if collection is None:
        return None
    delayed = collection.to_delayed()  # an array of an array's blocks, a list of a dataframe's
    return list(delayed.ravel() if hasattr(delayed, "ravel") else delayed)


def _of_frame(X: Any, y: Any, weight: Any) -> tuple[Any, Any, Any]:
    named = [(each, name) for each, name in ((y, "y"), (weight, "sample_weight")) if isinstance(each, str)]
    for column, name in named:
        if column not in X.columns:
            raise ArgumentError(
                f"{name}: expected a column of X, which has {', '.join(map(str, X.columns))}, got {column!r}",
                parameter=name,
            )
    features = X.drop(columns=[column for column, _ in named]) if named else X
    y, weight = (X[each] if isinstance(each, str) else each for each in (y, weight))
    for each, name in ((y, "y"), (weight, "sample_weight")):
        if not (is_frame(each) or (each is None and name == "sample_weight")):
            raise ArgumentError(
                f"{name}: expected a column's name or a Dask series beside a dataframe, got {type(each).__name__}",
                parameter=name,
            )
    return features, y, weight


def _like(X: Any, each: Any, name: str) -> Any:
    """Cut an array of a number for each row as the rows are."""
    import dask.array as da

    if each is None:
        if name == "sample_weight":
            return None
        raise ArgumentError(f"{name}: expected the labels of the rows, got None", parameter=name)
    shape = np.shape(each) if not is_array(each) else each.shape
    if len(shape) != 1:
        raise ShapeError(f"{name}: expected a number for each row, got shape {shape}", parameter=name)
    sizes = [*X.chunks[0], *getattr(each, "chunks", [[]])[0]]
    if is_frame(each) or (is_array(each) and np.isnan(sizes).any()):
        return each  # sizes that are not known cannot be compared: the blocks have to be those of the rows
    if np.isnan(sizes).any():
        raise ArgumentError(
            f"{name}: expected a Dask array or series in the blocks of the rows, whose sizes are not known, got "
            f"{type(each).__name__}; the rows' method compute_chunk_sizes() finds them out",
            parameter=name,
        )
    if shape[0] != X.shape[0]:
        raise ShapeError(f"{name}: expected a number for each of {X.shape[0]} rows, got {shape[0]}", parameter=name)
    return da.asarray(each).rechunk((X.chunks[0],))
