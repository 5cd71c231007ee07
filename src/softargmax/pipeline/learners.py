"""How rows become a member of a model of tables: what learns it, and what becomes of classes it never saw."""

import time
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from softargmax._arrays import Array
from softargmax._lazy import load
from softargmax._progress import Progress, ProgressCallback
from softargmax.labels import ClassLabels
from softargmax.models.network import Network
from softargmax.pipeline.members import Member, NetworkMember, TreesMember
from softargmax.pipeline.records import FitOptions
from softargmax.pipeline.splitting import FEWEST_TO_STOP_BY
from softargmax.probabilities import logsumexp

MemberName = Literal["regression", "trees", "mlp"]

# Rows of which the mean level of the logits is taken.
_ROWS = 1 << 12
# Epochs of a network for which there is no time to learn all: fewer are not worth it.
_FEWEST_EPOCHS = 10
# How exactly a regression is solved that is one of several models: what is left to win is a hundredth of a millinat. On
# soybean, of 19 classes, the last steps to the usual 1e-6 took nine tenths of the time.
_ROUGHLY = 1e-4
# The part of the time left that a network's epochs may take as they were timed: others take longer.
_SAFE = 0.7
# Rows of which an epoch is timed at most: one of half a million rows takes seconds.
_TIMED_ROWS = 1 << 14


@dataclass(frozen=True)
class LearningRows:
    """Rows to learn from, or to stop by.

    Attributes
    ----------
    features : ndarray of float32, shape (n_rows, n_features)
    codes : ndarray of integer, shape (n_rows,)
    weight : ndarray, shape (n_rows,), or None
    groups : ndarray of integer, shape (n_rows,), or None
        Which rows depend on each other.
    """

    features: Array
    codes: Array
    weight: Array | None = None
    groups: Array | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: Array) -> "LearningRows":
        """Give some of the rows."""
        parts = (None if part is None else part[rows] for part in (self.weight, self.groups))
        return LearningRows(self.features[rows], self.codes[rows], *parts)

    def counting(self) -> Array:
        """Tell which rows are of a class of which some row has a weight above 0."""
        counted = self.codes if self.weight is None else self.codes[self.weight > 0.0]
        return np.isin(self.codes, counted)

    def known_to(self, training: "LearningRows") -> "LearningRows":
        """Give the rows of classes that the others can teach."""
        counted = training.codes[training.counting()]
        return self.take(np.flatnonzero(np.isin(self.codes, counted)))


@dataclass(frozen=True)
class LearnedMember:
    """A member, after how many epochs, iterations or rounds, in how many seconds, and whether there was time for all.

    `estimator` is what learned it, or for trees what was found, from which others learn in the same way.
    """

    member: Member
    n_iter: int
    in_time: bool = True
    name: MemberName = "mlp"
    estimator: Any = None
    seconds: float = 0.0


class _LateError(Exception):
    """There is no time left."""


def learn_member(
    name: MemberName,
    options: FitOptions,
    labels: ClassLabels,
    training: LearningRows,
    stopping: LearningRows,
    *,
    again: LearnedMember | None = None,
    deadline: float | None = None,
    progress: ProgressCallback | None = None,
) -> LearnedMember | None:
    """Train one model of features.

    Parameters
    ----------
    name : "regression", "trees" or "mlp"
    options : FitOptions
    labels : ClassLabels
        All classes, of which the rows may lack some, but not all but one.
    training : LearningRows
        The rows to learn from.
    stopping : LearningRows
        Rows that choose when a network or trees stop, if they are enough to do so.
    deadline : float, optional
        When to stop, by `time.monotonic`; a regression takes the time it takes.
    progress : callable, optional
    again : LearnedMember, optional
        An earlier fit to some of the rows, in whose way to learn: network and trees stop after as many steps.

    Returns
    -------
    LearnedMember or None
        None if the time was too short for it.
    """
    begun = time.monotonic()
    counts = training.counting()
    if not counts.all():
        training = training.take(np.flatnonzero(counts))
    known = stopping.known_to(training)
    enough = known if len(known) >= FEWEST_TO_STOP_BY else None
    if name == "trees":
        grown = _trees(options, labels, training, enough, again, deadline, progress)
        return replace(grown, seconds=time.monotonic() - begun)
    # Imported here, because it is the only thing that scikit-learn is needed for; predicting goes without.
    models = load("softargmax.models")
    class_weight = "balanced" if options.balanced else None
    y, more = labels.labels(training.codes), {}
    if again is not None:
        estimator = again.estimator
    elif name == "regression":
        alone = options.model == "regression"
        estimator = models.SoftmaxRegression(class_weight=class_weight, **{} if alone else {"tol": _ROUGHLY})
    else:
        estimator = models.SoftmaxMLP(
            options.hidden_layer_sizes,
            max_epochs=options.max_epochs,
            class_weight=class_weight,
            random_state=options.random_state,
        )
        if enough is not None:
            more["validation_data"] = enough.features, labels.labels(enough.codes)
        if deadline is not None:
            affordable = _affordable_epochs(estimator, labels, training, enough, deadline)
            if affordable < min(options.max_epochs, _FEWEST_EPOCHS):
                return None
            estimator.set_params(max_epochs=min(options.max_epochs, affordable))
            begun = time.monotonic()
    if name == "mlp" and deadline is not None:
        progress = _until(deadline, progress)
    try:
        fit = estimator.refit if name == "mlp" and again is not None else estimator.fit
        fit(training.features, y, training.weight, progress=progress, **more)
    except _LateError:
        return None
    network, seen = estimator.network_, np.unique(training.codes)
    if len(seen) < len(labels):
        network = _for_all_classes(network, seen, len(labels), training.features[:_ROWS], len(training))
    in_time = name != "mlp" or estimator.max_epochs == options.max_epochs
    seconds = time.monotonic() - begun
    return LearnedMember(NetworkMember(network), int(estimator.n_iter_), in_time, name, estimator, seconds)


def _trees(
    options: FitOptions,
    labels: ClassLabels,
    training: LearningRows,
    stopping: LearningRows | None,
    again: LearnedMember | None,
    deadline: float | None,
    progress: ProgressCallback | None,
) -> LearnedMember:
    boost = load("softargmax.models.boosting").boost
    grown = boost(
        training.features,
        training.codes,
        training.weight,
        n_classes=len(labels),
        held=None if stopping is None else (stopping.features, stopping.codes),
        found=None if again is None else again.estimator,
        balanced=options.balanced,
        random_state=options.random_state,
        deadline=deadline,
        progress=progress,
    )
    return LearnedMember(TreesMember(grown.trees), grown.n_rounds, not grown.out_of_time, "trees", grown)


def _affordable_epochs(
    estimator: Any, labels: ClassLabels, rows: LearningRows, stopping: LearningRows | None, deadline: float
) -> int:
    """Time one epoch, of many rows one of a part of them, and say for how many of all rows there is time."""
    step = -(-len(rows) // _TIMED_ROWS)
    part = rows.take(np.arange(0, len(rows), step))
    if len(np.unique(part.codes[part.counting()])) < 2:
        step, part = 1, rows
    more: dict[str, Any] = {}
    if stopping is not None:
        held = stopping.take(np.arange(0, len(stopping), step)).known_to(part)
        if len(held):
            more["validation_data"] = held.features, labels.labels(held.codes)
    estimator.set_params(max_epochs=1)
    started = time.monotonic()
    estimator.fit(part.features, labels.labels(part.codes), part.weight, **more)
    now = time.monotonic()
    return int(_SAFE * (deadline - now) / max(step * (now - started), 1e-3))


def staged(progress: ProgressCallback | None, stage: str) -> ProgressCallback | None:
    """Say which of several fits it is that has come so far."""
    if progress is None:
        return None
    return lambda told: progress(replace(told, stage=f"{told.stage}, {stage}"))


def _until(deadline: float, progress: ProgressCallback | None) -> ProgressCallback:
    """Raise when it is too late; tell of progress before that."""

    def tell(told: Progress) -> None:
        if time.monotonic() > deadline:
            raise _LateError
        if progress is not None:
            progress(told)

    return tell


def _for_all_classes(network: Network, seen: Array, n_classes: int, X: Array, n_rows: int) -> Network:
    """Give classes that no row had the probability that the next row has one: one row in so many.

    Their logit is a constant, by as much below the usual level of all others together.
    """
    member = NetworkMember(network)
    level = float(np.mean(logsumexp(member.logits(X)))) - np.log(n_rows)
    weight, bias = network.weights[-1], network.biases[-1]
    if weight.shape[-1] == 1:  # one sigmoid, the same as the logits 0 and z
        weight, bias = (np.concatenate([np.zeros_like(part), part], axis=-1) for part in (weight, bias))
    wide_weight = np.zeros((len(weight), n_classes), network.flat.dtype)
    wide_bias = np.full(n_classes, level, network.flat.dtype)
    wide_weight[:, seen], wide_bias[seen] = weight, bias[0]
    before = network.flat[: network.flat.size - network.weights[-1].size - network.biases[-1].size]
    flat = np.concatenate([before, wide_weight.ravel(), wide_bias])
    return Network(network.mean, network.scale, (*network.layer_sizes[:-1], n_classes), flat, network.clip)
