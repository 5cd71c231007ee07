"""Rows as `fit` is given them, checked as scikit-learn does and where it does not look."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from softargmax._arrays import Array
from softargmax.exceptions import ArgumentError, DTypeError
from softargmax.labels import is_plain_sequence, refuse_unlike

# The squares of larger features overflow where means and variances are taken.
_LARGEST = 1e150


@dataclass(frozen=True)
class InputColumns:
    """What scikit-learn keeps of the features: how many, and their names if all of them are text."""

    number: int
    names: Array | None

    def keep_in(self, estimator: Any) -> None:
        """Set scikit-learn's attributes."""
        estimator.n_features_in_ = self.number
        if self.names is not None:
            estimator.feature_names_in_ = self.names
        elif hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_


class RowCheck:
    """Checks what a fit is given, at once or batch by batch; the columns of the first rows are those of all.

    scikit-learn's check writes on the estimator what it finds. It gets a copy to write on, so that an estimator changes
    only when a fit has succeeded.
    """

    def __init__(self, estimator: BaseEstimator, formats: str | bool, *, columns_known: bool = False) -> None:
        self._copy, self._formats = copy.copy(estimator), formats
        self._columns_known = columns_known

    def anew(self) -> "RowCheck":
        """Give a check that knows no columns yet, for rows that are looked at elsewhere."""
        return RowCheck(self._copy, self._formats)

    @property
    def columns(self) -> InputColumns:
        """The columns, after the first rows."""
        return InputColumns(self._copy.n_features_in_, getattr(self._copy, "feature_names_in_", None))

    def rows(
        self, X: Any, y: Any, sample_weight: npt.ArrayLike | None, *, all_rows: bool = True
    ) -> tuple[Array, Array, Array]:
        """Bring features, labels and row weights in; weights come back as float64, shape (n_rows,).

        Unless these are `all_rows`, none of them needs to weigh anything.

        Raises
        ------
        ArgumentError, DTypeError, LabelError, ValueError
        """
        _refuse_foreign(X, y, sample_weight)
        y = _as_known_labels(y)
        weighs_nothing = sample_weight is not None and not np.any(np.asarray(sample_weight))
        if all_rows and weighs_nothing:
            raise ArgumentError("sample_weight: expected at least one positive weight, got only zeros")
        rows, labels = validate_data(
            self._copy,
            X,
            y,
            dtype=[np.float64, np.float32],
            multi_output=True,
            reset=not self._columns_known,
            accept_sparse=self._formats,
        )
        self._columns_known = True
        rows = _canonical(rows)
        _refuse_large(rows if isinstance(rows, np.ndarray) else rows.data)
        if labels.dtype != object or labels.ndim == 1:  # columns of different types are judged one by one
            check_classification_targets(labels)
        return rows, labels, np.zeros(len(labels)) if weighs_nothing else _weights(sample_weight, rows)


def _refuse_foreign(X: Any, y: Any, sample_weight: Any) -> None:
    """Refuse what scikit-learn would take for something else: masks, sparse labels, labels of mixed types."""
    for name, array in (("X", X), ("y", y), ("sample_weight", sample_weight)):
        if isinstance(array, np.ma.MaskedArray):
            raise DTypeError(f"{name}: expected a plain array, got a masked array, whose mask would be lost")
    if hasattr(y, "tocsr"):
        raise DTypeError("y: expected a dense array, got a sparse matrix; use .toarray()")
    refuse_unlike_labels(y)


def refuse_unlike_labels(y: Any) -> None:
    """Refuse target columns in which labels are missing or of several types.

    Raises
    ------
    LabelError
        Naming the first row without a label, or the types.
    """
    for column in _columns_of_objects(y):
        refuse_unlike(column, "y")


def _columns_of_objects(y: Any) -> list[Sequence[Any]]:
    """Give the target columns in which NumPy would silently unify types, or turn what is missing into text."""
    if is_plain_sequence(y):
        nested = [is_plain_sequence(label) for label in y]
        if all(nested) and len({len(row) for row in y}) == 1:
            return list(zip(*y, strict=True))
        return [] if any(nested) else [y]
    column: Array = np.asarray(y) if y is not None else np.empty(0)
    if column.ndim not in (1, 2) or column.dtype.kind not in "OT":
        return []
    return [list(each) for each in (column.T if column.ndim == 2 else [column])]


def _as_known_labels(y: Any) -> Any:
    """Give labels in the arrays that scikit-learn knows: text of NumPy's older kind, columns with a type for each."""
    if isinstance(y, np.ndarray) and y.dtype.kind == "T":
        return np.array(y.tolist())
    if is_plain_sequence(y) and y and all(map(is_plain_sequence, y)):
        columns = np.array(y, dtype=object)
        return columns if len(set(map(type, columns.ravel()))) > 1 else y
    return y


def _canonical(rows: Any) -> Any:
    """Add up what stands twice in a sparse matrix, in a copy."""
    if isinstance(rows, np.ndarray) or rows.has_canonical_format:
        return rows
    rows = rows.copy()
    rows.sum_duplicates()
    return rows


def _refuse_large(numbers: Array) -> None:
    if numbers.dtype == np.float64 and numbers.size and max(numbers.max(), -numbers.min()) > _LARGEST:
        raise ArgumentError(f"X: expected numbers between -{_LARGEST:g} and {_LARGEST:g}, whose squares are finite")


def _weights(sample_weight: npt.ArrayLike | None, rows: Any) -> Array:
    weight: Array = _check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)
    with np.errstate(over="ignore"):
        if not np.isfinite(weight.sum()):
            raise ArgumentError("sample_weight: expected weights whose sum is finite")
    return weight
