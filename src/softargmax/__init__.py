"""Everything between a classifier's logits and a decision you can trust.

>>> import softargmax as sm
>>> sm.softmax([1, 3, 2])
array([0.09003057, 0.66524096, 0.24472847])

Public names are imported when they are first used: ``import softargmax`` loads nothing beyond NumPy and one
extension module. Which name lives where says ``__init__.pyi``, once for the interpreter and for type checkers.
"""

from softargmax import _interrupts, _settings  # noqa: F401  # interrupts first: loading NumPy takes a while
from softargmax._lazy import attach_stub

__version__ = "0.2.0"

# What to write for a name that the package had in version 0.1.
_GONE = {
    "auroc": "metrics.detection_auroc(known=, new=)",
    "fpr_at_tpr": "metrics.detection_fpr(known=, new=, tpr=)",
}

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__, _GONE)
