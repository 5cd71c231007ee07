"""What a classifier says that follows scikit-learn's conventions.

A decision function counts as logits where there is one number for each class, or one for two classes. Margins of a
support vector machine are no logits yet; a calibration makes them some. Where there is none, or one with other numbers
(the votes of pairs of classes, which "ovo" asks for), probabilities are taken, and their logarithms are the logits.
"""

from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._words import listed
from softargmax.exceptions import ShapeError, UnsupportedError
from softargmax.responses.answer import Response

METHODS = ("decision_function", "predict_proba")


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
            f"model: expected a classifier with {' or '.join(asked)}, got {model!r}", parameter="model"
        )
    return found


def is_frozen(model: Any) -> bool:
    """Tell whether a model stays as it is whatever is done to train it: scikit-learn's ``FrozenEstimator``."""
    return type(model).__module__ == "sklearn.frozen" or type(model).__module__.startswith("sklearn.frozen.")


def inside_of(model: Any) -> Any:
    """Give what a pipeline, a search or a frozen estimator of scikit-learn asks in the end; None for other models."""
    if isinstance(getattr(model, "steps", None), list):
        return model.steps[-1][1]
    if hasattr(model, "best_estimator_"):
        return model.best_estimator_
    return model.estimator if is_frozen(model) else None


def innermost(model: Any) -> Any:
    """Give the classifier inside of scikit-learn's pipelines, searches and frozen estimators."""
    while (inner := inside_of(model)) is not None:
        model = inner
    return model


def of_scikit_learn(model: Any, X: Any, method: str) -> Response:
    """Ask for a decision function, for probabilities, or by default for the first of them that serves."""
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
            parameter="model",
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
        raise UnsupportedError(f"model: expected a trained classifier, with classes_, got {model!r}", parameter="model")
    if isinstance(classes, list):
        wrong = [len(each) for each in classes if list(each) != [0, 1]]
        if wrong:
            raise UnsupportedError(
                "model: expected one target of any classes, or several whose classes are 0 and 1, got "
                f"{len(classes)} targets, {len(wrong)} of them with others ({listed(wrong)} classes): train and "
                "calibrate a model for each target",
                parameter="model",
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
