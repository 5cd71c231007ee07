"""Every public name of this package and the submodule it lives in: read by type checkers, and when it is imported."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # as in the stub of the root, which says why
    from .attending import attention as attention
    from .attending import attention_backward as attention_backward
    from .gating import load_balancing_loss as load_balancing_loss
    from .gating import top_k_gates as top_k_gates
    from .gumbel import gumbel_softmax as gumbel_softmax
    from .schedules import cosine_temperature as cosine_temperature
    from .schedules import exponential_temperature as exponential_temperature
