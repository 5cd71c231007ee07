"""Every public name of this package and the submodule it lives in: read by type checkers, and when it is imported."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # as in the stub of the root, which says why
    from .calibration_modules import module as module
    from .functions import entmax15 as entmax15
    from .functions import entropy as entropy
    from .functions import log_softmax as log_softmax
    from .functions import logsumexp as logsumexp
    from .functions import softmax as softmax
    from .functions import sparsemax as sparsemax
    from .losses import cross_entropy as cross_entropy
    from .modules import CrossEntropyLoss as CrossEntropyLoss
    from .modules import LogSoftmax as LogSoftmax
    from .modules import Softmax as Softmax
