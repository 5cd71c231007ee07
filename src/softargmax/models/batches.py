"""Rows that are too many for memory: a function that gives them batch by batch, or a Parquet file."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from softargmax._arrays import Array
from softargmax._lazy import missing_dependency
from softargmax._moments import FeatureMoments
from softargmax.exceptions import ArgumentError, LabelError, ShapeError, TableError
from softargmax.labels import ClassLabels
from softargmax.models.problem import moments_of
from softargmax.models.solvers.row_blocks import Block, as_csr_block

Batch = tuple[Any, ...]
Factory = Callable[[], Iterable[Batch]]
# Rows read at a time: some tens of megabytes for a hundred columns. They are cut to blocks afterwards, so nothing but
# memory depends on it.
_PARQUET_ROWS = 65536


def as_factory(X: Any, y: Any) -> Factory | None:
    """Turn what `fit` was given into a function that begins a new pass; None for plain arrays.

    Raises
    ------
    ArgumentError
        For an iterator, which can be read only once, and a path without the target column's name.
    """
    if isinstance(X, str | os.PathLike):
        if not isinstance(y, str):
            raise ArgumentError(f"y: expected the name of the target column in {os.fspath(X)}, got {type(y).__name__}")
        return _ParquetBatches(Path(X), y)
    if callable(X) and not hasattr(X, "__array__"):
        if y is not None:
            raise ArgumentError("y: expected None with a function of batches, which gives the labels itself")
        return X  # type: ignore[no-any-return]
    if isinstance(X, Iterator):
        raise ArgumentError(
            "X: expected arrays, or a function that gives an iterable of (X, y) or (X, y, sample_weight) batches and "
            "may be called again for every pass; got an iterator, which can be read only once"
        )
    return None


@dataclass(frozen=True)
class _ParquetBatches:
    """The numeric columns of a Parquet file, and its target."""

    path: Path
    target: str

    def __call__(self) -> Iterator[Batch]:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ModuleNotFoundError as error:
            raise missing_dependency(error) or error from error
        try:
            file = pq.ParquetFile(self.path)
        except (OSError, pa.ArrowInvalid) as error:
            raise TableError(f"{self.path}: expected a Parquet file ({error})") from None
        with file:
            dtype = self._dtype_of(pa, file.schema_arrow)
            names = file.schema_arrow.names
            for batch in file.iter_batches(batch_size=_PARQUET_ROWS):
                if any(column.null_count for column in batch.columns):
                    raise TableError(f"{self.path}: has missing values; TableClassifier takes them, this does not")
                columns = [batch.column(name).to_numpy(zero_copy_only=False) for name in names if name != self.target]
                labels = batch.column(self.target).to_numpy(zero_copy_only=False)
                yield np.column_stack([column.astype(dtype) for column in columns]), labels

    def _dtype_of(self, pa: Any, schema: Any) -> np.dtype[Any]:
        """Check the columns; give single precision if all features have it."""
        names = schema.names
        if len(set(names)) < len(names) or len(names) < 2:
            raise TableError(f"{self.path}: expected the target and other columns, each of another name")
        if self.target not in names:
            raise TableError(f"{self.path}: has no column {self.target!r}; it has {', '.join(names)}")
        features = [field for field in schema if field.name != self.target]
        for field in features:
            numeric = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
            if not (numeric or pa.types.is_boolean(field.type)):
                raise TableError(
                    f"{self.path}: column {field.name!r} holds {field.type}, expected numbers; "
                    "TableClassifier takes text, dates and missing values"
                )
        return np.dtype(np.float32 if all(field.type == pa.float32() for field in features) else np.float64)


@dataclass(frozen=True)
class Overview:
    """What the first pass learns: everything about the rows that is not their number times anything."""

    classes: Array
    class_weights: Array  # total weight of every class
    moments: FeatureMoments
    n_rows: int
    dtype: np.dtype[Any]
    is_sparse: bool


Check = Callable[[Any, Any, Any], tuple[Any, Array, Array]]


def survey(factory: Factory, check: Check) -> Overview:
    """Go through all batches once; `check` brings one in as `fit` does arrays."""
    labels: list[Array] = []
    weights: dict[Any, float] = {}
    moments: FeatureMoments | None = None
    n_rows, dtypes, kinds, words = 0, set(), set(), set()
    for X, y, weight in checked_batches(factory, check):
        if y.ndim != 1:
            raise ShapeError(f"y: expected one target column in every batch, got shape {y.shape}")
        words.add(y.dtype.kind in "OUS")
        if len(words) > 1:
            raise LabelError("y: expected labels of one type in all batches, got text in some and numbers in others")
        classes, codes = np.unique(y, return_inverse=True)
        labels.append(classes)
        for label, share in zip(classes.tolist(), np.bincount(codes, weights=weight).tolist(), strict=True):
            weights[label] = weights.get(label, 0.0) + share
        part = moments_of(X, weight)
        moments = part if moments is None else moments.merge(part)
        n_rows += len(y)
        dtypes.add(X.dtype)
        kinds.add(sparse.issparse(X))
    if moments is None:
        raise ArgumentError("X: expected batches of rows, got none")
    if moments.weight == 0.0:
        raise ArgumentError("sample_weight: expected at least one positive weight in all batches, got only zeros")
    if len(kinds) > 1:
        raise ArgumentError("X: expected batches that are all dense or all sparse, got both")
    known = ClassLabels.of(np.concatenate(labels))
    totals = np.array([weights[label] for label in known.classes.tolist()])
    return Overview(known.classes, totals, moments, n_rows, np.result_type(*dtypes), kinds.pop())


def checked_batches(factory: Factory, check: Check) -> Iterator[tuple[Any, Array, Array]]:
    """Give the batches of one pass, checked."""
    given = factory()
    if not isinstance(given, Iterable):
        raise ArgumentError(f"X: expected a function that gives an iterable of batches, it gave {type(given).__name__}")
    for batch in given:
        if not isinstance(batch, tuple) or len(batch) not in (2, 3):
            raise ArgumentError("X: expected batches that are tuples (X, y) or (X, y, sample_weight)")
        if np.shape(batch[1])[:1] == (0,):
            continue
        X, y, weight = check(batch[0], batch[1], batch[2] if len(batch) == 3 else None)
        yield X, y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y, weight


def as_blocks(
    factory: Factory, check: Check, overview: Overview, labels: ClassLabels, class_factors: Array | None
) -> Callable[[], Iterator[Block]]:
    """Give a function that begins a pass over blocks of codes, with weights that have class weights in them.

    Their mean is one: any dtype can hold them.
    """
    shares = overview.class_weights if class_factors is None else overview.class_weights * class_factors
    mean_weight = shares.sum() / overview.n_rows

    def blocks() -> Iterator[Block]:
        n_rows, totals = 0, np.zeros(len(labels))
        for X, y, weight in checked_batches(factory, check):
            try:
                codes = labels.codes(y)
            except LabelError as error:
                raise ArgumentError(f"X: expected the same batches in every pass ({error})") from None
            n_rows += len(codes)
            totals += np.bincount(codes, weights=weight, minlength=len(labels))
            factors = (weight if class_factors is None else weight * class_factors[codes]) / mean_weight
            features = as_csr_block(X) if overview.is_sparse else X
            yield Block(features, codes, factors)
        if n_rows != overview.n_rows:
            raise ArgumentError(
                f"X: expected the same batches in every pass, got {n_rows} rows after {overview.n_rows} in the first; "
                "the function must begin anew whenever it is called"
            )
        if not np.allclose(totals, overview.class_weights):
            raise ArgumentError("X: expected the same batches in every pass, got other labels or weights than before")

    return blocks
