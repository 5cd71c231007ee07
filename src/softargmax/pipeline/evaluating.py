"""How good a model of tables is on a table with labels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from softargmax._arrays import Array
from softargmax.exceptions import TableError
from softargmax.metrics import assess, scores
from softargmax.pipeline.grouping import RowGroups
from softargmax.pipeline.importance import Effort, Judge, importance_by
from softargmax.pipeline.learners import LearningRows
from softargmax.pipeline.records import Evaluation, Importance, rare_classes
from softargmax.pipeline.row_watch import RowWatch
from softargmax.pipeline.seen_rows import SeenShare, numbers_of
from softargmax.tables.batch import Batch
from softargmax.tables.opening import Table

if TYPE_CHECKING:
    from softargmax.pipeline.table_model import TableModel

# Seconds, about, for the importance of columns: it was asked for.
_FOR_IMPORTANCE = 5.0
# Decides which rows are shuffled, and how.
_RANDOM_STATE = 0


def evaluate_table(
    model: "TableModel", table: Table, *, by: Sequence[str] = (), importance: bool = False
) -> Evaluation:
    """Measure a model; see `TableModel.evaluate`.

    Raises
    ------
    TableError
        If the table does not fit the model, holds labels it does not know, or has no such column.
    """
    logits, codes, n_rows, watch = [], [], 0, RowWatch()
    groups = RowGroups(None if model.record.split is None else model.record.split.group)
    values: dict[str, list[str]] = {name: [] for name in by}
    sample, known = _Sample(_most(model) if importance else 0), KnownRows(model)
    for part in model.labelled(table, watch):
        n_rows += part.batch.data.num_rows
        codes.append(part.codes)
        logits.append(part.logits)
        groups.add(part.batch, part.rows)
        known.add(part.features, part.codes)
        sample.add(part.features)
        for name in by:
            values[name] += texts_of(part.batch, name, part.rows, "by")
    if not n_rows:
        raise TableError(f"{table.name}: expected rows, got a table with column names only")
    z, y = np.concatenate(logits), np.concatenate(codes)
    if not len(y):
        raise TableError(f"{table.name}: expected labels in {model.schema.target!r}, but all are missing")
    unlabelled = f"{n_rows - len(y)} of {n_rows} rows have no label in {model.schema.target!r}: left out"
    clusters, about_groups = groups.numbers()
    calibrated = model.calibration.transform(z)
    after, seen = scores(y, logits=calibrated, clusters=clusters), known.share
    return Evaluation(
        len(y),
        len(model.schema.labels),
        scores(y, logits=z, clusters=clusters),
        after,
        rare_classes(model.schema.labels, y),
        (*known.notes, *((unlabelled,) if len(y) < n_rows else ()), *about_groups),
        watch.report(model.schema),
        assess(y, logits=calibrated, groups=values or None).knowing(after),
        tuple(map(str, model.classes_.tolist())),
        seen,
        _importance(model, sample, y, clusters) if importance else None,
        model.decisions.kept(calibrated, y, clusters),
    )


class KnownRows:
    """Counts, batch by batch, the rows that a model learned from, if it knows them."""

    def __init__(self, model: "TableModel") -> None:
        self._seen = model.seen
        self._counts = 0, 0

    def add(self, features: Array, codes: Array) -> None:
        """Count some rows."""
        if self._seen is not None:
            n_known, n_seen = self._seen.count(numbers_of(features, codes))
            self._counts = self._counts[0] + n_known, self._counts[1] + n_seen

    @property
    def share(self) -> SeenShare | None:
        """How many they were; None where the model does not know its rows."""
        return None if self._seen is None else self._seen.share(*self._counts)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said about it: nothing where it learned from none."""
        share = self.share
        return () if share is None or not share.sentence else (share.sentence,)


class _Sample:
    """A random part of rows that come in batches: their features and places, at most so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rng = np.random.default_rng(_RANDOM_STATE)
        self._n_rows = 0
        self._kept: list[tuple[Array, Array, Array]] = []

    def add(self, features: Array) -> None:
        """Look at some rows."""
        if not self._most:
            return
        places = self._n_rows + np.arange(len(features))
        self._n_rows += len(features)
        self._kept.append((self._rng.random(len(features)), places, features))
        if sum(len(places) for _, places, _ in self._kept) > 2 * self._most:
            self._kept = [self._chosen()]

    def _chosen(self) -> tuple[Array, Array, Array]:
        order, places, features = (np.concatenate(each) for each in zip(*self._kept, strict=True))
        kept = np.sort(np.argsort(order, kind="stable")[: self._most])
        return order[kept], places[kept], features[kept]

    def rows(self) -> tuple[Array, Array]:
        """Give the places and the features of the rows that were kept, in their order."""
        _, places, features = self._chosen()
        return places, features


def _most(model: "TableModel") -> int:
    """Say how many rows can be shuffled in the time there is."""
    effort = Effort.of(1 << 40, len(model.schema.columns), model.members, _FOR_IMPORTANCE)
    return 0 if effort is None else effort.rows


def _importance(model: "TableModel", sample: _Sample, y: Array, clusters: Array | None) -> Importance | None:
    places, features = sample.rows()
    rows = LearningRows(features, y[places], None, None if clusters is None else clusters[places])

    def ask(asked: Array) -> Array:
        return model.calibration.transform(model.logits(asked))

    judge = Judge(ask, len(places), rows.take)
    return importance_by([judge], model.schema, model.members, _RANDOM_STATE, of_rows=len(y), seconds=_FOR_IMPORTANCE)


def texts_of(batch: Batch, name: str, rows: Array, parameter: str) -> list[str]:
    """Give the cells of a column of some rows as text.

    Raises
    ------
    TableError
        If there is no such column.
    """
    if name not in batch:
        raise TableError(f"{batch.file}: no column {name!r}", parameter=parameter)
    cells = batch.texts(name)
    return [cells[row] for row in rows.tolist()]
