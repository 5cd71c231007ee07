"""Which rows go where: the only splitter of rows in the house.

Whoever sets rows aside, to calibrate on, to score on or to leave out in turn, asks `deal` for every row's part, and so
the promises are the same everywhere: the same random state gives the same parts, every class has its share in each of
them, and rows that belong together are never on two sides of a line.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_array, backend_of
from softargmax._options import as_integer, as_real
from softargmax.exceptions import ArgumentError, ShapeError

# Folds are cut at whole rows where their number divides a class: a quotient rounded down must not lose one.
_ROUNDING = 1e-9
# A group that holds more than this share of the rows of the smallest part is large: such groups are placed one by one,
# because a cut between them in random order could miss the sizes that were asked for by far.
_LARGE = 0.5


def deal(
    y: npt.ArrayLike,
    *,
    shares: Sequence[float] | None = None,
    folds: int | None = None,
    groups: npt.ArrayLike | None = None,
    time: npt.ArrayLike | None = None,
    by: npt.ArrayLike | None = None,
    random_state: "int | np.random.Generator | None" = None,  # in quotes: NumPy loads its random numbers when named
) -> Array:
    """Give every row the number of its part.

    Without ``time`` and ``by`` rows are dealt at random, class by class, so that a class of n rows has n times the
    share, rounded down or up, in every part.

    Parameters
    ----------
    y : array-like, shape (n_rows,)
        The class of every row: labels or codes.
    shares : sequence of float
        Deals parts of about these shares, which sum to 1. The first takes what rounding leaves over, so that a class
        too rare to be in every part is in the first.
    folds : int
        Deals so many equal parts instead. Exactly one of shares and folds is given.
    groups : array-like, shape (n_rows,), optional
        Rows of the same group go into the same part, such as the visits of one patient. A group counts as rows of the
        class that most of its rows have. The first part has rows of every class, and every part has a group, as far
        as there are enough of them.
    time : array-like, shape (n_rows,), optional
        Anything that can be sorted. Part 0 gets the earliest rows and the last part the latest, whatever their class;
        rows of the same time stay together, and the last part has rows if there are two times. A group is as late as
        its last row, so that no row of an earlier part comes after the time at which a later part begins.
    by : array-like, shape (n_rows,), optional
        Numbers, such as losses, by whose order folds are dealt in turn, so that every fold has its share of small and
        of large ones; neither the order of the rows nor that of the classes matters. Equal numbers go into the same
        fold: the row is there twice. A random permutation deals at random whatever the class.
    random_state : int or Generator, optional
        Decides which rows go where; not used with ``time`` and ``by``.

    Returns
    -------
    ndarray of integer, shape (n_rows,)
        The part of every row, from 0.

    Raises
    ------
    ArgumentError
        Unless one of shares and folds is given; for options that exclude each other; for missing groups and times.
    ShapeError
        Unless all arrays have one entry per row.

    Examples
    --------
    >>> import numpy as np
    >>> roles = deal([0, 0, 0, 0, 1, 1, 1, 1], shares=(0.5, 0.5), random_state=0)
    >>> np.bincount(roles[:4]), np.bincount(roles[4:])
    (array([2, 2]), array([2, 2]))
    """
    classes = _column(y, "y", None)
    n_rows = len(classes)
    if (shares is None) == (folds is None):
        raise ArgumentError("expected one of shares and folds", parameter="shares")
    if n_rows == 0:
        return np.empty(0, np.int64)
    if by is not None:
        if folds is None or groups is not None or time is not None:
            raise ArgumentError("by: expected it with folds, and without groups and time", parameter="by")
        return _in_turn(_column(by, "by", n_rows), as_integer(folds, "folds", low=2))
    wanted = _shares(shares) if folds is None else np.full(as_integer(folds, "folds", low=2), 1.0 / folds)
    if time is not None:
        moments = _numbered(_column(time, "time", n_rows), "time")
        if groups is not None:
            moments = latest_of(_numbered(_column(groups, "groups", n_rows), "groups"), moments)
        return _by_time(moments, wanted)
    codes = _numbered(classes, "y")
    rng = np.random.default_rng(random_state)
    if groups is None:
        return _by_class(codes, np.ones(n_rows, np.int64), wanted, rng, in_folds=folds is not None)
    group = _numbered(_column(groups, "groups", n_rows), "groups")
    return _by_group(codes, group, wanted, rng, in_folds=folds is not None)[group]


def rows_of(roles: Array, n_parts: int) -> list[Array]:
    """Give the places of the rows of every part, in their order."""
    return [np.flatnonzero(roles == part) for part in range(n_parts)]


def latest_of(group: Array, time: Array) -> Array:
    """Give every row the time of the last row of its group; groups are numbered from 0."""
    latest = np.full(group.max() + 1, time.min())
    np.maximum.at(latest, group, time)
    return np.asarray(latest[group])


def _column(values: npt.ArrayLike, name: str, n_rows: int | None) -> Array:
    column = np.asarray(values if backend_of(values) in ("numpy", "other") else as_array(values, name))
    if column.ndim != 1 or n_rows not in (None, len(column)):
        expected = "(n_rows,)" if n_rows is None else f"({n_rows},), one entry for each of y"
        raise ShapeError(f"{name}: expected shape {expected}, got {column.shape}", parameter=name)
    return column


def _numbered(values: Array, name: str) -> Array:
    """Number values 0, 1 ... in their order."""
    try:
        if bool((values != values).any()):  # NaN and NaT are not equal to themselves
            raise TypeError
        return np.asarray(np.unique(values, return_inverse=True)[1])
    except TypeError:
        raise ArgumentError(
            f"{name}: expected values of one kind that can be sorted, none of them missing", parameter=name
        ) from None


def _shares(shares: Sequence[float] | None) -> Array:
    values = [as_real(share, "shares", low=0.0, high=1.0) for share in shares or ()]
    if not np.isclose(sum(values), 1.0, rtol=0.0, atol=1e-9):
        raise ArgumentError(f"shares: expected numbers that sum to 1, got {shares!r}", parameter="shares")
    return np.array(values)


def _by_class(codes: Array, size: Array, shares: Array, rng: "np.random.Generator", *, in_folds: bool) -> Array:
    """Cut every class's units, in random order, where their sizes add up to its shares.

    Cut from the last part to the first; unless these are folds the last unit of a class is always in the first part.
    """
    roles = np.empty(len(codes), np.int64)
    counts = np.bincount(codes)
    # A random offset per class, spread evenly, keeps the sizes of the parts right when many classes are
    # too small for their shares to be whole numbers.
    offsets = rng.permutation(len(counts)) / len(counts)
    if in_folds:
        offsets += _ROUNDING
    bounds = np.cumsum(shares[:0:-1])
    by_class = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
    for units, offset in zip(by_class, offsets, strict=True):
        units = rng.permutation(units)
        ends = np.cumsum(size[units])
        for_later = bounds * ends[-1] + offset * size[units, np.newaxis]
        parts = (ends[:, np.newaxis] <= for_later).sum(axis=1)
        if not in_folds:
            parts[-1] = 0
        roles[units] = parts
    return roles


def _by_group(codes: Array, group: Array, shares: Array, rng: "np.random.Generator", *, in_folds: bool) -> Array:
    """Give every group its part: large ones first, one by one, the others cut as rows are, by what room is left."""
    size, n_rows = np.bincount(group), len(group)
    roles = np.zeros(len(size), np.int64)
    large = size > _LARGE * shares[shares > 0.0].min() * n_rows
    room = shares
    if large.any():
        order = rng.permutation(np.flatnonzero(large))
        room = _place(roles, order[np.argsort(-size[order], kind="stable")], codes, group, shares)
    small = np.flatnonzero(~large)
    if len(small) and room.any():
        most = np.unique(_most_frequent(codes, group, len(size))[small], return_inverse=True)[1]
        roles[small] = _by_class(most, size[small], room / room.sum(), rng, in_folds=in_folds)
    _fill_empty(roles, size, shares)
    if not in_folds:
        _bring_every_class(roles, size, codes, group)
    return roles


def _place(roles: Array, units: Array, codes: Array, group: Array, shares: Array) -> Array:
    """Put each of these groups where most rows of its classes are wanting; give the room that is left in every part."""
    total = np.bincount(codes).astype(np.float64)
    wanting = np.outer(shares, np.ones(len(total)))  # as a share of every class
    for unit in units:
        counts = np.bincount(codes[group == unit], minlength=len(total)) / total
        # Of parts that want as much, the last: it is the one that is scored on.
        wanted = (wanting @ counts)[::-1]
        roles[unit] = len(shares) - 1 - np.argmax(wanted > wanted.max() - _ROUNDING)
        wanting[roles[unit]] -= counts
    return np.asarray(np.maximum(wanting @ total / total.sum(), 0.0))


def _fill_empty(roles: Array, size: Array, shares: Array) -> None:
    """Give every part a group, the last part first, where another has more than one to choose from."""
    for part in np.flatnonzero(shares > 0.0)[::-1]:
        n_groups = np.bincount(roles, minlength=len(shares))
        if n_groups[part] == 0 and n_groups.max() > 1:
            (donor,) = np.nonzero(roles == n_groups.argmax())
            roles[donor[np.argmin(size[donor])]] = part


def _bring_every_class(roles: Array, size: Array, codes: Array, group: Array) -> None:
    """Let the first part have a group with each class, unless another part had nothing else."""
    for code in np.setdiff1d(codes, codes[roles[group] == 0]):
        holders = np.unique(group[codes == code])
        smallest = holders[np.argmin(size[holders])]
        if roles[holders].all() and np.count_nonzero(roles == roles[smallest]) > 1:
            roles[smallest] = 0


def _most_frequent(codes: Array, group: Array, n_groups: int) -> Array:
    """Give every group the code that most of its rows have, the smaller one of two."""
    n_codes = int(codes.max(initial=-1)) + 1
    pairs, counts = np.unique(group * n_codes + codes, return_counts=True)
    order = np.lexsort((-pairs, counts))  # the last to be written is the one that counts
    result = np.empty(n_groups, np.int64)
    result[pairs[order] // n_codes] = pairs[order] % n_codes
    return np.unique(result, return_inverse=True)[1]  # without gaps: a class may be the most frequent nowhere


def _by_time(moments: Array, shares: Array) -> Array:
    """Cut times where rows add up to the shares; a time belongs where the middle of its rows does.

    A part that so many rows of one time leave empty takes the latest time of the parts before it, if they have another.
    """
    counts = np.bincount(moments)
    middles = np.cumsum(counts) - 0.5 * counts
    parts = np.searchsorted(np.cumsum(shares)[:-1] * len(moments), middles, side="right")
    for part in np.flatnonzero(shares > 0.0)[:0:-1]:
        (earlier,) = np.nonzero(parts < part)
        if part not in parts and len(earlier) > 1:
            parts[earlier[-1]] = part
    return np.asarray(parts[moments])


def _in_turn(numbers: Array, folds: int) -> Array:
    return np.asarray(np.unique(numbers, return_inverse=True)[1] % folds)
