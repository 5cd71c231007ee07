"""Columns that tell a fit something about rows: how often one counts, which belong together, when they are from.

They are read with the others and left out of the features, unless somebody says of which kind they are: a new patient
has a new name, and a trend in time says nothing of days that nobody has seen. How often a row counts never is one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from softargmax._arrays import Array
from softargmax.exceptions import TableError
from softargmax.pipeline.grouping import group_cells, numbered_groups
from softargmax.pipeline.records import FitOptions
from softargmax.pipeline.splitting import Keys
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.learning import Learned
from softargmax.tables.names import find_column
from softargmax.tables.notes import Note
from softargmax.tables.opening import Table
from softargmax.tables.quantity_encoders import DateEncoder, NumberEncoder
from softargmax.tables.schema import DroppedColumn

_COUNTS = "it says how often a row counts"
_TOGETHER = "it says which rows belong together, and another one would be new"
_WHEN = "it says when a row is from, and what comes later would be new"

Readers = Mapping[str, Callable[[Batch], Array]]


@dataclass(frozen=True)
class ToldColumns:
    """The columns that tell a fit something about rows, by their names, and those to leave out as asked.

    `kept` are columns of which somebody said what they hold.
    """

    weight: str | None
    group: str | None
    time: str | None
    drop: tuple[str, ...]
    kept: frozenset[str]

    @classmethod
    def of(cls, table: Table, target: str, options: FitOptions) -> "ToldColumns":
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

    def weight_readers(self) -> Readers:
        """Give what is to be read of every batch to know how often rows count."""
        return {} if self.weight is None else {"weight": partial(_weights, self.weight)}

    def key_readers(self, times: "TimeReader | None") -> Readers:
        """Give what is to be read of every batch to know which rows are tied together."""
        found: dict[str, Callable[[Batch], Array]] = {}
        if self.group is not None:
            found["group"] = partial(group_cells, self.group)
        if times is not None:
            found["time"] = times.read
        return found

    def times(self, learned: Learned, name: str) -> "TimeReader | None":
        """Find out how times are read from what their column was found to hold.

        Raises
        ------
        TableError
            For what has no order.
        """
        return None if self.time is None else _reader_of(self.time, learned, name)

    def keys(
        self, read: Mapping[str, Array], is_labelled: Array, times: "TimeReader | None"
    ) -> tuple[Keys, tuple[Note, ...]]:
        """Give what ties the labelled rows together, and say where it is missing."""
        group = time = None
        notes = []
        if self.group is not None:
            group, n_missing = numbered_groups(read["group"][is_labelled])
            if n_missing:
                said = f"{n_missing} of {len(group)} rows have no {self.group!r}: each was taken for one of its own"
                notes.append(Note("group", said, self.group))
        if times is not None:
            time = read["time"][is_labelled]
            missing = np.isnan(time)
            if missing.any():
                said = f"{np.count_nonzero(missing)} of {len(time)} rows have no {self.time!r}"
                notes.append(Note("time", f"{said}: they were taken for the oldest, and not scored", self.time))
            time = np.where(missing, -np.inf, time)
        return Keys(group, time, times is not None and times.are_dates), tuple(notes)


@dataclass(frozen=True)
class TimeReader:
    """How a column of times is read: as dates or as numbers, written as they are there; `held` is said of what is
    neither.
    """

    column: str
    encoder: DateEncoder | NumberEncoder | None
    held: str = ""

    @property
    def are_dates(self) -> bool:
        """Whether they are seconds since 1970."""
        return isinstance(self.encoder, DateEncoder)

    def read(self, batch: Batch) -> Array:
        """Give numbers, NaN where one is missing."""
        cells = Cells.of(batch, self.column).without_marks()
        if isinstance(self.encoder, DateEncoder):
            return cells.seconds(self.encoder.form)
        if self.encoder is not None:
            return cells.amounts(self.encoder.units)
        try:
            return cells.amounts()
        except TableError:
            raise _without_order(batch.file, self.column, self.held) from None


def _reader_of(name: str, learned: Learned, table: str) -> TimeReader:
    for column in learned.schema.columns:
        if column.name == name:
            if isinstance(column.encoder, DateEncoder | NumberEncoder):
                return TimeReader(name, column.encoder)
            raise _without_order(table, name, column.encoder.kind)
    (dropped,) = [column for column in learned.schema.dropped if column.name == name]
    # A number that only counts the rows tells which came first, though nothing else.
    if dropped.reason.startswith(("an identifier", "constant")):
        return TimeReader(name, None, dropped.reason)
    raise _without_order(table, name, dropped.reason)


def _without_order(table: str, name: str, held: str) -> TableError:
    return TableError(
        f"{table}: column {name!r}: expected times, which are dates or numbers, got {held}; "
        f"if they are written in another way, pass kinds={{{name!r}: 'date'}} to see what cannot be read",
        parameter="time",
    )


def _weights(column: str, batch: Batch) -> Array:
    cells = Cells.of(batch, column)
    values = cells.numbers()
    wrong = ~(values >= 0.0)  # also where one is missing
    if wrong.any():
        raise cells.error(int(np.argmax(wrong)), "a weight, a number that is not negative")
    return values
