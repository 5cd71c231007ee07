"""From a table to rows that a model can learn from, and the plan of a fit: all that happens before anything is learned.

Columns that are told to the fit (how often a row counts, which rows belong together, when they are from) are read with
the others and left out of the features, unless somebody says of which kind they are: a new patient has a new name, and
a trend in time says nothing of days that nobody has seen. How often a row counts is never a feature.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from softargmax._arrays import Array
from softargmax._progress import Progress, ProgressCallback
from softargmax.exceptions import TableError
from softargmax.pipeline.records import FitOptions, Split
from softargmax.pipeline.splitting import Dealt, Keys, deal_rows
from softargmax.pipeline.suspicions import leaks, repeated_rows, unasked_groups
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.dates.date_form import DateForm
from softargmax.tables.encoders import DateEncoder, NumberEncoder
from softargmax.tables.gathering import Gathered
from softargmax.tables.learning import Learned, encoded, learn_schema
from softargmax.tables.names import find_column
from softargmax.tables.notes import Note
from softargmax.tables.opening import Table
from softargmax.tables.reading import Reading
from softargmax.tables.schema import DroppedColumn, Schema

_COUNTS = "it says how often a row counts"
_TOGETHER = "it says which rows belong together, and another one would be new"
_WHEN = "it says when a row is from, and what comes later would be new"


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
    told = _Told.of(table, target, options)
    first = _Rows(table.batches, progress, {} if told.weight is None else {"weight": partial(_weights, told.weight)})
    learned = learn_schema(first, target, told.drop, options.kinds)
    if told.weight is not None:
        sample_weight = first.of("weight")
        if not sample_weight.any():
            message = f"{table.name}: column {told.weight!r}: every weight is 0, so no row counts"
            raise TableError(message, parameter="weight")
    read_time = None if told.time is None else _time_reader(learned, told.time, table.name)
    learned = told.left_out(learned, table.name)
    second = _Rows(
        lambda: _decided(table.batches(), learned), progress, told.readers(read_time), "encoding", learned.n_rows
    )
    features, codes, is_labelled = encoded(learned, second)
    if sample_weight is not None:
        sample_weight = sample_weight[is_labelled]
        if len(np.unique(codes[sample_weight > 0.0])) < 2:
            raise TableError(
                f"{table.name}: the rows whose weight is not 0 are all of one class; expected at least two"
            )
    keys, about_keys = told.keys(second, is_labelled, read_time)
    dealt = deal_rows(codes, learned.schema.labels, keys, options, table.name)
    suspicions = (
        *leaks(features, codes, learned.schema),
        *unasked_groups(features, learned.schema, told.group),
        *repeated_rows(features, codes, dealt.judged),
    )
    plan = FitPlan(
        replace(table.reading, decimal=learned.decimal),
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


@dataclass(frozen=True)
class _Told:
    """The columns that tell a fit something about rows, by their names, and those to leave out as asked."""

    weight: str | None
    group: str | None
    time: str | None
    drop: tuple[str, ...]
    kept: frozenset[str]

    @classmethod
    def of(cls, table: Table, target: str, options: FitOptions) -> "_Told":
        """Find them by name or position."""
        found = {
            role: None if column is None else find_column(column, table.names, table.name, role)
            for role, column in (("weight", options.weight), ("group", options.group), ("time", options.time))
        }
        its_target = find_column(target, table.names, table.name, "target")
        for role, column in found.items():
            if column == its_target:
                raise TableError(
                    f"{table.name}: column {column!r} is the target; it cannot be {role} too", parameter=role
                )
        kept = {find_column(column, table.names, table.name, "kinds") for column in options.kinds} - {found["weight"]}
        drop = {find_column(column, table.names, table.name, "drop") for column in options.drop}
        drop |= {column for column in (found["weight"], found["group"]) if column is not None and column not in kept}
        # A time is read as what the column holds, so it is looked at like all others first.
        dropped = tuple(name for name in table.names if name in drop and name != found["time"])
        return cls(found["weight"], found["group"], found["time"], dropped, frozenset(kept))

    def left_out(self, learned: Learned, name: str) -> Learned:
        """Leave them out of the features, but for those of which somebody said what they hold."""
        schema, notes = learned.schema, learned.notes
        reasons = {
            column: why
            for column, why in ((self.time, _WHEN), (self.group, _TOGETHER), (self.weight, _COUNTS))
            if column is not None and column not in self.kept
        }
        columns = tuple(column for column in schema.columns if column.name not in reasons)
        others = {column.name: column for column in schema.dropped} | {
            column: DroppedColumn(column, why) for column, why in reasons.items()
        }
        dropped = tuple(others[column] for column in schema.names if column in others)
        if not columns:
            listed = ", ".join(f"{column.name!r} ({column.reason})" for column in dropped)
            raise TableError(f"{name}: no column is left to learn from: {listed}", parameter="kinds")
        said = tuple(
            Note("left-out", f"{column!r} was left out of what is learned from: {why}", column, "kinds")
            for column, why in reasons.items()
            if column != self.weight
        )
        notes = (*(note for note in notes if note.column not in reasons or note.code != "identifier"), *said)
        return replace(learned, schema=replace(schema, columns=columns, dropped=dropped), notes=notes)

    def readers(self, read_time: "_Time | None") -> dict[str, Callable[[Batch], Any]]:
        """Give what is to be read of every batch."""
        found: dict[str, Callable[[Batch], Any]] = {}
        if self.group is not None:
            found["group"] = partial(_texts, self.group)
        if read_time is not None:
            found["time"] = read_time.read
        return found

    def keys(self, rows: "_Rows", is_labelled: Array, read_time: "_Time | None") -> tuple[Keys, tuple[Note, ...]]:
        """Give what ties the labelled rows together, and say where it is missing."""
        group = time = None
        notes = []
        if self.group is not None:
            group, n_missing = _numbered(rows.of("group"), is_labelled)
            if n_missing:
                said = f"{n_missing} of {len(group)} rows have no {self.group!r}: each was taken for one of its own"
                notes.append(Note("group", said, self.group))
        if read_time is not None:
            time = rows.of("time")[is_labelled]
            missing = np.isnan(time)
            if missing.any():
                said = f"{np.count_nonzero(missing)} of {len(time)} rows have no {self.time!r}"
                notes.append(Note("time", f"{said}: they were taken for the oldest, and not scored", self.time))
            time = np.where(missing, -np.inf, time)
        return Keys(group, time, read_time is not None and read_time.are_dates), tuple(notes)


@dataclass(frozen=True)
class _Time:
    """How a column of times is read: as dates or as numbers, written as they are there; `held` is said of what is
    neither.
    """

    column: str
    encoder: DateEncoder | NumberEncoder | None
    held: str = ""

    @property
    def are_dates(self) -> bool:
        return isinstance(self.encoder, DateEncoder)

    def read(self, batch: Batch) -> Array:
        """Give numbers, NaN where one is missing."""
        cells = Cells.of(batch, self.column).without_marks()
        if isinstance(self.encoder, DateEncoder):
            return cells.seconds(DateForm(self.encoder.order, self.encoder.calendar, self.encoder.digits))
        if self.encoder is not None:
            return cells.amounts(self.encoder.units)
        try:
            return cells.amounts()
        except TableError:
            raise _without_order(batch.file, self.column, self.held) from None


def _time_reader(learned: Learned, name: str, table: str) -> _Time:
    """Find out how times are read from what the column was found to hold.

    Raises
    ------
    TableError
        For what has no order.
    """
    for column in learned.schema.columns:
        if column.name == name:
            if isinstance(column.encoder, DateEncoder | NumberEncoder):
                return _Time(name, column.encoder)
            raise _without_order(table, name, column.encoder.kind)
    (dropped,) = [column for column in learned.schema.dropped if column.name == name]
    # A number that only counts the rows tells which came first, though nothing else.
    if dropped.reason.startswith(("an identifier", "constant")):
        return _Time(name, None, dropped.reason)
    raise _without_order(table, name, dropped.reason)


def _without_order(table: str, name: str, held: str) -> TableError:
    return TableError(
        f"{table}: column {name!r}: expected times, which are dates or numbers, got {held}; "
        f"if they are written in another way, pass kinds={{{name!r}: 'date'}} to see what cannot be read",
        parameter="time",
    )


class _Rows:
    """The batches of a table, as often as they are wanted, and what was read of the rows that came last."""

    def __init__(
        self,
        batches: Callable[[], Iterable[Batch]],
        progress: ProgressCallback | None,
        readers: Mapping[str, Callable[[Batch], Any]],
        stage: str = "reading",
        total: int | None = None,
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

    def of(self, name: str) -> Array:
        """Give what was read of all rows."""
        return np.concatenate(self._read[name])


def _decided(batches: Iterable[Batch], learned: Learned) -> Iterator[Batch]:
    """Give batches in which a column has one type throughout, and numbers the decimal mark of the table."""
    for batch in Gathered(batches, learned.types):
        yield replace(batch, decimal=learned.decimal)


def _weights(column: str, batch: Batch) -> Array:
    cells = Cells.of(batch, column)
    values = cells.numbers()
    wrong = ~(values >= 0.0)  # also where one is missing
    if wrong.any():
        raise cells.error(int(np.argmax(wrong)), "a weight, a number that is not negative")
    return values


def _texts(column: str, batch: Batch) -> Array:
    """Give the cells of a column as text, None where one is missing."""
    return np.array(Cells.of(batch, column).texts().to_pylist(), object)


def _numbered(texts: Array, is_labelled: Array) -> tuple[Array, int]:
    """Number the groups of the labelled rows from 0; a row without one is a group of its own. Count these too."""
    found = pa.array(texts[is_labelled].tolist(), pa.string()).dictionary_encode()
    numbers = np.asarray(found.indices.fill_null(-1), np.int64)
    missing = np.flatnonzero(numbers < 0)
    numbers[missing] = len(found.dictionary) + np.arange(len(missing))
    return numbers, len(missing)
