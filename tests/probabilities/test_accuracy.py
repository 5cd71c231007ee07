"""Against values to 200 bits, see tools/reference_values.py; `make accuracy` measures far more than can be tested."""

import json
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import softargmax as sm

CASES = json.loads((Path(__file__).parent / "reference_values.json").read_text())
pytestmark = [
    pytest.mark.usefixtures("instruction_set"),
    pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="needs 80-bit long double to hold the values"),
]


def logits_of(case):
    return np.array([float.fromhex(value) for value in case["logits"]], case["dtype"])


def true(values):
    return np.array([np.longdouble(value) for value in values])


def ulps(got, values):
    return np.abs(got.astype(np.longdouble) - values) / np.spacing(np.abs(values).astype(got.dtype))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['dtype']}-{len(case['logits'])}")
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_within_two_ulp(case, name):
    got = getattr(sm, name)(logits_of(case))
    assert ulps(got, true(case[name])).max() <= 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['dtype']}-{len(case['logits'])}")
def test_logsumexp_within_two_ulp_of_the_larger_of_maximum_and_result(case):
    x, value = logits_of(case), np.longdouble(case["logsumexp"])
    scale = np.spacing(x.dtype.type(max(abs(x.max()), abs(value))))
    assert abs(np.longdouble(sm.logsumexp(x)) - value) <= 2 * scale


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['dtype']}-{len(case['logits'])}")
def test_cross_entropy_within_two_ulp(case):
    x = logits_of(case)
    n = len(x)
    got = sm.cross_entropy(np.tile(x, (n, 1)), np.arange(n), reduction="none")
    assert ulps(got, -true(case["log_softmax"])).max() <= 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['dtype']}-{len(case['logits'])}")
def test_the_gradient_within_two_ulp(case):
    x = logits_of(case)
    n, p = len(x), true(case["softmax"])
    _, got = sm.cross_entropy_and_gradient(np.tile(x, (n, 1)), np.arange(n), reduction="sum")
    others = np.array([np.delete(p, j).sum() for j in range(n)])
    assert ulps(got, np.where(np.eye(n, dtype=bool), -others, p)).max() <= 2


@pytest.mark.parametrize(("dtype", "bits"), [(np.float16, 11), (ml_dtypes.bfloat16, 8)])
@pytest.mark.parametrize("n_classes", [2, 3, 10, 100, 300])
def test_half_precision_is_rounded_as_if_once(rng, dtype, bits, n_classes):
    x = (rng.normal(size=(500, n_classes)) * 4).astype(dtype)
    for function in (sm.softmax, sm.log_softmax):
        wide = function(x.astype(np.float64))
        exponent = np.floor(np.log2(np.abs(wide, where=wide != 0, out=np.ones_like(wide))))
        spacing = 2.0 ** (np.maximum(exponent, -14 if bits == 11 else -126) - (bits - 1))
        assert (np.abs(function(x).astype(np.float64) - wide) / spacing).max() <= 0.51


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("function", [sm.sigmoid, sm.log_sigmoid, sm.softplus])
def test_every_half_precision_number(dtype, function):
    x = np.arange(65536, dtype=np.uint16).view(dtype)
    with np.errstate(all="ignore"):
        expected = function(x.astype(np.float64))
        rounded = expected.astype(dtype)
        same = (function(x) == rounded) | (np.isnan(function(x)) & np.isnan(rounded))
        # Where it differs, the true value is next to the middle between two numbers.
        neighbour = (
            np.abs(function(x).astype(np.float64) - expected) <= np.abs(rounded.astype(np.float64) - expected) * 1.02
        )
    assert np.all(same | neighbour)
