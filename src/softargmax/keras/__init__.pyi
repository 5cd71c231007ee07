"""Every public name of this package and the submodule it lives in: read by type checkers, and when it is imported."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # as in the stub of the root, which says why
    from .activations import entmax15 as entmax15
    from .activations import log_softmax as log_softmax
    from .activations import softmax as softmax
    from .activations import sparsemax as sparsemax
    from .calibrated_layers import Calibrated as Calibrated
    from .cross_entropies import CrossEntropy as CrossEntropy
