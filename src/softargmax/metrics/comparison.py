"""Two models on the same rows: which is better, and how sure is that?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from softargmax._estimate import Estimate, Interval
from softargmax._logits import Logits, exactly_one, warn_of_probabilities
from softargmax._options import as_real
from softargmax._renamed import renamed
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.metrics._areas import area_difference
from softargmax.metrics._binned import N_BINS
from softargmax.metrics._binned_error import binned
from softargmax.metrics._group_sums import Groups
from softargmax.metrics._inversion import absolute
from softargmax.metrics._judged import Aspect, Judged, as_aspect, largest_brier_score
from softargmax.metrics._mean_moments import MeanMoments
from softargmax.metrics._paired import accuracy_difference, benefit_difference, group_differences
from softargmax.metrics._plain import Plain
from softargmax.metrics._ranked import RankedRows, width_bins
from softargmax.metrics.findings import GroupDifference
from softargmax.metrics.ranking import check_two_classes
from softargmax.metrics.score_lines import FOUR, comparison_card, size
from softargmax.metrics.scoring import measured_by
from softargmax.metrics.usual_scores import Scores, scores_of

# Attribute, words, and whether more is better; the area is that of two classes.
_ROWS = (*((name, words, name == "accuracy") for name, words in FOUR), ("auc", "AUC", True))
# Differences below this, or below a tenth of the error that they are differences of, count as none.
_NOTHING = 0.01


@dataclass(frozen=True, eq=False)
class Comparison(Plain):
    """Scores of two models, and the second minus the first; `print` shows them with a verdict.

    Attributes
    ----------
    n, n_classes : int
        How many rows and classes there are.
    confidence : float
        That of all intervals.
    of : "label" or "positive"
        Whether the calibration error is that of the predicted label or of class 1 of two classes.
    first, second : Scores
        Of either model.
    accuracy, log_loss, brier_score, expected_calibration_error : Estimate
        The difference, second minus first. An interval that leaves 0 out says which model is better, if it is the only
        one that is looked at.
    beyond_chance : tuple of str
        Names of those differences that chance does not explain, all of them looked at: of two equal models one is
        named in no more than 1 - `confidence` of all cases.
    auc : Estimate or None
        The difference of the areas under the ROC curve; None for more than two classes, if a class does not occur, and
        in files of before it.
    threshold, net_benefit : float and Estimate, or None
        The difference of what acting from that risk on gains; None unless it was asked for. The verdict is not about
        it, nor about groups.
    groups : tuple of GroupDifference, or None
        The differences on the rows of every group; None unless they were asked for.
    verdict : str
        That in words.
    """

    also_written: ClassVar[tuple[str, ...]] = ("verdict",)

    n: int
    n_classes: int
    confidence: float
    of: str
    first: Scores
    second: Scores
    accuracy: Estimate
    log_loss: Estimate
    brier_score: Estimate
    expected_calibration_error: Estimate
    beyond_chance: tuple[str, ...]
    auc: Estimate | None = None
    threshold: float | None = None
    net_benefit: Estimate | None = None
    groups: tuple[GroupDifference, ...] | None = None

    @property
    def verdict(self) -> str:
        """What the rows can tell, in words: which is better in what, in what they are equal, and what is open."""
        better: dict[str, list[str]] = {"second": [], "first": [], "equal": [], "open": []}
        within, alone = 0.0, False
        for name, words, more in self._looked_at:
            first, difference = getattr(self.first, name), getattr(self, name)
            winner = _winner(difference, more)
            if winner and name not in self.beyond_chance:
                winner, alone = "", True
            most = equal_within(1.0 - first.value if more else first.value, difference)
            if not winner and most is not None:
                within = max(within, most)
            better[winner or ("open" if most is None else "equal")].append(words.removesuffix(" (nats)"))
        said = [f"The {who} model is better in {_listed(better[who])}." for who in ("second", "first") if better[who]]
        if better["equal"]:
            said.append(f"They are equal to within {within:.2g} in {_listed(better['equal'])}.")
        if better["open"]:
            said.append(f"These rows are too few to tell which is better in {_listed(better['open'])}.")
        if alone:
            said.append("By chance alone, one of several intervals leaves 0 out more often than one interval does.")
        return " ".join(said)

    @property
    def _looked_at(self) -> list[tuple[str, str, bool]]:
        return [row for row in _ROWS if getattr(self, row[0]) is not None]

    def _repr_html_(self) -> str:
        """Show in a notebook what the rows can tell."""
        return comparison_card(self)

    def __str__(self) -> str:
        """Set a table."""
        lines = [
            size(self),
            "",
            f"  {'':<20}{'first':<26}{'second':<26}second - first",
        ]
        for name, words, _ in self._looked_at:
            parts = (str(getattr(scores, name)) for scores in (self.first, self.second, self))
            lines.append((f"  {words:<20}" + "".join(f"{part:<26}" for part in parts)).rstrip())
        if self.net_benefit is not None:
            words = f"net benefit from {self.threshold:g}"
            lines.append(f"  {words:<72}{self.net_benefit}")
        lines += [f"  {f'log loss, {one.column} {one.value}':<72}{one.log_loss}" for one in self.groups or ()]
        return "\n".join([*lines, "", measured_by(self.n_classes, self.of), self.verdict])


@renamed(
    "compare(targets, logits=(first, second))", bootstrap="interval", kind="logits= or probabilities=, with both models"
)
def compare(
    targets: npt.ArrayLike,
    /,
    *,
    logits: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    probabilities: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    of: Aspect | None = None,
    groups: Groups | None = None,
    threshold: float | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Comparison:
    """Measure the differences between two models on the same rows: second minus first.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : tuple of two array-like, each of shape (n_rows, n_classes) or (n_rows,)
        What is judged, exactly one of them: the first model and the second; one model before and after calibration,
        say. (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    groups : array-like, shape (n_rows,), or a dictionary from names to such, optional
        What parts the rows: both models are compared on those of every value too, with intervals that hold for all of
        them at once.
    threshold : float, optional
        The risk of class 1, above 0 and below 1, from which one acts: adds the difference of the net benefits.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the intervals are made.

    Returns
    -------
    Comparison
        Scores of both, the differences with their intervals, and a verdict; `print` it, or take `to_dict` for a file,
        from which `Comparison.from_dict` brings it back.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    assess : everything about one model.

    Notes
    -----
    Paired: both models meet the same easy and hard rows, so that a difference is known much better than either score;
    intervals of the two scores that overlap say nothing. The difference of accuracies has the interval of Bonett and
    Price, which does not vanish when the models never disagree, and that of net benefits is its like; that of
    calibration errors is put together from the two intervals (MOVER), which know the bias of either; that of areas
    under the ROC curve is DeLong's. Several differences give chance several occasions, so the verdict asks more of
    each of them than that its interval leaves 0 out. Source: Bonett, Price, *J. Educ. Behav. Statist.* 37 (2012);
    Zou, *Psychological Methods* 12 (2007); DeLong, DeLong, Clarke-Pearson, *Biometrics* 44 (1988); Holm, *Scand. J.
    Statist.* 6 (1979).

    Examples
    --------
    >>> import softargmax as sm
    >>> first, second = [[0.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 2.0]]
    >>> round(sm.compare([0, 1], logits=(first, second)).log_loss.value, 4)
    -0.5662
    """
    interval = interval or Interval()
    a, b = _both(targets, logits, probabilities, sample_weight)
    if a.n_classes != b.n_classes:
        raise ShapeError(f"expected two models of the same classes, got {a.n_classes} and {b.n_classes} classes")
    if threshold is not None:
        threshold = as_real(threshold, "threshold", low=0.0, high=1.0, open_low=True, open_high=True)
        check_two_classes(a)
    aspect = as_aspect(of, a.n_classes)
    differences = _Differences.of(a, b, aspect)
    found = {name: differences.estimate(name, interval) for name, *_ in _ROWS}
    estimates = {name: one for name, one in found.items() if one is not None}
    return Comparison(
        a.n,
        a.n_classes,
        interval.confidence,
        aspect,
        scores_of(a, interval, aspect),
        scores_of(b, interval, aspect),
        **estimates,
        beyond_chance=_beyond_chance(differences, estimates, interval),
        threshold=threshold,
        net_benefit=None if threshold is None else benefit_difference(a, b, threshold, interval),
        groups=None if groups is None else group_differences(a, b, groups, interval),
    )


@dataclass(frozen=True)
class _Differences:
    """What differs between two models, row by row, of which intervals are made at any confidence."""

    first: Judged
    second: Judged
    of_event: Aspect
    losses: MeanMoments
    squares: MeanMoments

    @classmethod
    def of(cls, a: Judged, b: Judged, aspect: Aspect) -> "_Differences":
        with np.errstate(invalid="ignore"):
            losses = b.log_loss - a.log_loss
        # Infinite for both: no difference.
        losses[np.isnan(losses)] = 0.0
        squares = MeanMoments.of(b.brier_score - a.brier_score, a.weight, a.n)
        return cls(a, b, aspect, MeanMoments.of(losses, a.weight, a.n), squares)

    def estimate(self, name: str, interval: Interval) -> Estimate | None:
        """Give the difference of that name with its interval; None of areas where there are none."""
        if name == "auc":
            two = self.first.n_classes == 2
            return area_difference(self.first, self.second, interval) if two else None
        if name == "accuracy":
            return accuracy_difference(self.first.correct, self.second.correct, self.first.weight, interval)
        if name == "expected_calibration_error":
            return _calibration_errors(self.first, self.second, self.of_event, interval)
        if name == "log_loss":
            return self.losses.estimate(interval.confidence, -np.inf)
        most = largest_brier_score(self.first.n_classes)
        return self.squares.estimate(interval.confidence, -most, most)


def _beyond_chance(differences: _Differences, estimates: Mapping[str, Estimate], interval: Interval) -> tuple[str, ...]:
    """Tell which differences chance does not explain, all of them looked at (Holm, *Scand. J. Statist.* 6, 1979).

    A difference counts if its interval leaves 0 out with so much confidence that all those that do not count yet err
    together no more often than promised; each that counts leaves fewer. One whose interval holds 0 as it is does not
    have to be asked again: with more confidence it is wider.
    """
    names = list(estimates)
    open_ones, found = [name for name in names if _winner(estimates[name], True)], list[str]()
    while open_ones:
        share = (1.0 - interval.confidence) / (len(names) - len(found))
        stricter = replace(interval, confidence=1.0 - share)
        new = [name for name in open_ones if _winner(differences.estimate(name, stricter), True)]
        if not new:
            break
        found += new
        open_ones = [name for name in open_ones if name not in new]
    return tuple(name for name in names if name in found)


def _both(
    targets: npt.ArrayLike,
    logits: tuple[npt.ArrayLike, npt.ArrayLike] | None,
    probabilities: tuple[npt.ArrayLike, npt.ArrayLike] | None,
    sample_weight: npt.ArrayLike | None,
) -> tuple[Judged, Judged]:
    """Bring both models in. Only a tuple is a pair: a list of two rows would look like one."""
    pair, are_logits = exactly_one(logits=logits, probabilities=probabilities)  # type: ignore[arg-type]  # a pair
    name = "logits" if are_logits else "probabilities"
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise ArgumentError(f"{name}: expected a tuple of two models, (first, second)", parameter=name)
    first, second = (Judged.of(targets, **{name: each}, sample_weight=sample_weight, doubted=False) for each in pair)
    if are_logits:
        warn_of_probabilities(*(judged.rows for judged in (first, second) if isinstance(judged.rows, Logits)))
    return first, second


def _calibration_errors(a: Judged, b: Judged, of: Aspect, interval: Interval) -> Estimate:
    """Put two intervals together: by how far they reach from a middle without bias, and by their correlation."""
    values, lows, middles, highs = zip(*(_spread(judged, of, interval) for judged in (a, b)), strict=True)
    rho = _correlation(a, b, of, interval)

    def reach(x: float, y: float) -> float:
        return math.sqrt(max(0.0, x * x + y * y - 2.0 * rho * x * y))

    middle = middles[1] - middles[0]
    low = middle - reach(middles[1] - lows[1], highs[0] - middles[0])
    high = middle + reach(highs[1] - middles[1], middles[0] - lows[0])
    value = values[1] - values[0]
    ends = max(-1.0, min(value, low)), min(1.0, max(value, high))
    return Estimate(value, *ends, interval.confidence, a.n, "mover")


def _spread(judged: Judged, of: Aspect, interval: Interval) -> tuple[float, float, float, float]:
    """Give the measured error, and the low end, middle and high end of what the true one may be."""
    gaps = binned(RankedRows.of(judged, of), "width", N_BINS).gaps(interval)
    low, high = gaps.ends(absolute, interval)
    return float(absolute(gaps.gap)), low, min(max(gaps.middle(absolute), low), high), high


def _correlation(a: Judged, b: Judged, of: Aspect, interval: Interval) -> float:
    """Resample both errors together, from the sums of the rows that share a bin in both models."""
    kept = a.weight > 0.0
    weight = a.weight[kept]
    events = [tuple(column[kept] for column in judged.event(of)[:2]) for judged in (a, b)]
    bins = [width_bins(position, N_BINS) for position, _ in events]
    cells, place = np.unique(bins[0] * N_BINS + bins[1], return_inverse=True)
    residuals = [outcome - position for position, outcome in events]
    products = [[np.bincount(place, weight * x * y) for y in residuals] for x in residuals]
    # Cholesky's factors of two by two, which move little where rounding does; the signs of eigenvectors may turn over.
    (own, shared), (_, other) = products
    root = np.sqrt(own)
    slope = np.divide(shared, root, out=np.zeros_like(root), where=root > 0.0)
    rest = np.sqrt(np.maximum(other - np.square(slope), 0.0))
    factor = np.moveaxis(np.array([[root, np.zeros_like(root)], [slope, rest]]), 2, 0)
    # 2000 draws know a correlation to 1 / sqrt(2000), 2 %, which the ends of the interval do not feel.
    draws = interval.generator().standard_normal((min(interval.n_resamples, 2000), len(cells), 2))
    noise = np.einsum("cij,rcj->irc", factor, draws)
    errors = []
    for residual, around, bin_of_cell in zip(residuals, noise, (cells // N_BINS, cells % N_BINS), strict=True):
        inside = (bin_of_cell[:, np.newaxis] == np.arange(N_BINS)).astype(np.float64)
        errors.append(absolute((np.bincount(place, weight * residual) + around) @ inside))
    spread = [float(error.std()) for error in errors]
    if min(spread) == 0.0:
        return 0.0
    return float(np.mean((errors[0] - errors[0].mean()) * (errors[1] - errors[1].mean())) / (spread[0] * spread[1]))


def _winner(difference: Estimate | None, more_is_better: bool) -> str:
    if difference is None:
        return ""
    if difference.low > 0.0 or difference.high < 0.0:
        return "second" if (difference.low > 0.0) == more_is_better else "first"
    return ""


def equal_within(error: float, difference: Estimate) -> float | None:
    """Give how large the difference from an error may be at most, if that is next to nothing; else too few rows tell.

    That an interval holds 0 says nothing by itself: it does for few rows, however much two models differ.
    """
    most = max(-difference.low, difference.high)
    return most if most <= max(_NOTHING, 0.1 * error) else None


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
