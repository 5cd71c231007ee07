"""How promises were kept on rows with known classes: coverage and size of sets, answers, and how many were wrong."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Estimate, clopper_pearson, wilson_interval
from softargmax._renamed import provisional
from softargmax.metrics._mean_moments import MeanMoments
from softargmax.metrics._plain import Plain

# How sure the intervals of what is measured are, as those of scores.
_CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class KeptSets(Plain):
    """How often sets hold the true class, which was ``promised``, and how many classes they hold."""

    promised: float
    coverage: Estimate
    mean_size: Estimate

    @classmethod
    def of(cls, promised: float, sets: Array, codes: Array, clusters: Array | None) -> Self:
        """Measure sets, shape (n_rows, n_classes), True for the classes that are in."""
        number = np.arange(len(codes)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
        weight, sizes = np.bincount(number).astype(np.float64), sets.sum(axis=1).astype(np.float64)
        moments = MeanMoments.of(np.bincount(number, sizes) / weight, weight, len(codes))
        mean = moments.estimate(_CONFIDENCE, 0.0, float(sets.shape[1]))
        return cls(promised, _share(sets[np.arange(len(codes)), codes], clusters), mean)


@dataclass(frozen=True, eq=False)
class KeptRisk(Plain):
    """Which share of the rows is answered, and which share of the answers is wrong: at most ``promised``.

    ``confidence`` is the probability with which the promise holds, over the rows it was made by.
    """

    promised: float
    confidence: float
    answered: Estimate
    error_rate: Estimate

    @classmethod
    def of(cls, promised: float, confidence: float, said: Array, codes: Array, clusters: Array | None) -> Self:
        """Measure answers, codes of classes and -1 where none is given."""
        kept = np.flatnonzero(said >= 0)
        among = None if clusters is None else clusters[kept]
        return cls(promised, confidence, _share(said >= 0, clusters), _share(said[kept] != codes[kept], among))


@dataclass(frozen=True, eq=False)
class KeptThreshold(Plain):
    """What comes of a threshold for a class: which share of its rows is found, and how many a yes is right for.

    ``promised`` is the recall that was promised, None if F1 chose the threshold.
    """

    promised: float | None
    recall: Estimate
    precision: Estimate
    false_alarm_rate: Estimate

    @classmethod
    def of(cls, promised: float | None, yes: Array, is_positive: Array, clusters: Array | None) -> Self:
        """Measure who got a yes."""

        def among(rows: Array, happened: Array) -> Estimate:
            return _share(happened[rows], None if clusters is None else clusters[rows])

        found, precise = among(is_positive, yes), among(yes, is_positive)
        return cls(promised, found, precise, among(~is_positive, yes))


@provisional
@dataclass(frozen=True, eq=False)
class KeptPromises(Plain):
    """How each promise of a model was kept; None where there is none.

    ``sets_of_answered`` are those of answered rows, among these: None too where no row is answered.
    """

    sets: KeptSets | None = None
    answers: KeptRisk | None = None
    sets_of_answered: KeptSets | None = None
    positive: KeptThreshold | None = None


def _share(happened: Array, clusters: Array | None) -> Estimate:
    """Give a share of the rows; where they come in clusters, it is as sure as that of so many rows as there are these.

    So it would be if all rows of a cluster were alike, which is the most that they can depend on each other.
    """
    n, count = len(happened), int(np.count_nonzero(happened))
    if clusters is None or n == 0:
        return clopper_pearson(count, n, _CONFIDENCE)
    weight = np.unique(clusters, return_counts=True)[1].astype(np.float64)
    effective = float(weight.sum() ** 2 / np.square(weight).sum())
    low, high = wilson_interval(count / n, effective, _CONFIDENCE)
    return Estimate(count / n, float(low), float(high), _CONFIDENCE, n, "wilson")
