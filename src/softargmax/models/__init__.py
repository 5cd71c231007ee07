"""features → logits: the estimators, and the networks they learn.

Importing this package is cheap; the estimators need scikit-learn and SciPy and load them when first named.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
