"""Our functions in networks of Keras 3, on its PyTorch and JAX backends.

======================  ==========================================================================
`activations`           `softmax` and its relatives, for ``Dense(3, activation=softmax)``
`cross_entropies`       `CrossEntropy`, the loss of logits
`calibrated_layers`     `Calibrated`, a fitted calibration as a layer that is saved with its network
======================  ==========================================================================

Importing this imports Keras, and whatever backend it is told to use; nothing else in the package does.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
