"""Arrays of other libraries come in as NumPy's do, and give the same bits."""

import array

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import softargmax as sm
from softargmax import metrics

ROWS = np.random.default_rng(23).normal(size=(60, 3)) * 3.0
CODES = np.arange(60) % 3


class OnlyArray:
    """Anything that knows ``__array__`` and nothing else."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


def frame(values):
    return pd.DataFrame(values, columns=["cat", "dog", "owl"], index=np.arange(len(values))[::-1])


def series(values):
    return pd.Series(values, index=np.arange(len(values))[::-1])


MATRICES = {"pandas": frame, "__array__": OnlyArray}
VECTORS = {
    "pandas": series,
    "pandas nullable": lambda y: series(y).astype("Int64"),
    "pyarrow": pa.array,
    "array.array": lambda y: array.array("q", y.tolist()),
    "__array__": OnlyArray,
}
matrices = pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)
vectors = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)


@matrices
@pytest.mark.parametrize("function", [sm.softmax, sm.log_softmax, sm.logsumexp, sm.argmax, sm.sparsemax, sm.sigmoid])
def test_a_matrix_of_another_library_is_rows_of_logits(function, matrix):
    result = function(matrix(ROWS))
    assert type(result) is np.ndarray
    np.testing.assert_array_equal(result, function(ROWS))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_a_data_frame_keeps_its_dtype(dtype):
    values = ROWS.astype(dtype)
    np.testing.assert_array_equal(sm.softmax(frame(values)), sm.softmax(values), strict=True)


@vectors
def test_codes_of_another_library_are_codes(vector):
    assert sm.cross_entropy(ROWS, vector(CODES)) == sm.cross_entropy(ROWS, CODES)
    assert metrics.log_loss(vector(CODES), logits=ROWS) == metrics.log_loss(CODES, logits=ROWS)


@matrices
@vectors
def test_a_calibration_learns_the_same_from_another_library(matrix, vector):
    ours = sm.TemperatureScaling().fit(ROWS, CODES)
    theirs = sm.TemperatureScaling().fit(matrix(ROWS), vector(CODES))
    assert theirs.temperature_ == ours.temperature_
    np.testing.assert_array_equal(theirs.predict_proba(matrix(ROWS)), ours.predict_proba(ROWS))


@matrices
@vectors
def test_a_set_is_the_same_from_another_library(matrix, vector):
    ours = sm.ConformalClassifier("lac").fit(ROWS, CODES)
    theirs = sm.ConformalClassifier("lac").fit(matrix(ROWS), vector(CODES))
    np.testing.assert_array_equal(theirs.predict_set(matrix(ROWS)), ours.predict_set(ROWS))
