"""The public names, each with the file it lives in; `__init__.py` imports them from here on first use."""

from typing import TYPE_CHECKING

# As in the package's own stub: mypy follows what stands under this line last.
if TYPE_CHECKING:
    from .asking import logits_of as logits_of
    from .token_bounds import LogBounds as LogBounds
    from .token_bounds import ServedTokens as ServedTokens
    from .token_bounds import served_tokens as served_tokens
