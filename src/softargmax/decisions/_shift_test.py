r"""A test of whether new rows differ from labelled ones in how common the classes are, and in nothing else.

Rows are counted in cells: by the class they look most like, and how much. With F_jk the share of the labelled rows of
class k that are in cell j, and t_j that of the new rows, a shift of shares alone means t = F pi for some pi. What is
left over is compared with what chance makes of both counts, the new rows' and the labelled ones':

.. math:: J = \min_{\sum_k \pi_k = 1} (t - F\pi)^\top V^{-1} (t - F\pi), \qquad
          V = \frac{\operatorname{diag}(t) - t t^\top}{n} + \sum_k \pi_k^2 \frac{\operatorname{diag}(F_k) - F_k
          F_k^\top}{n_k}

which is nearly chi-squared with as many degrees of freedom as there are cells more than classes (Hansen,
*Econometrica* 50, 1982). Nothing in it takes the probabilities for right: they only choose the cells.
"""

import math

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import CalibrationTest

# Cells of all classes (two per class at least), and the fewest rows of either sample in a cell: a chi-squared
# distribution wants more than a few in each. Chosen by simulation of the level.
_MOST_CELLS, _FEWEST = 8, 20
_ROUNDS = 3


def explained_by_shares(new: Array, old: Array, codes: Array, pi: Array) -> CalibrationTest | None:
    """Test it on log-probabilities of new rows and of labelled ones; None where rows do not suffice for any cell more.

    ``pi`` are the shares to begin with.
    """
    n_classes = len(pi)
    if np.bincount(codes, minlength=n_classes).min() < 2:
        return None
    of_old, of_new = _cells(old, new)
    n_cells = int(of_old.max()) + 1
    counts = np.zeros((n_cells, n_classes))
    np.add.at(counts, (of_old, codes), 1.0)
    found = np.bincount(of_new, minlength=n_cells).astype(float)
    # The last cell is what the others leave of 1.
    statistic = _least_distance(found / len(new), counts / counts.sum(axis=0), counts.sum(axis=0), len(new), pi)
    df = n_cells - n_classes
    return None if df < 1 else CalibrationTest(statistic, chi_squared_above(statistic, df), len(new))


def _cells(old: Array, new: Array) -> tuple[Array, Array]:
    """Number the cells of rows: the likeliest class, and how likely, in parts that all hold rows of both samples.

    What is likeliest too seldom shares one cell.
    """
    top, sure = [z.argmax(axis=1) for z in (old, new)], [z.max(axis=1) for z in (old, new)]
    places = np.zeros(len(old), np.int64), np.zeros(len(new), np.int64)
    next_cell, most = 1, max(2, _MOST_CELLS // old.shape[1])
    for code in range(old.shape[1]):
        rows = [np.flatnonzero(each == code) for each in top]
        for parts in range(min(most, min(map(len, rows)) // _FEWEST), 0, -1):
            both = np.concatenate([sure[0][rows[0]], sure[1][rows[1]]])
            edges = np.quantile(both, np.arange(1, parts) / parts)
            cell = [np.searchsorted(edges, each[where]) for each, where in zip(sure, rows, strict=True)]
            if min(np.bincount(each, minlength=parts).min() for each in cell) >= _FEWEST:
                for place, each, where in zip(places, cell, rows, strict=True):
                    place[where] = next_cell + each
                next_cell += parts
                break
    if not all((place == 0).any() for place in places):  # then nothing, or the rows of one sample, would be there
        places = np.maximum(places[0], 1) - 1, np.maximum(places[1], 1) - 1
    return places


def _least_distance(t: Array, F: Array, n_k: Array, n: int, pi: Array) -> float:
    """Minimise the distance over shares, whose own variance is that of the round before."""
    direction = np.vstack([np.eye(len(pi) - 1), -np.ones(len(pi) - 1)])
    distance = 0.0
    # A cell that no labelled row of a class is in may have some yet.
    seen = (F * n_k + 0.5) / (n_k + 0.5 * len(F))
    for _ in range(_ROUNDS):
        expected = F @ pi
        V = (np.diag(expected) - np.outer(expected, expected)) / n
        V += np.diag(seen @ (np.square(pi) / n_k)) - (seen * (np.square(pi) / n_k)) @ seen.T
        V, left, design = V[:-1, :-1], (t - expected)[:-1], (F @ direction)[:-1]
        inverse = np.linalg.pinv(V, hermitian=True)
        step = np.linalg.lstsq(design.T @ inverse @ design, design.T @ inverse @ left, rcond=None)[0]
        pi = pi + direction @ step
        left = left - design @ step
        distance = float(left @ inverse @ left)
    return distance


def chi_squared_above(x: float, df: int) -> float:
    """Give the probability that a chi-squared number of so many degrees of freedom is larger: a finite sum."""
    if x <= 0.0:
        return 1.0
    half = 0.5 * x
    total = math.erfc(math.sqrt(half)) if df % 2 else 0.0
    start = 0.5 if df % 2 else 0.0
    terms = [k * math.log(half) - half - math.lgamma(k + 1.0) for k in np.arange(start, 0.5 * df)]
    return min(1.0, total + math.fsum(map(math.exp, terms)))
