"""Fitting a network: mini-batches, AdamW, a cosine schedule, averaged parameters, the best epoch."""

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from softargmax._arrays import Array
from softargmax.exceptions import DivergenceError
from softargmax.models.network import Network, decays
from softargmax.models.outputs import OutputLayer

# How many epochs the average of the parameters reaches back.
_AVERAGED_EPOCHS = 3.0


@dataclass(frozen=True)
class Progress:
    """Where a long fit stands, for a progress bar. Losses are weighted means in nats."""

    step: int
    n_steps: int
    training_loss: float
    validation_loss: float | None


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True)
class Rows:
    """Standardised features, targets and a weight per target column."""

    Z: Array
    targets: Array
    weight: Array

    def take(self, index: Array) -> "Rows":
        """Select rows."""
        return Rows(self.Z[index], self.targets[index], self.weight[index])

    def __len__(self) -> int:
        return len(self.Z)


@dataclass
class AdamW:
    """Adam with decoupled weight decay (Loshchilov, Hutter, *ICLR* 2019)."""

    n_parameters: int
    dtype: np.dtype
    beta1: float = 0.9
    beta2: float = 0.99
    epsilon: float = 1e-8
    step: int = 0
    first: Array = field(init=False)
    second: Array = field(init=False)

    def __post_init__(self) -> None:
        self.first = np.zeros(self.n_parameters, self.dtype)
        self.second = np.zeros(self.n_parameters, self.dtype)

    def update(
        self, parameters: Array, gradient: Array, decayed: Array, learning_rate: float, weight_decay: float
    ) -> None:
        """Take one step, in place."""
        self.step += 1
        self.first *= self.beta1
        self.first += (1.0 - self.beta1) * gradient
        self.second *= self.beta2
        self.second += (1.0 - self.beta2) * np.square(gradient)
        rate = learning_rate / (1.0 - self.beta1**self.step)
        root = np.sqrt(self.second / (1.0 - self.beta2**self.step))
        root += self.epsilon
        if weight_decay > 0.0:
            parameters -= (learning_rate * weight_decay) * (parameters * decayed)
        parameters -= rate * (self.first / root)


@dataclass
class Average:
    """A moving average of the parameters, which steps over the noise of single batches.

    It remembers about `horizon` steps, fewer at the beginning
    (Polyak, Juditsky, *SIAM J. Control Optim.* 30, 1992).
    """

    value: Array
    horizon: float
    step: int = 0

    def update(self, parameters: Array) -> None:
        """Take up the parameters of one more step."""
        self.step += 1
        share = max(1.0 / self.horizon, 9.0 / (10.0 + self.step))
        self.value += self.value.dtype.type(share) * (parameters - self.value)


@dataclass(frozen=True)
class Recipe:
    """How to train."""

    learning_rate: float
    weight_decay: float
    dropout: float
    batch_size: int
    max_epochs: int
    patience: int


@dataclass
class Trainer:
    """A network, its last layer and the optimiser's memory; `run_epoch` may be called for ever."""

    network: Network
    output: OutputLayer
    recipe: Recipe
    rng: np.random.Generator
    optimizer: AdamW = field(init=False)
    decayed: Array = field(init=False)

    def __post_init__(self) -> None:
        parameters = self.network.flat
        self.optimizer = AdamW(parameters.size, parameters.dtype)
        self.decayed = decays(self.network.layer_sizes)

    def run_epoch(self, rows: Rows, learning_rate: Callable[[float], float], average: Average | None = None) -> float:
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
                raw, inputs = self.network.forward(batch.Z, self.recipe.dropout, self.rng)
                loss, gradient = self.output.loss_and_gradient(raw, batch.targets, batch.weight)
                gradient /= weight
                self.optimizer.update(
                    self.network.flat,
                    self.network.backward(gradient, inputs, self.recipe.dropout),
                    self.decayed,
                    learning_rate(start / n),
                    self.recipe.weight_decay,
                )
            if average is not None:
                average.update(self.network.flat)
            total_loss += loss
            total_weight += weight
        if not np.isfinite(total_loss) or not np.isfinite(self.network.flat).all():
            raise DivergenceError(
                f"training diverged: the mean loss is {total_loss / total_weight:g}; lower learning_rate "
                f"(now {self.recipe.learning_rate:g})"
            )
        return float(total_loss / total_weight)

    def mean_loss(self, network: Network, rows: Rows) -> float:
        """Give the weighted mean loss of a network, without dropout."""
        total = 0.0
        for start in range(0, len(rows), 4096):
            part = rows.take(np.arange(start, min(start + 4096, len(rows))))
            raw, _ = network.forward(part.Z, 0.0, self.rng)
            total += self.output.loss_and_gradient(raw, part.targets, part.weight)[0]
        return float(total / rows.weight.sum(dtype=np.float64) * rows.weight.shape[1])

    def fit(self, rows: Rows, validation: Rows | None, report: ProgressCallback) -> "History":
        """Train for `max_epochs`, or until the validation loss has not improved for `patience` epochs.

        The network ends with the averaged parameters of the best epoch; without validation rows, of the last.
        """
        history = History([], [])
        network = self.network
        steps_per_epoch = -(-len(rows) // self.recipe.batch_size)
        average = Average(network.flat.copy(), _AVERAGED_EPOCHS * steps_per_epoch)
        averaged = Network(network.mean, network.scale, network.layer_sizes, average.value, network.clip)
        best = average.value.copy()
        for epoch in range(self.recipe.max_epochs):
            history.training_loss.append(self.run_epoch(rows, self._cosine(epoch), average))
            validation_loss = None
            if validation is not None:
                validation_loss = self.mean_loss(averaged, validation)
                history.validation_loss.append(validation_loss)
            if validation_loss is None or validation_loss <= min(history.validation_loss):
                best[:] = average.value
            report(Progress(epoch + 1, self.recipe.max_epochs, history.training_loss[-1], validation_loss))
            if validation is not None and epoch + 1 - history.best_epoch >= self.recipe.patience:
                break
        network.flat[:] = best
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
    """The mean losses after every epoch, in nats."""

    training_loss: list[float]
    validation_loss: list[float]

    @property
    def best_epoch(self) -> int:
        """The epoch whose parameters were kept, counted from 1."""
        if not self.validation_loss:
            return len(self.training_loss)
        lowest = min(self.validation_loss)
        return len(self.validation_loss) - self.validation_loss[::-1].index(lowest)


def ignore_progress(progress: Progress) -> None:
    """Say nothing."""


class PrintProgress:
    """One line on standard error, at most every two seconds, with the time left."""

    def __init__(self) -> None:
        self.begin = self.last = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Report one step."""
        now = time.monotonic()
        if now - self.last < 2.0 and progress.step < progress.n_steps:
            return
        self.last = now
        left = (now - self.begin) / progress.step * (progress.n_steps - progress.step)
        validation = "" if progress.validation_loss is None else f", validation {progress.validation_loss:.4f}"
        print(
            f"{progress.step}/{progress.n_steps}: loss {progress.training_loss:.4f}{validation}, "
            f"at most {left:.0f} s left",
            file=sys.stderr,
        )
