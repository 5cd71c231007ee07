"""From a table to rows that a model can learn from, and the plan of a fit: what happens before anything is learned."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._progress import Progress, ProgressCallback
from softargmax.exceptions import TableError
from softargmax.pipeline.learners import LearningRows
from softargmax.pipeline.records import FitOptions, Split
from softargmax.pipeline.splitting import Dealt, deal_rows
from softargmax.pipeline.suspicions import leaks, repeated_rows, unasked_groups
from softargmax.pipeline.told_columns import Readers, ToldColumns
from softargmax.tables.batch import Batch
from softargmax.tables.gathering import Gathered
from softargmax.tables.learning import Learned, encoded, learn_schema
from softargmax.tables.notes import Note
from softargmax.tables.opening import Table
from softargmax.tables.reading import Reading
from softargmax.tables.schema import Schema


@dataclass(frozen=True)
class FitPlan:
    """What a fit would do with a table, before anything is learned.

    Attributes
    ----------
    reading : Reading
        How the table is read.
    schema : Schema
        The columns, what would be done to them and which are left out, and the classes.
    options : FitOptions
        What was asked for.
    rows : dict
        How many rows are for what: "training", "calibration", "score".
    class_counts : tuple of int
        How many rows each class has.
    split : Split
        How the rows are dealt, and what the score would mean.
    notes : tuple of Note
        What was decided about the table without being asked, and what looks amiss.
    """

    reading: Reading
    schema: Schema
    options: FitOptions
    rows: dict[str, int]
    class_counts: tuple[int, ...]
    split: Split
    notes: tuple[Note, ...]


@dataclass
class EncodedRows:
    """The rows of a table as a model takes them; `parted` lets go of the features.

    Attributes
    ----------
    features : ndarray of float32, shape (n_rows, n_features)
    codes : ndarray of integer, shape (n_rows,)
    weight : ndarray, shape (n_rows,), or None
    group : ndarray of integer, shape (n_rows,), or None
    """

    features: Array
    codes: Array
    weight: Array | None
    group: Array | None

    def parted(self, *parts: Array) -> list[Array]:
        """Give the features of parts of the rows, and keep none: there is room for one copy of all, not for two."""
        found = [self.features[rows] for rows in parts]
        self.features = self.features[:0]
        return found

    def learning(self, rows: Array, features: Array | None = None) -> LearningRows:
        """Give rows to learn from; their features are taken out unless they were before."""
        features = self.features[rows] if features is None else features
        return LearningRows(features, self.codes[rows], self.weights(rows), self.groups(rows))

    def weights(self, rows: Array) -> Array | None:
        """Give the weights of some rows, if they have any."""
        return None if self.weight is None else self.weight[rows]

    def groups(self, rows: Array) -> Array | None:
        """Give the groups of some rows, if they have any."""
        return None if self.group is None else self.group[rows]


def prepare(
    table: Table,
    target: str,
    options: FitOptions,
    sample_weight: Array | None = None,
    progress: ProgressCallback | None = None,
) -> tuple[FitPlan, EncodedRows, Dealt]:
    """Decide what the columns are, encode the rows, and deal them; the table is read twice.

    Parameters
    ----------
    table, target, options, sample_weight, progress
        As for `softargmax.pipeline.fitting.fit_table`.

    Raises
    ------
    TableError
        If nothing can be learned from the table; the message says what to do.
    """
    told = ToldColumns.of(table, target, options)
    first = _Rows(table.batches, progress, told.weight_readers(), "reading", table.rows_about())
    learned = learn_schema(first, target, told.drop, options.kinds)
    if told.weight is not None:
        sample_weight = first.read()["weight"]
        if not sample_weight.any():
            message = f"{table.name}: column {told.weight!r}: every weight is 0, so no row counts"
            raise TableError(message, parameter="weight")
    times = told.times(learned, table.name)
    learned = told.left_out(learned, table.name)
    readers = told.key_readers(times)
    second = _Rows(lambda: _decided(table.batches(), learned), progress, readers, "encoding", learned.n_rows)
    features, codes, is_labelled = encoded(learned, second)
    if sample_weight is not None:
        sample_weight = sample_weight[is_labelled]
        if len(np.unique(codes[sample_weight > 0.0])) < 2:
            raise TableError(
                f"{table.name}: the rows whose weight is not 0 are all of one class; expected at least two"
            )
    keys, about_keys = told.keys(second.read(), is_labelled, times)
    named = replace(options, group=told.group, time=told.time)
    dealt = deal_rows(codes, learned.schema.labels, keys, named, table.name)
    suspicions = (
        *leaks(features, codes, learned.schema),
        *unasked_groups(features, learned.schema, told.group),
        *repeated_rows(features, codes, dealt.judged),
    )
    plan = FitPlan(
        replace(table.reading, decimal=learned.decimal, target=None),  # which the schema knows
        learned.schema,
        options,
        dealt.counts,
        tuple(np.bincount(codes, minlength=len(learned.schema.labels)).tolist()),
        dealt.split,
        (*table.notes, *learned.notes, *about_keys, *dealt.notes, *suspicions),
    )
    return plan, EncodedRows(features, codes, sample_weight, keys.group), dealt


def plan_fit(
    table: Table,
    target: str,
    options: FitOptions,
    sample_weight: Array | None = None,
    progress: ProgressCallback | None = None,
) -> FitPlan:
    """Say what a fit would do, and learn nothing; the parameters and errors are those of `prepare`."""
    return prepare(table, target, options, sample_weight, progress)[0]


class _Rows:
    """The batches of a table, as often as they are wanted, and what was read of the rows that came last."""

    def __init__(
        self,
        batches: Callable[[], Iterable[Batch]],
        progress: ProgressCallback | None,
        readers: Readers,
        stage: str,
        total: int | None,
    ) -> None:
        self._batches = batches
        self._progress = progress
        self._readers = readers
        self._stage = stage
        self._total = total
        self._read: dict[str, list[Any]] = {}

    def __iter__(self) -> Iterator[Batch]:
        self._read, done = {name: [] for name in self._readers}, 0
        for batch in self._batches():
            for name, read in self._readers.items():
                self._read[name].append(read(batch))
            yield batch
            done += batch.data.num_rows
            if self._progress is not None:
                self._progress(Progress(self._stage, done, self._total, "rows"))

    def read(self) -> dict[str, Array]:
        """Give what was read of all rows."""
        return {name: np.concatenate(parts) for name, parts in self._read.items()}


def _decided(batches: Iterable[Batch], learned: Learned) -> Iterator[Batch]:
    """Give batches in which a column has one type throughout, and numbers the decimal mark of the table."""
    for batch in Gathered(batches, learned.types):
        yield replace(batch, decimal=learned.decimal)
