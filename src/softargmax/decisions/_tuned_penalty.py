"""RAPS chooses what a rank costs by a part of the calibration rows, which then sets no threshold.

The authors (Angelopoulos, Bates, Malik, Jordan, *ICLR* 2021, appendix E) let ranks that the true class rarely exceeds
cost nothing, and take the price that makes the smallest sets. The other rows had no say in the score, so they are like
new ones, and the promise stands.
"""

from fractions import Fraction

import numpy as np

from softargmax._arrays import Array
from softargmax._logits import Logits
from softargmax.decisions._nonconformity import INFINITE, ClassRanks, Penalty, Scorer
from softargmax.decisions._pool import Pool, fewest_rows

# The share of the rows that choose, as MAPIE has it, and how many at most: a mean size is known well enough by then.
_SHARE, _MOST = 0.2, 2000
# With fewer rows to choose by the choice is a guess, and the rows are worth more where thresholds are set: of 400 rows
# of a hundred classes a tuned price made larger sets than the constant one, of 2500 smaller ones.
_FEWEST = 200
# Without a price it is the score "aps".
_PRICES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def rows_that_choose(n_rows: int, alpha: Fraction, seed: int) -> Array:
    """Tell which rows choose the price, drawn at random; none where there are too few."""
    number = min(int(_SHARE * n_rows), _MOST)
    chosen = np.zeros(n_rows, np.bool_)
    if number >= max(_FEWEST, fewest_rows(alpha)):
        chosen[np.random.default_rng(seed).permutation(n_rows)[:number]] = True
    return chosen


def tuned_penalty(scorer: Scorer, logits: Logits, codes: Array, weight: Array, alpha: Fraction) -> Penalty:
    """Choose the free ranks and their price by rows that make no threshold; `scorer` charges nothing."""
    blocks = [(rows, z, scores) for rows, z, scores in scorer(logits)]
    rank = np.concatenate([ClassRanks.of(z).from_one() for _, z, _ in blocks])
    scores = np.concatenate([each for _, _, each in blocks])
    true = np.arange(len(codes)), codes
    ordered = Pool.of(rank[true].astype(np.complex128), weight)
    last = ordered.thresholds(alpha, np.ones(1))[0].real
    free_ranks = int(min(last, logits.n_classes))

    def mean_size(price: float) -> float:
        priced = scores + np.where(np.isfinite(scores.real), price * np.maximum(0, rank - free_ranks), 0.0)
        priced[scores == INFINITE] = INFINITE
        threshold = Pool.of(priced[true], weight).thresholds(alpha, np.ones(1))[0]
        return float(np.average((priced <= threshold).sum(axis=1), weights=weight))

    return Penalty(min(_PRICES, key=mean_size), free_ranks)
