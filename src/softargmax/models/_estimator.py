"""What both estimators share: checking input as scikit-learn does, and everything after the logits."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from softargmax._arrays import Array
from softargmax._saved import Saved
from softargmax._scikit_learn import ConvergenceWarning, NotFittedError, SeparationWarning
from softargmax._state import State
from softargmax.exceptions import ArgumentError, DTypeError, ShapeError
from softargmax.labels import as_labels
from softargmax.models._kept import restore, to_state
from softargmax.models.network import Network
from softargmax.models.outputs import OutputLayer, SigmoidOutput, SoftmaxOutput
from softargmax.probabilities import log_sigmoid, log_softmax

# The squares of larger features overflow where means and variances are taken.
_LARGEST = 1e150

ClassWeight = str | dict[Any, float] | list[dict[Any, float]] | None


def _may_be_mixed(y: npt.ArrayLike) -> bool:
    """Tell whether y is a column whose types NumPy would silently unify."""
    if isinstance(y, list | tuple):
        return any(isinstance(label, str) or label is None for label in y)
    return isinstance(y, np.ndarray) and y.ndim in (1, 2) and y.dtype == object


class LogitClassifier(Saved, ClassifierMixin, BaseEstimator):
    """A classifier that computes logits with a `Network` and reads them with an `OutputLayer`.

    Subclasses learn ``network_`` and ``output_layer_``.
    """

    # What files call the class.
    kind: ClassVar[str]

    network_: Network
    output_layer_: OutputLayer
    classes_: Any
    n_features_in_: int
    output: str
    class_weight: ClassWeight
    _takes_sparse = False

    def decision_function(self, X: npt.ArrayLike) -> Any:
        """Give logits.

        Shape (n_rows, n_classes); (n_rows,) for two classes with one sigmoid; (n_rows, n_columns) for
        independent yes/no columns; a list with one array per column for several class columns.
        """
        return self._read(X, lambda raw: self.output_layer_.logits(raw))

    def predict_proba(self, X: npt.ArrayLike) -> Any:
        """Give probabilities.

        Shape (n_rows, n_classes); (n_rows, n_columns), the probability of yes, for independent yes/no
        columns; a list with one array per column for several class columns.
        """
        return self._read(X, lambda raw: self.output_layer_.probabilities(raw))

    def predict_log_proba(self, X: npt.ArrayLike) -> Any:
        """Give the logarithms of the probabilities, exact where those underflow."""

        def log_probabilities(raw: Array) -> Any:
            layer = self.output_layer_
            if isinstance(layer, SigmoidOutput):
                return log_sigmoid(np.concatenate([-raw, raw], axis=1))
            if isinstance(layer, SoftmaxOutput):
                return log_softmax(raw)
            logits = layer.logits(raw)
            return [log_softmax(part) for part in logits] if isinstance(logits, list) else log_sigmoid(logits)

        return self._read(X, log_probabilities)

    def predict(self, X: npt.ArrayLike) -> Array:
        """Give the most probable label of every row (and target column)."""
        raw, _ = self._raw(X)
        return self.output_layer_.predict(raw)

    def _raw(self, X: npt.ArrayLike) -> tuple[Array, np.dtype[Any]]:
        self._check_fitted()
        array = validate_data(self, X, dtype=[np.float64, np.float32], reset=False, accept_sparse=self._formats)
        return self._logits(array), array.dtype

    def _logits(self, X: Any) -> Array:
        raw = self.network_.logits(X)
        return self.output_layer_.average(raw) if raw.ndim == 3 else raw

    def _check_fitted(self) -> None:
        if not hasattr(self, "network_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet; call fit(X, y) first")

    @property
    def _formats(self) -> str | bool:
        return "csr" if self._takes_sparse else False

    def _read(self, X: npt.ArrayLike, reader: Any) -> Any:
        raw, dtype = self._raw(X)
        result = reader(raw)
        if isinstance(result, list):
            return [part.astype(dtype, copy=False) for part in result]
        return result.astype(dtype, copy=False)

    def _check_rows(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None,
        *,
        reset: bool = True,
        all_rows: bool = True,
    ) -> tuple[Array, Array, Array]:
        """Check features, labels and row weights; weights come back as float64, shape (n_rows,).

        Unless these are `all_rows`, none of them needs to weigh anything.
        """
        for name, array in (("X", X), ("y", y), ("sample_weight", sample_weight)):
            if isinstance(array, np.ma.MaskedArray):
                raise DTypeError(f"{name}: expected a plain array, got a masked array, whose mask would be lost")
        if hasattr(y, "tocsr"):
            raise DTypeError("y: expected a dense array, got a sparse matrix; use .toarray()")
        if _may_be_mixed(y):
            for column in y.T if isinstance(y, np.ndarray) and y.ndim == 2 else [y]:
                as_labels(column, "y")  # says which row is missing, or which types are mixed
        if all_rows and sample_weight is not None and not np.any(np.asarray(sample_weight)):
            raise ArgumentError("sample_weight: expected at least one positive weight, got only zeros")
        rows: Any
        rows, labels = validate_data(
            self, X, y, dtype=[np.float64, np.float32], multi_output=True, reset=reset, accept_sparse=self._formats
        )
        if not isinstance(rows, np.ndarray) and not rows.has_canonical_format:
            rows = rows.copy()
            rows.sum_duplicates()
        numbers = rows if isinstance(rows, np.ndarray) else rows.data
        if numbers.dtype == np.float64 and numbers.size and max(numbers.max(), -numbers.min()) > _LARGEST:
            raise ArgumentError(f"X: expected numbers between -{_LARGEST:g} and {_LARGEST:g}, whose squares are finite")
        if labels.dtype != object or labels.ndim == 1:  # columns of different types are judged one by one
            check_classification_targets(labels)
        if sample_weight is not None and not all_rows and not np.any(np.asarray(sample_weight)):
            return rows, labels, np.zeros(len(labels))
        weight: Array = _check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)
        with np.errstate(over="ignore"):
            if not np.isfinite(weight.sum()):
                raise ArgumentError("sample_weight: expected weights whose sum is finite")
        return rows, labels, weight

    def _target_weight(self, targets: Array, weight: Array, layer: OutputLayer) -> Array:
        """Multiply row weights by class weights: one column per target column."""
        result = np.repeat(weight[:, np.newaxis], targets.shape[1], axis=1)
        if self.class_weight is None:
            return result
        per_column = self.class_weight if isinstance(self.class_weight, list) else None
        if per_column is not None and len(per_column) != len(layer.columns):
            raise ShapeError(f"class_weight: expected one dict per target column, got {len(per_column)}")
        if isinstance(self.class_weight, dict) and len(layer.columns) > 1:
            raise ArgumentError(
                'class_weight: several target columns need "balanced" or a list with one dict per column'
            )
        for j, labels in enumerate(layer.columns):
            spec = self.class_weight if per_column is None else per_column[j]
            codes = targets[:, j].astype(np.int64)
            present = np.unique(codes[weight > 0.0])
            factors = np.ones(len(labels))
            if spec == "balanced":
                counts = np.bincount(codes, weights=weight, minlength=len(labels))[present]
                factors[present] = counts.sum() / (len(present) * counts)
            else:
                try:
                    factors = np.asarray(
                        compute_class_weight(spec, classes=labels.classes, y=labels.classes[codes]), np.float64
                    )
                except (TypeError, ValueError) as error:
                    raise ArgumentError(f"class_weight: expected a weight per class, got {spec!r} ({error})") from None
            if not np.all(np.isfinite(factors) & (factors >= 0.0)):
                raise ArgumentError(f"class_weight: expected finite weights >= 0, got {spec!r}")
            result[:, j] *= factors[codes]
        if not np.all(result.sum(axis=0) > 0.0):
            raise ArgumentError("class_weight, sample_weight: expected some weight to be left, got zero in all rows")
        return result

    def to_state(self) -> State:
        """Give everything that predicting takes, and what was learned, as plain data."""
        self._check_fitted()
        return to_state(self)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Make an estimator that predicts bit for bit as the saved one did; nothing in the state is executed.

        What only training needs stays behind: `partial_fit` and `summary` refuse to go on from a file.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library.
        """
        estimator: Self = restore(cls, state)
        return estimator

    def score(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
        """Give the share of rows that are right, in every target column."""
        wanted = np.asarray(y)
        predicted = self.predict(X)
        right = predicted == wanted.reshape(predicted.shape)
        weight = None if sample_weight is None else np.asarray(sample_weight)
        return float(np.average(right if right.ndim == 1 else right.all(axis=1), weights=weight))

    @contextlib.contextmanager
    def _unchanged_on_failure(self) -> Iterator[None]:
        """Keep what was learned before if learning anew fails or is interrupted."""
        before = dict(self.__dict__)
        try:
            yield
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    def _warn(self, message: str, *, separation: bool = False) -> None:
        warnings.warn(message, SeparationWarning if separation else ConvergenceWarning, stacklevel=5)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        tags.classifier_tags.multi_label = True
        tags.input_tags.sparse = self._takes_sparse
        return tags
