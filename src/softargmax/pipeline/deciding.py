"""From calibrated logits to what a user asked for: a label, "unsure", a set of classes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._options import as_real, as_share
from softargmax._renamed import provisional
from softargmax.calibration import Calibration
from softargmax.decisions import bayes_decision
from softargmax.decisions._pool import fewest_rows
from softargmax.exceptions import ArgumentError, TargetError
from softargmax.labels import ClassLabels
from softargmax.pipeline.costs import Costs, cost_matrix
from softargmax.pipeline.named_class import code_named
from softargmax.pipeline.table_decisions import Decisions, refuse_unsure


@provisional
@dataclass(frozen=True)
class Decided:
    """What was decided about rows.

    Attributes
    ----------
    classes : ndarray, shape (n_classes,)
        The labels of the classes.
    probabilities : ndarray, shape (n_rows, n_classes)
    codes : ndarray of integer, shape (n_rows,)
        The class of every row's label, the likeliest unless costs decide; of rows that are not answered, the likeliest.
    answered : ndarray of bool, shape (n_rows,), or None
        Which rows are answered; None if no risk was asked for.
    sets : ndarray of bool, shape (n_rows, n_classes), or None
        True for the classes of a row's set, of which rows that are not answered have none; None if no confidence was
        asked for.
    """

    classes: Array
    probabilities: Array
    codes: Array
    answered: Array | None = None
    sets: Array | None = None

    @property
    def labels(self) -> Array:
        """The label of every row; of rows that are not answered, the likeliest."""
        return np.asarray(self.classes[self.codes])

    @classmethod
    def joined(cls, parts: "list[Decided]") -> "Decided":
        """Put what was decided about several batches together."""

        def together(name: str) -> Array | None:
            found = [getattr(part, name) for part in parts]
            return None if found[0] is None else np.concatenate(found)

        names = ("probabilities", "codes", "answered", "sets")
        return cls(parts[0].classes, **{name: together(name) for name in names})  # type: ignore[arg-type]


Decide = Callable[[Array], Decided]


def decider(
    calibration: Calibration,
    labels: ClassLabels,
    decisions: Decisions,
    *,
    confidence: Any = None,
    risk: Any = None,
    costs: Costs | None = None,
    positive: Any = None,
) -> Decide:
    """Give what decides about rows of uncalibrated logits as was asked.

    Parameters
    ----------
    calibration : Calibration
    labels : ClassLabels
    decisions : Decisions
        The promises that a model holds.
    confidence : float or Fraction, optional
        Ask for sets that hold the true class so often.
    risk : float, optional
        Answer only where at most this share of the answers is wrong.
    costs : mapping, optional
        Take the label that is expected to cost least, instead of the likeliest: what it costs to call a class another,
        by the labels of both, the true one first.
    positive : label, optional
        Take a row for this class from the threshold on that was chosen at fit, else for the likeliest other one.

    Raises
    ------
    ArgumentError
        For a promise that the model does not hold, and for costs that do not fit the classes.
    """
    if positive is not None:
        return _by_threshold(calibration, labels, decisions, positive, confidence, risk, costs)
    choose = _likeliest if costs is None else _cheapest(labels, costs, risk)
    if confidence is None and risk is None:

        def plainly(logits: Array) -> Decided:
            p = calibration.predict_proba(logits)
            return Decided(labels.classes, p, choose(p))

        return plainly
    _refuse_unkept(decisions, labels, confidence, risk)
    both = confidence is not None and risk is not None
    sets = decisions.sets_of_answered if both else decisions.sets

    def decide(logits: Array) -> Decided:
        p, z = calibration.predict_proba(logits), calibration.transform(logits)
        codes, answered, inside = choose(p), None, None
        if risk is not None:
            assert decisions.answers is not None
            said = decisions.answers.predict(z)
            answered = said >= 0
            codes = np.where(answered, said, codes)
        if confidence is not None:
            inside = np.ones(z.shape, bool) if sets is None else sets.predict_set(z, confidence=confidence)
            if answered is not None:
                inside &= answered[:, np.newaxis]
        return Decided(labels.classes, p, codes, answered, inside)

    return decide


def _likeliest(probabilities: Array) -> Array:
    if np.isnan(probabilities).any():
        raise TargetError("probabilities: expected numbers, got NaN; a row with NaN has no likeliest class")
    return np.asarray(probabilities.argmax(axis=1))


def _cheapest(labels: ClassLabels, costs: Costs, risk: Any) -> Callable[[Array], Array]:
    """Give what chooses the label that is expected to cost least."""
    if risk is not None:
        raise ArgumentError(
            "costs: expected them without risk, which is a promise about the likeliest label and not the cheapest",
            parameter="costs",
        )
    matrix = cost_matrix(labels, costs)
    return lambda probabilities: np.asarray(bayes_decision(matrix, probabilities=probabilities))


def _by_threshold(
    calibration: Calibration,
    labels: ClassLabels,
    decisions: Decisions,
    positive: Any,
    confidence: Any,
    risk: Any,
    costs: Costs | None,
) -> Decide:
    """Give what tells a class from all others, with sets if they are asked for."""
    code, threshold = code_named(labels, positive, "positive"), decisions.positive
    if risk is not None or costs is not None:
        raise ArgumentError(
            "positive: expected it without risk and costs, which decide about the label in another way",
            parameter="positive",
        )
    if threshold is None or threshold.code != code:
        held = "none" if threshold is None else f"one for {labels.classes.tolist()[threshold.code]!r}"
        raise ArgumentError(
            f"positive: this model holds {held} of the thresholds for a class, which are chosen at fit; "
            f"fit it anew with positive={str(positive)!r}",
            parameter="positive",
        )
    otherwise = decider(calibration, labels, decisions, confidence=confidence)

    def decide(logits: Array) -> Decided:
        decided = otherwise(logits)
        others = decided.probabilities.copy()
        others[:, code] = -1.0
        yes = threshold.says_yes(calibration.transform(logits))
        return replace(decided, codes=np.where(yes, code, others.argmax(axis=1)))

    return decide


def _refuse_unkept(decisions: Decisions, labels: ClassLabels, confidence: Any, risk: Any) -> None:
    """Refuse to promise what no rows were kept aside for."""
    anew = "a promise needs rows that are kept aside for it when the model is fitted; fit it anew with"
    if confidence is not None:
        alpha = 1 - as_share(confidence, "confidence", open_low=True, open_high=True)
        if decisions.sets is None:
            raise ArgumentError(
                f"confidence: this model promises none: {anew} confidence={float(confidence):g}", parameter="confidence"
            )
        both = risk is not None and decisions.sets_of_answered is not None
        sets = decisions.sets_of_answered if both else decisions.sets
        assert sets is not None
        if sets.n_calibration_ < fewest_rows(alpha) and alpha < 1 - as_share(sets.confidence, "confidence"):
            raise ArgumentError(
                f"confidence: a promise of {float(confidence):g} takes {fewest_rows(alpha)} rows that were kept aside, "
                f"and this model has {sets.n_calibration_}; with fewer every set would hold all classes",
                parameter="confidence",
            )
    if risk is not None:
        as_real(risk, "risk", low=0.0, high=1.0, open_low=True, open_high=True)
        if decisions.answers is None:
            raise ArgumentError(f"risk: this model promises none: {anew} risk={float(risk):g}", parameter="risk")
        if float(risk) != decisions.answers.risk:
            raise ArgumentError(
                f"risk: this model promises one of {decisions.answers.risk:g}, because the threshold for it was chosen "
                f"when it was fitted; fit it anew with risk={float(risk):g}",
                parameter="risk",
            )
        refuse_unsure(labels)
