"""Logits of statsmodels: linear predictors of ``Logit``, ``MNLogit``, and of ``GLM`` with a binomial family.

``MNLogit`` compares every class with its base category, the first one, whose column is 0.
"""

from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.responses.answer import Response, refuse


def of_statsmodels(fit: Any, X: Any) -> Response:
    """Read ``predict(X, which="linear")`` of what ``fit`` gave; without rows, of those that it was fitted to."""
    if not hasattr(fit, "params") or not hasattr(fit, "model"):
        refuse(fit, "of statsmodels that is no result of a fit", "give what its fit() returns")
    kind = type(fit.model).__name__
    if kind == "GLM":
        family = fit.model.family
        kind = f"GLM of the family {type(family).__name__} with the link {type(family.link).__name__}"
    if kind not in ("Logit", "MNLogit", "GLM of the family Binomial with the link Logit"):
        refuse(
            fit,
            f"of the model {kind}, whose linear predictor is no logit",
            "fit Logit, MNLogit or GLM with Binomial(), or take the logarithms of its probabilities",
        )
    linear = fit.predict(X, which="linear")
    if kind != "MNLogit":
        return Response.of_logits(np.asarray(linear))
    return Response.of_logits(np.asarray(linear), _classes(fit.model))


def _classes(model: Any) -> Array:
    """Give the classes of ``MNLogit`` in the order of its columns. Of numbers its own names are texts."""
    names, targets = model._ynames_map, np.asarray(model.data.orig_endog)
    if targets.dtype.kind in "biuf" and targets.ndim == 1:
        return np.unique(targets)
    return np.array([names[code] for code in sorted(names)])
