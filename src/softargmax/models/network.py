"""A feed-forward network from features to logits: NumPy in, NumPy out, nothing else needed.

Conventions: rows are samples. Features are standardised first, and squashed smoothly if `clip` is set. Layer l
maps ``a`` to ``a @ weights[l] + biases[l]``; every layer but the last is followed by a ReLU. Without hidden
layers and clip this is softmax regression.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.exceptions import ArgumentError
from softargmax.models.standardizer import Moments

# Rows that go through the matrix products together when predicting. A matrix product rounds differently for
# different numbers of rows, and single-precision ones for different positions of a row, so every block is
# filled up to this size and computed in float64: a row gets the same logits alone or in a batch.
BLOCK = 128


@dataclass
class Network:
    """Standardisation and layers. All parameters live in one vector, `flat`; the layers are views of it.

    With `clip` c, a standardised feature z becomes z / sqrt(1 + (z / c)^2), which never exceeds c: a single
    wild value cannot drown the others (Holzmüller, Grinsztajn, Steinwart, *NeurIPS* 2024).
    """

    mean: Array
    scale: Array
    layer_sizes: tuple[int, ...]
    flat: Array
    clip: float | None = None

    def __post_init__(self) -> None:
        if len(self.layer_sizes) < 2 or min(self.layer_sizes) < 1:
            raise ArgumentError(f"layer_sizes: expected two or more positive sizes, got {self.layer_sizes}")
        if self.flat.shape != (count_parameters(self.layer_sizes),):
            raise ArgumentError(
                f"flat: expected {count_parameters(self.layer_sizes)} parameters for layers {self.layer_sizes}, "
                f"got shape {self.flat.shape}"
            )
        for name in ("mean", "scale"):
            if getattr(self, name).shape != self.layer_sizes[:1]:
                raise ArgumentError(f"{name}: expected one number per feature, shape {self.layer_sizes[:1]}")

    @property
    def weights(self) -> list[Array]:
        """One matrix per layer, views of `flat`."""
        return layer_views(self.flat, self.layer_sizes)[0]

    @property
    def biases(self) -> list[Array]:
        """One vector per layer, views of `flat`."""
        return layer_views(self.flat, self.layer_sizes)[1]

    @classmethod
    def initialise(
        cls,
        moments: Moments,
        layer_sizes: Sequence[int],
        rng: np.random.Generator,
        dtype: np.dtype[Any],
        clip: float | None = None,
    ) -> "Network":
        """Draw weights for ReLU layers (He et al., *ICCV* 2015); the last layer starts at zero: uniform odds."""
        sizes = tuple(int(size) for size in layer_sizes)
        network = cls(
            moments.mean.astype(dtype),
            moments.scale.astype(dtype),
            sizes,
            np.zeros(count_parameters(sizes), dtype),
            clip,
        )
        for weight in network.weights[:-1]:
            weight[...] = rng.normal(scale=np.sqrt(2.0 / weight.shape[0]), size=weight.shape)
        return network

    @property
    def n_features(self) -> int:
        """How many features a row has."""
        return self.layer_sizes[0]

    def standardize(self, X: Array) -> Array:
        """Bring features to zero mean and unit scale, in the dtype of the network."""
        return self._squash((X - self.mean) / self.scale).astype(self.flat.dtype, copy=False)

    def _squash(self, Z: Array) -> Array:
        return Z if self.clip is None else Z / np.sqrt(1.0 + np.square(Z / self.clip))

    def restandardize(self, moments: Moments) -> None:
        """Take up new moments without changing the function the network computes (but for `clip`).

        With z = (x - mean) / scale and z' likewise from the new moments, z = (scale' z' + mean' - mean) / scale;
        the first layer absorbs the difference.
        """
        ratio = moments.scale / self.scale
        shift = (moments.mean - self.mean) / self.scale
        weights, biases = layer_views(self.flat, self.layer_sizes)
        biases[0] += (shift @ weights[0]).astype(self.flat.dtype)
        weights[0] *= ratio[:, np.newaxis].astype(self.flat.dtype)
        self.mean = moments.mean.astype(self.flat.dtype)
        self.scale = moments.scale.astype(self.flat.dtype)

    def logits(self, X: Array) -> Array:
        """Give the outputs of the last layer as float64, shape (n_rows, n_outputs), block by block."""
        weights, biases = layer_views(self.flat.astype(np.float64), self.layer_sizes)
        mean, scale = self.mean.astype(np.float64), self.scale.astype(np.float64)
        result = np.empty((len(X), self.layer_sizes[-1]))
        block = np.zeros((BLOCK, self.n_features))
        for start in range(0, len(X), BLOCK):
            rows = X[start : start + BLOCK]
            block[: len(rows)] = self._squash((rows - mean) / scale)
            a = block
            for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
                a = np.maximum(a @ weight + bias, 0.0)
            result[start : start + len(rows)] = (a @ weights[-1] + biases[-1])[: len(rows)]
        return result

    def forward(self, Z: Array, dropout: float, rng: np.random.Generator) -> tuple[Array, list[Array]]:
        """Give the outputs for standardised rows, and every layer's input for `backward`.

        Dropout (Srivastava et al., *JMLR* 15, 2014) zeroes hidden units and scales up the others.
        """
        inputs = [Z]
        weights, biases = layer_views(self.flat, self.layer_sizes)
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            a = inputs[-1] @ weight
            a += bias
            np.maximum(a, 0.0, out=a)
            if dropout > 0.0:
                keep = rng.random(a.shape, dtype=np.float32) >= dropout
                a *= keep
                a /= 1.0 - dropout
            inputs.append(a)
        return inputs[-1] @ weights[-1] + biases[-1], inputs

    def backward(self, output_gradient: Array, inputs: list[Array], dropout: float) -> Array:
        """Give the gradient with respect to `flat`."""
        gradient = np.empty_like(self.flat)
        weights, _ = layer_views(self.flat, self.layer_sizes)
        weight_gradients, bias_gradients = layer_views(gradient, self.layer_sizes)
        upstream = output_gradient
        for layer in range(len(weights) - 1, -1, -1):
            np.matmul(inputs[layer].T, upstream, out=weight_gradients[layer])
            upstream.sum(axis=0, out=bias_gradients[layer])
            if layer > 0:
                upstream = upstream @ weights[layer].T
                upstream *= inputs[layer] > 0.0  # zero where ReLU or dropout cut the unit off
                if dropout > 0.0:
                    upstream /= 1.0 - dropout
        return gradient


def count_parameters(layer_sizes: Sequence[int]) -> int:
    """Count weights and biases."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in itertools.pairwise(layer_sizes))


def layer_views(flat: Array, layer_sizes: Sequence[int]) -> tuple[list[Array], list[Array]]:
    """View one parameter vector as weight matrices and bias vectors, weights of a layer before its biases."""
    weights, biases, start = [], [], 0
    for fan_in, fan_out in itertools.pairwise(layer_sizes):
        end = start + fan_in * fan_out
        weights.append(flat[start:end].reshape(fan_in, fan_out))
        biases.append(flat[end : end + fan_out])
        start = end + fan_out
    return weights, biases


def decays(layer_sizes: Sequence[int]) -> Array:
    """Tell which entries of the parameter vector are weights (True) and which biases (False)."""
    mask = np.zeros(count_parameters(layer_sizes), np.bool_)
    for weight in layer_views(mask, layer_sizes)[0]:
        weight[...] = True
    return mask
