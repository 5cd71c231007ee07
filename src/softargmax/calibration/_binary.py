"""Calibrations of one logit, and what makes them calibrations of many: one class against the rest.

A binary calibration maps the log-odds of an event to calibrated log-odds. With two classes the event is class 1. With
more, every class is calibrated against the rest by its own log-odds, log p_k - log(1 - p_k) of the softmax, and the
calibrated probabilities are divided by their sum. All log-odds are tempered first: so the scale of the logits does not
matter, and log-odds beyond 700 are certainty.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax.calibration._rows import Rows, blocks
from softargmax.calibration._temperature import find_temperature
from softargmax.calibration.calibration import Calibration
from softargmax.probabilities import log_sigmoid, logsumexp, softplus

_CERTAIN = 700.0
# A curve whose slope is smaller than this is none.
_FLAT = 0.05


@dataclass(frozen=True)
class Event:
    """One event of `n_events`: its tempered log-odds, whether it came, and the rows' weights."""

    odds: Array
    came: Array
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
        return float(weighted @ odds) > _FLAT * float(weighted @ centred)

    def mean_true_probability(self, odds: Array) -> float:
        """Give the weighted mean probability of what happened."""
        log_p = -softplus(np.where(self.came, -odds, odds))
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


class BinaryCalibration(Calibration):
    """What binary calibrations share."""

    temperature_: float

    def learn(self, rows: Rows) -> Sequence[str]:
        """Fit one map for two classes, one per class for more; a temperature where the rows do not determine them."""
        tempering = find_temperature(rows)
        k = rows.n_classes
        numbers = [1] if k == 2 else list(range(k))
        temperature = tempering.to_start_from
        if temperature is None:
            self.keep(tempering.temperature, [None] * len(numbers))
            return tempering.messages
        maps, doubtful, rising = [], 0, True
        normalisers = list(_normalisers(rows, temperature))
        for number in numbers:
            event = _event(rows, temperature, normalisers, number, len(numbers))
            found = self.fit_event(event) if 0.0 < float(event.weight @ event.came) < event.total else None
            if found is not None:
                odds = self.odds(found, event.odds)
                rising &= event.rises(odds)
                likeliest = event.mean_true_probability(odds)
                found = found if likeliest <= (event.total + 1.0) / (event.total + 2.0) else None
            doubtful += found is None
            maps.append(found)
        if not tempering.determined and not (rising and doubtful < len(maps)):  # the ranking itself is wrong
            self.keep(tempering.temperature, [None] * len(numbers))
            return tempering.messages
        self.keep(temperature, maps)
        if not doubtful:
            return ()
        return (
            f"{doubtful} of {len(numbers)} maps could not be fitted, because there are only rows of one kind or they "
            "can be told apart without error; there one temperature is all that is done",
        )

    @abstractmethod
    def fit_event(self, event: Event) -> Array | None:
        """Fit the map of one event; None if it cannot be."""

    @abstractmethod
    def odds(self, map: Array, odds: Array) -> Array:
        """Apply the map of one event to tempered log-odds."""

    @abstractmethod
    def keep(self, temperature: float, maps: Sequence[Array | None]) -> None:
        """Keep what was fitted; None is the map that changes nothing."""

    @abstractmethod
    def kept(self, number: int) -> Array:
        """Give the map of one event."""

    def check_one_per_event(self, n_maps: int) -> None:
        """Refuse another number of maps than there are events: one for two classes, else one per class."""
        n_events = self.n_logits_ if self.n_logits_ > 2 else 1
        if n_maps != n_events:
            raise ValueError(f"expected {n_events} maps, one per event, got {n_maps}")

    def tempered_odds(self, z: Array) -> Array:
        """Give what the maps are applied to."""
        return log_odds(_tempered(z, self.temperature_))

    def calibrated(self, z: Array) -> Array:
        """Apply the maps."""
        k = z.shape[1]
        odds = self.tempered_odds(z)
        if k == 2:
            result = np.stack([np.zeros(len(z)), self.odds(self.kept(0), odds[:, 1])], axis=1)
        else:
            result = np.stack([log_sigmoid(self.odds(self.kept(j), odds[:, j])) for j in range(k)], axis=1)
        result[np.isneginf(z)] = -np.inf
        result[np.isnan(odds).any(axis=1)] = np.nan
        return result


def _tempered(logits: Array, temperature: float) -> Array:
    with np.errstate(over="ignore"):
        return logits.astype(np.float64) / temperature


def _normalisers(rows: Rows, temperature: float) -> Iterator[tuple[slice, Normaliser]]:
    for part in blocks(len(rows), rows.n_classes):
        yield part, Normaliser.of(_tempered(rows.logits[part], temperature))


def _event(
    rows: Rows, temperature: float, normalisers: Sequence[tuple[slice, Normaliser]], number: int, n_events: int
) -> Event:
    """Give one class against the rest: of thousands of classes only the log-odds of one are held at a time."""
    odds = np.empty(len(rows))
    for part, normaliser in normalisers:
        odds[part] = normaliser.odds(_tempered(rows.logits[part, number : number + 1], temperature), number)[:, 0]
    return Event(odds, rows.codes == number, rows.weight, n_events)
