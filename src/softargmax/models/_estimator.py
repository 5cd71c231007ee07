"""What both estimators share: checking input as scikit-learn does, and everything after the logits."""

import warnings
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import validate_data

from softargmax._arrays import Array
from softargmax._saved import Saved
from softargmax._scikit_learn import ConvergenceWarning, NotFittedError, SeparationWarning
from softargmax._state import State
from softargmax.models._kept import restore, to_state
from softargmax.models.checked_rows import refuse_unlike_labels
from softargmax.models.class_weights import ClassWeight
from softargmax.models.network import Network
from softargmax.models.outputs import OutputLayer, SigmoidOutput, SoftmaxOutput
from softargmax.models.read_only import ReadOnly, lock
from softargmax.probabilities import log_sigmoid, log_softmax


class LogitClassifier(Saved, ClassifierMixin, BaseEstimator):
    """A classifier that computes logits with a `Network` and reads them with an `OutputLayer`.

    Subclasses learn ``network_`` and ``output_layer_``.
    """

    # What files call the class.
    kind: ClassVar[str]

    network_: Network
    output_layer_: OutputLayer
    classes_ = ReadOnly()
    n_features_in_: int
    output: str
    class_weight: ClassWeight
    _takes_sparse = False

    def decision_function(self, X: npt.ArrayLike) -> Array | list[Array]:
        """Give logits.

        Shape (n_rows, n_classes); (n_rows,) for two classes with one sigmoid; (n_rows, n_columns) for
        independent yes/no columns; a list with one array per column for several class columns.
        """
        return self._read(X, lambda raw: self.output_layer_.logits(raw))

    def predict_proba(self, X: npt.ArrayLike) -> Array | list[Array]:
        """Give probabilities.

        Shape (n_rows, n_classes); (n_rows, n_columns), the probability of yes, for independent yes/no
        columns; a list with one array per column for several class columns.
        """
        return self._read(X, lambda raw: self.output_layer_.probabilities(raw))

    def predict_log_proba(self, X: npt.ArrayLike) -> Array | list[Array]:
        """Give the logarithms of the probabilities, exact where those underflow."""

        def log_probabilities(raw: Array) -> Array | list[Array]:
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

    def _read(self, X: npt.ArrayLike, reader: Callable[[Array], Array | list[Array]]) -> Array | list[Array]:
        raw, dtype = self._raw(X)
        result = reader(raw)
        if isinstance(result, list):
            return [part.astype(dtype, copy=False) for part in result]
        return result.astype(dtype, copy=False)

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        lock(self)  # a pickle and a deep copy lose the flag

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
        refuse_unlike_labels(y)  # what is missing would count as wrong
        wanted = np.asarray(y)
        predicted = self.predict(X)
        right = predicted == wanted.reshape(predicted.shape)
        weight = None if sample_weight is None else np.asarray(sample_weight)
        return float(np.average(right if right.ndim == 1 else right.all(axis=1), weights=weight))

    def _warn(self, message: str, *, separation: bool = False) -> None:
        """Warn from a method of `fit` or `path`: the line of the user's program is three calls further up."""
        warnings.warn(message, SeparationWarning if separation else ConvergenceWarning, stacklevel=4)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        tags.classifier_tags.multi_label = True
        tags.input_tags.sparse = self._takes_sparse
        return tags
