"""A number in [0, 1) for every row that only the row itself decides.

Randomised scores ("aps" and its kin) count only a share u of a class's own mass. Drawn from a generator, u would depend
on a row's place in its batch: the same row would get one set alone and another one among others, and nobody could
repeat a single decision. So the share is a hash of the row's logits and of the classifier's random state. The promise
of coverage stands, because a score that is computed from a row in this way is a score like any other: calibration rows
and new rows stay exchangeable. Equal rows have equal shares, and two classifiers with different random states have
shares that have nothing to do with each other.

What is hashed are not the logits themselves but their distances to the largest, rounded (`steady_gaps`): a hash knows
no nearly, and another processor or another BLAS gives logits with other last bits.
"""

import numpy as np

from softargmax._arrays import Array
from softargmax._row_hash import hash_rows


def row_uniforms(z: Array, key: int) -> Array:
    """Give every row of float64 numbers a number in [0, 1) that only they and `key` decide."""
    factors = np.random.default_rng(key).integers(1 << 64, size=z.shape[1], dtype=np.uint64)
    return np.asarray((hash_rows(z, np.asarray(factors | np.uint64(1))) >> np.uint64(11)).astype(np.float64) * 2.0**-53)
