"""From a whole table to a schema and features, in bounded memory: once through it to decide, once more to encode."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from softargmax._arrays import Array
from softargmax._options import as_choice
from softargmax.exceptions import TableError
from softargmax.labels import ClassLabels
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.columns.date_orders import decide_order, with_dates_decided
from softargmax.tables.decimal_mark import decimal_mark
from softargmax.tables.encoders import ENCODERS, Encoder
from softargmax.tables.gathering import Gathered, Types, WiderTypesError
from softargmax.tables.label_cells import A_CLASS, label_kind, labels_in, missing_labels
from softargmax.tables.marks import note_of
from softargmax.tables.meaning import Meaning, meaning_of
from softargmax.tables.names import find_column
from softargmax.tables.notes import Note
from softargmax.tables.schema import DroppedColumn, Schema, UsedColumn

# Classes are all counted, unlike the values of other columns; a million of them are none.
_MOST_CLASSES = 1 << 20
# Numbers that are encoded at a time.
_FEATURES_AT_ONCE = 1 << 23


@dataclass(frozen=True)
class Learned:
    """What was learned of a table, and what is needed to go through it once more.

    Attributes
    ----------
    schema : Schema
    n_rows : int
    types : dict
        The types of Arrow in which its columns are understood.
    notes : tuple of Note
        What was decided about its columns without being asked.
    decimal : str or None
        The decimal mark of its numbers; None where they do not tell.
    """

    schema: Schema
    n_rows: int
    types: Types
    notes: tuple[Note, ...] = ()
    decimal: str | None = None


def learn_schema(
    batches: Iterable[Batch], target: str, drop: Sequence[str] = (), kinds: dict[str, str] | None = None
) -> Learned:
    """Decide what every column is, from the whole table, in bounded memory.

    Parameters
    ----------
    batches : iterable of Batch
        The whole table. Iterated over once, and again if files hold a column in different types.
    target : str
        The column of class labels: a name, or a position from 1 (or from the end, -1 the last).
    drop : sequence of str
        Columns to leave out: their names or positions, likewise.
    kinds : dict, optional
        Kinds decided by the user: "number", "boolean", "category", "date" or "text" by column name.

    Returns
    -------
    Learned
        The schema, and what `encoded` needs besides.

    Raises
    ------
    TableError
        For tables that nothing can be learned from, and cells that contradict their column.
    ArgumentError
        For a kind that there is not.
    """
    for kind in (kinds or {}).values():
        as_choice(kind, "kinds", tuple(ENCODERS))
    types: Types = {}
    while True:
        gathered = Gathered(batches, types)
        try:
            survey = _survey(gathered, target, drop, kinds or {})
            break
        except WiderTypesError as other:
            types = other.types
    _decide_decimal(survey)
    schema, notes = _schema(survey)
    return Learned(schema, survey.n_rows, gathered.types, notes, survey.decimal)


def encoded(learned: Learned, batches: Iterable[Batch]) -> tuple[Array, Array]:
    """Turn the same table into features and class codes; beside them, memory is bounded.

    Parameters
    ----------
    learned : Learned
        What `learn_schema` gave.
    batches : iterable of Batch
        The same table once more.

    Returns
    -------
    features : ndarray of float32, shape (n_rows, n_features)
    codes : ndarray of integer, shape (n_rows,)

    Raises
    ------
    TableError
        If the table is another one than before.
    """
    schema = learned.schema
    features = np.empty((learned.n_rows, schema.n_features), np.float32)
    codes = np.empty(learned.n_rows, np.int64)
    done, file = 0, ""
    try:
        for batch in _slices(Gathered(batches, learned.types), max(1, _FEATURES_AT_ONCE // schema.n_features)):
            rows, file = slice(done, done + batch.data.num_rows), batch.file
            done, batch = rows.stop, replace(batch, decimal=learned.decimal)
            if done > learned.n_rows:
                break
            features[rows] = schema.features(batch)
            codes[rows] = schema.codes(batch)
    except WiderTypesError:
        done = -1
    if done != learned.n_rows:
        raise TableError(
            f"{file}: expected the {learned.n_rows} rows that were read before, but the table has changed meanwhile; "
            "try again when nothing writes to it, and give what comes through a pipe as the first or only table"
        )
    return features, codes


def _slices(batches: Iterable[Batch], n_rows: int) -> Iterator[Batch]:
    for batch in batches:
        for start in range(0, batch.data.num_rows, n_rows):
            yield replace(batch, first_row=batch.first_row + start, data=batch.data.slice(start, n_rows))


@dataclass
class _Survey:
    """What one pass found: summaries of the columns that hold single values, and the types of those that do not."""

    names: tuple[str, ...]
    file: str
    target: str
    drop: tuple[str, ...]
    kinds: dict[str, str]
    n_rows: int
    summaries: dict[str, ColumnSummary]
    unusable: dict[str, str]
    date_order: str | None
    decimal: str | None = None
    delimiter: str | None = None


def _survey(gathered: Gathered, target: str, drop: Sequence[str], kinds: dict[str, str]) -> _Survey:
    survey: _Survey | None = None
    for batch in gathered:
        if survey is None:
            survey = _begun(batch, target, drop, kinds)
        if not batch.data.num_rows:
            continue
        for name in batch.names:
            if name in survey.drop or name in survey.unusable:
                continue
            cells = Cells.of(batch, name)
            if not cells.is_usable:
                survey.unusable[name] = str(cells.data.type)
            elif name in survey.summaries:
                survey.summaries[name] = survey.summaries[name].update(cells, survey.kinds.get(name))
            else:
                most = {"most": _MOST_CLASSES} if name == survey.target else {}
                survey.summaries[name] = ColumnSummary.of(cells, 0, survey.kinds.get(name), **most)
        survey.n_rows += batch.data.num_rows
    assert survey is not None  # there is at least one batch
    if survey.n_rows == 0:
        raise TableError(f"{survey.file}: expected rows, got a table with column names only")
    return survey


def _decide_decimal(survey: _Survey) -> None:
    """Decide the decimal mark of a table, unless it is known, and read its numbers with it."""
    if survey.decimal is None:
        numbers = {
            name: summary
            for name, summary in survey.summaries.items()
            if name != survey.target and survey.kinds.get(name, "number") == "number"
        }
        found = decimal_mark(numbers.values(), survey.delimiter)
        if found.question is not None:
            raise found.question
        survey.decimal = found.mark
    if survey.decimal is not None:
        survey.summaries = {name: one.with_decimal(survey.decimal) for name, one in survey.summaries.items()}


def _schema(survey: _Survey) -> tuple[Schema, tuple[Note, ...]]:
    labels = _learn_target(survey)
    survey = replace(survey, summaries=_with_dates_decided(survey))
    columns, dropped = [], []
    notes: list[Note] = []
    taken = []
    _refuse_odd_ones(survey)
    for name in survey.names:
        if name == survey.target:
            continue
        meaning = _meaning(survey, name)
        if meaning.marks:
            taken.append((name, meaning.marks))
        reason = meaning.reason
        notes += meaning.notes
        if reason is None:
            summary = survey.summaries[name].as_kind(meaning.kind)
            encoder: Encoder = ENCODERS[meaning.kind].of(summary)
            if encoder.n_features:
                columns.append(UsedColumn(name, encoder, summary.n_missing))
            else:
                reason = "no value occurs twice"
        if reason is not None:
            dropped.append(DroppedColumn(name, reason))
    if not columns:
        reasons = ", ".join(f"{column.name!r} ({column.reason})" for column in dropped)
        kept = next((f"; pass kinds={{{note.column!r}: 'number'}} to keep one" for note in notes if note.column), "")
        raise TableError(
            f"{survey.file}: no column is left to learn from: {reasons or 'only the target is there'}{kept}",
            parameter="kinds" if kept else None,
        )
    return Schema(survey.names, survey.target, labels, tuple(columns), tuple(dropped)), (*note_of(taken), *notes)


def _with_dates_decided(survey: _Survey) -> dict[str, ColumnSummary]:
    columns = {name: summary for name, summary in survey.summaries.items() if name != survey.target}
    decision = decide_order(columns, survey.kinds, survey.date_order)
    return survey.summaries | with_dates_decided(columns, decision, survey.kinds)


def _begun(batch: Batch, target: str, drop: Sequence[str], kinds: dict[str, str]) -> _Survey:
    """Find the columns that were asked for by name or position."""

    def found(name: str, parameter: str) -> str:
        column = find_column(name, batch.names, batch.file, parameter)
        if parameter != "target" and column == its_target:
            raise TableError(
                f"{batch.file}: column {column!r} is the target; it cannot be dropped or given a kind",
                parameter=parameter,
            )
        return column

    its_target = found(target, "target")
    dropped = tuple(found(name, "drop") for name in drop)
    decided = {found(name, "kinds"): kind for name, kind in kinds.items()}
    known = batch.date_order, batch.decimal, batch.delimiter
    return _Survey(tuple(batch.names), batch.file, its_target, dropped, decided, 0, {}, {}, *known)


def _learn_target(survey: _Survey) -> ClassLabels:
    target, n_rows = survey.target, survey.n_rows
    where = f"{survey.file}: target column {target!r}"
    if target in survey.unusable:
        raise TableError(f"{where}: expected labels, got {survey.unusable[target]}")
    summary = survey.summaries[target]
    labels = labels_of(summary)
    if n_rows == 1:
        raise TableError(f"{survey.file}: expected many rows to learn from, got one")
    if len(labels) == 1:
        raise TableError(f"{where}: expected at least two classes, got only {labels.classes[0].item()!r}")
    # Twenty classes of one row each may be a small example; beyond that, classes of less than two rows on average are
    # no classes but something every row has its own of.
    if len(labels) > max(20, n_rows // 2):
        raise TableError(
            f"{where}: {len(labels)} different values in {n_rows} rows; classes must "
            "repeat to be learned: is it an identifier or a quantity?"
        )
    return labels


def labels_of(summary: ColumnSummary) -> ClassLabels:
    """Give the classes of a column of labels.

    Raises
    ------
    TableError
        If a label is missing, or they are no classes.
    """
    if not summary.is_counted:
        raise TableError(
            f"{summary.origins[0].file}: target column {summary.name!r}: more than {summary.distinct.most} different "
            "values; classes must repeat to be learned: is it an identifier or a quantity?"
        )
    # Every label once, as if it were a table of its own.
    values = summary.distinct.values
    once = Batch(summary.origins[0].file, 1, pa.RecordBatch.from_arrays([values], names=[summary.name]))
    cells = Cells(once, summary.name, values, summary.family == "text")
    kind = label_kind(cells)
    if summary.first_missing is not None:
        place = summary.place(summary.first_missing)
        raise missing_labels(*place, summary.name, summary.n_missing, summary.n_rows)
    if summary.family == "number":
        for spot, expected in ((summary.numbers.infinite, "a finite number"), (summary.numbers.fraction, A_CLASS)):
            if spot is not None:
                raise summary.error(spot, expected)
    return ClassLabels.of(labels_in(cells, kind))


def _meaning(survey: _Survey, name: str) -> Meaning:
    """Say what a column is, or why it is of no use."""
    if name in survey.drop:
        return Meaning("category", "left out as asked")
    if name in survey.unusable:
        return Meaning("category", f"values of type {survey.unusable[name]} are not supported")
    return meaning_of(survey.summaries[name], survey.kinds.get(name))


def _refuse_odd_ones(survey: _Survey) -> None:
    """Refuse single words among numbers or dates, in all columns at once."""
    found = {}
    for name, summary in survey.summaries.items():
        if name not in survey.kinds and name != survey.target and (odd := summary.odd_one) is not None:
            spot, kind = odd
            found[name] = summary.error(spot, f"a {kind} like most of the column"), str(spot.value), spot, summary
    if not found:
        return
    (name, (error, word, _, _)), *others = found.items()
    more = "".join(
        f"; likewise column {other!r}: {word_there!r} in row {summary.place(spot.position)[1]}"
        for other, (_, word_there, spot, summary) in others
    )
    raise TableError(
        f"{error}{more}; correct it or leave it empty, pass missing={word!r} if it stands for a missing value, "
        f"or kinds={{{name!r}: 'category'}} (or 'text')",
        parameter="kinds",
    )
