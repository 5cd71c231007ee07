"""What makes a score look better than it is: columns that give the target away, rows that return or stand twice."""

from collections.abc import Iterable

import numpy as np

from softargmax._arrays import Array
from softargmax._row_hash import hash_rows
from softargmax.tables.giving_away import FEWEST, FIRST, decides, giving_away
from softargmax.tables.meaning import is_identifiers_name
from softargmax.tables.notes import Note
from softargmax.tables.schema import Schema
from softargmax.tables.word_encoders import CategoryEncoder

_ROWS = 1 << 12
# So many rows must have the same value on average for it to be somebody who returns.
_REPEATS = 1.5
# Notes that speak against a score.
_DOUBTFUL = ("leak", "group", "repeated-rows")


def leaks(features: Array, codes: Array, schema: Schema) -> tuple[Note, ...]:
    """Name the columns that alone decide the class: each of their values goes with one.

    Parameters
    ----------
    features : ndarray of float32, shape (n_rows, n_features)
    codes : ndarray of integer, shape (n_rows,)
    schema : Schema
        Which features are of which column.
    """
    return tuple(
        giving_away(column.name, schema.target)
        for column, place in schema.places()
        if _decides(features[:FIRST, place], codes[:FIRST], 2) and _decides(features[:, place], codes, FEWEST)
    )


def _decides(part: Array, codes: Array, fewest: int) -> bool:
    """Whether rows of equal features are of equal class, where most rows have equals; rare levels are all zero."""
    told = part.any(axis=1)
    return decides(_hashes(part[told]), codes[told], len(part), fewest)


def unasked_groups(features: Array, schema: Schema, group: str | None) -> tuple[Note, ...]:
    """Name the columns that are called like an identifier, though several rows have the same: who is it that returns?

    Parameters
    ----------
    features : ndarray of float32, shape (n_rows, n_features)
    schema : Schema
        Which features are of which column.
    group : str or None
        The column whose equal values are kept together already.
    """
    if group is not None:
        return ()
    notes = []
    for column, place in schema.places():
        if not is_identifiers_name(column.name):
            continue
        encoder = column.encoder
        if isinstance(encoder, CategoryEncoder):  # whose rare levels have no features of their own
            n_values = len(encoder.levels) + encoder.n_rare
        else:
            n_values = len(np.unique(_hashes(features[:, place])))
        if n_values >= FEWEST and len(features) - column.n_missing >= _REPEATS * n_values:
            said = f"{column.name!r} is called like an identifier, and its values return"
            text = f"{said}: if rows of one tell about each other, the score is better than for new ones"
            notes.append(Note("group", text, column.name, "group"))
    return tuple(notes)


def repeated_rows(features: Array, codes: Array, judged: Iterable[tuple[Array, Array]]) -> tuple[Note, ...]:
    """Count the rows to score on that stand among those to train on too, label included.

    Parameters
    ----------
    features : ndarray of float32, shape (n_rows, n_features)
    codes : ndarray of integer, shape (n_rows,)
    judged : iterable of pairs of ndarray
        For every fit the places of the rows to train on, and of those to score on.
    """
    hashes, twice, scored = _hashes(features, codes), 0, 0
    for training, scoring in judged:
        twice += int(np.count_nonzero(np.isin(hashes[scoring], hashes[training])))
        scored += len(scoring)
    if not twice:
        return ()
    said = f"{twice} of the {scored} rows to score on stand among the rows to train on too"
    return (Note("repeated-rows", f"{said}: the score says less about new rows"),)


def doubts(notes: Iterable[Note]) -> tuple[str, ...]:
    """Say as sentences what of these makes a score look better than it is, at most three of a kind.

    >>> doubts([Note("leak", "'y2' alone decides 'y'"), Note("encoding", "read as Latin-1")])
    ("Doubtful: 'y2' alone decides 'y'.",)
    """
    texts: dict[str, list[str]] = {code: [] for code in _DOUBTFUL}
    for note in notes:
        if note.code in texts:
            texts[note.code].append(note.text)
    return tuple(f"Doubtful: {text}." for kind in texts.values() for text in kind[:3])


def _hashes(features: Array, codes: Array | None = None) -> Array:
    """Give a number for every row, its class included; some rows at a time, because they are copied for it."""
    hashes = np.empty(len(features), np.uint64)
    for start in range(0, len(features), _ROWS):
        rows = slice(start, start + _ROWS)
        block = features[rows].astype(np.float64)
        hashes[rows] = hash_rows(block if codes is None else np.column_stack([block, codes[rows]]))
    return hashes
