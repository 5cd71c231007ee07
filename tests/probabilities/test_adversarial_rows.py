"""Rows that make errors add up, the worst that a search found among them; tools/adversarial.py says what they are.

`adversarial_rows.json` keeps what `python -m benchmarks.adversary --add-to` found on kernels of this and earlier versions.
"""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import adversarial
import oracle
from softargmax import _kernels

KEPT = json.loads((Path(__file__).parent / "adversarial_rows.json").read_text())
CLASSES = (2, 3, 10, 32, 47, 48, 100, 128, 129, 257, 1_000, 4_096, 100_000)
NUMBERS = 10_000  # per family and number of classes, or four rows
# What is promised, and where it cannot be: the entropy and the gradient through softmax multiply and add what is rounded
# already. The gradient through log_softmax, g - p sum(g), may cancel and has no bound of this kind.
FUNCTIONS = [name for name in adversarial.FUNCTIONS if name != "log_softmax_backward"]
MOST = dict.fromkeys(FUNCTIONS, 2.0) | {"entropy": 4.5, "softmax_backward": 4.0}
# Of doubles, where the count gives a little more than 2 and the search has found it: the exponentials of the gradient
# have larger arguments, and a temperature rounds once more.
MOST_OF_DOUBLES = MOST | {"its gradient": 2.2, "temperature": 2.1}
# Of a probability less than 16 times the smallest normal number the last digits are lost before the last step: half of
# the smallest number there is, which is half an ulp of the smallest normal numbers (cpp/sums.hpp). Without fused
# operations an exponential takes three more roundings.
LOST, LOST_UNFUSED, TINY = 0.5, 0.8, {"float32": oracle.Wide(2) ** -122, "float64": oracle.Wide(2) ** -1018}


pytestmark = [
    pytest.mark.usefixtures("instruction_set"),
    pytest.mark.skipif(not oracle.FITS, reason="needs 80-bit long double"),
    pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning"),  # NumPy's, where long double meets -inf
]
every_function = pytest.mark.parametrize("function", FUNCTIONS)
every_size = pytest.mark.parametrize("n_classes", CLASSES)
both_dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def kept_rows(dtype, n_classes):
    """Gather rows of the same counts."""
    found = defaultdict(list)
    for row in KEPT:
        if row["dtype"] == dtype and sum(row["counts"]) == n_classes:
            found[tuple(row["counts"])].append([float.fromhex(value) for value in row["values"]])
    return {counts: np.array(rows, dtype) for counts, rows in found.items()}


def assert_within(function, values, counts, reverse=False):
    errors = adversarial.FUNCTIONS[function](values, counts, reverse)
    is_tiny = (oracle.Rows.of(values, counts).softmax() < TINY[values.dtype.name]).any(axis=1)
    is_double = values.dtype == np.float64
    unfused = is_double and _kernels.instruction_set() == "x86-64-v2"
    beyond = errors - np.where(is_tiny, LOST_UNFUSED if unfused else LOST, 0.0)
    worst = beyond.argmax()
    assert beyond[worst] <= (MOST_OF_DOUBLES if is_double else MOST)[function], (
        f"{errors[worst]:.3f} ulp: {values[worst].tolist()} times {counts}"
    )


@every_function
@every_size
@both_dtypes
def test_rows_that_a_search_found_are_within_what_is_promised(function, n_classes, dtype):
    for counts, values in kept_rows(dtype, n_classes).items():
        assert_within(function, values, counts)


@every_function
@every_size
@both_dtypes
def test_rows_of_few_values_are_within_what_is_promised(rng, function, n_classes, dtype):
    for family in adversarial.FAMILIES:
        counts = family.of(n_classes)
        if counts is not None:
            values = family.drawn(rng, max(4, NUMBERS // n_classes), n_classes, dtype)
            assert_within(function, values, counts, reverse=bool(rng.integers(2)))
