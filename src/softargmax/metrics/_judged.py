"""What a metric judges: targets, and probabilities or logits, checked once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, as_sample_weight
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.probabilities import log_softmax, softmax
from softargmax.probabilities._simplex import check_simplex
from softargmax.probabilities.one_hot import as_codes, check_codes


@dataclass(frozen=True)
class Judged:
    """Codes, probabilities and their logarithms at the true class, one weight per row."""

    codes: Array
    probabilities: Array
    true_log_probability: Array
    weight: Array

    @classmethod
    def of(
        cls,
        targets: npt.ArrayLike,
        probabilities: npt.ArrayLike | None,
        logits: npt.ArrayLike | None,
        sample_weight: npt.ArrayLike | None,
    ) -> "Judged":
        """Check and bring in what the user passed."""
        codes = as_codes(targets, "targets")
        if (probabilities is None) == (logits is None):
            raise ArgumentError("expected either probabilities= or logits=, exactly one of them")
        if logits is not None:
            z = as_floating(logits, "logits").astype(np.float64)
            _check_shape(z, codes, "logits")
            check_codes(codes, z.shape[1], "targets")
            p = softmax(z)
            true_log_p = log_softmax(z)[np.arange(len(z)), codes]
        else:
            array = as_floating(probabilities, "probabilities")  # type: ignore[arg-type]
            _check_shape(array, codes, "probabilities")
            p = check_simplex(array, (1,), "probabilities")
            check_codes(codes, p.shape[1], "targets")
            with np.errstate(divide="ignore"):
                true_log_p = np.log(p[np.arange(len(p)), codes])
        if np.isnan(p).any():
            raise ArgumentError("expected numbers, got NaN (or +inf logits), which have no score")
        return cls(codes, p, true_log_p, as_sample_weight(sample_weight, len(codes)))

    @property
    def predicted(self) -> Array:
        """The code of the largest probability, the first of equal ones."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def confidence(self) -> Array:
        """The largest probability."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def correct(self) -> Array:
        """1 where the prediction is right."""
        return np.asarray(self.predicted == self.codes, np.float64)

    @property
    def squared_error(self) -> Array:
        """Squared distance between probabilities and one-hot target."""
        p = self.probabilities
        true = p[np.arange(len(p)), self.codes]
        return np.asarray(np.sum(np.square(p), axis=1) - np.square(true) + np.square(1.0 - true))


def _check_shape(array: Array, codes: Array, name: str) -> None:
    if array.ndim != 2 or codes.shape != array.shape[:1] or 0 in array.shape:
        raise ShapeError(
            f"expected {name} of shape (n_rows, n_classes) and targets of shape (n_rows,), at least one row, "
            f"got {array.shape} and {codes.shape}"
        )
