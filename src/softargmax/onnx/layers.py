"""The layers of a network as a graph.

Features are standardised, and the last layer is computed, in float64 in a graph of either type: a column of years would
lose its digits otherwise. Only hidden layers, where nearly all the work is, are computed in the type of the graph.
"""

import numpy as np

from softargmax.models.network import Network, layer_views
from softargmax.onnx.formulas import exp
from softargmax.onnx.graph import Value


def has_hidden_layers(network: Network) -> bool:
    """Whether anything of a network is computed in the type of the graph."""
    return len(network.layer_sizes) > 2


def outputs_of(network: Network, x: Value, dtype: str) -> Value:
    """Give the outputs of the last layer, float64, for features in float64: shape (rows, n_outputs).

    Several members: (n_members, rows, n_outputs).
    """
    wide, narrow = (layer_views(network.flat.astype(kind), network.layer_sizes) for kind in (np.float64, dtype))
    a = (x - network.mean.astype(np.float64)) / network.scale.astype(np.float64)
    if network.clip is not None:
        share = a / network.clip
        a = a / x.graph.node("Sqrt", share * share + 1.0)
    for weight, bias in zip(narrow[0][:-1], narrow[1][:-1], strict=True):
        hidden = a.cast(dtype) @ weight + bias
        # x sigmoid(x), but not in these words: ONNX Runtime 1.20 to 1.24 makes a node of them that has no doubles.
        a = hidden / (exp(-hidden) + 1.0)
    return a.cast("float64") @ wide[0][-1] + wide[1][-1]
