"""Factors of positive definite matrices: SciPy's where it is there, NumPy's elsewhere.

Calibration works with NumPy alone, which can make a Cholesky factor but not solve with its triangles. There the factor
is inverted once; it costs six times as much as the factor, and solving with it the same.
"""

import numpy as np

from softargmax._arrays import Array

try:
    from scipy import linalg
except ModuleNotFoundError:
    linalg = None


class Cholesky:
    """A positive definite matrix, ready to solve with; numpy.linalg.LinAlgError if it is none."""

    def __init__(self, matrix: Array) -> None:
        if linalg is not None:  # its error is NumPy's
            self._factor = linalg.cho_factor(matrix, lower=True, check_finite=False, overwrite_a=True)
        else:
            self._inverse = np.linalg.inv(np.linalg.cholesky(matrix))

    def solve(self, vector: Array) -> Array:
        """Give the inverse times a vector."""
        if linalg is not None:
            return np.asarray(linalg.cho_solve(self._factor, vector, check_finite=False))
        return np.asarray(self._inverse.T @ (self._inverse @ vector))
