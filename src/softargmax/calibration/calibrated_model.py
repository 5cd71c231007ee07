"""Any trained classifier, or any that scikit-learn can train, with calibrated probabilities."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NoReturn, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, has_fit_parameter, indexable

from softargmax._arrays import Array
from softargmax._options import as_choice
from softargmax._renamed import refuse_renamed, renamed
from softargmax._scikit_learn import NotFittedError
from softargmax._words import listed
from softargmax.calibration._folds import Fold, cross_fit, folds_of_splits
from softargmax.calibration.auto import AutoCalibration
from softargmax.calibration.calibration import Calibration
from softargmax.calibration.wrapped import MultilabelCalibration, ProbabilityCalibration
from softargmax.exceptions import ArgumentError, CalibrationWarning, LabelError, SoftargmaxError, UnsupportedError
from softargmax.labels import ClassLabels
from softargmax.responses.answer import Response
from softargmax.responses.asking import require_readable, response_of
from softargmax.responses.conventions import METHODS, is_frozen


@renamed(method="calibration")
class CalibratedModel(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Give any classifier probabilities that mean what they say.

    Parameters
    ----------
    estimator : classifier
        Of scikit-learn, or any model that `logits_of` can ask; one that scikit-learn cannot train (a booster without
        labels, a module of PyTorch, a session of ONNX Runtime) needs ``cv="prefit"``, and its labels are the codes 0
        ... n_classes-1. In a ``FrozenEstimator`` it is trained already, and stays as it is.
    calibration : Calibration, optional
        `AutoCalibration` by default.
    cv : int, splitter or "prefit", default 5
        How to get logits of rows the classifier was not trained on: by cross-validation, after which it is trained on
        all rows; "prefit" if it is trained already, and `fit` is given other rows, as with a ``FrozenEstimator``.
    response_method : {"auto", "decision_function", "predict_proba"}, default "auto"
        What of the classifier is calibrated: its decision function, which of boosters are the raw scores, taken as
        logits, or its probabilities. "auto" takes the first if there is one, with a number for each class; values are
        never looked at.

    Attributes
    ----------
    estimator_ : classifier
        The fitted one.
    calibration_ : Calibration
        The fitted one.
    chosen_ : Calibration
        The calibration inside that does the work, such as the one that `AutoCalibration` decided for.
    classes_ : ndarray, shape (n_classes,), or list of ndarray
        The classifier's labels, in its order, which is that of the columns; of several yes/no labels 0 and 1 for each.

    See Also
    --------
    Calibration : for logits that are there already.
    logits_of : the logits that are calibrated.

    Notes
    -----
    As scikit-learn's ``CalibratedClassifierCV(ensemble=False)``. Unlike it, the calibration of a row never depends on
    the other rows of a call, the classes are the classifier's also where calibration rows lack some, and logits are not
    taken for probabilities because they look like some. Several yes/no labels per row are calibrated one by one.

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
        y : array-like, shape (n_rows,), or (n_rows, n_labels) of 0 and 1
            Labels.
        sample_weight : array-like, shape (n_rows,), optional
            Handed to the classifier too, or to the last step of a pipeline; a warning says if it takes no weights.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, LabelError, UnsupportedError
            For what cannot be calibrated; whatever the classifier raises.
        """
        X, y = indexable(X, y)
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        calibration = self._unfitted_calibration()
        as_choice(self.response_method, "response_method", ("auto", *METHODS))
        with _of_estimator():
            require_readable(self.estimator, self.response_method)  # refused before anything is trained
        y = self._checked_targets(y)
        if is_frozen(self.estimator) or (isinstance(self.cv, str) and self.cv == "prefit"):
            if hasattr(self.estimator, "get_params"):  # else it is none of scikit-learn's, and was made trained
                check_is_fitted(self.estimator)
            self.estimator_ = self.estimator
            said = self._response(self.estimator_, X)
            self._take_classes(said, y)
            values = said.values
        else:
            self.estimator_, said, values = self._trained_and_held_out(X, y, weight)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        if said.are_probabilities and not isinstance(calibration, ProbabilityCalibration):
            calibration = ProbabilityCalibration(calibration)
        if said.classes is None:
            calibration = MultilabelCalibration(calibration)
        self.calibration_ = calibration.fit(values, self._codes(y), sample_weight=weight)
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

    def _checked_targets(self, y: Any) -> Array:
        """Give a column of labels, or several of zeros and ones."""
        if np.ndim(y) == 2 and np.shape(y)[1] > 1:
            if type_of_target(y) != "multilabel-indicator":
                raise LabelError(
                    "y: expected one column of labels, or several of zeros and ones, got other columns "
                    f"({type_of_target(y)}); calibrate a model for each of them"
                )
            return np.asarray(y, np.int64)
        column = column_or_1d(y, warn=True)
        if column.dtype.kind != "f" or np.isfinite(column).all():
            check_classification_targets(column)
        return np.asarray(column)

    def _response(self, estimator: Any, X: Any) -> Response:
        with _of_estimator():
            return response_of(estimator, X, self.response_method)

    def _take_classes(self, said: Response, y: Array) -> None:
        """Keep the model's classes, in its order, if the rows have the kind of targets that it has."""
        if (said.classes is None) != (y.ndim == 2):
            kinds = "several yes/no labels", "one column of labels"
            has, came = kinds if said.classes is None else kinds[::-1]
            raise LabelError(f"y: expected {has}, as the classifier has, got {came}")
        self.classes_ = [np.arange(2)] * y.shape[1] if said.classes is None else said.classes

    def _codes(self, y: Array) -> Array:
        """Give the places of labels among the model's classes."""
        if y.ndim == 2:
            return y
        order = np.argsort(self.classes_)
        return np.asarray(order[ClassLabels(np.asarray(self.classes_)[order]).codes(y)])

    def _trained_and_held_out(self, X: Any, y: Array, weight: Array | None) -> tuple[Any, Response, Array]:
        """Train on all rows, and on all but a fold; give the model, what it says, and what the others say of folds."""
        if y.ndim == 1 and len(classes := ClassLabels.of(y).classes) < 2:
            raise LabelError(f"y: expected at least two classes, got one class ({listed(classes.tolist())})")
        folds = folds_of_splits(check_cv(self.cv, y, classifier=True).split(X, y), len(y), "cv")
        if weight is not None and not _weights_for(self.estimator, weight):
            warnings.warn(
                f"{type(self.estimator).__name__} takes no sample_weight: the weights count for the calibration only, "
                "and the classifier is trained as if all were 1",
                CalibrationWarning,
                stacklevel=3,
            )
        model = _trained(self.estimator, X, y, weight)
        said = self._response(model, _safe_indexing(X, np.arange(1)))
        self._take_classes(said, y)

        def values(fold: Fold) -> Array:
            share = None if weight is None else weight[fold.inside]
            part = _trained(self.estimator, _safe_indexing(X, fold.inside), y[fold.inside], share)
            return self._response(part, _safe_indexing(X, fold.outside)).of_classes(np.asarray(self.classes_))

        return model, said, cross_fit(folds, values)

    def decision_function(self, X: Any) -> Array:
        """Give calibrated logits: one number per row for two classes, else one column per class or label."""
        self._require_fitted()
        z = self.calibration_.transform(self._response(self.estimator_, X).values)
        return z[:, 1] - z[:, 0] if isinstance(self.classes_, np.ndarray) and len(self.classes_) == 2 else z

    def predict_proba(self, X: Any) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes), or (n_rows, n_labels) of several labels' yes."""
        self._require_fitted()
        return self.calibration_.predict_proba(self._response(self.estimator_, X).values)

    def predict(self, X: Any) -> Array:
        """Give the label of the largest calibrated probability; of several labels 1 where yes is likelier."""
        p = self.predict_proba(X)
        if not isinstance(self.classes_, np.ndarray):
            return np.asarray(p > 0.5, np.int64)
        return np.asarray(self.classes_[p.argmax(axis=1)])

    @property
    def chosen_(self) -> Calibration:
        """The calibration that does the work, for example what `AutoCalibration` decided for."""
        self._require_fitted()
        return self.calibration_.chosen_

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
        if hasattr(self.estimator, "__sklearn_tags__"):
            tags.input_tags = get_tags(self.estimator).input_tags
        return tags


@contextmanager
def _of_estimator() -> Iterator[None]:
    """Let errors about a model name the parameter that it is here."""
    try:
        yield
    except SoftargmaxError as error:
        error.parameter = "estimator" if error.parameter == "model" else error.parameter
        raise


def _weights_for(estimator: Any, weight: Array) -> dict[str, Array]:
    """Give what hands weights to a classifier, or to the last step of a pipeline; nothing if it takes none."""
    if has_fit_parameter(estimator, "sample_weight"):
        return {"sample_weight": weight}
    if hasattr(estimator, "steps") and has_fit_parameter(estimator.steps[-1][1], "sample_weight"):
        return {f"{estimator.steps[-1][0]}__sample_weight": weight}
    return {}


def _trained(estimator: Any, X: Any, y: Array, weight: Array | None) -> Any:
    return clone(estimator).fit(X, y, **({} if weight is None else _weights_for(estimator, weight)))
