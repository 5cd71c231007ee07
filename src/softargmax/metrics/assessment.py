"""Everything at once: can these probabilities be trusted?"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy.typing as npt

from softargmax._estimate import CalibrationTest, Estimate, Interval
from softargmax._options import as_integer
from softargmax._renamed import renamed
from softargmax.metrics._answered import answered_rows
from softargmax.metrics._binned import BINNINGS, N_BINS
from softargmax.metrics._binned_error import (
    binned,
    binned_error,
    debiased_error,
    maximum_error,
    one_sided_error,
    too_high,
    too_low,
)
from softargmax.metrics._class_scores import baseline, class_scores
from softargmax.metrics._confused import confusion
from softargmax.metrics._evidence import Evidence
from softargmax.metrics._group_sums import Groups
from softargmax.metrics._judged import WORDS_OF_ASPECT, Aspect, Judged, as_aspect
from softargmax.metrics._kernel_error import kernel_test
from softargmax.metrics._plain import Plain
from softargmax.metrics._risks import risk_scores
from softargmax.metrics._smooth_curve import smooth_curve
from softargmax.metrics._told import told_shares
from softargmax.metrics.calibration_tests import spiegelhalter_test, walk_tests
from softargmax.metrics.classwise import classwise_error, top_label_error
from softargmax.metrics.decomposition import Decomposition, isotonic_parts
from softargmax.metrics.findings import (
    AnsweredRows,
    Baseline,
    ClassScore,
    Confusion,
    GroupScore,
    Reliability,
    RiskScores,
    SetScore,
    ToldShare,
    WrongRow,
)
from softargmax.metrics.risk_and_coverage import generalised_risk_area, risk_area
from softargmax.metrics.score_lines import assessment_card, size
from softargmax.metrics.scoring import brier_estimate, proportion, usual_k
from softargmax.metrics.smooth import smoothed_error
from softargmax.metrics.sweep import sweep_error
from softargmax.metrics.usual_scores import Scores

# What is printed: attribute, words. Decompositions and tests have parts of their own.
_WORDS = {
    "accuracy": "accuracy",
    "top_k_accuracy": "among the first {k}",
    "log_loss": "log loss (nats)",
    "brier_score": "Brier score{brier}",
    "expected_calibration_error": "expected, 15 bins of equal width",
    "equal_mass_calibration_error": "expected, 15 bins of equal mass",
    "smooth_calibration_error": "smooth",
    "sweep_calibration_error": "sweep",
    "debiased_calibration_error": "debiased, root mean square",
    "maximum_calibration_error": "maximum",
    "top_label_calibration_error": "by predicted label",
    "classwise_calibration_error": "mean over classes",
    "overconfidence": "over-confidence",
    "underconfidence": "under-confidence",
    "kolmogorov_smirnov": "Kolmogorov-Smirnov",
    "kuiper": "Kuiper",
    "spiegelhalter": "Spiegelhalter",
    "kernel_calibration_test": "kernel, all classes",
    "aurc": "AURC",
    "augrc": "AUGRC",
}
_HEADINGS = {
    "accuracy": "How good",
    "expected_calibration_error": "Calibration error {of}",
    "kolmogorov_smirnov": "Tests of calibration (small p speaks against it)",
    "aurc": "Errors when the least sure are withheld",
}


@dataclass(frozen=True, eq=False)
class Assessment(Plain):
    """All that was measured of one model on one set of rows; `print` shows it as a table.

    ``k`` is that of the top-k accuracy: 5, or one less than the number of classes where those are five or fewer.
    ``of`` is "positive" or "label": whether calibration is judged, and losses are decomposed, by the probability of
    class 1 of two classes or by that of the predicted label.

    What is None was not measured: ``groups`` and ``worst`` unless they were asked for, ``risks`` unless there are two
    classes, ``sets`` unless somebody who has prediction sets adds them with `dataclasses.replace`, and everything from
    ``top_probability`` on in files of before it. Classes are named by their codes. ``top_probability`` is the mean of
    the largest probability of a row: how often the model claims to be right.
    """

    n: int
    n_classes: int
    confidence: float
    k: int
    of: str
    accuracy: Estimate
    top_k_accuracy: Estimate
    log_loss: Estimate
    brier_score: Estimate
    expected_calibration_error: Estimate
    equal_mass_calibration_error: Estimate
    smooth_calibration_error: Estimate
    sweep_calibration_error: Estimate
    debiased_calibration_error: Estimate
    maximum_calibration_error: Estimate
    top_label_calibration_error: Estimate
    classwise_calibration_error: Estimate
    overconfidence: Estimate
    underconfidence: Estimate
    kolmogorov_smirnov: CalibrationTest
    kuiper: CalibrationTest
    spiegelhalter: CalibrationTest
    kernel_calibration_test: CalibrationTest
    log_loss_decomposition: Decomposition
    brier_score_decomposition: Decomposition
    aurc: Estimate
    augrc: Estimate
    top_probability: float | None = None
    reliability: Reliability | None = None
    risks: RiskScores | None = None
    risk_coverage: AnsweredRows | None = None
    confusion: Confusion | None = None
    classes: tuple[ClassScore, ...] | None = None
    groups: tuple[GroupScore, ...] | None = None
    sets: SetScore | None = None
    worst: tuple[WrongRow, ...] | None = None
    baseline: Baseline | None = None
    told: tuple[ToldShare, ...] | None = None

    @property
    def auc(self) -> Estimate | None:
        """Of two classes, how often a row of class 1 has a higher probability of it than one of class 0."""
        return None if self.risks is None else self.risks.auc

    def knowing(self, scores: Scores) -> "Assessment":
        """Take over the usual scores of the same rows, where their intervals know more, as which rows are of a group.

        Parameters
        ----------
        scores : Scores
        """
        risks = None if self.risks is None else replace(self.risks, auc=scores.auc)
        shared = {field.name: getattr(scores, field.name) for field in fields(Scores) if field.name != "auc"}
        return replace(self, risks=risks, **shared)

    def _repr_html_(self) -> str:
        """Show in a notebook the scores that are asked for first, and the rest behind a line."""
        return assessment_card(self)

    def __str__(self) -> str:
        """Set a table."""
        lines = [size(self)]
        brier = " of class 1" if self.n_classes == 2 else ", summed over classes"
        for field in fields(self):
            if field.name in _HEADINGS:
                lines += ["", _HEADINGS[field.name].format(of=WORDS_OF_ASPECT[self.of])]
            if field.name in _WORDS and (field.name != "top_k_accuracy" or self.k > 1):  # which is the accuracy again
                words = _WORDS[field.name].format(k=self.k, brier=brier)
                lines.append(f"  {words:<34}{getattr(self, field.name)}")
        event = "of class 1" if self.of == "positive" else "of being right"
        for name, parts in (("log loss", self.log_loss_decomposition), ("Brier score", self.brier_score_decomposition)):
            lines += ["", f"The {name} {event} is made of"]
            lines.append(f"  {'calibration, which can be cured':<34}{parts.calibration}")
            lines.append(f"  {'refinement, which cannot':<34}{parts.refinement}")
        return "\n".join(lines)


@renamed("assess(targets, logits=...)", bootstrap="interval", kind="logits= or probabilities=")
def assess(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    groups: Groups | None = None,
    keys: Sequence[Any] | None = None,
    keep_worst: int = 0,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Assessment:
    """Measure everything at once: how good a model is, and whether its probabilities can be trusted.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    groups : array-like, shape (n_rows,), or a dictionary from names to such, optional
        What parts the rows, like a country or an age: every value of every one of them is scored by itself, with
        intervals that hold for all of them at once. For other metrics of groups: `softargmax.metrics.by_group`.
    keys : sequence of length n_rows, optional
        By what the worst rows are known: a text for each row, or a tuple of texts; without it, by their numbers.
    keep_worst : int, default 0
        How many rows to keep that the model was surest of, and wrong.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the intervals are made.

    Returns
    -------
    Assessment
        Every value with an interval, every test with a p-value; `print` it, or take `to_dict` for a file, from which
        `Assessment.from_dict` brings it back.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    compare : two models on the same rows.
    softargmax.metrics.Summary : the same for rows that come in parts.

    Notes
    -----
    The bins are 15, the probabilities are never held all at once, and the kernel test looks at a sample of at
    most 4096 rows. Each value is what the function of its name in `softargmax.metrics` gives with the default options
    (the maximum is that of bins of equal mass).

    Examples
    --------
    >>> import softargmax as sm
    >>> found = sm.assess([0, 1, 1], logits=[[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]])
    >>> round(found.log_loss.value, 4), found.accuracy.n
    (0.4963, 3)
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    evidence = Evidence.of(judged, groups=groups, keys=keys, keep_worst=as_integer(keep_worst, "keep_worst", low=0))
    return assessment_of(evidence, interval or Interval(), as_aspect(of, judged.n_classes))


def assessment_of(evidence: Evidence, interval: Interval, aspect: Aspect) -> Assessment:
    """Turn sums into estimates."""
    ranked = evidence.events if aspect == "positive" else evidence.labels
    confidence = interval.confidence
    weight = ranked.total
    n_classes = len(evidence.ranks)
    k = usual_k(n_classes)

    def within(most: int) -> Estimate:
        share = float(evidence.ranks[:most].sum()) / weight
        return proportion(share, weight, evidence.n, interval)

    width, mass = (binned(ranked, binning, N_BINS) for binning in BINNINGS)
    of_log_loss, of_brier_score = isotonic_parts(ranked, interval)
    distance, span = walk_tests(ranked)
    rows = evidence.classwise.seen.sum(axis=1)
    correct = evidence.top_label.correct.reshape(n_classes, -1).sum(axis=1)
    return Assessment(
        n=evidence.n,
        n_classes=n_classes,
        confidence=confidence,
        k=k,
        of=aspect,
        accuracy=within(1),
        top_k_accuracy=within(k),
        log_loss=evidence.log_loss.estimate(confidence),
        brier_score=brier_estimate(evidence.brier_score, n_classes, interval),
        expected_calibration_error=binned_error(width, interval),
        equal_mass_calibration_error=binned_error(mass, interval),
        smooth_calibration_error=smoothed_error(ranked, interval),
        sweep_calibration_error=sweep_error(ranked, interval),
        debiased_calibration_error=debiased_error(mass, interval),
        maximum_calibration_error=maximum_error(mass, interval),
        top_label_calibration_error=top_label_error(evidence.top_label, interval),
        classwise_calibration_error=classwise_error(evidence.classwise, interval),
        overconfidence=one_sided_error(width, interval, too_high),
        underconfidence=one_sided_error(width, interval, too_low),
        kolmogorov_smirnov=distance,
        kuiper=span,
        spiegelhalter=spiegelhalter_test(evidence.spiegelhalter, evidence.n),
        kernel_calibration_test=kernel_test(evidence.sample, None),
        log_loss_decomposition=of_log_loss,
        brier_score_decomposition=of_brier_score,
        aurc=risk_area(evidence.sureness, interval),
        augrc=generalised_risk_area(evidence.sureness, interval),
        top_probability=float((evidence.labels.weight * evidence.labels.probability).sum() / weight),
        reliability=smooth_curve(ranked, interval),
        risks=risk_scores(evidence.events, interval) if n_classes == 2 else None,
        risk_coverage=answered_rows(evidence.sureness, interval),
        confusion=confusion(evidence.confused, correct, rows),
        classes=class_scores(evidence.top_label, rows, interval),
        groups=evidence.groups.scores(aspect, interval) if evidence.groups.names else None,
        worst=tuple(row for _, row in evidence.worst.rows) if evidence.worst.most else None,
        baseline=baseline(rows),
        told=told_shares(ranked, interval),
    )
