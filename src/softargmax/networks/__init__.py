"""softmax inside a network, as a switch or a weighting: attention, gates of experts, choices that can be learned.

======================  ==========================================================================
`attending`             attention: a mean of values, weighted by how well their keys fit a query
`score_blocks`          how: a block of keys at a time; its derivative
`attention_tensors`     the same for tensors, by the fused function of their own library
`gating`                which few of many experts take a row, and the loss that keeps all of them busy
`gumbel`                a class drawn by chance, with a derivative
`schedules`             temperatures that fall while a network learns
======================  ==========================================================================

All of it is plain NumPy, for people without a framework, and takes tensors of PyTorch and arrays of JAX too, whose
gradients flow.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
