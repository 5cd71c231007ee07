"""A number for every row that only its values decide: the same for equal rows, and no other's but by a rare chance."""

import numpy as np

from softargmax._arrays import Array

# The constants of SplitMix64 (Steele, Lea, Flood, *OOPSLA* 2014): its step, the shifts and factors of its finaliser.
_STEP = 0x9E3779B97F4A7C15
_ROUNDS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def hash_rows(z: Array, factors: Array | None = None) -> Array:
    """Give a 64-bit integer for every row of float64 numbers; -0.0 counts as 0.0.

    Multilinear hashing of the bits, one odd factor per column, and the finaliser of SplitMix64. Factors that nobody can
    foresee make numbers that look drawn; without, they are those of SplitMix64, which is enough to tell rows apart.
    """
    if factors is None:
        steps = (np.arange(1, z.shape[1] + 1, dtype=np.uint64)) * np.uint64(_STEP)
        factors = _finished(steps) | np.uint64(1)
    bits = (z + 0.0).view(np.uint64)
    bits ^= bits >> np.uint64(32)  # float32 and small integers leave the low bits empty
    bits *= factors
    bits ^= bits >> np.uint64(29)
    return _finished(np.add.reduce(bits, axis=1, dtype=np.uint64))


def _finished(h: Array) -> Array:
    for shift, factor in _ROUNDS:
        h ^= h >> np.uint64(shift)
        h *= np.uint64(factor)
    h ^= h >> np.uint64(31)
    return h
