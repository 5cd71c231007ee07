"""Three sets on which nothing was tuned, named with their splits before the first run: `AutoCalibration` beside peers.

It takes some minutes: ``python -m benchmarks.bench_unseen``.
"""

import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from sklearn.datasets import load_digits, make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.naive_bayes import GaussianNB

import softargmax as sm
from benchmarks.bench_trust import HEAD, judged, taking_turns, versions
from benchmarks.measure import machine
from benchmarks.trust_peers import Fit, installed, ours, probmetrics
from benchmarks.trust_sets import Set
from softargmax.calibration import PlattScaling


def of_model(name: str, model: Any, X: Any, y: Any, n_train: int, n_fit: int) -> Set:
    """Train on the first rows of a permutation, and give the log-probabilities of the next and of the rest."""
    order = np.random.default_rng(0).permutation(len(X))
    train, fit, rest = np.split(order, [n_train, n_train + n_fit])
    trained = model.fit(X[train], y[train])
    with np.errstate(divide="ignore"):
        z, zt = (np.maximum(np.log(trained.predict_proba(X[rows])), -87.0) for rows in (fit, rest))
    return Set(name, z, y[fit], zt, y[rest])


def unseen() -> Iterator[Set]:
    """Give the three: naive Bayes on digits, boosted trees on twenty classes, naive Bayes on events of one in ten."""
    X, y = load_digits(return_X_y=True)
    yield of_model("digits, naive Bayes", GaussianNB(var_smoothing=1e-3), X, y, 600, 600)
    X, y = make_classification(
        20000, 30, n_informative=15, n_classes=20, n_clusters_per_class=2, class_sep=1.5, random_state=0
    )
    yield of_model("twenty classes, boosted trees", HistGradientBoostingClassifier(max_iter=30), X, y, 4000, 4000)
    X, y = make_classification(20000, 20, n_informative=8, weights=[0.9], flip_y=0.05, random_state=1)
    yield of_model("one in ten, naive Bayes", GaussianNB(), X, y, 5000, 2000)


def methods() -> dict[str, Fit]:
    """Name what is compared."""
    fits = {
        "ours: TemperatureScaling": ours(sm.TemperatureScaling),
        "ours: PlattScaling": ours(PlattScaling),
        "ours: StructuredMatrixScaling": ours(sm.StructuredMatrixScaling),
        "ours: IsotonicCalibration": ours(sm.IsotonicCalibration),
        "ours: AutoCalibration": ours(sm.AutoCalibration),
    }
    if installed("probmetrics"):
        fits |= {f"probmetrics: {name}": probmetrics(method) for name, method in {"SVS": "svs", "SMS": "sms"}.items()}
    return fits


def main() -> None:
    """Print a table for each set."""
    warnings.simplefilter("ignore")
    print(f"{machine()}\n{versions()}")
    for each in unseen():
        print(f"\n### {each.name}: {len(each.z)} rows to fit, {len(each.zt)} to judge, {each.n_classes} classes")
        print(f"\n{HEAD}")
        print(f"| none | {judged(sm.softmax(each.zt), each.yt, each.n_classes)} | |")
        fitted, seconds = taking_turns({name: partial(fit, each.z, each.y) for name, fit in methods().items()})
        for name, predict in fitted.items():
            cells = f"{type(predict).__name__} | | | "
            if not isinstance(predict, Exception):
                cells = judged(predict(each.zt), each.yt, each.n_classes)
            print(f"| {name} | {cells} | {seconds[name]:.3f} |", flush=True)


if __name__ == "__main__":
    main()
