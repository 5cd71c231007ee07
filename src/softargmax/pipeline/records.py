"""What is asked of a fit, what is remembered of it, and what an evaluation finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import optional_text
from softargmax._options import as_flag, as_integer, as_real
from softargmax._renamed import renamed
from softargmax.exceptions import ArgumentError
from softargmax.labels import ClassLabels
from softargmax.metrics import Assessment, Scores
from softargmax.metrics._plain import Plain
from softargmax.pipeline.kept_promises import KeptPromises
from softargmax.pipeline.seen_rows import SeenShare
from softargmax.tables.drift_notes import DriftReport

ModelName = Literal["auto", "mlp", "regression", "trees", "ensemble"]

# A class with fewer rows than this among those scored is named: of ten rows, an accuracy of .5 has the interval .24 to
# .76, so nothing can be said about it.
RARE = 10


@renamed(seed="random_state")
@dataclass(frozen=True)
class FitOptions:
    """How a fit goes about it; the parameters of `TableClassifier`.

    Attributes
    ----------
    model : "auto", "mlp", "regression", "trees" or "ensemble"
        A network with hidden layers, softmax regression, boosted trees, all of them with weights that rows left out
        choose, or what of these suits the table.
    hidden_layer_sizes : tuple of int
        Units per hidden layer.
    max_epochs : int
        How often the network sees the data at most.
    time_limit : float or None
        Seconds after which the fit should be done: cheap models are learned first, dear ones as far as there is time.
    balanced : bool
        Whether every class counts the same, however rare it is.
    calibration_fraction, score_fraction : float
        Shares of the rows that are kept aside to calibrate and to score on, from 0 to below one half.
    confidence : float or None
        How often prediction sets shall hold the true class.
    risk : float or None
        Which share of the answers may be wrong, if rows may be left without one.
    positive : str or None
        The class, as text, that a threshold shall tell from all others.
    recall : float or None
        Which share of the rows of that class shall be found; without it F1 is made as large as it can be.
    promise_fraction : float
        Share of the rows that is kept aside for these promises, above 0 and below one half.
    refit : bool
        Whether the model that is kept learns from all rows, after another one that left some out was scored; not with a
        confidence or a risk.
    random_state : int
        Decides everything random.
    weight : str or None
        The column that says how often each row counts.
    group : str or None
        The column whose equal values stay on one side of every line between rows, such as the name of a patient.
    time : str or None
        The column that says when a row is from: the newest rows are scored.
    folds : int or None
        How many fits leave rows out in turn, from 2, instead of parts that are kept aside.
    drop : sequence of str
        Columns to leave out.
    kinds : dict
        What columns hold, where that is not to be found out: "number", "boolean", "category", "date" or "text".

    Raises
    ------
    ArgumentError
        For values outside these ranges.
    """

    model: ModelName = "auto"
    hidden_layer_sizes: tuple[int, ...] = (256, 256)
    max_epochs: int = 100
    time_limit: float | None = None
    balanced: bool = False
    calibration_fraction: float = 0.1
    score_fraction: float = 0.1
    confidence: float | None = None
    risk: float | None = None
    positive: str | None = None
    recall: float | None = None
    promise_fraction: float = 0.2
    refit: bool = True
    random_state: int = 0
    weight: str | None = None
    group: str | None = None
    time: str | None = None
    folds: int | None = None
    drop: Sequence[str] = ()
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def shares(self) -> tuple[float, float, float]:
        """Which parts are learned from, calibrated on, and scored on, of the rows that no promise is made by."""
        rest = 1.0 - sum(self.promise_shares)
        held = self.calibration_fraction / rest, self.score_fraction / rest
        return 1.0 - sum(held), *held

    @property
    def promise_shares(self) -> tuple[float, ...]:
        """Which part of all rows each promise is made by."""
        return tuple(self.promise_fraction / len(self.promises) for _ in self.promises)

    @property
    def promises(self) -> tuple[str, ...]:
        """What shall be promised, in the order of time in which rows make it."""
        return tuple(name for name in ("risk", "positive", "confidence") if getattr(self, name) is not None)

    @property
    def refits(self) -> bool:
        """Whether another model is kept than the one that is scored: a promise belongs to the one it is made with."""
        return self.refit and not self.promises

    @property
    def is_alone(self) -> bool:
        """Whether a single model is learned: several have weights to find by rows that fits leave out."""
        return self.model not in ("auto", "ensemble") and self.time_limit is None

    def __post_init__(self) -> None:
        for name in ("calibration_fraction", "score_fraction"):
            as_real(getattr(self, name), name, low=0.0, high=0.5, open_high=True)
        self._check_promises()
        if self.folds is not None:
            as_integer(self.folds, "folds", low=2)
            if (self.calibration_fraction, self.score_fraction) != (0.1, 0.1):
                raise ArgumentError(
                    "folds: expected them without calibration_fraction and score_fraction: no rows are kept aside",
                    parameter="folds",
                )
            if not self.refit:
                raise ArgumentError(
                    "folds: expected them with refit=True: of all their fits none is the model to keep",
                    parameter="folds",
                )
        as_flag(self.refit, "refit")
        as_integer(self.random_state, "random_state", low=0, high=2**32 - 1)
        as_integer(self.max_epochs, "max_epochs", low=1)
        if self.time_limit is not None:
            as_real(self.time_limit, "time_limit", low=0.0, open_low=True)
        for size in self.hidden_layer_sizes:
            as_integer(size, "hidden_layer_sizes", low=1)

    def _check_promises(self) -> None:
        as_real(self.promise_fraction, "promise_fraction", low=0.0, high=0.5, open_low=True, open_high=True)
        if self.recall is not None and self.positive is None:
            raise ArgumentError("recall: expected it with positive, the class that is to be found", parameter="recall")
        for name in ("confidence", "risk", "recall"):
            if getattr(self, name) is not None:
                as_real(getattr(self, name), name, low=0.0, high=1.0, open_low=True, open_high=True)
        for name in self.promises:
            if self.folds is not None:
                raise ArgumentError(
                    f"folds: expected them without {name}: a promise belongs to the model that was measured, and "
                    "of all their fits none is the model to keep",
                    parameter="folds",
                )
            if self.weight is not None:
                raise ArgumentError(
                    f"weight: expected none with {name}: a promise is about rows that count once", parameter="weight"
                )
        if self.promises and self.calibration_fraction + self.score_fraction + self.promise_fraction >= 1.0:
            raise ArgumentError(
                "promise_fraction: expected it with calibration_fraction and score_fraction below 1, since no rows "
                "would be left to learn from",
                parameter="promise_fraction",
            )


@dataclass(frozen=True)
class Split:
    """How rows were dealt, as it is kept with a model.

    Attributes
    ----------
    group : str or None
        The column whose equal values stay together.
    time : str or None
        The column by which rows are ordered: the newest ones are scored.
    folds : int or None
        How many fits left rows out in turn, if no part was kept aside.
    n_groups : int or None
        How many groups were scored.
    since : str or None
        The time from which on rows, or groups by their last row, were scored.
    meaning : str
        What the score means, in a sentence or two.
    """

    group: str | None
    time: str | None
    folds: int | None
    n_groups: int | None
    since: str | None
    meaning: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Split":
        """Rebuild it; what is amiss is a ValueError, LookupError or TypeError."""
        group, time, since = (optional_text(data, name) for name in ("group", "time", "since"))
        folds, n_groups = (None if data[name] is None else int(data[name]) for name in ("folds", "n_groups"))
        return cls(group, time, folds, n_groups, since, str(data["meaning"]))


@dataclass(frozen=True, eq=False)
class ColumnImportance(Plain):
    """By how much the log loss (nats) becomes larger if this column of the table is shuffled; how sure that is."""

    column: str
    increase: float
    standard_error: float


@dataclass(frozen=True, eq=False)
class Importance(Plain):
    """How much a model depends on every column of the table.

    Attributes
    ----------
    n_rows : int
        How many rows were shuffled.
    of_rows : int
        Of how many, of which they are a random part.
    n_shuffles : int
        How often each of them got another row's value.
    log_loss : float
        That of these rows with all columns as they are, in nats.
    columns : tuple of ColumnImportance
        All columns that the model uses, the most important first.
    """

    n_rows: int
    of_rows: int
    n_shuffles: int
    log_loss: float
    columns: tuple[ColumnImportance, ...]


@dataclass(frozen=True)
class FitRecord:
    """What happened at fit, kept with the model; ``before`` and ``after`` calibration, on the rows to score on."""

    rows: dict[str, int]  # by what they are for: training, calibration, score; with folds a row is for all three
    class_counts: tuple[int, ...]
    model: str
    n_iter: int
    before: Scores | None
    after: Scores | None
    rare: tuple[str, ...]
    notes: tuple[str, ...]
    split: Split | None = None  # of files of before version 6 it is not known
    choice: str = ""  # which members were taken, and why; empty where one was asked for
    importance: Importance | None = None  # of the columns, by the rows to score on; before version 9 it is not known
    kept: KeptPromises | None = None  # how promises were kept on the rows to score on


@dataclass(frozen=True)
class Evaluation:
    """How good the model is on a table, before and after calibration.

    ``assessment`` is everything about its calibrated probabilities; where rows belong to groups, only the scores that
    are those of ``after`` know that. ``classes`` are the labels, as text; ``kept`` is how the model's promises were
    kept, if it made any.
    """

    n_rows: int
    n_classes: int
    before: Scores
    after: Scores
    rare: tuple[str, ...]
    notes: tuple[str, ...]
    drift: DriftReport
    assessment: Assessment
    classes: tuple[str, ...]
    seen: SeenShare | None = None
    importance: Importance | None = None
    kept: KeptPromises | None = None


def rare_classes(labels: ClassLabels, codes: Array) -> tuple[str, ...]:
    """Name the classes with too few rows to say anything about."""
    counts = np.bincount(codes, minlength=len(labels))
    return tuple(str(label) for label, count in zip(labels.classes.tolist(), counts, strict=True) if count < RARE)
