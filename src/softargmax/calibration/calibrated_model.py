"""Any scikit-learn classifier with calibrated probabilities."""

import os
from typing import Any, Literal, NoReturn, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.model_selection import check_cv
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, has_fit_parameter, indexable

from softargmax._arrays import Array
from softargmax._options import as_choice
from softargmax._renamed import refuse_renamed, renamed
from softargmax._scikit_learn import NotFittedError
from softargmax._words import listed
from softargmax.calibration._folds import Fold, cross_fit, folds_of_splits
from softargmax.calibration.auto import AutoCalibration
from softargmax.calibration.calibration import Calibration
from softargmax.calibration.wrapped import ProbabilityCalibration
from softargmax.exceptions import ArgumentError, LabelError, ShapeError, UnsupportedError
from softargmax.labels import ClassLabels


@renamed(method="calibration")
class CalibratedModel(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Give any classifier probabilities that mean what they say.

    Parameters
    ----------
    estimator : classifier
        With `decision_function` or `predict_proba`.
    calibration : Calibration, optional
        `AutoCalibration` by default.
    cv : int, splitter or "prefit", default 5
        How to get logits of rows the classifier was not trained on: by cross-validation, after which it is trained on
        all rows; "prefit" if it is trained already, and `fit` is given other rows.
    response_method : {"auto", "decision_function", "predict_proba"}, default "auto"
        What of the classifier is calibrated: its decision function, taken as logits, or its probabilities. "auto" takes
        the first if there is one; values are never looked at.

    Attributes
    ----------
    estimator_ : classifier
        The fitted one.
    calibration_ : Calibration
        The fitted one.
    classes_ : ndarray, shape (n_classes,)
        Labels in the order of the columns.

    See Also
    --------
    Calibration : for logits that are there already.

    Notes
    -----
    As scikit-learn's ``CalibratedClassifierCV(ensemble=False)``. Unlike it, the calibration of a row never depends on
    the other rows of a call, classes that calibration rows lack are no error, and logits are not taken for
    probabilities because they look like some.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> import softargmax as sm
    >>> X, y = load_iris(return_X_y=True)
    >>> model = sm.CalibratedModel(RandomForestClassifier(n_estimators=20, random_state=0)).fit(X, y)
    >>> model.predict_proba(X[:1]).shape
    (1, 3)
    """

    def __init__(
        self,
        estimator: Any,
        calibration: Calibration | None = None,
        *,
        cv: Any = 5,
        response_method: Literal["auto", "decision_function", "predict_proba"] = "auto",
    ) -> None:
        self.estimator = estimator
        self.calibration = calibration
        self.cv = cv
        self.response_method = response_method

    def fit(self, X: Any, y: Any, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Train the classifier, unless it is trained already, and calibrate it.

        Parameters
        ----------
        X : array-like, shape (n_rows, n_features)
        y : array-like, shape (n_rows,)
            Labels.
        sample_weight : array-like, shape (n_rows,), optional
            Handed to the classifier too, if it takes weights.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, LabelError
            For what cannot be calibrated; whatever the classifier raises.
        """
        X, y = indexable(X, y)
        y = column_or_1d(y, warn=True)
        if y.dtype.kind != "f" or np.isfinite(y).all():
            check_classification_targets(y)
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        calibration = self._unfitted_calibration()
        self._response(self.estimator)  # refused before anything is trained
        if isinstance(self.cv, str) and self.cv == "prefit":
            check_is_fitted(self.estimator)
            self.estimator_ = self.estimator
            labels = ClassLabels(np.asarray(self.estimator_.classes_))
            self.classes_ = labels.classes
            scores = self._scores(self.estimator_, X)
        else:
            labels = ClassLabels.of(y)
            self.classes_ = labels.classes
            scores = self._held_out_scores(X, y, weight)
            self.estimator_ = _trained(self.estimator, X, y, weight)
        if hasattr(self.estimator_, "n_features_in_"):
            self.n_features_in_ = self.estimator_.n_features_in_
        if hasattr(self.estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.estimator_.feature_names_in_
        if self._response(self.estimator_) == "predict_proba" and not isinstance(calibration, ProbabilityCalibration):
            calibration = ProbabilityCalibration(calibration)
        self.calibration_ = calibration.fit(scores, labels.codes(y), sample_weight=weight)
        return self

    def set_params(self, **params: Any) -> Self:
        """Set some of the parameters, those of the estimator as ``estimator__name`` (scikit-learn's protocol).

        Raises
        ------
        ArgumentError, ValueError
            For a name that is not a parameter.
        """
        refuse_renamed(type(self).__init__, params)
        changed: Self = super().set_params(**params)
        return changed

    def _unfitted_calibration(self) -> Calibration:
        if self.calibration is None:
            return AutoCalibration()
        if not isinstance(self.calibration, Calibration):
            raise ArgumentError(
                "calibration: expected a Calibration, such as softargmax.TemperatureScaling(), or None for "
                f"AutoCalibration(), got {self.calibration!r}",
                parameter="calibration",
            )
        return self.calibration.clone()

    def _response(self, estimator: Any) -> str:
        as_choice(self.response_method, "response_method", ("auto", "decision_function", "predict_proba"))
        names = [self.response_method] if self.response_method != "auto" else ["decision_function", "predict_proba"]
        for name in names:
            if hasattr(estimator, name):
                return name
        raise ArgumentError(
            f"estimator: expected a classifier with {' or '.join(names)}, got {estimator!r}", parameter="estimator"
        )

    def _scores(self, estimator: Any, X: Any) -> Array:
        """Give the classifier's response with one column per class, or one number for two classes' logit."""
        name = self._response(estimator)
        scores = np.asarray(getattr(estimator, name)(X))
        known = np.asarray(estimator.classes_)
        if scores.ndim == 1 and len(known) == 2:
            if len(self.classes_) == 2:
                return scores
            scores = np.stack([np.zeros_like(scores), scores], axis=1)
        if scores.ndim != 2 or scores.shape[1] != len(known):
            raise ShapeError(f"{name}: expected one column for each of {len(known)} classes, got {scores.shape}")
        if len(known) == len(self.classes_):
            return scores
        absent = 0.0 if name == "predict_proba" else -np.inf  # trained without a row of some class
        full = np.full((len(scores), len(self.classes_)), absent)
        full[:, np.searchsorted(self.classes_, known)] = scores
        return full

    def _held_out_scores(self, X: Any, y: Array, weight: Array | None) -> Array:
        from sklearn.utils import _safe_indexing

        if len(self.classes_) < 2:
            raise LabelError(f"y: expected at least two classes, got one class ({listed(self.classes_.tolist())})")
        folds = folds_of_splits(check_cv(self.cv, y, classifier=True).split(X, y), len(y), "cv")

        def scores(fold: Fold) -> Array:
            share = None if weight is None else weight[fold.inside]
            part = _trained(self.estimator, _safe_indexing(X, fold.inside), y[fold.inside], share)
            return self._scores(part, _safe_indexing(X, fold.outside))

        return cross_fit(folds, scores)

    def decision_function(self, X: Any) -> Array:
        """Give calibrated logits: one number per row for two classes, else one column per class."""
        self._require_fitted()
        z = self.calibration_.transform(self._scores(self.estimator_, X))
        return z[:, 1] - z[:, 0] if len(self.classes_) == 2 and z.ndim == 2 else z

    def predict_proba(self, X: Any) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes)."""
        self._require_fitted()
        return self.calibration_.predict_proba(self._scores(self.estimator_, X))

    def predict(self, X: Any) -> Array:
        """Give the label of the largest calibrated probability."""
        self._require_fitted()
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def to_state(self) -> NoReturn:
        """Refuse: a classifier of another library has no form of ours, and pickled it could hold code.

        Raises
        ------
        UnsupportedError
            Saying what to save instead.
        """
        raise UnsupportedError(
            f"a CalibratedModel holds a {type(self.estimator).__name__}, which softargmax cannot write as plain data; "
            "save the classifier by its own library's means and the calibration with calibration_.save(path): what the "
            "classifier gives goes into the calibration's predict_proba"
        )

    def save(self, path: str | os.PathLike[str]) -> NoReturn:
        """Refuse, for the reason that `to_state` gives.

        Raises
        ------
        UnsupportedError
            Saying what to save instead.
        """
        self.to_state()

    def _require_fitted(self) -> None:
        if not hasattr(self, "calibration_"):
            raise NotFittedError("this CalibratedModel is not fitted yet; call fit(X, y) first")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import get_tags

        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags


def _trained(estimator: Any, X: Any, y: Array, weight: Array | None) -> Any:
    fresh = clone(estimator)
    if weight is not None and has_fit_parameter(fresh, "sample_weight"):
        return fresh.fit(X, y, sample_weight=weight)
    return fresh.fit(X, y)
