"""Differences between two models on the same rows that are counts of rows: paired, and honest where few rows differ."""

from statistics import NormalDist

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval
from softargmax.metrics._group_sums import Groups, members_of_groups
from softargmax.metrics._judged import Judged, largest_brier_score
from softargmax.metrics._mean_moments import MeanMoments
from softargmax.metrics.findings import GroupDifference


def accuracy_difference(first: Array, second: Array, weight: Array, interval: Interval) -> Estimate:
    """Estimate by how much the share of right rows differs, from which rows are right; it is a benefit without alarms.

    Bonett, Price, *J. Educ. Behav. Statist.* 37 (2012): one row more that only the one model has right, and one that
    only the other has, so that models which never disagree are not known to be equal.
    """
    return _difference(second - first, weight, (1.0, -1.0), 1.0, interval)


def benefit_difference(first: Judged, second: Judged, threshold: float, interval: Interval) -> Estimate:
    """Estimate by how much the net benefits of acting from a risk on differ.

    As the difference of accuracies, with half a row more of each kind: found by the one alone, and a false alarm of
    the one alone, which weighs the odds of the threshold. At a risk of one half both formulas are one.
    """
    odds = threshold / (1.0 - threshold)
    worth = np.where(first.codes == 1, 1.0, -odds)
    acts = [(judged.event("positive")[0] >= threshold) * worth for judged in (first, second)]
    return _difference(acts[1] - acts[0], first.weight, (1.0, -1.0, odds, -odds), 0.5, interval)


def _difference(values: Array, weight: Array, steps: tuple[float, ...], more: float, interval: Interval) -> Estimate:
    """Estimate a mean of values that are 0 or a step, each step seen so often more."""
    total = float(weight.sum())
    n = total + more * len(steps)
    middle = float((weight * values).sum()) / n  # the steps that are added have the sum 0
    square = (float((weight * np.square(values)).sum()) + more * sum(step * step for step in steps)) / n
    half = NormalDist().inv_cdf(1.0 - interval.tail) * (max(square - middle * middle, 0.0) / n) ** 0.5
    value, most = float((weight * values).sum()) / total, max(steps)
    low, high = max(-most, min(value, middle - half)), min(most, max(value, middle + half))
    return Estimate(value, low, high, interval.confidence, len(values), "bonett-price")


def group_differences(a: Judged, b: Judged, groups: Groups, interval: Interval) -> tuple[GroupDifference, ...]:
    """Compare both models on the rows of every group, with intervals that hold for all groups at once."""
    found = {key: rows[a.weight[rows] > 0.0] for key, rows in members_of_groups(groups, a.n).items()}
    found = {key: rows for key, rows in found.items() if len(rows)}
    together = interval.together(len(found))
    with np.errstate(invalid="ignore"):
        losses = b.log_loss - a.log_loss
    losses[np.isnan(losses)] = 0.0  # infinite for both: no difference
    squares, most = b.brier_score - a.brier_score, largest_brier_score(a.n_classes)
    differences = []
    for (column, value), rows in found.items():
        weight = a.weight[rows]

        def mean(values: Array, low: float, high: float, rows: Array = rows, weight: Array = weight) -> Estimate:
            return MeanMoments.of(values[rows], weight, len(rows)).estimate(together.confidence, low, high)

        differences.append(
            GroupDifference(
                column,
                value,
                float(weight.sum()),
                accuracy_difference(a.correct[rows], b.correct[rows], weight, together),
                mean(losses, -np.inf, np.inf),
                mean(squares, -most, most),
            )
        )
    return tuple(differences)
