"""Our functions inside programs of JAX: compiled, differentiated, mapped, and shared among devices.

======================  ==========================================================================
`xla_calls`             what JAX' compiler knows of a kernel: how to call, map and share it
`row_functions`         functions of rows, with their derivatives
`jax_functions`         `softmax` and its relatives, called as those of the package are
`jax_losses`            `cross_entropy`
======================  ==========================================================================

Importing this imports JAX, of version 0.10 or newer; nothing else in the package does.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
