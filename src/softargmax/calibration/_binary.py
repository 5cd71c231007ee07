"""Calibrations of one logit, and what makes them calibrations of many: one class against the rest.

A binary calibration maps the log-odds of an event to calibrated log-odds by a curve. With two classes the event is
class 1. With more, every class is calibrated against the rest by its own log-odds, log p_k - log(1 - p_k) of the
softmax, and the calibrated probabilities are divided by their sum. So only one class's curve has to be thought about:
a subclass knows of one event and nothing of classes.

All log-odds are tempered first, that is, they are those of logits divided by the temperature: so the scale of the
logits does not matter, and log-odds beyond 700 are certainty.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._logits import block_slices
from softargmax.calibration._labelled import CELLS, LabelledRows
from softargmax.calibration._temperature import find_temperature
from softargmax.calibration.calibration import ClassCalibration
from softargmax.probabilities import log_sigmoid, logsumexp, softplus

# Log-odds of this size are certainty: exp(-700) is nearly the smallest number that float64 has with all its digits.
_CERTAIN = 700.0
# A curve that rises by less than this per unit of log-odds, on average, does not use the logits: the ranking is wrong,
# or says nothing. Chosen by hand, well below the slopes of rankings that are any good and above those of noise.
_LEAST_SLOPE = 0.05


@dataclass(frozen=True)
class Event:
    """One event of `n_events`: its tempered log-odds, whether it occurred, and the rows' weights."""

    odds: Array
    occurred: Array
    weight: Array
    n_events: int

    @property
    def share(self) -> float:
        """What an added row weighs, so that those of all events weigh as much as one."""
        return 1.0 / self.n_events

    @property
    def total(self) -> float:
        """The sum of all weights."""
        return float(self.weight.sum())

    def rises(self, odds: Array) -> bool:
        """Tell whether calibrated log-odds go up with the log-odds, on the whole and by more than nothing."""
        centred = self.odds - np.average(self.odds, weights=self.weight)
        weighted = self.weight * centred
        return float(weighted @ odds) > _LEAST_SLOPE * float(weighted @ centred)

    def mean_true_probability(self, odds: Array) -> float:
        """Give the weighted mean probability of what occurred."""
        log_p = -softplus(np.where(self.occurred, -odds, odds))
        return float(np.average(np.exp(log_p), weights=self.weight))


@dataclass(frozen=True)
class Normaliser:
    """What the log-odds of any class of a row need beside its own logit, each of shape (n_rows, 1).

    The largest logit, log sum exp of the distances to it, the most probable class and its log-odds: of that one 1 - p
    is summed from the others', so that it has all its digits where p is near 1.
    """

    top: Array
    total: Array
    first: Array
    first_odds: Array

    @classmethod
    def of(cls, z: Array) -> "Normaliser":
        """Look at rows of logits, float64."""
        top = z.max(axis=1, keepdims=True)
        first = z.argmax(axis=1)[:, np.newaxis]
        with np.errstate(invalid="ignore"):
            gaps = z - top
        np.put_along_axis(gaps, first, -np.inf, axis=1)
        rest = np.asarray(logsumexp(gaps, keepdims=True))
        return cls(top, np.logaddexp(0.0, rest), first, -rest)

    def odds(self, z: Array, code: Array | int) -> Array:
        """Give the log-odds of logits whose classes are `code`, at most 700 in size."""
        with np.errstate(invalid="ignore", over="ignore"):
            log_p = (z - self.top) - self.total
        result = np.where(self.first == code, self.first_odds, log_p - np.log1p(-np.minimum(np.exp(log_p), 0.75)))
        return np.clip(result, -_CERTAIN, _CERTAIN, out=result)


def log_odds(z: Array) -> Array:
    """Give log p - log(1 - p) of every class, p the softmax of float64 logits, at most 700 in size."""
    return Normaliser.of(z).odds(z, np.arange(z.shape[1]))


class BinaryCalibration(ClassCalibration):
    """What binary calibrations share: temper, fit a curve per event, and put the classes together again."""

    temperature_: float

    @abstractmethod
    def _fit_event(self, event: Event) -> Array | None:
        """Fit the curve of one event, in the form that `_odds` reads; None if it cannot be fitted."""

    @abstractmethod
    def _odds(self, curve: Array, odds: Array) -> Array:
        """Give calibrated log-odds for tempered ones, by the curve of one event."""

    @abstractmethod
    def _keep(self, temperature: float, curves: Sequence[Array | None]) -> None:
        """Keep what was fitted; None is the curve that changes nothing."""

    @abstractmethod
    def _kept(self, number: int) -> Array:
        """Give the curve of one event."""

    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        """Fit one curve for two classes, one per class for more; a temperature where the rows do not determine them."""
        tempering = find_temperature(rows)
        temperature = tempering.to_start_from
        n_events = 1 if rows.n_classes == 2 else rows.n_classes
        if temperature is None:
            self._keep(tempering.temperature, [None] * n_events)
            return tempering.messages
        curves, rising = self._fit_events(rows, temperature)
        doubtful = sum(curve is None for curve in curves)
        if not tempering.determined and not (rising and doubtful < n_events):  # the ranking itself is wrong
            self._keep(tempering.temperature, [None] * n_events)
            return tempering.messages
        self._keep(temperature, curves)
        if not doubtful:
            return ()
        return (
            f"{doubtful} of {n_events} maps could not be fitted, because there are only rows of one kind or they "
            "can be told apart without error; there one temperature is all that is done",
        )

    def _fit_events(self, rows: LabelledRows, temperature: float) -> tuple[list[Array | None], bool]:
        """Give the curve of every event, None where it cannot be trusted, and whether all that were fitted rise."""
        curves: list[Array | None] = []
        rising = True
        normalisers = list(_normalisers(rows, temperature))
        numbers = [1] if rows.n_classes == 2 else list(range(rows.n_classes))
        for number in numbers:
            event = _event(rows, temperature, normalisers, number, len(numbers))
            occurred = float(event.weight @ event.occurred)
            curve = self._fit_event(event) if 0.0 < occurred < event.total else None
            if curve is not None:
                odds = self._odds(curve, event.odds)
                rising &= event.rises(odds)
                # Laplace's rule of succession: after n rows that were all foretold, the next is with (n + 1) / (n + 2).
                # A curve that is surer than that on average tells the rows apart without error.
                if not event.mean_true_probability(odds) <= (event.total + 1.0) / (event.total + 2.0):
                    curve = None
            curves.append(curve)
        return curves, rising

    def _check_one_per_event(self, n_curves: int) -> None:
        """Refuse another number of curves than there are events: one for two classes, else one per class."""
        n_events = self.n_logits_ if self.n_logits_ > 2 else 1
        if n_curves != n_events:
            raise ValueError(f"expected {n_events} maps, one per event, got {n_curves}")

    def _tempered_odds(self, z: Array) -> Array:
        """Give what the curves are applied to."""
        return log_odds(_tempered(z, self.temperature_))

    def _calibrated(self, z: Array) -> Array:
        k = z.shape[1]
        odds = self._tempered_odds(z)
        if k == 2:
            result = np.stack([np.zeros(len(z)), self._odds(self._kept(0), odds[:, 1])], axis=1)
        else:
            result = np.stack([log_sigmoid(self._odds(self._kept(j), odds[:, j])) for j in range(k)], axis=1)
        result[np.isneginf(z)] = -np.inf
        result[np.isnan(odds).any(axis=1)] = np.nan
        return result


def _tempered(logits: Array, temperature: float) -> Array:
    with np.errstate(over="ignore"):
        return logits.astype(np.float64) / temperature


def _normalisers(rows: LabelledRows, temperature: float) -> Iterator[tuple[slice, Normaliser]]:
    for part in block_slices(len(rows), rows.n_classes, CELLS):
        yield part, Normaliser.of(_tempered(rows.logits[part], temperature))


def _event(
    rows: LabelledRows, temperature: float, normalisers: Sequence[tuple[slice, Normaliser]], number: int, n_events: int
) -> Event:
    """Give one class against the rest: of thousands of classes only the log-odds of one are held at a time."""
    odds = np.empty(len(rows))
    for part, normaliser in normalisers:
        odds[part] = normaliser.odds(_tempered(rows.logits[part, number : number + 1], temperature), number)[:, 0]
    return Event(odds, rows.codes == number, rows.weight, n_events)
