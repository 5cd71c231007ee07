"""The rows a calibration is fitted to: logits and codes, checked once, and walked over block by block."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import Array, as_floating, as_sample_weight, is_half
from softargmax._codes import as_codes, check_codes
from softargmax._words import listed
from softargmax.exceptions import ArgumentError, ShapeError

T = TypeVar("T")
# Numbers in a block: few enough for the cache, enough to make a call worth its while.
_BLOCK = 2**16


def as_logits(logits: npt.ArrayLike) -> Array:
    """Bring logits in: floating, half precision widened, shape as it came."""
    array = as_floating(logits, "logits")
    return array.astype(np.float32) if is_half(array.dtype) else array


def dtype_of(logits: npt.ArrayLike) -> np.dtype[Any]:
    """Give the floating dtype that logits came in."""
    return as_floating(logits, "logits").dtype


def as_columns(logits: Array) -> Array:
    """Give logits with a class axis; one sigmoid's logit z is softmax's [0, z]."""
    return np.stack([np.zeros_like(logits), logits], axis=1) if logits.ndim == 1 else logits


def blocks(n_rows: int, n_columns: int, numbers: int = _BLOCK) -> Iterator[slice]:
    """Cut rows into runs of about `numbers` numbers."""
    step = max(1, numbers // max(n_columns, 1))
    return (slice(begin, begin + step) for begin in range(0, n_rows, step))


@dataclass(frozen=True)
class Rows:
    """Checked rows: no NaN, no +inf, no true class that is ruled out, no weight of zero.

    `top` is the largest logit of every row, finite, shape (n_rows, 1).
    """

    logits: Array
    top: Array
    codes: Array
    weight: Array
    messages: tuple[str, ...] = ()

    @classmethod
    def of(cls, logits: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> "Rows":
        """Check what the user passed.

        Raises
        ------
        ShapeError, DTypeError, TargetError, ArgumentError
        """
        z = np.ascontiguousarray(as_columns(as_logits(logits)))
        codes = as_codes(y, "y")
        if z.ndim != 2 or codes.shape != z.shape[:1]:
            hint = "; several labels per row: MultilabelCalibration" if codes.ndim == 2 else ""
            raise ShapeError(
                f"expected logits of shape (n_rows, n_classes) and y of shape (n_rows,), "
                f"got {np.shape(logits)} and {codes.shape}{hint}"
            )
        if 0 in z.shape:
            raise ShapeError(f"logits: expected at least one row and one class, got shape {np.shape(logits)}")
        if z.shape[1] == 1:
            raise ShapeError(
                "logits: expected at least two classes; the logits of one sigmoid have the shape (n_rows,)"
            )
        check_codes(codes, z.shape[1], "y")
        weight = as_sample_weight(sample_weight, len(z))
        top = z.max(axis=1, keepdims=True)  # NaN if any number of the row is
        if np.isnan(top).any() or np.isposinf(top).any():
            raise ArgumentError("logits: expected finite numbers or -inf, got NaN or +inf")
        if np.isneginf(top).any():
            row = int(np.argmax(np.isneginf(top)))
            raise ArgumentError(
                f"logits: expected at least one class that is not ruled out, got only -inf in row {row}"
            )
        if weight.max() < 1.0:  # shares of something, not counts
            weight = weight * (len(weight) / weight.sum())
        counted = weight > 0.0
        possible = counted & np.isfinite(z[np.arange(len(z)), codes])
        messages = _messages(counted, possible)
        if not possible.any():
            raise ArgumentError("logits: expected a row whose true class is not ruled out, got -inf for all of them")
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

    def take(self, which: Array | slice) -> "Rows":
        """Give some of the rows."""
        logits, top, codes, weight = (
            np.ascontiguousarray(column[which]) for column in (self.logits, self.top, self.codes, self.weight)
        )
        return Rows(logits, top, codes, weight)

    def sample(self, n_rows: int) -> "Rows":
        """Give about `n_rows` rows, evenly spaced."""
        stride = max(1, -(-len(self) // n_rows))
        return self if stride == 1 else self.take(slice(None, None, stride))

    def map(self, function: Callable[["Rows"], T]) -> list[T]:
        """Apply a function to all rows, block by block and on threads; the results are in order."""
        parts = [self.take(part) for part in blocks(len(self), self.n_classes)]
        threads = min(_kernels.get_num_threads(), len(parts) // 4)
        if threads < 2:
            return [function(part) for part in parts]
        with ThreadPoolExecutor(threads, initializer=_kernels.stay_on_this_thread, initargs=(True,)) as executor:
            return list(executor.map(function, parts))


def _messages(counted: Array, possible: Array) -> tuple[str, ...]:
    messages = []
    impossible = int(np.sum(counted & ~possible))
    if impossible:
        messages.append(
            f"{impossible} of {len(counted)} rows give their true class a logit of -inf; "
            "their loss is infinite at any temperature, and they were left out"
        )
    return tuple(messages)


def missing_classes(rows: Rows) -> tuple[str, ...]:
    """Say which classes no row has, for calibrations that have parameters for each class."""
    missing = np.flatnonzero(np.bincount(rows.codes, minlength=rows.n_classes) == 0)
    if missing.size == 0:
        return ()
    return (
        f"{missing.size} of {rows.n_classes} classes have no row ({listed(missing.tolist())}): "
        "what is done to their logits rests on the penalty, not on data",
    )
