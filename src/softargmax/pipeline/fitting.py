"""From a table to a calibrated, scored model of it.

Whatever judges a model is made of what it says of rows that it did not learn from (`LeftOut`): rows kept aside, or all
rows, each asked of a fit that left its fold out. There the model in the file is another one, which learned from all
rows in the same way: what was left out stands for what it will say of new rows. Fits of folds are not pooled, because
a pool is surer than each of its members, and there would be no rows left that none of them has seen to calibrate it on.
"""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from softargmax._arrays import Array
from softargmax._progress import ProgressCallback
from softargmax.calibration import Calibration, TemperatureScaling, out_of_fold
from softargmax.calibration._folds import Fold, cross_fit
from softargmax.exceptions import ArgumentError, CalibrationWarning
from softargmax.metrics import Scores, scores
from softargmax.pipeline.cautious import PENALTY, PENALTY_ALONE, cautious_calibration, looks_worse
from softargmax.pipeline.ensembles import LearnedModel, learn
from softargmax.pipeline.importance import Judge, importance_by
from softargmax.pipeline.kept_promises import KeptPromises
from softargmax.pipeline.learners import LearningRows, staged
from softargmax.pipeline.members import Member, pooled
from softargmax.pipeline.named_class import code_named
from softargmax.pipeline.preparing import EncodedRows, prepare
from softargmax.pipeline.records import FitOptions, FitRecord, Importance, rare_classes
from softargmax.pipeline.seen_rows import SeenRows, numbers_of
from softargmax.pipeline.splitting import FEWEST_TO_CALIBRATE, Dealt, Turn, calibrates_by_scored, said_of_kept
from softargmax.pipeline.table_decisions import NONE, Decisions, refuse_unsure
from softargmax.pipeline.table_model import TableModel
from softargmax.tables.opening import Table
from softargmax.tables.schema import Schema

# The part of a limit of time in which members are learned; the rest calibrates, scores and writes. With .8, a command
# with a limit of ten seconds took 11.2 to 12.9 on 450,000 rows, one and a half of them before the fit begins.
_FOR_LEARNING = 0.7
# Seconds, about, for the importance of columns; with a limit of time no more than this part of it.
_FOR_IMPORTANCE, _PART_FOR_IMPORTANCE = 1.0, 0.05


def fit_table(
    table: Table,
    target: str,
    options: FitOptions,
    sample_weight: Array | None = None,
    progress: ProgressCallback | None = None,
    tell: "Callable[[LeftOut, Array], None] | None" = None,
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
    tell : callable, optional
        Called with what was said of the rows to score on (`LeftOut`), and with their calibrated logits.

    Raises
    ------
    TableError
        If nothing can be learned from the table; the message says what to do.
    """
    begun = time.monotonic()
    if options.promises and sample_weight is not None:
        raise ArgumentError(
            f"sample_weight: expected none with {options.promises[0]}: a promise is about rows that count once",
            parameter="sample_weight",
        )
    plan, rows, dealt = prepare(table, target, options, sample_weight, progress)
    labels, numbers = plan.schema.labels, numbers_of(rows.features, rows.codes)
    if options.risk is not None:
        refuse_unsure(labels)
    if options.positive is not None:
        code_named(labels, options.positive, "positive")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = _by_folds if dealt.turns else _by_parts
        limit = options.time_limit
        deadline = None if limit is None else begun + _FOR_LEARNING * limit
        fitted = fit(rows, dealt, plan.schema, options, deadline, progress)
    notes = [_as_note(warning) for warning in caught if issubclass(warning.category, UserWarning)]
    notes += fitted.notes
    if plan.rows["calibration"] < FEWEST_TO_CALIBRATE:
        notes.append(
            f"calibration: {plan.rows['calibration']} rows are too few to calibrate on; "
            "probabilities were left as they are"
        )
    if not plan.rows["score"]:
        notes.append("no rows were left to score on: nothing is known about how good the model is")
    learned, judged = fitted.learned, fitted.judged
    if tell is not None:
        tell(judged, fitted.calibrated)
    record = FitRecord(
        rows=plan.rows,
        class_counts=plan.class_counts,
        model=options.model,
        n_iter=learned.n_iter,
        before=judged.scores(judged.logits),
        after=judged.scores(fitted.calibrated),
        rare=rare_classes(labels, rows.codes[dealt.scored]),
        notes=tuple(dict.fromkeys(notes)),
        split=said_of_kept(plan.split, options, dealt.last, fitted.places is None),
        choice=learned.choice,
        importance=fitted.importance,
        kept=fitted.kept,
    )
    parts = learned.members, learned.weights, fitted.calibration
    seen = SeenRows.of(numbers if fitted.places is None else numbers[fitted.places])
    return TableModel(plan.reading, plan.schema, *parts, record, plan.notes, seen, fitted.decisions)


@dataclass(frozen=True)
class _Fitted:
    """A model, and what was said of the rows to score on; ``calibrated`` are their calibrated logits.

    `places` are those of the rows it learned from, None for all. With it what it promises, how that was kept on the
    same rows, and what is to be said about it.
    """

    learned: LearnedModel
    calibration: Calibration
    judged: "LeftOut"
    calibrated: Array
    importance: Importance | None
    places: Array | None = None
    decisions: Decisions = NONE
    kept: KeptPromises | None = None
    notes: Sequence[str] = ()


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
    numbers : ndarray of integer, shape (n_rows,)
        The places of the rows among all that have a label.
    """

    logits: Array
    codes: Array
    weight: Array | None
    groups: Array | None
    numbers: Array

    @classmethod
    def of(cls, logits: Array, places: Array, rows: EncodedRows) -> "LeftOut":
        """Put what was said of rows beside what is known of them."""
        return cls(logits, rows.codes[places], rows.weights(places), rows.groups(places), places)

    def calibration(self, penalty: float | None = None) -> Calibration:
        """Fit a calibration to all of it; how much more than one temperature it supports is decided on rows left out.

        Of too few rows it does nothing. A cautious one, with a penalty, is for rows that have chosen the model too.
        """
        if len(self.logits) < FEWEST_TO_CALIBRATE:
            return _none(self.logits.shape[1])
        if penalty is not None:
            return cautious_calibration(self.logits, self.codes, self.weight, penalty)
        from softargmax.calibration import AutoCalibration  # here, because only a fit needs what it compares

        return AutoCalibration().fit(self.logits, self.codes, sample_weight=self.weight).calibration_

    def take(self, rows: Array) -> "LeftOut":
        """Give some of the rows."""
        weight, groups = (None if part is None else part[rows] for part in (self.weight, self.groups))
        return LeftOut(self.logits[rows], self.codes[rows], weight, groups, self.numbers[rows])

    def with_(self, other: "LeftOut", rows: EncodedRows) -> "LeftOut":
        """Put what was said of other rows beside it."""
        numbers = np.concatenate([self.numbers, other.numbers])
        return LeftOut.of(np.concatenate([self.logits, other.logits]), numbers, rows)

    def scores(self, logits: Array) -> Scores | None:
        """Score these or calibrated logits; None if no row counts."""
        if not len(logits) or (self.weight is not None and not self.weight.any()):
            return None
        return scores(self.codes, logits=logits, clusters=self.groups, sample_weight=self.weight)


def _by_parts(
    rows: EncodedRows,
    dealt: Dealt,
    schema: Schema,
    options: FitOptions,
    deadline: float | None,
    progress: ProgressCallback | None,
) -> _Fitted:
    """Train on one part of the rows, calibrate on another, and score on a third whose labels nothing else has seen.

    The rows to calibrate on also choose the epoch to keep: the rows to score on stay untouched, and the calibration
    knows that its rows chose an epoch (`cautious.py`). Where they are few, those learned from calibrate too, each as
    what a fit says of it that left it out.

    The model that is kept then learns from all rows, for as many epochs, and takes over temperature and calibration:
    what is said of the first one stands for it. A single model has no fits that left rows out, and is calibrated by the
    rows that were scored too, as it learns from them: both are done in the way that was scored. A promise of a
    confidence or a risk cannot be taken over, since it belongs to the very model that was measured: a fit that makes
    one must not learn again.
    """
    last, labels = dealt.last, schema.labels
    refits = options.refits and len(last.training) < len(rows.codes)
    features = rows.features if refits else None
    training, held, scored, *asked = rows.parted(last.training, last.stopping, last.outside, *dealt.promised.values())
    seen, stopping = rows.learning(last.training, training), rows.learning(last.stopping, held)
    told = staged(progress, "to score") if refits else progress
    by_scored = calibrates_by_scored(options, last)
    # A fold would know of later rows.
    asks = len(held) >= FEWEST_TO_CALIBRATE and options.time is None and not by_scored
    learned = learn(options, labels, seen, stopping, asks=asks, deadline=deadline, progress=told)
    calibrating = _calibrating(learned, held, last, rows)
    penalty = PENALTY_ALONE if by_scored else PENALTY
    calibration = calibrating.calibration(penalty)
    judging = LeftOut.of(learned.logits(scored), last.outside, rows)
    after = calibration.transform(judging.logits)
    worse = looks_worse(judging.logits, after, judging.codes, judging.weight)
    if worse is not None:
        _warn_of_worse(worse, by_scored)
        calibration, after = _none(len(labels)), judging.logits
    judge = _judge(learned.logits, calibration, rows, last.outside, scored)
    importance = _importance([judge], schema, learned, options)
    promising = {
        name: (calibration.transform(learned.logits(its)), rows.codes[dealt.promised[name]])
        for name, its in zip(dealt.promised, asked, strict=True)
    }
    decisions, notes = Decisions.learned(options, labels, promising)
    kept = decisions.kept(after, judging.codes, judging.groups)
    if features is not None:
        del training, held, scored, seen, stopping, judge
        everything = LearningRows(features, rows.codes, rows.weight, rows.group)
        more = len(rows.codes) / max(len(last.training), 1)
        told = staged(progress, "all rows")
        again = learned.again(options, labels, everything, told, more=more, deadline=deadline)
        refits, learned = again is not None, again or learned
        if by_scored:
            calibration = calibrating.with_(judging, rows).calibration(penalty)
    # Rows that make a promise do not judge how it is kept either.
    places = None if refits else np.concatenate([last.training, last.stopping, *dealt.promised.values()])
    return _Fitted(learned, calibration, judging, after, importance, places, decisions, kept, notes)


def _warn_of_worse(worse: str, by_scored: bool) -> None:
    """Say that the score is without a calibration, and if so that the model that is kept has one all the same."""
    if not by_scored:
        warnings.warn(f"it {worse}, so it was left out", CalibrationWarning, stacklevel=2)
        return
    # It is no CalibrationWarning, because the calibration that is kept is another one.
    warnings.warn(
        f"the calibration of the model that was scored {worse}, so the score is without it; "
        "the model that is kept has one that was fitted to these rows too",
        stacklevel=2,
    )


def _calibrating(learned: LearnedModel, held: Array, last: Turn, rows: EncodedRows) -> LeftOut:
    """Give what was said of rows that were left out, by the model or, if these are few, by fits without a fold too."""
    by_model = LeftOut.of(learned.logits(held), last.stopping, rows)
    if learned.asked is None:
        return by_model
    places, said = learned.asked
    return by_model.with_(LeftOut.of(said, last.training[places], rows), rows)


def _by_folds(
    rows: EncodedRows,
    dealt: Dealt,
    schema: Schema,
    options: FitOptions,
    deadline: float | None,
    progress: ProgressCallback | None,
) -> _Fitted:
    """Leave every fold out of a fit, score and calibrate by what was said of it, and learn from all rows at last.

    Beside all features there is room needed for the copy of those that are learned from.
    """
    labels = schema.labels
    models: dict[int, tuple[tuple[Member, ...], tuple[float, ...]]] = {}

    def learned(turn: Turn, stage: str, fits_left: int) -> LearnedModel:
        now = time.monotonic()
        until = None if deadline is None else now + (deadline - now) / fits_left
        seen, stopping = rows.learning(turn.training), rows.learning(turn.stopping)
        return learn(options, labels, seen, stopping, deadline=until, progress=staged(progress, stage))

    def asked(fold: Fold) -> Array:
        number, count = fold.number, len(dealt.turns)
        found = learned(dealt.turns[number], f"fold {number + 1} of {count}", count - number + 1)
        models[number] = found.members, found.weights
        return found.logits(rows.features[fold.outside])

    folds = [Fold(number, turn.training, turn.outside) for number, turn in enumerate(dealt.turns)]
    scored = dealt.scored
    left_out = LeftOut.of(cross_fit(folds, asked), scored, rows)
    calibrated = _calibrated(left_out, [np.searchsorted(scored, fold.outside) for fold in folds], options)
    calibration = left_out.calibration()
    last = learned(dealt.last, "all rows", 1)
    asked_again = [partial(pooled, *models[fold.number]) for fold in folds]
    judges = [_judge(ask, calibration, rows, fold.outside) for ask, fold in zip(asked_again, folds, strict=True)]
    importance = _importance(judges, schema, last, options)
    return _Fitted(last, calibration, left_out, calibrated, importance)


def _judge(
    logits: Callable[[Array], Array],
    calibration: Calibration,
    rows: EncodedRows,
    places: Array,
    features: Array | None = None,
) -> Judge:
    """Let a model and a calibration judge columns by rows at these places."""

    def ask(asked: Array) -> Array:
        return calibration.transform(logits(asked))

    def take(at: Array) -> LearningRows:
        return rows.learning(places[at], None if features is None else features[at])

    return Judge(ask, len(places), take)


def _importance(
    judges: Sequence[Judge], schema: Schema, learned: LearnedModel, options: FitOptions
) -> Importance | None:
    """Say how important every column is, in a time that keeps a limit."""
    seconds = _FOR_IMPORTANCE
    if options.time_limit is not None:
        seconds = min(seconds, _PART_FOR_IMPORTANCE * options.time_limit)
    return importance_by(judges, schema, learned.members, options.random_state, seconds=seconds)


def _calibrated(left_out: LeftOut, parts: Sequence[Array], options: FitOptions) -> Array:
    """Give every row calibrated logits by a calibration that has not seen its fold, nor, where rows are in the order of
    time, any later one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)  # the calibration of all rows says the same
        if options.time is None:
            if len(left_out.codes) < FEWEST_TO_CALIBRATE:
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


def _as_note(warning: warnings.WarningMessage) -> str:
    """Say a warning's words; those about the calibration are told apart, because a report explains them."""
    return (
        f"calibration: {warning.message}" if issubclass(warning.category, CalibrationWarning) else str(warning.message)
    )
