"""Every class by itself, from the sums that calibration class by class is made of."""

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval
from softargmax.metrics._binned import Binned
from softargmax.metrics.findings import Baseline, ClassScore
from softargmax.metrics.scoring import proportion


def class_scores(top_label: Binned, rows: Array, interval: Interval) -> tuple[ClassScore, ...]:
    """Give a score for every class that occurs or is named, those with most errors first.

    ``top_label`` are sums in bins of the class that is predicted, ``rows`` the weight of every class.
    """
    shape = len(rows), -1
    named, correct, residual = (
        column.reshape(shape).sum(axis=1) for column in (top_label.weight, top_label.correct, top_label.residual)
    )
    gaps = np.abs(top_label.residual.reshape(shape)).sum(axis=1)

    def share(part: float, whole: float) -> Estimate | None:
        if whole <= 0.0:
            return None
        return proportion(part / whole, whole, round(whole), interval)

    scores = [
        ClassScore(
            code,
            float(rows[code]),
            float(named[code]),
            float(max(rows[code] + named[code] - 2.0 * correct[code], 0.0)),
            share(float(correct[code]), float(rows[code])),
            share(float(correct[code]), float(named[code])),
            float((correct[code] - residual[code]) / named[code]) if named[code] > 0.0 else None,
            float(gaps[code] / named[code]) if named[code] > 0.0 else None,
        )
        for code in range(len(rows))
        if rows[code] > 0.0 or named[code] > 0.0
    ]
    return tuple(sorted(scores, key=lambda score: (-score.errors, score.code)))


def baseline(rows: Array) -> Baseline:
    """Say what is reached by the weights of the classes alone."""
    share = rows / rows.sum()
    some = share[share > 0.0]
    brier = float((share * (1.0 - share)).sum())
    return Baseline(
        int(share.argmax()),
        float(share.max()),
        max(0.0, -float((some * np.log(some)).sum())),
        0.5 * brier if len(rows) == 2 else brier,
    )
