"""Setting rows aside so that every class keeps its share."""

import numpy as np

from softargmax._arrays import Array


def stratified_split(codes: Array, fractions: tuple[float, ...], rng: np.random.Generator) -> list[Array]:
    """Split row numbers into parts of about the given fractions, class by class.

    The first part takes what rounding leaves over, so a class too rare to be in every part is in the first.

    Parameters
    ----------
    codes : ndarray of integer, shape (n_rows,)
        The class of every row.
    fractions : tuple of float
        Shares that sum to 1.
    rng : Generator
        Decides which rows go where.

    Returns
    -------
    list of ndarray
        Sorted row numbers of every part.
    """
    parts: list[list[Array]] = [[] for _ in fractions]
    # A random offset per class, spread evenly, keeps the sizes of the parts right when many classes are
    # too small for their shares to be whole numbers.
    classes = np.unique(codes)
    offsets = rng.permutation(len(classes)) / len(classes)
    bounds = np.cumsum(fractions[:0:-1])
    for code, offset in zip(classes, offsets, strict=True):
        rows = rng.permutation(np.flatnonzero(codes == code))
        cuts = np.minimum(np.floor(bounds * len(rows) + offset).astype(np.int64), len(rows) - 1)
        for part, piece in zip(reversed(parts), np.split(rows, cuts), strict=True):
            part.append(piece)
    return [np.sort(np.concatenate(part)) if part else np.empty(0, np.int64) for part in parts]
