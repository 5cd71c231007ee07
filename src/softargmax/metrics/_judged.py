"""What a metric judges: targets, and logits or probabilities, checked once and reduced row by row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_sample_weight
from softargmax._engine import gather
from softargmax._libraries import copied
from softargmax._logits import Logits, Probabilities, block_slices, codes_in, rows_given, warn_of_probabilities
from softargmax._options import as_choice
from softargmax._simplex import check_simplex
from softargmax.exceptions import ArgumentError
from softargmax.probabilities import softmax
from softargmax.probabilities.cross_entropy import cross_entropy

# What calibration is judged by: the probability of the predicted label, or that of class 1 of two.
Aspect = Literal["label", "positive"]
ASPECTS = ("label", "positive")
WORDS_OF_ASPECT = {"label": "of the predicted label", "positive": "of the probability of class 1"}
Part = TypeVar("Part")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Judged:
    """A few numbers per row; the probabilities themselves are computed again, block by block, when needed."""

    rows: Logits | Probabilities
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
        doubted: bool = True,
    ) -> "Judged":
        """Check and bring in what the user passed; warn of logits that look like probabilities, if they are doubted."""
        rows = rows_given(logits=_in_sight(logits), probabilities=_in_sight(probabilities))
        codes = codes_in(copied(targets), rows, "targets")
        weight = as_sample_weight(_in_sight(sample_weight), len(codes))
        if doubted and isinstance(rows, Logits):
            warn_of_probabilities(rows)
        parts = [(rows.values[where], codes[where], where.start) for where in block_slices(len(rows), rows.n_classes)]
        reduced = each(_reduced_logits if isinstance(rows, Logits) else _reduced_probabilities, parts)
        judged = cls(rows, codes, weight, *(np.concatenate(parts) for parts in zip(*reduced, strict=True)))
        if np.isnan(judged.sum_of_squares).any():
            _refuse_undefined(rows)
        return judged

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.codes)

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return self.rows.n_classes

    @property
    def correct(self) -> Array:
        """1 where the prediction is right."""
        return np.asarray(self.rank == 0, np.float64)

    @property
    def brier_score(self) -> Array:
        """The squared error over all classes; half of it for two, which is that of class 1."""
        return self.squared_error * 0.5 if self.n_classes == 2 else self.squared_error

    def event(self, of: Aspect | None) -> tuple[Array, Array, Array, Array]:
        """Give position, outcome, and the log losses of either outcome, of one yes/no event per row.

        It is that the predicted label is right, or that class 1 of two is the true one.
        """
        with np.errstate(divide="ignore"):
            yes, no = -np.log(self.top_probability), -np.log(self.complement)
        if as_aspect(of, self.n_classes) == "label":
            return self.top_probability, self.correct, yes, no
        other = self.predicted == 0
        position = np.where(other, self.complement, self.top_probability)
        return position, np.asarray(self.codes, np.float64), np.where(other, no, yes), np.where(other, yes, no)

    def probabilities(self, rows: Array | slice) -> Array:
        """Give the probabilities of some rows again, in float64."""
        block = self.rows.values[rows].astype(np.float64)
        return np.asarray(softmax(block)) if isinstance(self.rows, Logits) else block


def as_aspect(of: Aspect | None, n_classes: int) -> Aspect:
    """Give by what calibration is judged: class 1 of two classes, the predicted label of more, or what was asked for.

    The predicted label alone says little of two classes: where events of probability .3 are too rare by .1 and those
    of .7 too, one label is trusted too little and the other too much, and what is left of both together is nothing.

    Raises
    ------
    ArgumentError
        For another word, and for the positive one of more than two classes.
    """
    if of is None:
        return "positive" if n_classes == 2 else "label"
    as_choice(of, "of", ASPECTS)
    if of == "positive" and n_classes != 2:
        raise ArgumentError(
            f"of: 'positive' is class 1 of two classes, and there are {n_classes}; 'label' is the predicted label of "
            "any number, and classwise_calibration_error judges all of them",
            parameter="of",
        )
    return of


def largest_brier_score(n_classes: int) -> float:
    """Give what it is at most: of class 1 of two classes, or summed over the classes of more."""
    return 1.0 if n_classes == 2 else 2.0


def each(function: Callable[[Part], Result], parts: list[Part]) -> list[Result]:
    """Apply a function to every part of the rows, on the engine; a single part is not worth its 40 microseconds."""
    return gather(function, parts) if len(parts) > 1 else [function(part) for part in parts]


def _refuse_undefined(rows: Logits | Probabilities) -> None:
    """Name the row without probabilities. Looking for it beforehand would be one more pass over all good rows."""
    for _ in rows.blocks():
        pass


def _reduced_logits(part: tuple[Array, Array, int]) -> tuple[Array, ...]:
    """Give what `Judged` holds of a block of logits and their codes; the number of its first row goes with them."""
    scores, codes = np.ascontiguousarray(part[0], np.float64), part[1]
    return _reduced(scores, softmax(scores), codes, cross_entropy(scores, codes, reduction="none"))


def _reduced_probabilities(part: tuple[Array, Array, int]) -> tuple[Array, ...]:
    """Give what `Judged` holds of a block of probabilities and their codes."""
    p, codes = check_simplex(part[0], (1,), "probabilities", part[2]), part[1]
    with np.errstate(divide="ignore"):
        loss = -np.log(p[np.arange(len(p)), codes])
    return _reduced(p, p, codes, loss)


def _reduced(scores: Array, p: Array, codes: Array, loss: Array) -> tuple[Array, ...]:
    """Give the columns of `Judged` in their order; overwrites p, which may be the scores."""
    index = np.arange(len(codes))
    true = p[index, codes]
    squares = np.einsum("ij,ij->i", p, p)
    predicted = scores.argmax(axis=1)
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


def _in_sight(x: npt.ArrayLike | None) -> npt.ArrayLike | None:
    """Give the numbers of a tensor, wherever it is; what was measured has no gradient."""
    return None if x is None else copied(x)
