"""What a metric judges: targets, and probabilities or logits, checked once and reduced row by row."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, as_sample_weight
from softargmax._codes import as_codes, check_codes
from softargmax._simplex import check_simplex
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.probabilities import softmax
from softargmax.probabilities.cross_entropy import cross_entropy

# Probabilities held in float64 at once: blocks of rows that stay in the cache, whatever the table.
_CELLS = 1 << 18


@dataclass(frozen=True)
class Judged:
    """A few numbers per row; the probabilities themselves are computed again, block by block, when needed."""

    raw: Array
    are_logits: bool
    codes: Array
    weight: Array
    log_loss: Array
    squared_error: Array
    top_probability: Array
    complement: Array
    predicted: Array
    rank: Array
    sum_of_squares: Array
    sum_of_cubes: Array

    @classmethod
    def of(
        cls,
        targets: npt.ArrayLike,
        *,
        logits: npt.ArrayLike | None = None,
        probabilities: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> "Judged":
        """Check and bring in what the user passed."""
        if (probabilities is None) == (logits is None):
            raise ArgumentError("expected either probabilities= or logits=, exactly one of them")
        codes = as_codes(targets, "targets")
        are_logits = logits is not None
        name = "logits" if are_logits else "probabilities"
        raw = as_floating(logits if are_logits else probabilities, name)  # type: ignore[arg-type]
        _check_shape(raw, codes, name)
        check_codes(codes, raw.shape[1], "targets")
        weight = as_sample_weight(sample_weight, len(codes))
        reduced = [_reduced(raw[rows], codes[rows], are_logits) for rows in _blocks(raw)]
        return cls(raw, are_logits, codes, weight, *(np.concatenate(parts) for parts in zip(*reduced, strict=True)))

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.codes)

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return int(self.raw.shape[1])

    @property
    def correct(self) -> Array:
        """1 where the prediction is right."""
        return np.asarray(self.rank == 0, np.float64)

    @property
    def event(self) -> tuple[Array, Array, Array, Array]:
        """Give position, outcome, and the log losses of either outcome, of one yes/no event per row.

        With two classes it is class 1, with more that the prediction is right.
        """
        with np.errstate(divide="ignore"):
            yes, no = -np.log(self.top_probability), -np.log(self.complement)
        if self.n_classes != 2:
            return self.top_probability, self.correct, yes, no
        other = self.predicted == 0
        position = np.where(other, self.complement, self.top_probability)
        return position, np.asarray(self.codes, np.float64), np.where(other, no, yes), np.where(other, yes, no)

    def probabilities(self, rows: Array | slice) -> Array:
        """Give the probabilities of some rows again, in float64."""
        block = self.raw[rows].astype(np.float64)
        return np.asarray(softmax(block)) if self.are_logits else block


def _blocks(raw: Array) -> Iterator[slice]:
    size = max(1, _CELLS // raw.shape[1])
    return (slice(start, start + size) for start in range(0, len(raw), size))


def _reduced(raw: Array, codes: Array, are_logits: bool) -> tuple[Array, ...]:
    """Give what `Judged` holds of a block, in its order."""
    if are_logits:
        scores = raw.astype(np.float64)
        p = softmax(scores)
        loss = cross_entropy(scores, codes, reduction="none")
    else:
        scores = p = check_simplex(raw, (1,), "probabilities")
        with np.errstate(divide="ignore"):
            loss = -np.log(p[np.arange(len(p)), codes])
    squares = np.einsum("ij,ij->i", p, p)
    if np.isnan(squares).any():
        raise ArgumentError("expected numbers, got NaN (or +inf logits), which have no score")
    predicted = scores.argmax(axis=1)
    index = np.arange(len(p))
    true = p[index, codes]
    top_probability = p[index, predicted]
    cubes = np.einsum("ij,ij,ij->i", p, p, p)
    rank = _rank(scores, codes, predicted)
    # What is left for the other classes, with all its digits: 1 - top_probability has none for a saturated row.
    p[index, predicted] = 0.0
    complement = p.sum(axis=1)
    squared_error = squares - np.square(true) + np.square(1.0 - true)
    return loss, squared_error, top_probability, complement, predicted, rank, squares, cubes


def _rank(scores: Array, codes: Array, predicted: Array) -> Array:
    """Count the classes that come before the true one; of equal scores, the first comes first."""
    rank = np.zeros(len(codes), np.int64)
    (wrong,) = np.nonzero(predicted != codes)
    scores, codes = scores[wrong], codes[wrong]
    true = scores[np.arange(len(codes)), codes][:, np.newaxis]
    earlier = np.arange(scores.shape[1]) < codes[:, np.newaxis]
    rank[wrong] = np.sum((scores > true) | ((scores == true) & earlier), axis=1)
    return rank


def _check_shape(array: Array, codes: Array, name: str) -> None:
    if array.ndim != 2 or codes.shape != array.shape[:1] or 0 in array.shape:
        raise ShapeError(
            f"expected {name} of shape (n_rows, n_classes) and targets of shape (n_rows,), at least one row, "
            f"got {array.shape} and {codes.shape}"
        )
