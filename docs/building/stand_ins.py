"""Stand-ins for PyTorch, Keras, JAX and Dask, which are too large to be installed for reading docstrings.

Sphinx has them, but not for all that modules do while they are imported: ``Tensor | None``, and entries in tables.
"""

from sphinx.application import Sphinx
from sphinx.ext.autodoc.mock import _MockObject


def _itself(stand_in: object, other: object) -> object:
    return stand_in


def _nothing(stand_in: object, key: object, value: object) -> None:
    return None


def setup(app: Sphinx) -> dict[str, bool]:
    """Let stand-ins be parts of unions, and tables."""
    _MockObject.__or__ = _MockObject.__ror__ = _itself
    _MockObject.__setitem__ = _nothing
    return {"parallel_read_safe": True, "parallel_write_safe": True}
