"""Does a column alone give the target away? Asked of values as numbers, whatever they were made of."""

import numpy as np

from softargmax._arrays import Array
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.notes import Note

# A column is tried on so many rows first; one that gives nothing away there does so nowhere.
FIRST = 2000
# So many rows, and such a share of all, must hold a value that others hold too: what is different everywhere tells
# nothing.
FEWEST, _SHARE = 20, 0.9


def decides(values: Array, codes: Array, n_rows: int, fewest: int = FEWEST) -> bool:
    """Tell whether rows of equal values are of one class, where most rows have equals.

    Parameters
    ----------
    values, codes : ndarray of integer, shape (n_told,)
        The values and the classes of the rows that have both.
    n_rows : int
        How many rows there are.
    fewest : int
        How many of them must share their value with another one.

    Examples
    --------
    >>> alive, survived = np.array([0, 1] * 20), np.array([1, 0] * 20)
    >>> decides(alive, survived, 40)
    True
    """
    if len(values) < max(fewest, _SHARE * n_rows):
        return False
    _, values, counts = np.unique(values, return_inverse=True, return_counts=True)
    repeated = counts[values] > 1
    if np.count_nonzero(repeated) < max(fewest, _SHARE * n_rows):
        return False
    lowest = np.full(len(counts), codes.max())
    highest = np.zeros(len(counts), codes.dtype)
    np.minimum.at(lowest, values, codes)
    np.maximum.at(highest, values, codes)
    return bool(np.all((lowest == highest)[values[repeated]])) and len(np.unique(codes[repeated])) > 1


def giving_away(column: str, target: str) -> Note:
    """Say that a column alone decides the target."""
    said = f"{column!r} alone decides {target!r}: each of its values goes with one class"
    return Note("leak", f"{said}; if it is known only afterwards, leave it out", column, "drop")


def given_away_in(batch: Batch, target: str) -> tuple[Note, ...]:
    """Name the columns whose cells decide the target in the first rows of a table."""
    batch = Batch(batch.file, batch.first_row, batch.data.slice(0, FIRST), missing=batch.missing)
    classes = _codes(batch, target)
    if classes is None:
        return ()
    found = []
    for name in batch.names:
        values = None if name == target else _codes(batch, name)
        if values is not None:
            told = (values >= 0) & (classes >= 0)
            if decides(values[told], classes[told], len(values)):
                found.append(giving_away(name, target))
    return tuple(found)


def _codes(batch: Batch, name: str) -> Array | None:
    """Number the different cells of a column; -1 where one is missing, None for what holds no single values."""
    cells = Cells.of(batch, name)
    if not cells.is_usable:
        return None
    indices = cells.data.dictionary_encode().indices
    return np.where(cells.missing, -1, np.asarray(indices.fill_null(0), np.int64))
