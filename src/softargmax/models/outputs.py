"""The last layer: how a network's numbers become probabilities, for each shape a target can have.

==================  ===============================  ========================================
layer               target                           probabilities
==================  ===============================  ========================================
`SigmoidOutput`     one column, two classes          one logit z: sigmoid(-z), sigmoid(z)
`SoftmaxOutput`     one column, exclusive classes    softmax over one logit per class
`SigmoidsOutput`    several yes/no columns           one sigmoid per column
`SoftmaxesOutput`   several class columns            one softmax per column
==================  ===============================  ========================================

Conventions: ``raw`` is what the network gives, shape (n_rows, n_outputs); ``targets`` is what `encode` made of
y; ``weight`` has one column per target column.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from softargmax._arrays import Array
from softargmax._options import as_choice
from softargmax.exceptions import ArgumentError, LabelError, ShapeError
from softargmax.labels import ClassLabels
from softargmax.probabilities import (
    cross_entropy_and_gradient,
    log_sigmoid,
    log_softmax,
    logsumexp,
    sigmoid,
    softmax,
    softplus,
)


class OutputLayer(Protocol):
    """What a network needs to know of its last layer."""

    @property
    def n_outputs(self) -> int:
        """How many numbers the network gives per row."""

    @property
    def columns(self) -> tuple[ClassLabels, ...]:
        """The classes of every target column."""

    @property
    def classes(self) -> Any:
        """scikit-learn's ``classes_``."""

    def encode(self, y: Array) -> Array:
        """Turn labels into targets."""

    def loss_and_gradient(
        self, raw: Array, targets: Array, weight: Array, smoothing: float = 0.0
    ) -> tuple[float, Array]:
        """Give the weighted sum of the losses and its derivative with respect to `raw`, in the dtype of `raw`.

        With `smoothing`, that share of every target is spread over all classes.
        """

    def average(self, raw: Array) -> Array:
        """Give outputs whose probabilities are the mean of those of the members, the leading axis of `raw`."""

    def logits(self, raw: Array) -> Any:
        """Give what ``decision_function`` shows."""

    def probabilities(self, raw: Array) -> Any:
        """Give what ``predict_proba`` shows."""

    def predict(self, raw: Array) -> Array:
        """Give the most probable labels."""


def _column(y: Array, name: str) -> Array:
    if y.ndim == 2 and y.shape[1] == 1:
        return y[:, 0]
    if y.ndim != 1:
        raise ShapeError(f"{name}: expected one target column as at fit, got shape {y.shape}")
    return y


@dataclass(frozen=True)
class _OneColumn:
    """A target of one column of exclusive classes."""

    labels: ClassLabels

    @property
    def columns(self) -> tuple[ClassLabels, ...]:
        """One column."""
        return (self.labels,)

    @property
    def classes(self) -> Array:
        """The classes, sorted."""
        return self.labels.classes

    def encode(self, y: Array) -> Array:
        """Give codes, shape (n_rows, 1)."""
        return self.labels.codes(_column(y, "y"))[:, np.newaxis]


@dataclass(frozen=True)
class SoftmaxOutput(_OneColumn):
    """Exclusive classes: one logit per class."""

    @property
    def n_outputs(self) -> int:
        """One per class."""
        return len(self.labels)

    def average(self, raw: Array) -> Array:
        """Mean of softmaxes, as logarithms."""
        return np.asarray(logsumexp(log_softmax(raw), axis=0))

    def loss_and_gradient(
        self, raw: Array, targets: Array, weight: Array, smoothing: float = 0.0
    ) -> tuple[float, Array]:
        """Cross-entropy."""
        losses, gradient = cross_entropy_and_gradient(raw, targets[:, 0], reduction="none", label_smoothing=smoothing)
        gradient *= weight
        return float(losses @ weight[:, 0]), gradient

    def logits(self, raw: Array) -> Array:
        """Shape (n_rows, n_classes)."""
        return raw

    def probabilities(self, raw: Array) -> Array:
        """Shape (n_rows, n_classes)."""
        return np.asarray(softmax(raw))

    def predict(self, raw: Array) -> Array:
        """Give the first of the largest."""
        return self.labels.argmax(raw)


@dataclass(frozen=True)
class SigmoidOutput(_OneColumn):
    """Two exclusive classes: one logit, of the second class."""

    def __post_init__(self) -> None:
        if len(self.labels) != 2:
            raise ArgumentError(f"a single sigmoid tells two classes apart, got {len(self.labels)}")

    @property
    def n_outputs(self) -> int:
        """One."""
        return 1

    def average(self, raw: Array) -> Array:
        """Mean of sigmoids."""
        return _average_of_sigmoids(raw)

    def loss_and_gradient(
        self, raw: Array, targets: Array, weight: Array, smoothing: float = 0.0
    ) -> tuple[float, Array]:
        """Binary cross-entropy."""
        return _binary_loss_and_gradient(raw, targets, weight, smoothing)

    def logits(self, raw: Array) -> Array:
        """Shape (n_rows,)."""
        return raw[:, 0]

    def probabilities(self, raw: Array) -> Array:
        """Shape (n_rows, 2); both columns keep the digits of small values."""
        return np.asarray(sigmoid(np.concatenate([-raw, raw], axis=1)))

    def predict(self, raw: Array) -> Array:
        """Give the second class where its logit is positive."""
        return self.labels.labels((raw[:, 0] > 0).astype(np.int64))


@dataclass(frozen=True)
class SigmoidsOutput:
    """Independent yes/no columns: one logit each."""

    columns: tuple[ClassLabels, ...]

    def __post_init__(self) -> None:
        for position, labels in enumerate(self.columns):
            if len(labels) > 2:
                raise ArgumentError(
                    f"a sigmoid tells two classes apart; target column {position} has {len(labels)}: use a softmax"
                )

    @property
    def n_outputs(self) -> int:
        """One per column."""
        return len(self.columns)

    @property
    def classes(self) -> Array:
        """The columns' positions, as scikit-learn names multi-label classes."""
        return np.arange(len(self.columns))

    def encode(self, y: Array) -> Array:
        """Give 0 or 1, shape (n_rows, n_columns)."""
        return _encode_columns(self.columns, y)

    def average(self, raw: Array) -> Array:
        """Mean of sigmoids, column by column."""
        return _average_of_sigmoids(raw)

    def loss_and_gradient(
        self, raw: Array, targets: Array, weight: Array, smoothing: float = 0.0
    ) -> tuple[float, Array]:
        """Binary cross-entropy, summed over the columns."""
        return _binary_loss_and_gradient(raw, targets, weight, smoothing)

    def logits(self, raw: Array) -> Array:
        """Shape (n_rows, n_columns)."""
        return raw

    def probabilities(self, raw: Array) -> Array:
        """Shape (n_rows, n_columns): the probability of yes."""
        return np.asarray(sigmoid(raw))

    def predict(self, raw: Array) -> Array:
        """Shape (n_rows, n_columns)."""
        return _decode_columns(self.columns, [(z > 0).astype(np.int64) for z in raw.T])


@dataclass(frozen=True)
class SoftmaxesOutput:
    """Several columns of exclusive classes: a softmax each."""

    columns: tuple[ClassLabels, ...]

    @property
    def n_outputs(self) -> int:
        """One per class of every column."""
        return sum(len(labels) for labels in self.columns)

    @property
    def classes(self) -> list[Array]:
        """The classes of every column, sorted."""
        return [labels.classes for labels in self.columns]

    def _split(self, raw: Array) -> list[Array]:
        return np.split(raw, np.cumsum([len(labels) for labels in self.columns])[:-1], axis=-1)

    def encode(self, y: Array) -> Array:
        """Give codes, shape (n_rows, n_columns)."""
        return _encode_columns(self.columns, y)

    def average(self, raw: Array) -> Array:
        """Mean of softmaxes, column by column, as logarithms."""
        return np.concatenate([logsumexp(log_softmax(part), axis=0) for part in self._split(raw)], axis=-1)

    def loss_and_gradient(
        self, raw: Array, targets: Array, weight: Array, smoothing: float = 0.0
    ) -> tuple[float, Array]:
        """Cross-entropy, summed over the columns."""
        total, gradients = 0.0, []
        for column, part in enumerate(self._split(raw)):
            losses, gradient = cross_entropy_and_gradient(
                part, targets[:, column], reduction="none", label_smoothing=smoothing
            )
            total += float(losses @ weight[:, column])
            gradient *= weight[:, column, np.newaxis]
            gradients.append(gradient)
        return total, np.concatenate(gradients, axis=1)

    def logits(self, raw: Array) -> list[Array]:
        """Give one array of shape (n_rows, n_classes) per column."""
        return self._split(raw)

    def probabilities(self, raw: Array) -> list[Array]:
        """Give one array of shape (n_rows, n_classes) per column."""
        return [np.asarray(softmax(part)) for part in self._split(raw)]

    def predict(self, raw: Array) -> Array:
        """Shape (n_rows, n_columns)."""
        return _decode_columns(self.columns, [part.argmax(axis=1) for part in self._split(raw)])


def _binary_loss_and_gradient(raw: Array, targets: Array, weight: Array, smoothing: float) -> tuple[float, Array]:
    # With s = -1 for yes and +1 for no, the loss is softplus(s z) and its derivative s sigmoid(s z):
    # both exact where sigmoid(z) - 1 would cancel. Smoothing adds e / 2 (softplus(-s z) - softplus(s z)) = -e / 2 s z.
    sign = (1 - 2 * targets).astype(raw.dtype)
    signed = sign * raw
    losses, slopes = softplus(signed), np.asarray(sigmoid(signed))
    if smoothing > 0.0:
        losses, slopes = losses - 0.5 * smoothing * signed, slopes - raw.dtype.type(0.5 * smoothing)
    gradient = sign * slopes
    gradient *= weight  # in place, since weights are float64, and a gradient that were too would make all products slow
    return float(np.sum(weight * losses)), gradient


def _average_of_sigmoids(raw: Array) -> Array:
    """Give the logit of the mean, as a difference of logarithms."""
    return np.asarray(logsumexp(log_sigmoid(raw), axis=0) - logsumexp(log_sigmoid(-raw), axis=0))


def _encode_columns(columns: tuple[ClassLabels, ...], y: Array) -> Array:
    if y.ndim != 2 or y.shape[1] != len(columns):
        raise ShapeError(f"y: expected {len(columns)} target columns as at fit, got shape {y.shape}")
    return np.stack([labels.codes(y[:, j]) for j, labels in enumerate(columns)], axis=1)


def _decode_columns(columns: tuple[ClassLabels, ...], codes: list[Array]) -> Array:
    return np.stack([labels.labels(code) for labels, code in zip(columns, codes, strict=True)], axis=1)


OUTPUT_KINDS = ("auto", "sigmoid", "softmax")


def refuse_one_hot(y: Array, kind: str) -> None:
    """Refuse rows with exactly one 1 each, of all the rows of a fit: exclusive classes, which sigmoids do not know.

    Raises
    ------
    LabelError
        Saying how either meaning is written.
    """
    if kind == "sigmoid" or y.ndim != 2 or y.shape[1] < 2 or y.dtype.kind not in "biuf":
        return
    if np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
        raise LabelError(
            "y: every row has exactly one 1, as one-hot rows of exclusive classes have; pass their codes, "
            'y.argmax(axis=1), or, if these are independent yes/no columns, say output="sigmoid"'
        )


def choose_output(y: Array, kind: str) -> OutputLayer:
    """Choose the last layer by the target, or check that the one asked for fits it.

    Raises
    ------
    ArgumentError
        For a layer that cannot give probabilities for this target, with the reason.
    """
    if kind == "linear":
        raise ArgumentError(
            'output: "linear" gives unbounded numbers, not probabilities: they need not lie in [0, 1] or sum to 1, '
            'and squared error punishes being right by too much; use "softmax" for exclusive classes, "sigmoid" '
            "for two classes or independent labels, or decision_function for the numbers before either"
        )
    as_choice(kind, "output", OUTPUT_KINDS)
    if y.ndim == 1 or y.shape[1] == 1:
        return _choose_single(ClassLabels.of(y.reshape(-1)), kind)
    columns = tuple(ClassLabels.of(y[:, j]) for j in range(y.shape[1]))
    yes_no = all(_is_yes_no(labels) for labels in columns)
    if yes_no and kind != "softmax":
        return SigmoidsOutput(tuple(ClassLabels(_yes_no_classes(labels)) for labels in columns))
    for position, labels in enumerate(columns):
        _require_two_classes(labels, f"target column {position}")
    return SigmoidsOutput(columns) if kind == "sigmoid" else SoftmaxesOutput(columns)


def _choose_single(labels: ClassLabels, kind: str) -> OutputLayer:
    _require_two_classes(labels, "y")
    if len(labels) == 2 and kind != "softmax":
        return SigmoidOutput(labels)
    if kind == "sigmoid":
        raise ArgumentError(
            f'output: "sigmoid" gives independent probabilities, but y has {len(labels)} exclusive classes, whose '
            'probabilities must sum to 1: use "softmax", or give y as one yes/no column per label'
        )
    return SoftmaxOutput(labels)


def _require_two_classes(labels: ClassLabels, name: str) -> None:
    if len(labels) < 2:
        raise LabelError(
            f"{name}: expected at least two classes, got one class ({labels.classes[0].item()!r}); "
            "there is nothing to tell apart"
        )


def _is_yes_no(labels: ClassLabels) -> bool:
    return labels.kind != "text" and bool(np.isin(labels.classes, [0, 1]).all())


def _yes_no_classes(labels: ClassLabels) -> Array:
    return np.array([0, 1]).astype(labels.classes.dtype)
