"""What a model says of some rows, and how one that cannot be asked is refused."""

import sys
from dataclasses import dataclass
from typing import Any, NoReturn, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax.exceptions import ShapeError, UnsupportedError


@dataclass(frozen=True)
class Response:
    """What a model says of rows: a number for each of its classes, or of several yes/no labels one for each label.

    Attributes
    ----------
    values : ndarray of float64, shape (n_rows, n_classes) or (n_rows, n_labels)
        Logits, or probabilities: of the classes, or of every label's yes.
    are_probabilities : bool
        Which of them.
    classes : ndarray, shape (n_classes,), or None
        The model's classes, in its order, which is that of the columns; None for several labels.
    """

    values: Array
    are_probabilities: bool
    classes: Array | None

    @classmethod
    def of_logits(cls, given: npt.ArrayLike, classes: Array | None = None, *, are_labels: bool = False) -> Self:
        """Take a library's logits: a column or vector of them is one sigmoid per row, the logits 0 and z.

        Without `classes`, they are the codes 0 ... n_classes-1; `are_labels` says that every column is a yes/no label.

        Raises
        ------
        ShapeError
            For anything else than a number for each class of each row.
        """
        values = np.asarray(given, np.float64)
        if are_labels and values.ndim == 2:
            return cls(values, False, None)
        if values.ndim in (1, 2) and values.size == len(values):
            z = values.reshape(-1)
            values = np.stack([np.zeros_like(z), z], axis=1)
        wanted = "n_classes" if classes is None else len(classes)
        if values.ndim != 2 or (classes is not None and values.shape[1] != len(classes)):
            raise ShapeError(
                f"model: expected one logit for each class of each row, shape (n_rows, {wanted}), got shape "
                f"{np.shape(given)}",
                parameter="model",
            )
        return cls(values, False, np.arange(values.shape[1]) if classes is None else np.asarray(classes))

    @property
    def logits(self) -> Array:
        """The logits; for probabilities their logarithms, or the log-odds of every label."""
        if not self.are_probabilities:
            return self.values
        with np.errstate(divide="ignore"):
            logarithms = np.log(self.values)
            return logarithms if self.classes is not None else np.asarray(logarithms - np.log1p(-self.values))

    def of_classes(self, classes: Array) -> Array:
        """Give the values with the columns of other classes, of which the model may not have seen some."""
        if self.classes is None or np.array_equal(self.classes, classes):
            return self.values
        places = {label: place for place, label in enumerate(classes.tolist())}
        full = np.full((len(self.values), len(classes)), 0.0 if self.are_probabilities else -np.inf)
        full[:, [places[label] for label in self.classes.tolist()]] = self.values
        return full


def refuse(model: Any, found: str, instead: str) -> NoReturn:
    """Refuse a model that has no logits, or whose logits cannot be told from other numbers.

    Raises
    ------
    UnsupportedError
        Naming the model, what was found, and how to go on.
    """
    raise UnsupportedError(
        f"model: expected a classifier whose logits can be read, got a {type(model).__name__} {found}; {instead}",
        parameter="model",
    )


def imported(library: str) -> Any:
    """Give a library that is loaded because an object of it is there."""
    return sys.modules[library]
