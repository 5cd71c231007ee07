"""The public names, each with the file it lives in; `__init__.py` imports them from here on first use."""

from typing import TYPE_CHECKING

# As in the package's own stub: mypy follows what stands under this line last.
if TYPE_CHECKING:
    from .asking import logits_of as logits_of
