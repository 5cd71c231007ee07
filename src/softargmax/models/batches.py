"""Rows that are too many for memory: a function that gives them batch by batch, or parts that are read apart."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from scipy import sparse

from softargmax._arrays import Array
from softargmax._moments import FeatureMoments
from softargmax.exceptions import ArgumentError, LabelError, ShapeError
from softargmax.labels import ClassLabels
from softargmax.models.checked_rows import InputColumns
from softargmax.models.problem import moments_of
from softargmax.models.solvers.row_blocks import Block, as_csr_block

Batch = tuple[Any, ...]
Factory = Callable[[], Iterable[Batch]]
Check = Callable[[Any, Any, Any], tuple[Any, Array, Array]]


class RowPart(Protocol):
    """Some of the rows: pickles, and gives them wherever it is sent, the same ones every time."""

    @property
    def number(self) -> int:
        """Its number among all parts."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def batches(self) -> Iterable[Batch]:
        """Give (X, y) or (X, y, sample_weight), batch by batch."""


def as_factory(X: Any, y: Any) -> Factory | None:
    """Turn what `fit` was given into a function that begins a new pass; None for plain arrays.

    Raises
    ------
    ArgumentError
        For an iterator, which can be read only once.
    """
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
class Overview:
    """What the first pass learns: everything about the rows that is not their number times anything."""

    classes: Array
    class_weights: Array  # total weight of every class
    moments: FeatureMoments
    n_rows: int
    dtype: np.dtype[Any]
    is_sparse: bool
    is_weighted: bool


@dataclass
class RowFacts:
    """What is known of the rows seen so far; that of other rows merges."""

    labels: list[Array]
    weights: dict[Any, float]
    moments: FeatureMoments
    n_rows: int
    dtypes: set[Any]
    kinds: set[bool]
    words: set[bool]
    is_weighted: bool
    columns: InputColumns | None = None  # of the first part
    where: str = field(default="", compare=False)

    @classmethod
    def of(cls, X: Any, y: Array, weight: Array) -> "RowFacts":
        """Look at a batch."""
        if y.ndim != 1:
            raise ShapeError(f"y: expected one target column in every batch, got shape {y.shape}")
        classes, codes = np.unique(y, return_inverse=True)
        weights = dict(zip(classes.tolist(), np.bincount(codes, weights=weight).tolist(), strict=True))
        is_weighted = not np.all(weight == 1.0)
        moments, is_text = moments_of(X, weight), y.dtype.kind in "OUS"
        return cls([classes], weights, moments, len(y), {X.dtype}, {sparse.issparse(X)}, {is_text}, is_weighted)

    def merge(self, other: "RowFacts") -> "RowFacts":
        """Take up what is known of other rows.

        Raises
        ------
        LabelError, ArgumentError
            For rows of another form.
        """
        self.words |= other.words
        if len(self.words) > 1:
            raise LabelError("y: expected labels of one type in all batches, got text in some and numbers in others")
        _refuse_other_columns(self, other)
        self.labels = [np.unique(np.concatenate(self.labels + other.labels))]
        for label, share in other.weights.items():
            self.weights[label] = self.weights.get(label, 0.0) + share
        self.moments = self.moments.merge(other.moments)
        self.n_rows += other.n_rows
        self.dtypes |= other.dtypes
        self.kinds |= other.kinds
        self.is_weighted |= other.is_weighted
        return self

    def overview(self) -> Overview:
        """Say what all rows have in common.

        Raises
        ------
        ArgumentError
            Where there is no weight, or both dense and sparse rows.
        """
        if self.moments.weight == 0.0:
            raise ArgumentError("sample_weight: expected at least one positive weight in all batches, got only zeros")
        if len(self.kinds) > 1:
            raise ArgumentError("X: expected batches that are all dense or all sparse, got both")
        known = ClassLabels.of(np.concatenate(self.labels))
        totals = np.array([self.weights[label] for label in known.classes.tolist()])
        dtype, is_sparse = np.result_type(*self.dtypes), self.kinds == {True}
        return Overview(known.classes, totals, self.moments, self.n_rows, dtype, is_sparse, self.is_weighted)


def _refuse_other_columns(first: RowFacts, other: RowFacts) -> None:
    """Refuse a part whose features are others; batches of one part have been checked already."""
    one, two = first.columns, other.columns
    if one is None or two is None:
        return
    names = [None if each.names is None else each.names.tolist() for each in (one, two)]
    if one.number != two.number or names[0] != names[1]:
        raise ArgumentError(
            f"X: expected the same features in all parts, got {_told(one)} in {first.where} and {_told(two)} in "
            f"{other.where}",
            parameter="X",
        )


def _told(columns: InputColumns) -> str:
    return f"{columns.number}" if columns.names is None else ", ".join(columns.names.tolist())


def survey(factory: Factory, check: Check) -> RowFacts | None:
    """Go through all batches once; `check` brings one in as `fit` does arrays. None where there is no row."""
    facts: RowFacts | None = None
    for X, y, weight in checked_batches(factory, check):
        batch = RowFacts.of(X, y, weight)
        facts = batch if facts is None else facts.merge(batch)
    return facts


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


@dataclass(frozen=True)
class BatchCoding:
    """Makes blocks of batches: codes for labels, and weights that have class weights in them.

    Their mean is one, so that any dtype can hold them; there are none where all rows weigh the same.
    """

    labels: ClassLabels
    class_factors: Array | None
    mean_weight: float
    is_sparse: bool
    is_weighted: bool

    @classmethod
    def of(cls, overview: Overview, labels: ClassLabels, class_factors: Array | None) -> "BatchCoding":
        """Settle it by what the first pass found."""
        shares = overview.class_weights if class_factors is None else overview.class_weights * class_factors
        is_weighted = overview.is_weighted or class_factors is not None
        return cls(labels, class_factors, shares.sum() / overview.n_rows, overview.is_sparse, is_weighted)

    def block(self, X: Any, codes: Array, weight: Array) -> Block:
        """Make a block of checked rows."""
        features = as_csr_block(X) if self.is_sparse else X
        if not self.is_weighted:
            return Block(features, codes, None)
        factors = weight if self.class_factors is None else weight * self.class_factors[codes]
        return Block(features, codes, factors / self.mean_weight)


def as_blocks(factory: Factory, check: Check, overview: Overview, coding: BatchCoding) -> Callable[[], Iterator[Block]]:
    """Give a function that begins a pass over blocks, and sees that it is the same each time."""

    def blocks() -> Iterator[Block]:
        n_rows, totals = 0, np.zeros(len(coding.labels))
        for X, y, weight in checked_batches(factory, check):
            try:
                codes = coding.labels.codes(y)
            except LabelError as error:
                raise ArgumentError(f"X: expected the same batches in every pass ({error})") from None
            n_rows += len(codes)
            totals += np.bincount(codes, weights=weight, minlength=len(coding.labels))
            yield coding.block(X, codes, weight)
        if n_rows != overview.n_rows:
            raise ArgumentError(
                f"X: expected the same batches in every pass, got {n_rows} rows after {overview.n_rows} in the first; "
                "the function must begin anew whenever it is called"
            )
        if not np.allclose(totals, overview.class_weights):
            raise ArgumentError("X: expected the same batches in every pass, got other labels or weights than before")

    return blocks
