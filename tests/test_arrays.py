"""Which library an array belongs to."""

import subprocess
import sys

import numpy as np
import pytest

import softargmax as sm
from softargmax._arrays import as_array, as_numbers, as_sample_weight, backend_of
from softargmax.exceptions import ArgumentError, DTypeError


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


@pytest.mark.parametrize("kind", [TypeError, RuntimeError])  # torch: of bfloat16 or on a GPU; with a gradient
def test_what_another_library_refuses_to_give_is_an_error_of_ours_in_its_words(kind):
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            raise kind("use tensor.detach().numpy() instead")

    with pytest.raises(DTypeError, match=r"x: expected what NumPy can read, got a Tensor .* use tensor\.detach\(\)"):
        as_array(Tensor(), "x")
    for call in (sm.softmax, lambda z: sm.TemperatureScaling().fit(z, [0]), lambda y: sm.cross_entropy([0.0, 1.0], y)):
        with pytest.raises(DTypeError, match=r"use tensor\.detach\(\)"):
            call(Tensor())


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.array([1.0, 2.0], object), r"got object; convert it with numpy.asarray\(..., float\)"),
        ([1.0, None], r"got object; convert it with numpy.asarray\(..., float\)"),
        (None, "got NoneType$"),
        ({"a": 1.0}, "got dict$"),
        (["a"], "got <U1$"),
        ([1j], "got complex128; scipy.special has complex versions"),
    ],
)
def test_what_is_no_number_is_named_with_what_to_do(x, message):
    with pytest.raises(DTypeError, match=f"x: expected float16, .* {message}"):
        as_numbers(x, "x")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, 1.01e100], "expected weights between 0 and 1e.100"),
        ([1.0, -1.0], "between 0"),
        ([1.0, np.nan], "between 0"),
        ([1.0, np.inf], "between 0"),
        ([0.0, 0.0], "at least one weight of 1e-100 or more"),
        ([0.0, 0.99e-100], "at least one weight of 1e-100 or more"),
    ],
)
def test_weights_whose_squares_leave_the_range_are_refused(weights, message):
    with pytest.raises(ArgumentError, match=f"sample_weight: .*{message}"):
        as_sample_weight(weights, 2)


def test_weights_at_the_ends_of_the_range_are_taken():
    assert as_sample_weight([0.0, 1e100], 2).tolist() == [0.0, 1e100]
    assert as_sample_weight([0.0, 1e-100], 2).tolist() == [0.0, 1e-100]
    assert as_sample_weight(None, 2).tolist() == [1.0, 1.0]
