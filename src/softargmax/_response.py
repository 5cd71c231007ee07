"""What a trained classifier says of rows: its logits, or what comes nearest to them, in the order of its classes.

Whoever calibrates somebody's model asks here and nowhere else. Each library has a reader, found by the name of its
module, so that none is imported: a model of it can only come in if the user has imported it.

A decision function counts as logits where there is one number for each class, or one for two classes. Margins of a
support vector machine are no logits yet; a calibration makes them some. Where there is none, or one with other numbers
(the votes of pairs of classes, which "ovo" asks for), probabilities are taken, and their logarithms are the logits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._words import listed
from softargmax.exceptions import ShapeError, UnsupportedError

METHODS = ("decision_function", "predict_proba")


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


def logits_of(model: Any, X: Any) -> Array:
    """Give a trained model's logits: one column for each class in its order, or for each of several labels.

    Raises
    ------
    UnsupportedError
        For a model that has no logits; ShapeError for one whose numbers are no classes'.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = load_iris(return_X_y=True)
    >>> logits_of(GaussianNB().fit(X, y), X).shape
    (150, 3)
    """
    return response_of(model, X).logits


def response_of(model: Any, X: Any, method: str = "auto") -> Response:
    """Give what a trained model says of rows, by its decision function, its probabilities, or the first of them."""
    return _reader_of(model)(model, X, method)


def methods_of(model: Any, method: str = "auto") -> list[str]:
    """Give what a model, trained or not, could be asked by; what was asked for, or both by default.

    Raises
    ------
    UnsupportedError
        If there is neither.
    """
    asked = METHODS if method == "auto" else (method,)
    found = [name for name in asked if hasattr(model, name)]
    if not found:
        raise UnsupportedError(
            f"estimator: expected a classifier with {' or '.join(asked)}, got {model!r}", parameter="estimator"
        )
    return found


def is_frozen(model: Any) -> bool:
    """Tell whether a model stays as it is whatever is done to train it: scikit-learn's ``FrozenEstimator``."""
    return type(model).__module__ == "sklearn.frozen" or type(model).__module__.startswith("sklearn.frozen.")


def innermost(model: Any) -> Any:
    """Give the classifier inside of scikit-learn's pipelines, searches and frozen estimators."""
    while True:
        if hasattr(model, "steps"):
            model = model.steps[-1][1]
        elif hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif is_frozen(model):
            model = model.estimator
        else:
            return model


def _reader_of(model: Any) -> Callable[[Any, Any, str], Response]:
    for base in type(model).__mro__:
        reader = _READERS.get(base.__module__.partition(".")[0])
        if reader is not None:
            return reader
    return _scikit_learn  # a class of the user's own that follows its conventions, or is refused by them


def _scikit_learn(model: Any, X: Any, method: str) -> Response:
    names, classes = methods_of(model, method), _classes_of(model)
    if method == "auto" and len(names) == 2 and _votes(model, classes):
        names.remove("decision_function")
    values = _columns(getattr(model, names[0])(X), classes)
    if values is None and len(names) == 2:
        names = names[1:]
        values = _columns(model.predict_proba(X), classes)
    if values is None or (names[0] == "decision_function" and _votes(model, classes)):
        raise ShapeError(
            f"{names[0]}: expected one column for each of {_counted(classes)}, got others from {model!r}; a support "
            'vector machine gives them with decision_function_shape="ovr"',
            parameter="estimator",
        )
    return Response(values, names[0] == "predict_proba", classes)


def _columns(given: Any, classes: Array | None) -> Array | None:
    """Bring what a method gave into columns; None where it is something else than a number for each class or label."""
    if isinstance(given, list):  # scikit-learn's trees and neighbours give an array for each label
        if classes is not None:
            return None
        given = np.stack([np.asarray(each)[:, -1] for each in given], axis=1)
    values = np.asarray(given, np.float64)
    if classes is None:
        return values if values.ndim == 2 else None
    if len(classes) == 2 and values.size == len(values):
        z = values.reshape(-1)
        return np.stack([np.zeros_like(z), z], axis=1)
    return values if values.ndim == 2 and values.shape[1] == len(classes) else None


def _classes_of(model: Any) -> Array | None:
    """Give the classes of a model, or None for one of several yes/no labels."""
    classes = getattr(model, "classes_", None)
    if classes is None:
        raise UnsupportedError(
            f"estimator: expected a trained classifier, with classes_, got {model!r}", parameter="estimator"
        )
    if isinstance(classes, list):
        wrong = [len(each) for each in classes if list(each) != [0, 1]]
        if wrong:
            raise UnsupportedError(
                "estimator: expected one target of any classes, or several whose classes are 0 and 1, got "
                f"{len(classes)} targets, {len(wrong)} of them with others ({listed(wrong)} classes): train and "
                "calibrate a model for each target",
                parameter="estimator",
            )
        return None
    return None if _has_labels(innermost(model)) else np.asarray(classes)


def _has_labels(model: Any) -> bool:
    """Tell whether a model whose classes are one array was trained on several yes/no labels; each says it its way."""
    binarizer, ours = getattr(model, "_label_binarizer", None), getattr(model, "output_layer_", None)
    return (
        getattr(model, "multilabel_", False) is True  # one against the rest
        or str(getattr(binarizer, "y_type_", "")).startswith("multilabel")  # ridge, networks
        or (hasattr(ours, "columns") and not hasattr(ours, "labels"))
    )


def _votes(model: Any, classes: Array | None) -> bool:
    """Tell whether a decision function is about pairs of classes; of three classes there are as many pairs."""
    several = classes is not None and len(classes) > 2
    return several and getattr(innermost(model), "decision_function_shape", None) == "ovo"


def _counted(classes: Array | None) -> str:
    return "the labels" if classes is None else f"{len(classes)} classes"


_READERS: dict[str, Callable[[Any, Any, str], Response]] = {"sklearn": _scikit_learn, "softargmax": _scikit_learn}
