"""features → logits: the estimators, and the networks they learn.

Importing this package is cheap; the estimators need scikit-learn and SciPy and load them when first named.
"""

from typing import TYPE_CHECKING

from softargmax._lazy import attach

if TYPE_CHECKING:
    from softargmax.models.mlp import SoftmaxMLP as SoftmaxMLP
    from softargmax.models.regression import SoftmaxRegression as SoftmaxRegression
    from softargmax.models.regression_cv import SoftmaxRegressionCV as SoftmaxRegressionCV

__getattr__, __dir__, __all__ = attach(
    __name__,
    {"mlp": ["SoftmaxMLP"], "regression": ["SoftmaxRegression"], "regression_cv": ["SoftmaxRegressionCV"]},
)
