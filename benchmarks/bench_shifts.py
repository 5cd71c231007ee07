"""Forty shifts of logits, and whether a single calibration undoes each as well as scikit-learn's sigmoid does.

A model trained with class weights, or on undersampled rows, gives logits with a constant added to every class. Here
true logits are drawn, labels from their softmax, and then logits are shifted, scaled, made equal or written three
times. For every shift and seed all single calibrations are fitted to n rows and judged on 20,000 new ones; the best of
them stands beside ``CalibratedClassifierCV(method="sigmoid")`` on the same rows.

    python -m benchmarks.bench_shifts            n = 3000 and 300, three seeds, all shifts (a quarter of an hour)
    python -m benchmarks.bench_shifts --quick    n = 3000, one seed, every fourth shift
"""

import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

import softargmax as sm
from softargmax.calibration import PlattScaling

SINGLE: dict[str, Callable[[], sm.Calibration]] = {
    "temperature": sm.TemperatureScaling,
    "vector": sm.VectorScaling,
    "matrix": sm.MatrixScaling,
    "structured vector": lambda: sm.StructuredMatrixScaling(structure="vector"),
    "structured": sm.StructuredMatrixScaling,
    "dirichlet": sm.DirichletCalibration,
    "ensemble": sm.EnsembleTemperatureScaling,
    "platt": PlattScaling,
    "beta": sm.BetaCalibration,
    "quadratic": sm.QuadraticCalibration,
    "isotonic": sm.IsotonicCalibration,
    "histogram": sm.HistogramBinning,
    "venn-abers": sm.VennAbers,
}
N_NEW = 20_000
# What is added to the classes' logits before labels are drawn.
_THREE = (0.0, -1.0, 1.0)
_TEN = tuple(np.linspace(-2.0, 2.0, 10).tolist())


class AsGiven(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A classifier whose scores are its features, for scikit-learn to calibrate."""

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes

    def fit(self, X: np.ndarray, y: np.ndarray) -> "AsGiven":
        """Learn nothing."""
        return self

    @property
    def classes_(self) -> np.ndarray:
        """The codes."""
        return np.arange(self.n_classes)

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Give the features, one score for two classes."""
        return X[:, 1] - X[:, 0] if self.n_classes == 2 else X

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Give the class of the largest score."""
        return np.asarray(X.argmax(axis=1))

    def __sklearn_is_fitted__(self) -> bool:
        return True


@dataclass(frozen=True)
class Shift:
    """How logits differ from true ones: how frequent the classes are, what is added, and a factor."""

    name: str
    base: tuple[float, ...]  # added to normal logits before labels are drawn
    added: tuple[float, ...]  # added afterwards, a column each
    factor: float = 1.0
    times: int = 1  # how often every row to fit stands there
    constant: bool = False

    def rows(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw n rows of logits as the model gives them, and their classes."""
        rng = np.random.default_rng(seed)
        true = 1.5 * rng.normal(size=(n, len(self.base))) + self.base
        y = np.asarray(sm.argmax(true + rng.gumbel(size=true.shape)))
        z = np.zeros_like(true) if self.constant else self.factor * true
        return z + self.added, y


def shifts() -> list[Shift]:
    """Give the forty."""
    return [
        # Class weights: log(weight) is added to the logit of class 1.
        *(
            Shift(f"two classes at {rate:g}, weight {weight:g}", (0.0, rate), (0.0, np.log(weight)))
            for rate in (0.0, -2.0, -4.0)
            for weight in (1.0, 10.0, 300.0, 1000.0)
        ),
        # Undersampling of class 0, by a model that is too sure or not sure enough beside.
        *(
            Shift(f"{kept:g} kept, times {factor:g}", (0.0, -3.0), (0.0, -np.log(kept)), factor)
            for kept in (0.5, 0.1, 0.01)
            for factor in (0.3, 1.0, 3.0)
        ),
        *(Shift(f"plus {constant:g}", (0.0, -1.0), (0.0, constant)) for constant in (5.0, -30.0, 1e6)),
        *(
            Shift(f"equal logits {constant:g}", (0.0, -2.0), (0.0, constant), constant=True)
            for constant in (0.0, 0.5, 1e6)
        ),
        *(Shift(f"every row {times} times", (0.0, -2.0), (0.0, 3.0), times=times) for times in (2, 3)),
        *(
            Shift(f"three classes plus {added}", _THREE, added)
            for added in ((0.0, 0.0, 0.0), (3.0, 0.0, 0.0), (0.0, -5.0, 5.0), (40.0, 0.0, -40.0), (0.0, 1e6, 1e3))
        ),
        *(Shift(f"three classes plus 5, times {factor:g}", _THREE, (5.0, 0.0, 0.0), factor) for factor in (0.3, 3.0)),
        Shift("three classes, equal logits", _THREE, (0.5, 0.5, 0.5), constant=True),
        Shift("three classes, every row three times", _THREE, (4.0, 0.0, 0.0), times=3),
        Shift("ten classes, balanced", _TEN, tuple(-each for each in _TEN)),
        Shift("ten classes, one plus 8", _TEN, (8.0, *[0.0] * 9)),
    ]


@dataclass(frozen=True)
class Outcome:
    """Losses of new rows, in nats: of every single calibration, of scikit-learn's, and how sure a difference is."""

    losses: dict[str, float]
    sigmoid: float
    standard_error: float

    @property
    def best(self) -> str:
        """The single calibration that does best."""
        return min(self.losses, key=self.losses.__getitem__)

    @property
    def behind(self) -> float:
        """By how much the best is worse than scikit-learn's."""
        return self.losses[self.best] - self.sigmoid


def outcome(shift: Shift, n: int, seed: int) -> Outcome:
    """Fit everything to n rows and judge it on new ones."""
    z, y = shift.rows(n, seed)
    new, truth = shift.rows(N_NEW, seed + 1000)
    fit_z, fit_y = np.repeat(z, shift.times, axis=0), np.repeat(y, shift.times)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        present = np.unique(fit_y)  # scikit-learn's does not take a class without rows
        as_given = FrozenEstimator(AsGiven(len(present)))
        peer = CalibratedClassifierCV(as_given, method="sigmoid").fit(
            fit_z[:, present], np.searchsorted(present, fit_y)
        )
        by_row = {name: _losses(make().fit(fit_z, fit_y).predict_proba(new), truth) for name, make in SINGLE.items()}
        sm.AutoCalibration().fit(fit_z, fit_y)
    p = np.full(new.shape, 1e-9)
    p[:, present] = peer.predict_proba(new[:, present])
    sigmoid = _losses(p, truth)
    losses = {name: float(each.mean()) for name, each in by_row.items()}
    best = min(losses, key=losses.__getitem__)
    error = float(np.std(by_row[best] - sigmoid) / np.sqrt(N_NEW))
    return Outcome(losses, float(sigmoid.mean()), error)


def _losses(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray(-np.log(p[np.arange(len(y)), y]))


def table(n: int, seeds: int, every: int = 1) -> Iterator[str]:
    """Give a line for every shift and seed, one for the mean over seeds, and one for all.

    The standard error of a mean is that over sets to fit and over new rows.
    """
    worst, beyond = -np.inf, 0
    for number, shift in enumerate(shifts()[::every]):
        of_seeds = [outcome(shift, n, 100 * number + seed) for seed in range(seeds)]
        for found in of_seeds:
            yield (
                f"n {n:5} {shift.name:45} sigmoid {found.sigmoid:.4f} best {found.losses[found.best]:.4f} "
                f"({found.best}), behind {found.behind:+.5f} (standard error {found.standard_error:.5f})"
            )
        behind = np.array([found.behind for found in of_seeds])
        error = np.mean([found.standard_error**2 for found in of_seeds])
        if seeds > 1:
            error += behind.var(ddof=1)
        error = np.sqrt(error / seeds)
        worst, beyond = max(worst, behind.max()), beyond + int(behind.mean() > 2.0 * error)
        yield f"n {n:5} {shift.name:45} behind {behind.mean():+.5f} on average (standard error {error:.5f})"
    yield f"n {n:5} worst: {worst:+.5f} nats behind; behind by more than two standard errors on average: {beyond}"


def main() -> None:
    """Print the table."""
    quick = "--quick" in sys.argv[1:]
    for n in (3000,) if quick else (3000, 300):
        for line in table(n, 1 if quick else 3, 4 if quick else 1):
            print(line, flush=True)


if __name__ == "__main__":
    main()
