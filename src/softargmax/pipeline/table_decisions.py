"""What a model of tables holds of decisions: promises, each made by rows that had no part in the model or its score.

Rows for promises are drawn at random whatever their class, because a promise is about rows that come as they come. Each
promise has rows of its own: prediction sets among answered rows must be made by rows whose answers were not looked at
when it was decided which rows are answered, and so the risk takes one half of them and the sets the other.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import Field, StateField, fields_of, state_of
from softargmax._renamed import provisional
from softargmax._state import State
from softargmax.decisions import ConformalClassifier, SelectiveClassifier
from softargmax.exceptions import ArgumentError, ArtifactError, CalibrationWarning, TableError
from softargmax.labels import ClassLabels
from softargmax.pipeline.kept_promises import KeptPromises, KeptRisk, KeptSets, KeptThreshold
from softargmax.pipeline.named_class import code_named
from softargmax.pipeline.positive import PositiveThreshold
from softargmax.pipeline.records import FitOptions

# What stands in the place of a label where none is given.
UNSURE = "unsure"
KIND, VERSION = "table-decisions", 2  # since version 2 there may be a threshold for a class
_FIELDS: dict[str, Field] = {
    "sets": StateField(optional=True),
    "answers": StateField(optional=True),
    "sets_of_answered": StateField(optional=True),
    "positive": StateField(optional=True),
}


@provisional
@dataclass(frozen=True)
class Decisions:
    """The promises of a model of tables; None where there is none.

    Attributes
    ----------
    sets : ConformalClassifier or None
        Sets of classes that hold the true one as often as promised.
    answers : SelectiveClassifier or None
        Which rows are answered, so that few answers are wrong.
    sets_of_answered : ConformalClassifier or None
        Sets for rows that are answered, which hold the true class as often as promised among these.
    positive : PositiveThreshold or None
        From which probability on a row is taken for a class.
    """

    sets: ConformalClassifier | None = None
    answers: SelectiveClassifier | None = None
    sets_of_answered: ConformalClassifier | None = None
    positive: PositiveThreshold | None = None

    def __bool__(self) -> bool:
        return any(part is not None for part in (self.sets, self.answers, self.positive))

    @classmethod
    def learned(
        cls, options: FitOptions, labels: ClassLabels, rows: Mapping[str, tuple[Array, Array]]
    ) -> "tuple[Decisions, list[str]]":
        """Make the promises that were asked for, and say which of them say little.

        Parameters
        ----------
        options : FitOptions
        labels : ClassLabels
        rows : mapping of str to (logits, codes)
            Calibrated logits of rows that the model has not seen, and their classes, for each of `options.promises`.

        Raises
        ------
        TableError
            If no rows are left for a promise.
        """
        for name, (_, codes) in rows.items():
            if not len(codes):
                raise TableError(f"no rows were left for a promise of {name}; it takes a larger table", parameter=name)
        answers, sets, sets_of_answered = None, None, None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", CalibrationWarning)
            if options.risk is not None:
                answers = SelectiveClassifier(options.risk, random_state=options.random_state).fit(*rows["risk"])
        notes = [f"risk: {warning.message}" for warning in caught]
        if options.confidence is not None:
            logits, codes = rows["confidence"]
            sets = _fitted(options, logits, codes)
            if answers is not None and (answered := answers.accepts(logits)).any():
                sets_of_answered = _fitted(options, logits[answered], codes[answered])
        positive = None
        if options.positive is not None:
            code = code_named(labels, options.positive, "positive")
            positive = PositiveThreshold.chosen(*rows["positive"], code, options.recall)
            if positive.least == float("-inf"):
                notes.append(
                    f"positive: {positive.n_positive} rows of {options.positive!r} are too few to choose a threshold "
                    "by: every row is taken for it"
                )
        for each, which in ((sets, ""), (sets_of_answered, " that are answered")):
            if each is not None and each.threshold_ == float("inf"):
                notes.append(
                    f"confidence: {each.n_calibration_} rows{which} are too few to promise {options.confidence:g} by: "
                    "every set holds all classes"
                )
        return cls(sets, answers, sets_of_answered, positive), notes

    def kept(self, logits: Array, codes: Array, clusters: Array | None = None) -> KeptPromises | None:
        """Measure how promises are kept; None if there are none, or no rows.

        Parameters
        ----------
        logits : ndarray, shape (n_rows, n_classes)
            Calibrated.
        codes : ndarray of integer, shape (n_rows,)
        clusters : ndarray of integer, shape (n_rows,), or None
            Which rows depend on each other.
        """
        if not self or not len(codes):
            return None
        sets, answers, of_answered = None, None, None
        if self.sets is not None:
            promised = float(self.sets.confidence)
            sets = KeptSets.of(promised, self.sets.predict_set(logits), codes, clusters)
        if self.answers is not None:
            said, promise = self.answers.predict(logits), (self.answers.risk, self.answers.confidence)
            answers = KeptRisk.of(*promise, said, codes, clusters)
            among = np.flatnonzero(said >= 0)
            if self.sets_of_answered is not None and len(among):
                promised = float(self.sets_of_answered.confidence)
                found = self.sets_of_answered.predict_set(logits[among])
                tied = None if clusters is None else clusters[among]
                of_answered = KeptSets.of(promised, found, codes[among], tied)
        threshold = None
        if self.positive is not None:
            yes, truth = self.positive.says_yes(logits), codes == self.positive.code
            threshold = KeptThreshold.of(self.positive.recall, yes, truth, clusters)
        return KeptPromises(sets, answers, of_answered, threshold)

    def to_state(self) -> State:
        """Give everything as plain data."""
        values = {name: None if part is None else part.to_state() for name, part in vars(self).items()}
        return state_of(KIND, VERSION, _FIELDS, values)

    @classmethod
    def from_state(cls, state: State, n_classes: int) -> "Decisions":
        """Rebuild it; what is amiss is an ArtifactError or ValueError."""
        if state.kind != KIND:
            raise ArtifactError(f"expected decisions, of kind {KIND!r}, got {state.kind!r}")
        found = fields_of(state, _FIELDS, newest=VERSION)
        sets, answers, sets_of_answered, positive = (found[name] for name in _FIELDS)
        decisions = cls(
            None if sets is None else ConformalClassifier.from_state(sets),
            None if answers is None else SelectiveClassifier.from_state(answers),
            None if sets_of_answered is None else ConformalClassifier.from_state(sets_of_answered),
            None if positive is None else PositiveThreshold.from_state(positive, n_classes),
        )
        for name in ("sets", "answers", "sets_of_answered"):
            part = getattr(decisions, name)
            if part is not None and part.n_classes_ != n_classes:
                raise ValueError(f"{name}: decisions among {part.n_classes_} classes, of which there are {n_classes}")
        if sets_of_answered is not None and (sets is None or answers is None):
            raise ValueError("sets_of_answered: expected them with sets and answers only")
        return decisions


# The promises of a model that makes none.
NONE = Decisions()


def refuse_unsure(labels: ClassLabels) -> None:
    """Refuse to promise a risk among classes of which one is called as rows without an answer are."""
    if UNSURE in map(str, labels.classes.tolist()):
        raise ArgumentError(
            f"risk: expected no class that is called {UNSURE!r}, which rows without an answer are; rename the class",
            parameter="risk",
        )


def _fitted(options: FitOptions, logits: Array, codes: Array) -> ConformalClassifier:
    """Make sets by 1 - p, which are the smallest on average, and say elsewhere that rows are too few."""
    assert options.confidence is not None
    sets = ConformalClassifier("lac", confidence=options.confidence, random_state=options.random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)
        return sets.fit(logits, codes)
