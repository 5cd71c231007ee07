"""What an assessment holds beside single values: curves, counts, and a line for every class, group and bad row.

All of it is numbers, text and tuples, small enough for a page whatever the number of rows, so that whoever shows it
computes nothing. Rows are counted by their weights.
"""

from dataclasses import dataclass

from softargmax._estimate import Estimate
from softargmax.metrics._plain import Plain


@dataclass(frozen=True, eq=False)
class Reliability(Plain):
    """What was said against what happened, as one smooth curve.

    Attributes
    ----------
    of : str
        "label": how sure a prediction is, and how often it is right; or "positive": the probability of class 1 of two
        classes, and how often that is the true one.
    said, happened : tuple of float
        Both smoothed by one and the same kernel, so that a calibrated model lies on the diagonal at the ends too;
        ``said`` ascends. The kernel is as narrow as the rows near a point allow. Empty for too few rows.
    low, high : tuple of float
        Where that of a calibrated model would lie by chance, at one point with the probability ``confidence``.
    share : tuple of float
        The share of the rows in each of 20 bins of equal width from 0 to 1.
    inside : float
        The share of the rows at whose probability the curve lies within ``low`` and ``high``.
    said_mean, happened_mean : float
        The means over all rows.
    confidence : float
        That of the bands.
    happened_low, happened_high : tuple of float, or None
        Where what happens may really lie, at one point with the probability ``confidence``: a band around the curve
        instead of the diagonal. None in files of before it.
    """

    of: str
    said: tuple[float, ...]
    happened: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    share: tuple[float, ...]
    inside: float
    said_mean: float
    happened_mean: float
    confidence: float
    happened_low: tuple[float, ...] | None = None
    happened_high: tuple[float, ...] | None = None


@dataclass(frozen=True, eq=False)
class RiskScores(Plain):
    """How good the probability of class 1 of two classes is, its risk.

    Attributes
    ----------
    auc : Estimate or None
        How often a row of class 1 has a higher risk than one of class 0, ties counting half: `softargmax.metrics.auc`.
        None if one of the classes does not occur.
    intercept, slope : Estimate or None
        `softargmax.metrics.calibration_intercept` and `calibration_slope`: calibrated risks have 0 and 1. None where
        there is no such regression, since the risks part the classes wholly.
    threshold, net_benefit, benefit_of_all : tuple of float
        For thresholds from .01 to .99: the share of rows that are found, less that of false alarms times the odds of
        the threshold; if one acts from that risk on, and if one acts on all: `softargmax.metrics.decision_curve`.
    net_benefit_low, net_benefit_high : tuple of float, or None
        The interval of the net benefit, for each threshold by itself; None in files of before it, as for the next.
    observed_expected : Estimate or None
        `softargmax.metrics.observed_expected_ratio`: 1 is right. None if there is no event.
    """

    auc: Estimate | None
    intercept: Estimate | None
    slope: Estimate | None
    threshold: tuple[float, ...]
    net_benefit: tuple[float, ...]
    benefit_of_all: tuple[float, ...]
    net_benefit_low: tuple[float, ...] | None = None
    net_benefit_high: tuple[float, ...] | None = None
    observed_expected: Estimate | None = None


@dataclass(frozen=True, eq=False)
class Baseline(Plain):
    """What is reached without a look at any row, by knowing how common the classes are among these rows.

    Attributes
    ----------
    code : int
        The commonest class, the first of several.
    accuracy : float
        That of always answering it: its share.
    log_loss, brier_score : float
        Those of always saying the shares of the classes.
    """

    code: int
    accuracy: float
    log_loss: float
    brier_score: float


@dataclass(frozen=True, eq=False)
class ToldShare(Plain):
    """Of the rows that were told a probability from ``low`` to ``high``, on average ``said``: of how many it was true.

    The probability is that of class 1 of two classes, or that of the predicted label; ``happened`` is the share of
    these ``rows`` that were of class 1, or predicted right.
    """

    low: float
    high: float
    said: float
    rows: float
    happened: Estimate


@dataclass(frozen=True, eq=False)
class AnswerThreshold(Plain):
    """The lowest top probability to answer at if no more than ``wished`` of the answers shall be wrong.

    The upper end of the interval of ``risk`` keeps the wish; ``coverage`` is the share of rows that are answered.
    """

    wished: float
    top_probability: float
    coverage: float
    risk: Estimate


@dataclass(frozen=True, eq=False)
class AnsweredRows(Plain):
    """The share of wrong answers, ``risk``, if only the surest rows are answered: those of a share ``coverage``.

    At most 200 points of `softargmax.metrics.risk_coverage`, and the thresholds that keep some usual wishes.
    """

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    thresholds: tuple[AnswerThreshold, ...]


@dataclass(frozen=True, eq=False)
class Mistake(Plain):
    """How many rows of the class ``truth`` were taken for the class ``answer``, of so many of it."""

    truth: int
    answer: int
    count: float
    of: float


@dataclass(frozen=True, eq=False)
class Confusion(Plain):
    """Which classes are taken for which.

    Attributes
    ----------
    order : tuple of int
        Codes of the classes that have a line of their own: all of up to 20, of more those with the largest confusions.
        Classes that are mixed up stand together.
    counts : tuple of tuples of float
        The rows of each of these classes (first index) by what they were called (second). If classes are left over,
        they stand together in one more line and column at the end.
    folded : int
        How many classes these are.
    largest : tuple of Mistake
        Up to 20 confusions of all classes, the most frequent first.
    """

    order: tuple[int, ...]
    counts: tuple[tuple[float, ...], ...]
    folded: int
    largest: tuple[Mistake, ...]


@dataclass(frozen=True, eq=False)
class ClassScore(Plain):
    """How one class fares.

    ``rows`` are of it, ``named`` are called it; ``recall`` and ``precision`` are the shares of them that are right, and
    None where there are none. ``said`` is how sure the model was on average where it named the class, to be compared
    with ``precision``; ``calibration_error`` is the distance of the two in 15 bins. ``errors`` are the wrong answers in
    which the class is the truth or the answer.
    """

    code: int
    rows: float
    named: float
    errors: float
    recall: Estimate | None
    precision: Estimate | None
    said: float | None
    calibration_error: float | None


@dataclass(frozen=True, eq=False)
class GroupScore(Plain):
    """How the rows of one group fare.

    ``happened`` is how often the predicted label was right or, where ``of`` of the reliability is "positive", how often
    class 1 was true; ``said`` is what the model claimed for it. ``excess`` is how many rows more were claimed. The
    intervals of all groups hold at once with the confidence that was asked for, so that of many groups none stands out
    by chance; each by itself has the larger one that stands in it (Šidák, *J. Amer. Statist. Assoc.* 62, 1967).
    """

    column: str
    value: str
    rows: float
    accuracy: Estimate
    happened: Estimate
    said: float
    excess: float


@dataclass(frozen=True, eq=False)
class GroupDifference(Plain):
    """What differs between two models on the rows of one group, second minus first.

    The intervals of one figure hold for all groups at once with the confidence that was asked for.
    """

    column: str
    value: str
    rows: float
    accuracy: Estimate
    log_loss: Estimate
    brier_score: Estimate


@dataclass(frozen=True, eq=False)
class SetScore(Plain):
    """Prediction sets: the confidence that was ``promised``, how often they hold the truth, and how large they are.

    ``sizes`` are the shares of the rows whose sets have 0, 1, 2 ... classes, up to the largest that occurs.
    """

    promised: float
    coverage: Estimate
    mean_size: float
    sizes: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class WrongRow(Plain):
    """A row the model was sure of, and wrong: what it is known by, and the probabilities of answer and truth."""

    key: tuple[str, ...]
    truth: int
    answer: int
    probability: float
    truth_probability: float
