"""A feed-forward network from features to logits: NumPy in, NumPy out, nothing else needed.

Conventions: rows are samples. Features are standardised first, and squashed smoothly if `clip` is set. Layer l
maps ``a`` to ``a @ weights[l] + biases[l]``; every layer but the last is followed by a SiLU. Without hidden
layers and clip this is softmax regression. Several members, networks of the same shape side by side, have a leading
axis of their own: parameters (n_members, n_parameters), hidden units and outputs (n_members, n_rows, n_units).
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax._arrays import ROW_BLOCK, Array, of_whole_vectors
from softargmax._moments import FeatureMoments
from softargmax.exceptions import ArgumentError
from softargmax.models.standard import Standard
from softargmax.probabilities import sigmoid

# Rows that are standardised at a time.
_ROWS = 1 << 13


@dataclass
class Network:
    """Standardisation and layers. All parameters of a member live in one vector; the layers are views of it.

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
        if self.flat.ndim not in (1, 2) or self.flat.shape[-1] != count_parameters(self.layer_sizes):
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
        moments: FeatureMoments | Standard,
        layer_sizes: Sequence[int],
        rng: np.random.Generator,
        dtype: np.dtype[Any],
        clip: float | None = None,
        n_members: int | None = None,
    ) -> "Network":
        """Draw weights of variance 1 / fan-in; the last layer starts at zero: uniform odds."""
        sizes = tuple(int(size) for size in layer_sizes)
        count = count_parameters(sizes)
        flat = np.zeros(count if n_members is None else (n_members, count), dtype)
        network = cls(moments.mean.astype(dtype), moments.scale.astype(dtype), sizes, flat, clip)
        for weight in network.weights[:-1]:
            weight[...] = rng.normal(scale=np.sqrt(1.0 / weight.shape[-2]), size=weight.shape)
        return network

    def copy(self) -> "Network":
        """Give a network that may be trained on while this one stays."""
        return Network(self.mean, self.scale, self.layer_sizes, self.flat.copy(), self.clip)

    def divide_logits(self, temperature: float) -> None:
        """Take a temperature into the last layer."""
        self.weights[-1][...] /= temperature
        self.biases[-1][...] /= temperature

    @property
    def n_features(self) -> int:
        """How many features a row has."""
        return self.layer_sizes[0]

    def standardize(self, X: Array) -> Array:
        """Bring features to zero mean and unit scale, in the dtype of the network."""
        result = np.empty(X.shape, self.flat.dtype)
        for start in range(0, len(X), _ROWS):  # what is made on the way stays small
            rows = slice(start, start + _ROWS)
            result[rows] = self._squash((X[rows] - self.mean) / self.scale)
        return result

    def _squash(self, Z: Array) -> Array:
        return Z if self.clip is None else Z / np.sqrt(1.0 + np.square(Z / self.clip))

    def restandardize(self, moments: FeatureMoments | Standard) -> None:
        """Take up new moments without changing the function the network computes (but for `clip`).

        With z = (x - mean) / scale and z' likewise from the new moments, z = (scale' z' + mean' - mean) / scale;
        the first layer absorbs the difference.
        """
        ratio = moments.scale / self.scale
        shift = (moments.mean - self.mean) / self.scale
        weights, biases = layer_views(self.flat, self.layer_sizes)
        biases[0][...] += (shift @ weights[0]).astype(self.flat.dtype)[..., np.newaxis, :]
        weights[0][...] *= ratio[:, np.newaxis].astype(self.flat.dtype)
        self.mean = moments.mean.astype(self.flat.dtype)
        self.scale = moments.scale.astype(self.flat.dtype)

    def logits(self, X: Array) -> Array:
        """Give the outputs of the last layer as float64, shape (n_rows, n_outputs), block by block.

        Several members: (n_members, n_rows, n_outputs).
        """
        weights, biases = layer_views(self.flat.astype(np.float64), self.layer_sizes)
        mean, scale = self.mean.astype(np.float64), self.scale.astype(np.float64)
        wide = [of_whole_vectors(weight) for weight in weights]
        result = np.empty((*self.flat.shape[:-1], len(X), self.layer_sizes[-1]))
        block = np.zeros((ROW_BLOCK, self.n_features))
        for start in range(0, len(X), ROW_BLOCK):
            rows = X[start : start + ROW_BLOCK]
            n_rows = len(rows)
            block[:n_rows] = self._squash((rows - mean) / scale)
            block[n_rows:] = 0.0
            a = block
            # Products need the whole block, for the sake of their bits; everything else the rows that are there.
            for weight, bias in zip(wide[:-1], biases[:-1], strict=True):
                a = (a @ weight)[..., : bias.shape[-1]]
                hidden = a[..., :n_rows, :]
                hidden += bias
                hidden *= sigmoid(hidden)
            result[..., start : start + n_rows, :] = (a @ wide[-1])[..., :n_rows, : self.layer_sizes[-1]] + biases[-1]
        return result

    def forward(self, Z: Array, dropout: float, rng: np.random.Generator) -> tuple[Array, "Trace"]:
        """Give the outputs for standardised rows, and what `backward` needs.

        Dropout (Srivastava et al., *JMLR* 15, 2014) zeroes hidden units and scales up the others.
        """
        trace = Trace([Z], [])
        weights, biases = layer_views(self.flat, self.layer_sizes)
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            a = trace.inputs[-1] @ weight
            a += bias
            slope = silu(a)
            if dropout > 0.0:
                mask = dropout_mask(a.shape, dropout, rng).astype(a.dtype, copy=False)
                a *= mask
                slope *= mask
            trace.inputs.append(a)
            trace.slopes.append(slope)
        return trace.inputs[-1] @ weights[-1] + biases[-1], trace

    def backward(self, output_gradient: Array, trace: "Trace") -> Array:
        """Give the gradient with respect to `flat`."""
        gradient = np.empty_like(self.flat)
        weights, _ = layer_views(self.flat, self.layer_sizes)
        weight_gradients, bias_gradients = layer_views(gradient, self.layer_sizes)
        upstream = output_gradient
        for layer in range(len(weights) - 1, -1, -1):
            np.matmul(trace.inputs[layer].swapaxes(-1, -2), upstream, out=weight_gradients[layer])
            upstream.sum(axis=-2, keepdims=True, out=bias_gradients[layer])
            if layer > 0:
                upstream = upstream @ weights[layer].swapaxes(-1, -2)
                upstream *= trace.slopes[layer - 1]
        return gradient


@dataclass(frozen=True)
class Trace:
    """Every layer's input, and the slope of every hidden unit: zero where dropout cut it off."""

    inputs: list[Array]
    slopes: list[Array]


def silu(x: Array) -> Array:
    """Overwrite x by x s with s = sigmoid(x); give the slope s + x s (1 - s).

    Source: Elfwing, Uchibe, Doya, *Neural Networks* 107 (2018).
    """
    s = np.asarray(sigmoid(x))
    x *= s
    slope: Array = 1.0 - s
    slope *= x
    slope += s
    return slope


def dropout_mask(shape: tuple[int, ...], share: float, rng: np.random.Generator) -> Array:
    """Give 0 for about a `share` of the units, and for the others what keeps their mean.

    The share is rounded to 1/256: a random byte per unit is several times cheaper than a float.
    """
    cut = min(max(round(256 * share), 1), 255)
    drawn = np.frombuffer(rng.bytes(math.prod(shape)), np.uint8).reshape(shape)
    return (drawn >= cut) * np.float32(256.0 / (256 - cut))


def count_parameters(layer_sizes: Sequence[int]) -> int:
    """Count weights and biases."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in itertools.pairwise(layer_sizes))


def layer_views(flat: Array, layer_sizes: Sequence[int]) -> tuple[list[Array], list[Array]]:
    """View parameters as weight matrices and bias rows, weights of a layer before its biases."""
    weights, biases, start = [], [], 0
    members = flat.shape[:-1]
    for fan_in, fan_out in itertools.pairwise(layer_sizes):
        end = start + fan_in * fan_out
        weights.append(flat[..., start:end].reshape(*members, fan_in, fan_out))
        biases.append(flat[..., end : end + fan_out].reshape(*members, 1, fan_out))
        start = end + fan_out
    return weights, biases


def decays(layer_sizes: Sequence[int]) -> Array:
    """Tell which entries of the parameter vector are weights (True) and which biases (False)."""
    mask = np.zeros(count_parameters(layer_sizes), np.bool_)
    for weight in layer_views(mask, layer_sizes)[0]:
        weight[...] = True
    return mask
