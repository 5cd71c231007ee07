"""The scores that everybody asks for first, together, and beside them what is reached without a look at any row."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from softargmax._estimate import Estimate, Interval
from softargmax._renamed import renamed
from softargmax.metrics._areas import area_of_rows
from softargmax.metrics._binned import N_BINS
from softargmax.metrics._binned_error import binned, binned_error
from softargmax.metrics._class_scores import baseline
from softargmax.metrics._dependent import DependentRows
from softargmax.metrics._judged import Aspect, Judged
from softargmax.metrics._plain import Plain
from softargmax.metrics._ranked import RankedRows
from softargmax.metrics._told import told_shares
from softargmax.metrics.findings import Baseline, ToldShare
from softargmax.metrics.scoring import brier_estimate, mean_brier_score, mean_log_loss, proportion, share_within


@dataclass(frozen=True, eq=False)
class Scores(Plain):
    """The usual scores of one model on one set of rows.

    Attributes
    ----------
    accuracy, log_loss, brier_score, expected_calibration_error : Estimate
        What the function of that name gives.
    of : "label" or "positive"
        Whether the calibration error is that of the predicted label or of class 1 of two classes.
    baseline : Baseline or None
        What is reached without a look at any row; None in files of before it, as for the next two.
    auc : Estimate or None
        Of two classes, how often a row of class 1 has a higher probability of it than one of class 0, ties counting
        half. None for more classes, and if one of the two does not occur.
    told : tuple of ToldShare, or None
        Of those told so much, how many were: of class 1, or predicted right, as ``of`` says.
    """

    accuracy: Estimate
    log_loss: Estimate
    brier_score: Estimate
    expected_calibration_error: Estimate
    of: str = "label"  # as in files of earlier versions
    baseline: Baseline | None = None
    auc: Estimate | None = None
    told: tuple[ToldShare, ...] | None = None


@renamed(bootstrap="interval")
def scores(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    clusters: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Scores:
    """Measure accuracy, log loss, Brier score, expected calibration error and AUC together.

    Beside them stand what is reached without a look at any row, and how many of those were who were told so much.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    clusters : array-like, shape (n_rows,), optional
        Rows of the same value depend on each other, such as the visits of one patient. The scores stay what they are;
        their intervals count clusters instead of rows, and are for clusters drawn from the same population.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative.
    interval : Interval, optional
        How the intervals are made.

    Returns
    -------
    Scores

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    accuracy, log_loss, brier_score, expected_calibration_error : each alone, explained.

    Examples
    --------
    >>> from softargmax import metrics
    >>> print(metrics.scores([0, 1], logits=[[3.0, 0.0], [0.0, 3.0]]).accuracy.value)
    1.0
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    if clusters is None:
        return scores_of(judged, interval or Interval(), of)
    return _scores_of_clusters(judged, DependentRows.of(clusters, judged), interval or Interval(), of)


def scores_of(judged: Judged, interval: Interval, of: Aspect | None) -> Scores:
    """Estimate the usual scores of what was checked already."""
    ranked = RankedRows.of(judged, of)
    return Scores(
        share_within(judged, 1, interval),
        mean_log_loss(judged).estimate(interval.confidence),
        brier_estimate(mean_brier_score(judged), judged.n_classes, interval),
        binned_error(binned(ranked, "width", N_BINS), interval),
        ranked.aspect,
        _baseline(judged),
        area_of_rows(judged, interval) if judged.n_classes == 2 else None,
        told_shares(ranked, interval),
    )


def _scores_of_clusters(judged: Judged, clusters: DependentRows, interval: Interval, of: Aspect | None) -> Scores:
    """Estimate the usual scores of rows that depend on each other."""
    ranked = RankedRows.of(judged, of)
    effective = clusters.effective(judged.correct, interval)
    worth = effective / ranked.total
    return Scores(
        proportion(clusters.mean(judged.correct).mean, effective, judged.n, interval),
        clusters.mean(judged.log_loss).estimate(interval.confidence),
        brier_estimate(clusters.mean(judged.brier_score), judged.n_classes, interval),
        clusters.calibration_error(binned(ranked, "width", N_BINS), ranked.aspect, interval),
        ranked.aspect,
        _baseline(judged),
        clusters.area(RankedRows.of(judged, "positive"), interval) if judged.n_classes == 2 else None,
        told_shares(ranked, interval, worth),
    )


def _baseline(judged: Judged) -> Baseline:
    return baseline(np.bincount(judged.codes, judged.weight, judged.n_classes))
