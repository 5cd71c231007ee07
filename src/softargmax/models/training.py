"""Fitting a network: mini-batches, AdamW, a cosine schedule, averaged parameters, the best epoch."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from softargmax import _kernels
from softargmax._arrays import Array
from softargmax._deal import deal, rows_of
from softargmax.exceptions import DivergenceError
from softargmax.models.fit_progress import FitProgress, FitReport
from softargmax.models.network import Network, decays
from softargmax.models.outputs import OutputLayer
from softargmax.models.validation_temperature import fit_temperature

# How many epochs the average of the parameters reaches back. Averaging takes 3 % off the log loss (docs/mlp.md).
_AVERAGED_EPOCHS = 3.0
# A validation loss that is lower by a smaller share than this is no gain: some of many epochs is, by chance, and would
# keep a fit from its end (docs/mlp.md, "When to stop").
_GAIN = 0.005
# Below this many rows a validation part, a tenth of them, says too little about the others to stop a fit by.
_SMALLEST_TO_SPLIT = 500


@dataclass(frozen=True)
class TrainingRows:
    """Standardised features, targets and a weight per target column."""

    Z: Array
    targets: Array
    weight: Array

    def take(self, index: Array) -> "TrainingRows":
        """Select rows."""
        return TrainingRows(self.Z[index], self.targets[index], self.weight[index])

    def __len__(self) -> int:
        return len(self.Z)


def held_out(targets: Array, weight: Array, share: float, rng: np.random.Generator) -> tuple[Any, Any]:
    """Give the places of the rows to learn from, and of a share to validate by.

    There is no such share of few rows, nor where one part would weigh nothing.
    """
    if share > 0.0 and len(targets) >= _SMALLEST_TO_SPLIT:
        kept, held = rows_of(deal(targets[:, 0], shares=(1.0 - share, share), random_state=rng), 2)
        if min(weight[part].sum(axis=0).min() for part in (kept, held)) > 0.0:
            return kept, held
    return slice(None), np.empty(0, np.int64)


@dataclass
class AdamW:
    """Adam with decoupled weight decay (Loshchilov, Hutter, *ICLR* 2019), and a moving average of the parameters.

    `decayed` is 1 for parameters that decay and 0 for others, in their dtype.

    The average remembers about `horizon` steps, fewer at the beginning, and so steps over the noise of single batches
    (Polyak, Juditsky, *SIAM J. Control Optim.* 30, 1992); None keeps none.
    """

    decayed: Array
    horizon: float | None = None
    beta1: float = 0.9
    beta2: float = 0.99
    epsilon: float = 1e-8
    step: int = 0
    averaged_steps: int = 0
    first: Array = field(init=False)
    second: Array = field(init=False)
    average: Array | None = None

    def __post_init__(self) -> None:
        self.first = np.zeros_like(self.decayed)
        self.second = np.zeros_like(self.decayed)

    def start_average(self, parameters: Array, horizon: float) -> Array:
        """Begin a new average at the parameters of now; give it."""
        self.horizon, self.averaged_steps, self.average = horizon, 0, parameters.copy()
        return self.average

    def update(self, parameters: Array, gradient: Array, learning_rate: float, weight_decay: float) -> None:
        """Take one step, in place."""
        self.step += 1
        share = 0.0
        if self.average is not None and self.horizon is not None:
            self.averaged_steps += 1
            share = max(1.0 / self.horizon, 9.0 / (10.0 + self.averaged_steps))
        _kernels.adamw_step(
            parameters,
            gradient,
            self.first,
            self.second,
            self.decayed,
            self.average,
            beta1=self.beta1,
            beta2=self.beta2,
            rate=learning_rate / (1.0 - self.beta1**self.step),
            root_scale=1.0 / math.sqrt(1.0 - self.beta2**self.step),
            epsilon=self.epsilon,
            decay=learning_rate * weight_decay,
            share=share,
        )


@dataclass(frozen=True)
class Recipe:
    """How to train."""

    learning_rate: float
    weight_decay: float
    dropout: float
    batch_size: int
    max_epochs: int
    patience: int
    label_smoothing: float = 0.0


@dataclass(frozen=True)
class Found:
    """What validation rows said of an earlier fit: the epoch to keep, and the temperature that suits it."""

    epoch: int
    temperature: float


@dataclass
class Trainer:
    """A network, its last layer and the optimiser's memory; `run_epoch` may be called for ever."""

    network: Network
    output: OutputLayer
    recipe: Recipe
    rng: np.random.Generator
    optimizer: AdamW = field(init=False)

    def __post_init__(self) -> None:
        flat = self.network.flat
        decayed = np.broadcast_to(decays(self.network.layer_sizes), flat.shape)
        self.optimizer = AdamW(np.ascontiguousarray(decayed, flat.dtype))

    def run_epoch(self, rows: TrainingRows, learning_rate: Callable[[float], float]) -> float:
        """Go once through the rows in random order; `learning_rate` maps the share done to a rate."""
        n, size = len(rows), self.recipe.batch_size
        # One batch needs no order: shuffling it would only change the rounding.
        order = self.rng.permutation(n) if n > size else np.arange(n)
        total_loss, total_weight = 0.0, 0.0
        for start in range(0, n, size):
            batch = rows.take(order[start : start + size])
            weight = float(batch.weight.sum(dtype=np.float64)) / batch.weight.shape[1]
            if weight == 0.0:
                continue
            with np.errstate(over="ignore", invalid="ignore"):  # said once below, as divergence
                raw, trace = self.network.forward(batch.Z, self.recipe.dropout, self.rng)
                loss, gradient = self._loss_and_gradient(raw, batch, self.recipe.label_smoothing)
                gradient /= weight
                self.optimizer.update(
                    self.network.flat,
                    self.network.backward(gradient, trace),
                    learning_rate(start / n),
                    self.recipe.weight_decay,
                )
            total_loss += loss
            total_weight += weight
        if not np.isfinite(total_loss) or not np.isfinite(self.network.flat).all():
            raise DivergenceError(
                f"training diverged: the mean loss is {total_loss / total_weight:g}; lower learning_rate "
                f"(now {self.recipe.learning_rate:g})"
            )
        return float(total_loss / total_weight)

    def _loss_and_gradient(self, raw: Array, rows: TrainingRows, smoothing: float) -> tuple[float, Array]:
        """Give the loss, for several members their mean, and the gradient, every member's as if it were alone."""
        if raw.ndim == 2:
            return self.output.loss_and_gradient(raw, rows.targets, rows.weight, smoothing)
        members = len(raw)
        loss, gradient = self.output.loss_and_gradient(
            raw.reshape(-1, raw.shape[-1]),
            np.tile(rows.targets, (members, 1)),
            np.tile(rows.weight, (members, 1)),
            smoothing,
        )
        return loss / members, gradient.reshape(raw.shape)

    def outputs(self, network: Network, rows: TrainingRows) -> Array:
        """Give the outputs of a network, without dropout."""
        starts = range(0, len(rows), 4096)
        parts = [network.forward(rows.Z[start : start + 4096], 0.0, self.rng)[0] for start in starts]
        return np.concatenate(parts, axis=-2)

    def fit(
        self, rows: TrainingRows, validation: TrainingRows | None, report: FitReport, found: "Found | None" = None
    ) -> "History":
        """Train for `max_epochs`, or until the validation score has not improved for `patience` epochs by a share that
        is no chance.

        The network ends with the averaged parameters of the best epoch, its logits divided by the temperature that
        suits the validation rows; without validation rows, with those of the last epoch. What other rows found ends
        the same schedule at its epoch, and says the temperature.
        """
        history = History([], [], [])
        network = self.network
        steps_per_epoch = -(-len(rows) // self.recipe.batch_size)
        average = self.optimizer.start_average(network.flat, _AVERAGED_EPOCHS * steps_per_epoch)
        averaged = Network(network.mean, network.scale, network.layer_sizes, average, network.clip)
        best = average.copy()
        epochs = self.recipe.max_epochs if found is None else min(found.epoch, self.recipe.max_epochs)
        reached, since = math.inf, 0
        for epoch in range(epochs):
            history.training_loss.append(self.run_epoch(rows, self._cosine(epoch)))
            loss = None
            if validation is None:
                best[...] = average
            else:
                raw = self.outputs(averaged, validation)
                tempered = fit_temperature(self.output, raw, validation.targets, validation.weight)
                loss = tempered.loss
                history.validation_loss.append(loss)
                history.score.append(tempered.score)
                if tempered.score <= min(history.score):
                    best[...] = average
                    history.temperature = tempered.temperature
                if tempered.score < (1.0 - _GAIN) * reached:
                    reached, since = tempered.score, epoch
            report(FitProgress("training", epoch + 1, epochs, "epochs", history.training_loss[-1], loss))
            if validation is not None and epoch - since >= self.recipe.patience:
                break
        self.optimizer.average = None
        network.flat[...] = best
        if found is not None:
            history.temperature = found.temperature
        network.divide_logits(history.temperature)
        return history

    def _cosine(self, epoch: int) -> Callable[[float], float]:
        """Warm up over the first epoch, then fall to zero along half a cosine."""

        def rate(share: float) -> float:
            done = (epoch + share) / self.recipe.max_epochs
            warm = min(1.0, (epoch + share) + 0.1)
            return self.recipe.learning_rate * warm * 0.5 * (1.0 + math.cos(math.pi * done))

        return rate


@dataclass
class History:
    """After every epoch the mean losses, in nats, those of validation rows at their best temperature, and the score
    that chooses the epoch; and the temperature of the chosen one.
    """

    training_loss: list[float]
    validation_loss: list[float]
    score: list[float]
    temperature: float = 1.0

    @property
    def best_epoch(self) -> int:
        """The epoch whose parameters were kept, counted from 1."""
        if not self.score:
            return len(self.training_loss)
        return len(self.score) - self.score[::-1].index(min(self.score))
