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
from softargmax.calibration._start import Start, find_start, tempered
from softargmax.calibration.calibration import ClassCalibration
from softargmax.probabilities import log_sigmoid, logsumexp, softplus

# Log-odds of this size are certainty: exp(-700) is nearly the smallest number that float64 has with all its digits.
_CERTAIN = 700.0
# No fit gives numbers beyond this, and a file may not: a product of them could be infinite.
LARGEST = 1e100


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
    shift_: Array | None

    @abstractmethod
    def _fit_event(self, event: Event) -> Array | None:
        """Fit the curve of one event, in the form that `_odds` reads; None if it cannot be fitted."""

    @abstractmethod
    def _odds(self, curve: Array, odds: Array) -> Array:
        """Give calibrated log-odds for tempered ones, by the curve of one event."""

    @abstractmethod
    def _keep(self, start: Start, curves: Sequence[Array | None]) -> None:
        """Keep what was fitted; None is the curve that changes nothing."""

    @abstractmethod
    def _kept(self, number: int) -> Array:
        """Give the curve of one event."""

    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        """Fit one curve for two classes, one per class for more; a temperature where the rows do not determine them."""
        start = find_start(rows)
        n_events = 1 if rows.n_classes == 2 else rows.n_classes
        if not start.suffices:
            self._keep(start, [None] * n_events)
            return start.messages
        curves = self._fit_events(rows, start)
        self._keep(start, curves)
        if not start.has_signal:
            return start.messages
        doubtful = sum(curve is None for curve in curves)
        if not doubtful:
            return ()
        return (
            f"{doubtful} of {n_events} maps could not be fitted, because there are only rows of one kind or they "
            "can be told apart without error; there one temperature is all that is done",
        )

    def _fit_events(self, rows: LabelledRows, start: Start) -> list[Array | None]:
        """Give the curve of every event, None where it cannot be trusted."""
        curves: list[Array | None] = []
        normalisers = list(_normalisers(rows, start))
        numbers = [1] if rows.n_classes == 2 else list(range(rows.n_classes))
        for number in numbers:
            event = self._event(rows, start, normalisers, number, len(numbers))
            if not start.has_signal:
                curves.append(self._constant(event))
                continue
            occurred = float(event.weight @ event.occurred)
            curve = self._fit_event(event) if 0.0 < occurred < event.total else None
            # Laplace's rule of succession: after n rows that were all foretold, the next is with (n + 1) / (n + 2).
            # A curve that is surer than that on average tells the rows apart without error.
            if curve is not None and not event.mean_true_probability(self._odds(curve, event.odds)) <= (
                event.total + 1.0
            ) / (event.total + 2.0):
                curve = None
            curves.append(curve)
        return curves

    def _event(
        self,
        rows: LabelledRows,
        start: Start,
        normalisers: Sequence[tuple[slice, Normaliser]],
        number: int,
        n_events: int,
    ) -> Event:
        """Give one class against the rest: of thousands of classes only the log-odds of one are held at a time."""
        odds = np.empty(len(rows))
        for part, normaliser in normalisers:
            with np.errstate(over="ignore"):
                z = rows.logits[part, number : number + 1].astype(np.float64)
                if start.shift is not None:  # as in `tempered`
                    z = z - rows.top[part].astype(np.float64) - start.shift[number]
                z = z / start.temperature
            if not np.isfinite(z).all():  # beyond all numbers, unless its row is looked at as a whole
                z = tempered(rows.logits[part], start.temperature, start.shift)[:, number, np.newaxis]
            odds[part] = normaliser.odds(z, number)[:, 0]
        return Event(self._read(odds), rows.codes == number, rows.weight, n_events)

    def _constant(self, event: Event) -> Array:
        """Give the curve of an event of which the logits say nothing."""
        return self._fit_event(event)  # type: ignore[return-value] # its only log-odds are those of equal logits

    def _read(self, odds: Array) -> Array:
        """Give what the curves are functions of."""
        return odds

    def _check_one_per_event(self, n_curves: int) -> None:
        """Refuse another number of curves than there are events: one for two classes, else one per class."""
        n_events = self.n_logits_ if self.n_logits_ > 2 else 1
        if n_curves != n_events:
            raise ValueError(f"expected {n_events} maps, one per event, got {n_curves}")

    def _tempered_odds(self, z: Array) -> Array:
        """Give what the curves are applied to."""
        return self._read(log_odds(tempered(z, self.temperature_, self.shift_)))

    def _calibrated(self, z: Array) -> Array:
        k = z.shape[1]
        odds = self._tempered_odds(z)
        if k == 2:
            result = np.stack([np.zeros(len(z)), self._odds(self._kept(0), odds[:, 1])], axis=1)
        else:
            result = np.stack([log_sigmoid(self._odds(self._kept(j), odds[:, j])) for j in range(k)], axis=1)
        result[np.isneginf(z)] = -np.inf
        result[~np.isfinite(z.max(axis=1))] = np.nan  # +inf too: no limit is invented
        return result


def _normalisers(rows: LabelledRows, start: Start) -> Iterator[tuple[slice, Normaliser]]:
    for part in block_slices(len(rows), rows.n_classes, CELLS):
        yield part, Normaliser.of(tempered(rows.logits[part], start.temperature, start.shift))
