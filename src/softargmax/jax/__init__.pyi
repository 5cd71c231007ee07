"""Every public name of this package and the submodule it lives in: read by type checkers, and when it is imported."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # as in the stub of the root, which says why
    from .jax_functions import entmax15 as entmax15
    from .jax_functions import log_softmax as log_softmax
    from .jax_functions import logsumexp as logsumexp
    from .jax_functions import softmax as softmax
    from .jax_functions import sparsemax as sparsemax
    from .jax_losses import cross_entropy as cross_entropy
