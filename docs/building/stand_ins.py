"""Stand-ins for PyTorch and Keras, which are too large to be installed for reading docstrings.

Sphinx has them, but not for what modules do with types while they are imported: ``Tensor | None``.
"""

from sphinx.application import Sphinx
from sphinx.ext.autodoc.mock import _MockObject


def _itself(stand_in: object, other: object) -> object:
    return stand_in


def setup(app: Sphinx) -> dict[str, bool]:
    """Let stand-ins be parts of unions."""
    _MockObject.__or__ = _MockObject.__ror__ = _itself
    return {"parallel_read_safe": True, "parallel_write_safe": True}
