"""Our functions inside networks of PyTorch: with gradients of any order, `vmap`, autocast, and `torch.compile`.

======================  ==========================================================================
`operators`             what PyTorch's dispatcher calls: kernels, formulas, derivatives, shapes
`functions`             `softmax` and its relatives, called as those of the package are
`losses`                `cross_entropy`
`modules`               `Softmax`, `LogSoftmax`, `CrossEntropyLoss`: in the place of PyTorch's own
`calibration_modules`   a fitted calibration as a module, which `torch.export` takes along
======================  ==========================================================================

Importing this imports PyTorch, of version 2.6 or newer; nothing else in the package does.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
