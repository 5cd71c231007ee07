"""Tests of calibration: how often each rejects models that are calibrated, and models that are not.

Rows are simulated: the logits that are judged are normal numbers of deviation 2, and labels are drawn from what the
model ought to have said. "Too sure" models multiply the right logits; "swapped" ones mix up the first two classes; of
"biased" ones every other class is more common, by e to the power of .6, and the rest rarer; "noise" is added to logits.

    python -m benchmarks.bench_calibration_tests [--sets 1000]
"""

import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

import softargmax as sm
from benchmarks.measure import machine
from softargmax import metrics

Array = npt.NDArray[np.float64]
SETS, LEVEL = 1000, 0.05
SIZES, CLASSES = (50, 100, 1000, 10_000), (2, 10, 100)
TESTS = {
    "Kolmogorov-Smirnov": metrics.kolmogorov_smirnov,
    "Kuiper": metrics.kuiper,
    "Spiegelhalter": metrics.spiegelhalter,
    "kernel": metrics.kernel_calibration_test,
}


def _swapped(right: Array, _rng: np.random.Generator) -> Array:
    said = right.copy()
    said[:, :2] = right[:, 1::-1]
    return said


def _biased(right: Array, _rng: np.random.Generator) -> Array:
    return np.asarray(right - 0.6 * (1.0 - 2.0 * (np.arange(right.shape[1]) % 2)))


# What a model says, of what it ought to say.
MODELS: dict[str, Callable[[Array, np.random.Generator], Array]] = {
    "calibrated": lambda right, _rng: right,
    "too sure": lambda right, _rng: 1.8 * right,
    "swapped": _swapped,
    "biased": _biased,
    "noise": lambda right, rng: right + rng.normal(size=right.shape),
}


def main(sets: int) -> None:
    """Print the share of sets in which each test has a p-value of .05 or less."""
    print(f"{machine()}; {sets} sets each, fewer with many numbers\n")
    print(f"| model | classes | rows | {' | '.join(TESTS)} | sets |\n|---|---|---|{'---|' * (len(TESTS) + 1)}")
    for name, model in MODELS.items():
        for n_classes in CLASSES:
            for n in SIZES if name == "calibrated" else (100,):
                count = max(100, min(sets, 40_000_000 // (n * n_classes)))
                shares = rejected(model, n, n_classes, count)
                cells = " | ".join(f"{share:.3f}" for share in shares)
                print(f"| {name} | {n_classes} | {n} | {cells} | {count} |", flush=True)


def rejected(model: Callable[[Array, np.random.Generator], Array], n: int, n_classes: int, sets: int) -> Array:
    """Give, for each test, the share of simulated sets that it rejects."""
    p_values = np.empty((sets, len(TESTS)))
    for number in range(sets):
        rng = np.random.default_rng(number)
        right = 2.0 * rng.normal(size=(n, n_classes))
        labels = (rng.random((n, 1)) > np.cumsum(sm.softmax(right), axis=1)).sum(axis=1).clip(0, n_classes - 1)
        said = model(right, rng)
        p_values[number] = [test(labels, logits=said).p_value for test in TESTS.values()]
    return np.asarray(np.mean(p_values <= LEVEL, axis=0))


if __name__ == "__main__":
    main(int(sys.argv[sys.argv.index("--sets") + 1]) if "--sets" in sys.argv else SETS)
