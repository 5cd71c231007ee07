"""Logits of any model, and their labels: a calibration, and how much better it is."""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from softargmax import kinds
from softargmax._deal import deal
from softargmax._drawing.notebook import beside, card, grid, line, more
from softargmax._estimate import Interval
from softargmax._logits import Logits, Probabilities, codes_in, exactly_one, logits_in, rows_given
from softargmax._options import as_choice, as_integer
from softargmax._progress import Progress, ProgressCallback
from softargmax._renamed import provisional
from softargmax.calibration import Calibration, ProbabilityCalibration, out_of_fold
from softargmax.calibration.wording import COMPARED, contenders, said, said_of
from softargmax.exceptions import ArgumentError, SoftargmaxWarning
from softargmax.metrics import Assessment, assess
from softargmax.metrics.score_lines import drawn, lines, score_lines, size
from softargmax.metrics.scoring import measured_by
from softargmax.probabilities import softmax

# Every kind that needs nothing but logits.
_OTHERS = {"from-probabilities", "grouped", "multilabel"}
KINDS_OF_LOGITS = tuple(sorted(set(kinds.names_in("softargmax.calibration")) - _OTHERS))
# As many parts as AutoCalibration leaves out: a fit to four fifths of the rows is nearly as good as one to all.
_PARTS = 5
# With fewer rows a part has less than ten, and "after" would be the luck of a few.
_FEWEST = 50


@dataclass(frozen=True)
class MeanProbability:
    """Of the second of two classes: its share of the rows, and its mean probability without and with a calibration.

    ``after`` is of the rows that fits left out, as the report's, and None where that is.
    """

    share: float
    before: float
    after: float | None


def share_and_mean(found: MeanProbability | None) -> list[str]:
    """Say how often the second of two classes occurs and how often it is said to; nothing of more classes."""
    if found is None:
        return []
    after = "" if found.after is None else f" before and {found.after:.4f} after"
    return [f"the second class is {found.share:.4f} of the rows, and its mean probability {found.before:.4f}{after}"]


@dataclass(frozen=True)
class CalibrationReport:
    """A calibration, and what was measured without and with it; `print` shows it as a table.

    Attributes
    ----------
    calibration : Calibration
        Fitted to all rows: what to keep. For probabilities a `ProbabilityCalibration`.
    before : Assessment
        What was given, measured.
    after : Assessment or None
        The same rows, each calibrated by a fit that left it out; None for fewer than 50 rows.
    notes : tuple of str
        What there is to know about the fit: every warning, and what could not be measured.
    mean_probability : MeanProbability or None
        Of two classes, how often the second one occurs and how often it is said to, on average; None for more.
    """

    calibration: Calibration
    before: Assessment
    after: Assessment | None
    notes: tuple[str, ...]
    mean_probability: MeanProbability | None = None

    def _repr_html_(self) -> str:
        """Show in a notebook what the calibration does, and the scores without and with it."""
        both = (self.before,) if self.after is None else (self.before, self.after)
        heads = ("before", "after, on rows left out")[: len(both)]
        pictures = [drawn(one, name) for one, name in zip(both, heads, strict=True)]
        parts = [
            beside(
                grid(("", *heads), lines(both, self.before.n_classes)),
                beside(*(one for one in pictures if one is not None)),
            )
        ]
        others = [("*" if one.weight else "", one.name, said_of(one)) for one in contenders(self.calibration)]
        if others:
            parts.append(more(COMPARED, grid((), others)))
        notes = (line("! ", note, soft=True) for note in self.notes)
        return card(said(self.calibration, bool(self.notes)), *parts, *notes)

    def __str__(self) -> str:
        """Set a table."""
        before, after = self.before, self.after
        heads = ("before", "" if after is None else "after, on rows left out")
        others = contenders(self.calibration)
        width = max((len(each.name) for each in others), default=0)
        compared = [f"  {'*' if each.weight else ' '} {each.name:<{width}}  {said_of(each)}" for each in others]
        lines = [
            size(before),
            said(self.calibration, bool(self.notes)),
            *(["", COMPARED, *compared] if compared else []),
            "",
            f"  {'':<20}{heads[0]:<26}{heads[1]}".rstrip(),
        ]
        for row in score_lines([before] if after is None else [before, after], before.n_classes):
            values = (f"{value:<26.4f}" if isinstance(value, float) else f"{value!s:<26}" for value in row.values)
            lines.append(f"  {row.words:<20}{''.join(values)}".rstrip())
        lines += ["", *share_and_mean(self.mean_probability), measured_by(before.n_classes, before.of)]
        return "\n".join([*lines, *([""] if self.notes else []), *(f"! {note}" for note in self.notes)])


@provisional
def calibrate(
    y: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    calibration: str | Calibration = "auto",
    random_state: int = 0,
    interval: Interval | None = None,
    progress: ProgressCallback | None = None,
) -> CalibrationReport:
    """Fit a calibration to all rows, and measure it by fits that leave a fifth of them out at a time.

    The same as `Calibration.fit`, `metrics.assess` of what was given, and `metrics.assess` of what
    `calibration.out_of_fold` gives, in one call that keeps the rows of the second and the third apart.

    Parameters
    ----------
    y : array-like of integer, shape (n_rows,)
        Codes of the true classes, of rows the model was not trained on.
    logits, probabilities : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row
        What the model says of them: exactly one of the two. Logits are better where there is a choice: a probability
        near 1 has lost the digits that tell how near.
    calibration : str or Calibration, default "auto"
        A kind, or a calibration, which stays as it is: a copy is fitted. "auto" is `AutoCalibration`, which lets
        rows left out decide.
    random_state : int, default 0
        Decides which rows are left out together.
    interval : Interval, optional
        How the intervals are made.
    progress : callable, optional
        Called with a `Progress` after each of the three steps.

    Returns
    -------
    CalibrationReport
        The calibration, fitted to all rows, and Assessments before and after.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    softargmax.calibration.out_of_fold : the rows left out, alone.
    softargmax.TableClassifier : from a table, with a model of its own.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax import pipeline
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(500, 3))
    >>> y = sm.argmax(logits + rng.gumbel(size=logits.shape))
    >>> report = pipeline.calibrate(y, logits=3.0 * logits, calibration="temperature")
    >>> round(report.calibration.temperature_, 1)
    2.8
    >>> report.after.log_loss.high < report.before.log_loss.low
    True
    """
    given, are_logits = exactly_one(logits=logits, probabilities=probabilities)
    rows = rows_given(logits=logits, probabilities=probabilities)
    codes, mean_before, mean_after = codes_in(y, rows), _mean_of_second(rows), None
    random_state = as_integer(random_state, "random_state", low=0)
    fitted = _unfitted(calibration, are_logits)
    tell = progress or (lambda _: None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SoftargmaxWarning)
        fitted.fit(given, codes)
        tell(Progress("calibrating", 1, 3, "steps"))
        before = assess(codes, logits=logits, probabilities=probabilities, interval=interval)
    notes = [str(warning.message) for warning in caught]
    tell(Progress("calibrating", 2, 3, "steps"))
    after = None
    if len(codes) >= _FEWEST:
        by_chance = np.random.default_rng(random_state).permutation(len(codes))
        folds = deal(codes, folds=_PARTS, by=by_chance)
        calibrated = out_of_fold(fitted, given, codes, folds)
        after, mean_after = assess(codes, logits=calibrated, interval=interval), _mean_of_second(logits_in(calibrated))
    else:
        notes.append(f"{len(codes)} rows are too few to say how much better it is")
    tell(Progress("calibrating", 3, 3, "steps"))
    means = MeanProbability(float(np.mean(codes)), mean_before, mean_after) if rows.n_classes == 2 else None
    return CalibrationReport(fitted, before, after, tuple(dict.fromkeys(notes)), means)


def _mean_of_second(rows: Logits | Probabilities) -> float:
    """Give the mean probability of the second class."""
    total = 0.0
    for _, values in rows.blocks():
        total += float((softmax(values) if isinstance(rows, Logits) else values)[:, 1].sum())
    return total / len(rows)


def _unfitted(calibration: str | Calibration, are_logits: bool) -> Calibration:
    """Give a calibration to fit, for logits or for probabilities, whatever is to be calibrated."""
    if isinstance(calibration, str):
        as_choice(calibration, "calibration", KINDS_OF_LOGITS)
        plain: Calibration = kinds.class_of(calibration)()
    elif isinstance(calibration, Calibration):
        plain = calibration.clone()
    else:
        raise ArgumentError(
            f"calibration: expected a Calibration or the name of a kind, got {calibration!r}", parameter="calibration"
        )
    takes_logits = not isinstance(plain, ProbabilityCalibration)
    if are_logits and not takes_logits:
        raise ArgumentError(
            "calibration: expected one that takes logits, got a ProbabilityCalibration; "
            "pass probabilities=, or the calibration inside of it",
            parameter="calibration",
        )
    return plain if takes_logits == are_logits else ProbabilityCalibration(plain)
