"""The rows a calibration is fitted to: logits, true classes and weights, checked once, and walked block by block."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import Array, as_sample_weight
from softargmax._engine import Engine, LocalEngine, gather
from softargmax._logits import Logits, block_slices, codes_in
from softargmax._words import listed
from softargmax.exceptions import ArgumentError

P = TypeVar("P")
T = TypeVar("T")
# Numbers in a block: half a megabyte in float64, so that a block and what is computed from it stay in a core's cache.
CELLS = 1 << 16


@dataclass(frozen=True)
class LabelledRows:
    """Checked rows: no NaN, no +inf, no true class that is ruled out, no weight of zero.

    `top` is the largest logit of every row, finite, shape (n_rows, 1). `messages` say which rows were left out.
    """

    logits: Array
    top: Array
    codes: Array
    weight: Array
    messages: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Logits, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> "LabelledRows":
        """Check what the user passed.

        Raises
        ------
        ShapeError, DTypeError, TargetError, ArgumentError
        """
        codes = codes_in(y, given)
        weight = as_sample_weight(sample_weight, len(given))
        z = np.ascontiguousarray(given.values)
        top = z.max(axis=1, keepdims=True)  # NaN if any number of the row is
        if not np.isfinite(top).all():
            given.refuse_unranked()
        possible = counted_rows(z, codes, weight)
        messages = _messages(weight > 0.0, possible, float(weight.sum()))
        if not possible.any():
            raise ArgumentError(
                f"{given.name}: expected a row whose true class is not ruled out, got -inf for all of them",
                parameter=given.name,
            )
        if possible.all():
            return cls(z, top, codes, weight, messages)
        return cls(z[possible], top[possible], codes[possible], weight[possible], messages)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return int(self.logits.shape[1])

    @property
    def total(self) -> float:
        """The sum of all weights: how many rows these are."""
        return float(self.weight.sum())

    def take(self, which: Array | slice) -> "LabelledRows":
        """Give some of the rows."""
        logits, top, codes, weight = (
            np.ascontiguousarray(column[which]) for column in (self.logits, self.top, self.codes, self.weight)
        )
        return LabelledRows(logits, top, codes, weight)

    def sample(self, n_rows: int) -> "LabelledRows":
        """Give about `n_rows` rows, evenly spaced."""
        stride = max(1, -(-len(self) // n_rows))
        return self if stride == 1 else self.take(slice(None, None, stride))

    def blocks(self) -> list["LabelledRows"]:
        """Cut the rows into blocks, as views."""
        return [self.take(part) for part in block_slices(len(self), self.n_classes, CELLS)]

    def map(self, function: Callable[["LabelledRows"], T]) -> list[T]:
        """Apply a function to all rows, block by block and on threads; the results are in order."""
        parts = self.blocks()
        threads = min(_kernels.get_num_threads(), len(parts) // 4)
        return [function(part) for part in parts] if threads < 2 else gather(function, parts, LocalEngine(threads))


def counted_rows(logits: Array, codes: Array, weight: Array) -> Array:
    """Tell which rows have a part in a fit: of some weight, and the true class not ruled out."""
    return np.asarray((weight > 0.0) & np.isfinite(logits[np.arange(len(logits)), codes]))


def in_order(function: Callable[[P], T], parts: Sequence[P], engine: Engine) -> list[T]:
    """Give the results for all parts in their order; for a single one without the engine's care.

    A fit to some hundred rows is made of passes over one part, in less time than an engine takes to look for others.
    """
    return [function(parts[0])] if len(parts) == 1 else gather(function, parts, engine)


def _messages(counted: Array, possible: Array, total: float) -> tuple[str, ...]:
    messages = []
    if total < 1.0:
        messages.append(
            f"the weights sum to {total:.3g}, so all rows together count as less than one; a weight says how often a "
            "row counts: if these are shares, multiply them by the number of rows"
        )
    impossible = int(np.sum(counted & ~possible))
    if impossible:
        messages.append(
            f"{impossible} of {len(counted)} rows give their true class a logit of -inf; "
            "their loss is infinite at any temperature, and they were left out"
        )
    return tuple(messages)


def missing_classes(rows: LabelledRows) -> tuple[str, ...]:
    """Say which classes no row has, for calibrations that have parameters for each class."""
    missing = np.flatnonzero(np.bincount(rows.codes, minlength=rows.n_classes) == 0)
    if missing.size == 0:
        return ()
    return (
        f"{missing.size} of {rows.n_classes} classes have no row ({listed(missing.tolist())}): "
        "what is done to their logits rests on the penalty, not on data",
    )
