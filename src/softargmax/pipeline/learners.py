"""How rows become a member of a model of tables: what learns it, and what becomes of classes it never saw."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._lazy import load
from softargmax._progress import ProgressCallback
from softargmax.exceptions import TableError
from softargmax.labels import ClassLabels
from softargmax.models.network import Network
from softargmax.pipeline.members import Member, NetworkMember
from softargmax.pipeline.records import FitOptions
from softargmax.pipeline.splitting import FEWEST_TO_STOP_BY
from softargmax.probabilities import logsumexp

# Rows of which the mean level of the logits is taken.
_ROWS = 1 << 12


@dataclass(frozen=True)
class LearnedMember:
    """A member, after how many epochs or iterations, and what learned it."""

    member: Member
    n_iter: int
    estimator: Any


def learn(
    options: FitOptions,
    labels: ClassLabels,
    training: tuple[Array, Array, Array | None],
    stopping: tuple[Array, Array] | None,
    progress: ProgressCallback | None = None,
    *,
    again: LearnedMember | None = None,
) -> LearnedMember:
    """Train a model of features.

    Parameters
    ----------
    options : FitOptions
    labels : ClassLabels
        All classes, of which the rows may lack some.
    training : (features, codes, weight or None)
        The rows to learn from.
    stopping : (features, codes), optional
        Rows that choose when a network stops, if they are enough to do so.
    progress : callable, optional
    again : LearnedMember, optional
        An earlier fit to some of the rows, in whose way to learn: a network stops after as many epochs.

    Returns
    -------
    LearnedMember

    Raises
    ------
    TableError
        If there are not two classes to learn.
    """
    X, codes, weight = training
    counted = codes if weight is None else codes[weight > 0.0]
    if len(seen := np.unique(counted)) < 2:
        raise TableError(
            "the rows to learn from are all of one class, and those of others would only be scored or calibrated on; "
            "more rows, or another way to part them, are needed"
        )
    estimator = _estimator(options) if again is None else again.estimator
    more: dict[str, Any] = {"progress": progress}
    if options.model == "mlp" and stopping is not None:
        known = np.isin(stopping[1], seen)
        if np.count_nonzero(known) >= FEWEST_TO_STOP_BY:
            more["validation_data"] = (stopping[0][known], labels.labels(stopping[1][known]))
    counts = np.isin(codes, seen)
    if not counts.all():  # rows of a class all of whose weights are 0
        X, codes, weight = X[counts], codes[counts], None if weight is None else weight[counts]
    fit = estimator.refit if options.model == "mlp" and again is not None else estimator.fit
    fit(X, labels.labels(codes), weight, **more)
    network = estimator.network_
    if len(seen) < len(labels):
        network = _for_all_classes(network, seen, len(labels), X[:_ROWS], len(X))
    return LearnedMember(NetworkMember(network), int(estimator.n_iter_), estimator)


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


def _estimator(options: FitOptions) -> Any:
    # Imported here, because it is the only thing that scikit-learn is needed for; predicting goes without.
    models = load("softargmax.models")
    class_weight = "balanced" if options.balanced else None
    if options.model == "regression":
        return models.SoftmaxRegression(class_weight=class_weight)
    return models.SoftmaxMLP(
        options.hidden_layer_sizes,
        max_epochs=options.max_epochs,
        class_weight=class_weight,
        random_state=options.random_state,
    )
