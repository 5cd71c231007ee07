"""Of those told 30 %, how many were: a few ranges of probability with round ends, and what happened in each."""

import numpy as np

from softargmax._estimate import Interval
from softargmax.metrics._ranked import RankedRows, sorted_sums, width_bins
from softargmax.metrics.findings import ToldShare
from softargmax.metrics.scoring import proportion

# The ends of the ranges, in twentieths: where most probabilities are of most models, ranges are half as wide.
_ENDS = np.array([0, 1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 19, 20])
_FINEST = 20
# Neighbouring ranges are joined until there are no more than so many, with at least so many rows in each.
_MOST, _FEWEST = 6, 10.0


def told_shares(ranked: RankedRows, interval: Interval, worth: float = 1.0) -> tuple[ToldShare, ...]:
    """Give what happened by what was said, in ranges that hold enough rows to say it.

    Parameters
    ----------
    ranked : RankedRows
    interval : Interval
    worth : float
        What a row is worth beside an independent one, for the intervals.
    """
    finest = width_bins(ranked.probability, _FINEST)
    columns = (ranked.weight, ranked.correct, ranked.weight * ranked.probability)
    place = np.searchsorted(_ENDS, finest, side="right") - 1
    sums = np.stack(sorted_sums(place, len(_ENDS) - 1, columns), axis=1)
    parts = [
        (int(low), int(high), part) for low, high, part in zip(_ENDS[:-1], _ENDS[1:], sums, strict=True) if part[0] > 0
    ]
    while len(parts) > 1:
        rows = [part[0] for _, _, part in parts]
        least = int(np.argmin(rows))
        if len(parts) <= _MOST and rows[least] >= _FEWEST:
            break
        sides = [side for side in (least - 1, least + 1) if 0 <= side < len(parts)]
        first, second = sorted((least, min(sides, key=lambda side: rows[side])))
        joined = parts[first][0], parts[second][1], parts[first][2] + parts[second][2]
        parts[first : second + 1] = [joined]
    return tuple(
        ToldShare(
            low / _FINEST,
            high / _FINEST,
            float(part[2] / part[0]),
            float(part[0]),
            proportion(float(part[1] / part[0]), worth * float(part[0]), round(part[0]), interval),
        )
        for low, high, part in parts
    )
