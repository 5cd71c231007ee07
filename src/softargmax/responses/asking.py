"""Whoever calibrates somebody's model asks here and nowhere else.

Each library has a reader, found by the name of its module, so that none is imported: a model of it can only come in if
the user has imported it. What has no reader is asked by scikit-learn's conventions.
"""

from collections.abc import Callable
from typing import Any

from softargmax._arrays import Array
from softargmax.exceptions import ArgumentError
from softargmax.responses.answer import Response
from softargmax.responses.boosters import of_catboost, of_lightgbm, of_xgboost
from softargmax.responses.conventions import innermost, inside_of, methods_of, of_scikit_learn
from softargmax.responses.keras_models import of_keras
from softargmax.responses.onnx_sessions import of_onnx_runtime
from softargmax.responses.statsmodels_fits import of_statsmodels
from softargmax.responses.torch_modules import of_torch, of_transformers

Reader = Callable[[Any, Any], Response]
# A class counts as of the first of its bases' modules that stands here: Keras' models may be PyTorch's modules too.
_READERS: dict[str, Reader | None] = {
    "sklearn": None,
    "softargmax": None,
    "xgboost": of_xgboost,
    "lightgbm": of_lightgbm,
    "catboost": of_catboost,
    "keras": of_keras,
    "torch": of_torch,
    "transformers": of_transformers,
    "onnxruntime": of_onnx_runtime,
    "statsmodels": of_statsmodels,
}
_NEED_NO_ROWS = (of_transformers, of_statsmodels)


def logits_of(model: Any, X: Any = None, /) -> Array:
    """Give a trained model's logits, whatever library it is of: what it puts into its own softmax or sigmoid.

    Known are models of scikit-learn, XGBoost, LightGBM, CatBoost, Keras 3, PyTorch, Hugging Face, ONNX Runtime and
    statsmodels, in scikit-learn's pipelines and searches too; docs/logits.md says what is read of each. No library is
    imported for it. Of a model of scikit-learn that has only probabilities it is their logarithms.

    Parameters
    ----------
    model : classifier, or an output of a Hugging Face model
        A trained one.
    X : array-like or what the model takes, optional
        The rows. An output of a Hugging Face model needs none; statsmodels takes those of the fit.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_classes)
        A column for each class in the model's order, of two classes too: one sigmoid per row becomes the columns 0 and
        z. For several yes/no labels per row, shape (n_rows, n_labels), the log-odds of each.

    Raises
    ------
    UnsupportedError
        For a model that has no logits, or whose logits cannot be told from other numbers; it says how to go on.
        ShapeError for numbers that are not one for each class, ArgumentError where rows are missing.

    See Also
    --------
    CalibratedModel : any of these models with calibrated probabilities.
    softmax : logits to probabilities.

    Notes
    -----
    Raw scores are never made from probabilities again. Where a sigmoid gives 1 in float32, from a logit of 17 on, all
    that tells sure rows from surer ones is gone.

    Examples
    --------
    >>> import softargmax as sm
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = load_iris(return_X_y=True)
    >>> sm.logits_of(GaussianNB().fit(X, y), X).shape
    (150, 3)
    """
    return response_of(model, X).logits


def response_of(model: Any, X: Any, method: str = "auto") -> Response:
    """Give what a trained model says of rows: its logits, or its probabilities where they are asked for or all it has.

    `method` is "auto", "decision_function", which asks for logits, or "predict_proba".
    """
    reader = None if method == "predict_proba" else _reader_of(innermost(model))
    if reader is None:
        return of_scikit_learn(model, _required(X), method)
    model, X = _unwrapped(model, X)
    return reader(model, X if reader in _NEED_NO_ROWS else _required(X))


def require_readable(model: Any, method: str = "auto") -> None:
    """Refuse a model, trained or not, that `response_of` could not ask.

    Raises
    ------
    UnsupportedError
    """
    if method == "predict_proba" or _reader_of(innermost(model)) is None:
        methods_of(model, method)


def _reader_of(model: Any) -> Reader | None:
    for base in type(model).__mro__:
        library = base.__module__.partition(".")[0]
        if library in _READERS:
            return _READERS[library]
    return None  # a class of the user's own that follows scikit-learn's conventions, or is refused by them


def _unwrapped(model: Any, X: Any) -> tuple[Any, Any]:
    """Take a model of another library out of scikit-learn's wrappers, and the rows through the steps before it."""
    while (inner := inside_of(model)) is not None:
        if len(getattr(model, "steps", ())) > 1:
            X = model[:-1].transform(_required(X))
        model = inner
    return model, X


def _required(X: Any) -> Any:
    if X is None:
        raise ArgumentError("X: expected the rows that the model is asked of, got None", parameter="X")
    return X
