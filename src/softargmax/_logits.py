"""Rows of logits, or of probabilities: checked once, walked in blocks, given back in the caller's shape.

Conventions: where *rows* are meant, for fitting, measuring or deciding about a data set, what comes in has the shape
``(n_rows, n_classes)``. An array of shape ``(n_rows,)`` or ``(n_rows, 1)`` is one sigmoid per row: its logit z stands
for the columns (0, z), because softmax of those is (1 - sigmoid(z), sigmoid(z)); a probability p of class 1 stands for
(1 - p, p). That is decided here and nowhere else. Nothing is guessed from values: what is judged is said by name,
``logits=`` or ``probabilities=``.

A logit is a finite number or -inf, which rules a class out. A row that holds NaN or +inf, or nothing but -inf, has no
ranking of its classes, so it is refused, by its number.

Rows keep the floating dtype they came in (half precision apart, which no kernel sums in): a copy of a large table in
float64 would cost twice its memory, while blocks in float64 are as exact and stay in the cache.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, is_half, narrow
from softargmax._codes import as_codes, check_codes
from softargmax._simplex import check_simplex
from softargmax.exceptions import ArgumentError, ProbabilityWarning, ShapeError, TargetError, outside

# Numbers that are worked on in float64 at once: 2 MB, which stays in the cache of a core beside the results.
CELLS = 1 << 18
# Steps of one that `steady` numbers have.
STEADY = 2.0**20


@dataclass(frozen=True)
class _GivenRows:
    """Rows of shape (n_rows, n_classes), two classes or more, as a caller gave them or as two columns.

    ``shape`` and ``dtype`` are those that the caller's array had, ``name`` is what errors call it.
    """

    values: Array
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    name: str

    def __len__(self) -> int:
        return len(self.values)

    @property
    def n_classes(self) -> int:
        """How many classes there are; two where the caller gave one number per row."""
        return int(self.values.shape[1])

    @property
    def was_sigmoid(self) -> bool:
        """Whether the caller gave one number per row."""
        return len(self.shape) == 1 or self.shape[1] == 1


@dataclass(frozen=True)
class Logits(_GivenRows):
    """Rows of logits."""

    def restore(self, columns: Array) -> Array:
        """Give logits with a column per class, of all rows or of a block, back in the caller's shape and dtype."""
        if self.was_sigmoid:
            with np.errstate(invalid="ignore"):  # both classes ruled out: NaN, as for any row like that
                columns = (columns[:, 1] - columns[:, 0]).reshape(-1, *self.shape[1:])
        return narrow(columns, self.dtype)

    def blocks(self, cells: int = CELLS) -> Iterator[tuple[slice, Array]]:
        """Walk over the rows in float64, contiguous and at most about `cells` numbers at a time.

        Raises
        ------
        ArgumentError
            For a row whose classes have no ranking; it is named.
        """
        for rows in block_slices(len(self), self.n_classes, cells):
            z = np.ascontiguousarray(self.values[rows], np.float64)
            _refuse_unranked(z, rows.start, self.name)
            yield rows, z

    def refuse_unranked(self) -> None:
        """Refuse rows whose classes have no ranking, in the way of `blocks`."""
        for rows in block_slices(len(self), self.n_classes, CELLS):
            _refuse_unranked(self.values[rows], rows.start, self.name)


@dataclass(frozen=True)
class Probabilities(_GivenRows):
    """Rows of probabilities, the twin of `Logits`."""

    def blocks(self, cells: int = CELLS) -> Iterator[tuple[slice, Array]]:
        """Walk over the rows in float64, at most about `cells` numbers at a time.

        Raises
        ------
        TargetError
            For numbers below 0 and rows whose sum is not 1.
        ArgumentError
            For NaN; the row is named.
        """
        for rows in block_slices(len(self), self.n_classes, cells):
            p = check_simplex(self.values[rows], (1,), self.name, rows.start)
            undefined = np.isnan(p).any(axis=1)
            if undefined.any():
                row = rows.start + int(np.argmax(undefined))
                raise ArgumentError(f"{self.name}: expected numbers, got NaN in row {row}", parameter=self.name)
            yield rows, p


def exactly_one(*, logits: npt.ArrayLike | None, probabilities: npt.ArrayLike | None) -> tuple[npt.ArrayLike, bool]:
    """Give what the caller named, and whether that is logits.

    Raises
    ------
    ArgumentError
        Unless exactly one of them is given.
    """
    if logits is not None and probabilities is None:
        return logits, True
    if probabilities is not None and logits is None:
        return probabilities, False
    came = "none" if logits is None else "both"
    raise ArgumentError(f"expected either logits= or probabilities=, exactly one of them, got {came}")


def logits_in(
    logits: npt.ArrayLike, *, n_classes: int | None = None, name: str = "logits", doubted: bool = False
) -> Logits:
    """Bring rows of logits in.

    Parameters
    ----------
    logits : array-like, shape (n_rows, n_classes), or (n_rows,) or (n_rows, 1) for one sigmoid per row
    n_classes : int, optional
        How many classes there must be, as at fit.
    name : str
        What an error calls the array.
    doubted : bool
        Whether to warn of rows that look like probabilities.

    Raises
    ------
    ShapeError, DTypeError
        For arrays that are no rows of numbers.
    """
    array = as_floating(logits, name)
    wide = array.astype(np.float32) if is_half(array.dtype) else array
    if _is_one_column(array):
        column = wide.reshape(-1)
        wide = np.stack([np.zeros_like(column), column], axis=1)
    _check_shape(array, wide, n_classes, name)
    given = Logits(wide, array.shape, array.dtype, name)
    if doubted:
        warn_of_probabilities(given)
    return given


def probabilities_in(
    probabilities: npt.ArrayLike, *, n_classes: int | None = None, name: str = "probabilities"
) -> Probabilities:
    """Bring rows of probabilities in, as `logits_in` does with logits.

    Raises
    ------
    ShapeError, DTypeError
        For arrays that are no rows of numbers.
    TargetError
        For one probability per row that is below 0 or above 1; rows of several are checked when they are walked over.
    """
    array = as_floating(probabilities, name)
    rows = array
    if _is_one_column(array):
        p = array.reshape(-1).astype(np.float64)
        wrong = (p < 0.0) | (p > 1.0)
        if wrong.any():
            raise TargetError(
                f"{name}: expected numbers between 0 and 1, got {p[wrong][0]} in row {int(np.argmax(wrong))}; "
                "pass logits as logits",
                parameter=name,
            )
        rows = np.stack([1.0 - p, p], axis=1)
    _check_shape(array, rows, n_classes, name)
    return Probabilities(rows, array.shape, array.dtype, name)


def rows_given(
    *, logits: npt.ArrayLike | None = None, probabilities: npt.ArrayLike | None = None
) -> Logits | Probabilities:
    """Bring in what is judged: logits or probabilities, whichever the caller named.

    Raises
    ------
    ArgumentError
        Unless exactly one of them is given; else what `logits_in` and `probabilities_in` raise.
    """
    given, are_logits = exactly_one(logits=logits, probabilities=probabilities)
    return logits_in(given) if are_logits else probabilities_in(given)


def codes_in(y: npt.ArrayLike, rows: _GivenRows, name: str = "y") -> Array:
    """Bring the codes of the rows' true classes in.

    Raises
    ------
    ShapeError
        Unless there is one code per row, and a row at all; DTypeError for anything but integers.
    TargetError
        For a code that is not 0 ... n_classes-1.
    """
    codes = as_codes(y, name)
    if codes.shape != (len(rows),) or len(rows) == 0:
        hint = "; several labels per row: MultilabelCalibration" if codes.ndim == 2 else ""
        raise ShapeError(
            f"expected {rows.name} of shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row, and {name} of "
            f"shape (n_rows,), at least one row, got {rows.shape} and {codes.shape}{hint}",
            parameter=name,
        )
    check_codes(codes, rows.n_classes, name)
    return codes


def block_slices(n_rows: int, n_columns: int, cells: int = CELLS) -> Iterator[slice]:
    """Cut rows into runs of about `cells` numbers, one row at least."""
    step = max(1, cells // max(n_columns, 1))
    return (slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step))


def steady(x: npt.ArrayLike) -> Array:
    """Round numbers on a logarithmic scale to multiples of 2^-20, so that a last bit decides nothing.

    A difference of logits, log p or log(1 - p) comes out with other last bits on another processor, another BLAS, or
    after a constant was added to all logits of a row. Whatever is compared with a learned threshold, and the threshold
    itself, is rounded first; then equal scores stay equal. One part in a million is far below what any score means.
    From 2^32 on neighbouring numbers are further apart than that, and stay as they are.
    """
    number = np.asarray(x, np.float64)
    with np.errstate(over="ignore"):
        steps = np.asarray(number * STEADY)
    np.rint(steps, out=steps)  # from 2^52 on every number is whole
    steps *= 1.0 / STEADY
    return np.where(np.isinf(steps), number, steps)


def steady_gaps(z: Array) -> Array:
    """Give the distances of every row's logits to its largest one, rounded by `steady`.

    What a decision is made from: a constant added to all logits of a row is gone, and classes whose logits differ in
    their last bits are equal.
    """
    with np.errstate(over="ignore"):  # what is infinitely far below the largest has no probability
        return steady(z - z.max(axis=1, keepdims=True))


def warn_of_probabilities(*given: Logits) -> None:
    """Warn, once, of logits every row of which is a distribution: they are taken for what they are called, and yet.

    Logits that are not negative and have the sum 1 in every row are no accident, but for rows of nothing but zeros and
    ones, which people write down. Of one number per row only some dozens between 0 and 1, that differ, are a sign. The
    first rows nearly always tell, so that this costs nothing where all is well.
    """
    for rows in given:
        seen = _like_probabilities(rows)
        if seen:
            message = f"{rows.name}: {seen}, as probabilities do; if they are some, hand them over as probabilities"
            warnings.warn(message, ProbabilityWarning, stacklevel=outside())
            return


def _like_probabilities(given: Logits) -> str:
    """Say what is like probabilities in all rows; nothing if it is not in one of them."""
    for rows in (slice(0, 16), slice(16, None)):
        if not _are_distributions(given.values[rows], given.was_sigmoid):
            return ""
    if given.was_sigmoid:
        z = given.values[:, 1]
        several = len(z) >= 30 and len(np.unique(z[:1000])) >= 10
        return f"all {len(z)} lie between 0 and 1" if several else ""
    if np.isin(given.values[:1000], (0.0, 1.0)).all():
        return ""
    return "those of every row lie between 0 and 1 and sum to 1"


def _are_distributions(values: Array, is_sigmoid: bool) -> bool:
    if not len(values):
        return True
    if not (values.min() >= 0.0 and values.max() <= 1.0):
        return False
    # Few probabilities that were printed with three digits sum to 1 within that.
    return is_sigmoid or bool(np.all(np.abs(values.sum(axis=1, dtype=np.float64) - 1.0) <= 2e-3))


def _is_one_column(array: Array) -> bool:
    return array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1)


def _check_shape(array: Array, rows: Array, n_classes: int | None, name: str) -> None:
    fits = rows.ndim == 2 and rows.shape[1] >= 2 and n_classes in (None, rows.shape[1])
    if not fits:
        expected = (
            "(n_rows, n_classes)"
            if n_classes is None
            else f"(n_rows, {n_classes}), one column for each class as at fit"
        )
        sigmoid = ", or (n_rows,) for one sigmoid per row" if n_classes in (None, 2) else ""
        raise ShapeError(f"{name}: expected shape {expected}{sigmoid}, got {array.shape}", parameter=name)


def _refuse_unranked(z: Array, first: int, name: str) -> None:
    largest = z.max(axis=1)  # NaN if any number of the row is
    fine = np.isfinite(largest)
    if not fine.all():
        row = int(np.argmin(fine))
        found = "only -inf" if np.isneginf(largest[row]) else "NaN or +inf"
        raise ArgumentError(
            f"{name}: expected finite numbers or -inf, got {found} in row {first + row}", parameter=name
        )
