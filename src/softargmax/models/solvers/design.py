"""A block's standardised features times coefficients, and back: dense rows, or sparse ones that stay sparse.

Standardised features are z = (x - mean) * inverse. Dense blocks are standardised in memory that stays in the cache,
which costs a twentieth of the matrix products. Sparse ones never are: mean and scale move over to the coefficients,

    z V + b = x (inverse * V) + (b - mean . (inverse * V)),

and back again for the gradient.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from softargmax import _kernels
from softargmax._arrays import Array
from softargmax.models.solvers.row_blocks import CsrBlock

# Bytes of a line of the cache, and of the widest vectors.
_ALIGNMENT = 64


@dataclass(frozen=True)
class Scaling:
    """How features are standardised. A feature that does not vary has the inverse 0: it takes no part."""

    mean: Array
    inverse: Array
    intercept: bool

    @property
    def n_features(self) -> int:
        """How many features a row has."""
        return len(self.mean)

    @property
    def n_rows_of_coefficients(self) -> int:
        """Features, and the intercept if there is one."""
        return self.n_features + self.intercept

    @property
    def scale(self) -> Array:
        """What the inverse is the inverse of; 1 for features that take no part."""
        return np.asarray(1.0 / np.where(self.inverse > 0.0, self.inverse, 1.0))

    def plain(self, V: Array) -> tuple[Array, Array]:
        """Give coefficients of the features as they are, and the intercepts that belong to them."""
        coefficients = V[: self.n_features] * self.inverse[:, np.newaxis]
        return coefficients, (V[-1] if self.intercept else 0.0) - self.mean @ coefficients


class Lane(Protocol):
    """Memory of one lane: holds one block at a time and adds up what comes back."""

    def load(self, features: Any) -> None:
        """Take up a block."""

    def forward(self, coefficients: Any, raw: Array) -> None:
        """Write the logits of the block."""

    def backward(self, residuals: Array) -> None:
        """Add the block's derivative with respect to the coefficients."""

    def standardized(self) -> Array:
        """Give the block's standardised features, dense, a column of ones for the intercept."""

    def merge(self, other: Any) -> None:
        """Add what another lane has added up."""

    def gradient(self) -> Array:
        """Give what has been added up since `clear`."""

    def clear(self) -> None:
        """Begin anew."""

    def new_raw(self) -> Array:
        """Make room for the logits of one block."""


class Design(Protocol):
    """Makes lanes and prepares coefficients for them."""

    @property
    def scaling(self) -> Scaling:
        """How features are standardised."""

    @property
    def block_rows(self) -> int:
        """Rows of a block at most."""

    @property
    def lane_numbers(self) -> int:
        """How many numbers the sums of a lane are."""

    def coefficients(self, V: Array, dtype: np.dtype[Any]) -> Any:
        """Bring coefficients into the form that `Lane.forward` takes; shared by all lanes."""

    def lane(self, dtype: np.dtype[Any]) -> Lane:
        """Make a lane that computes in `dtype`."""


@dataclass(frozen=True)
class DenseDesign:
    """Rows as NumPy arrays."""

    scaling: Scaling
    width: int
    block_rows: int

    @property
    def lane_numbers(self) -> int:
        """The coefficients."""
        return self.scaling.n_rows_of_coefficients * self.width

    def coefficients(self, V: Array, dtype: np.dtype[Any]) -> Array:
        """Cast."""
        return V.astype(dtype, copy=False)

    def lane(self, dtype: np.dtype[Any]) -> "DenseLane":
        """Make a lane."""
        return DenseLane(self, dtype)


class DenseLane:
    """Standardises blocks and multiplies them."""

    def __init__(self, design: DenseDesign, dtype: np.dtype[Any]) -> None:
        self._design = design
        scaling = design.scaling
        self._mean = scaling.mean.astype(dtype)
        self._inverse = scaling.inverse.astype(dtype)
        # Rows begin at multiples of 64 bytes, which the matrix products are faster for.
        padded = -(-scaling.n_rows_of_coefficients * dtype.itemsize // _ALIGNMENT) * _ALIGNMENT // dtype.itemsize
        memory = np.ones((design.block_rows, padded), dtype)
        self._memory = memory[:, : scaling.n_rows_of_coefficients]
        self._product = np.empty((scaling.n_rows_of_coefficients, design.width), dtype)
        self._sum = np.zeros(self._product.shape)
        self._z = self._memory

    def load(self, features: Array) -> None:
        """Standardise; the column of ones stays."""
        self._z = self._memory[: len(features)]
        z = self._z[:, : features.shape[1]]
        # What came over a wire may lie at any byte.
        _kernels.standardize(np.require(features, requirements=("C", "ALIGNED")), self._mean, self._inverse, z)

    def forward(self, coefficients: Array, raw: Array) -> None:
        """Multiply."""
        np.matmul(self._z, coefficients, out=raw)

    def backward(self, residuals: Array) -> None:
        """Multiply the transpose; sums over blocks are kept in float64."""
        np.matmul(self._z.T, residuals, out=self._product)
        self._sum += self._product

    def standardized(self) -> Array:
        """Give the block."""
        return self._z

    def merge(self, other: "DenseLane") -> None:
        """Add the other's sum."""
        self._sum += other._sum

    def gradient(self) -> Array:
        """Give the sum."""
        return self._sum.copy()

    def clear(self) -> None:
        """Zero the sum."""
        self._sum.fill(0.0)

    def new_raw(self) -> Array:
        """Plain rows."""
        return np.empty((self._design.block_rows, self._design.width), self._memory.dtype)


@dataclass(frozen=True)
class SparseDesign:
    """Rows as `CsrBlock`, whose products are taken for a tile of classes at a time."""

    scaling: Scaling
    width: int
    block_rows: int

    @property
    def lane_numbers(self) -> int:
        """The coefficients, padded to whole tiles."""
        return self.scaling.n_rows_of_coefficients * self.n_tiles * self.tile

    @property
    def tile(self) -> int:
        """Classes of a tile."""
        return 8 if self.width <= 8 else 16 if self.width <= 16 else 32

    @property
    def n_tiles(self) -> int:
        """Tiles of all classes."""
        return -(-self.width // self.tile)

    def coefficients(self, V: Array, dtype: np.dtype[Any]) -> tuple[Array, Array]:
        """Give tiles of coefficients of the features as they are, and what every logit starts from."""
        scaling = self.scaling
        origin = np.zeros(self.n_tiles * self.tile)
        scaled, origin[: self.width] = scaling.plain(V)
        tiles = np.zeros((self.n_tiles, scaling.n_features, self.tile), dtype)
        for number in range(self.n_tiles):
            part = scaled[:, number * self.tile : (number + 1) * self.tile]
            tiles[number, :, : part.shape[1]] = part
        return tiles, origin.astype(dtype)

    def lane(self, dtype: np.dtype[Any]) -> "SparseLane":
        """Make a lane."""
        return SparseLane(self, dtype)


class SparseLane:
    """Multiplies blocks of sparse rows."""

    def __init__(self, design: SparseDesign, dtype: np.dtype[Any]) -> None:
        self._design = design
        self._dtype = dtype
        self._padded = np.zeros((design.block_rows, design.n_tiles * design.tile), dtype)
        self._tiles = np.zeros((design.n_tiles, design.scaling.n_features, design.tile), dtype)
        self._residuals = np.zeros(design.width)
        self._block: CsrBlock | None = None

    def load(self, features: CsrBlock) -> None:
        """Keep the block."""
        values = features.values.astype(self._dtype, copy=False)
        self._block = features._replace(values=values)

    def forward(self, coefficients: tuple[Array, Array], raw: Array) -> None:
        """Multiply into padded rows, of which `raw` is a part."""
        tiles, origin = coefficients
        padded = self._padded[: len(raw)]
        padded[...] = origin
        starts, columns, values, _ = self._loaded
        _kernels.sparse_forward(starts, columns, values, padded, tiles)

    def backward(self, residuals: Array) -> None:
        """Multiply the transpose; the padding is zero."""
        starts, columns, values, _ = self._loaded
        _kernels.sparse_backward(starts, columns, values, self._padded[: len(residuals)], self._tiles)
        self._residuals += residuals.sum(axis=0, dtype=np.float64)

    @property
    def _loaded(self) -> CsrBlock:
        assert self._block is not None
        return self._block

    def standardized(self) -> Array:
        """Give the block dense."""
        scaling = self._design.scaling
        dense = self._loaded.toarray()
        z = np.ones((len(dense), scaling.n_rows_of_coefficients), self._dtype)
        np.multiply(dense - scaling.mean, scaling.inverse, out=z[:, : scaling.n_features], casting="same_kind")
        return z

    def merge(self, other: "SparseLane") -> None:
        """Add the other's sums."""
        self._tiles += other._tiles
        self._residuals += other._residuals

    def gradient(self) -> Array:
        """Take the sum to standardised features."""
        scaling, width, tile = self._design.scaling, self._design.width, self._design.tile
        result = np.empty((scaling.n_rows_of_coefficients, width))
        features = result[: scaling.n_features]
        for number, sums in enumerate(self._tiles):
            columns = slice(number * tile, min((number + 1) * tile, width))
            part = features[:, columns]
            np.multiply.outer(-scaling.mean, self._residuals[columns], out=part)
            part += sums[:, : part.shape[1]]
            part *= scaling.inverse[:, np.newaxis]
        if scaling.intercept:
            result[-1] = self._residuals
        return result

    def clear(self) -> None:
        """Zero the sums."""
        self._tiles.fill(0.0)
        self._residuals.fill(0.0)

    def new_raw(self) -> Array:
        """Give a view of the padded rows, which the kernels want whole."""
        return self._padded[:, : self._design.width]
