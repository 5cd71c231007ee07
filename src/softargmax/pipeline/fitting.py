"""From a table to a calibrated, scored model of it.

Whatever judges a model is made of what it says of rows that it did not learn from (`LeftOut`): rows kept aside, or all
rows, each asked of a fit that left its fold out. There the model in the file is another one, which learned from all
rows in the same way: what was left out stands for what it will say of new rows. Fits of folds are not pooled, because
a pool is surer than each of its members, and there would be no rows left that none of them has seen to calibrate it on.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from softargmax._arrays import Array
from softargmax._progress import Progress, ProgressCallback
from softargmax.calibration import Calibration, TemperatureScaling, out_of_fold
from softargmax.calibration._folds import Fold, cross_fit
from softargmax.exceptions import CalibrationWarning
from softargmax.labels import ClassLabels
from softargmax.metrics import Scores, scores
from softargmax.pipeline.cautious import cautious_calibration, looks_worse
from softargmax.pipeline.learners import LearnedMember, learn
from softargmax.pipeline.members import Member
from softargmax.pipeline.preparing import EncodedRows, prepare
from softargmax.pipeline.records import FitOptions, FitRecord, rare_classes
from softargmax.pipeline.splitting import Dealt, Turn
from softargmax.pipeline.table_model import TableModel
from softargmax.tables.opening import Table

# A calibration fitted to fewer rows than this would say more about them than about the model.
_FEWEST_TO_CALIBRATE = 10


def fit_table(
    table: Table,
    target: str,
    options: FitOptions,
    sample_weight: Array | None = None,
    progress: ProgressCallback | None = None,
) -> TableModel:
    """Decide what the columns are, train, calibrate, and score on rows that were left out.

    Parameters
    ----------
    table : Table
    target : str
        The column of class labels: its name, or its position from 1 (or from the end, -1 the last).
    options : FitOptions
    sample_weight : ndarray, shape (n_rows,), optional
        How often each row counts, where that is no column of the table.
    progress : callable, optional
        Called with a `Progress` after every batch that is read, and every epoch or iteration of the training.

    Raises
    ------
    TableError
        If nothing can be learned from the table; the message says what to do.
    """
    plan, rows, dealt = prepare(table, target, options, sample_weight, progress)
    labels = plan.schema.labels
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = _by_folds if dealt.turns else _by_parts
        fitted = fit(rows, dealt, labels, options, progress)
    notes = [_as_note(warning) for warning in caught if issubclass(warning.category, UserWarning)]
    if plan.rows["calibration"] < _FEWEST_TO_CALIBRATE:
        notes.append(
            f"calibration: {plan.rows['calibration']} rows are too few to calibrate on; "
            "probabilities were left as they are"
        )
    if not plan.rows["score"]:
        notes.append("no rows were left to score on: nothing is known about how good the model is")
    record = FitRecord(
        rows=plan.rows,
        class_counts=plan.class_counts,
        model=options.model,
        n_iter=fitted.n_iter,
        before=fitted.before,
        after=fitted.after,
        rare=rare_classes(labels, rows.codes[dealt.scored]),
        notes=tuple(dict.fromkeys(notes)),
        split=plan.split,
    )
    return TableModel(plan.reading, plan.schema, (fitted.member,), (1.0,), fitted.calibration, record, plan.notes)


@dataclass(frozen=True)
class _Fitted:
    """A model, and how good it was on the rows that were left out, before and after its calibration."""

    member: Member
    n_iter: int
    calibration: Calibration
    before: Scores | None
    after: Scores | None


@dataclass(frozen=True)
class LeftOut:
    """What a model says of rows that it did not learn from: what calibrations, scores and promises are made of.

    Attributes
    ----------
    logits : ndarray, shape (n_rows, n_classes)
    codes : ndarray of integer, shape (n_rows,)
    weight : ndarray, shape (n_rows,), or None
    groups : ndarray of integer, shape (n_rows,), or None
        Which rows depend on each other.
    """

    logits: Array
    codes: Array
    weight: Array | None
    groups: Array | None

    @classmethod
    def of(cls, logits: Array, places: Array, rows: EncodedRows) -> "LeftOut":
        """Put what was said of rows beside what is known of them."""
        return cls(logits, rows.codes[places], rows.weights(places), rows.groups(places))

    def calibration(self, *, cautious: bool = False) -> Calibration:
        """Fit a calibration to all of it; how much more than one temperature it supports is decided on rows left out.

        Of too few rows it does nothing. A cautious one is for rows that have chosen the model too.
        """
        if len(self.logits) < _FEWEST_TO_CALIBRATE:
            return _none(self.logits.shape[1])
        if cautious:
            return cautious_calibration(self.logits, self.codes, self.weight)
        from softargmax.calibration import AutoCalibration  # here, because only a fit needs what it compares

        return AutoCalibration().fit(self.logits, self.codes, sample_weight=self.weight).calibration_

    def take(self, rows: Array) -> "LeftOut":
        """Give some of the rows."""
        parts = (None if part is None else part[rows] for part in (self.weight, self.groups))
        return LeftOut(self.logits[rows], self.codes[rows], *parts)

    def scores(self, logits: Array) -> Scores | None:
        """Score these or calibrated logits; None if no row counts."""
        if not len(logits) or (self.weight is not None and not self.weight.any()):
            return None
        return scores(self.codes, logits=logits, clusters=self.groups, sample_weight=self.weight)


def _by_parts(
    rows: EncodedRows, dealt: Dealt, labels: ClassLabels, options: FitOptions, progress: ProgressCallback | None
) -> _Fitted:
    """Train on one part of the rows, calibrate on another, and score on a third whose labels nothing else has seen.

    The rows to calibrate on also choose the epoch to keep: the rows to score on stay untouched, and the calibration
    knows that its rows chose an epoch (`cautious.py`).

    The model that is kept then learns from all rows, for as many epochs, and takes over temperature and calibration:
    what is said of the first one stands for it. A promise of a confidence or a risk cannot be taken over, since it
    belongs to the very model that was measured: a fit that makes one must not learn again.
    """
    last = dealt.last
    refits = options.refit and len(last.training) < len(rows.codes)
    features = rows.features if refits else None
    training, held, scored = rows.parted(last.training, last.stopping, last.outside)
    seen = training, rows.codes[last.training], rows.weights(last.training)
    learned = learn(
        options, labels, seen, (held, rows.codes[last.stopping]), _staged(progress, "to score") if refits else progress
    )
    calibration = LeftOut.of(learned.member.logits(held), last.stopping, rows).calibration(cautious=True)
    judging = LeftOut.of(learned.member.logits(scored), last.outside, rows)
    after = calibration.transform(judging.logits)
    worse = looks_worse(judging.logits, after, judging.codes, judging.weight)
    if worse is not None:
        warnings.warn(worse, CalibrationWarning, stacklevel=2)
        calibration, after = _none(len(labels)), judging.logits
    before, now = judging.scores(judging.logits), judging.scores(after)
    if features is not None:
        del training, held, scored, seen
        everything = features, rows.codes, rows.weight
        learned = learn(options, labels, everything, None, _staged(progress, "all rows"), again=learned)
    return _Fitted(learned.member, learned.n_iter, calibration, before, now)


def _by_folds(
    rows: EncodedRows, dealt: Dealt, labels: ClassLabels, options: FitOptions, progress: ProgressCallback | None
) -> _Fitted:
    """Leave every fold out of a fit, score and calibrate by what was said of it, and learn from all rows at last.

    Beside all features there is room needed for the copy of those that are learned from.
    """

    def learned(turn: Turn, stage: str) -> LearnedMember:
        features, codes = rows.features, rows.codes
        seen = features[turn.training], codes[turn.training], rows.weights(turn.training)
        stopping = features[turn.stopping], codes[turn.stopping]
        return learn(options, labels, seen, stopping, _staged(progress, stage))

    def asked(fold: Fold) -> Array:
        member = learned(dealt.turns[fold.number], f"fold {fold.number + 1} of {len(dealt.turns)}").member
        return member.logits(rows.features[fold.outside])

    folds = [Fold(number, turn.training, turn.outside) for number, turn in enumerate(dealt.turns)]
    scored = dealt.scored
    left_out = LeftOut.of(cross_fit(folds, asked), scored, rows)
    calibrated = _calibrated(left_out, [np.searchsorted(scored, fold.outside) for fold in folds], options)
    calibration = left_out.calibration()
    kept = learned(dealt.last, "all rows")
    before, after = left_out.scores(left_out.logits), left_out.scores(calibrated)
    return _Fitted(kept.member, kept.n_iter, calibration, before, after)


def _calibrated(left_out: LeftOut, parts: Sequence[Array], options: FitOptions) -> Array:
    """Give every row calibrated logits by a calibration that has not seen its fold, nor, where rows are in the order of
    time, any later one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)  # the calibration of all rows says the same
        if options.time is None:
            if len(left_out.codes) < _FEWEST_TO_CALIBRATE:
                return left_out.logits
            from softargmax.calibration import AutoCalibration

            numbers = np.empty(len(left_out.codes), np.int64)
            for number, part in enumerate(parts):
                numbers[part] = number
            given = left_out.logits, left_out.codes, numbers
            return out_of_fold(AutoCalibration(), *given, sample_weight=left_out.weight)
        before = [np.sort(np.concatenate([parts[0][:0], *parts[:number]])) for number in range(len(parts))]
        folds = [Fold(number, inside, parts[number]) for number, inside in enumerate(before)]

        def transformed(fold: Fold) -> Array:
            return left_out.take(fold.inside).calibration().transform(left_out.logits[fold.outside])

        return cross_fit(folds, transformed)


def _none(n_classes: int) -> Calibration:
    """Give the calibration that does nothing."""
    return TemperatureScaling.known(1.0, n_logits=n_classes)


def _staged(progress: ProgressCallback | None, stage: str) -> Callable[[Progress], None] | None:
    """Say which of several fits it is that has come so far."""
    if progress is None:
        return None
    return lambda told: progress(replace(told, stage=f"{told.stage}, {stage}"))


def _as_note(warning: warnings.WarningMessage) -> str:
    """Say a warning's words; those about the calibration are told apart, because a report explains them."""
    return (
        f"calibration: {warning.message}" if issubclass(warning.category, CalibrationWarning) else str(warning.message)
    )
