"""Every public name of this package and the submodule it lives in: read by type checkers, and when it is imported."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # as in the stub of the root, which says why
    from .cluster_engine import ClusterEngine as ClusterEngine
    from .cluster_engine import on as on
