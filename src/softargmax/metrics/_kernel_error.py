"""The kernel calibration error, over pairs of rows within small blocks."""

from functools import partial

import numpy as np

from softargmax._arrays import Array
from softargmax._logits import CELLS
from softargmax.metrics._judged import Judged, each

# Rows per block: pairs are what the test sees, and what it costs. On two trained networks blocks of 8 gave statistics
# of 4.0 and 3.3, 16 of 4.1 and 5.2, 32 of 5.7 and 6.6, 64 of 7.7 and 6.8, for twice the time. The fewest blocks that
# are wanted: the statistic is normal only as a sum of many.
_LONGEST, _BLOCKS = 32, 30
# Rows, and probabilities, that are looked at, drawn at random from more: whoever has 2^17 rows sees what matters, and
# the test costs no more than the rest of `assess` (a twentieth of it at 10^6 x 10).
_ROWS, _MOST = 1 << 17, 1 << 24
# Classes that are multiplied at once: products so small that the BLAS does not share them among threads.
_WIDTH = 128


def kernel_sums(judged: Judged, bandwidth: float) -> Array:
    """Sum over blocks: h, h^2, and the weight of pairs, for h the sum of the kernel error over the pairs of a block.

    Blocks of a calibrated model have mean 0 and are independent, so the sum of h over the root of the sum of h^2 is
    nearly normal. Rows that do not fill a block are left out; blocks are drawn at random, since tables are often
    sorted by class, and neighbours then err alike.
    """
    order = np.random.default_rng(0).permutation(judged.n)[: min(_ROWS, _MOST // judged.n_classes)]
    length = min(max(len(order) // _BLOCKS, 2), _LONGEST)
    n_blocks = len(order) // length
    if n_blocks == 0:
        return np.zeros(3)
    at_once = max(1, CELLS // (length * judged.n_classes))
    parts = [order[start * length : min(start + at_once, n_blocks) * length] for start in range(0, n_blocks, at_once)]
    return np.asarray(np.sum(each(partial(_pair_sums, judged, length, bandwidth), parts), axis=0))


def _pair_sums(judged: Judged, length: int, bandwidth: float, rows: Array) -> Array:
    h, pairs = _pairs(judged, rows, length, bandwidth)
    return np.array([h.sum(), np.square(h).sum(), pairs.sum()])


def _pairs(judged: Judged, rows: Array, length: int, bandwidth: float) -> tuple[Array, Array]:
    p = judged.probabilities(rows)
    codes = judged.codes[rows].reshape(-1, length)
    weight = judged.weight[rows].reshape(-1, length)
    blocks = p.reshape(len(codes), length, -1)
    products = np.zeros((len(codes), length, length))
    for start in range(0, judged.n_classes, _WIDTH):
        part = blocks[:, :, start : start + _WIDTH]
        products += part @ part.transpose(0, 2, 1)
    squares = np.einsum("bii->bi", products)
    distance = np.sqrt(np.maximum(squares[:, :, np.newaxis] + squares[:, np.newaxis] - 2.0 * products, 0.0))
    # (e - p) (e' - p') = [y = y'] - p_y' - p'_y + p p'
    theirs = np.take_along_axis(blocks, codes[:, np.newaxis], axis=2)
    same = codes[:, :, np.newaxis] == codes[:, np.newaxis]
    error = same - theirs - theirs.transpose(0, 2, 1) + products
    h = np.exp(distance / -bandwidth) * error * (weight[:, :, np.newaxis] * weight[:, np.newaxis])
    pairs = np.square(weight.sum(axis=1)) - np.square(weight).sum(axis=1)
    return np.asarray((h.sum(axis=(1, 2)) - np.einsum("bii->b", h)) / 2.0), pairs / 2.0
