"""Which library an array belongs to."""

import subprocess
import sys

import numpy as np
import pytest

from softargmax._arrays import as_array, backend_of
from softargmax.exceptions import DTypeError


def made_by(module, *bases):
    return type("Array", bases, {"__module__": module})()


@pytest.mark.parametrize(
    ("x", "backend"),
    [
        (np.zeros(2), "numpy"),
        (np.zeros(2).view(np.recarray), "numpy"),
        (np.ma.zeros(2), "masked"),
        ([1.0, 2.0], "other"),
        (1.0, "other"),
        (np.float64(1.0), "other"),
        (made_by("torch"), "torch"),
        (made_by("torch.nn.parameter"), "torch"),
        (made_by("jaxlib._jax"), "jax"),
        (made_by("jax._src.core"), "jax"),
        (made_by("cupy"), "cupy"),
        (made_by("tensorflow.python.framework.ops"), "tensorflow"),
        (made_by("torchaudio"), "other"),
    ],
)
def test_the_library_is_that_of_the_type(x, backend):
    assert backend_of(x) == backend


def test_a_subclass_belongs_to_the_library_of_its_base():
    tensor = type(made_by("torch"))
    assert backend_of(made_by("my_package", tensor)) == "torch"


def test_sparse_is_what_can_become_compressed_rows():
    sparse = pytest.importorskip("scipy.sparse")
    assert backend_of(sparse.csr_array(np.eye(2))) == "sparse"
    assert backend_of(sparse.coo_matrix(np.eye(2))) == "sparse"


def test_a_column_called_tocsr_makes_no_table_sparse():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"tocsr": [1.0], "b": [2.0]})
    assert as_array(table, "x").tolist() == [[1.0, 2.0]]


def test_asking_imports_nothing():
    code = (
        "import sys, softargmax; from softargmax._arrays import backend_of; before = set(sys.modules)\n"
        "backend_of(type('T', (), {'__module__': 'torch'})()); backend_of([1.0])\n"
        "print(sorted(set(sys.modules) - before))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_masked_and_sparse_arrays_are_refused_with_what_to_do():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(
        DTypeError, match=r"x: expected a plain array, got a masked array; pass its data and where=~mask"
    ):
        as_array(np.ma.zeros(2), "x")
    with pytest.raises(DTypeError, match=r"x: expected a dense array, got a sparse csr_array; use .toarray\(\)"):
        as_array(sparse.csr_array(np.eye(2)), "x")
