"""From a whole table to a schema and features, in bounded memory: once through it to decide, once more to encode."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from softargmax._arrays import Array
from softargmax._options import as_choice
from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.columns.date_orders import decide_order, with_dates_decided
from softargmax.tables.decimal_mark import decimal_mark
from softargmax.tables.encoder import Encoder
from softargmax.tables.encoders import ENCODERS
from softargmax.tables.gathering import Gathered, Types, WiderTypesError
from softargmax.tables.learning_target import MOST_CLASSES, learn_target
from softargmax.tables.marks import note_of
from softargmax.tables.meaning import Meaning, meaning_of, totals_of
from softargmax.tables.names import find_column
from softargmax.tables.notes import Note
from softargmax.tables.remembered import remembered_of
from softargmax.tables.schema import IDENTIFIER, DroppedColumn, Schema, UsedColumn

# Numbers that are encoded at a time.
_FEATURES_AT_ONCE = 1 << 23


@dataclass(frozen=True)
class Learned:
    """What was learned of a table, and what is needed to go through it once more.

    Attributes
    ----------
    schema : Schema
    n_rows : int
        Rows of the table.
    n_unlabelled : int
        How many of them have no label, or nothing at all, and are not encoded.
    types : dict
        The types of Arrow in which its columns are understood.
    notes : tuple of Note
        What was decided about its columns without being asked.
    decimal : str or None
        The decimal mark of its numbers; None where they do not tell.
    """

    schema: Schema
    n_rows: int
    n_unlabelled: int
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
    about_decimal = _decide_decimal(survey)
    schema, notes = _schema(survey)
    n_unlabelled = survey.n_empty + survey.summaries[schema.target].n_missing
    return Learned(schema, survey.n_rows, n_unlabelled, gathered.types, (*about_decimal, *notes), survey.decimal)


def encoded(learned: Learned, batches: Iterable[Batch]) -> tuple[Array, Array, Array]:
    """Turn the same table into features and class codes; beside them, memory is bounded.

    Parameters
    ----------
    learned : Learned
        What `learn_schema` gave.
    batches : iterable of Batch
        The same table once more.

    Returns
    -------
    features : ndarray of float32, shape (n_labelled, n_features)
        Of the rows that have a label.
    codes : ndarray of integer, shape (n_labelled,)
    is_labelled : ndarray of bool, shape (n_rows,)
        Which rows they are.

    Raises
    ------
    TableError
        If the table is another one than before.
    """
    schema = learned.schema
    n_labelled = learned.n_rows - learned.n_unlabelled
    features = np.empty((n_labelled, schema.n_features), np.float32)
    codes = np.empty(n_labelled, np.int64)
    is_labelled = np.zeros(learned.n_rows, np.bool_)
    read, done, file = 0, 0, ""
    try:
        for batch in _slices(Gathered(batches, learned.types), max(1, _FEATURES_AT_ONCE // schema.n_features)):
            begun, read, file = read, read + batch.data.num_rows, batch.file
            batch = replace(batch, decimal=learned.decimal)
            found = schema.codes(batch)
            labelled = np.flatnonzero(found >= 0)
            rows = slice(done, done + len(labelled))
            done = rows.stop
            if read > learned.n_rows or done > n_labelled:
                break
            features[rows] = schema.features(batch)[labelled]
            codes[rows] = found[labelled]
            is_labelled[begun:read] = found >= 0
    except WiderTypesError:
        done = -1
    if (read, done) != (learned.n_rows, n_labelled):
        raise TableError(
            f"{file}: expected the {learned.n_rows} rows that were read before, but the table has changed meanwhile; "
            "try again when nothing writes to it, and give what comes through a pipe as the first or only table"
        )
    return features, codes, is_labelled


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
    n_empty: int
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
        empty = np.ones(batch.data.num_rows, np.bool_)
        for name in batch.names:
            if name in survey.drop or name in survey.unusable:
                continue
            cells = Cells.of(batch, name)
            if empty.any():
                empty &= cells.missing
            if not cells.is_usable:
                survey.unusable[name] = str(cells.data.type)
            elif name in survey.summaries:
                survey.summaries[name] = survey.summaries[name].update(cells, survey.kinds.get(name))
            else:
                most = {"most": MOST_CLASSES} if name == survey.target else {}
                survey.summaries[name] = ColumnSummary.of(cells, 0, survey.kinds.get(name), **most)
        survey.n_rows += batch.data.num_rows
        survey.n_empty += int(np.count_nonzero(empty))
    assert survey is not None  # there is at least one batch
    survey.summaries = {name: found.without_empty(survey.n_empty) for name, found in survey.summaries.items()}
    if survey.n_rows == survey.n_empty:
        raise TableError(f"{survey.file}: expected rows, got a table with column names only")
    return survey


def _decide_decimal(survey: _Survey) -> tuple[Note, ...]:
    """Decide the decimal mark of a table, unless it is known, read its numbers with it, and give what is to be said."""
    notes: tuple[Note, ...] = ()
    if survey.decimal is None:
        numbers = {
            name: summary
            for name, summary in survey.summaries.items()
            if name != survey.target and survey.kinds.get(name, "number") == "number"
        }
        found = decimal_mark(numbers.values(), survey.delimiter)
        if found.question is not None:
            raise found.question
        survey.decimal, notes = found.mark, found.notes
    if survey.decimal is not None:
        survey.summaries = {name: one.with_decimal(survey.decimal) for name, one in survey.summaries.items()}
    return notes


def _schema(survey: _Survey) -> tuple[Schema, tuple[Note, ...]]:
    if survey.target in survey.unusable:
        kind = survey.unusable[survey.target]
        raise TableError(f"{survey.file}: target column {survey.target!r}: expected labels, got {kind}")
    labels, about_labels = learn_target(survey.summaries[survey.target], survey.decimal or ".")
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
        if name in survey.summaries:
            notes += totals_of(survey.summaries[name])
        if reason is None:
            summary = survey.summaries[name].as_kind(meaning.kind)
            encoder: Encoder = ENCODERS[meaning.kind].of(summary)
            if encoder.n_features:
                columns.append(UsedColumn(name, encoder, summary.n_missing, remembered_of(summary, encoder)))
            else:
                reason = "no value occurs twice"
        if reason is not None:
            dropped.append(DroppedColumn(name, reason))
    if not columns:
        reasons = ", ".join(f"{column.name!r} ({column.reason})" for column in dropped)
        kept = _how_to_keep_one(notes, dropped)
        raise TableError(
            f"{survey.file}: no column is left to learn from: {reasons or 'only the target is there'}{kept}",
            parameter="kinds" if kept else None,
        )
    schema = Schema(survey.names, survey.target, labels, tuple(columns), tuple(dropped))
    return schema, (*about_labels, *note_of(taken), *notes)


def _how_to_keep_one(notes: Sequence[Note], dropped: Sequence[DroppedColumn]) -> str:
    """Say how a column is kept that was taken for an identifier, where nothing is left."""
    kinds = [(note.column, "number") for note in notes if note.column]
    kinds += [(column.name, "text") for column in dropped if column.reason.startswith(IDENTIFIER)]
    return next((f"; pass kinds={{{name!r}: {kind!r}}} to keep one" for name, kind in kinds), "")


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
    return _Survey(tuple(batch.names), batch.file, its_target, dropped, decided, 0, 0, {}, {}, *known)


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
