"""Logits of boosted trees: the raw scores of XGBoost, LightGBM and CatBoost, before sigmoid or softmax.

Each library names the loss that a model was trained with, and only of some is the raw score a logit. A booster below
the library's own classifier knows no labels; its classes are the codes that it was trained on.
"""

import json
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.responses.answer import Response, imported, refuse

# Whose raw scores go into a sigmoid or a softmax.
_OF_XGBOOST = ("binary:logistic", "binary:logitraw", "reg:logistic", "multi:softprob", "multi:softmax")
_OF_LIGHTGBM = ("binary", "cross_entropy", "multiclass", "multiclassova")
_OF_CATBOOST = ("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll")
_OF_CATBOOST_LABELS = ("MultiLogloss", "MultiCrossEntropy")
_CLASSIFIER = "train it with a loss of classes, or give the logits of your own link to a calibration yourself"


def of_xgboost(model: Any, X: Any) -> Response:
    """Read ``output_margin=True`` of an ``XGBClassifier`` or a ``Booster``, with as many trees as it predicts with."""
    xgboost = imported("xgboost")
    is_bare = isinstance(model, xgboost.Booster)
    learner = json.loads((model if is_bare else model.get_booster()).save_config())["learner"]
    # A loss of the user's own leaves another name than that of the model that it was given to.
    loss = getattr(model, "objective", None) if not is_bare else None
    loss = loss if callable(loss) else learner["objective"]["name"]
    if loss not in _OF_XGBOOST:
        refuse(model, f"trained with the objective {loss!r}, of which the margins are no logits", _CLASSIFIER)
    if is_bare and not isinstance(X, xgboost.DMatrix):
        X = xgboost.DMatrix(X, enable_categorical=True)
    margins = model.predict(X, output_margin=True)
    are_labels = int(learner["learner_model_param"]["num_target"]) > 1
    return Response.of_logits(margins, None if is_bare or are_labels else model.classes_, are_labels=are_labels)


def of_lightgbm(model: Any, X: Any) -> Response:
    """Read ``raw_score=True`` of an ``LGBMClassifier`` or a ``Booster``, times the factor in its sigmoid, 1 mostly."""
    is_bare = isinstance(model, imported("lightgbm").Booster)
    booster = model if is_bare else model.booster_
    # "binary sigmoid:1", "multiclass num_class:3"; nothing where the loss was the user's own.
    loss, *options = (booster.dump_model(num_iteration=1).get("objective") or "custom").split(" ")
    if loss not in _OF_LIGHTGBM:
        refuse(model, f"trained with the objective {loss!r}, of which the raw scores are no logits", _CLASSIFIER)
    factor = float(dict(option.split(":") for option in options).get("sigmoid", 1.0))
    scores = np.asarray(model.predict(X, raw_score=True), np.float64) * factor
    return Response.of_logits(scores, None if is_bare else model.classes_)


def of_catboost(model: Any, X: Any) -> Response:
    """Read ``RawFormulaVal`` of a CatBoost model."""
    loss = str(model.get_all_params()["loss_function"]).partition(":")[0]
    are_labels = loss in _OF_CATBOOST_LABELS
    if not are_labels and loss not in _OF_CATBOOST:
        refuse(model, f"trained with the loss {loss!r}, of which the raw values are no logits", _CLASSIFIER)
    values: Array = model.predict(X, prediction_type="RawFormulaVal")
    return Response.of_logits(values, None if are_labels else model.classes_, are_labels=are_labels)
